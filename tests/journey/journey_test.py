"""acksu journey: what it shows, the files it writes, and its mistakes."""

import json
import os
import pathlib
import subprocess
import tempfile
import unicodedata
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def acksu(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Journey(unittest.TestCase):
    def shown(self, *arguments):
        result = acksu("journey", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        for line in result.stdout.split("\n"):
            self.assertLessEqual(columns(line), 100, line)
            self.assertNotIn("\x1b", line)
        return result.stdout

    def test_shows_every_state_from_arp_to_closed(self):
        text = self.shown()
        places = [text.find(part) for part in (
            "who has 10.0.0.2?", "10.0.0.2 is at 02:00:00:00:00:02",
            "LISTEN --syn_received--> SYN-RECEIVED [3.10.7.2]",
            "SYN-SENT --syn_ack_received--> ESTABLISHED [3.10.7.3]",
            "SYN-RECEIVED --syn_acked--> ESTABLISHED [3.10.7.4]",
            "GET / HTTP/1.1", "HTTP/1.1 200 OK",
            "ESTABLISHED --close--> FIN-WAIT-1 [3.10.4]",
            "ESTABLISHED --fin_received--> CLOSE-WAIT [3.10.7.4]",
            "CLOSE-WAIT --close--> LAST-ACK [3.10.4]",
            "FIN-WAIT-2 --fin_received--> TIME-WAIT [3.10.7.4]",
            "LAST-ACK --fin_acked--> CLOSED [3.10.7.4]",
            "TIME-WAIT --time_wait_over--> CLOSED [3.10.8]",
            "Encapsulation", "Sequence number", "HTTP header field", "Summary")]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))
        self.assertEqual(text.count("0 records, 0 timers, 0 B of buffers, 0 B of memory"), 2)

    def test_speaks_korean(self):
        text = self.shown("--lang", "ko")
        for part in ("연결 설정", "연결 해제", "캡슐화", "순서 번호", "요약"):
            self.assertIn(part, text)
        self.assertNotIn("Sequence number", text)

    def test_is_the_same_for_the_same_seed(self):
        arguments = ("--loss", "0.2", "--seed", "5", "--size", "30000")
        self.assertEqual(self.shown(*arguments), self.shown(*arguments))
        self.assertNotEqual(self.shown("--seed", "1"), self.shown("--seed", "2"))

    def test_survives_loss(self):
        text = self.shown("--loss", "0.1", "--seed", "7")
        self.assertIn("× lost", text)
        self.assertIn("(again", text)

    def test_folds_long_pages_unless_told_not_to(self):
        folded = self.shown("--size", "200000")
        self.assertIn("segments, ", folded)
        self.assertGreater(self.shown("--size", "200000", "--all").count("len=1448"), 130)
        self.assertLess(folded.count("len=1448"), 40)

    def test_opens_all_frames(self):
        self.assertEqual(self.shown().count("┌─ Ethernet"), 1)
        self.assertEqual(self.shown("--layers").count("┌─ Ethernet"), 16)

    def test_takes_pages_of_any_size(self):
        for size in ("0", "1", "1448", "100000"):
            self.assertIn("TIME-WAIT --time_wait_over--> CLOSED", self.shown("--size", size))

    def test_writes_json_lines(self):
        result = acksu("journey", "--json", "-")
        self.assertEqual(result.returncode, 0)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(lines[0]["type"], "trace")
        self.assertEqual(sum(line["type"] == "frame_out" for line in lines), 16)
        self.assertEqual(sum(line.get("bytes", 0) for line in lines if line["type"] == "memory"), 0)
        self.assertIn("Summary", result.stderr)

    def test_writes_a_capture(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.pcapng")
            self.shown("--pcap", str(path))
            self.assertEqual(path.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")
            self.assertIn(b"SYN-SENT --syn_ack_received--> ESTABLISHED", path.read_bytes())

    def test_fails_when_nothing_arrives(self):
        result = acksu("journey", "--loss", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the page did not arrive", result.stderr)
        self.assertEqual(acksu("journey", "--pcap", "/nonexistent/x").returncode, 1)

    def test_mistakes(self):
        for arguments in (("--loss", "2"), ("--loss", "-0.1"), ("--loss", "x"), ("--delay", "5"),
                          ("--delay", "-1ms"), ("--rate", "fast"), ("--size", "x"),
                          ("--size", "99999999999"), ("--lang", "fr"), ("--seed", "x")):
            result = acksu("journey", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stdout, "")
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


if __name__ == "__main__":
    unittest.main()
