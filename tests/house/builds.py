"""The rules of the house that a compiler or the formatter checks: headers compile alone, the core
and the public headers compile with and without exceptions, files are formatted.

What passed once is remembered by a hash of everything it read, so that a second run is quick."""

import concurrent.futures
import functools
import hashlib
import pathlib
import re
import subprocess

import rules

COMPILER = "g++"
FORMATTER = "clang-format-19"
FLAGS = ["-std=c++20", "-fsyntax-only", "-Isrc", "-Iinclude", '-DACKSU_VERSION="0"', "-Wall", "-Wextra",
         "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror"]
BARE = ["-fno-exceptions", "-fno-rtti"]
INCLUDE = re.compile(r'(?m)^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]')


def closure(root, path):
    """The paths of a file and of all project files that it includes, directly or not."""
    found, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        for name in INCLUDE.findall((root / current).read_text()):
            candidates = (f"src/{name}", f"include/{name}", name)
            waiting += [path for path in candidates if (root / path).is_file()]
    return sorted(found)


def tasks(root, files):
    """(rule, path, command, paths read): one for each thing to compile or to format."""
    for file in files:
        if not file.is_cpp:
            continue
        yield "format", file.path, [FORMATTER, "--dry-run", "-Werror", file.path], \
            [".clang-format", file.path]
        if file.room is None or file.room == "tools" or file.is_test:
            continue
        is_bare = file.room in (*rules.CORE, "acksu")
        is_header = file.path.endswith(".h")
        what = ["-include", file.path, "-x", "c++", "/dev/null"] if is_header else [file.path]
        read = closure(root, file.path)
        if is_header:
            yield "headers", file.path, [COMPILER, *FLAGS, *(BARE if is_bare else []), *what], read
        if is_bare:  # that it compiles without exceptions is shown by the build, or just above
            yield "exceptions", file.path, [COMPILER, *FLAGS, *what], read


@functools.cache
def version_of(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout


def fingerprint(root, command, read):
    """A hash of the command, of its program's version, and of all that it reads."""
    digest = hashlib.sha256(repr((version_of(command[0]), command)).encode())
    for path in read:
        digest.update(f"\0{path}\0".encode() + (root / path).read_bytes())
    return digest.hexdigest()


def first_error(output, path):
    """(path, line, message) of the first error that a compiler told."""
    error = re.search(r"(?m)^([^:\n]+):(\d+):\d+: (?:fatal )?error: (.*)$", output)
    return (error[1].removeprefix("./"), int(error[2]), error[3]) if error else (path, 1, output.strip()[:200])


def check(root, files, memory, jobs):
    """Runs what did not pass before; yields (rule, path, line, message). memory is a directory."""
    memory.mkdir(parents=True, exist_ok=True)

    def run(task):
        rule, path, command, read = task
        passed = memory / fingerprint(root, command, read)
        if passed.exists():
            return None
        result = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if result.returncode == 0:
            passed.touch()
            return None
        where, line, message = first_error(result.stderr, path)
        if where != path:
            message += f" (in {path})"
        return rule, where, line, message

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from filter(None, pool.map(run, tasks(root, files)))
