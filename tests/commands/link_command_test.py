"""The command line of acksu link and its schedules: one helpful line for each mistake."""

import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


class LinkCommand(unittest.TestCase):
    def expect_mistake(self, *arguments, says, wires=("tap:a", "tap:b")):
        result = subprocess.run([PROGRAM, "link", *wires, *arguments], capture_output=True, text=True,
                                timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def expect_bad_line(self, text, says):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "schedule"
            path.write_text(text)
            self.expect_mistake("--schedule", str(path), says=says)

    def test_wires(self):
        self.expect_mistake(wires=("tap:a",), says="B is required")
        self.expect_mistake(wires=("a", "tap:b"), says="'a' is no wire")
        self.expect_mistake(wires=("tap:a", "tap:a"), says="'tap:a' is both ends")
        self.expect_mistake(wires=("tap:a", "tun:b"), says="both wires must carry the same")
        self.expect_mistake(wires=("tap:a", "ppp:pty:/dev/null"), says="carries octets, not frames")

    def test_amounts(self):
        self.expect_mistake("--rate", "fast", says="'fast' is no rate")
        self.expect_mistake("--delay", "20", says="write it with its unit")
        self.expect_mistake("--loss", "2", says="'2' is no probability")
        self.expect_mistake("--loss", "101%", says="'101%' is no probability")
        self.expect_mistake("--queue", "9000MB", says="'9000MB' is no size")
        self.expect_mistake("--gilbert", "1%", says="'1%' is no P,R")
        self.expect_mistake("--gilbert", "1%,2%,3%,4%,5%", says="too many parts")
        self.expect_mistake("--reorder", "1%,2ms,3", says="too many parts")
        self.expect_mistake("--mtu", "67", says="write 68 to 65535")

    def test_what_does_not_go_together(self):
        self.expect_mistake("--ecn", "--rate", "1mbit", says="write --codel with --ecn")
        self.expect_mistake("--codel", says="write --rate with --codel")
        self.expect_mistake("--b-to-a", "codel", "--a-to-b", "rate=1mbit", says="write --rate")

    def test_directions(self):
        self.expect_mistake("--a-to-b", "speed=1mbit", says="'speed=1mbit' says nothing of a link")
        self.expect_mistake("--a-to-b", "rate", says="write rate=R")
        self.expect_mistake("--b-to-a", "rate=1mbit codel=perhaps", says="neither on nor off")

    def test_schedules(self):
        self.expect_mistake("--schedule", "/nowhere/at/all", says="cannot be read")
        self.expect_bad_line("1s rate=1mbit\n\n# well\n2s rat=1mbit\n", "line 4: 'rat=1mbit' says nothing")
        self.expect_bad_line("soon rate=1mbit\n", "line 1: 'soon' is no time")
        self.expect_bad_line("2s loss=1%\n1s loss=2%\n", "line 2: 1s is before")
        self.expect_bad_line("1s\n", "line 1: nothing changes at 1s")
        self.expect_bad_line("1s a-to-b # nothing\n", "line 1: nothing changes")
        self.expect_bad_line("1s a-to-b cut\n", "line 1: a cable is cut in both directions")
        self.expect_bad_line("1s rate\n", "line 1: 'rate' has no value")
        self.expect_bad_line("1s delay=5\n", "line 1: '5' is no time")
        self.expect_bad_line("1s ecn\n", "line 1: a queue that drops at its tail marks nothing")


if __name__ == "__main__":
    unittest.main()
