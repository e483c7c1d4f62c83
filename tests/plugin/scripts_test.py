"""Where packetdrill is (ACKSU_PACKETDRILL, or in PATH): our own scripts, by it and the plug-in, as root."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def missing():
    if not os.path.exists(os.environ.get("ACKSU_PACKETDRILL_PLUGIN", "")):
        return "no plug-in was built"
    if not (os.environ.get("ACKSU_PACKETDRILL") or shutil.which("packetdrill")):
        return "packetdrill is not here"
    if os.geteuid() != 0:
        return "only root has network namespaces"
    return None


def main():
    if reason := missing():
        print(f"skip packetdrill scripts: {reason}")
        sys.exit(77)
    command = [sys.executable, "-B", ROOT / "scripts" / "packetdrill.py", ROOT / "tests" / "plugin" / "scripts"]
    sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
