"""A network namespace with a TAP device: the kernel at 10.9.0.1, acksu at 10.9.0.2 on its far end.

Everything that a lab makes (namespace, device, processes, files) ends with it.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

KERNEL = "10.9.0.1"
ACKSU = "10.9.0.2"
TAP = "acksu0"
PEER = pathlib.Path(__file__).with_name("peer.py")
PROGRAM = os.environ.get(
    "ACKSU_PROGRAM", str(pathlib.Path(__file__).resolve().parents[2] / "build" / "acksu"))


class Failure(Exception):
    """What was expected and did not happen."""


def expect(condition, why):
    if not condition:
        raise Failure(why)


def wait_until(condition, what, limit_s=10.0):
    """Waits until condition() is true; a failure names `what` was waited for."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"waited {limit_s:g} s in vain for {what}")
        time.sleep(0.01)


class Process:
    """A program in a lab, its output in a file."""

    def __init__(self, command, log, stdin):
        self.command = command
        self.log = log
        with open(log, "wb") as output:
            self.popen = subprocess.Popen(command, stdin=stdin, stdout=output, stderr=output,
                                          start_new_session=True)

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern, limit_s=10.0):
        """Waits until its output matches."""
        def said():
            if re.search(pattern, self.output()):
                return True
            expect(self.popen.poll() is None, f"it ended: {self.tail()}")
            return False
        wait_until(said, f"'{pattern}' from {self.command[0]}", limit_s)
        return self

    def end(self, limit_s=60.0):
        """Waits for its end; the exit code."""
        try:
            return self.popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"not done after {limit_s:g} s: {self.tail()}") from None

    def succeed(self, limit_s=60.0):
        expect(self.end(limit_s) == 0, f"exit code {self.popen.returncode}: {self.tail()}")
        return self.output()

    def send(self, signal_number):
        self.popen.send_signal(signal_number)

    def tail(self):
        words = [word for word in self.command if not word.startswith(("ip", "netns", "exec"))]
        return f"{' '.join(words[:6])} said: {self.output()[-300:].strip()!r}"

    def kill(self):
        if self.popen.poll() is None:
            try:
                os.killpg(self.popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.popen.wait()


class Lab:
    made = 0

    def __init__(self, mtu=1500, has_queues=False):
        Lab.made += 1
        self.mtu = mtu
        self.queues = ("multi_queue",) if has_queues else ()
        self.name = f"acksu-{os.getpid()}-{Lab.made}"
        self.processes = []
        self.captures = []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="acksu-interop-"))

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, _, error, trace):
        if isinstance(error, Failure):
            broken = [p.tail() for p in self.processes if p.popen.poll() not in (None, 0)]
            error.args = ("; ".join([str(error), *(b for b in broken if b not in str(error))]),)
        for process in reversed(self.processes):
            process.kill()
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL, check=False)
        if kept := os.environ.get("ACKSU_KEEP"):
            shutil.copytree(self.directory, pathlib.Path(kept) / self.name)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _build(self):
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        # Router solicitations and the like are not what these tests are about.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                 "net.ipv6.conf.default.disable_ipv6=1")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "tuntap", "add", TAP, "mode", "tap", *self.queues)
        # A queue that holds a whole window, so that a busy machine does not lose frames.
        self.run("ip", "link", "set", TAP, "mtu", str(self.mtu), "txqueuelen", "20000")
        self.run("ip", "address", "add", f"{KERNEL}/24", "dev", TAP)
        # Checksums that the kernel leaves to a device would look wrong in a capture.
        self.run("ethtool", "-K", TAP, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        self.run("ip", "link", "set", TAP, "up")
        self.hurry(False)

    def hurry(self, is_hurried):
        """Whether the kernel sends again what acksu is a few milliseconds late to acknowledge: on a
        busy machine that is no fault of either."""
        probes, shortest = ("3", "200ms") if is_hurried else ("0", "2s")
        self.run("sysctl", "-qw", f"net.ipv4.tcp_early_retrans={probes}")
        self.run("ip", "route", "change", "10.9.0.0/24", "dev", TAP, "src", KERNEL, "rto_min",
                 shortest)

    def _inside(self, command):
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def run(self, *command, limit_s=60.0, code=0, stdin=None):
        """Runs a program to its end and returns its output; fails unless it exits with `code`."""
        process = self.start(*command, stdin=stdin)
        found = process.end(limit_s)
        expect(code is None or found == code, f"exit code {found}, not {code}: {process.tail()}")
        return process.output()

    def start(self, *command, stdin=None):
        log = self.directory / f"log{len(self.processes)}"
        process = Process(self._inside(command), log, stdin or subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def peer(self, *arguments):
        return self.start("python3", "-B", PEER, *arguments)

    def acksu(self, verb, *arguments):
        mtu = () if self.mtu == 1500 else ("--mtu", self.mtu)
        return self.start(PROGRAM, verb, "--wire", f"tap:{TAP}", "--address", f"{ACKSU}/24", *mtu,
                          *arguments)

    def serve(self, *arguments):
        return self.acksu("serve", *arguments).wait_for("serving .* Ctrl-C ends it")

    def stop(self, server):
        """Ends a server as Ctrl-C does; it must end well and at once."""
        server.send(signal.SIGINT)
        return server.succeed(limit_s=5.0)

    def file(self, name, size):
        """A file of random bytes in the site that servers of this lab serve."""
        site = self.directory / "site"
        site.mkdir(exist_ok=True)
        path = site / name
        with open(path, "wb") as out:
            for at in range(0, size, 1 << 20):
                out.write(os.urandom(min(1 << 20, size - at)))
        return path

    def nginx(self, port=8080, rate="0"):
        """Serves the site; `rate`: of each page, in bytes a second, such as 10m; 0: no limit."""
        (self.directory / "nginx.conf").write_text(f"""
            daemon off; pid {self.directory}/nginx.pid; error_log stderr; user root;
            worker_processes 1;
            events {{ worker_connections 2048; }}
            http {{
              access_log off; sendfile on; client_body_temp_path {self.directory}/t1;
              proxy_temp_path {self.directory}/t2; fastcgi_temp_path {self.directory}/t3;
              uwsgi_temp_path {self.directory}/t4; scgi_temp_path {self.directory}/t5;
              server {{ listen {KERNEL}:{port} backlog=1024; root {self.directory}/site;
                limit_rate {rate}; }}
            }}""")
        server = self.start("nginx", "-e", "stderr", "-c", self.directory / "nginx.conf")
        wait_until(lambda: f"{KERNEL}:{port}" in self.sockets("listening"), "nginx to listen")
        return server

    def sockets(self, state):
        """The kernel's TCP sockets in that state, as ss lists them."""
        return self.run("ss", "-Htan", "state", state)

    def capture(self):
        """Records what the device carries until judge()."""
        path = self.directory / f"capture{len(self.captures)}.pcap"
        process = self.start("tcpdump", "-i", TAP, "-U", "--immediate-mode", "-B", "65536", "-Z", "root",
                             "-w", path)
        process.wait_for("listening on")
        self.captures.append((process, path))
        return path

    @staticmethod
    def has_written_all(tcpdump):
        """Whether what the kernel has handed to a capture stands in its file: on a busy machine it is late."""
        counted = r"(\d+) packets? captured, (\d+) packets? received"
        before = len(re.findall(counted, tcpdump.output()))
        tcpdump.send(signal.SIGUSR1)
        wait_until(lambda: len(re.findall(counted, tcpdump.output())) > before, "tcpdump to count")
        captured, received = re.findall(counted, tcpdump.output())[-1]
        return captured == received

    @staticmethod
    def end_capture(tcpdump):
        if tcpdump.popen.poll() is None:
            wait_until(lambda: Lab.has_written_all(tcpdump), "the capture to be written")
            tcpdump.send(signal.SIGINT)
            tcpdump.succeed()
        lost = re.search(r"(\d+) packets dropped by kernel", tcpdump.output())
        expect(lost and lost[1] == "0", f"the capture is not whole: {tcpdump.tail()}")

    def end_captures(self):
        for process, _ in self.captures:
            self.end_capture(process)
