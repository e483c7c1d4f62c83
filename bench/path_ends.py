#!/usr/bin/env python3
"""The ends of a measured path: a kernel that sends or receives by HTTP, and what is read from acksu.

Usage: path_ends.py send ADDRESS ALGORITHM           serves /SIZE; at Ctrl-C a line of JSON a connection
       path_ends.py receive ADDRESS bulk SECONDS FLOWS   reads /LARGE so long; bytes of each flow
       path_ends.py receive ADDRESS each SIZE COUNT      fetches /SIZE so often; seconds of each
With two addresses, A,B, flows come from each in turn.
"""

import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import time

LARGE = 2_000_000_000
TCP_CONGESTION = 13
CHUNK = bytes(1 << 18)


def counted(connection):
    """Segments with text that the kernel has sent, and sent again (struct tcp_info of Linux)."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    total_retrans, = struct.unpack_from("=I", info, 100)
    data_segs_out, = struct.unpack_from("=I", info, 156)
    return {"sent": data_segs_out, "again": total_retrans}


def answer(connection, connections):
    connections[connection] = None
    try:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            more = connection.recv(4096)
            if not more:
                return
            request += more
        left = int(request.split()[1].lstrip(b"/"))
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
        while left > 0:
            left -= connection.send(CHUNK[:left])
    except OSError:
        pass
    connections[connection] = counted(connection)
    connection.close()


def send(address, algorithm):
    connections = {}  # what was counted of those that have ended
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, algorithm.encode())
    server.bind((address, 80))
    server.listen(64)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also when it was started in the background
    print("Ctrl-C ends it", flush=True)
    try:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=answer, args=(connection, connections), daemon=True).start()
    except KeyboardInterrupt:
        for connection, counts in connections.items():
            print(json.dumps(counts or counted(connection)), flush=True)


def ask(address, size):
    connection = socket.create_connection((address, 80), timeout=60)
    connection.sendall(f"GET /{size} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
    return connection


def read_for(descriptors, seconds):
    """The bytes that come from each descriptor in that time, which begins with the first of all."""
    selector = selectors.DefaultSelector()
    for index, descriptor in enumerate(descriptors):
        selector.register(descriptor, selectors.EVENT_READ, index)
    read, end = [0] * len(descriptors), time.monotonic() + 30
    while (left := end - time.monotonic()) > 0 and selector.get_map():
        for key, _ in selector.select(left):
            text = os.read(key.fd, 1 << 18)
            if not text:
                selector.unregister(key.fd)
            elif not any(read):
                end = time.monotonic() + seconds
            read[key.data] += len(text)
    return read


def receive_bulk(addresses, seconds, flows):
    each_of = addresses.split(",")
    connections = [ask(each_of[i % len(each_of)], LARGE) for i in range(int(flows))]
    print(json.dumps(read_for([each.fileno() for each in connections], float(seconds))), flush=True)


def receive_each(address, size, count):
    took = []
    for _ in range(int(count)):
        begin = time.monotonic()
        connection = ask(address, size)
        text = b""
        while b"\r\n\r\n" not in text:
            text += connection.recv(1 << 16)
        left = int(size) - len(text.split(b"\r\n\r\n", 1)[1])
        while left > 0:
            left -= len(connection.recv(1 << 18))
        took.append(time.monotonic() - begin)
        connection.close()
    print(json.dumps(took), flush=True)


def packets(capture):
    """Time in seconds and bytes of each packet of a pcapng file of acksu (nanoseconds)."""
    at = 0
    while at + 12 <= len(capture):
        kind, length = struct.unpack_from("=II", capture, at)
        if kind == 6:
            high, low, size = struct.unpack_from("=III", capture, at + 12)
            yield ((high << 32) | low) / 1e9, capture[at + 28:at + 28 + size]
        at += length


def flow_times(capture):
    """From the first SYN to the last text for each of the client's flows, in their order."""
    begins, ends = {}, {}
    for at, packet in packets(capture):
        if packet[12:14] != b"\x08\x00" or packet[23] != 6:
            continue
        head = 14 + (packet[14] & 15) * 4
        total, = struct.unpack_from(">H", packet, 16)
        source, destination = struct.unpack_from(">HH", packet, head)
        text = total + 14 - head - (packet[head + 12] >> 4) * 4
        if destination == 80 and packet[head + 13] & 2:
            begins.setdefault(source, at)
        elif source == 80 and text > 0:
            ends[destination] = at
    return [ends[port] - begin for port, begin in begins.items() if port in ends]


VERBS = {"send": send, "bulk": receive_bulk, "each": receive_each}

if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    if verb == "receive":
        address, verb, *arguments = arguments
        arguments = [address, *arguments]
    VERBS[verb](*arguments)
