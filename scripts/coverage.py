#!/usr/bin/env python3
"""Counts what the tests run of src/tcp and src/wire: lines, branches, and modified condition/decision coverage.

Usage: scripts/coverage.py [--build DIRECTORY] [--seeds N] [--missing] [--write]

Compiles these rooms, and host, that calls them, with clang's counters; takes the rest from a build (--build, default: build);
runs the tests of wire, tcp, host and sim, N random worlds (300) and our packetdrill scripts; prints a table. --missing
prints what is not covered, too. --write writes docs/coverage.md, with the reasons in docs/coverage/reasons.txt.

The side of an assertion that fails is not asked for: no test may reach it.

Needs clang++-19, llvm-cov-19 and llvm-profdata-19 (Debian: clang-19, llvm-19), ninja.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import reasons
from citations import ROOT
from instrumented import build_directory, checked, compile_room, link, need

PAGE = ROOT / "docs" / "coverage.md"
COUNTED = ("tcp", "wire")
FLAGS = ["-O0", "-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-mcdc"]
TESTS = ("wire", "tcp", "host", "sim")
ARRIVAL = ("src/tcp/arrival.cpp", "src/tcp/receiver.cpp", "src/tcp/reassembler.cpp", "src/tcp/validation.cpp")

OPENING = """# What the tests run

Written by `scripts/coverage.py --write` (clang-19) from {programs}. It counts lines, both sides of each branch, and modified
condition/decision coverage: for each part of a condition a pair of runs in which it alone decides. Sides of assertions that fail
are left out: no test may reach them. Of headers only what is called out of line is counted.

That a line was run does not say that a test would notice if it were wrong: [mutation.md](mutation.md) asks for that.

"""


@dataclasses.dataclass
class Share:
    hit: int = 0
    all: int = 0

    def add(self, is_hit):
        self.hit += bool(is_hit)
        self.all += 1

    def plus(self, other):
        return Share(self.hit + other.hit, self.all + other.all)

    def __str__(self):
        return f"{100 * self.hit / self.all:.1f} % ({self.hit}/{self.all})" if self.all else "–"


class Source:
    """One file: its shares, and what is missing as (line, what)."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.lines_of_text = self.text.splitlines()
        self.lines, self.branches, self.conditions = Share(), Share(), Share()
        self.missing = []
        self.asserted = set()
        for found in re.finditer(r"ACKSU_ASSERT\(.*?\);", self.text, re.S):
            first = self.text.count("\n", 0, found.start()) + 1
            self.asserted.update(range(first, first + found.group().count("\n") + 1))

    @property
    def name(self):
        return str(self.path.relative_to(ROOT))

    def piece(self, place):
        line, column, last, end = place
        rows = self.lines_of_text[line - 1:last]
        rows[-1] = rows[-1][:end - 1]
        rows[0] = rows[0][column - 1:]
        return " ".join(" ".join(rows).split())

    def count_lines(self, counts):
        for line, count in sorted(counts.items()):
            self.lines.add(count > 0)
            if count == 0:
                self.missing.append((line, "line", self.lines_of_text[line - 1].strip()))

    def count_branches(self, records):
        counts = collections.defaultdict(lambda: [0, 0])
        for record in records:
            place = tuple(record[:4])
            counts[place][0] += record[4]
            counts[place][1] += record[5]
        for place, (true, false) in sorted(counts.items()):
            if place[0] in self.asserted:
                continue
            self.branches.add(true)
            self.branches.add(false)
            if true == 0 and false == 0:
                self.missing.append((place[0], "never asked", self.piece(place)))
            elif true == 0 or false == 0:
                self.missing.append((place[0], "never " + ("false" if true else "true"), self.piece(place)))

    def count_conditions(self, records):
        """An inline function has a record in each program; a condition is covered when it is in one of them."""
        decisions = {}
        for record in records:
            place, covered = tuple(record[:4]), record[-1]
            known = decisions.setdefault(place, list(covered))
            decisions[place] = [a or b for a, b in zip(known, covered)]
        for place, covered in sorted(decisions.items()):
            if place[0] in self.asserted:
                continue
            for number, is_covered in enumerate(covered, 1):
                self.conditions.add(is_covered)
                if not is_covered:
                    self.missing.append((place[0], f"part {number} never decides alone", self.piece(place)))


def run_all(directory, build, seeds):
    """Runs all programs; the profile that they make together."""
    def run(name, command):
        environment = os.environ | {"LLVM_PROFILE_FILE": str(directory / f"{name}.profraw"), "RC_PARAMS": "seed=1"}
        checked(command, cwd=ROOT, env=environment)

    scripts = sorted(map(str, (ROOT / "tests" / "packetdrill").glob("*.pkt")))
    commands = {test: [directory / f"{test}_test", "--gtest_brief=1"] for test in TESTS}
    commands["worlds"] = [directory / "acksu", "simulate", "--seeds", f"0:{seeds}"]
    commands["packetdrill"] = [directory / "acksu", "packetdrill", *scripts]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda item: run(*item), commands.items()))
    profile = directory / "all.profdata"
    checked(["llvm-profdata-19", "merge", "-o", profile, *directory.glob("*.profraw")])
    return profile


def build_all(directory, build):
    objects = [directory / f"{room}.o" for room in (*COUNTED, "host")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda path: compile_room(path.stem, path, FLAGS), objects))
    checked(["ninja", "-C", build, "acksu", *(f"{test}_test" for test in TESTS)])
    for test in TESTS:
        link(build, f"tests/{test}_test", objects, directory / f"{test}_test", FLAGS[1:2])
    link(build, "acksu", objects, directory / "acksu", FLAGS[1:2])


def sources(directory, profile):
    """The counted files with their shares."""
    program = directory / "host_test"
    exported = json.loads(checked(["llvm-cov-19", "export", f"-instr-profile={profile}", program]))
    lines, name = collections.defaultdict(dict), ""
    for row in checked(["llvm-cov-19", "export", "-format=lcov", f"-instr-profile={profile}", program]).splitlines():
        if row.startswith("SF:"):
            name = row[3:]
        elif row.startswith("DA:"):
            number, count = row[3:].split(",")[:2]
            lines[name][int(number)] = int(count)
    counted = [str(ROOT / "src" / room) + "/" for room in COUNTED]
    for file in exported["data"][0]["files"]:
        path = file["filename"]
        if any(path.startswith(room) for room in counted) and "_test" not in path:
            source = Source(pathlib.Path(path))
            source.count_lines(lines[path])
            source.count_branches(file["branches"])
            source.count_conditions(file["mcdc_records"])
            yield source


def table(found):
    rows = ["| file | lines | branches | conditions |", "|---|---|---|---|"]
    groups = {f"**src/{room}**": [s for s in found if s.name.startswith(f"src/{room}/")] for room in COUNTED}
    groups["**arrival processing** (" + ", ".join(pathlib.Path(n).stem for n in ARRIVAL) + ")"] = [
        s for s in found if s.name in ARRIVAL]
    for title, group in groups.items():
        lines, branches, conditions = Share(), Share(), Share()
        for source in group:
            lines, branches = lines.plus(source.lines), branches.plus(source.branches)
            conditions = conditions.plus(source.conditions)
        rows.append(f"| {title} | {lines} | {branches} | {conditions} |")
    rows += [f"| `{s.name}` | {s.lines} | {s.branches} | {s.conditions} |" for s in found]
    return "\n".join(rows) + "\n"


def programs(seeds):
    return f"the tests of the rooms wire, tcp, host and sim, {seeds} random worlds and our packetdrill scripts"


def write(found, from_what):
    text = OPENING.format(programs=from_what) + table(found)
    text += "\n## What is not covered of arrival processing\n\n`scripts/coverage.py --missing` prints that of all files.\n\n"
    PAGE.write_text(text + missing([source for source in found if source.name in ARRIVAL]))


def missing(found):
    known = reasons.read(PAGE.parent / "coverage" / "reasons.txt")
    rows = ["| where | what | why |", "|---|---|---|"]
    for source in found:
        for line, kind, text in sorted(set(source.missing)):
            why = reasons.reason_for(f"{source.name}: {kind}: {text}", known) or reasons.reason_for(
                f"{source.name}: {text}", known)
            short = text if len(text) <= 90 else text[:87] + "..."
            rows.append(f"| `{source.name}:{line}` | {kind}: `{short.replace('|', chr(92) + '|')}` | {why} |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="a build of the project: what is not counted is from there")
    parser.add_argument("--seeds", type=int, default=300, metavar="N", help="random worlds")
    parser.add_argument("--missing", action="store_true", help="print what is not covered, too")
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md")
    options = parser.parse_args()
    need("clang++-19", "llvm-cov-19", "llvm-profdata-19")
    build = build_directory(options.build)
    with tempfile.TemporaryDirectory(prefix="acksu-coverage-") as name:
        directory = pathlib.Path(name)
        build_all(directory, build)
        found = sorted(sources(directory, run_all(directory, build, options.seeds)), key=lambda s: s.name)
    print(table(found))
    if options.missing:
        print(missing(found))
    if options.write:
        write(found, programs(options.seeds))


if __name__ == "__main__":
    main()
