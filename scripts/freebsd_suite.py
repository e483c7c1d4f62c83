#!/usr/bin/env python3
"""Plays all packetdrill scripts below a directory by `acksu packetdrill`, counts them by folder, and gives each that
fails a reason from tests/packetdrill/freebsd.txt. The scripts, FreeBSD's tcp-testsuite, are somebody else's."""

import argparse
import collections
import dataclasses
import fnmatch
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
EXPLAINED = ROOT / "tests" / "packetdrill" / "freebsd.txt"
PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- freebsd: begin -->", "<!-- freebsd: end -->"
# Parts of some scripts are for one of these only: what RFCs say, and what FreeBSD does instead. Either will do.
WORDS = ("STANDARD", "FreeBSD")
AT_ONCE = 200  # scripts in one command line
SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Reason:
    names: str  # a pattern
    said: str   # what its failure has in it: an expression
    why: str


def reasons_of(path):
    rows = []
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            rows.append(Reason(*(part.strip() for part in line.split(" | ", 2))))
    return rows


def reason_for(name, said, reasons):
    for each in reasons:
        if fnmatch.fnmatch(name, each.names) and re.search(each.said, said):
            return each.why
    return ""


def play(program, folder, names, word):
    """{name: what was said of it}; the empty string: it has passed."""
    said = {}
    for start in range(0, len(names), AT_ONCE):
        command = [program, "packetdrill", "-D", f"{word}=1", *names[start:start + AT_ONCE]]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=SECONDS)
        name = None
        for line in result.stdout.splitlines():
            verdict = re.fullmatch(r"(.*\.pkt): (passed|failed)", line)
            if verdict:
                name = verdict[1]
                said[name] = "" if verdict[2] == "passed" else " "
            elif name and said[name] and ": note: " not in line and not re.match(r"\d+ of \d+ passed", line):
                said[name] += line.replace(f"{name}:", "") + "\n"
    missing = set(names) - said.keys()
    if missing:
        sys.exit(f"freebsd_suite: nothing was said of {min(missing)}")
    return said


def play_all(program, folder, names):
    said = play(program, folder, names, WORDS[0])
    others = [name for name in names if said[name] and "#ifdef" in (folder / name).read_text(errors="replace")]
    again = play(program, folder, others, WORDS[1])
    return {name: said[name] and again.get(name, said[name]) for name in names}


def table(said, reasons):
    groups = collections.defaultdict(list)
    classes = collections.Counter()
    for name, text in said.items():
        groups[name.split("/")[0]].append(not text)
        if text:
            classes[reason_for(name, text, reasons) or "**not explained**"] += 1
    lines = ["| group | scripts | passed |", "|---|---|---|"]
    lines += [f"| {group} | {len(all_of)} | {sum(all_of)} |" for group, all_of in sorted(groups.items())]
    lines.append(f"| **all** | {len(said)} | {sum(not text for text in said.values())} |")
    lines += ["", "| what does not pass, and why | scripts |", "|---|---|"]
    lines += [f"| {why} | {count} |" for why, count in sorted(classes.items(), key=lambda row: (-row[1], row[0]))]
    return "\n".join(lines)


def write_page(text):
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", type=pathlib.Path, help="a directory with .pkt files, also in directories of it")
    parser.add_argument("--program", default=str(ROOT / "build" / "acksu"))
    parser.add_argument("--write", action="store_true", help="puts the table into docs/conformance.md")
    parser.add_argument("--verbose", action="store_true", help="what was said of each that failed")
    options = parser.parse_args()
    names = sorted(str(each.relative_to(options.scripts)) for each in options.scripts.rglob("*.pkt"))
    if not names:
        parser.error(f"there are no scripts in {options.scripts}")
    reasons = reasons_of(EXPLAINED)
    said = play_all(str(pathlib.Path(options.program).resolve()), options.scripts, names)
    unexplained = [name for name, text in said.items() if text and not reason_for(name, text, reasons)]
    for name in said if options.verbose else unexplained:
        if said[name]:
            print(f"not ok {name}: {reason_for(name, said[name], reasons) or 'not explained'}\n{said[name]}", end="")
    print(table(said, reasons))
    if options.write:
        write_page(table(said, reasons))
    print(f"freebsd_suite: {sum(not text for text in said.values())} of {len(said)} passed, "
          f"{len(unexplained)} failures not explained")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
