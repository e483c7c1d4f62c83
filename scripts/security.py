#!/usr/bin/env python3
"""Writes docs/security.md: the threats that acksu knows, and the tests that cite them.

Usage: scripts/security.py [--check]

A test cites a threat by a comment `// SECURITY A2, B4: why`, right before it or in it; a fuzz target
by one in its file. With --check nothing is written: exit code 1 says that the document is stale, that a
comment stands at no test, or that it cites a threat nobody has listed.
"""

import argparse
import collections
import re
import sys

sys.dont_write_bytecode = True

import security_threats
from citations import ROOT, test_at, test_files

DOCUMENT = ROOT / "docs" / "security.md"

CITATION = re.compile(r"^\s*(?://|#) SECURITY ([A-I]\d+(?:, [A-I]\d+)*)[ ,.:]?")

OPENING = """# Threats and tests

What is known to have been done to TCP/IP stacks, and the tests that try it on this one. Written by
`scripts/security.py` from the tests themselves: a test names the threats that it tries. `./test` runs all of
them, and says when this page is older than they are.

| verdict | means |
|---|---|
| held | the tests below pass, and try all that is asked; where they try less of the same to stay short, the last column says how much |
| in part | the tests below pass, but something is not tried yet |
| open | nothing tries it yet |
| not here | acksu has no such part |
"""


def citations():
    """({threat: [(test, path)]}, faults)"""
    found, faults = collections.defaultdict(list), []
    for path in test_files():
        lines = path.read_text().split("\n")
        place = path.relative_to(ROOT)
        for at, line in enumerate(lines):
            citation = CITATION.match(line)
            if not citation:
                if re.search(r"(?://|#) SECURITY\b", line):
                    faults.append(f"{place}:{at + 1}: a citation begins `SECURITY A2:`")
                continue
            name = test_at(path, lines, at)
            if name is None:
                faults.append(f"{place}:{at + 1}: this citation stands at no test")
                continue
            for threat in citation[1].split(", "):
                if threat not in security_threats.THREATS:
                    faults.append(f"{place}:{at + 1}: nobody has listed {threat}")
                elif (name, place) not in found[threat]:
                    found[threat].append((name, place))
    return found, faults


def verdict_of(threat, tests):
    missing = security_threats.MISSING.get(threat)
    if threat in security_threats.NOT_HERE and not tests:
        return "not here", security_threats.NOT_HERE[threat]
    if not tests:
        return "open", missing or ""
    if missing:
        return "in part", "not tried: " + missing
    return "held", security_threats.SCALED.get(threat, "")


def document(found):
    rows = {threat: verdict_of(threat, found[threat]) for threat in security_threats.THREATS}
    counts = collections.Counter(verdict for verdict, _ in rows.values())
    text = OPENING + "\n" + ", ".join(
        f"{counts[verdict]} {verdict}" for verdict in ("held", "in part", "open", "not here")) + ".\n"
    for letter, section in security_threats.SECTIONS.items():
        text += f"\n## {letter}. {section}\n\n| | threat | verdict | tests | |\n|---|---|---|---|---|\n"
        for threat, title in security_threats.THREATS.items():
            if threat[0] != letter:
                continue
            tests = "<br>".join(f"[`{name}`](../{path})" for name, path in found[threat])
            verdict, remark = rows[threat]
            text += f"| {threat} | {title} | {verdict} | {tests} | {remark} |\n"
    return text


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="only say whether the document is stale")
    options = options.parse_args()
    found, faults = citations()
    text = document(found)
    if not options.check:
        DOCUMENT.write_text(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        faults.append("docs/security.md is stale: run scripts/security.py")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
