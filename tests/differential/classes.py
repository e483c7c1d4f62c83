"""The differences that are known, each by a pattern. docs/differential.md says of each who is right."""

import itertools
import re

from script import BAD_OPTIONS

WHOLE = {}  # what a difference of that class looks like
WORDS = {}  # what differs is some words of what was answered: they are left out on both sides


def whole(function):
    WHOLE[function.__name__.replace("_", "-")] = function
    return function


def words(function):
    WORDS[function.__name__.replace("_", "-")] = function
    return function


class Difference:
    """The first step at which the two hosts answered otherwise."""

    def __init__(self, script, kernel, acksu, at):
        self.script, self.at = script, at
        self.kernel, self.acksu = kernel[at], acksu[at]
        self.earlier = kernel[:at]
        self.later = kernel[at + 1:], acksu[at + 1:]
        self.step = self.kernel.step
        self.state = self.kernel.before
        self.flags = self.step.get("flags", "") if self.step.verb == "segment" else ""
        self.options = [word.partition(":")[0] for word in self.step.get("opts", "").split(",") if word]

    def heard(self, answer):
        return [str(heard) for heard in answer.heard]

    def only(self, answer, other):
        others = self.heard(other)
        return [line for line in self.heard(answer) if line not in others]

    @property
    def only_kernel(self):
        return self.only(self.kernel, self.acksu)

    @property
    def only_acksu(self):
        return self.only(self.acksu, self.kernel)

    @property
    def length(self):
        """Numbers that the step's segment takes."""
        return int(self.step.get("len", 0)) + ("F" in self.flags) + ("S" in self.flags)

    @property
    def has_stamps(self):
        """Whether both ends have agreed to send time stamps."""
        return any(" ts:" in line.replace("opts=", " ").replace(",", " ") and not line.startswith("S ")
                   for answer in self.earlier for line in self.heard(answer))

    @property
    def is_half_open(self):
        """A listener has answered a SYN, and nobody has accepted what came of it."""
        heard = [line for answer in self.earlier for line in self.heard(answer)]
        return self.state == "none" and self.said(r"call listen") and any(line.startswith("S. ") for line in heard)

    def said(self, pattern):
        """Whether a step up to this one matches."""
        return any(re.search(pattern, str(answer.step)) for answer in (*self.earlier, self.kernel))

    def shape(self):
        """What stays the same while a script becomes shorter."""
        words = [re.sub(r"-?\d+", "n", line) for line in self.kernel.lines() + ["|"] + self.acksu.lines()]
        return (self.step.verb, self.state, tuple(words))

    def text(self):
        lines = [f"{answer.step}\n" + "".join(f"        {line}\n" for line in answer.lines()) for answer in self.earlier]
        lines += [f"{self.step}        <- in {self.state}\n"]
        lines += [f"    Linux {line}\n" for line in self.kernel.lines()]
        lines += [f"    acksu {line}\n" for line in self.acksu.lines()]
        return "".join(lines)


def first_difference(script, kernel, acksu):
    for at, (one, other) in enumerate(zip(kernel, acksu)):
        if one.lines() != other.lines():
            return Difference(script, kernel, acksu, at)
    return None


def class_of(d):
    """Names of classes, or None."""
    for name, fits in WHOLE.items():
        if fits(d):
            return name
    for count in (1, 2, 3):
        for names in itertools.combinations(WORDS, count):
            one, other = d.kernel.lines(), d.acksu.lines()
            for name in names:
                one, other = WORDS[name](d, one, other)
            if one == other:
                return "+".join(names)
    return None


def takes_numbers(step):
    return step.verb == "segment" and (int(step.get("len", 0)) > 0 or "F" in step["flags"])


def is_pure_ack(line):
    return line.startswith(". ") and " len=" not in line


def number(name, line):
    found = re.search(rf" {name}=(-?\d+)", line)
    return int(found[1]) if found else None


def strip(pattern, *all_lines):
    return [[line for line in (re.sub(pattern, "", line) for line in lines) if line] for lines in all_lines]


def without_option(name, *all_lines):
    """Without options of that name, wherever they stand."""
    def cut(line):
        head, sep, options = line.partition(" opts=")
        tail = " again" if options.endswith(" again") else ""
        kept = [word for word in options.removesuffix(" again").split(",") if not word.startswith(name)]
        return head + (sep + ",".join(kept) if any(kept) else "") + tail
    return [[cut(line) for line in lines] for lines in all_lines]


# ---- Wholly other answers

@whole
def text_with_syn_ack(d):
    return d.state == "SYN-SENT" and "S" in d.flags and int(d.step.get("len", 0)) > 0


@whole
def malformed_option(d):
    return any(option in BAD_OPTIONS[:-2] for answer in (*d.earlier, d.kernel)
               for option in answer.step.get("opts", "").split(","))


@whole
def window_taken_back(d):
    """A smaller window that nothing new comes with."""
    return d.said(r"^segment.* win=(0|1|500|1000)\b") and any(heard.size for heard in (*d.kernel.heard, *d.acksu.heard))


@whole
def smallest_mss(d):
    return d.said(r"mss:40\b") and any(heard.size for heard in (*d.kernel.heard, *d.acksu.heard))


@whole
def no_time_stamp(d):
    return d.step.verb == "segment" and d.has_stamps and "R" not in d.flags and not any(
        option.startswith("ts") for option in d.options)


@whole
def no_ack_flag(d):
    """Linux looks for ACK before it looks at numbers."""
    return (d.step.verb == "segment" and not set(d.flags) & set(".RS") and not d.only_kernel
            and len(d.only_acksu) == 1 and is_pure_ack(d.only_acksu[0]))


@whole
def reset_at_edge(d):
    return "R" in d.flags and d.step.get("seq") in ("edge", "edge+0", "edge+1") and not d.only_acksu and len(d.only_kernel) == 1


@whole
def reset_with_text(d):
    """Linux judges a reset by all its numbers, not by its first."""
    return "R" in d.flags and d.length > 0 and [*map(is_pure_ack, d.only_kernel)] == [True] and not d.only_acksu


@whole
def reset_before_fin(d):
    return d.state in ("CLOSE-WAIT", "LAST-ACK", "CLOSING") and "R" in d.flags and d.kernel.after.startswith("CLOSED")


@whole
def reset_of_orphan(d):
    return d.state == "none" and "R" in d.flags and [*map(is_pure_ack, d.only_kernel)] == [True] and not d.only_acksu


@whole
def half_open_reset(d):
    """Linux judges it by its time stamp, and in the window not by its number."""
    return d.is_half_open and d.said(r"flags=[^ ]*R")


@whole
def listener_closed(d):
    return d.step.get("name") == "close-listener" and not d.only_kernel and all(
        line.startswith("R") for line in d.only_acksu)


@whole
def acknowledged_later(d):
    """One delays an ACK that the other sends at once, or sooner."""
    lists = ((d.only_kernel, d.only_acksu, d.later[1]), (d.only_acksu, d.only_kernel, d.later[0]))
    for only, others, later in lists:
        if len(only) == 1 and is_pure_ack(only[0]) and not others and d.kernel.after == d.acksu.after:
            said = [heard.ack for answer in later for heard in answer.heard if heard.ack is not None]
            patience = 250 if "F" in d.flags else 60  # how long Linux has been seen to delay
            if d.length and d.step.pause < patience and (not said or max(said) >= number("ack", only[0])):
                return True
    return False


@whole
def text_across_fin(d):
    return any(answer.before in ("CLOSE-WAIT", "LAST-ACK", "CLOSING") and takes_numbers(answer.step)
               for answer in (*d.earlier, d.kernel))


@whole
def text_after_shutdown(d):
    return d.state in ("FIN-WAIT-1", "FIN-WAIT-2") and d.said(r"call shutdown-r") and d.length > 0 and "R" in "".join(d.only_kernel)


@whole
def urgent_data(d):
    """Linux takes an urgent octet out of the stream, and tells of it by POLLPRI."""
    return d.said(r"flags=[^ ]*U")


@whole
def limited_transmit(d):
    """Linux splits no less than two segments, also where one may leave for each ACK that comes again."""
    return d.step.get("ack") in ("acked", "sent-1") and any(heard.size for heard in (*d.kernel.heard, *d.acksu.heard))


@whole
def text_with_old_ack(d):
    """Linux takes text in its fast path whatever it acknowledges, if that is not too new."""
    return bool(int(d.step.get("len", 0)) and re.search(r"ack=(own|[a-z]+-)", str(d.step)))


@whole
def text_beyond_fin(d):
    """A FIN came early, and then text that goes on behind it."""
    acks = [[heard.ack for heard in answer.heard if heard.ack is not None] for answer in (d.kernel, d.acksu)]
    ended = ["CLOSE-WAIT" in answer.after for answer in (d.kernel, d.acksu)]
    return d.said(r"flags=[^ ]*F") and d.length > 0 and (ended[0] != ended[1] or acks[0] != acks[1] and all(acks))


@whole
def ack_of_nothing_opens(d):
    """After SYNs have crossed Linux takes an ACK that acknowledges nothing for one of its SYN."""
    return d.state == "SYN-RECEIVED" and "." in d.flags and d.only_kernel == [] and "R" in "".join(d.only_acksu)


@whole
def probe_of_new_text(d):
    """What Nagle holds back may be a tail loss probe of Linux's."""
    if d.step.verb == "call" and d.step["name"] in ("read", "error", "accept") and not d.only_kernel:
        return any(heard.size for heard in d.acksu.heard)  # the time of one, where the congestion window is full
    return (d.step.pause > 60 and any(heard.size and not heard.is_again for heard in d.kernel.heard)
            and any(heard.is_again for heard in d.acksu.heard))


@whole
def after_a_loss(d):
    """When some text was sent again, what else may leave depends on timers and on how recovery counts."""
    return (any(heard.is_again and heard.size for answer in d.earlier for heard in answer.heard)
            and any(heard.size or "F" in heard.flags for heard in (*d.kernel.heard, *d.acksu.heard)))


@whole
def cork_limit(d):
    return d.said("call set-cork") and any(heard.size for heard in (*d.kernel.heard, *d.acksu.heard))


@whole
def receive_buffer(d):
    return d.said("call set-rcvbuf") and d.step.verb == "segment" and "+" in d.step.get("seq", "")


@whole
def half_open_ack_first(d):
    """Linux looks at the ACK of a handshake before it looks at its number and time stamp."""
    return (d.is_half_open and "." in d.flags and [line[0] for line in d.only_kernel] == ["R"]
            and all(is_pure_ack(line) for line in d.only_acksu))


@whole
def half_open_echo(d):
    """Who echoes the time stamp of an ACK that a half-open connection of Linux's has sent is not let in."""
    warned = any(answer.before == "none" and is_pure_ack(line) for answer in d.earlier for line in d.heard(answer))
    return d.is_half_open and d.has_stamps and (warned or d.said("ts-un"))


@whole
def syn_in_half_open(d):
    resets = [line[0] for line in d.only_kernel] == ["R"] and not d.only_acksu
    challenges = [*map(is_pure_ack, d.only_acksu)] == [True] and not d.only_kernel
    return d.is_half_open and "S" in d.flags and (resets or challenges)


@whole
def reset_behind_sack(d):
    """Linux believes a reset behind what it has reported, too."""
    return ("R" in d.flags and d.kernel.after.startswith("CLOSED") and d.acksu.after == d.earlier[-1].after
            and any("sack:" in line for answer in d.earlier for line in d.heard(answer)))


@whole
def soft_in_syn_sent(d):
    """Time exceeded and a parameter problem end an attempt of Linux's."""
    return (d.state in ("SYN-SENT", "SYN-RECEIVED") and d.step.verb == "icmp"
            and d.step["about"].startswith(("11/", "12/")) and d.kernel.after.startswith("CLOSED"))


@whole
def icmp_number(d):
    """ICMP that quotes what comes next: Linux believes it."""
    return d.step.verb == "icmp" and d.step.get("seq") == "sent" and d.kernel.after != d.acksu.after


@whole
def shutdown_in_syn_received(d):
    return d.state == "SYN-RECEIVED" and d.step.get("name", "").startswith("shutdown")


@whole
def soft_error(d):
    return d.step.get("name") == "error" and d.said("^icmp") and d.acksu.result == "0"


@whole
def text_in_time_wait(d):
    return d.state in ("none", "CLOSED") and d.length > 0 and not d.only_acksu and [*map(is_pure_ack, d.only_kernel)] == [True]


@whole
def old_pure_ack(d):
    """An ACK without text that is old by its time stamp: Linux is silent."""
    return (d.flags and not set(d.flags) & set("SFR") and not d.length and d.has_stamps and not d.only_kernel
            and [*map(is_pure_ack, d.only_acksu)] == [True])


# ---- Some words

@words
def ack_of_unsent(d, kernel, acksu):
    if re.match(r"(heard|sent|acked|own)\+", d.step.get("ack", "")):
        kernel = [line for line in kernel if not is_pure_ack(line)]
    return kernel, acksu


@words
def simultaneous_options(d, kernel, acksu):
    if d.state in ("SYN-SENT", "SYN-RECEIVED"):
        kernel, acksu = without_option("sack:", kernel, acksu)
        return strip(r"(?<=^S\. seq=0 ack=1 opts=).*", kernel, acksu)
    return kernel, acksu


@words
def fin_in_sack(d, kernel, acksu):
    """A FIN that comes early, or again, is part of Linux's blocks."""
    return without_option("sack:", kernel, acksu) if d.said(r"flags=[^ ]*F") else (kernel, acksu)


@words
def duplicate_not_told(_, kernel, acksu):
    def edges(lines):
        return [found[1] for line in lines if (found := re.search(r"sack:([^ ,]*)", line))]
    theirs, ours = edges(kernel), edges(acksu)
    if len(theirs) == len(ours) == 1 and ours[0].endswith("/" + theirs[0]):
        return without_option("sack:", kernel, acksu)
    return kernel, acksu


@words
def sack_beside_text(_, kernel, acksu):
    """Full segments leave no room for SACK; Linux makes them smaller."""
    if not any(" len=" in line for line in kernel):
        return kernel, acksu
    def all_text_as_one(lines):
        others = [line for line in lines if not is_pure_ack(line) and " len=" not in line]
        return others + ["text"] * any(" len=" in line for line in lines)
    return all_text_as_one(kernel), all_text_as_one(acksu)


@words
def orphan_without_sack(d, kernel, acksu):
    return without_option("sack:", kernel, acksu) if d.state == "none" else (kernel, acksu)


@words
def stamp_of_old_text(d, kernel, acksu):
    """Linux lets in what ends where its last ACK stands, and takes its time stamp."""
    return without_option("ts:", kernel, acksu) if "ts" in "".join(d.options) else (kernel, acksu)


@words
def form_of_reset(_, kernel, acksu):
    return strip(r"(?<=^R)\..*|(?<=^R) .*", kernel, acksu)


@words
def sent_again(d, kernel, acksu):
    kernel, acksu = strip(r"^.* again$", kernel, acksu)
    return (kernel, acksu) if "S" in d.flags else strip(r"^S\. .*", kernel, acksu)


@words
def ack_of_syn(d, kernel, acksu):
    """An ACK of the SYN's own number is too old to be honest; Linux looks at it less closely."""
    if re.match(r"(heard|sent|acked|own)(-1|\+0)?$", d.step.get("ack", "")):
        acksu = [line for line in acksu if not is_pure_ack(line)]
    return kernel, acksu


@words
def syn_again_at_once(d, kernel, acksu):
    """In SYN-SENT a wrong ACK makes Linux send its SYN again soon."""
    return strip(r"^S seq=0.*", kernel, acksu) if d.state == "SYN-SENT" else (kernel, acksu)


@words
def error_queue(d, kernel, acksu):
    return strip(r" err\b", kernel, acksu) if d.said("^icmp") else (kernel, acksu)


@words
def window_size(d, kernel, acksu):
    return without_option("sack:", kernel, acksu) if "edge" in d.step.get("seq", "") else (kernel, acksu)


@words
def room_to_write(d, kernel, acksu):
    return strip(r"(?<=[A-Z]) out| out\b|^= \d+$", kernel, acksu) if d.said("call write") else (kernel, acksu)


@words
def ack_of_its_own(_, kernel, acksu):
    """An ACK, and then text or FIN that acknowledges the same."""
    def without(lines):
        told = [number("ack", line) for line in lines if not is_pure_ack(line)]
        return [line for line in lines if not is_pure_ack(line) or number("ack", line) not in told]
    return without(kernel), without(acksu)


@words
def window_probe(d, kernel, acksu):
    sent = max((heard.end for answer in d.earlier for heard in answer.heard if heard.ack is not None), default=0)
    def without(lines):
        return [line for line in lines if not is_pure_ack(line) or number("seq", line) >= sent]
    return (without(kernel), without(acksu)) if d.said("win=0") else (kernel, acksu)


@words
def challenge_limit(d, kernel, acksu):
    """Each limits its answers to what is wrong, by clocks that do not start at the same segments."""
    answered = any(answer.step.verb == "segment" and is_pure_ack(line)
                   for answer in d.earlier for line in d.heard(answer))
    if not answered or d.step.verb != "segment" or not d.step.get("stray"):
        return kernel, acksu
    acks = [[line for line in lines if is_pure_ack(line)] for lines in (kernel, acksu)]
    if all(acks):
        return kernel, acksu
    return [[line for line in lines if not is_pure_ack(line)] for lines in (kernel, acksu)]


@words
def pushed(_, kernel, acksu):
    return strip(r"^[FP]*P(?=\. .*len=)", kernel, acksu)


KNOWN = [*WHOLE, *WORDS]
