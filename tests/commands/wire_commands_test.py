"""The commands on a real wire, as far as they go without one: mistakes of the command line, and
what stands between them and the wire."""

import json
import os
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]
HOST = ("--wire", "tap:acksu0", "--address", "10.9.0.2/24")


def acksu(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


class WireCommands(unittest.TestCase):
    def expect_mistake(self, *arguments, says):
        result = acksu(*arguments)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_wires(self):
        for wire, says in (("eth0", "write tap:NAME, tun:NAME, unix:PATH"), ("tap:", "has no name"),
                           ("tap:a-name-of-17-chars", "too long"), ("tap:a/b", "cannot name"),
                           ("tap:fd=x", "not the number"), ("packet:", "has no name"),
                           ("packet:a/b", "cannot name"), ("xdp:eth0:x", "number of a queue"),
                           ("xdp:a-name-of-17-chars", "too long")):
            self.expect_mistake("ping", "--wire", wire, "--address", "10.9.0.2/24", "10.9.0.1",
                                says=says)

    def test_addresses(self):
        for address in ("10.9.0.2", "10.9.0.256/24", "10.9.0.2/33", "host/24", ""):
            self.expect_mistake("ping", "--wire", "tap:x", "--address", address, "10.9.0.1",
                                says="such as 10.9.0.2/24")
        self.expect_mistake("ping", *HOST, "--dns", "there", "name", says="'there' is no address")
        self.expect_mistake("ping", *HOST, "--dhcp", "name", says="exclude each other")
        self.expect_mistake("ping", "--wire", "tap:x", "name", says="--address, such as")
        self.expect_mistake("ping", *HOST, "--gateway", "there", "10.9.0.1", says="'there'")
        self.expect_mistake("ping", *HOST, "--mac", "2:0", "10.9.0.1", says="no MAC address")
        self.expect_mistake("ping", *HOST, "--mac", "ff:ff:ff:ff:ff:ff", "10.9.0.1", says="group")
        self.expect_mistake("ping", *HOST, "--mtu", "100", "10.9.0.1", says="--mtu")

    def test_addresses_of_no_host(self):
        for address, says in (("0.0.0.0/8", "no address"), ("0.1.2.3/24", "no address"), ("224.0.0.1/4", "group"),
                              ("127.0.0.1/8", "never leaves"), ("255.255.255.255/32", "broadcast"),
                              ("240.0.0.1/24", "reserved"), ("10.78.0.0/24", "network itself"),
                              ("10.78.0.255/24", "broadcast address of the network"), ("::/64", "no address"),
                              ("::1/128", "never leaves"), ("ff02::1/64", "group")):
            self.expect_mistake("ping", "--wire", "tap:x", "--address", address, "10.9.0.1", says=f"{address} ")
            self.expect_mistake("ping", "--wire", "tap:x", "--address", address, "10.9.0.1", says=says)
            self.expect_mistake("router", "--lan", f"tap:x,{address}", "--wan", "tap:y,10.9.0.1/24", says=says)
        self.expect_mistake("ping", *HOST, "--mac", "00:00:00:00:00:00", "10.9.0.1", says="no card's MAC address")
        for gateway, says in (("224.0.0.1", "group"), ("10.9.0.2", "own address"), ("0.0.0.0", "no address"),
                              ("10.8.0.1", "in the network of no --address"), ("127.0.0.1", "never leaves")):
            self.expect_mistake("ping", *HOST, "--gateway", gateway, "10.9.0.1", says=says)
        self.expect_mistake("ping", *HOST, "--gateway", "10.9.0.1", "--gateway", "10.9.0.3", "10.9.0.1",
                            says="two gateways of one family")
        for server in ("0.0.0.0", "224.0.0.1", "255.255.255.255:53", "::", "ff02::1"):
            self.expect_mistake("ping", *HOST, "--dns", server, "name", says="the server ")
        # Nothing is wrong with these: the wire is what fails.
        for good in (["--address", "10.9.0.0/31"], ["--address", "10.9.0.255/32"], ["--address", "10.9.0.255/23"],
                     ["--address", "10.9.0.2/24", "--gateway", "10.9.0.1", "--gateway", "fe80::1"],
                     ["--address", "2001:db8::2/64", "--gateway", "2001:db8::1"], ["--address", "198.51.100.7/24"]):
            self.assertEqual(acksu("ping", "--wire", "tap:fd=77", *good, "10.9.0.1").returncode, 1, good)

    def test_how_long_time_wait_lasts(self):
        for time in ("x", "-1", "2h", "86401"):
            self.expect_mistake("ping", *HOST, f"--time-wait={time}", "10.9.0.1",
                                says="30s, 1min, 2min, 4min")

    def test_what_to_serve(self):
        self.expect_mistake("serve", *HOST, says="say what to serve")
        self.expect_mistake("serve", *HOST, "--echo", "--discard", says="say what to serve")
        self.expect_mistake("serve", *HOST, "--echo", "--bytes", "5", says="belongs to --source")
        self.expect_mistake("serve", "--echo", says="--wire is required")
        shards = ("serve", "--wire", "tap:acksu-none", "--echo", "--shards", "2")
        self.expect_mistake(*shards, "--address", "dhcp", says="--address is one that stays")
        self.expect_mistake(*shards, "--address", "10.9.0.2/24", "--dhcp", says="leave --shards out")
        self.expect_mistake(*shards, "--address", "10.9.0.2/24", "--pcap", "x", says="leave --shards out")
        self.expect_mistake("serve", *HOST, "--shards", "2", "--leases", "10.9.0.5-10.9.0.9",
                            says="--shards belongs to")

    def test_status(self):
        self.expect_mistake("serve", *HOST, "--echo", "--status", "0", says="--status")
        self.expect_mistake("serve", *HOST, "--echo", "--status", "often", says="--status")

    def test_what_to_measure(self):
        for options, says in (((), "say --server, or --client"),
                              (("-s", "-c", "10.9.0.1"), "say --server, or --client"),
                              (("-s", "-P", "2"), "--parallel belongs to --client"),
                              (("-c", "there"), "'there' is no address"),
                              (("-c", "10.9.0.1", "-u", "--both"), "--both is for TCP"),
                              (("-c", "10.9.0.1", "-u", "-Z"), "--zero-copy is for TCP"),
                              (("-c", "10.9.0.1", "-l", "100"), "--length belongs to --udp"),
                              (("-c", "10.9.0.1", "--once"), "--once belongs to --server"),
                              (("-c", "10.9.0.1", "-n", "5", "-t", "5"), "takes the place of --time"),
                              (("-c", "10.9.0.1", "-u", "-b", "0"), "such as 100mbit")):
            self.expect_mistake("iperf", *HOST, *options, says=says)

    def test_urls(self):
        self.expect_mistake("get", *HOST, "ftp://10.9.0.1/", says="is no URL")
        self.expect_mistake("get", *HOST, "--repeat", "2", "http://example.org/",
                            says="to an address, not to a name")
        self.expect_mistake("get", *HOST, "--fast-open", "http://10.9.0.1/", says="needs --repeat")
        self.expect_mistake("serve", *HOST, "--fast-open", "--record", "a=10.9.0.3",
                            says="--fast-open belongs to --http")
        self.expect_mistake("get", *HOST, "--repeat", "2", "-o", "x", "http://10.9.0.1/",
                            says="one page, not many")

    def test_what_to_ask(self):
        self.expect_mistake("resolve", "--sim", "web", "XYZ", says="is no type such as A")
        self.expect_mistake("resolve", "--sim", "a" * 70, "A", says="no domain name")
        self.expect_mistake("resolve", "--sim", *HOST, "web", says="takes the place of --wire")
        self.expect_mistake("resolve", "web", says="--wire is required")
        self.expect_mistake("serve", *HOST, "--record", "www", says="no record such as")
        self.expect_mistake("serve", *HOST, "--record", "a.b A ::1", says="no address of a record")
        self.expect_mistake("serve", *HOST, "--leases", "10.9.1.1-10.9.1.9", says="no range of the")
        self.expect_mistake("serve", *HOST, "--forward", says="--forward needs --dns")

    def expect_simulated(self, *arguments, says, code=0):
        result = acksu(arguments[0], "--sim", *arguments[1:])
        self.assertEqual(result.returncode, code, result)
        for words in says:
            self.assertIn(words, result.stdout + result.stderr)
        again = acksu(arguments[0], "--sim", *arguments[1:])
        self.assertEqual(result.stdout, again.stdout, "the same seed, the same run")

    def test_the_simulated_home(self):
        self.expect_simulated("resolve", "web", says=["198.51.100.80\n"])
        self.expect_simulated("resolve", "alias.example", "A",
                              says=["alias.example", "CNAME web.example", "A 198.51.100.80"])
        self.expect_simulated("resolve", "nobody.example", says=["there is no such name"], code=1)
        self.expect_simulated("resolve", "--lang", "ko", "nobody.example",
                              says=["그런 이름이 없음"], code=1)
        self.expect_simulated("ping", "-c", "2", "web.example",
                              says=["64 bytes from 198.51.100.80", "2 sent, 2 answered"])
        self.expect_simulated("ping", "-c", "1", "--lang", "ko", "web", says=["1개 보냄, 1개 응답"])
        self.expect_simulated("ping", "-c", "1", "198.51.100.99", says=["no answer"], code=1)
        self.expect_simulated("traceroute", "web.example",
                              says=[" 1  192.168.1.1  2.", " 2  203.0.113.1", " 3  198.51.100.80"])
        self.expect_simulated("traceroute", "--icmp", "web.example",
                              says=[" 1  192.168.1.1  2.", " 2  203.0.113.1", " 3  198.51.100.80"])
        self.expect_simulated("traceroute", "-m", "2", "web", says=["did not answer"], code=1)
        self.expect_simulated("get", "http://web.example/", says=["Hello from a simulated server"])
        nowhere = "there is no IPv6 address here to reach it from"
        self.expect_simulated("get", "http://[2001:db8::1]/", says=[nowhere], code=1)
        self.expect_simulated("ping", "2001:db8::1", says=["2001:db8::1: " + nowhere], code=1)
        self.expect_simulated("traceroute", "2001:db8::1", says=[nowhere], code=1)
        self.expect_simulated("get", "http://nobody.example/", says=["there is no such name"],
                              code=1)

    def test_what_a_host_says_to_itself_is_on_no_wire(self):
        with tempfile.TemporaryDirectory() as folder:
            captured, lines = f"{folder}/x.pcapng", f"{folder}/x.json"
            result = acksu("ping", "--wire", f"unix-listen:{folder}/socket", "--address", "10.9.0.2/24", "-c", "1",
                           "--pcap", captured, "--json", lines, "10.9.0.2")
            self.assertIn("1 sent, 1 answered", result.stdout, result)
            with open(lines, encoding="utf-8") as file:
                kinds = {event.get("link_kind") for event in map(json.loads, file)
                         if event["type"] == "frame_out" and event["kind"] == "icmp"}
            self.assertEqual(kinds, {"loopback"})
            with open(captured, "rb") as file:
                self.assertNotIn(bytes([10, 9, 0, 2, 10, 9, 0, 2]), file.read())

    def test_where_it_serves(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [PROGRAM, "serve", "--wire", f"unix-listen:{folder}/socket", "--address", "2001:db8:79::2/64",
                       "--address", "10.9.0.2/24", "--echo"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
                # RFC 5952 section 6: brackets keep an address and its port apart.
                self.assertIn(" at [2001:db8:79::2]:7 and 10.9.0.2:7 on unix-listen:", server.stdout.readline())
                server.send_signal(signal.SIGINT)

    def test_descriptors(self):
        result = acksu("ping", "--wire", "tap:fd=77", "--address", "10.9.0.2/24", "10.9.0.1")
        self.assertEqual(result.returncode, 1, result)
        self.assertIn("descriptor 77 is neither", result.stderr)

    def test_doctor(self):
        result = acksu("doctor")
        self.assertEqual(result.returncode, 0, result)
        for name in ("kernel", "privileges", "/dev/net/tun", "TAP", "namespaces", "AF_XDP", "wire packet:",
                     "wire xdp:", "best wire here"):
            self.assertIn(name, result.stdout)
        found = json.loads(acksu("doctor", "--json").stdout)
        for finding in found["findings"]:
            self.assertTrue(finding["detail"])
            self.assertIn("yes" if finding["available"] else "no ", result.stdout)


if __name__ == "__main__":
    unittest.main()
