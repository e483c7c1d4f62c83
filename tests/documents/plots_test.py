"""The pictures of docs/plot.md are those that its commands draw; `scripts/plots.py` writes them anew."""

import os
import pathlib
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
import plots

PROGRAM = str(pathlib.Path(os.environ["ACKSU_PROGRAM"]).resolve())


class Plots(unittest.TestCase):
    def test_pictures_are_what_the_commands_draw(self):
        commands = plots.commands()
        self.assertEqual(sorted(commands), sorted(p.name for p in (ROOT / "docs/plots").iterdir()))
        self.assertGreaterEqual(len(commands), 3)
        for name, words in commands.items():
            with self.subTest(picture=name):
                self.assertEqual(plots.make(PROGRAM, name, words),
                                 (ROOT / "docs/plots" / name).read_bytes())

    def test_pictures_are_well_formed_and_say_what_the_page_says(self):
        said = {"slow-start.svg": ("sent again", "ssthresh", "congestion window", "fast recovery"),
                "zero-window.svg": ("peer's window", "probe"),
                "tail-loss.svg": ("tail loss probe", "fast recovery")}
        for name, words in said.items():
            with self.subTest(picture=name):
                text = (ROOT / "docs/plots" / name).read_text()
                self.assertEqual(xml.etree.ElementTree.fromstring(text).tag,
                                 "{http://www.w3.org/2000/svg}svg")
                self.assertLess(len(text), 100_000)
                for each in words:
                    self.assertIn(each, text)
        self.assertNotIn("loss recovery", (ROOT / "docs/plots/tail-loss.svg").read_text(),
                         "a time-out would be another story")


if __name__ == "__main__":
    unittest.main()
