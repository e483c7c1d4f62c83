"""Why the two borders differ: each row of the comparison belongs to the first reason that takes it."""

import dataclasses

from borders import INSIDE, OUTSIDE

REFUSALS = ("answered by RST", "answered by ICMP port unreachable", "answered by ICMP protocol unreachable")


@dataclasses.dataclass(frozen=True)
class Reason:
    title: str
    text: str
    takes: object  # (Row) -> bool


def is_pair(row, acksu, *linux):
    return row.acksu == acksu and row.linux in linux


def is_tracked(row):
    return row.phase not in ("", "unknown")


REASONS = (
    Reason("Wrong checksums", """
acksu translates, changes the checksum by what it changed, and leaves it as wrong as it came: who gets the
packet finds it. Linux verifies before it tracks (`nf_conntrack_checksum`), finds the packet invalid, and
the rule for invalid ones drops it.""",
           lambda row: "a wrong checksum" in row.what and is_pair(row, "passed", "dropped")),
    Reason("Lengths inside of a packet", """
A UDP length that is not that of the packet: the same again. acksu needs the ports only, and the end drops
what it cannot read.""",
           lambda row: " length " in row.what and is_pair(row, "passed", "dropped")),
    Reason("Port 0", """
No program can have port 0 (RFC 9293 and RFC 768 leave it without use), and scanners like it, because stacks
answer it differently. acksu drops it, `tcp_port_zero` and `udp_malformed`.""",
           lambda row: "port 0" in row.what and row.acksu == "dropped"),
    Reason("Options that cannot be read", """
acksu reads the options of a SYN, for the window scale; a list that runs over its end is no list, and the
packet is dropped. Linux tracks the SYN all the same, without what stands behind the fault.""",
           lambda row: row.what in ("SYN with an option that is too long",
                                    "SYN with an option of length 0")),
    Reason("Record route", """
RFC 7126 would have it dropped by default, as both do with source routes: it tells how the inside is built.
Linux writes its address into it.""",
           lambda row: row.what == "a route recorded"),
    Reason("An answer to another question", """
acksu tells queries apart by addresses and identifier; which kind of question it was, the inside knows
itself, and ignores the answer to another. Linux remembers the kind, too.""",
           lambda row: row.what.startswith("an echo reply where the inside sent") and is_pair(row, "passed", "dropped")),
    Reason("Protocols without ports", """
Left out on purpose (`src/host/nat.h`): without ports two inside hosts that talk to the same server cannot
be told apart. Linux tracks them by addresses only: the first who comes gets all answers.""",
           lambda row: row.what.split()[0] in ("GRE", "ESP", "SCTP", "OSPF", "an") and row.acksu == "dropped"),
    Reason("Fragments", """
Both put fragments together before they translate (RFC 4787 REQ-14). Linux cuts the packet again as it came;
acksu cuts it only where it does not fit the next link. So fewer packets leave, and never a tiny one that
was made to slip through somebody's filter.""",
           lambda row: "fragment" in row.what and row.acksu == "passed" and "fragments" in row.linux),
    Reason("Hairpin", """
RFC 4787 REQ-9: inside hosts that know each other by their outer ports reach each other through acksu, under
the same filter as everybody: both have to speak, so the first datagram opens a way and is dropped itself.
(`--forward` opens a port for all.) A masquerade knows the outside device only; to it these packets are for
the machine itself, which refuses them.""",
           lambda row: "hairpin" in row.what),
    Reason("The inside's addresses from outside", """
A liar outside says that he is an inside host. acksu drops it: the network of its LAN cannot be behind its
WAN. With `rp_filter` off, as the kernel has it by default, Linux believes it, and its refusal goes to the
inside host; `rp_filter=1` would drop it.""",
           lambda row: row.what == "datagram from outside, an inside source"),
    Reason("Addresses that are nobody's", """
RFC 6890 has 240/4 never forwarded; acksu drops what goes there, as what goes to other addresses that are
nobody's, and tells nobody. Linux has no special rule for it, only no route.""",
           lambda row: row.what.endswith("to 240/4") and row.acksu == "dropped"),
    Reason("Silence towards strangers", """
Where nobody inside asked, acksu says nothing: RFC 5382 REQ-4 wants no answer to a SYN for six seconds,
because the inside may be opening at that moment (simultaneous open), and who scans addresses learns
nothing. To Linux the outer address is also that of the machine, whose own TCP and UDP refuse what no flow
claims; a rule of the input chain would silence it.""",
           lambda row: row.side == OUTSIDE and row.acksu == "dropped" and row.linux in REFUSALS
           and row.what != "SYN+FIN"),
    Reason("SYN+FIN", """
No segment of any TCP; both let it in nowhere. acksu drops it (`tcp_bad_flags`), Linux takes it for its own
machine, which answers.""",
           lambda row: row.what == "SYN+FIN" and row.side == OUTSIDE and is_pair(row, "dropped", "answered by RST")),
    Reason("Connections that are older than the border", """
After a restart acksu goes on with a TCP connection when the inside says the next segment, whichever, if it
acknowledges something (`takes_up_old_connections`): a FIN, too, so that the far end hears that it is over.
Linux does the same (`nf_conntrack_tcp_loose`), but for a FIN; with it the connection would begin closed.""",
           lambda row: row.phase == "unknown" and row.acksu == "passed" and (
               (row.what == "text, ACK or FIN" and row.side == INSIDE) or
               (row.what == "text, afterwards" and row.side == OUTSIDE))),
    Reason("Segments without SYN, RST or ACK", """
RFC 9293 3.10.7.4 has an end drop them without an answer, so acksu passes them in a connection that it knows
(and counts `tcp_not_believed`); they open, refresh and end nothing. For Linux they are invalid, and what is
invalid is not translated: from inside the rule drops it, from outside it comes to the machine itself, whose
RST tells the far end that nobody is there.""",
           lambda row: row.what == "a segment without SYN, RST or ACK" and row.acksu == "passed"),
    Reason("A SYN in the middle", """
A SYN inside of a connection is answered by a challenge ACK of the end (RFC 5961 4), which keeps it alive
where it lives and lets its peer reset it where it does not. So acksu passes it and believes nothing of it.
Linux calls it invalid when it comes from outside, and its machine answers by a RST in the name of the
inside: to a peer that has restarted that is good news, to a liar as well.""",
           lambda row: is_tracked(row) and row.what == "a SYN" and row.acksu == "passed"),
    Reason("Resets that do not fit", """
RFC 7857 2.2 wants a reset to count only where the end believes it (RFC 5961 3.2). Such a one shortens
nothing in either border. acksu passes the others on, for the end may know better (it answers with a
challenge ACK); Linux drops them.""",
           lambda row: is_tracked(row) and row.what == "a reset" and is_pair(row, "passed", "dropped")),
    Reason("Segments that do not fit", """
A sequence number outside of the window, an acknowledgement of what was never sent, a SYN+ACK that nobody
waits for, text before the handshake is over. acksu watches the same numbers, but only to know when a
connection begins and ends: what does not fit changes nothing and is passed on, because the ends judge
better (they know options that a bystander does not). Linux drops it, or (from outside) refuses it by its
own machine: should its view of a connection be wrong once, that RST ends the connection.""",
           lambda row: is_tracked(row) and row.what in ("text, ACK or FIN", "a SYN+ACK")
           and (is_pair(row, "passed", "dropped") or is_pair(row, "passed", "answered by RST"))),
    Reason("What comes after a reset or a refusal", """
acksu keeps a connection for four minutes after its reset (RFC 7857 7, RFC 5382 REQ-5), so that what is
still under way finds the inside, which then answers itself. Linux forgets a refused SYN at once, and other
resets after ten seconds.""",
           lambda row: row.phase == "reset" and row.what == "text, afterwards" and row.acksu == "passed"),
    Reason("Text after something odd", """
Consequences of the rows above: text of both sides that follows what one border believed and the other did
not. In Linux no text of the inside passes before it has seen a SYN and its SYN+ACK, nor after a SYN that
begins the connection anew; in acksu a connection that it knows carries text, and who is not ready for it
says so.""",
           lambda row: row.what == "text, afterwards" and row.acksu == "passed"),
    Reason("How long silence may last", """
acksu keeps what the RFCs ask for: UDP five minutes (RFC 4787 REQ-5), echo one minute (RFC 5508 REQ-2),
resets four. Linux keeps UDP and echo for 30 seconds (UDP that was answered for more than two seconds: 120),
resets for ten.""",
           lambda row: "after 33 s" in row.what and row.acksu == "passed"),
)


def reason_of(row):
    return next((reason for reason in REASONS if reason.takes(row)), None)
