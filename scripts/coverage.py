#!/usr/bin/env python3
"""Counts what the tests run of src/tcp and src/wire: lines, branches, and modified condition/decision coverage.

Usage: scripts/coverage.py [--build DIRECTORY] [--directory DIRECTORY] [--only STEP] [--seeds N] [--missing] [--write]

Compiles these rooms, and host, that calls them, with clang's counters; takes the rest from a build (--build, default: build);
runs the tests step by step (--only: those whose names begin so), each bounded in time, and prints a table of all that ran so far.
What ran is kept in a directory (default: acksu-coverage in the directory for temporary files): a run goes on where the
last one ended, and a step runs again when its program has changed. When the sources that are counted change, all do.
--missing prints what is not covered, too. --write runs nothing and writes docs/coverage.md from what is known, with the
reasons in docs/coverage/reasons.txt.

The side of an assertion that fails is not asked for: no test may reach it.

Needs clang++-19, llvm-cov-19 and llvm-profdata-19 (Debian: clang-19, llvm-19), ninja.
"""

import argparse
import collections
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import reasons
from citations import ROOT
from instrumented import build_directory, checked, compile_room, link, need, sources_of

PAGE = ROOT / "docs" / "coverage.md"
COUNTED = ("tcp", "wire")
FLAGS = ["-O0", "-fprofile-instr-generate", "-fcoverage-mapping", "-fcoverage-mcdc"]
SEES = {"wire": ("base", "wire"), "tcp": ("base", "tcp"), "host": ("base", "wire", "tcp", "host")}
ROOMS = ("tcp", "wire", "host", "sim", "trace", "api", "packetdrill", "os")
FOLDERS = ("security", "sockets", "threads")
SCRIPTS = ("scenarios/scenarios", "journey/journey", "packetdrill/packetdrill", "simulation/simulate", "explore/explore",
           "commands/plot_command", "commands/replay_command", "commands/wire_commands")
REPLAYS = ("connection", "host", "tcp", "udp", "ipv4", "ipv6", "icmp", "icmpv6", "igmp", "ethernet", "dns", "dhcp", "dhcpv6",
           "ppp", "pcap", "capture", "address")
PATIENCE = 1800  # seconds for one step
ARRIVAL = ("src/tcp/arrival.cpp", "src/tcp/plain_arrival.cpp", "src/tcp/receiver.cpp", "src/tcp/reassembler.cpp",
           "src/tcp/validation.cpp")

OPENING = """# What the tests run

Written by `scripts/coverage.py --write` (clang-19). It counts lines, both sides of each branch, and modified
condition/decision coverage: for each part of a condition a pair of runs in which it alone decides. Sides of assertions that fail
are left out: no test may reach them. Of headers only what is called out of line is counted.

That a line was run does not say that a test would notice if it were wrong: [mutation.md](mutation.md) asks for that.

What ran: {ran}.
{rest}Not counted at all: what needs another program or the kernel (`tests/*/run`), the plug-in for packetdrill, `tests/commands`
where it weighs the program, which counters make heavier, and what a broken promise would have printed.

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
            if place[0] in self.asserted or self.piece(place) == "true":  # of a loop without an end
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


@dataclasses.dataclass
class Step:
    """One program and its arguments; a script finds the program acksu in its environment."""
    name: str
    program: str
    arguments: list
    script: str = ""


def steps(seeds):
    yield from (Step(room, f"tests/{room}_test", ["--gtest_brief=1"]) for room in ROOMS + FOLDERS)
    ours = sorted(map(str, (ROOT / "tests" / "packetdrill").glob("*.pkt")))
    yield Step("acksu packetdrill", "acksu", ["packetdrill", *ours])
    yield Step("acksu simulate", "acksu", ["simulate", "--seeds", f"0:{seeds}"])
    yield Step("acksu simulate --swarm", "acksu", ["simulate", "--seeds", f"0:{seeds}", "--swarm"])
    yield from (Step(f"fuzz/{name}", f"fuzz/{name}_replay", [f"fuzz/corpus/{name}"]) for name in REPLAYS)
    yield from (Step(f"tests/{name}", "acksu", [], f"tests/{name}_test.py") for name in SCRIPTS)


class Run:
    """The instrumented programs, and what each step ran of them, in a directory that outlives the script."""

    def __init__(self, directory, build):
        self.directory, self.build = directory, build
        self.profiles = directory / "profiles"
        self.profiles.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def digest(room):
        digest = hashlib.sha256(" ".join(FLAGS).encode())
        for seen in SEES[room]:
            for path in sources_of(seen, (".cpp", ".h") if seen == room else (".h",)):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def compile(self):
        for room in SEES:
            mark = self.directory / f"{room}.digest"
            if not mark.exists() or mark.read_text() != self.digest(room):
                shutil.rmtree(self.profiles)
                self.profiles.mkdir()
                compile_room(room, self.directory / f"{room}.o", FLAGS)
                mark.write_text(self.digest(room))

    def program(self, step):
        """Linked anew when what it is made of has changed."""
        checked(["ninja", "-C", self.build, step.program])
        objects = [self.directory / f"{room}.o" for room in SEES]
        output = self.directory / pathlib.Path(step.program).name
        newest = max(path.stat().st_mtime for path in [*objects, self.build / step.program])
        if not output.exists() or output.stat().st_mtime < newest:
            link(self.build, step.program, objects, output, FLAGS[1:2])
        return output

    def result(self, step):
        path = self.profiles / (step.name.replace("/", "-") + ".json")
        return json.loads(path.read_text()) if path.exists() else {"verdict": "not run"}

    def profile(self, step):
        return self.profiles / (step.name.replace("/", "-") + ".profdata")

    def run(self, step):
        program = self.program(step)
        known = self.result(step)
        if known["verdict"] == "ok" and known["program"] == program.stat().st_mtime:
            return
        raw = self.directory / "raw" / step.name.replace("/", "-")
        shutil.rmtree(raw, ignore_errors=True)
        environment = os.environ | {"LLVM_PROFILE_FILE": str(raw / "%4m.profraw"), "RC_PARAMS": "seed=1",
                                    "ACKSU_PROGRAM": str(program)}
        command = [sys.executable, "-B", step.script] if step.script else [program, *step.arguments]
        began, output = time.monotonic(), raw.with_suffix(".txt")
        raw.parent.mkdir(exist_ok=True)
        with output.open("w") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = process.wait(PATIENCE)
                verdict = "ok" if code in (0, 77) else "failed"
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                verdict = "too long"
        print(f"{step.name}: {verdict}, {time.monotonic() - began:.0f} s", flush=True)
        if verdict == "failed":
            print(output.read_text(errors="replace")[-3000:], flush=True)
        elif list(raw.glob("*.profraw")):
            checked(["llvm-profdata-19", "merge", "-o", self.profile(step), *raw.glob("*.profraw")])
        self.profile(step).with_suffix(".json").write_text(
            json.dumps({"verdict": verdict, "program": program.stat().st_mtime}))

    def merged(self):
        profile = self.directory / "all.profdata"
        checked(["llvm-profdata-19", "merge", "-o", profile, *self.profiles.glob("*.profdata")])
        return profile


def sources(directory, profile):
    """The counted files with their shares."""
    program = directory / "tcp_test"
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


def write(found, run, all_steps):
    verdicts = {step.name: run.result(step)["verdict"] for step in all_steps}
    named = {verdict: ", ".join(f"`{name}`" for name, its in verdicts.items() if its == verdict)
             for verdict in verdicts.values()}
    rest = "".join(f"{verdict.capitalize()}: {names}.\n" for verdict, names in named.items() if verdict != "ok")
    text = OPENING.format(ran=named.get("ok", "nothing"), rest=rest)
    text += table(found)
    text += "\n## What is not covered\n\n"
    PAGE.write_text(text + missing(found))


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
    parser.add_argument("--directory", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "acksu-coverage")
    parser.add_argument("--only", action="append", metavar="STEP", help="run the steps whose names begin so")
    parser.add_argument("--seeds", type=int, default=300, metavar="N", help="random worlds")
    parser.add_argument("--missing", action="store_true", help="print what is not covered, too")
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md, and run nothing")
    options = parser.parse_args()
    need("clang++-19", "llvm-cov-19", "llvm-profdata-19")
    run = Run(options.directory.resolve(), build_directory(options.build))
    all_steps = list(steps(options.seeds))
    if not options.write:
        run.compile()
        for step in all_steps:
            if not options.only or step.name.startswith(tuple(options.only)):
                run.run(step)
    found = sorted(sources(run.directory, run.merged()), key=lambda s: s.name)
    print(table(found))
    if options.missing:
        print(missing(found))
    if options.write:
        write(found, run, all_steps)


if __name__ == "__main__":
    main()
