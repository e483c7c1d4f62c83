"""acksu packetdrill: our own scripts pass over each version of IP, a script that is wrong fails and
says why, and mistakes of the command line get one helpful line."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]
FOLDER = pathlib.Path(__file__).resolve().parent
SCRIPTS = sorted(FOLDER.glob("*.pkt"))


def packetdrill(*arguments):
    return subprocess.run([PROGRAM, "packetdrill", *map(str, arguments)], capture_output=True,
                          text=True, timeout=120, stdin=subprocess.DEVNULL)


def is_of_one_version(script):
    return "--ip_version=" in script.read_text()


class Packetdrill(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_our_scripts_pass_over_each_version(self):
        self.assertGreaterEqual(len(SCRIPTS), 25)
        for version in ("ipv4", "ipv4-mapped-ipv6", "ipv6"):
            scripts = [s for s in SCRIPTS if version == "ipv4" or not is_of_one_version(s)]
            result = packetdrill("--quiet", "--ip-version", version, *scripts)
            self.assertEqual((result.returncode, result.stdout),
                             (0, f"{len(scripts)} of {len(scripts)} passed\n"), version)

    def test_each_script_fails_when_it_expects_one_byte_more(self):
        """A script that cannot fail tests nothing: its last expected segment is given another number."""
        for script in SCRIPTS:
            lines = script.read_text().split("\n")
            last = max((i for i, line in enumerate(lines) if " > " in line and " ack " in line),
                       default=None)
            if last is None:
                continue
            head, tail = lines[last].split(" ack ", 1)
            number, _, rest = tail.partition(" ")
            lines[last] = f"{head} ack {int(number) + 1} {rest}"
            changed = self.folder / script.name
            changed.write_text("\n".join(lines))
            result = packetdrill(changed)
            self.assertEqual(result.returncode, 1, script.name)
            self.assertIn(f"{changed}:", result.stdout)

    def test_what_fails_says_where_and_how(self):
        script = self.folder / "x.pkt"
        script.write_text("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                          "+0 listen(3, 1) = -1 EINVAL (Invalid argument)\n")
        result = packetdrill(script)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{script}:2: listen() has returned 0\n", result.stdout)

    def test_a_script_that_cannot_be_read_is_counted_apart(self):
        script = self.folder / "x.pkt"
        script.write_text("0 < Q 0:0(0)\n")
        result = packetdrill(script, SCRIPTS[0])
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{script}:1: 'Q' are no flags of TCP", result.stdout)
        self.assertIn("1 of 2 passed, 1 could not be played\n", result.stdout)

    def test_ladder_and_capture(self):
        capture = self.folder / "run.pcapng"
        result = packetdrill("--ladder", "--pcap", capture, FOLDER / "passive_open.pkt")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("SYN", result.stdout)
        self.assertEqual(capture.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")

    def test_words_can_be_defined(self):
        script = self.folder / "x.pkt"
        script.write_text("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 listen(3, 1) = RESULT\n")
        self.assertEqual(packetdrill("-D", "RESULT=0", script).returncode, 0)
        self.assertEqual(packetdrill("-D", "RESULT=-1", script).returncode, 1)

    def test_a_suite_is_counted_by_its_folders(self):
        group = self.folder / "group"
        group.mkdir()
        for script in FOLDER.glob("freebsd_*.pkt"):
            (group / script.name).write_text(script.read_text())
        (group / "either.pkt").write_text("0 `sysctl -w net.inet.tcp.blackhole=0`\n#ifdef STANDARD\n"
                                          "+0 listen(3, 1) = 0\n#endif\n+0 `true`\n")
        (group / "wrong.pkt").write_text("0 listen(3, 1) = 0\n")
        result = subprocess.run([sys.executable, FOLDER.parents[1] / "scripts" / "freebsd_suite.py", self.folder,
                                 "--program", PROGRAM], capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("| group | 4 | 3 |\n", result.stdout)
        self.assertIn("not ok group/wrong.pkt: not explained\n", result.stdout)
        self.assertIn("3 of 4 passed, 1 failures not explained\n", result.stdout)

    def test_mistakes(self):
        for arguments, says in (
                ((), "FILE is required"),
                (("/nowhere.pkt",), "'/nowhere.pkt' cannot be read: No such file"),
                (("/",), "'/' cannot be read: Is a directory"),
                (("--tolerance-usecs", "x", SCRIPTS[0]), "--tolerance-usecs: 'x' is no whole number"),
                (("-D", "=x", SCRIPTS[0]), "wants NAME=VALUE"),
                (("-D", "1x=3", SCRIPTS[0]), "wants NAME=VALUE"),
                (("--ip-version", "ipx", SCRIPTS[0]), "--ip-version is ipv4"),
                (("--define", "X", SCRIPTS[0]), "--define wants NAME=VALUE"),
                (("--pcap", "-", "--json", "-", SCRIPTS[0]), "only one of")):
            result = packetdrill(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertIn(says, result.stderr)


if __name__ == "__main__":
    unittest.main()
