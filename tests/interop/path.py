"""Two hosts at the ends of `acksu link`: kernels in network namespaces of their own, each on a TAP
device, or programs of acksu on stream sockets. Everything ends with it. A second host, of acksu,
can share the far end with a kernel, behind a bridge: what both send meets in the link."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from lab import PEER, PROGRAM, Process, expect

NEAR, FAR, BESIDE = "10.8.0.1", "10.8.0.2", "10.8.0.3"
NEAR6, FAR6 = "2001:db8:8::1", "2001:db8:8::2"


class Path:
    """`words` are the options of acksu link; `kernels` says which ends are kernels. `is_shared`: the
    far end, a kernel, has a place beside it for `acksu_beside`."""

    made = 0

    def __init__(self, *words, kernels=(True, True), program=PROGRAM, is_shared=False):
        Path.made += 1
        self.words = words
        self.kernels = kernels
        self.program = program
        self.is_shared = is_shared
        self.names = [f"acksu-{os.getpid()}-{Path.made}-{side}" for side in ("near", "far")]
        self.addresses = (NEAR, FAR)
        self.processes = []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="acksu-path-"))
        self.statistics = self.directory / "statistics.json"

    def __enter__(self):
        try:
            for side in (0, 1):
                if self.kernels[side]:
                    self._build(side)
            if self.is_shared:
                self._share()
            self._start_link()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, _, error, trace):
        for process in reversed(self.processes):
            process.kill()
        for name, is_kernel in zip(self.names, self.kernels):
            if is_kernel:
                subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _build(self, side):
        subprocess.run(["ip", "netns", "add", self.names[side]], check=True)
        for command in (["sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
                         "net.ipv6.conf.all.accept_ra=0", "net.ipv6.conf.default.accept_ra=0"],
                        ["ip", "link", "set", "lo", "up"],
                        ["ip", "tuntap", "add", "path0", "mode", "tap"],
                        ["ip", "address", "add", f"{self.addresses[side]}/24", "dev", "path0"],
                        ["ip", "address", "add", f"{(NEAR6, FAR6)[side]}/64", "dev", "path0"],
                        # Neighbours are known: questions for them are not what a path is asked.
                        ["ip", "link", "set", "path0", "address", self.card(side)],
                        ["ip", "link", "set", "path0", "up"]):
            self.run(side, *command)
        if self.kernels[1 - side]:
            for other in (self.addresses[1 - side], (NEAR6, FAR6)[1 - side]):
                self.run(side, "ip", "neighbour", "replace", other, "lladdr", self.card(1 - side),
                         "dev", "path0", "nud", "permanent")

    def _share(self):
        """The far kernel's address moves to a bridge between the link's end and another device."""
        for command in (["ip", "address", "flush", "dev", "path0"],
                        ["ip", "link", "set", "path0", "address", "02:00:00:00:08:12"],
                        ["ip", "tuntap", "add", "path1", "mode", "tap"],
                        ["ip", "link", "add", "bridge0", "type", "bridge"],
                        ["ip", "link", "set", "bridge0", "address", self.card(1)],
                        ["ip", "link", "set", "path0", "master", "bridge0"],
                        ["ip", "link", "set", "path1", "master", "bridge0"],
                        ["ip", "link", "set", "path1", "up"],
                        ["ip", "link", "set", "bridge0", "up"],
                        ["ip", "address", "add", f"{self.addresses[1]}/24", "dev", "bridge0"],
                        ["ip", "neighbour", "replace", self.addresses[0], "lladdr", self.card(0),
                         "dev", "bridge0", "nud", "permanent"]):
            self.run(1, *command)

    def acksu_beside(self, verb, *arguments):
        """A program of acksu beside the far kernel, at the address BESIDE."""
        return self.start(1, "python3", "-B", PEER, "with-tap", "path1:8", self.program, verb, "--wire",
                          "tap:fd=8", "--address", f"{BESIDE}/24", *arguments)

    @staticmethod
    def card(side):
        return f"02:00:00:00:08:0{side + 1}"

    def _start_link(self):
        inherited, wires = [], []
        for side in (0, 1):
            if self.kernels[side]:
                inherited += [*self._inside(side), "python3", "-B", PEER, "with-tap", f"path0:{8 + side}"]
                wires.append(f"tap:fd={8 + side}")
            else:
                wires.append(f"unix-listen:{self.socket(side)}")
        self.link = self.start(None, *inherited, self.program, "link", *wires, "--json",
                               self.statistics, *self.words)
        self.link.wait_for("Ctrl-C ends it")

    def socket(self, side):
        return self.directory / f"socket{side}"

    def _inside(self, side):
        return ["ip", "netns", "exec", self.names[side]]

    def start(self, side, *command):
        """A program on the kernel of that side; None: on neither."""
        whole = [*(self._inside(side) if side is not None else []), *map(str, command)]
        log = self.directory / f"log{len(self.processes)}"
        process = Process(whole, log, subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def run(self, side, *command, limit_s=60.0):
        return self.start(side, *command).succeed(limit_s)

    def acksu(self, side, verb, *arguments):
        """A program of acksu as the host of that side."""
        return self.start(None, self.program, verb, "--wire", f"unix:{self.socket(side)}", "--address",
                          f"{self.addresses[side]}/24", *arguments)

    def stop(self):
        """Ends the link as Ctrl-C does; what it counted, and what it said."""
        self.link.send(signal.SIGINT)
        said = self.link.succeed(limit_s=5.0)
        statistics = json.loads(self.statistics.read_text())
        expect(statistics["seconds"] > 0, f"the link lasted {statistics['seconds']} s")
        return statistics, said
