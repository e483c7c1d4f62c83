"""IPv4 packets made of fields, right or wrong on purpose, and read back."""

import dataclasses
import socket
import struct

ICMP, TCP, UDP, GRE = 1, 6, 17, 47
FLAGS = "FSRPAUEW"  # from the lowest bit


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return socket.inet_aton(address)


def pseudo(source, destination, protocol, length):
    return packed(source) + packed(destination) + struct.pack(">BBH", 0, protocol, length)


def ip(source, destination, protocol, payload, *, ttl=64, number=4711, df=True, more=False, offset=0,
       options=b"", tos=0, spoil=False, length=None):
    words = 5 + len(options) // 4
    bits = (0x4000 if df else 0) | (0x2000 if more else 0) | offset // 8
    total = 4 * words + len(payload) if length is None else length
    header = struct.pack(">BBHHHBBH4s4s", 0x40 | words, tos, total, number, bits, ttl, protocol, 0,
                         packed(source), packed(destination)) + options
    told = checksum(header) ^ (0x0101 if spoil else 0)
    return header[:10] + struct.pack(">H", told) + header[12:] + payload


def bits_of(flags):
    return sum(1 << FLAGS.index(flag) for flag in flags)


def tcp(source, destination, flags, seq, ack, *, text=b"", window=10000, options=b"", spoil=False,
        words=None, **of_ip):
    """`source` and `destination` are pairs of address and port."""
    offset = words if words is not None else 5 + len(options) // 4
    header = struct.pack(">HHIIBBHHH", source[1], destination[1], seq % 2**32, ack % 2**32, offset << 4,
                         bits_of(flags), window, 0, 0) + options
    whole = header + text
    told = checksum(pseudo(source[0], destination[0], TCP, len(whole)) + whole) ^ (0x0101 if spoil else 0)
    return ip(source[0], destination[0], TCP, whole[:16] + struct.pack(">H", told) + whole[18:], **of_ip)


def udp(source, destination, text=b"hello", *, spoil=False, has_checksum=True, length=None, **of_ip):
    size = 8 + len(text) if length is None else length
    header = struct.pack(">HHHH", source[1], destination[1], size, 0)
    told = checksum(pseudo(source[0], destination[0], UDP, size) + header + text) or 0xFFFF
    told = (told ^ (0x0101 if spoil else 0)) if has_checksum else 0
    return ip(source[0], destination[0], UDP, header[:6] + struct.pack(">H", told) + text, **of_ip)


def icmp(source, destination, kind, code=0, rest=b"\0\0\0\0", text=b"", *, spoil=False, **of_ip):
    whole = struct.pack(">BBH", kind, code, 0) + rest + text
    told = checksum(whole) ^ (0x0101 if spoil else 0)
    return ip(source, destination, ICMP, whole[:2] + struct.pack(">H", told) + whole[4:], **of_ip)


def echo(source, destination, number, *, kind=8, sequence=1, text=b"ping", **of_ip):
    return icmp(source, destination, kind, 0, struct.pack(">HH", number, sequence), text, **of_ip)


def fragments(packet, size):
    """The packet cut into pieces of that many bytes of payload."""
    whole = read(packet)
    places = range(0, len(whole.payload), size)
    return [ip(whole.source, whole.destination, whole.protocol, whole.payload[at:at + size], df=False,
               number=whole.number, ttl=whole.ttl, offset=at, more=at != places[-1]) for at in places]


@dataclasses.dataclass
class Read:
    source: str
    destination: str
    protocol: int
    ttl: int
    number: int
    df: bool
    more: bool
    offset: int
    tos: int
    options: bytes
    payload: bytes
    ports: tuple = (None, None)
    flags: str = ""
    kind: int = -1  # of ICMP, and its code
    code: int = -1
    quoted: bytes = b""
    is_right: bool = True  # every checksum
    middle: bytes = b""  # of the transport header, all that nobody has to translate
    text: bytes = b""

    @property
    def is_fragment(self):
        return self.more or self.offset > 0


def read(packet):
    first, tos, total, number, bits, ttl, protocol = struct.unpack(">BBHHHBB", packet[:10])
    size = 4 * (first & 15)
    found = Read(socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]), protocol, ttl, number,
                 bool(bits & 0x4000), bool(bits & 0x2000), 8 * (bits & 0x1FFF), tos, packet[20:size],
                 packet[size:total], is_right=checksum(packet[:size]) == 0)
    payload = found.payload
    if found.is_fragment:
        return found
    if protocol in (TCP, UDP) and len(payload) >= 8:
        found.ports = struct.unpack(">HH", payload[:4])
        has_none = protocol == UDP and payload[6:8] == b"\0\0"
        whole = pseudo(found.source, found.destination, protocol, len(payload)) + payload
        found.is_right &= has_none or checksum(whole) == 0
    if protocol == TCP and len(payload) >= 20:
        found.flags = "".join(flag for i, flag in enumerate(FLAGS) if payload[13] >> i & 1)
        found.middle, found.text = payload[4:16] + payload[18:20], payload[20:]
    elif protocol == UDP and len(payload) >= 8:
        found.middle, found.text = payload[4:6], payload[8:]
    elif protocol == ICMP and len(payload) >= 8:
        found.kind, found.code = payload[0], payload[1]
        found.is_right &= checksum(payload) == 0
        has_number = found.kind in (0, 8, 13, 14, 15, 16, 17, 18)
        found.middle = payload[:2] + (payload[6:8] if has_number else b"")
        if has_number:
            number, = struct.unpack(">H", payload[4:6])
            found.ports = (number, number)
            found.text = payload[8:]
        elif found.kind in (3, 4, 5, 11, 12):
            found.quoted = payload[8:]
        else:
            found.text = payload[4:]
    else:
        found.text = payload
    return found


def joined(packets):
    """Whole packets of what may be fragments, each with the number of its pieces."""
    pieces = {}
    for packet in packets:
        one = read(packet)
        key = (one.source, one.destination, one.protocol, one.number) if one.is_fragment else object()
        pieces.setdefault(key, []).append((one.offset, packet))
    for group in pieces.values():
        group.sort()
        first = read(group[0][1])
        if not first.is_fragment:
            yield group[0][1], 1
            continue
        payload = b""
        for offset, packet in group:
            if offset == len(payload):
                payload += read(packet).payload
        if read(group[-1][1]).more or first.offset:
            yield group[0][1], -len(group)
            continue
        yield ip(first.source, first.destination, first.protocol, payload, df=first.df, ttl=first.ttl,
                 number=first.number, tos=first.tos), len(group)
