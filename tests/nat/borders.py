"""The two borders between a home and the Internet: `acksu router --nat`, and Linux with a masquerade of
nftables. Both stand at the same addresses; all hosts on both sides are played here."""

import fcntl
import os
import select
import socket
import struct
import subprocess
import time

INSIDE, OUTSIDE = "inside", "outside"
HOST, OTHER_HOST = "192.168.7.2", "192.168.7.3"
FAR, OTHER_FAR, HOP = "203.0.113.9", "203.0.113.10", "203.0.113.11"
LAN, WAN = "192.168.7.1", "203.0.113.2"
ASKERS = {INSIDE: "192.168.7.250", OUTSIDE: "203.0.113.250"}
OWN = {INSIDE: LAN, OUTSIDE: WAN}
NEIGHBOURS = {INSIDE: (HOST, OTHER_HOST, ASKERS[INSIDE]), OUTSIDE: (FAR, OTHER_FAR, HOP, ASKERS[OUTSIDE])}
RULES = """table ip home {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state invalid drop
    ct state established,related accept
    iifname "lan0" accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "wan0" masquerade
  }
}
"""


class Stuck(Exception):
    """A border that does not answer."""


def mac_of(address):
    return b"\x02\x00" + socket.inet_aton(address)


class Border:
    """`ports` are the two devices: a frame written there comes to the border, one read has left it."""

    def __init__(self, ports):
        self.ports = ports
        self.macs = {}
        self.mapped = {}  # (protocol, inside address and port) -> the outer port that was seen

    def outer_port(self, protocol, address, port):
        return self.mapped.get((protocol, address, port), port)

    def learn(self):
        """Makes both know each other, so that no packet has to wait."""
        for side in (INSIDE, OUTSIDE):
            self._ask(side)
            self._wait(side, [])

    def play(self, side, packet):
        """What leaves the border because of a packet, as (side, packet) in order for each side."""
        source = socket.inet_ntoa(packet[12:16])
        mac = mac_of(source if source in NEIGHBOURS[side] else NEIGHBOURS[side][0])
        os.write(self.ports[side], self.macs[side] + mac + b"\x08\x00" + packet)
        left = []
        is_quiet = False
        while not is_quiet:
            # Each side is in order: when an answer to a question asked later has come, all has.
            is_quiet = True
            for each in (side, OUTSIDE if side == INSIDE else INSIDE):
                self._ask(each)
                is_quiet &= self._wait(each, left)
        return left

    def _ask(self, side):
        asker, mac = ASKERS[side], mac_of(ASKERS[side])
        question = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + mac + socket.inet_aton(asker)
        os.write(self.ports[side], b"\xff" * 6 + mac + b"\x08\x06" + question + bytes(6) +
                 socket.inet_aton(OWN[side]))

    def _wait(self, side, left):
        """Reads up to the border's answer to us; false if it asked something itself."""
        end = time.monotonic() + 10
        has_asked = False
        while True:
            if not select.select([self.ports[side]], [], [], max(0, end - time.monotonic()))[0]:
                raise Stuck(f"{type(self).__name__} does not answer {side}")
            frame = os.read(self.ports[side], 65536)
            if frame[12:14] == b"\x08\x00":
                size, = struct.unpack(">H", frame[16:18])
                left.append((side, frame[14:14 + size]))
            if frame[12:14] != b"\x08\x06":
                continue
            operation, = struct.unpack(">H", frame[20:22])
            if operation == 2 and socket.inet_ntoa(frame[38:42]) == ASKERS[side]:
                self.macs[side] = frame[22:28]
                return not has_asked
            wanted = socket.inet_ntoa(frame[38:42])
            if operation == 1 and wanted in NEIGHBOURS[side]:
                has_asked = True
                os.write(self.ports[side], frame[6:12] + mac_of(wanted) + b"\x08\x06" +
                         struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + mac_of(wanted) + frame[38:42] +
                         frame[22:28] + frame[28:32])


class Acksu(Border):
    def __init__(self, program):
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
        far = [pair[1].fileno() for pair in pairs]
        self.process = subprocess.Popen(
            [program, "router", "--nat", "--lan", f"tap:fd={far[0]},{LAN}/24", "--wan",
             f"tap:fd={far[1]},{WAN}/24"], pass_fds=far, stdout=subprocess.PIPE, text=True)
        for _, other in pairs:
            other.close()
        self.sockets = [pair[0] for pair in pairs]
        if "Ctrl-C ends it" not in self.process.stdout.readline():
            raise Stuck("acksu router does not start")
        super().__init__({INSIDE: self.sockets[0].fileno(), OUTSIDE: self.sockets[1].fileno()})
        self.learn()

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class Linux(Border):
    """In the namespace that this program runs in."""

    def __init__(self):
        ports = {}
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for side, name, address in ((INSIDE, "lan0", LAN), (OUTSIDE, "wan0", WAN)):
            ports[side] = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(ports[side], 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1002))
            for command in (["sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1",
                             f"net.ipv4.conf.{name}.rp_filter=0"],
                            ["ethtool", "-K", name, "tx", "off", "tso", "off", "gso", "off", "gro", "off"],
                            ["ip", "address", "add", f"{address}/24", "dev", name],
                            ["ip", "link", "set", name, "txqueuelen", "2000", "up"],
                            *(["ip", "neighbour", "add", each, "lladdr", mac_of(each).hex(":"), "dev", name]
                              for each in NEIGHBOURS[side])):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        # Errors are not limited here: what is compared is which of them are told.
        subprocess.run(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratemask=0",
                        "net.ipv4.icmp_msgs_per_sec=100000", "net.ipv4.conf.all.rp_filter=0"], check=True)
        subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
        super().__init__(ports)
        self.learn()

    def close(self):
        for port in self.ports.values():
            os.close(port)
