"""acksu replay: mistakes of its command line, files that are no captures, and what it prints."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def acksu(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL, check=False)


class ReplayCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.capture = pathlib.Path(cls.folder.name, "run.pcapng")
        acksu("journey", "--size", "20000", "--hop", "ends", "--pcap",
              cls.capture).check_returncode()

    def file(self, content):
        path = pathlib.Path(self.folder.name, "input")
        path.write_bytes(content)
        return path

    def expect_mistake(self, *arguments, says, code=2):
        result = acksu("replay", *arguments)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertIn(says, result.stderr)

    def test_mistakes(self):
        self.expect_mistake(says="FILE is required")
        self.expect_mistake(self.capture, "--end", "both", says="--end")
        self.expect_mistake(self.capture, "--ignore", "seq", says="--ignore")
        self.expect_mistake(self.capture, "--tolerance", "soon", says="'soon' is no")
        self.expect_mistake(self.capture, "--connection", "99", says="there is no connection '99'")
        self.expect_mistake("/nowhere/at/all", says="cannot read /nowhere/at/all", code=1)
        self.expect_mistake("/", says="cannot read /: Is a directory", code=1)

    def test_what_is_no_capture(self):
        self.expect_mistake(self.file(b""), says="is no capture")
        self.expect_mistake(self.file(b"GET / HTTP/1.1\r\n"), says="is no capture")
        head = self.capture.read_bytes()[:100]
        self.expect_mistake(self.file(head), says="has no packet of TCP")

    def test_what_is_cut_off(self):
        whole = self.capture.read_bytes()
        result = acksu("replay", self.file(whole[:len(whole) - 30]))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("a block is cut off; what was before it is played", result.stderr)

    def test_ladder_sum_and_lines(self):
        result = acksu("replay", self.capture, "--end", "client", "--connection", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("acksu is the client", result.stdout)
        self.assertRegex(result.stdout, r"= +0\.000 +--> SYN 0 win \d+ <mss 1460,")
        self.assertRegex(result.stdout, r"\d+ heard; \d+ same, \d+ differs")
        short = acksu("replay", self.capture, "--sum", "--connection", "1").stdout
        self.assertEqual(len(short.splitlines()), 3, short)
        lines = [json.loads(line) for line in
                 acksu("replay", self.capture, "--json", "--connection", "1").stdout.splitlines()]
        self.assertEqual(lines[0]["kind"], "connection")
        self.assertEqual(lines[-1]["kind"], "sum")
        self.assertEqual(lines[-1]["heard"] + lines[-1]["same"] + lines[-1]["differs"] +
                         lines[-1]["only recorded"] + lines[-1]["only acksu"], len(lines) - 2)


if __name__ == "__main__":
    unittest.main()
