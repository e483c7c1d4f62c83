"""acksu simulate: many seeds keep every promise, one seed tells its story, mistakes are told."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def simulate(*arguments):
    return subprocess.run([PROGRAM, "simulate", *arguments], capture_output=True, text=True, timeout=800,
                          stdin=subprocess.DEVNULL)


class Simulate(unittest.TestCase):
    def test_a_thousand_seeds_keep_every_promise(self):
        result = simulate("--seeds", "0:1000")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"1000 seeds in .* every promise was kept")

    def test_every_kind_of_path_keeps_every_promise(self):
        told = subprocess.run([PROGRAM, "simulate", "--help"], capture_output=True, text=True).stdout
        paths = re.search(r"--path TEXT:\{([^}]*)\}", told)[1].split(",")
        self.assertGreater(len(paths), 8)
        for path in paths:
            result = simulate("--seeds", "0:100", "--path", path)
            self.assertEqual(result.returncode, 0, result.stdout)
        self.assertNotEqual(simulate("7", "--path", "far").stdout, simulate("7").stdout)

    def test_one_seed_gives_the_same_report_twice(self):
        first = simulate("4711")
        self.assertEqual(first.returncode, 0, first.stdout)
        self.assertTrue(first.stdout.startswith("seed 4711\n"), first.stdout)
        self.assertEqual(first.stdout, simulate("4711").stdout)

    def test_shards_share_the_seeds(self):
        with tempfile.TemporaryDirectory() as folder:
            seen = []
            for shard in ("0/3", "1/3", "2/3"):
                out = pathlib.Path(folder) / shard[0]
                result = simulate("--seeds", "10:40", "--shard", shard, "--out", str(out))
                self.assertEqual(result.returncode, 0, result.stdout)
                seen += [json.loads(line)["seed"] for line in out.read_text().splitlines()]
        self.assertEqual(sorted(seen), list(range(10, 40)))

    def test_the_command_that_it_prints_replays_what_broke(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out"
            many = simulate("--seeds", "0:100", "--most-events", "900", "--out", str(out))
            last = json.loads(out.read_text().splitlines()[-1])
        self.assertEqual(many.returncode, 1, many.stdout)
        broken, heading, command = many.stdout.splitlines()
        self.assertRegex(broken, "^BROKEN: .*the world does not come to rest")
        self.assertEqual(heading, "replay it with")
        self.assertFalse(last["kept"])
        self.assertIn(last["broken"], broken)
        program, verb, *arguments = command.split()
        self.assertEqual((program, verb, arguments[0]), ("acksu", "simulate", str(last["seed"])))
        once = simulate(*arguments)
        self.assertEqual(once.returncode, 1)
        self.assertEqual(once.stdout.splitlines()[-1], broken, "the same promise, at the same step")

    def test_the_digest_is_of_the_run(self):
        digest = simulate("7", "--digest").stdout
        self.assertRegex(digest, r"^[0-9a-f]{16}\n$")
        self.assertEqual(digest, simulate("7", "--digest").stdout)
        self.assertNotEqual(digest, simulate("8", "--digest").stdout)

    def test_the_capture_can_be_standard_output(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([PROGRAM, "simulate", "7", "--pcap", "-"], capture_output=True, timeout=60,
                                    cwd=folder)
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual(result.stdout[:4], b"\x0a\x0d\x0d\x0a")
        self.assertTrue(result.stderr.startswith(b"seed 7\n"), result.stderr)

    def test_the_capture_is_pcapng(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "run.pcapng"
            self.assertEqual(simulate("7", "--pcap", str(path)).returncode, 0)
            self.assertEqual(path.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")

    def test_a_swarm_switches_each_feature_on_about_half_the_time(self):
        result = simulate("--swarm", "--seeds", "0:300")
        self.assertEqual(result.returncode, 0, result.stdout)
        counts = {what: int(count) for count, what in
                  re.findall(r"^ *(\d+)  seeds with (.*)$", result.stdout, re.M)}
        self.assertGreater(len(counts), 40)
        for what, count in counts.items():
            self.assertTrue(75 <= count <= 185, f"{what}: {count}")

    def test_a_seed_of_the_swarm_says_what_is_on(self):
        report = simulate("7", "--swarm")
        self.assertEqual(report.returncode, 0, report.stdout)
        self.assertRegex(report.stdout, r"\n  with [A-Za-z]")
        self.assertNotEqual(report.stdout, simulate("7").stdout)

    def test_a_broken_promise_is_shrunk_to_what_breaks_it(self):
        shrunk = simulate("0", "--most-events", "900", "--shrink")
        self.assertEqual(shrunk.returncode, 1, shrunk.stdout)
        lines = shrunk.stdout.splitlines()
        decisions, enough = re.match(r"of (\d+) decisions of chance (\d+) are enough:", lines[0]).groups()
        self.assertGreater(int(decisions), 20)
        self.assertLessEqual(int(enough), 5)
        self.assertIn("SYN-SENT", shrunk.stdout, "the ladder")
        self.assertRegex(lines[-3], "^BROKEN: .*the world does not come to rest")
        program, verb, *arguments = lines[-1].split()
        self.assertEqual((program, verb), ("acksu", "simulate"))
        again = simulate(*arguments)
        self.assertEqual(again.returncode, 1)
        self.assertEqual(again.stdout.splitlines()[-3:], lines[-3:])
        # What is left is needed, one and all.
        numbers = arguments[-1].split(",")
        self.assertEqual(len(numbers), int(enough))
        for number in numbers:
            fewer = [each for each in numbers if each != number]
            kept = simulate(*arguments[:-1], ",".join(fewer) or "none")
            self.assertEqual(kept.returncode, 0, kept.stdout)

    def test_there_is_nothing_to_shrink_where_all_is_well(self):
        result = simulate("7", "--shrink")
        self.assertEqual((result.returncode, result.stdout),
                         (0, "every promise was kept: there is nothing to shrink\n"))

    def expect_mistake(self, *arguments, says):
        result = simulate(*arguments)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_mistakes(self):
        self.expect_mistake(says="give one seed")
        self.expect_mistake("1", "--seeds", "0:2", says="give one seed")
        self.expect_mistake("1", "--path", "rocky", says="bursts")
        self.expect_mistake("--seeds", "2", says="0:10000")
        self.expect_mistake("--seeds", "2:2", says="0:10000")
        self.expect_mistake("--seeds", "0:2", "--shard", "2/2", says="0/4")
        self.expect_mistake("--seeds", "0:2", "--pcap", "x", says="--pcap")
        self.expect_mistake("1", "--out", "x", says="--out")
        self.expect_mistake("1", "--swarm", "--path", "loss", says="--path")
        self.expect_mistake("--seeds", "0:2", "--shrink", says="--shrink")
        self.expect_mistake("1", "--only", "x", says="3,17")
        self.expect_mistake("1", "--only", "0", says="3,17")
        self.expect_mistake("1", "--only", "2,1", says="3,17")

    def test_a_file_that_cannot_be_written(self):
        result = simulate("--seeds", "0:2", "--out", "/nowhere/file")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write", result.stderr)


if __name__ == "__main__":
    unittest.main()
