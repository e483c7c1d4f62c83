#!/usr/bin/env python3
"""A PPP peer on standard input and output, as strange as it is told to be (for tests/ppp/run).

Usage: peer.py LOG KIND
  KIND  good (10.9.9.7 for who asks), password (wants PAP), no-ipv4 (rejects IPCP), no-address, leaves (ends LCP)
  LOG   a file for lines "PROTOCOL CODE OPTIONS..." of what was heard
"""

import os
import struct
import sys

LCP, IPCP, PAP = 0xC021, 0x8021, 0xC023
REQUEST, ACK, NAK, REJECT, TERMINATE, TERMINATED, PROTOCOL_REJECT = 1, 2, 3, 4, 5, 6, 8
GIVEN = bytes([3, 6, 10, 9, 9, 7])


def checksum(octets):
    fcs = 0xFFFF
    for octet in octets:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    return fcs ^ 0xFFFF


def say(protocol, code, number, rest=b""):
    packet = struct.pack(">BBHBBH", 0xFF, 3, protocol, code, number, len(rest) + 4) + rest
    packet += struct.pack("<H", checksum(packet))
    escaped = (bytes([0x7D, c ^ 0x20]) if c < 0x20 or c in (0x7D, 0x7E) else bytes([c]) for c in packet)
    os.write(1, b"\x7e" + b"".join(escaped) + b"\x7e")


def packets():
    """Yields (protocol, code, identifier, what follows) of each control packet."""
    waiting = b""
    while True:
        octets = os.read(0, 4096)
        if not octets:
            return
        *frames, waiting = (waiting + octets).split(b"\x7e")
        for frame in frames:
            pieces = frame.split(b"\x7d")
            frame = pieces[0] + b"".join(bytes([piece[0] ^ 0x20]) + piece[1:] for piece in pieces[1:] if piece)
            if checksum(frame) != 0xFFFF ^ 0xF0B8:
                continue
            frame = frame[:-2].removeprefix(b"\xff\x03")
            if frame[0] & 1 == 0:
                protocol, code, number, length = struct.unpack(">HBBH", frame[:6])
                yield protocol, code, number, frame[6:length + 2]


def answer(kind, protocol, number, options):
    if protocol == IPCP and kind == "no-ipv4":
        say(LCP, PROTOCOL_REJECT, 99, struct.pack(">H", IPCP))
    elif protocol == IPCP and kind != "no-address" and GIVEN not in options:
        say(IPCP, REJECT if len(options) > 6 else NAK, number, options[6:] if len(options) > 6 else GIVEN)
    else:
        say(protocol, ACK, number, options)


def main(log, kind):
    greeted = set()
    with open(log, "w") as heard:
        for protocol, code, number, rest in packets():
            print(f"{protocol:04x} {code} {rest.hex()}", file=heard, flush=True)
            if code == REQUEST:
                answer(kind, protocol, number, rest)
                if protocol not in greeted and not (protocol == IPCP and kind == "no-ipv4"):
                    greeted.add(protocol)
                    is_password = protocol == LCP and kind == "password"
                    say(protocol, REQUEST, 1, struct.pack(">BBH", 3, 4, PAP) if is_password else b"")
                if protocol == IPCP and kind == "leaves":
                    say(LCP, TERMINATE, 77)
            elif code == REJECT and kind == "password":
                say(LCP, TERMINATE, 77)
            elif code == TERMINATE:
                say(protocol, TERMINATED, number)


main(*sys.argv[1:])
