#!/usr/bin/env python3
"""Writes docs/requirements/sections.txt: which sections the RFCs have that code, tests and documents cite.

Usage: scripts/rfc_sections.py FOLDER

FOLDER holds the texts as Debian's doc-rfc packages do, `rfcNUMBER.txt` or `rfcNUMBER.txt.gz`
(/usr/share/doc/RFC/links). What it does not have keeps the line that it had.
"""

import gzip
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import citations
from citations import ROOT

FILE = ROOT / "docs" / "requirements" / "sections.txt"
CITED = re.compile(r"\bRFC (\d+)\b")
HEADING = re.compile(r"""
    ^(?:\ {0,5}(?:Appendix\ )?(\d{1,2}|[A-Z])\.?:?(?:\ -)?\s{1,4}[A-Z"]  # 2.  Overview
    |\ {0,9}((?:\d{1,2}|[A-Z])(?:\.\d{1,2})+)\.?:?\ +\S               # 2.1 Terms
    |\ {0,9}\((\d(?:\.\d{1,2})+)\)\ )                               # (2.1) a rule with a number
    """, re.MULTILINE | re.VERBOSE)

OPENING = """# The sections of RFCs that are cited here: what scripts/requirements.py holds citations against.
# Written by scripts/rfc_sections.py from the texts.
"""


def cited():
    found = set()
    paths = list(citations.code_files()) + list(citations.test_files())
    paths += sorted((ROOT / "docs").rglob("*.txt")) + sorted(ROOT.rglob("docs/*.md"))
    for path in paths:
        found.update(int(number) for number in CITED.findall(path.read_text()))
    return sorted(found)


def sections_of(folder, number):
    """The sections of an RFC in order; None when its text is not there."""
    for name, opener in ((f"rfc{number}.txt.gz", gzip.open), (f"rfc{number}.txt", open)):
        if (folder / name).exists():
            with opener(folder / name, "rt", encoding="utf-8", errors="replace") as text:
                found = {match[1] or match[2] or match[3] for match in HEADING.finditer(text.read())}
            return sorted(found, key=lambda place: [
                (not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in place.split(".")])
    return None


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("usage: scripts/rfc_sections.py FOLDER: the folder with the texts of the RFCs", file=sys.stderr)
        sys.exit(2)
    old = dict(line.split(":", 1) for line in FILE.read_text().split("\n") if line[:1].isdigit()) \
        if FILE.exists() else {}
    text = OPENING
    for number in cited():
        places = sections_of(pathlib.Path(sys.argv[1]), number)
        if places:
            text += f"{number}: {' '.join(places)}\n"
        elif str(number) in old:
            text += f"{number}:{old[str(number)]}\n"
        else:
            print(f"RFC {number}: no text")
    FILE.write_text(text)


if __name__ == "__main__":
    main()
