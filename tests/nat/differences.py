"""Plays all dialogues with both borders, and sorts what they do differently into rows."""

import collections
import dataclasses
import time

import borders
import dialogues
import verdicts
from borders import INSIDE

QUIET_S = 33  # more than Linux keeps UDP, echo and resets; less than acksu keeps any of them

CLASSES = {"SYN": "a SYN", "ECN SYN": "a SYN", "SYN+ACK": "a SYN+ACK", "RST": "a reset", "RST+ACK": "a reset",
           "ACK": "text, ACK or FIN", "text": "text, ACK or FIN", "FIN": "text, ACK or FIN",
           "urgent text": "text, ACK or FIN", "FIN without ACK": "a segment without SYN, RST or ACK",
           "no flags": "a segment without SYN, RST or ACK", "FIN+PSH+URG": "a segment without SYN, RST or ACK",
           "text without ACK": "a segment without SYN, RST or ACK", "SYN+FIN": "SYN+FIN", "SYN+RST": "SYN+RST",
           "all flags": "a segment of all flags"}
PHASES = {"none": "unknown", "SYN-SENT": "opening", "SYN-RECEIVED": "opening", "both SYNs": "opening",
          "ESTABLISHED": "open", "inside closed": "open", "inside closed, acked": "open", "outside closed": "open",
          "outside closed, acked": "open", "both closed": "closed", "both closed, acked": "closed",
          "refused": "reset", "reset by the inside": "reset", "reset by the outside": "reset"}


@dataclasses.dataclass(frozen=True)
class Row:
    what: str
    side: str
    phase: str  # of a TCP connection
    acksu: str
    linux: str


def row_of(step, acksu, linux):
    facts = step.facts
    if "state" not in facts:
        return Row(step.label, step.side, "", acksu, linux)
    what = CLASSES[facts["kind"]]
    if facts.get("is_after"):
        what = "text, afterwards"
    return Row(what, step.side, PHASES[facts["state"]], acksu, linux)


class Comparison:
    def __init__(self, acksu, linux):
        self.borders = (acksu, linux)
        self.packets = 0
        self.rows = collections.Counter()
        self.examples = {}

    def play(self, case):
        told = [[self._verdict(border, step) for step in case.steps] for border in self.borders]
        for step, acksu, linux in zip(case.steps, *told):
            self.packets += 1
            if acksu == linux:
                continue
            row = row_of(step, acksu, linux)
            self.rows[row] += 1
            self.examples.setdefault(row, case.name)

    @staticmethod
    def _verdict(border, step):
        packet = step.make(border)
        left = border.play(step.side, packet)
        return verdicts.verdict(border, step.side, step.whole(border) if step.whole else packet, left)


def compare(program):
    """Runs in a network namespace of its own."""
    acksu, linux = borders.Acksu(program), borders.Linux()
    try:
        comparison = Comparison(acksu, linux)
        numbers = dialogues.Numbers()
        late = list(dialogues.late_cases(numbers))
        begin = time.monotonic()
        for first, _ in late:
            comparison.play(first)
        for case in dialogues.all_cases(numbers):
            if late and time.monotonic() - begin > QUIET_S:
                for _, second in late:
                    comparison.play(second)
                late = []
            comparison.play(case)
        if late:
            time.sleep(max(0.0, QUIET_S - (time.monotonic() - begin)))
        for _, second in late:
            comparison.play(second)
        return comparison
    finally:
        acksu.close()
        linux.close()
