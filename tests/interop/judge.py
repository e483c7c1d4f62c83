"""What tshark says about a capture: malformed packets, bad checksums, expert information."""

import subprocess

from lab import KERNEL, Failure, expect

WARNING = 0x600000
NOTE = 0x400000

# Said of every wire on which windows and connections come to their ends.
HARMLESS = (
    "This frame is a (suspected) window update",
    "TCP window update",
    "the connection closing",
    "TCP keep-alive",
    "The acknowledgment number field is nonzero while the ACK flag is not set",
)
# A receiver that reads slowly, or a sender that is fast: flow control at work.
FLOW_CONTROL = ("window specified by the receiver is now completely full", "Zero Window segment",
                "TCP Zero Window", "Window is full")
LOSS = ("retransmission", "Duplicate ACK", "Previous segment", "Out-Of-Order", "ACKed segment",
        "D-SACK")
# A client that opens a thousand connections may choose a port that it had before (RFC 6191).
PORT_REUSED = ("same ports as an earlier session",)
RESET = ("Connection reset (RST)",)

# RFC 1624 asks for 0x0000, and RFC 9293 forbids neither; Linux writes the other zero.
LINUX_ZERO = "Checksum 0xffff instead of 0x0000"


class Late(Failure):
    """Signs of loss on a wire that loses nothing: an end had no processor for some milliseconds, after which the other
    one rightly probes; or one of them is wrong, and then they come again."""


FIELDS = ("frame.number", "ip.src", "_ws.malformed", "ip.checksum.status", "tcp.checksum.status",
          "icmp.checksum.status", "udp.checksum.status", "_ws.expert.severity",
          "_ws.expert.message")


def tshark(path, *arguments):
    # What the text of a segment means to an application is not judged here.
    command = ["tshark", "-n", "-r", str(path), "-d", "tcp.port==1-65535,data"]
    for protocol in ("ip", "tcp", "udp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    found = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    expect(found.returncode == 0, f"tshark: {found.stderr[-300:]}")
    return found.stdout


def judge(path, allowed=()):
    """Fails for the first frame that is wrong; returns the number of frames."""
    arguments = ["-T", "fields", "-E", "separator=\t", "-E", "aggregator=\x1f"]
    for field in FIELDS:
        arguments += ["-e", field]
    lines = tshark(path, *arguments).splitlines()
    expect(lines, "the capture is empty")
    for line in lines:
        judge_frame(dict(zip(FIELDS, line.split("\t"))), HARMLESS + tuple(allowed))
    return len(lines)


def judge_frame(frame, allowed):
    number = frame["frame.number"]
    messages = frame["_ws.expert.message"].split("\x1f")
    if frame["ip.src"] == KERNEL and any(LINUX_ZERO in message for message in messages):
        return
    expect(not frame["_ws.malformed"], f"frame {number} is malformed")
    for protocol in ("ip", "tcp", "icmp", "udp"):
        # 0: bad, 1: good, 2: not verified; an ICMP error holds a second, cut one.
        status = frame[f"{protocol}.checksum.status"].split("\x1f")
        expect("0" not in status, f"frame {number} has a bad {protocol} checksum")
    severities = frame["_ws.expert.severity"].split("\x1f")
    for severity, message in zip(severities, messages):
        if not severity or int(severity, 0) < NOTE:
            continue
        if any(known in message for known in allowed):
            continue
        kind = Late if any(sign in message for sign in LOSS) else Failure
        raise kind(f"frame {number}: {message}")


def spoil_last_answer(path):
    """Turns a bit in the last echo reply of a capture; returns the frame's number."""
    number = int(values(path, "icmp.type == 0", "frame.number")[-1])
    capture = bytearray(path.read_bytes())
    start = 24  # of the first record, behind the file's header
    for _ in range(number - 1):
        start += 16 + int.from_bytes(capture[start + 8:start + 12], "little")
    end = start + 16 + int.from_bytes(capture[start + 8:start + 12], "little")
    capture[end - 1] ^= 1
    path.write_bytes(capture)
    return number


def values(path, display_filter, field):
    """The values of one field in all frames that match."""
    found = tshark(path, "-Y", display_filter, "-T", "fields", "-e", field)
    return [value for value in found.split("\n") if value]
