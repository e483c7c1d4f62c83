"""docs/security.md says what the tests say."""

import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).parents[2]


class Document(unittest.TestCase):
    def test_is_not_stale(self):
        result = subprocess.run([sys.executable, "-B", ROOT / "scripts" / "security.py", "--check"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (0, ""), result.stderr)


if __name__ == "__main__":
    unittest.main()
