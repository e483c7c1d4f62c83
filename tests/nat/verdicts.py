"""What a border made of a packet, in a few words."""

import borders
import packets
from borders import INSIDE, WAN

NAMES = {(0, 0): "an echo reply", (3, 0): "ICMP network unreachable", (3, 1): "ICMP host unreachable",
         (3, 2): "ICMP protocol unreachable", (3, 3): "ICMP port unreachable",
         (3, 13): "ICMP administratively prohibited", (5, 0): "ICMP redirect", (5, 1): "ICMP redirect",
         (3, 4): "ICMP fragmentation needed", (11, 0): "ICMP time exceeded",
         (11, 1): "ICMP reassembly time exceeded", (12, 0): "ICMP parameter problem",
         (14, 0): "a timestamp reply"}


def answer(left):
    if left.protocol == packets.TCP and "R" in left.flags:
        return "answered by RST"
    if left.protocol == packets.ICMP:
        return "answered by " + NAMES.get((left.kind, left.code), f"ICMP {left.kind}/{left.code}")
    return "turned round"


def quote_notes(border, side, left):
    """An error goes to somebody who must know again what it quotes."""
    inner = packets.read(left.quoted)
    ours = (inner.source, inner.ports[0]) if side != INSIDE else (inner.destination, inner.ports[1])
    seen_inside = side != INSIDE  # it came from outside, so who gets it is inside
    protocol = inner.protocol
    pairs = {(address, port if seen_inside else border.outer_port(kind, address, port))
             for kind, address, port in border.mapped if kind == protocol}
    wanted = pairs if seen_inside else {(WAN, port) for _, port in pairs}
    if ours not in wanted:
        yield "quote as it came"
    if packets.checksum(left.quoted[:20]) != 0:
        yield "quote with a wrong IP checksum"


def notes(border, side, sent, left, pieces):
    if side == INSIDE:
        if left.source == sent.source:
            yield "not translated"
        elif left.ports[0] != sent.ports[0] and sent.protocol != packets.ICMP:
            yield "from another port"
        elif left.ports[0] != sent.ports[0]:
            yield "with another identifier"
    elif left.destination == sent.destination:
        yield "not translated"
    if left.quoted:
        yield from quote_notes(border, side, left)
    if left.middle != sent.middle or left.text != sent.text or left.tos != sent.tos:
        yield "changed"
    if left.options != sent.options:
        yield "without its IP options" if not left.options else "with other IP options"
    if left.is_right and not sent.is_right:
        yield "with its checksum mended"
    if sent.is_right and not left.is_right:
        yield "with a wrong checksum"
    if left.ttl != sent.ttl - 1:
        yield f"TTL {left.ttl - sent.ttl:+d}"
    if left.df != sent.df:
        yield "with DF" if left.df else "without DF"
    if left.number != sent.number:
        yield "with another identification"
    if pieces > 1:
        yield f"in {pieces} fragments"
    if pieces < 0:
        yield "as a lone fragment"


def verdict(border, side, packet, left):
    """`packet` is what came, whole; `left` all that left because of it."""
    sent = packets.read(packet)
    words = []
    for each in (INSIDE, borders.OUTSIDE):
        for bytes_, pieces in packets.joined([p for where, p in left if where == each]):
            one = packets.read(bytes_)
            if each == side:
                words.append(answer(one))
                continue
            if one.quoted and not sent.quoted:
                words.append(f"the {each} is told " + answer(one).removeprefix("answered by "))
                continue
            border_learns(border, side, sent, one)
            more = list(notes(border, side, sent, one, pieces))
            words.append(", ".join(["passed", *more]))
    return " and ".join(words) or "dropped"


def border_learns(border, side, sent, left):
    if side == INSIDE and left.source == WAN and None not in sent.ports:
        border.mapped[(sent.protocol, sent.source, sent.ports[0])] = left.ports[0]
