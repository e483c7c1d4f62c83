"""Packets as bytes and back: IPv4 with TCP or ICMP in it."""

import dataclasses
import socket
import struct

TCP, ICMP = socket.IPPROTO_TCP, socket.IPPROTO_ICMP
LETTERS = "FSRP.UEW"  # in the order of their bits
EOL, NOP, MSS, SCALE, SACK_PERMITTED, SACK, STAMPS, FAST_OPEN = 0, 1, 2, 3, 4, 5, 8, 34


def flag_bits(letters):
    return sum(1 << LETTERS.index(letter) for letter in letters if letter != "0")


def flag_letters(bits):
    return "".join(letter for i, letter in enumerate(LETTERS) if bits >> i & 1) or "0"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, target, protocol, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0x4000, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


@dataclasses.dataclass
class Segment:
    source_port: int = 0
    target_port: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    urgent: int = 0
    options: bytes = b""
    text: bytes = b""

    def has(self, letter):
        return bool(self.flags & flag_bits(letter))

    def length(self):
        return len(self.text) + self.has("S") + self.has("F")

    def packet(self, source, target):
        options = self.options + b"\0" * (-len(self.options) % 4)
        head = struct.pack("!HHIIBBHHH", self.source_port, self.target_port, self.seq & 0xffffffff,
                           self.ack & 0xffffffff, (20 + len(options)) // 4 << 4, self.flags,
                           self.window, 0, self.urgent) + options
        pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack(
            "!HH", TCP, len(head) + len(self.text))
        total = checksum(pseudo + head + self.text)
        return ipv4(source, target, TCP, head[:16] + struct.pack("!H", total) + head[18:] + self.text)

    def option_list(self):
        """Pairs of kind and body, of an option field that is well made."""
        at, found = 0, []
        while at < len(self.options) and self.options[at] != EOL:
            if self.options[at] == NOP:
                at += 1
                continue
            size = self.options[at + 1]
            found.append((self.options[at], self.options[at + 2:at + size]))
            at += size
        return found


def icmp(source, target, kind, code, rest, quoted):
    body = struct.pack("!BBHI", kind, code, 0, rest) + quoted
    return ipv4(source, target, ICMP, body[:2] + struct.pack("!H", checksum(body)) + body[4:])


def addresses(packet):
    return socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])


def read_tcp(packet):
    """None: it is no TCP over IPv4."""
    if packet[0] >> 4 != 4 or packet[9] != TCP:
        return None
    body = packet[(packet[0] & 15) * 4:struct.unpack("!H", packet[2:4])[0]]
    fields = struct.unpack("!HHIIBBHHH", body[:20])
    end = (fields[4] >> 4) * 4
    return Segment(*fields[:4], fields[5], fields[6], fields[8], body[20:end], body[end:])
