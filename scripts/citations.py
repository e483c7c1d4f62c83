"""Reading what comments of code and tests cite: for the scripts that write documents from it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]

TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\((\w+),\s*(\w+)")
CODE_COMMENT = re.compile(r"(?:^|\s)//+(.*)")
SCRIPT_COMMENT = re.compile(r"(?:^|\s)#+(.*)")


def is_test(path):
    parts = path.relative_to(ROOT).parts
    return parts[0] in ("tests", "fuzz") or path.stem.endswith("_test")


def test_files():
    for folder in ("src", "tests"):
        yield from sorted((ROOT / folder).rglob("*_test.cpp"))
    yield from sorted((ROOT / "fuzz").glob("*_fuzz.cpp"))
    yield from sorted((ROOT / "tests").rglob("*_test.py"))


def code_files():
    """Product code. The simulator is none: what it cites it checks, or plays."""
    for folder in ("src", "include", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            is_simulator = "sim" in path.relative_to(ROOT).parts
            if path.suffix in (".h", ".cpp", ".inc") and not is_simulator and not is_test(path):
                yield path


def test_at(path, lines, at):
    """The test that the comment of line `at` belongs to; None for none."""
    if path.suffix == ".py":
        return path.stem
    if path.name.endswith("_fuzz.cpp"):
        return "fuzz/" + path.stem.removesuffix("_fuzz")
    below = at
    while below < len(lines) and lines[below].lstrip().startswith("//"):
        below += 1
    places = [below] if below < len(lines) else []
    for place in places + list(range(at, -1, -1)):
        test = TEST.match(lines[place])
        if test:
            return f"{test[1]}.{test[2]}"
        if place < at and lines[place] == "}":
            return None
    return None


def comments(path, lines):
    """[(line, text)]: comments in lines that follow each other are one."""
    opening = SCRIPT_COMMENT if path.suffix in (".py", "") else CODE_COMMENT
    found, is_open = [], False
    for at, line in enumerate(lines):
        comment = opening.search(line)
        if comment and is_open and not line[: comment.start()].strip():
            found[-1] = (found[-1][0], found[-1][1] + " " + comment[1].strip())
        elif comment:
            found.append((at, comment[1].strip()))
        is_open = bool(comment)
    return found
