"""The rules of the house that a compiler or the formatter checks: headers compile alone, the files
of a core room compile together and with exceptions, files are formatted.

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
FLAGS = ["-std=c++20", "-fsyntax-only", "-I.", "-Isrc", "-Iinclude", '-DACKSU_VERSION="0"', "-Wall", "-Wextra",
         "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror"]
BARE = ["-fno-exceptions", "-fno-rtti"]
AT_ONCE = 40
INCLUDE = re.compile(r'(?m)^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]')


@functools.cache
def included(root, path):
    """The paths of the project files that a file includes."""
    return [path for name in INCLUDE.findall((root / path).read_text())
            for path in (f"src/{name}", f"include/{name}", name) if (root / path).is_file()]


@functools.cache
def closure(root, path):
    """The paths of a file and of all project files that it includes, directly or not."""
    found, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += included(root, current)
    return frozenset(found)


def chains(root, paths):
    """Headers in chains, each of which includes the one before it, directly or not. Compiled in that order each
    stands as if alone: what came before it is part of what it includes itself."""
    found = []
    for size, path, read in sorted((len(read), path, read) for path in paths for read in [closure(root, path)]):
        fitting = [chain for chain in found if chain[-1][0] in read]
        if not fitting:
            found.append([])
        (max(fitting, key=lambda chain: len(chain[-1][1])) if fitting else found[-1]).append((path, read))
    return [([path for path, _ in chain], sorted(chain[-1][1])) for chain in found]


def together(paths, flags):
    included = [word for path in paths for word in ("-include", path)]
    return [COMPILER, *FLAGS, *flags, *included, "-x", "c++", "/dev/null"]


def tasks(root, files):
    """(rule, path, command, paths read): one for each thing to compile or to format."""
    rooms, headers = {}, {"bare": [], "all": []}
    for file in files:
        if not file.is_cpp or file.room is None or file.is_test:
            continue
        if not file.path.endswith(".h"):
            if file.room in rules.CORE:
                rooms.setdefault(file.room, []).append(file.path)
            continue
        if file.room in (*rules.CORE, "acksu"):
            headers["bare"].append(file.path)
        if file.room not in (*rules.CORE, "tools"):
            headers["all"].append(file.path)
    # That the core compiles without exceptions is shown by the build; here it does with them.
    for paths in rooms.values():
        read = sorted({path for file in paths for path in closure(root, file)})
        yield "rooms", paths[0], together(paths, []), read
    for paths, flags in ((headers["bare"], BARE), (headers["all"], [])):
        for chain, read in chains(root, paths):
            yield "headers", chain[-1], together(chain, flags), read
    # To begin takes the formatter longer than a file does.
    paths = [file.path for file in files if file.is_cpp]
    for some in (paths[at:at + AT_ONCE] for at in range(0, len(paths), AT_ONCE)):
        yield "format", some[0], [FORMATTER, "--dry-run", "-Werror", *some], [".clang-format", *some]


@functools.cache
def version_of(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout


@functools.cache
def digest_of(root, path):
    return hashlib.sha256((root / path).read_bytes()).hexdigest()


def fingerprint(root, command, read):
    """A hash of the command, of its program's version, and of all that it reads."""
    digest = hashlib.sha256(repr((version_of(command[0]), command)).encode())
    for path in read:
        digest.update(f"\0{path}\0{digest_of(root, path)}".encode())
    return digest.hexdigest()


def errors(output, path, at_most):
    """(path, line, message) of the first error that a compiler told of each file, at most so many."""
    found = {}
    for where, line, message in re.findall(r"(?m)^([^:\n]+):(\d+):\d+: (?:fatal )?error: (.*)$", output):
        found.setdefault(where.removeprefix("./"), (int(line), message))
    told = [(where, *said) for where, said in found.items()][:at_most]
    return told or [(path, 1, output.strip()[:200])]


def check(root, files, memory, jobs):
    """Runs what did not pass before; yields (rule, path, line, message). memory is a directory."""
    memory.mkdir(parents=True, exist_ok=True)

    def run(task):
        rule, path, command, read = task
        passed = memory / fingerprint(root, command, read)
        if passed.exists():
            return []
        result = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if result.returncode == 0:
            passed.touch()
            return []
        if rule == "format":
            return [(rule, *error) for error in errors(result.stderr, path, AT_ONCE)]
        where, line, message = errors(result.stderr, path, 1)[0]
        if where != path:
            message += f" (in {path})"
        return [(rule, where, line, message)]

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for found in pool.map(run, tasks(root, files)):
            yield from found
