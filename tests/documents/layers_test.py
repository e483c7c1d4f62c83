"""The pages about the layers show what the program prints: each block that begins with `$ ` is run."""

import os
import pathlib
import re
import subprocess
import unittest

PROGRAM = pathlib.Path(os.environ["ACKSU_PROGRAM"]).resolve()
DOCUMENTS = pathlib.Path(__file__).resolve().parents[2] / "docs"
PAGES = ("link.md", "network.md", "transport.md", "application.md", "congestion.md",
         "recovery.md", "addresses.md", "fast-open.md", "buffers.md",
         "ecn.md")


def printed(command):
    shell = f'acksu() {{ "{PROGRAM}" "$@"; }}; set -o pipefail; {command}'
    result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=120,
                            stdin=subprocess.DEVNULL)
    return result.stdout.rstrip("\n")


class Layers(unittest.TestCase):
    def test_pages_show_what_the_program_prints(self):
        for page in PAGES:
            blocks = re.findall(r"^```\n\$ (.*?)\n(.*?)^```$", (DOCUMENTS / page).read_text(),
                                re.M | re.S)
            self.assertGreater(len(blocks), 1, page)
            for command, shown in blocks:
                with self.subTest(page=page, command=command):
                    self.assertEqual(printed(command), shown.rstrip("\n"))


if __name__ == "__main__":
    unittest.main()
