"""The peer of the host under test. A script says what its segments are relative to what both ends have
said so far; here that becomes numbers, and what the host answers becomes words that do not depend on
initial sequence numbers, clocks, and the sizes of buffers."""

import struct

import packet
from packet import Segment

STAMP_ORIGIN = 1_000_000
STAMP_STEP = 20  # from one step of a script to the next
UNKNOWN_ISN = 0x11223344  # of a host that has not said its own


def signed(number):
    number &= 0xffffffff
    return number - (1 << 32) if number >> 31 else number


def text_at(offset, size):
    """What a stream says there: the same for both directions."""
    return bytes((7 * i + (i >> 8)) & 0xff for i in range(offset, offset + size))


class Peer:
    def __init__(self, isn, address, host_address, port):
        self.isn, self.address, self.host_address, self.port = isn, address, host_address, port
        self.host_port = 0
        self.next = isn          # the number of what it has not said yet
        self.believed = isn      # what the host has acknowledged
        self.edge = isn          # of the window that the host offers
        self.host_isn = UNKNOWN_ISN
        self.heard = UNKNOWN_ISN  # up to where it has heard the host without a hole
        self.acked = UNKNOWN_ISN  # what it has acknowledged
        self.sent_by_host = UNKNOWN_ISN
        self.host_scale = 0
        self.offered_scale = None
        self.host_stamp = 0
        self.host_stamps = False  # whether its last segment had a time stamp
        self.syn = None           # the number of the last SYN it has said
        self.step = 0
        self.last_packet = None

    # ---- What it says

    def number(self, word):
        """`next`, `host+3`, `edge-1`: a place in a stream."""
        for name in ("next", "host", "edge", "isn", "heard", "acked", "sent", "own"):
            if word.startswith(name):
                base = {"next": self.next, "host": self.believed, "edge": self.edge, "isn": self.isn,
                        "heard": self.heard, "acked": self.acked, "sent": self.sent_by_host,
                        "own": self.host_isn}[name]
                return (base + int(word[len(name):] or 0)) & 0xffffffff
        raise ValueError(f"'{word}' is no number of a stream")

    def option(self, word):
        name, _, value = word.partition(":")
        stamp = STAMP_ORIGIN + STAMP_STEP * self.step
        stamps = {"ts": (0, 0), "ts-old": (-1_000_000, 0), "ts-equal": (-STAMP_STEP, 0),
                  "ts-far": (1 << 31, 0), "ts-new": (100_000, 0), "ts-unknown": (0, 1_000_000),
                  "ts-zero": (-stamp, 0), "ts-unechoed": (0, -self.host_stamp)}
        if name in stamps:
            ahead, echo = stamps[name]
            return struct.pack("!BBII", packet.STAMPS, 10, (stamp + ahead) & 0xffffffff,
                               (self.host_stamp + echo) & 0xffffffff)
        if name == "mss":
            return struct.pack("!BBH", packet.MSS, 4, int(value))
        if name == "ws":
            return struct.pack("!BBB", packet.SCALE, 3, int(value))
        if name == "sack":
            edges = [self.number(edge) for edge in value.split("/")]
            return struct.pack(f"!BB{len(edges)}I", packet.SACK, 2 + 4 * len(edges), *edges)
        return {"sackok": b"\x04\x02", "nop": b"\x01", "eol": b"\0", "unknown": b"\xc8\x04ab",
                "length0": b"\xc8\x00", "length1": b"\xc8\x01", "toolong": b"\xc8\x20",
                "shortmss": b"\x02\x03\x05", "shortts": b"\x08\x06abcd", "oddsack": b"\x05\x07abcde",
                "cut": b"\x01\x01\x01\x08", "fo": b"\x22\x02"}[name]

    def say(self, words):
        """The packet of a step `segment`."""
        flags = packet.flag_bits(words["flags"])
        options = [word for word in words.get("opts", "").split(",") if word]
        seq = self.number(words.get("seq", "next"))
        ack = self.number(words.get("ack", "heard")) if "." in words["flags"] or "ack" in words else 0
        size = int(words.get("len", 0))
        text = text_at(signed(seq - self.isn - 1) + bool(flags & 2), size)
        if words.get("text") == "other":
            text = bytes(byte ^ 0xff for byte in text)
        segment = Segment(self.port, self.host_port, seq, ack, flags, int(words.get("win", 65535)),
                          int(words.get("urg", 0)), b"".join(map(self.option, options)), text)
        if words.get("seq", "next") in ("next", "host") and "stray" not in words:
            self.next = (seq + segment.length()) & 0xffffffff
        if segment.has("S"):
            self.syn = seq
        if segment.has("."):
            if signed(ack - self.acked) > 0 >= signed(ack - self.sent_by_host):
                self.acked = ack
        return segment.packet(self.address, self.host_address)

    def complain(self, words):
        """The packet of a step `icmp`: about what the host said last, or something it never said."""
        kind, code = map(int, words["about"].split("/"))
        quoted = self.last_packet
        if quoted is None:
            quoted = Segment(self.host_port, self.port, UNKNOWN_ISN, 0, packet.flag_bits("S")).packet(
                self.host_address, self.address)
        if "seq" in words:
            quoted = quoted[:24] + struct.pack("!I", self.number(words["seq"])) + quoted[28:]
        return packet.icmp(self.address, self.host_address, kind, code, int(words.get("mtu", 0)), quoted[:28])

    # ---- What it hears

    def hear(self, data):
        """A Heard, or a word for what is no TCP."""
        segment = packet.read_tcp(data)
        if segment is None:
            return None
        if not segment.has("R"):
            self.last_packet = data
        self.host_stamps = any(kind == packet.STAMPS for kind, _ in segment.option_list())
        if segment.has("S"):
            self._hear_syn(segment)
        self.host_port = segment.source_port
        if segment.has("."):
            scale = 0 if segment.has("S") else self.host_scale
            if not segment.has("R"):
                self.believed = segment.ack
                self.edge = (segment.ack + (segment.window << scale)) & 0xffffffff
        heard = Heard(self, segment)
        end = (segment.seq + segment.length()) & 0xffffffff
        if not segment.has("R"):
            if signed(segment.seq - self.heard) <= 0 < signed(end - self.heard):
                self.heard = end
            if signed(end - self.sent_by_host) > 0:
                self.sent_by_host = end
        return heard

    def _hear_syn(self, segment):
        self.host_isn = self.heard = self.acked = self.sent_by_host = segment.seq
        if segment.has(".") and self.syn is not None and signed(segment.ack - self.syn) > 0:
            self.isn = self.syn  # it is answered: a new conversation, or the first one
        self.host_scale = 0
        for kind, body in segment.option_list():
            if kind == packet.SCALE:
                self.host_scale = min(body[0], 14)


class Heard:
    """What the host said, in words."""

    def __init__(self, peer, segment):
        self.flags = packet.flag_letters(segment.flags)
        self.seq = signed(segment.seq - peer.host_isn)
        self.is_from_nobody = segment.has("R") and segment.seq == 0
        self.ack = signed(segment.ack - peer.isn) if segment.has(".") else None
        self.size = len(segment.text)
        self.end = self.seq + segment.length()
        self.window = "0" if segment.window == 0 and not segment.has("R") else ""
        self.is_again = segment.length() > 0 and signed(segment.seq + segment.length() - peer.sent_by_host) <= 0
        self.is_wrong = segment.text != text_at(self.seq - 1, self.size)
        self.options = []
        for kind, body in segment.option_list():
            if kind != packet.SACK or not segment.has("R"):  # Linux leaves it in its resets
                self.options.append(self._option(peer, kind, body))
            if kind == packet.STAMPS:
                peer.host_stamp = struct.unpack("!I", body[:4])[0]

    @staticmethod
    def _option(peer, kind, body):
        if kind == packet.STAMPS:
            echo = struct.unpack("!I", body[4:])[0]
            return f"ts:{signed(echo - STAMP_ORIGIN) if echo else 'none'}"
        if kind == packet.SACK:
            edges = struct.unpack(f"!{len(body) // 4}I", body)
            return "sack:" + "/".join(str(signed(edge - peer.isn)) for edge in edges)
        names = {packet.MSS: "mss", packet.SCALE: "ws", packet.SACK_PERMITTED: "sackok"}
        return names.get(kind, f"kind{kind}") + (":" + body.hex() if kind != packet.SCALE and body else "")

    def continues(self, other):
        """Whether it goes on where that one ended: one piece, split somehow."""
        return (self.size > 0 and other.size > 0 and self.seq == other.end and self.ack == other.ack
                and not set(other.flags + self.flags) & set("SR") and self.is_again == other.is_again)

    def join(self, more):
        self.flags = "".join(letter for letter in packet.LETTERS if letter in self.flags + more.flags)
        self.size += more.size
        self.end = more.end
        self.is_wrong = self.is_wrong or more.is_wrong

    def __str__(self):
        words = [self.flags, "seq=zero" if self.is_from_nobody else f"seq={self.seq}"]
        words += [f"ack={self.ack}"] if self.ack is not None else []
        words += [f"len={self.size}"] if self.size else []
        words += ["win=0"] if self.window else []
        words += [f"opts={','.join(sorted(self.options))}"] if self.options else []
        words += ["again"] if self.is_again else []
        words += ["WRONG-TEXT"] if self.is_wrong else []
        return " ".join(words)


def joined(all_heard):
    """One after another as one, and what was said twice only once."""
    result = []
    for heard in all_heard:
        if result and heard.continues(result[-1]):
            result[-1].join(heard)
        elif str(heard) not in map(str, result) or not (heard.is_again or "S" in heard.flags):
            result.append(heard)
    return result
