"""The packets that both borders get: every state of a TCP connection tried with every kind of segment from
both sides, and the smaller protocols. A case has steps; a step is a side and who makes its packet."""

import dataclasses
import struct

import packets
from borders import FAR, HOP, HOST, INSIDE, LAN, OTHER_FAR, OTHER_HOST, OUTSIDE, WAN
from packets import ICMP, TCP, UDP


@dataclasses.dataclass
class Step:
    side: str
    label: str
    make: object  # (border) -> bytes
    facts: dict = dataclasses.field(default_factory=dict)
    whole: object = None  # of a last fragment: (border) -> the packet that it completes


@dataclasses.dataclass
class Case:
    group: str
    name: str
    steps: list


def say(side, label, make, *fields, **more):
    """A step whose packet is the same for both borders."""
    return Step(side, label, lambda border: make(*fields, **more))


class Numbers:
    """Ports that no other case has."""

    def __init__(self):
        self.last = 9999

    def next(self):
        self.last += 1
        return self.last


# ---- TCP

ISS, IRS, WINDOW, TEXT = 1000, 500_000, 10_000, b"x" * 100
STATES = ("none", "SYN-SENT", "SYN-RECEIVED", "both SYNs", "ESTABLISHED", "inside closed",
          "inside closed, acked", "outside closed", "outside closed, acked", "both closed", "both closed, acked", "refused",
          "reset by the inside", "reset by the outside")
KINDS = {"SYN": "S", "SYN+ACK": "SA", "ACK": "A", "text": "PA", "FIN": "FA", "RST": "R", "RST+ACK": "RA",
         "FIN without ACK": "F", "no flags": "", "all flags": "FSRPAUEW", "SYN+FIN": "FS", "SYN+RST": "SR",
         "FIN+PSH+URG": "FPU", "text without ACK": "P", "ECN SYN": "SEW", "urgent text": "PAU"}
PLACES = {"in order": 0, "in the window": 500, "old": -50, "very old": -100_000, "at the window's end": WINDOW,
          "beyond the window": WINDOW + 5000, "far away": 1 << 30}
ACKS = {"future": 50_000, "old": -40, "very old": -300_000}


class Talk:
    """Segments of one connection, with what each side has sent so far."""

    def __init__(self, port, inside=HOST, far=(FAR, 80)):
        self.inside, self.far = (inside, port), far
        self.sent = {INSIDE: ISS, OUTSIDE: IRS}
        self.steps = []

    def segment(self, side, flags, text=b"", seq=0, ack=0, **more):
        """`seq` and `ack` are added to what would be right now; nothing is counted as sent."""
        right, other = self.sent[side] + seq, self.sent[OUTSIDE if side == INSIDE else INSIDE] + ack
        other = other if "A" in flags else 0

        def make(border):
            outer = (WAN, border.outer_port(TCP, *self.inside))
            ends = (self.inside, self.far) if side == INSIDE else (self.far, outer)
            return packets.tcp(*ends, flags, right, other, text=text, window=WINDOW, **more)
        return make

    def say(self, side, flags, text=b""):
        self.steps.append(Step(side, f"{flags} from {side}", self.segment(side, flags, text),
                               {"is_setup": True}))
        self.sent[side] += len(text) + ("S" in flags) + ("F" in flags)

    def come_to(self, state):
        if state == "none":
            return
        self.say(INSIDE, "S")
        if state == "SYN-SENT":
            return
        if state == "refused":
            self.say(OUTSIDE, "RA")
            return
        if state == "both SYNs":
            self.say(OUTSIDE, "S")
            return
        self.say(OUTSIDE, "SA")
        if state == "SYN-RECEIVED":
            return
        self.say(INSIDE, "A")
        self.say(INSIDE, "PA", TEXT)
        self.say(OUTSIDE, "PA", TEXT)
        self.say(INSIDE, "A")
        if "reset" in state:
            self.say(INSIDE if "inside" in state else OUTSIDE, "RA")
        if "inside closed" in state or "both closed" in state:
            self.say(INSIDE, "FA")
        if "inside closed, acked" in state:
            self.say(OUTSIDE, "A")
        if "outside closed" in state or "both closed" in state:
            self.say(OUTSIDE, "FA")
        if "outside closed, acked" in state or "both closed, acked" in state:
            self.say(INSIDE, "A")
        if "both closed, acked" in state:
            self.say(OUTSIDE, "A")

    def try_out(self, state, side, kind, place, ack):
        flags = KINDS[kind]
        text = TEXT if "text" in kind else b""
        ack_offset = ACKS.get(ack, 0)
        facts = {"state": state, "kind": kind, "place": place, "ack": ack}
        self.steps.append(Step(side, f"{kind} from {side}", self.segment(
            side, flags, text, PLACES[place], ack_offset), facts))
        # What did the border think of it? An outsider's text tells, and then the inside's.
        for each in (OUTSIDE, INSIDE):
            self.steps.append(Step(each, f"text from {each} after it", self.segment(each, "PA", TEXT),
                                   {**facts, "tried": side, "is_after": True}))


def tcp_cases(numbers):
    for state in STATES:
        for side in (INSIDE, OUTSIDE):
            tries = [(kind, place, "right") for kind in KINDS for place in PLACES]
            tries += [(kind, "in order", ack) for kind, flags in KINDS.items() if "A" in flags
                      for ack in ACKS]
            for kind, place, ack in tries:
                talk = Talk(numbers.next())
                talk.come_to(state)
                talk.try_out(state, side, kind, place, ack)
                yield Case("TCP", f"{state}: {kind} from {side}, {place}, ACK {ack}", talk.steps)


def tcp_oddities(numbers):
    """Segments that are wrong in themselves, in the middle of a connection and at its beginning."""
    wrong = {"a wrong checksum": {"spoil": True}, "a data offset of 4": {"words": 4},
             "a data offset beyond the end": {"words": 15},
             "an option that is too long": {"options": b"\x02\x28\x05\xb4"},
             "an option of length 0": {"options": b"\x08\x00\x00\x00"},
             "an unknown option": {"options": b"\xfd\x04\xab\xcd"}}
    for what, how in wrong.items():
        for side in (INSIDE, OUTSIDE):
            talk = Talk(numbers.next())
            talk.come_to("ESTABLISHED")
            talk.steps.append(Step(side, f"text from {side} with {what}", talk.segment(side, "PA", TEXT, **how)))
            yield Case("TCP", f"text with {what}", talk.steps)
        talk = Talk(numbers.next())
        talk.steps.append(Step(INSIDE, f"SYN with {what}", talk.segment(INSIDE, "S", **how)))
        yield Case("TCP", f"SYN with {what}", talk.steps)
    for side, ports in ((INSIDE, (0, 80)), (INSIDE, (numbers.next(), 0))):
        talk = Talk(ports[0], far=(FAR, ports[1]))
        talk.steps.append(Step(side, "SYN with port 0", talk.segment(side, "S")))
        yield Case("TCP", f"SYN with port 0, {ports}", talk.steps)


# ---- UDP, ports and filtering

def out(port, to=(FAR, 53), host=HOST, text=b"hello", label="datagram from inside", **more):
    return Step(INSIDE, label, lambda border: packets.udp((host, port), to, text, **more))


def back(port, far=(FAR, 53), host=HOST, text=b"hello", label="answer", **more):
    def make(border):
        return packets.udp(far, (WAN, border.outer_port(UDP, host, port)), text, **more)
    return Step(OUTSIDE, label, make)


def udp_cases(numbers):
    port = numbers.next()
    yield Case("UDP", "question and answer", [out(port), back(port), out(port), back(port)])
    for far, what in (((FAR, 54), "another port of the same host"), ((OTHER_FAR, 53), "another host")):
        port = numbers.next()
        yield Case("UDP", f"somebody else: {what}", [out(port), back(port),
                                                     back(port, far, label=f"datagram from {what}")])
    yield Case("UDP", "nobody asked", [back(numbers.next(), label="datagram that nobody asked for")])
    port = numbers.next()
    yield Case("UDP", "two far ends", [out(port), out(port, (OTHER_FAR, 53), label="to a second far end"),
                                       back(port, (OTHER_FAR, 53), label="answer of the second")])
    for what, how in {"a wrong checksum": {"spoil": True}, "no checksum": {"has_checksum": False},
                      "no text": {"text": b""}, "a length beyond the end": {"length": 100},
                      "a length of 4": {"length": 4}, "a length that leaves some out": {"length": 10},
                      "TTL 2": {"ttl": 2}, "without DF": {"df": False}, "a ToS of 0xb8": {"tos": 0xB8}}.items():
        port = numbers.next()
        yield Case("UDP", what, [out(port, label=f"datagram from inside with {what}", **how)])
        port = numbers.next()
        yield Case("UDP", "answer: " + what, [out(port), back(port, label=f"answer with {what}", **how)])
    yield Case("UDP", "from port 0", [out(0, label="datagram from port 0")])
    yield Case("UDP", "to port 0", [out(numbers.next(), (FAR, 0), label="datagram to port 0")])
    port = numbers.next()
    yield Case("UDP", "from port 0 outside", [out(port), back(port, (FAR, 0), label="answer from port 0")])
    low = 123
    yield Case("UDP", "a low port", [out(low, label="datagram from port 123"), back(low)])


# ---- ICMP

def ping(number, to=FAR, host=HOST, label="echo request", **more):
    return Step(INSIDE, label, lambda border: packets.echo(host, to, number, **more))


def pong(number, source=FAR, host=HOST, label="echo reply", **more):
    def make(border):
        return packets.echo(source, WAN, border.outer_port(ICMP, host, number), kind=0, **more)
    return Step(OUTSIDE, label, make)


def icmp_cases(numbers):
    number = numbers.next()
    yield Case("ICMP", "ping", [ping(number), pong(number), pong(number, label="a second reply"),
                                pong(number, sequence=7, label="a reply to another sequence number"),
                                pong(number, OTHER_FAR, label="a reply of another host")])
    yield Case("ICMP", "nobody asked", [pong(numbers.next(), label="a reply that nobody asked for")])
    number = numbers.next()
    yield Case("ICMP", "reply from inside", [ping(number, kind=0, label="an echo reply out of the blue")])
    for what, how in {"a wrong checksum": {"spoil": True}}.items():
        number = numbers.next()
        yield Case("ICMP", what, [ping(number, label=f"echo request with {what}", **how)])
        number = numbers.next()
        yield Case("ICMP", what, [ping(number), pong(number, label=f"echo reply with {what}", **how)])
    for kind, what in ((13, "timestamp request"), (17, "address mask request"), (15, "information request"),
                       (10, "router solicitation"), (42, "message of an unknown type")):
        rest = struct.pack(">HH", numbers.next(), 1)
        yield Case("ICMP", what, [
            say(INSIDE, f"{what} from inside", packets.icmp, HOST, FAR, kind, 0, rest, bytes(12)),
            *(say(OUTSIDE, f"{answer} where the inside sent: {what}", packets.icmp, FAR, WAN, number, 0, rest, bytes(12))
              for number, answer in ((0, "an echo reply"), (kind + 1, "a reply")) if kind in (13, 15, 17))])


def error(kind, code, about, *, source=HOP, label, rest=bytes(4), quote=28, **more):
    """An error from outside about the packet that `about` makes, as it left the border."""
    def make(border):
        return packets.icmp(source, WAN, kind, code, rest, about(border)[:quote], **more)
    return Step(OUTSIDE, label, make)


def left_udp(port, to=(FAR, 53), host=HOST, outer=None):
    return lambda border: packets.udp((WAN, outer or border.outer_port(UDP, host, port)), to, b"hello", ttl=60)


def left_tcp(port, seq=ISS, flags="S"):
    return lambda border: packets.tcp((WAN, border.outer_port(TCP, HOST, port)), (FAR, 80), flags, seq, 0)


def error_cases(numbers):
    errors = {"network unreachable": (3, 0), "host unreachable": (3, 1), "protocol unreachable": (3, 2),
              "port unreachable": (3, 3), "fragmentation needed": (3, 4), "administratively prohibited": (3, 13),
              "source quench": (4, 0), "time exceeded": (11, 0), "parameter problem": (12, 0),
              "redirect": (5, 1), "an error of an unknown code": (3, 77)}
    for what, (kind, code) in errors.items():
        rest = struct.pack(">HH", 0, 1400) if (kind, code) == (3, 4) else bytes(4)
        port = numbers.next()
        yield Case("errors", f"UDP: {what}", [
            out(port), error(kind, code, left_udp(port), rest=rest, label=f"{what} about a datagram of inside"),
            back(port, label=f"answer after {what}")])
        talk = Talk(numbers.next())
        talk.come_to("SYN-SENT")
        talk.steps.append(error(kind, code, left_tcp(talk.inside[1]), rest=rest,
                                label=f"{what} about a SYN of inside"))
        talk.say(OUTSIDE, "SA")
        yield Case("errors", f"TCP: {what}", talk.steps)
        number = numbers.next()
        yield Case("errors", f"ICMP: {what}", [
            ping(number), error(kind, code, lambda border, number=number: packets.echo(
                WAN, FAR, border.outer_port(ICMP, HOST, number)), rest=rest,
                label=f"{what} about an echo request of inside")])
    talk = Talk(numbers.next())
    talk.come_to("ESTABLISHED")
    talk.steps.append(error(3, 4, left_tcp(talk.inside[1], seq=ISS + 10**8, flags="A"),
                            rest=struct.pack(">HH", 0, 1400),
                            label="fragmentation needed about a sequence number that was never sent"))
    yield Case("errors", "TCP: a sequence number never sent", talk.steps)
    for what, about, more in (
            ("about a port that is nobody's", lambda port: left_udp(port, outer=9), {}),
            ("about another far end", lambda port: left_udp(port, (OTHER_FAR, 53)), {}),
            ("with a wrong checksum", left_udp, {"spoil": True}),
            ("that quotes 20 bytes", left_udp, {"quote": 20}),
            ("that quotes 24 bytes", left_udp, {"quote": 24}),
            ("that quotes all", left_udp, {"quote": 1000})):
        port = numbers.next()
        yield Case("errors", f"UDP: {what}", [
            out(port), error(3, 3, about(port), label=f"an error {what}", **more)])
    for what, to, port_shift in (("about an answer", FAR, 0), ("about an answer, to another host", OTHER_FAR, 0),
                                 ("about what never came", FAR, 1)):
        port = numbers.next()

        def make(border, port=port, to=to, port_shift=port_shift):
            came = packets.udp((FAR, 53), (HOST, port + 20_000 * port_shift), b"hello", ttl=60)
            return packets.icmp(HOST, to, 3, 3, bytes(4), came[:28])
        yield Case("errors", f"from inside {what}", [
            out(port), back(port), Step(INSIDE, f"port unreachable from inside {what}", make)])


# ---- Fragments and IP itself

def piece(side, whole, number, size, label, completes=True):
    return Step(side, label, lambda border: packets.fragments(whole(border), size)[number],
                whole=whole if completes else None)


def fragment_cases(numbers):
    def outward(port, text=b"y" * 1000):
        return lambda border: packets.udp((HOST, port), (FAR, 53), text, df=False, number=20_000 + port % 20_000)

    def inward(port, text=b"y" * 1000):
        return lambda border: packets.udp((FAR, 53), (WAN, border.outer_port(UDP, HOST, port)), text, df=False,
                                          number=20_000 + port % 20_000)
    for what, order in (("in order", (0, 1)), ("the last first", (1, 0))):
        port = numbers.next()
        yield Case("fragments", f"out, {what}", [
            piece(INSIDE, outward(port), number, 512, f"fragment {i} of 2 from inside, {what}", i == 2)
            for i, number in enumerate(order, 1)])
        port = numbers.next()
        yield Case("fragments", f"in, {what}", [out(port), *(
            piece(OUTSIDE, inward(port), number, 512, f"fragment {i} of 2 from outside, {what}", i == 2)
            for i, number in enumerate(order, 1))])
    port = numbers.next()
    yield Case("fragments", "twice", [
        piece(INSIDE, outward(port), 0, 512, "first fragment", False),
        piece(INSIDE, outward(port), 0, 512, "the same first fragment again", False),
        piece(INSIDE, outward(port), 1, 512, "the last fragment, the first having come twice")])
    port = numbers.next()
    yield Case("fragments", "overlap", [
        piece(INSIDE, outward(port), 0, 512, "first fragment", False),
        Step(INSIDE, "a fragment that overlaps the first", lambda border, port=port: packets.ip(
            HOST, FAR, UDP, b"z" * 600, df=False, number=20_000 + port % 20_000, offset=256, more=True)),
        piece(INSIDE, outward(port), 1, 512, "the last fragment, after an overlap")])
    port = numbers.next()
    yield Case("fragments", "nobody asked", [
        piece(OUTSIDE, inward(port), number, 512, f"fragment {number + 1} of 2 that nobody asked for",
              number == 1) for number in (0, 1)])
    port = numbers.next()
    yield Case("fragments", "tiny", [
        piece(INSIDE, outward(port, b"y" * 24), number, 8, f"tiny fragment {number + 1} of 4", number == 3)
        for number in range(4)])
    yield Case("fragments", "larger than the MTU", [
        piece(INSIDE, outward(numbers.last + 1, b"y" * 3000), number, 1400,
              f"fragment {number + 1} of 3 of a datagram larger than the MTU", number == 2) for number in range(3)])
    numbers.next()


def ip_cases(numbers):
    def one(label, side=INSIDE, **of_ip):
        port = numbers.next()
        if side == INSIDE:
            return Case("IP", label, [out(port, label=label, **of_ip)])
        return Case("IP", label, [out(port), back(port, label=label, **of_ip)])
    yield one("TTL 1 from inside", ttl=1)
    yield one("TTL 0 from inside", ttl=0)
    yield one("TTL 1 from outside", OUTSIDE, ttl=1)
    yield one("a route recorded", options=b"\x07\x07\x04" + bytes(5))
    yield one("a loose source route", options=b"\x83\x07\x04" + bytes([203, 0, 113, 10]) + b"\0")
    yield one("a router alert", options=b"\x94\x04\0\0")
    yield one("a malformed IP option", options=b"\x07\x30\x04\0")
    port = numbers.next()
    body = struct.pack(">HHHH", port, 53, 13, 0) + b"hello"
    for what, length in (("beyond the end", 200), ("that leaves some out", 30), ("of 19", 19)):
        yield Case("IP", "total length", [
            say(INSIDE, f"a total length {what}", packets.ip, HOST, FAR, UDP, body, length=length)])
    yield Case("IP", "checksum", [
        say(INSIDE, "a wrong IP checksum from inside", packets.ip, HOST, FAR, UDP, body, spoil=True)])
    for name, source, to in (
            ("a source of another network", "10.1.1.1", FAR), ("a source of 127/8", "127.0.0.1", FAR),
            ("a source of a group", "224.0.0.5", FAR), ("a source of 255.255.255.255", "255.255.255.255", FAR),
            ("a source of 0.0.0.0", "0.0.0.0", FAR), ("the border's outer address as source", WAN, FAR),
            ("the border's inner address as source", LAN, FAR), ("to a group", HOST, "239.1.2.3"),
            ("to 255.255.255.255", HOST, "255.255.255.255"), ("to 127/8", HOST, "127.0.0.1"),
            ("to 240/4", HOST, "240.0.0.1"), ("to the outer network's broadcast", HOST, "203.0.113.255"),
            ("to an address without a route", HOST, "198.51.100.1")):
        yield Case("IP", name, [say(INSIDE, f"datagram from inside, {name}", packets.udp,
                                    (source, numbers.next()), (to, 53))])
    for name, source in (("an inside source", HOST), ("the border's own source", WAN),
                         ("a source of 127/8", "127.0.0.1")):
        port = numbers.next()
        yield Case("IP", "outside: " + name, [
            out(port), back(port, (source, 53), label=f"datagram from outside, {name}")])
    yield Case("IP", "direct", [say(OUTSIDE, "datagram from outside straight to an inside address",
                                    packets.udp, (FAR, 53), (HOST, 4000))])
    for protocol, name in ((47, "GRE"), (50, "ESP"), (132, "SCTP"), (136, "UDP-Lite"), (89, "OSPF"),
                           (253, "an unknown protocol")):
        body = struct.pack(">HHI", 0, 0x0800, 0) + bytes(24)
        yield Case("IP", name, [
            say(INSIDE, f"{name} from inside", packets.ip, HOST, FAR, protocol, body),
            say(OUTSIDE, f"{name} from outside, after it", packets.ip, FAR, WAN, protocol, body)])


# ---- The border itself, and back to the inside

def own_cases(numbers):
    for side, to, name in ((OUTSIDE, WAN, "the outer address, from outside"),
                           (INSIDE, WAN, "the outer address, from inside"),
                           (INSIDE, LAN, "the inner address, from inside")):
        source = FAR if side == OUTSIDE else HOST
        for what, make, *fields in (("echo request", packets.echo, source, to, numbers.next()),
                                    ("SYN", packets.tcp, (source, numbers.next()), (to, 9), "S", 1, 0),
                                    ("ACK", packets.tcp, (source, numbers.next()), (to, 9), "A", 1, 1),
                                    ("datagram", packets.udp, (source, numbers.next()), (to, 9))):
            yield Case("border", f"{what} {name}", [say(side, f"{what} to {name}", make, *fields)])
    port, other = numbers.next(), numbers.next()

    def to_mapped(protocol, source_port, mapped_port):
        def make(border):
            to = (WAN, border.outer_port(protocol, HOST, mapped_port))
            if protocol == UDP:
                return packets.udp((OTHER_HOST, source_port), to)
            return packets.tcp((OTHER_HOST, source_port), to, "S", 1, 0)
        return make
    yield Case("border", "hairpin", [
        out(port), Step(INSIDE, "UDP hairpin: a second inside host to the outer port of the first",
                        to_mapped(UDP, other, port))])
    ports = numbers.next(), numbers.next()

    def punch(first):
        hosts = ((HOST, ports[0]), (OTHER_HOST, ports[1])) if first else ((OTHER_HOST, ports[1]), (HOST, ports[0]))

        def make(border):
            return packets.udp(hosts[0], (WAN, border.outer_port(UDP, *hosts[1])))
        return make
    yield Case("border", "hairpin of two", [
        out(ports[0]), out(ports[1], host=OTHER_HOST),
        *(Step(INSIDE, f"UDP hairpin of two inside hosts that both speak: datagram {number}", punch(number % 2 == 1))
          for number in (1, 2, 3))])
    talk = Talk(numbers.next())
    talk.come_to("ESTABLISHED")
    talk.steps.append(Step(INSIDE, "TCP hairpin: a SYN of a second inside host to the outer port of the first",
                           to_mapped(TCP, numbers.next(), talk.inside[1])))
    yield Case("border", "TCP hairpin", talk.steps)


def clash_cases(numbers):
    """Who cannot keep a port gets any: one that a later case counts on, perhaps. So these come last."""
    port = numbers.next()
    yield Case("UDP", "the same port twice", [
        out(port), out(port, host=OTHER_HOST, label="the same port of a second inside host, to the same far end"),
        back(port, host=OTHER_HOST, label="answer to the second host"), back(port),
        out(port, (OTHER_FAR, 53), OTHER_HOST, label="the second inside host, to a second far end")])
    number = numbers.next()
    yield Case("ICMP", "the same identifier twice", [
        ping(number), ping(number, host=OTHER_HOST, label="the same identifier of a second inside host"),
        pong(number, host=OTHER_HOST, label="reply to the second host"), pong(number)])


def all_cases(numbers):
    for make in (udp_cases, icmp_cases, error_cases, fragment_cases, ip_cases, own_cases, tcp_oddities, tcp_cases,
                 clash_cases):
        yield from make(numbers)


def late_cases(numbers):
    """Flows that say nothing for half a minute: pairs of a beginning and what is asked then."""
    port = numbers.next()
    yield Case("late", "UDP", [out(port)]), Case("late", "UDP", [back(port, label="first answer after 33 s")])
    port = numbers.next()
    yield Case("late", "UDP", [out(port), back(port)]), Case("late", "UDP", [
        back(port, label="second answer after 33 s")])
    number = numbers.next()
    yield Case("late", "ICMP", [ping(number)]), Case("late", "ICMP", [pong(number, label="echo reply after 33 s")])
    for state in ("SYN-SENT", "ESTABLISHED", "both closed, acked", "reset by the inside", "reset by the outside"):
        talk = Talk(numbers.next())
        talk.come_to(state)
        begin, talk.steps = talk.steps, []
        what, flags = ("SYN+ACK", "SA") if state == "SYN-SENT" else ("text", "PA")
        talk.steps.append(Step(OUTSIDE, f"{state}: {what} from outside after 33 s",
                               talk.segment(OUTSIDE, flags)))
        yield Case("late", state, begin), Case("late", state, talk.steps)
