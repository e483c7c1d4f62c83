#!/usr/bin/env python3
"""Changes src/tcp in thousands of small ways, one at a time, and looks whether a test notices.

Usage: scripts/mutate.py [--sample N] [--seed S] [--again survived] [--write] [--build DIRECTORY]

All mutants stand in one build (scripts/mutation/schemata.h): a variable of the environment chooses one. Each is tried
with the tests of the rooms tcp, host and sim that come by it, the quickest and the likeliest first, until one fails. What
was tried is kept in the directory (default: acksu-mutation in the directory for temporary files) until the sources that are
mutated change; so a run goes on where the last one ended. --again tries those once more that ended so, after tests were
added. --write writes docs/mutation.md from what is known, and with the reasons in docs/mutation/reasons.txt.

Needs clang++-19, cmake, ninja and the Debian package python3-clang-19.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

from citations import ROOT
from instrumented import COMPILER, CORE, build_directory, checked, compile_file, compile_room, link, need, sources_of

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "mutation"))
TRIED_BY = ("tcp", "host", "sim")
# What ./test finds by its sanitizers and by the checks of the standard library ends the program here, too.
CHECKS = ["-D_GLIBCXX_ASSERTIONS", "-fsanitize=undefined", "-fno-sanitize=vptr,function", "-fsanitize-trap=undefined"]
FLAGS = ["-Wno-c++11-narrowing", "-include", "mutation/schemata.h", *CHECKS]
REPEATABLE = {"RC_PARAMS": "seed=1"}
PATIENCE = {"tcp": 4500, "host": 3000, "sim": 5000}  # milliseconds of tests for one mutant, at most


class Tree:
    """The mutated sources, and the test programs with them, in a directory of their own."""

    def __init__(self, directory, build):
        self.directory, self.build, self.source = directory, build, directory / "source"
        self.files = sources_of("tcp", (".cpp", ".h"))

    def digest(self):
        digest = hashlib.sha256()
        for path in self.files + sorted((HERE / "mutation").glob("*.*")):
            if path.suffix != ".txt" and path.name != "page.py":
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def mutate(self):
        """Writes all mutants but those that the compiler refuses, and the list of them."""
        import mutants
        (self.source / "src" / "tcp").mkdir(parents=True, exist_ok=True)
        shutil.copytree(HERE / "mutation", self.source / "src" / "mutation", dirs_exist_ok=True)
        room = self.directory / "all.cpp"
        room.write_text("".join(f'#include "tcp/{path.name}"\n' for path in self.files))
        unit = mutants.parse(room, ["-std=c++20", f"-I{ROOT}/src", f"-I{ROOT}/include"])
        finder = mutants.Finder(unit, {path: str(path.relative_to(ROOT)) for path in self.files})
        refused = 0
        for _ in range(20):
            for path in self.files:
                text = mutants.mutated(finder.texts[path], finder.edits[path])
                (self.source / path.relative_to(ROOT)).write_bytes(text)
            wrong = self.complaints(room)
            if not wrong:
                break
            for path in self.files:
                lines = wrong[path.name]
                bad = [e for e in finder.edits[path] if any(e.lines[0] <= line <= e.lines[1] for line in lines)]
                refused += sum(len(e.mutants) for e in bad)
                finder.edits[path] = [e for e in finder.edits[path] if e not in bad]
            finder.count()
        else:
            sys.exit("mutate: what was mutated does not compile")
        listed = [vars(m) | {"key": m.key} for m in finder.mutants]
        (self.directory / "mutants.json").write_text(json.dumps({"refused": refused, "mutants": listed}))

    def complaints(self, room):
        """Lines that the compiler does not like, by the name of their file."""
        command = [COMPILER, *CORE, *FLAGS, f"-I{self.source}/src", f"-I{ROOT}/src", f"-I{ROOT}/include",
                   "-fsyntax-only", "-ferror-limit=0", room]
        result = subprocess.run(command, text=True, capture_output=True)
        lines = collections.defaultdict(set)
        # An error in a template names the place that asked for it in a note.
        for name, line in re.findall(r"src/tcp/(\w+\.(?:cpp|h)):(\d+):\d+: (?:error|note: in inst)", result.stderr):
            lines[name].add(int(line))
        if result.returncode != 0 and not lines:
            sys.exit(f"mutate: {result.stderr[:3000]}")
        return lines

    def make(self, rooms):
        """The test programs of these rooms. The mutated room is compiled only when it has changed."""
        mark = self.directory / "digest"
        objects = [self.directory / name for name in ("tcp.o", "schemata.o", "listener.o")]
        if not mark.exists() or mark.read_text() != self.digest():
            (self.directory / "results.jsonl").unlink(missing_ok=True)
            self.mutate()
            self.compile(objects[0])
            for path in objects[1:]:
                compile_file(HERE / "mutation" / f"{path.stem}.cpp", path, ["-std=c++20", "-O1"], self.source)
            mark.write_text(self.digest())
        checked(["ninja", "-C", self.build, *(f"{room}_test" for room in rooms)])
        for room in rooms:
            link(self.build, f"tests/{room}_test", objects, self.program(room))

    def compile(self, output):
        """The mutated room, with all functions of its headers, for others call those, too: an optimiser would leave
        out what the room itself does not call, unless it may not judge that."""
        code = output.with_suffix(".ll")
        whole = ["-Xclang", "-disable-llvm-passes", "-S", "-emit-llvm"]
        compile_room("tcp", code, ["-O1", *FLAGS, *whole], self.source)
        own = re.compile(r"^define linkonce_odr (?=.*@_ZNK?5acksu3tcp)", re.M)
        code.write_text(own.sub("define weak_odr ", code.read_text()))
        checked([COMPILER, "-O1", "-c", code, "-o", output])

    def program(self, room):
        return self.directory / f"{room}_test"


class Trial:
    """The programs, which tests come by which mutant, and what became of each."""

    def __init__(self, tree, jobs):
        self.tree, self.jobs = tree, jobs
        known = json.loads((tree.directory / "mutants.json").read_text())
        self.mutants, self.refused = known["mutants"], known["refused"]
        self.log = tree.directory / "results.jsonl"
        self.results, self.impossible = {}, set()
        if self.log.exists():
            for line in self.log.read_text().splitlines():
                row = json.loads(line)
                self.results[row["number"]] = row
        self.kills, self.lock = collections.Counter(), threading.Lock()
        for row in self.results.values():
            self.kills[row["test"]] += 1
        self.traces = {}

    def trace(self, room, may_run=True):
        """mutant -> [(test, milliseconds)] of one program, which runs once without a mutant."""
        path = self.tree.directory / f"{room}.trace"
        if may_run and (not path.exists() or path.stat().st_mtime < self.tree.program(room).stat().st_mtime):
            fresh = path.with_suffix(".new")
            checked([self.tree.program(room), "--gtest_brief=1"], cwd=ROOT,
                    env=os.environ | REPEATABLE | {"ACKSU_MUTANT_TRACE": str(fresh)})
            fresh.rename(path)
        tests = collections.defaultdict(list)
        for line in path.read_text().splitlines():
            name, time, *numbers = line.split()
            if name == "-":
                self.impossible.update(map(int, numbers))
                continue
            for number in numbers:
                tests[int(number)].append((name, int(time)))
        self.traces[room] = tests

    def batches(self, room, number):
        """Its tests: a few that are quick or have killed others, then the rest, as long as patience lasts."""
        tests = sorted(self.traces[room].get(number, ()), key=lambda t: (t[1] // 50, -self.kills[t[0]], t[1]))
        chosen, left = [], PATIENCE[room]
        for name, time in tests:
            if time <= left:
                chosen.append((name, time))
                left -= time
        return [batch for batch in (chosen[:12], chosen[12:60], chosen[60:]) if batch]

    def attempt(self, room, number, tests):
        """What these tests say to a mutant: killed, with the name of the test, or survived."""
        normal = sum(time for _, time in tests) / 1000
        limit = int(normal * 4) + 3

        def confine():
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        command = [self.tree.program(room), "--gtest_fail_fast", "--gtest_brief=1",
                   "--gtest_filter=" + ":".join(name for name, _ in tests)]
        process = subprocess.run(command, cwd=ROOT, env=os.environ | REPEATABLE | {"ACKSU_MUTANT": str(number)},
                                 stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=confine)
        if process.returncode == 0:
            return "survived", ""
        failed = re.search(rb"\[  FAILED  \] ([\w/.]+)", process.stdout)
        name = failed.group(1).decode() if failed else tests[0][0] if len(tests) == 1 else ""
        how = "killed" if process.returncode > 0 else "too long" if process.returncode in (-24, -9) else "ended"
        return how, name

    def judge(self, mutant):
        number = mutant["number"]
        before = self.results.get(number, {"verdict": "unreached", "rooms": []})
        verdict, test = before["verdict"], ""
        for room in TRIED_BY:
            if room not in self.traces:
                continue
            for tests in self.batches(room, number):
                verdict, test = self.attempt(room, number, tests)
                if verdict != "survived":
                    break
            if verdict not in ("survived", "unreached"):
                break
        row = {"number": number, "verdict": verdict, "test": test, "rooms": sorted({*before["rooms"], *self.traces})}
        with self.lock:
            self.results[number] = row
            self.kills[test] += 1
            with self.log.open("a") as log:
                log.write(json.dumps(row) + "\n")
        return row

    def all_of(self, mutants):
        done = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for i, row in enumerate(pool.map(self.judge, mutants), 1):
                done[row["verdict"]] += 1
                if i % 25 == 0 or i == len(mutants):
                    print(f"{i} of {len(mutants)}: " + ", ".join(f"{n} {v}" for v, n in done.most_common()),
                          flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=400, metavar="N", help="how many mutants, drawn by the seed (0: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="append", default=[], metavar="VERDICT",
                        help="try once more what ended as survived, or unreached")
    parser.add_argument("--rooms", default=",".join(TRIED_BY), help="whose tests (tcp,host,sim)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="write docs/mutation.md, and try nothing")
    parser.add_argument("--build", default="build", help="a build of the project: all but the mutated room is from there")
    parser.add_argument("--directory", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "acksu-mutation")
    return parser.parse_args()


def main():
    options = arguments()
    need(COMPILER)
    tree = Tree(options.directory.resolve(), build_directory(options.build))
    rooms = [room for room in TRIED_BY if room in options.rooms.split(",")]
    if not options.write:
        tree.make(rooms)
    trial = Trial(tree, options.jobs)
    for room in rooms:
        if not options.write or (tree.directory / f"{room}.trace").exists():
            trial.trace(room, may_run=not options.write)
    if options.write:
        import page
        page.write(trial, PATIENCE)
        return
    drawn = random.Random(options.seed).sample(trial.mutants, len(trial.mutants))[:options.sample or None]
    drawn = [m for m in drawn if m["number"] not in trial.impossible]
    todo = [m for m in drawn if m["number"] not in trial.results
            or trial.results[m["number"]]["verdict"] in options.again]
    print(f"{len(trial.mutants)} mutants, {len(todo)} of {len(drawn)} to be tried", flush=True)
    trial.all_of(todo)


if __name__ == "__main__":
    main()
