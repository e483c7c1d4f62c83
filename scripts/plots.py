#!/usr/bin/env python3
"""Makes the pictures of docs/plot.md again: each by the command that the page names before it.

Usage: scripts/plots.py [--check] [PROGRAM]

PROGRAM is build/acksu unless it is given. With --check nothing is written: exit code 1 names the
pictures that differ from those in docs/plots.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

DOCUMENTS = pathlib.Path(__file__).resolve().parents[1] / "docs"
COMMAND = re.compile(r"`acksu ([^`]*--plot (\S+\.svg))`")


def commands():
    """By the picture's name the arguments of acksu."""
    return {name: words.split() for words, name in COMMAND.findall((DOCUMENTS / "plot.md").read_text())
            if "--wire" not in words}


def make(program, name, arguments):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)
        return (pathlib.Path(folder) / name).read_bytes()


def main(arguments):
    is_check = "--check" in arguments
    given = [word for word in arguments if word != "--check"]
    program = pathlib.Path(given[0] if given else DOCUMENTS.parent / "build" / "acksu").resolve()
    stale = 0
    for name, words in commands().items():
        path = DOCUMENTS / "plots" / name
        picture = make(program, name, words)
        if path.exists() and path.read_bytes() == picture:
            continue
        stale += 1
        print(f"{'differs' if is_check else 'written'}: docs/plots/{name}")
        if not is_check:
            path.write_bytes(picture)
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
