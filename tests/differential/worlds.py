"""The two hosts under test: the kernel, behind a TUN device in a network namespace, in real time; and acksu,
by the plug-in that packetdrill loads, in virtual time. Both are driven by the same calls."""

import ctypes
import errno
import fcntl
import heapq
import os
import pathlib
import select
import socket
import struct
import subprocess
import time

import packet

HOST = "10.0.0.1"
DEVICE = "differ0"
CLONE_NEWNET = 0x40000000
PLUGIN = pathlib.Path(os.environ.get(
    "ACKSU_PACKETDRILL_PLUGIN",
    pathlib.Path(os.environ.get("ACKSU_PROGRAM", pathlib.Path(__file__).resolve().parents[2] / "build" / "acksu"))
    .resolve().with_name("libacksu_packetdrill.so")))

INT, LONG, POINTER, SIZE = ctypes.c_int, ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t


class Calls:
    """Calls of sockets, by their number of descriptors and errno."""

    def __init__(self, functions):
        self._functions = functions

    def __call__(self, name, *arguments):
        """What it answered: a number, or the name of an errno."""
        result = self._functions[name](*arguments)
        return errno.errorcode[ctypes.get_errno()] if result < 0 else result

    def socket(self):
        return self("socket", socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, 0)

    def set(self, descriptor, level, name, value):
        data = value if isinstance(value, bytes) else struct.pack("i", value)
        return self("setsockopt", descriptor, level, name, data, len(data))

    def get(self, descriptor, level, name, size=4):
        room, length = ctypes.create_string_buffer(size), ctypes.c_uint32(size)
        result = self("getsockopt", descriptor, level, name, room, ctypes.byref(length))
        return result if isinstance(result, str) else room.raw[:length.value]

    def bits(self, descriptor):
        asked = ctypes.create_string_buffer(struct.pack("ihh", descriptor, 0x7fff, 0), 8)
        self("poll", asked, 1, 0)
        return struct.unpack("ihh", asked.raw)[2]


def name_of(address, port):
    return struct.pack("H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(address) + bytes(8)


# In the order of the table that packetdrill's plug-ins fill (src/packetdrill/interface.h).
TABLE = [
    ("free", None, []), ("socket", INT, [INT] * 3), ("bind", INT, [INT, POINTER, INT]), ("listen", INT, [INT] * 2),
    ("accept", INT, [INT, POINTER, POINTER]), ("connect", INT, [INT, POINTER, INT]),
    ("read", LONG, [INT, POINTER, SIZE]), ("readv", LONG, [INT, POINTER, INT]),
    ("recv", LONG, [INT, POINTER, SIZE, INT]), ("recvfrom", None, []), ("recvmsg", None, []),
    ("write", LONG, [INT, POINTER, SIZE]), ("writev", LONG, [INT, POINTER, INT]),
    ("send", LONG, [INT, POINTER, SIZE, INT]), ("sendto", None, []), ("sendmsg", None, []),
    ("fcntl", INT, [INT] * 3), ("ioctl", None, []), ("close", INT, [INT]), ("shutdown", INT, [INT] * 2),
    ("getsockopt", INT, [INT, INT, INT, POINTER, POINTER]), ("setsockopt", INT, [INT, INT, INT, POINTER, INT]),
    ("poll", INT, [POINTER, ctypes.c_ulong, INT]), ("netdev_send", INT, [POINTER, SIZE]),
    ("netdev_receive", INT, [POINTER, POINTER, POINTER]), ("usleep", INT, [ctypes.c_uint]),
    ("gettimeofday", None, []), ("epoll_create", None, []), ("epoll_ctl", None, []), ("epoll_wait", None, []),
    ("pipe", None, []), ("splice", None, [])]
USED = ("socket", "bind", "listen", "accept", "connect", "recv", "send", "fcntl", "close", "shutdown",
        "getsockopt", "setsockopt", "poll")


class Acksu:
    """One host of acksu, made for one script."""

    # What it has to say now is behind its answer to a ping: so nobody waits for what does not come.
    PINGER = "10.255.255.254"
    plug_in = None

    def __init__(self):
        if Acksu.plug_in is None:
            Acksu.plug_in = ctypes.CDLL(str(PLUGIN), use_errno=True)
        table = (ctypes.c_void_p * (len(TABLE) + 1))()
        Acksu.plug_in.packetdrill_interface_init(f"local={HOST}/8,sysctls=no".encode(), table)
        owner = ctypes.c_void_p(table[0])
        self._functions = {}
        for (name, result, arguments), place in zip(TABLE, table[1:]):
            kind = ctypes.CFUNCTYPE(result, POINTER, *arguments, use_errno=True)
            self._functions[name] = lambda *given, function=kind(place): function(owner, *given)
        self.calls = Calls(self._functions)
        self._room = ctypes.create_string_buffer(65536)
        self._ping = packet.icmp(self.PINGER, HOST, 8, 0, 0, b"")

    def end(self):
        self._functions["free"]()

    def inject(self, data):
        self._functions["netdev_send"](data, len(data))

    def wait(self, milliseconds):
        self._functions["usleep"](1000 * milliseconds)

    def heard(self, _=None):
        """What it has said up to now."""
        self.inject(self._ping)
        result = []
        while True:
            size, stamp = ctypes.c_size_t(len(self._room)), ctypes.c_longlong()
            self._functions["netdev_receive"](self._room, ctypes.byref(size), ctypes.byref(stamp))
            data = self._room.raw[:size.value]
            if packet.addresses(data)[1] == self.PINGER:
                return result
            result.append(data)


class Kernel:
    """Many conversations at once, each with a peer of its own; the namespace is this process's, for good."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        functions = {}
        for name, result, arguments in TABLE:
            if name in USED:
                functions[name] = ctypes.CFUNCTYPE(result, *arguments, use_errno=True)((name, libc))
        self.calls = Calls(functions)
        self._tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._tun, 0x400454ca, struct.pack("16sH22x", DEVICE.encode(), 0x1001))  # TUNSETIFF: bare IP
        self._settle("ipv6/conf/all/disable_ipv6", 1)
        for name, value in (("tcp_no_metrics_save", 1), ("tcp_fastopen", 0), ("tcp_max_syn_backlog", 4096),
                            ("icmp_ratelimit", 0)):
            self._settle(f"ipv4/{name}", value)
        for command in (f"link set {DEVICE} mtu 1500 txqueuelen 20000 up", f"address add {HOST}/8 dev {DEVICE}",
                        "link set lo up"):
            subprocess.run(["ip", *command.split()], check=True)
        self._queues = {}

    @staticmethod
    def _settle(name, value):
        pathlib.Path("/proc/sys/net", name).write_text(f"{value}\n")

    def inject(self, data):
        os.write(self._tun, data)

    def collect(self):
        """Sorts what was said by whom it was said to."""
        while True:
            try:
                data = os.read(self._tun, 65536)
            except BlockingIOError:
                return
            if data[0] >> 4 == 4:
                self._queues.setdefault(packet.addresses(data)[1], []).append(data)

    def heard(self, peer):
        self.collect()
        return self._queues.pop(peer, [])

    def run(self, plays, at_once):
        """Generators that yield how many milliseconds they wait; at most so many at a time."""
        waiting, due, order = list(reversed(plays)), [], 0
        while waiting or due:
            while waiting and len(due) < at_once:
                heapq.heappush(due, (time.monotonic() + 0.002 * len(due), order, waiting.pop()))
                order += 1
            left = due[0][0] - time.monotonic()
            if left > 0:
                select.select([self._tun], [], [], left)
                self.collect()
                continue
            _, number, play = heapq.heappop(due)
            pause = next(play, None)
            if pause is not None:
                heapq.heappush(due, (time.monotonic() + pause / 1000, number, play))
