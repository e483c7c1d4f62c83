"""Plays a script against one host, step by step, and keeps what was answered."""

import ctypes
import dataclasses
import random
import socket
import struct

from peer import Peer, joined, text_at
from script import Step
from worlds import HOST, name_of

STATES = ["", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT",
          "LAST-ACK", "LISTEN", "CLOSING"]
TCP_INFO = 11
OPTIONS = {"nodelay": (socket.IPPROTO_TCP, 1, 1), "cork": (socket.IPPROTO_TCP, 3, 1),
           "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), "maxseg": (socket.IPPROTO_TCP, 2, 500),
           "rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096), "sndbuf": (socket.SOL_SOCKET, socket.SO_SNDBUF, 8192),
           "linger": (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5)),
           "user_timeout": (socket.IPPROTO_TCP, 18, 30000)}
HOW = {"shutdown-r": 0, "shutdown-w": 1, "shutdown-rw": 2}
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a close resets
# Asks who is there when all is over: text that was heard long ago is acknowledged by whoever has a connection.
LAST_WORDS = Step.parse("segment flags=. seq=isn-1 len=1 stray=yes")


@dataclasses.dataclass
class Answer:
    step: object
    result: str   # of a call
    heard: list   # segments
    before: str   # the state of the connection
    after: str    # and of its socket: what can be read, what went wrong

    def lines(self):
        return [f"= {self.result}"] * bool(self.result) + list(map(str, self.heard)) + [self.after]


class Application:
    def __init__(self, calls, port, peer):
        self.calls, self.port, self.peer = calls, port, peer
        self.listener = self.connection = None
        self.written = self.read_bytes = 0

    def do(self, step):
        name = step["name"]
        if name.startswith("set-"):
            return self.set(name.removeprefix("set-"))
        if name in HOW:
            return self.on_connection("shutdown", HOW[name])
        return getattr(self, name.replace("-", "_"))(step)

    def on_connection(self, name, *arguments):
        if self.connection is None:
            return "no socket"
        return str(self.calls(name, self.connection, *arguments))

    def listen(self, _):
        if self.listener is not None:
            return "again"
        self.listener = self.calls.socket()
        self.calls.set(self.listener, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        name = name_of("0.0.0.0", self.port)
        bound = self.calls("bind", self.listener, name, len(name))
        return f"{bound} {self.calls('listen', self.listener, 5)}"

    def accept(self, _):
        if self.listener is None or self.connection is not None:
            return "no socket"
        made = self.calls("accept", self.listener, None, None)
        if isinstance(made, str):
            return made
        self.connection = made
        self.calls("fcntl", made, 4, 0o4000)  # F_SETFL, O_NONBLOCK
        return "accepted"

    def connect(self, _):
        if self.connection is not None:
            return "again"
        self.connection = self.calls.socket()
        return self.connect_again(_)

    def connect_again(self, _):
        name = name_of(self.peer.address, self.peer.port)
        return self.on_connection("connect", name, len(name))

    def write(self, step):
        size = int(step["bytes"])
        sent = self.on_connection("send", text_at(self.written, size), size, socket.MSG_NOSIGNAL)
        self.written += int(sent) if sent.isdigit() else 0
        return sent

    def read(self, step):
        size = int(step["bytes"])
        room = ctypes.create_string_buffer(size)
        got = self.on_connection("recv", room, size, 0)
        if not got.isdigit():
            return got
        text = room.raw[:int(got)]
        expected = text_at(self.read_bytes, len(text))
        self.read_bytes += len(text)
        others = sum(1 for one, two in zip(text, expected) if one != two)
        return got + (f" other={others}" if others else "")

    def close(self, _):
        result = self.on_connection("close")
        self.connection = None
        return result

    def abort(self, _):
        if self.connection is not None:
            self.calls.set(self.connection, socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        return self.close(_)

    def close_listener(self, _):
        if self.listener is None:
            return "no socket"
        result, self.listener = self.calls("close", self.listener), None
        return str(result)

    def error(self, _):
        if self.connection is None:
            return "no socket"
        return str(struct.unpack("i", self.calls.get(self.connection, socket.SOL_SOCKET, socket.SO_ERROR))[0])

    def set(self, name):
        target = self.connection if self.connection is not None else self.listener
        return "no socket" if target is None else str(self.calls.set(target, *OPTIONS[name]))

    def state(self):
        if self.connection is None:
            return "none"
        info = self.calls.get(self.connection, socket.IPPROTO_TCP, TCP_INFO, 256)
        return STATES[info[0]] if isinstance(info, bytes) else info

    def standing(self):
        if self.connection is None:
            return "none"
        bits = self.calls.bits(self.connection)
        names = {1: "in", 4: "out", 8: "err", 16: "hup", 0x2000: "rdhup", 2: "pri"}
        return " ".join([self.state(), *(name for bit, name in names.items() if bits & bit)])

    def end(self):
        self.abort(None)
        self.close_listener(None)


def play(script, calls, wire, place):
    """Yields pauses in milliseconds; returns the answers. `wire` has inject and heard; `place` is the number of the
    conversation, which makes its names unlike those of others."""
    address = f"10.{1 + place // 60000}.{place // 250 % 240}.{1 + place % 250}"
    dice = random.Random(script.seed)
    peer = Peer(dice.getrandbits(32), address, HOST, 40000)
    port = 1024 + place % 60000
    application = Application(calls, port, peer)
    peer.host_port = port
    answers = []
    for step in (*script.steps, Step.parse("rest wait=700"), LAST_WORDS):
        if step == LAST_WORDS and peer.host_stamps:
            step = step.with_("opts", "ts")
        before = application.state()
        peer.step += 1
        result = ""
        if step.verb == "call":
            result = str(application.do(step))
        elif step.verb == "segment":
            wire.inject(peer.say(dict(step.words)))
        elif step.verb == "icmp":
            wire.inject(peer.complain(dict(step.words)))
        yield step.pause
        said = [peer.hear(data) for data in wire.heard(address)]
        heard = joined([each for each in said if each is not None])
        answers.append(Answer(step, result, heard, before, application.standing()))
    application.end()
    yield 5
    wire.heard(address)
    return answers
