#!/usr/bin/env python3
"""Keeps the house: one line `file:line: rule: message` for each violation, then `ok` or `not ok` for
each rule, then the count. Exit code 1 if anything is wrong. What each rule wants stands in rules.py
and builds.py; CONTRIBUTING.md tells why."""

import argparse
import os
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True

import builds
import rules

FOLDERS = ("src", "include", "tools", "tests", "fuzz", "bench", "examples", "docs", "lab", "scripts",
           "cmake", ".ci")
SUFFIXES = {".cpp", ".h", ".inc", ".c", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".in", ".html", ".js",
            ".css", ""}


def project_files(root):
    """All text files of the project that people write, in a fixed order."""
    paths = [path for path in root.iterdir() if path.is_file()]
    for folder in FOLDERS:
        paths += [path for path in (root / folder).rglob("*") if path.is_file()]
    for path in sorted(paths):
        if path.suffix in SUFFIXES and "node_modules" not in path.parts and path.name != ".git":
            yield rules.File(str(path.relative_to(root)), path.read_text(errors="replace"))


def violations(root, files, memory, jobs):
    """(rule, path, line, message) of everything that is wrong."""
    for file in files:
        for rule in rules.RULES:
            for line, message in rule(file):
                yield rule.__name__, file.path, line, message
    yield from builds.check(root, files, memory, jobs)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parents[2])
    options = options.parse_args()
    root = options.root.resolve()
    for program in (builds.COMPILER, builds.FORMATTER):
        if shutil.which(program) is None:
            sys.exit(f"not ok house: {program} is not installed")

    files = list(project_files(root))
    counts = {rule.__name__: 0 for rule in rules.RULES} | {"format": 0, "headers": 0, "rooms": 0}
    found = list(violations(root, files, root / "build" / "house", options.jobs))
    for rule, path, line, message in found:
        counts[rule] += 1
        print(f"{path}:{line}: {rule}: {message}")
    for rule, count in counts.items():
        print(f"not ok house/{rule}: {count} violations" if count else f"ok house/{rule}")
    print(f"house: {len(found)} violations in {len(files)} files")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
