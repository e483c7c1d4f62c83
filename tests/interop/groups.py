"""Multicast: acksu in a group that the kernel speaks to, and what a bridge of the kernel's learns."""

import errno
import re

import judge
from lab import ACKSU, KERNEL, TAP, Lab, expect, wait_until

TESTS = {}
GROUP = "239.7.7.7"
PORT = "5000"
BRIDGE = "acksubr0"

SPEAK = f"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 3)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("{KERNEL}"))
s.sendto(b"to all members", (sys.argv[1], {PORT}))
"""


OSPF_GROUP = "224.0.0.5"

# A router of the kernel's side, as far as it says Hello to all OSPF routers and hears one answer (RFC 2328 A.3.2).
HELLO = f"""
import socket, struct
def summed(data):
    total = sum(struct.unpack(f"!{{len(data) // 2}}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
router = socket.inet_aton("{KERNEL}")
body = struct.pack("!4sHBBI4s4s", socket.inet_aton("255.255.255.0"), 10, 2, 1, 40, router, bytes(4))
head = struct.pack("!BBH4s4sHH8s", 2, 1, 24 + len(body), router, bytes(4), 0, 0, bytes(8))
hello = head[:12] + struct.pack("!H", summed(head[:16] + body)) + head[14:] + body
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, router)
s.settimeout(10)
s.sendto(hello, ("{OSPF_GROUP}", 0))
packet, sender = s.recvfrom(2000)
print("same" if packet[(packet[0] & 15) * 4:] == hello else "other", sender[0])
"""

# What the kernel says about a protocol that acksu does not speak.
STRANGER = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
s.settimeout(10)
s.connect(("{ACKSU}", 0))
s.send(b"anybody?")
try:
    print("heard", s.recv(2000))
except OSError as error:
    print("refused", error.errno)
"""


def test(function):
    TESTS[function.__name__] = function
    return function


def speak(lab, group):
    lab.run("python3", "-B", "-c", SPEAK, group)


def hear(lab, *arguments):
    return lab.acksu("hear", GROUP, "-p", PORT, *arguments).wait_for("in group")


@test
def a_group_that_the_kernel_speaks_to():
    with Lab() as lab:
        capture = lab.capture()
        member = hear(lab, "-c", "1", "--stats")
        speak(lab, "239.7.7.8")
        speak(lab, GROUP)
        said = member.succeed()
        expect(f"14 bytes from {KERNEL}:" in said and "ttl=3" in said, said)
        expect(re.search(r"\b1\s+dropped: ip group not joined", said), f"the other group was not refused: {said}")
        lab.end_captures()
        judge.judge(capture)
        types = judge.values(capture, "igmp.type==0x22 && ip.ttl==1 && ip.opt.ra==0 && "
                             "ip.dst==224.0.0.22 && ip.src==10.9.0.2", "igmp.record_type")
        expect(types[:1] == ["4"] and types[-1:] == ["3"], f"records of types {types}: 4 joins, 3 leaves")


def bridged(lab, version):
    """The kernel's address on a bridge that asks who listens, and sends to nobody else."""
    lab.run("ip", "link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
            "mcast_query_interval", "200", "mcast_query_response_interval", "100",
            "mcast_startup_query_interval", "100", "mcast_igmp_version", str(version))
    lab.run("ip", "address", "del", f"{KERNEL}/24", "dev", TAP)
    lab.run("ip", "link", "set", TAP, "master", BRIDGE)
    lab.run("ip", "address", "add", f"{KERNEL}/24", "dev", BRIDGE)
    lab.run("ip", "link", "set", BRIDGE, "up")


def members(lab):
    return lab.run("bridge", "mdb", "show", "dev", BRIDGE)


def a_bridge_learns(version):
    with Lab() as lab:
        bridged(lab, version)
        capture = lab.capture()
        member = hear(lab, "-c", "2")
        wait_until(lambda: f"grp {GROUP}" in members(lab), "the bridge to learn of the member")
        speak(lab, GROUP)
        member.wait_for("14 bytes from")
        # Asked again and again, acksu answers, so that the bridge does not forget.
        counts = f"igmp.type==0x{'16' if version == 2 else '22'} && ip.src==10.9.0.2"
        wait_until(lambda: len(judge.values(capture, counts, "igmp.type")) >= 4, "answers", 30.0)
        expect(f"grp {GROUP}" in members(lab), "the bridge has forgotten the member")
        speak(lab, GROUP)
        member.succeed()
        wait_until(lambda: f"grp {GROUP}" not in members(lab), "the bridge to learn that it left", 30.0)
        lab.end_captures()
        judge.judge(capture)


@test
def a_bridge_learns_of_a_member_by_igmpv3():
    return a_bridge_learns(3)


@test
def a_bridge_learns_of_a_member_by_igmpv2():
    return a_bridge_learns(2)


@test
def a_router_of_the_kernel_says_hello_by_a_raw_socket():
    with Lab() as lab:
        capture = lab.capture()
        router = lab.acksu("hear", OSPF_GROUP, "--protocol", "89", "--answer").wait_for("in group")
        said = lab.run("python3", "-B", "-c", HELLO)
        expect(said.split() == ["same", ACKSU], f"the kernel's router heard: {said}")
        router.wait_for(f"44 bytes from {KERNEL} to {OSPF_GROUP} ttl=1")
        lab.end_captures()
        judge.judge(capture)
        types = judge.values(capture, f"ospf && ip.src=={ACKSU}", "ospf.msg")
        expect(types == ["1"], f"tshark saw of acksu's OSPF packets the types {types}")


@test
def a_protocol_that_nobody_speaks_is_unreachable():
    with Lab() as lab:
        lab.serve("--discard")
        said = lab.run("python3", "-B", "-c", STRANGER)
        expect(said.split() == ["refused", str(errno.ENOPROTOOPT)], f"the kernel was told: {said}")
