"""docs/rfc9293.md and docs/rfcs.md say what rules, code and tests say; and what is wrong is found."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

import citations
import requirements

RULES = """# rules
RFC 9293: Transmission Control Protocol
== Opening
MUST-10 3.5: two ends may open to each other at once
MUST-30 3.8.5: there is an urgent mechanism
  not done: why

RFC 5961: Blind attacks
3.2 (1) MUST: a reset counts at one number only, and this
    rule is a long one
3.2 (2) SHOULD: else it is challenged
  in part: not
    always
"""
SECTIONS = "9293: 3.5 3.8.5\n5961: 3.2 4.2\n"
CODE = """// A file.
int open() { return 10; }  // RFC 9293 MUST-10
// RFC 5961 3.2 (1),
// (2): resets
int reset();
"""
TEST = """// A test.
TEST(Open, AtOnce) {  // RFC 9293 MUST-10
}

// RFC 5961 3.2 (1), (2): resets
TEST(Reset, Counts) {
}
"""


class Document(unittest.TestCase):
    def test_is_not_stale(self):
        result = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "requirements.py", "--check"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)


class Places(unittest.TestCase):
    def test_are_read_as_people_write_them(self):
        for text, expected in (
                ("RFC 9293 MUST-10: both", [("9293", "MUST-10")]),
                ("as MUST-37 says", [("9293", "MUST-37")]),
                ("RFC 7323 2.4 (4), (5): what", [("7323", "2.4"), ("7323", "2.4 (4)"), ("7323", "2.4 (5)")]),
                ("RFC 791, 1122 3.2.1 and 3.3", [("1122", "3.2.1"), ("1122", "3.3")]),
                ("(RFC 6298 section 3, RFC 9293 3.10.7.4 fifth)",
                 [("6298", "3"), ("9293", "3.10.7.4"), ("9293", "3.10.7.4 fifth")]),
                ("RFC 4821 sections 5.2 and 7.2", [("4821", "5.2"), ("4821", "7.2")]),
                ("RFC 8257 appendix A.1", [("8257", "A.1")]),
                ("RFC 2018: 3 blocks", []),
                ("RFC 768", [])):
            self.assertEqual(requirements.places_in(text), expected, text)


class Ledger(unittest.TestCase):
    """The script on a small project."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        for name, text in {"docs/requirements/rules.txt": RULES, "docs/requirements/sections.txt": SECTIONS,
                           "src/tcp/a.cpp": CODE, "src/tcp/a_test.cpp": TEST, "tests/x/run": "#!/bin/sh\n",
                           "fuzz/a_fuzz.cpp": "// A target.\n"}.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        before = citations.ROOT, requirements.ROOT, requirements.ROWS
        self.addCleanup(self.restore, before)
        citations.ROOT = requirements.ROOT = self.root
        requirements.ROWS = self.root / "docs" / "requirements"

    @staticmethod
    def restore(before):
        citations.ROOT, requirements.ROOT, requirements.ROWS = before

    def change(self, name, old, new):
        path = self.root / name
        self.assertIn(old, path.read_text())
        path.write_text(path.read_text().replace(old, new))

    def faults(self):
        rows, found, faults = requirements.gather()
        return faults + list(requirements.check(rows, found))

    def test_what_is_right_is_told(self):
        self.assertEqual(self.faults(), [])
        rows, found, _ = requirements.gather()
        numbered = requirements.document("rfc9293.md", rows, found)
        self.assertIn("2 rules: 1 done, 0 in part, 1 not done, 0 not here.", numbered)
        self.assertIn("| MUST-10 | 3.5 | two ends may open to each other at once | done |"
                      " [`src/tcp/a.cpp`](../src/tcp/a.cpp) |"
                      " [`Open.AtOnce`](../src/tcp/a_test.cpp) |  |", numbered)
        others = requirements.document("rfcs.md", rows, found)
        self.assertIn("a reset counts at one number only, and this rule is a long one", others)
        self.assertIn("| in part | [`src/tcp/a.cpp`](../src/tcp/a.cpp) |"
                      " [`Reset.Counts`](../src/tcp/a_test.cpp) | not always |", others)
        self.assertNotIn("MUST-10", others)

    def expect_fault(self, *change_and_fault):
        *change, fault = change_and_fault
        self.change(*change)
        self.assertEqual(self.faults(), [fault])

    def test_a_rule_without_code(self):
        self.expect_fault("src/tcp/a.cpp", "  // RFC 9293 MUST-10", "",
                          "docs/requirements/rules.txt:4: RFC 9293 MUST-10: no code cites it")

    def test_a_rule_without_a_test(self):
        self.expect_fault("src/tcp/a_test.cpp", "(1), (2)", "(1)",
                          "docs/requirements/rules.txt:11: RFC 5961 3.2 (2): no test cites it")

    def test_a_comment_beside_no_test_is_none(self):
        self.change("src/tcp/a_test.cpp", "TEST(Reset, Counts)", "int counts()")
        self.assertEqual(self.faults(), [
            f"docs/requirements/rules.txt:{line}: RFC 5961 3.2 ({rule}): no test cites it"
            for line, rule in ((9, 1), (11, 2))])

    def test_a_rule_that_is_not_done_needs_neither(self):
        self.change("docs/requirements/rules.txt", "  not done: why\n", "")
        self.assertEqual(len(self.faults()), 2)

    def test_a_number_that_does_not_exist(self):
        self.expect_fault("src/tcp/a.cpp", "MUST-10", "MUST-10, MUST-70",
                          "src/tcp/a.cpp:2: RFC 9293 has no MUST-70")

    def test_a_rule_that_does_not_exist(self):
        self.expect_fault("src/tcp/a.cpp", "(2): resets", "(2), (7): resets",
                          "src/tcp/a.cpp:2: RFC 5961 has no 3.2 (7)")

    def test_a_section_that_does_not_exist(self):
        self.expect_fault("src/tcp/a.cpp", "int reset", "int other();  // RFC 5961 9.9\nint reset",
                          "src/tcp/a.cpp:5: RFC 5961 has no 9.9")

    def test_a_rule_of_a_section_that_does_not_exist(self):
        self.expect_fault("docs/requirements/rules.txt", "MUST-10 3.5", "MUST-10 3.6",
                          "docs/requirements/rules.txt:4: RFC 9293 MUST-10: there is no section 3.6")

    def test_a_rule_that_stands_twice(self):
        self.expect_fault("docs/requirements/rules.txt", "3.2 (2) SHOULD", "3.2 (1) MUST: again\n3.2 (2) SHOULD",
                          "docs/requirements/rules.txt:11: RFC 5961 3.2 (1) stands twice")

    def test_a_line_that_says_nothing(self):
        self.expect_fault("docs/requirements/rules.txt", "== Opening", "Opening",
                          "docs/requirements/rules.txt:3: neither a rule nor anything that belongs to one")


if __name__ == "__main__":
    unittest.main()
