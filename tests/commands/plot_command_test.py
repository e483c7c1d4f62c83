"""acksu plot: mistakes of its command line, what it reads, and that its pictures are well-formed."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM = os.environ["ACKSU_PROGRAM"]
SVG = "{http://www.w3.org/2000/svg}"
JOURNEY = ("journey", "--size", "60000", "--loss", "0.02", "--hop", "ends", "--seed", "3")


def acksu(*arguments, text=True, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=text, timeout=120,
                          **(options or {"stdin": subprocess.DEVNULL}))


class PlotCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.trace = pathlib.Path(cls.folder.name, "run.json")
        cls.capture = pathlib.Path(cls.folder.name, "run.pcapng")
        cls.drawn = pathlib.Path(cls.folder.name, "run.svg")
        acksu(*JOURNEY, "--json", cls.trace, "--pcap", cls.capture, "--plot",
              cls.drawn).check_returncode()

    def picture(self, *arguments):
        result = acksu("plot", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(xml.etree.ElementTree.fromstring(result.stdout).tag, SVG + "svg")
        return result.stdout

    def expect_mistake(self, *arguments, says, code=2):
        result = acksu("plot", *arguments)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_mistakes(self):
        self.expect_mistake(says="INPUT is required")
        self.expect_mistake(self.trace, "--what", "cwnd", says="--what")
        self.expect_mistake(self.trace, "--connection", "9", says="--list names 4")
        self.expect_mistake(self.trace, "--connection", "10.0.0.1:1", says="there is no connection")
        self.expect_mistake(self.trace, "--from", "soon", says="'soon' is no")
        self.expect_mistake(self.trace, "--from", "2s", "--to", "1s", says="later than --from")
        self.expect_mistake(self.trace, "--lang", "fr", says="--lang")

    def test_what_cannot_be_read(self):
        def file(content):
            path = pathlib.Path(self.folder.name, "input")
            path.write_bytes(content)
            return path
        self.expect_mistake("/nowhere/at/all", says="cannot read /nowhere/at/all", code=1)
        self.expect_mistake(file(b""), says="neither a trace", code=1)
        self.expect_mistake(file(b"GIF89a"), says="neither a trace", code=1)
        self.expect_mistake(file(b'{"type":"trace","hosts":[]}\n'), says="no connection", code=1)
        self.expect_mistake(file(b'{"type":"trace","hosts":[]}\n{"type":"rtt"}\n'), says="line 2", code=1)
        self.expect_mistake(file(b'{"type":"trace"'), says="line 1 is no line of a trace: it is cut off", code=1)
        self.expect_mistake(file(b'{"type":"trace","hosts":7}\n{"type":7}\n'), says="not what it has to be", code=1)
        self.expect_mistake(file(b'{"type":"trace"}\n'), says="a member is missing", code=1)
        self.expect_mistake(file(b'{"type":"trace","version":2,"hosts":[]}\n'),
                            says="version 2 is not known, only 1", code=1)
        self.expect_mistake("/", says="cannot read /: Is a directory", code=1)
        head = self.trace.read_bytes().splitlines()[0]
        self.expect_mistake(file(head + b'\n{"type":"move","time_ns":1,"host":"nobody"}\n'),
                            says="its host is not in the first line", code=1)
        cut = self.capture.read_bytes()[:-5]
        result = acksu("plot", file(cut), "-o", os.devnull)
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("a block is cut off; what was before it is plotted", result.stderr)

    def test_a_trace(self):
        text = self.picture(self.trace)
        for words in (">cwnd<", ">in flight<", ">RTO<", ">limited by<", "again (", "seen by the sender"):
            self.assertIn(words, text)
        self.assertEqual(text, self.picture(self.trace), "the same input, the same bytes")
        self.assertEqual(text, self.drawn.read_text(), "journey draws the same")
        with open(self.trace, "rb") as lines:
            self.assertEqual(text, acksu("plot", "-", stdin=lines).stdout)

    def test_a_capture(self):
        text = self.picture(self.capture)
        for words in ("from a capture", "From packets only", "(from packets)"):
            self.assertIn(words, text)
        for words in (">cwnd<", ">RTO<", ">limited by<"):
            self.assertNotIn(words, text)

    def test_another_program_reads_the_same_of_a_capture(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is missing")
        read = subprocess.run(["tshark", "-r", str(self.capture), "-Y", "tcp.srcport==80 && tcp.len>0 && "
                               "frame.interface_id==5", "-T", "fields", "-e", "tcp.seq", "-e", "tcp.len"],
                              capture_output=True, text=True, timeout=60).stdout
        segments = [tuple(map(int, line.split())) for line in read.splitlines()]
        size = max(seq + length for seq, length in segments) - 1
        row = acksu("plot", self.capture, "--list").stdout.splitlines()[1].split()
        self.assertEqual(row[1], f"{size:,}")
        text = self.picture(self.capture)
        self.assertIn(f"{size:,} bytes in", text)
        self.assertIn(f"{len(segments)} segments with text", text)

    def test_choosing(self):
        rows = [line.split() for line in acksu("plot", self.trace, "--list").stdout.splitlines()[1:]]
        self.assertEqual(len(rows), 4)
        self.assertIn("web server (sends)", acksu("plot", self.trace, "--list").stdout)
        for number, row in enumerate(rows, 1):
            by_number = self.picture(self.trace, "--connection", number)
            self.assertIn(row[3].replace("-", " → "), by_number)
        first = self.picture(self.trace, "--connection", rows[0][3])
        self.assertEqual(first, self.picture(self.trace))
        self.assertEqual(first, self.picture(self.trace, "--connection", rows[0][3].split("-")[1]))

    def test_panels_and_times(self):
        text = self.picture(self.trace, "--what", "rtt,window")
        self.assertIn(">RTO<", text)
        self.assertNotIn(">throughput", text)
        self.assertNotIn(">sequence", text)
        part = self.picture(self.trace, "--from", "100ms", "--to", "150ms")
        self.assertLess(len(part), len(self.picture(self.trace)))
        self.assertIn("보낸 데이터", self.picture(self.trace, "--lang", "ko"))

    def test_nothing_to_draw(self):
        result = acksu("scenario", "refused-port", "--plot", os.devnull)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn("no connection in it has text", result.stderr)
        result = acksu("journey", "--plot", "-", "--json", "-")
        self.assertEqual(result.returncode, 2, result)
        self.assertIn("only one of --pcap, --json and --plot", result.stderr)


if __name__ == "__main__":
    unittest.main()
