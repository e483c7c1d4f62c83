"""Multicast: acksu in a group that the kernel speaks to, and what a bridge of the kernel's learns."""

import re

import judge
from lab import KERNEL, TAP, Lab, expect, wait_until

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
