"""Programs with one room in them that was compiled in another way: for coverage, and for mutants.

Everything else is taken from a build that is there. The room's objects are linked first, so that its inline
functions are taken from them, too: for that clang emits even those that the room itself does not use.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from citations import ROOT

COMPILER = "clang++-19"
CORE = ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-w"]


def checked(command, **more):
    """Runs it; what it printed. Ends the script when it fails."""
    result = subprocess.run(command, text=True, capture_output=True, stdin=subprocess.DEVNULL, **more)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))[:300]}\n{(result.stdout + result.stderr)[-3000:]}")
    return result.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            sys.exit(f"{program} is not installed: apt-get install clang-19 llvm-19 python3-clang-19")


def sources_of(room, suffixes=(".cpp",)):
    return sorted(path for path in (ROOT / "src" / room).iterdir()
                  if path.suffix in suffixes and not re.search(r"_test\.(cpp|h)$", path.name))


def compile_room(room, output, flags, source=ROOT):
    """All files of a room at once, as `source` has them."""
    together = output.with_suffix(".cpp")
    together.write_text("".join(f'#include "{room}/{path.name}"\n' for path in sources_of(room)))
    compile_file(together, output, [*CORE, "-Xclang", "-femit-all-decls", *flags], source)


def compile_file(path, output, flags, source=ROOT):
    checked([COMPILER, *flags, f"-I{source}/src", f"-I{ROOT}/src", f"-I{ROOT}/include", "-c", path, "-o", output])


def link(build, program, objects, output, flags=()):
    """A program of a build, with other objects before its own."""
    commands = checked(["ninja", "-C", build, "-t", "commands", program]).splitlines()
    words = shlex.split(commands[-1].split("&&")[1])
    first = next(i for i, word in enumerate(words) if word.endswith(".o"))
    rest = [str(output) if word == program else word for word in words[first:]]
    checked([COMPILER, *flags, *map(str, objects), *rest], cwd=build)


def build_directory(path):
    """Where the rest comes from: a build of the project, with its tests."""
    path = pathlib.Path(path).resolve()
    if not (path / "build.ninja").exists():
        sys.exit(f"{path} has no build: ./test --quick makes one in build/")
    return path
