"""acksu router: mistakes on its command line are told in one line, before any wire is opened."""

import os
import subprocess
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]
LAN, WAN = "tap:fd=98,192.168.7.1/24", "tap:fd=99,203.0.113.2/24"


class Router(unittest.TestCase):
    def expect_mistake(self, *arguments, says, lan=LAN, wan=WAN):
        command = [PROGRAM, "router", "--lan", lan, "--wan", wan, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60,
                                stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_addresses(self):
        self.expect_mistake(lan="tap:fd=98", says="no wire with an address")
        self.expect_mistake(lan="tap:fd=98,192.168.7.1", says="no address with a prefix")
        self.expect_mistake(lan=f"{LAN},192.168.8.1/24", says="two addresses of one family")
        self.expect_mistake("--gateway", "203.0.113.1", "--gateway", "203.0.113.9",
                            says="two gateways of one family")
        self.expect_mistake("--gateway", "somewhere", says="no IP address")
        self.expect_mistake("--nat", lan="tap:fd=98,2001:db8:7::1/64", says="IPv4 addresses on both")
        self.expect_mistake("--dhcp", lan="tap:fd=98,2001:db8:7::1/64", says="IPv4 address on the LAN")

    def test_forwarded_and_opened_ports(self):
        for wrong in ("8080", "=192.168.7.2:80", "0=192.168.7.2:80", "x=192.168.7.2:80",
                      "8080=192.168.7.2", "8080=192.168.7.2:0", "8080=[2001:db8:7::2]:80",
                      "65536=192.168.7.2:80"):
            self.expect_mistake("--nat", "--forward", wrong, says="8080=192.168.7.2:80")
        self.expect_mistake("--nat", "--forward", "80=192.168.7.2:80", "--forward",
                            "80=192.168.7.3:80", says="port 80 twice")
        self.expect_mistake("--forward", "80=192.168.7.2:80", says="--forward needs --nat")
        for wrong in ("192.168.7.2:80", "2001:db8:7::2", "[2001:db8:7::2]:0"):
            self.expect_mistake("--nat", "--open", wrong, says="[2001:db8:7::2]:80")
        self.expect_mistake("--open", "[2001:db8:7::2]:80", says="--open needs --nat")


if __name__ == "__main__":
    unittest.main()
