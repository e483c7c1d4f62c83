"""The rules of the house that the text of one file can break. Each rule is a function that takes a
File and yields (line, message); RULES names them all."""

import dataclasses
import functools
import pathlib
import re

import scan

CORE = ("base", "wire", "tcp", "host", "trace", "sim")

# What a room may include besides itself.
ARROWS = {
    "base": (),
    "wire": ("base",),
    "tcp": ("base",),
    "host": ("base", "wire", "tcp"),
    "trace": ("base", "wire", "tcp", "host"),
    "sim": ("base", "wire", "tcp", "host", "trace"),
    "os": ("base", "wire", "tcp", "host"),
    "api": ("base", "wire", "tcp", "host", "trace", "sim", "os", "acksu"),
    "packetdrill": ("base", "wire", "tcp", "host", "trace", "sim", "os", "api", "acksu"),
    "tools": ("base", "wire", "tcp", "host", "trace", "sim", "os", "api", "packetdrill", "acksu"),
    "acksu": (),
}

LIMITS = {"function": 60, "file": 400, "columns": 100, "nesting": 3, "parameters": 4}

FORBIDDEN_IN_CORE = {
    r"#\s*include\s*<(?:iostream|format|mutex|shared_mutex|thread|condition_variable|future|random"
    r"|ctime|time\.h|sys/time\.h|unordered_map|unordered_set)>": "this header",
    r"\b(?:steady|system|high_resolution|utc|file)_clock\b|\bclock_gettime\b|\bgettimeofday\b": "a clock",
    r"::\s*now\s*\(": "a clock's now()",
    r"\btime\s*\(\s*(?:nullptr|NULL|0|&)": "time()",
    r"(?<![\w.>])s?rand\s*\(|\bgetrandom\s*\(|\bgetentropy\s*\(|\barc4random": "entropy",
    r"\brandom_device\b|\bmt19937|\bstd::\w+_distribution\b|\bstd::s?rand\b|\bstd::shuffle\b":
        "a generator or distribution of the standard library",
    r"\bstd::unordered_": "a hashed container",
    r"\b(?:throw|try|catch)\b": "an exception",
    r"\b(?:dynamic_cast|typeid)\b": "run-time types",
}

# Split so that this file keeps the rule.
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/~])/(?:" + "|".join(("home", "Users", "root", "work")) + r")/\w")
VAGUE_NAME = re.compile(r"\b(?:class|struct)\s+(\w*(?:Manager|Helper|Impl|Utils?))\b(?!\s*\()")

CITATION_TYPOS = re.compile(r"\bRFC-?\d|\b(?:rfc|Rfc)[ -]?\d{2,5}\b")
CITATION_NUMBER = re.compile(r"\b(?:MUST|SHLD|MAY|REC) ?\d+|\b(?:MUST|SHLD|MAY|REC)- \d+")
CITED_RULE = re.compile(r"//+ RFC \d+ (?:MUST|SHLD|MAY|REC)-\d+")
CITED_RULE_FULL = re.compile(
    r"//+ RFC \d+ (?:MUST|SHLD|MAY|REC)-\d+(?:\.?$|, [^:]*$|(?:[^\w:][^:]*)?: \S)")


@dataclasses.dataclass
class File:
    """A file of the project: its path from the project's root, and its text."""
    path: str
    text: str

    @functools.cached_property
    def room(self):
        """base … api, tools, acksu (the public headers), or None for what is outside the house."""
        parts = pathlib.PurePath(self.path).parts
        if parts[0] == "src" and len(parts) > 2:
            return parts[1]
        if parts[0] == "include":
            return "acksu"
        return "tools" if parts[0] == "tools" else None

    @property
    def is_cpp(self):
        return self.path.endswith((".cpp", ".h"))

    @property
    def is_test(self):
        return self.path.endswith("_test.cpp")

    @property
    def is_table(self):
        return any(line.startswith("// house: table") for line in self.text.split("\n")[:10])

    @property
    def is_product(self):
        """C++ of the library or the program, where sizes are limited."""
        return self.is_cpp and self.room is not None and not self.is_test

    @functools.cached_property
    def source(self):
        return scan.Source(self.text)

    def matches(self, pattern, text):
        for match in re.finditer(pattern, text):
            yield text.count("\n", 0, match.start()) + 1, match


def arrows(file):
    """A room includes only what stands to its left; a room's tests also the simulator."""
    if file.room is None or not file.is_cpp and not file.path.endswith(".inc"):
        return
    if file.room not in ARROWS:
        yield 1, f"there is no room '{file.room}'"
        return
    allowed = {file.room, *ARROWS[file.room]}
    if file.is_test:
        allowed |= {"sim", "trace", "acksu"}
    include = r'(?m)^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<(acksu/[^>]+)>)'
    for line, match in file.matches(include, file.text):
        path = match[1] or match[2]
        room = path.split("/")[0]
        if room not in ARROWS:
            yield line, f'include "{path}" by room, such as "base/seq.h"'
        elif room not in allowed:
            yield line, f"{file.room} may not include {room} ({path})"


def sizes(file):
    """Functions, files, lines, nesting and parameters stay small; tests and tables excepted."""
    if not file.is_product or file.is_table:
        return
    lines = file.text.rstrip("\n").split("\n")
    if len(lines) > LIMITS["file"]:
        yield LIMITS["file"] + 1, f"file of {len(lines)} lines, at most {LIMITS['file']}"
    for number, line in enumerate(lines, 1):
        if len(line) > LIMITS["columns"]:
            yield number, f"line of {len(line)} columns, at most {LIMITS['columns']}"
    for function in file.source.functions:
        for what, value in (("function", function.lines), ("nesting", function.nesting),
                            ("parameters", function.parameters)):
            if value > LIMITS[what]:
                unit = {"function": "lines"}.get(what, what)
                yield function.line, f"{function.name} has {value} {unit}, at most {LIMITS[what]}"


def core(file):
    """No clock, entropy, threads, streams, exceptions or run-time types in the core rooms."""
    if file.room not in CORE or not file.is_product:
        return
    for pattern, what in FORBIDDEN_IN_CORE.items():
        for line, match in file.matches(pattern, file.source.code):
            yield line, f"the core does without {what}: {' '.join(match[0].split())}"


STATIC = re.compile(r"^(?:inline |constinit )*(?:static|thread_local)\b")
FIXED = re.compile(r"\b(?:const|constexpr|consteval)\b")
NO_VARIABLE = re.compile(
    r"^(?:using|typedef|template|friend|extern|static_assert|namespace|class|struct|union|enum|concept"
    r"|return|asm|requires|public|private|protected|goto|delete|operator)\b")
VARIABLE = re.compile(r"^(?:(?:static|inline|constinit|thread_local) )*[\w:]+[\w:&* ]*[ &*]\w+ ?"
                      r"(?:\[[^\]]*\] ?)*(?:=.*|\{\})?$", re.S)


def statics(file):
    """No variable in the core outlives its owner: no globals, no mutable statics."""
    if file.room not in CORE or not file.is_product:
        return
    for statement in file.source.statements:
        text = " ".join(statement.text.split())
        if FIXED.search(text.split("=")[0]) or NO_VARIABLE.match(text):
            continue
        declaration = scan.plain(text)
        if statement.scope == "function" and STATIC.match(text):
            yield statement.line, f"a mutable static in a function: {text[:60]}"
        elif statement.scope == "type" and STATIC.match(text) and "(" not in declaration:
            yield statement.line, f"a mutable static member: {text[:60]}"
        elif statement.scope in ("file", "namespace") and VARIABLE.match(declaration):
            yield statement.line, f"a mutable global: {text[:60]}"


def words(file):
    """Nothing unfinished, no path of one machine, no names that say nothing."""
    for line, match in file.matches(UNFINISHED, file.text):
        yield line, f"finish it or file it: {match[0]}"
    for line, match in file.matches(MACHINE_PATH, file.text):
        yield line, f"a path of one machine: {match[0]}…"
    if file.is_cpp and file.room:
        for line, match in file.matches(VAGUE_NAME, file.source.code):
            yield line, f"a name that says nothing: {match[1]}"


def opening(file):
    """Each C++ file says in its first line what it is."""
    if file.is_cpp and not re.match(r"//+ *\w", file.text):
        yield 1, "the first line does not say what this file is"


def citations(file):
    """RFC citations have the form that scripts read: `RFC 9293 MUST-10: simultaneous open`."""
    if not file.is_cpp:
        return
    for number, line in enumerate(file.text.split("\n"), 1):
        start = line.find("//")
        comment = line[start:] if start >= 0 else ""
        if typo := CITATION_TYPOS.search(comment) or CITATION_NUMBER.search(comment):
            yield number, f"write `RFC 9293 MUST-10`, not `{typo[0]}`"
        elif CITED_RULE.match(comment) and not CITED_RULE_FULL.match(comment):
            yield number, "after a cited rule comes `: ` and what it says, or nothing"


RULES = (arrows, sizes, core, statics, words, opening, citations)
