"""./run and ./test on a machine that lacks packages, for somebody who is not root: they name what is
missing and the command that installs it, and touch nothing."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.stubs = self.folder / "stubs"
        self.stubs.mkdir()
        for name in ("run", "test"):
            shutil.copy(ROOT / name, self.folder)
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        self.stub("id", "echo 1000")
        self.stub("apt-get", "echo called >>apt-get-was-called")

    def stub(self, name, script):
        path = self.stubs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def start(self, script, *arguments):
        environment = {**os.environ, "PATH": f"{self.stubs}:{os.environ['PATH']}"}
        return subprocess.run(["bash", script, *arguments], cwd=self.folder, env=environment,
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def test_missing_packages_are_named(self):
        self.stub("dpkg-query", 'echo "g++ installed"')
        for script, some in (("run", ["cmake", "ninja-build", "libcli11-dev"]),
                             ("test", ["libgtest-dev", "tshark", "clang-19"])):
            result = self.start(script)
            self.assertEqual(result.returncode, 2, result)
            self.assertEqual(result.stdout, "")
            missing, way_out = result.stderr.splitlines()
            self.assertTrue(missing.startswith("These Debian packages are missing: "))
            self.assertIn("sudo apt-get install", way_out)
            for line in (missing, way_out):
                self.assertNotIn("g++", line.split())
                for package in some:
                    self.assertIn(package, line.split())
        self.assertFalse((self.folder / "apt-get-was-called").exists())
        self.assertFalse((self.folder / "build").exists())

    def test_arguments(self):
        self.assertEqual(self.start("test", "--help").returncode, 0)
        result = self.start("test", "--loud")
        self.assertEqual(result.returncode, 2)
        self.assertIn("what is '--loud'?", result.stderr)


if __name__ == "__main__":
    unittest.main()
