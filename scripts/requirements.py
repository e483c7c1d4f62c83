#!/usr/bin/env python3
"""Writes docs/rfc9293.md and docs/rfcs.md: the rules of the RFCs, where the code obeys them, what tests them.

Usage: scripts/requirements.py [--check]

The rules stand in docs/requirements/*.txt; the code and its tests cite them in comments, `// RFC 9293
MUST-10: why` or `// RFC 5961 3.2 (1): why`. With --check nothing is written: exit code 1 says that a
document is stale, that a rule which is said to be kept has no code or no test, or that a comment cites what
does not exist.
"""

import argparse
import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import citations
from citations import ROOT
from requirement_rows import read_rows

ROWS = ROOT / "docs" / "requirements"
NUMBERED = "9293"

CITED = re.compile(r"\bRFC (\d+)\b")
NUMBER = r"(?:MUST|SHLD|MAY|REC)-\d+"
ORDINAL = r"first|second|third|fourth|fifth|sixth|seventh|eighth"
ITEM = rf" \(\w+\)(?:, \(\w+\))*| (?:{ORDINAL})\b(?:, (?:{ORDINAL})\b)*"
PLACE = re.compile(
    rf"(?:,| and| to|;)?(?: [Ss]ections?| [Aa]ppendix)? ({NUMBER}|\d+(?:\.\d+)*(?![\w-])|[A-Z](?:\.\d+)+)({ITEM})?")
BARE = re.compile(rf"\b{NUMBER}\b")

VERDICTS = ("done", "in part", "not done", "not here")

OPENING = """# {title}

{about}
Written by `scripts/requirements.py` from the rules of `docs/requirements`, and from the comments that cite
them in the code and in the tests. `./test` runs all of the tests, and fails when a rule said to be kept has no
code or no test, when a comment cites what does not exist, or when this page is older than they are.

| verdict | means |
|---|---|
| done | the code obeys it, and a test fails if it does not |
| in part | so, but for what the last column says |
| not done | acksu does otherwise, or does not do it; the last column says why |
| not here | it concerns something that acksu does not have, or is not for a stack to keep |
"""

DOCUMENTS = {
    "rfc9293.md": (
        "RFC 9293, requirement by requirement",
        "All numbered requirements of RFC 9293, in the groups of its appendix B, in our words, and what its\n"
        "section 3.10 asks for without a number.",
    ),
    "rfcs.md": (
        "The other RFCs, rule by rule",
        "What other RFCs ask of a host, in our words. `3.2 (1)`, `3.2 (A)` is a section and the RFC's own number of\n"
        "one of its rules; where it has none we count, `3.2 (a)`.",
    ),
}


def places_in(text):
    """[(rfc, place)] of a comment: a place is `MUST-10`, `3.2`, `3.2 (1)` or `3.10.7.4 first`."""
    found = [(NUMBERED, number) for number in BARE.findall(text)]
    for cited in CITED.finditer(text):
        rfc, at = cited[1], cited.end()
        while place := PLACE.match(text, at):
            at = place.end()
            if re.fullmatch(r"\d{3,}", place[1]):  # RFC 791, 1122 3.2.1
                rfc = place[1]
            elif not re.fullmatch(NUMBER, place[1]):
                items = re.findall(rf"\(\w+\)|{ORDINAL}", place[2] or "")
                found += [(rfc, place[1])] + [(rfc, f"{place[1]} {item}") for item in items]
    return found


class Citations:
    """What is cited where: ids of rules to code and to tests; and what is wrong with it."""

    def __init__(self, rows, sections):
        self.rows, self.sections = rows, sections
        self.code, self.tests = collections.defaultdict(list), collections.defaultdict(list)
        self.faults = []

    def exists(self, rfc, place):
        if (rfc, place) in self.rows or place in self.sections.get(rfc, ()):
            return True
        if " " in place:  # an item: wrong only where the section's items are listed
            section = place.split(" ")[0]
            return not any(row.startswith(section + " ") for other, row in self.rows if other == rfc)
        return rfc not in self.sections and not re.fullmatch(NUMBER, place)

    def read(self, path, is_test):
        lines, name = path.read_text().split("\n"), path.relative_to(ROOT)
        for at, text in citations.comments(path, lines):
            test = citations.test_at(path, lines, at) if is_test else None
            for rfc, place in places_in(text):
                if not self.exists(rfc, place):
                    self.faults.append(f"{name}:{at + 1}: RFC {rfc} has no {place}")
                elif is_test and test and (test, name) not in self.tests[rfc, place]:
                    self.tests[rfc, place].append((test, name))
                elif not is_test and name not in self.code[rfc, place]:
                    self.code[rfc, place].append(name)


def read_sections(path):
    """{rfc: places that it has}"""
    found = {}
    for line in path.read_text().split("\n"):
        rfc, colon, places = line.partition(":")
        if colon and rfc.isdigit():
            found[rfc] = set(places.split())
    return found


def gather():
    rows, faults = {}, []
    for path in sorted(ROWS.glob("*.txt")):
        if path.name != "sections.txt":
            faults += read_rows(path, rows)
    found = Citations(rows, read_sections(ROWS / "sections.txt"))
    for path in citations.code_files():
        found.read(path, is_test=False)
    for path in list(citations.test_files()) + sorted((ROOT / "tests").glob("*/run")):
        found.read(path, is_test=True)
    return rows, found, faults + found.faults


def check(rows, found):
    for key, row in rows.items():
        name = f"docs/requirements/{row.file}:{row.line}: RFC {row.rfc} {row.place}"
        known = found.sections.get(row.rfc)
        if known is not None and row.section not in known:
            yield f"{name}: there is no section {row.section}"
        if row.verdict in ("done", "in part"):
            if not found.code[key]:
                yield f"{name}: no code cites it"
            if not found.tests[key]:
                yield f"{name}: no test cites it"


def table_row(row, found):
    code = "<br>".join(f"[`{path}`](../{path})" for path in found.code[row.key])
    tests = "<br>".join(f"[`{name}`](../{path})" for name, path in found.tests[row.key])
    level = f"{row.section}" if row.rfc == NUMBERED and row.place != row.section else row.level
    return f"| {row.place} | {level} | {row.rule} | {row.verdict} | {code} | {tests} | {row.reason} |\n"


def counted(rows):
    counts = collections.Counter(row.verdict for row in rows)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)


def document(name, rows, found):
    title, about = DOCUMENTS[name]
    mine = [row for row in rows.values() if (row.rfc == NUMBERED) == (name == "rfc9293.md")]
    text = OPENING.format(title=title, about=about) + f"\n{len(mine)} rules: {counted(mine)}.\n"
    heading = None
    for row in mine:
        if row.heading != heading:
            heading = row.heading
            here = [other for other in mine if other.heading == heading]
            text += f"\n## {heading}\n\n{counted(here)}\n\n"
            text += "| | | rule | verdict | code | tests | |\n|---|---|---|---|---|---|---|\n"
        text += table_row(row, found)
    return text


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="only say what is wrong")
    options = options.parse_args()
    rows, found, faults = gather()
    faults += check(rows, found)
    for name in DOCUMENTS:
        path, text = ROOT / "docs" / name, document(name, rows, found)
        if not options.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            faults.append(f"docs/{name} is stale: run scripts/requirements.py")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
