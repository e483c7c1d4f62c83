"""acksu explore: every promise is kept within small bounds, a claim is refuted by the shortest way, mistakes are told."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def explore(*arguments):
    return subprocess.run([PROGRAM, "explore", *arguments], capture_output=True, text=True, timeout=800,
                          stdin=subprocess.DEVNULL)


class Explore(unittest.TestCase):
    def expect_kept(self, *arguments):
        result = explore(*arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        last = result.stdout.splitlines()[-1]
        found = re.fullmatch(r"(\d+) states, (\d+) transitions, (\S+) executions covered in [\d.]+ s: every promise "
                             r"was kept, and from each state both sides reach CLOSED", last)
        self.assertTrue(found, last)
        return int(found[1]), int(found[2]), float(found[3])

    def test_every_opening_and_aborts(self):
        states, transitions, executions = self.expect_kept()
        self.assertGreater(states, 10_000)
        self.assertGreater(transitions, states)
        self.assertGreater(executions, 1e6)

    def test_losses_are_no_more_states_than_what_never_arrives(self):
        one = self.expect_kept("--drops", "1", "--open", "passive", "--no-aborts")
        two = self.expect_kept("--drops", "2", "--open", "passive", "--no-aborts")
        self.assertGreater(two[2], one[2])

    def test_any_number_of_losses(self):
        self.expect_kept("--drops", "any", "--open", "passive", "--no-aborts")

    def test_a_claim_is_refuted(self):
        with tempfile.TemporaryDirectory() as folder:
            result = explore("--open", "passive", "--never", "CLOSING", "CLOSING", "--script", f"{folder}/crossed")
            self.assertEqual(result.returncode, 1)
            self.assertIn("BROKEN: the claim is refuted: CLOSING meets CLOSING", result.stdout)
            self.assertIn("and there is no shorter way", result.stdout)
            for side in "ab":
                script = pathlib.Path(folder, f"crossed-{side}.pkt").read_text()
                self.assertRegex(script, r"\+0 [<>] F\. 1:1\(0\) ack 1")

    def test_too_many_states_is_no_proof(self):
        result = explore("--most-states", "1000", "--drops", "1", "--timeouts", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not finished: no promise was broken so far", result.stdout)

    def test_mistakes(self):
        for arguments, says in ((("--drops", "many"), "a number up to 99, or any"),
                                (("--timeouts", "100"), "up to 99"),
                                (("--open", "never"), "passive"),
                                (("--never", "CLOSED", "OPEN"), "as RFC 9293 writes them"),
                                (("--window", "0"), "window")):
            result = explore(*arguments)
            self.assertEqual(result.returncode, 2, result)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(says, result.stderr)


if __name__ == "__main__":
    unittest.main()
