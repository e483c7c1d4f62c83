"""A script: steps of calls and of what a peer says, each with a pause after it; and how to draw one from a seed.

    call listen                                     the pause is 60 ms, longer than a delayed ACK, unless it says `wait=`
    segment flags=S opts=mss:1460,sackok,ts,ws:7    numbers are relative to the conversation: `seq=host+3` is three after
    segment flags=. seq=next ack=heard wait=2       what the host expects (peer.py has all words); what is `stray` is not
    icmp about=3/1                                  what the peer goes on from
"""

import dataclasses
import random

PAUSE = 60


@dataclasses.dataclass(frozen=True)
class Step:
    verb: str
    words: tuple  # pairs

    @staticmethod
    def of(verb, **words):
        return Step(verb, tuple((name.rstrip("_"), str(value)) for name, value in words.items()))

    @staticmethod
    def parse(line):
        verb, *words = line.split()
        if verb == "call":
            words = ["name=" + words[0], *words[1:]]
        return Step(verb, tuple(tuple(word.split("=", 1)) for word in words))

    def __str__(self):
        words = [f"{name}={value}" for name, value in self.words]
        if self.verb == "call":
            words[0] = words[0].removeprefix("name=")
        return " ".join([self.verb, *words])

    def __getitem__(self, name):
        return dict(self.words)[name]

    def get(self, name, otherwise=None):
        return dict(self.words).get(name, otherwise)

    @property
    def pause(self):
        return int(self.get("wait", PAUSE))

    def without(self, name):
        return Step(self.verb, tuple(word for word in self.words if word[0] != name))

    def with_(self, name, value):
        return Step(self.verb, self.without(name).words + ((name, str(value)),))


@dataclasses.dataclass(frozen=True)
class Script:
    seed: int
    steps: tuple

    @staticmethod
    def parse(text):
        lines = [line.partition("#")[0].strip() for line in text.split("\n")]
        return Script(0, tuple(Step.parse(line) for line in lines if line))

    def __str__(self):
        return "\n".join(map(str, self.steps))


FLAGS = ["", ".", "S", "S.", "F.", "F", "R", "R.", "P.", "SF", "SR", "FR", "U.", "SP.", "SF.", "FR.", "P", "SR.", "UP.", "E.",
         "W.", "EW."]
BAD_OPTIONS = ["unknown", "length0", "length1", "toolong", "shortmss", "shortts", "oddsack", "cut", "eol", "nop,nop"]
STAMPS = ["ts-old", "ts-equal", "ts-far", "ts-new", "ts-unknown", "ts-zero", "ts-unechoed", ""]
COMPLAINTS = ["3/0", "3/1", "3/2", "3/3", "3/4", "3/10", "3/13", "11/0", "12/0", "4/0"]
OPTIONS = ["nodelay", "cork", "keepalive", "maxseg", "rcvbuf", "sndbuf", "linger", "user_timeout"]


class Writer:
    """Draws one script."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.steps = []
        self.stamps = False
        self.sack = False

    def one(self, *choices):
        return self.dice.choice(choices)

    def odds(self, probability):
        return self.dice.random() < probability

    def add(self, verb, **words):
        step = Step.of(verb, **words)
        pause = self.dice.choices([None, 2, 250, 700], [76, 14, 4, 6])[0]
        self.steps.append(step if pause is None else step.with_("wait", pause))

    def segment(self, flags, **words):
        options = words.pop("opts", None)
        if options is None:
            options = "ts" if self.stamps and "R" not in flags else ""
        if options:
            words["opts"] = options
        self.add("segment", flags=flags or "0", **words)

    def write(self):
        kind = self.dice.choices(["passive", "active", "stranger"], [62, 30, 8])[0]
        getattr(self, kind)()
        for _ in range(self.dice.randint(2, 8)):
            self.move()
        return self.steps

    # ---- Openings

    def syn_options(self):
        options = [f"mss:{self.one(*[1460, 1460, 536, 1000, 9000, 0] * 4, 40)}"] if self.odds(0.9) else []
        self.sack = self.odds(0.6)
        self.stamps = self.odds(0.5)
        options += ["sackok"] * self.sack + ["ts"] * self.stamps
        options += [f"ws:{self.one(0, 2, 7, 14, 15)}"] if self.odds(0.5) else []
        options += [self.one(*BAD_OPTIONS)] if self.odds(0.03) else []
        return ",".join(options)

    def passive(self):
        self.call("listen", wait=2)
        if self.odds(0.15):
            self.call(f"set-{self.one(*OPTIONS)}")
        self.segment("S", opts=self.syn_options(), **self.syn_extras())
        if self.odds(0.12):
            self.mutated()
        self.segment(".", **({"ack": "heard" + self.one("+1", "-1", "+100000")} if self.odds(0.05) else {}),
                     **({"len": 100} if self.odds(0.15) else {}))
        if self.odds(0.95):
            self.call("accept", wait=2)

    def syn_extras(self):
        extras = {"win": self.one(0, 1, 1000, 65535)} if self.odds(0.2) else {}
        if self.odds(0.06):
            extras["len"] = 50
        return extras

    def active(self):
        self.call("connect", wait=2)
        if self.odds(0.12):
            self.mutated()
        elif self.odds(0.1):
            self.complaint()
        flags = "S." if self.odds(0.85) else "S"
        self.segment(flags, opts=self.syn_options(), **self.syn_extras())
        if flags == "S" and self.odds(0.7):
            self.segment(self.one(".", "S."), **({"seq": "isn"} if self.odds(0.5) else {}))

    def stranger(self):
        if self.odds(0.5):
            self.call("listen", wait=2)
        self.mutated()

    # ---- What happens then

    def call(self, name, **words):
        if words:
            self.steps.append(Step.of("call", name=name, **words))
        else:
            self.add("call", name=name)

    def move(self):
        moves = {"text": 18, "acknowledge": 10, "application": 26, "mutated": 26, "fin": 6, "reset": 4, "syn": 4,
                 "complaint": 5, "window": 4, "overlap": 6}
        getattr(self, self.dice.choices(list(moves), list(moves.values()))[0])()

    def text(self):
        self.segment(self.one("P.", "."), len=self.one(1, 10, 100, 1000, 1460), seq=self.one("next", "next", "host"))

    def acknowledge(self):
        options = ["ts"] * self.stamps + ["sack:sent-100/sent"] * (self.sack and self.odds(0.2))
        ack = self.one(*["heard", "heard", "acked", "sent-1"] * 4, "acked+1")
        self.segment(".", ack=ack, seq=self.one("next", "host"), opts=",".join(options))

    def application(self):
        calls = {"write": 30, "read": 22, "shutdown-w": 8, "shutdown-r": 3, "shutdown-rw": 2, "close": 11, "abort": 3,
                 "accept": 6, "close-listener": 2, "error": 3, "connect-again": 2}
        name = self.dice.choices(list(calls), list(calls.values()))[0]
        if self.odds(0.1):
            name = f"set-{self.one(*OPTIONS)}"
        if name == "write":
            self.add("call", name=name, bytes=self.one(1, 100, 100, 1000, 3000, 20000))
        elif name == "read":
            self.add("call", name=name, bytes=self.one(1, 50, 4000, 100000))
        else:
            self.call(name)

    def mutated(self):
        """A segment with one or more things wrong with it."""
        flags, words = self.one("P.", ".", ".", "F."), {}
        if self.odds(0.4):
            flags = self.one(*FLAGS)
        if self.odds(0.4):
            words["len"] = self.one(1, 2, 100, 1000)
        if self.odds(0.5):
            offsets = ["-1", "+1", "+0", "-2", "+100", "-100"]
            far = ["-100000", "+10000000", "-10000000", "+1073741824", "-1073741824"]
            words["seq"] = self.one(self.one("host", "next", "isn") + self.one(*offsets, *far),
                                    "edge" + self.one(*offsets))
        if self.odds(0.4):
            words["ack"] = self.one("heard", "sent", "acked", "own") + self.one(
                "-1", "+1", "+0", "+2", "-100", "+100000", "-100000", "-10000000", "+1073741824", "-1073741824")
        if self.odds(0.15):
            words["win"] = self.one(0, 1, 500, 65535)
        if self.odds(0.1):
            words["urg"] = self.one(0, 1, 50, 60000)
            flags += "" if "U" in flags or self.odds(0.3) else "U"
        if self.odds(0.08):
            words["opts"] = self.one(*BAD_OPTIONS) + (",ts" if self.stamps and self.odds(0.3) else "")
        elif self.stamps and self.odds(0.4) or self.odds(0.05):
            words["opts"] = self.one(*STAMPS)
        words["stray"] = "yes"
        self.segment(flags, **words)

    def fin(self):
        words = {"len": self.one(1, 100, 1000)} if self.odds(0.4) else {}
        if self.odds(0.15):
            words |= {"seq": self.one("host", "next") + self.one("+1", "+100"), "stray": "yes"}
        self.segment(self.one("F.", "FP."), **words)

    def reset(self):
        seq = self.one("host", "host", "host+1", "host-1", "edge-1", "edge", "edge+1", "next", "isn")
        self.segment(self.one("R", "R", "R."), seq=seq, stray="yes")

    def syn(self):
        seq = self.one("isn", "host", "host+1", "host-1", "edge", "edge+1", "host+10000000")
        options = self.one("", "mss:1460", "mss:1460,sackok,ts,ws:7", "ts-new", "ts-old")
        self.segment(self.one("S", "S", "S."), seq=seq, opts=options, stray="yes")

    def complaint(self):
        words = {"mtu": self.one(0, 68, 576, 1000, 1400, 1500, 9000)}
        if self.odds(0.5):
            words["seq"] = self.one("acked", "sent", "sent-1", "acked-1", "sent+100000", "own")
        self.add("icmp", about=self.one(*COMPLAINTS), **words)

    def window(self):
        self.segment(".", win=self.one(0, 0, 1, 500), seq=self.one("host", "next"))
        if self.odds(0.7):
            self.call("write", bytes=self.one(1, 1000, 3000), wait=60)

    def overlap(self):
        """Text out of order, what is missing, and some of it twice."""
        size = self.one(10, 100, 1000)
        for offset in self.dice.sample([0, size, 2 * size, size // 2, 3 * size], self.dice.randint(2, 4)):
            words = {"text": "other"} if self.odds(0.1) else {}
            if self.odds(0.15):
                words["len"] = 2 * size
            self.segment(self.one(".", "P."), **{"seq": f"host+{offset}", "len": size, "stray": "yes"} | words)


def draw(seed):
    return Script(seed, tuple(Writer(seed).write()))
