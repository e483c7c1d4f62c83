"""The plug-in for packetdrill shows the one symbol that is looked for, and the library beside it what it takes over."""

import os
import subprocess
import sys

PLUGIN = os.environ.get("ACKSU_PACKETDRILL_PLUGIN", "")


def exported(path):
    listing = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    return sorted(line.split()[-1] for line in listing.splitlines())


def main():
    if not os.path.exists(PLUGIN):
        print("skip exports: no plug-in was built")
        sys.exit(77)
    assert exported(PLUGIN) == ["packetdrill_interface_init"], exported(PLUGIN)
    beside = PLUGIN.replace("libacksu_packetdrill.so", "libacksu_packetdrill_preload.so")
    assert exported(beside) == ["acksu_preload_calls", "getsockopt", "sendfile", "sendfile64", "system"], exported(beside)


if __name__ == "__main__":
    main()
