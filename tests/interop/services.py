"""acksu's DHCP and DNS, both sides, against dnsmasq, dig and udhcpc; and the way of its datagrams."""

import functools
import re
import shutil

import judge
from lab import ACKSU, KERNEL, PROGRAM, TAP, Lab, expect, wait_until

TESTS = {}


def test(*tools):
    """A test that needs these programs, and is skipped where they are missing."""
    def register(function):
        @functools.wraps(function)
        def run():
            missing = [tool for tool in tools if not shutil.which(tool)]
            return f"skip: missing: {' '.join(missing)}" if missing else function()
        TESTS[function.__name__] = run
        return function
    return register


def dnsmasq(lab, *options):
    server = lab.start("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                       "--user=root", "--log-queries", "--log-facility=-", "--bind-interfaces",
                       "--except-interface=lo", f"--interface={TAP}", "--local=/home.test/",
                       f"--host-record=www.home.test,{KERNEL}", "--cname=alias.home.test,www.home.test",
                       *(f"--txt-record=large.home.test,{letter * 200}" for letter in "abcdefghij"),
                       *options)
    return server.wait_for("started, version")


def dhcp_server(lab, *options):
    leases = lab.directory / "leases"
    server = dnsmasq(lab, "--dhcp-range=10.9.0.100,10.9.0.150,1h", "--domain=home.test", "--no-ping",
                     "--log-dhcp", f"--dhcp-leasefile={leases}", *options)
    return server, leases


def with_lease(lab, verb, *arguments):
    return lab.start(PROGRAM, verb, "--wire", f"tap:{TAP}", "--dhcp", *arguments)


def asks(lab, *arguments):
    return lab.acksu("resolve", "--dns", KERNEL, *arguments)


# ---- acksu asks

@test("dnsmasq")
def names_from_dnsmasq():
    with Lab() as lab:
        dnsmasq(lab)
        capture = lab.capture()
        expect(asks(lab, "www.home.test").succeed() == f"{KERNEL}\n", "the address is another one")
        expect(asks(lab, "--search", "home.test", "www").succeed() == f"{KERNEL}\n", "no search list")
        said = asks(lab, "alias.home.test", "A").succeed()
        expect("CNAME www.home.test" in said and f"IN A {KERNEL}" in said, said)
        missing = asks(lab, "nobody.home.test", "A")
        expect(missing.end() == 1 and "no such name" in missing.output(), missing.tail())
        lab.end_captures()
        judge.judge(capture)


@test("dnsmasq")
def large_answers_come_by_stream():
    with Lab() as lab:
        dnsmasq(lab)
        capture = lab.capture()
        said = asks(lab, "large.home.test", "TXT").succeed()
        expect(said.count("TXT") == 10, said)
        lab.end_captures()
        by_stream = judge.values(capture, "tcp.dstport==53 && tcp.len>0", "tcp.len")
        expect(len(by_stream) == 1, "it was not asked over TCP, once")


@test()
def nobody_serves_names():
    with Lab() as lab:
        silent = asks(lab, "www.home.test")
        expect(silent.end(10.0) == 1 and "name server" in silent.output(), silent.tail())


@test("dnsmasq")
def an_address_from_dnsmasq():
    with Lab() as lab:
        server, leases = dhcp_server(lab)
        capture = lab.capture()
        said = with_lease(lab, "ping", "-c", "2", "-i", "0.1", "www").succeed()
        expect("2 sent, 2 answered" in said, said)
        server.wait_for("DHCPRELEASE")
        expect(leases.read_text() == "", "the lease was not given back")
        lab.end_captures()
        judge.judge(capture)
        probes = judge.values(capture, "arp.src.proto_ipv4==0.0.0.0", "arp.dst.proto_ipv4")
        expect(len(probes) == 3 and len(set(probes)) == 1, f"probed for {probes}")


@test("dnsmasq", "nginx")
def a_page_by_name_with_a_lease():
    with Lab() as lab:
        page = lab.file("page.bin", 100_000)
        dhcp_server(lab)
        lab.nginx()
        out = lab.directory / "out"
        with_lease(lab, "get", "http://www.home.test:8080/page.bin", "-o", out).succeed()
        expect(out.read_bytes() == page.read_bytes(), "the page did not arrive as it was sent")


# ---- acksu answers

def dig(lab, *arguments):
    return lab.run("dig", f"@{ACKSU}", "+tries=1", "+time=3", *arguments)


@test("dig")
def names_for_dig():
    with Lab() as lab:
        large = [option for letter in "abcdefghij"
                 for option in ("--record", f"large.home.test TXT {letter * 200}")]
        capture = lab.capture()
        server = lab.serve("--record", "www.home.test A 10.9.0.7", "--record",
                           "alias.home.test CNAME www.home.test", *large)
        for transport in ("+notcp", "+tcp"):
            said = dig(lab, "+short", transport, "www.home.test", "A")
            expect(said == "10.9.0.7\n", said)
        said = dig(lab, "alias.home.test", "A")
        expect("status: NOERROR" in said and " aa " in said and said.count("10.9.0.7") == 1, said)
        expect("status: NXDOMAIN" in dig(lab, "nobody.home.test"), "it knows what does not exist")
        expect("status: REFUSED" in dig(lab, "www.elsewhere.test"), "it answers for others")
        said = dig(lab, "+nocookie", "large.home.test", "TXT")
        expect("retrying in TCP mode" in said and said.count('"a') == 1, said)
        lab.stop(server)
        lab.end_captures()
        judge.judge(capture)


@test("dnsmasq", "dig")
def names_that_are_asked_on():
    with Lab() as lab:
        dnsmasq(lab)
        server = lab.serve("--forward", "--dns", KERNEL)
        said = dig(lab, "+short", "www.home.test", "A")
        expect(said == f"{KERNEL}\n", said)
        expect("status: NXDOMAIN" in dig(lab, "nobody.home.test"), "the absence was not passed on")
        expect("questions answered" in lab.stop(server), server.tail())


@test("busybox")
def an_address_for_udhcpc():
    with Lab() as lab:
        server = lab.serve("--leases", "10.9.0.100-10.9.0.110", "--record", "www.home.test A 10.9.0.7")
        found = lab.directory / "found"
        script = lab.directory / "script"
        script.write_text(f"#!/bin/sh\n[ \"$1\" != bound ] || env > {found}\n")
        script.chmod(0o755)
        lab.run("busybox", "udhcpc", "-i", TAP, "-f", "-q", "-n", "-t", "5", "-s", script)
        wait_until(found.exists, "the script of udhcpc")
        said = found.read_text()
        for words in ("ip=10.9.0.100", "subnet=255.255.255.0", f"router={ACKSU}", f"dns={ACKSU}",
                      "lease=43200"):
            expect(re.search(f"^{re.escape(words)}$", said, re.M), f"no {words} in {said!r}")
        expect("1 leases given or renewed" in lab.stop(server), server.tail())


# ---- The way of datagrams

@test()
def traceroute_to_the_kernel():
    with Lab() as lab:
        capture = lab.capture()
        for how in ((), ("--icmp",)):
            said = lab.acksu("traceroute", *how, KERNEL).succeed()
            expect(re.search(rf"^ 1  {re.escape(KERNEL)}( +[\d.]+ ms){{3}}$", said, re.M), said)
        lab.end_captures()
        judge.judge(capture, allowed=("Time To Live",))
