"""The page of differences, and whether it tells what was measured."""

import pathlib
import re
import textwrap

import borders
import reasons

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "nat-differences.md"
PHASES = {"": "", "unknown": "not known yet", "opening": "opening", "open": "open", "closed": "both sides closed",
          "reset": "refused or reset"}
OPENING = """# acksu's translator and Linux's

The same packets through `acksu router --nat` and through a Linux that masquerades by nftables, and all that
came of them: passed (with what address, port, checksum, TTL, in how many pieces), dropped, or answered with
what. Written by `tests/nat/run --write`; `tests/nat/run` measures it again, and fails when a row is missing
here, is here and was not seen, or has no explanation.

The packets are made by `tests/nat/dialogues.py`: each state of a TCP connection, tried with segments of
every kind from both sides at every place of the window, each followed by text of both sides, to see what
the border believed; UDP and who else may answer; echo; ICMP errors about flows of the inside; fragments; IP
itself; the border's own addresses; and flows that are silent for half a minute. Linux ({kernel}) has these
rules, as a home router has them, and else what a new namespace has (but that it sends ICMP errors without
limit):

```
{rules}```

Of {packets} packets {same} came to the same, address, port and checksum included; {different} did not.
*Times* counts the latter.
"""


def cell(text):
    return text.replace("|", "\\|")


def sections(comparison):
    """The rows by their reasons; those without one last."""
    sorted_rows = {}
    for row, times in comparison.rows.items():
        sorted_rows.setdefault(reasons.reason_of(row), []).append((row, times))
    for reason in reasons.REASONS:
        if reason in sorted_rows:
            yield reason, sorted_rows[reason]
    if None in sorted_rows:
        yield None, sorted_rows[None]


def table(rows):
    has_phase = any(row.phase for row, _ in rows)
    yield "| packet | from |" + (" connection |" if has_phase else "") + " acksu | Linux | times |"
    yield "|---|---|" + ("---|" if has_phase else "") + "---|---|---|"
    for row, times in rows:
        phase = f" {PHASES[row.phase]} |" if has_phase else ""
        yield f"| {cell(row.what)} | {row.side} |{phase} {cell(row.acksu)} | {cell(row.linux)} | {times} |"


def text_of(comparison, kernel):
    different = sum(comparison.rows.values())
    parts = [OPENING.format(kernel=kernel, rules=borders.RULES, packets=f"{comparison.packets:,}",
                            same=f"{comparison.packets - different:,}", different=f"{different:,}")]
    for reason, rows in sections(comparison):
        title = reason.title if reason else "Not explained"
        text = " ".join(reason.text.split()) if reason else "Nobody says why."
        text = textwrap.fill(text, 118, break_on_hyphens=False, break_long_words=False)
        parts.append(f"## {title}\n\n{text}\n\n" + "\n".join(table(rows)) + "\n")
    return "\n".join(parts)


def kernel_of(text):
    """Which Linux the page was measured with."""
    return re.search(r"Linux \(([\d.]+)\)", text)[1]


def complaint(page, measured):
    """What a reader of the page would be told wrongly; empty: nothing."""
    told, seen = (set(re.findall(r"(?m)^\|.*\|$", text)) for text in (page, measured))
    for lines, what in ((sorted(seen - told), "measured, but not on the page"),
                        (sorted(told - seen), "on the page, but not measured")):
        if lines:
            return f"{len(lines)} rows {what}, such as: {lines[0]}"
    if page != measured:
        return "the text of the page is older than tests/nat"
    return ""
