#!/usr/bin/env python3
"""The kernel's side of a conversation, for what curl, nc and nginx cannot be told to do."""

import asyncio
import fcntl
import os
import socket
import struct
import sys
import time


async def fetch_one(host, port, path, connected):
    reader, writer = await asyncio.open_connection(host, port)
    if connected:
        await connected.wait()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.read()
    writer.close()
    await writer.wait_closed()
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode())
    return len(body)


async def fetch_in_a_row(host, port, path, count):
    return sum([await fetch_one(host, port, path, None) for _ in range(count)])


class Barrier:
    """Lets all go on once so many wait."""

    def __init__(self, count):
        self.missing = count
        self.open = asyncio.Event()

    async def wait(self):
        self.missing -= 1
        if self.missing == 0:
            self.open.set()
        await self.open.wait()


async def fetch_at_once(host, port, path, count):
    barrier = Barrier(count)
    return sum(await asyncio.gather(*(fetch_one(host, port, path, barrier)
                                      for _ in range(count))))


def fetch(how, host, port, path, count):
    """Fetches a page so many times; says how many bytes all bodies had."""
    run = fetch_at_once if how == "at-once" else fetch_in_a_row
    print(f"{asyncio.run(run(host, int(port), path, int(count)))} bytes")


def listen(host, port):
    server = socket.create_server((host, int(port)))
    print("listening", flush=True)
    connection, _ = server.accept()
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += connection.recv(65536)
    return connection


def close_first(host, port, count):
    """Answers one request with so many bytes and no length: only the FIN tells the end."""
    connection = listen(host, port)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * int(count))
    connection.close()
    print("closed", flush=True)


def stall(host, port):
    """Answers one request with a beginning, and never goes on."""
    connection = listen(host, port)
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
    print("stalled", flush=True)
    time.sleep(600)


def talk(host, port, limit_s):
    """Sends a byte now and then; says which error ends that, by a user time-out."""
    connection = socket.create_connection((host, int(port)))
    milliseconds = int(float(limit_s) * 1000)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    print("connected", flush=True)
    try:
        while True:
            connection.send(b"x")
            time.sleep(0.05)
    except OSError as error:
        print(f"ended: {error.strerror}", flush=True)


def listen_to(host, port):
    """Connects, reads a little, then nothing; says how the peer's end is told."""
    connection = socket.create_connection((host, int(port)))
    print(f"read {len(connection.recv(1000))}", flush=True)
    sys.stdin.readline()
    try:
        while connection.recv(1 << 20):
            pass
        print("ended in order", flush=True)
    except OSError as error:
        print(f"ended: {error.strerror}", flush=True)


def serve_fast(host, port, length, limit):
    """Answers requests of one segment with so many bytes; takes text of SYNs with a good cookie."""
    server = socket.create_server((host, int(port)))
    if int(limit) > 0:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, int(limit))
    print("listening", flush=True)
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * int(length)
    while True:
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(answer)
        connection.close()


def fetch_fast(host, port, path, count):
    """Fetches a page so many times, one after another, the request with the SYN if there is a
    cookie; says how many bytes all answers had, and how many requests the SYN carried."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    total = carried = 0
    for _ in range(int(count)):
        with socket.socket() as connection:
            # A time-out of Python's would make the socket one that does not block.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 20, 0))
            connection.sendto(request, socket.MSG_FASTOPEN, (host, int(port)))
            while block := connection.recv(65536):
                total += len(block)
            options = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
            syn_data_acknowledged = 32
            carried += 1 if options & syn_data_acknowledged else 0
    print(f"{total} bytes, {carried} with the SYN")


def with_tap(name, *command):
    """Runs a program that inherits an open TAP device as descriptor 9, or as N of NAME:N."""
    name, _, number = name.partition(":")
    device = os.open("/dev/net/tun", os.O_RDWR)
    tap_without_information = 0x0002 | 0x1000
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", name.encode(), tap_without_information))
    os.dup2(device, int(number or 9))
    os.execvp(command[0], command)


VERBS = {"fetch": fetch, "close-first": close_first, "stall": stall, "talk": talk,
         "listen-to": listen_to, "serve-fast": serve_fast, "fetch-fast": fetch_fast,
         "with-tap": with_tap}

if __name__ == "__main__":
    VERBS[sys.argv[1]](*sys.argv[2:])
