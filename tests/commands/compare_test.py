"""bench/compare with programs that only say figures: medians, ratios, what is said of peers that are missing or
fail, and mistakes of its command line."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).resolve().parents[2] / "bench" / "compare"

# Says a rate that grows from call to call, so that only a median of three is the one in the middle.
COUNTING = """#!/bin/sh
echo "$@" >>{folder}/calls
count=$(($(cat {folder}/{name}.count 2>/dev/null || echo 0) + 1))
echo $count >{folder}/{name}.count
echo '{{"cycles_per_s":'$(({rate} * count * count))', "others": {others}, "bytes_per_end": {rate}}}'
"""


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.drivers = self.folder / "drivers"
        self.drivers.mkdir()
        self.program = self.write(self.folder / "acksu", self.counting("acksu", 500_000))

    def counting(self, name, rate, others=1000):
        return COUNTING.format(folder=self.folder, name=name, rate=rate, others=others)

    def write(self, path, script):
        path.write_text(script)
        path.chmod(0o755)
        return path

    def compare(self, *words):
        return subprocess.run([sys.executable, "-B", COMPARE, "--program", self.program, "--drivers", self.drivers,
                               *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def test_medians_and_ratios(self):
        self.write(self.drivers / "lwip", self.counting("lwip", 100_000))
        (self.drivers / "lwip.version").write_text("lwIP 9.9\n")
        (self.drivers / "netstack.why").write_text("no Go here\n")
        self.write(self.drivers / "linux", "#!/bin/sh\necho 'needs root' >&2\nexit 1\n")
        result = self.compare("--only", "crr --others", "--rounds", "3", "--json", self.folder / "all")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("| `crr --others 1000` | 2.00 M/s | 400 k/s, 5.00 | - |\n", result.stdout)
        self.assertIn("; lwIP 9.9.", result.stdout)
        self.assertIn("gVisor netstack was not built: no Go here\n", result.stdout)
        self.assertEqual(result.stdout.count("Linux over veth, `crr --others 1000`: needs root\n"), 1)
        calls = (self.folder / "calls").read_text().splitlines()
        self.assertEqual(calls, ["bench crr --others 1000 --seconds 0.5 --json",
                                 "crr --others 1000 --seconds 0.5 --json"] * 3)
        told = [json.loads(line) for line in (self.folder / "all").read_text().splitlines()]
        self.assertEqual([each["cycles_per_s"] for each in told if each["program"] == "lwip"],
                         [100_000, 400_000, 900_000])

    def test_less_memory_is_better_and_changed_conditions_are_said(self):
        self.write(self.drivers / "netstack", '#!/bin/sh\necho \'{"bytes_per_end": 2000000, "connections": 9}\'\n')
        result = self.compare("--only", "idle", "--rounds", "1")
        self.assertIn("| 500,000 B an end | 2,000,000 B an end (connections 9), 4.00 |\n", result.stdout)

    def test_what_stands_below_the_table_stays(self):
        page = self.folder / "page.md"
        page.write_text("# old\n\n| old |\n\n## Why\n\nBecause.\n")
        self.assertEqual(self.compare("--only", "idle", "--rounds", "1", "--table", page).returncode, 0)
        text = page.read_text()
        self.assertTrue(text.endswith("\n\n## Why\n\nBecause.\n"), text)
        self.assertNotIn("old", text)
        self.assertIn("lwIP was not built: see bench/peers", text)

    def test_when_nothing_runs_it_fails(self):
        self.write(self.program, "#!/bin/sh\necho nonsense\n")
        self.assertEqual(self.compare("--only", "idle", "--rounds", "1").returncode, 1)

    def test_mistakes(self):
        for words, said in ((["--only", "walk"], "no row has the text 'walk'"),
                            (["--rounds", "0"], "--rounds is at least 1"),
                            (["--seconds", "0"], "--seconds from 0.1"),
                            (["--drivers", self.folder / "none"], "there is no folder"),
                            (["--program", self.folder / "none"], "there is no ")):
            result = self.compare(*words)
            self.assertEqual((result.returncode, result.stdout), (2, ""), words)
            self.assertRegex(result.stderr, rf"\Abench/compare: .*{said}.*\n\Z")
        peers = subprocess.run([COMPARE.with_name("peers"), "smoltcp"], capture_output=True, text=True, timeout=60)
        self.assertEqual(peers.returncode, 2)
        self.assertIn("what is 'smoltcp'?", peers.stderr)


if __name__ == "__main__":
    unittest.main()
