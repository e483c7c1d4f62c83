"""The commands on a real wire, as far as they go without one: mistakes of the command line, and
what stands between them and the wire."""

import json
import os
import subprocess
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
        for wire, says in (("eth0", "write tap:NAME or tap:fd=N"), ("tap:", "has no name"),
                           ("tap:a-name-of-17-chars", "too long"), ("tap:a/b", "cannot name"),
                           ("tap:fd=x", "not the number")):
            self.expect_mistake("ping", "--wire", wire, "--address", "10.9.0.2/24", "10.9.0.1",
                                says=says)

    def test_addresses(self):
        for address in ("10.9.0.2", "10.9.0.256/24", "10.9.0.2/33", "host/24", ""):
            self.expect_mistake("ping", "--wire", "tap:x", "--address", address, "10.9.0.1",
                                says="such as 10.9.0.2/24")
        self.expect_mistake("ping", *HOST, "neighbour", says="'neighbour' is no IPv4 address")
        self.expect_mistake("ping", *HOST, "--gateway", "there", "10.9.0.1", says="'there'")
        self.expect_mistake("ping", *HOST, "--mac", "2:0", "10.9.0.1", says="no MAC address")
        self.expect_mistake("ping", *HOST, "--mac", "ff:ff:ff:ff:ff:ff", "10.9.0.1", says="group")
        self.expect_mistake("ping", *HOST, "--mtu", "100", "10.9.0.1", says="--mtu")

    def test_what_to_serve(self):
        self.expect_mistake("serve", *HOST, says="say what to serve")
        self.expect_mistake("serve", *HOST, "--echo", "--discard", says="say what to serve")
        self.expect_mistake("serve", *HOST, "--echo", "--bytes", "5", says="belongs to --source")
        self.expect_mistake("serve", "--echo", says="--wire is required")

    def test_urls(self):
        self.expect_mistake("get", *HOST, "ftp://10.9.0.1/", says="is no URL")
        self.expect_mistake("get", *HOST, "http://example.org/", says="names cannot be looked up")
        self.expect_mistake("get", *HOST, "--repeat", "2", "-o", "x", "http://10.9.0.1/",
                            says="one page, not many")

    def test_descriptors(self):
        result = acksu("ping", "--wire", "tap:fd=77", "--address", "10.9.0.2/24", "10.9.0.1")
        self.assertEqual(result.returncode, 1, result)
        self.assertIn("descriptor 77 is neither", result.stderr)

    def test_doctor(self):
        result = acksu("doctor")
        self.assertEqual(result.returncode, 0, result)
        for name in ("kernel", "privileges", "/dev/net/tun", "TAP", "namespaces", "AF_XDP"):
            self.assertIn(name, result.stdout)
        found = json.loads(acksu("doctor", "--json").stdout)
        for finding in found["findings"]:
            self.assertTrue(finding["detail"])
            self.assertIn("yes" if finding["available"] else "no ", result.stdout)


if __name__ == "__main__":
    unittest.main()
