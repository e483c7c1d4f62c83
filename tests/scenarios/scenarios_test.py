"""acksu scenario: every scenario proves what it says, in both languages, for several seeds."""

import json
import os
import pathlib
import subprocess
import tempfile
import unicodedata
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]
NAMES = ["simultaneous-open", "simultaneous-close", "half-close", "refused-port", "lost-syn",
         "lost-syn-ack", "lost-last-ack", "repeated-fin-in-time-wait", "old-duplicate-syn",
         "rst-attack", "zero-window", "tail-loss", "syn-flood", "fast-open",
         "marks"]


def acksu(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Scenarios(unittest.TestCase):
    def test_list(self):
        for language in ("en", "ko"):
            result = acksu("scenario", "--list", "--lang", language)
            self.assertEqual([line.split()[0] for line in result.stdout.splitlines()], NAMES)

    def test_each_shows_what_it_says(self):
        for name in NAMES:
            for language in ("en", "ko"):
                for seed in ("1", "2", "3"):
                    with self.subTest(name=name, language=language, seed=seed):
                        self.play(name, "--lang", language, "--seed", seed)

    def play(self, *arguments):
        result = acksu("scenario", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("✓", result.stdout)
        self.assertNotIn("✗", result.stdout)
        self.assertNotIn("\x1b", result.stdout)
        for line in result.stdout.split("\n"):
            self.assertLessEqual(columns(line), 100, line)

    def test_a_forged_reset_makes_nothing_a_retransmission(self):
        self.assertNotIn("(again)", acksu("scenario", "rst-attack").stdout)

    def test_writes_a_file_for_each_run(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.pcapng")
            self.play("old-duplicate-syn", "--pcap", str(path))
            self.assertEqual(sorted(file.name for file in path.parent.iterdir()),
                             ["run-2.pcapng", "run.pcapng"])
        result = acksu("scenario", "old-duplicate-syn", "--json", "-")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(sum(line["type"] == "trace" for line in lines), 2)

    def test_mistakes(self):
        for arguments in ((), ("nothing",), ("lost-syn", "more"), ("--seed", "x", "lost-syn")):
            result = acksu("scenario", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


class States(unittest.TestCase):
    def test_formats(self):
        self.assertIn("FIN-WAIT-1 --fin_acked--> FIN-WAIT-2 [3.10.7.4]\n", acksu("states").stdout)
        self.assertTrue(acksu("states", "--format", "mermaid").stdout.startswith("stateDiagram"))
        self.assertTrue(acksu("states", "--format", "dot").stdout.startswith("digraph"))
        self.assertEqual(acksu("states", "--format", "svg").returncode, 2)


if __name__ == "__main__":
    unittest.main()
