"""The command line of acksu: exit codes, and one helpful line for each mistake."""

import json
import os
import subprocess
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def acksu(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


class Commands(unittest.TestCase):
    def expect_mistake(self, *arguments, says):
        result = acksu(*arguments)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertIn("--help'", result.stderr)

    def test_version(self):
        self.assertRegex(acksu("version").stdout, r"^acksu \d+\.\d+\.\d+\n$")
        self.assertEqual(acksu("--version").stdout, acksu("version").stdout)

    def test_help_names_the_commands(self):
        result = acksu("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("version", result.stdout)

    def test_no_command(self):
        self.expect_mistake(says="which command?")

    def test_unknown_congestion_control(self):
        for command in (("journey",), ("bench", "bulk"), ("serve", "--echo")):
            self.expect_mistake(*command, "--congestion", "vegas", says="cubic")

    def test_sizes_of_buffers(self):
        for option in ("--receive-buffer", "--send-buffer"):
            for wrong in ("large", "auto:large", "-5", "2GB", "0"):
                self.expect_mistake("get", "http://10.9.0.1/", "--wire", "tap:acksu0", "--address", "10.9.0.2/24",
                                    f"{option}={wrong}", says="256kB")
        self.expect_mistake("get", "http://10.9.0.1/", "--wire", "tap:acksu0", "--address", "10.9.0.2/24",
                            "--notsent-lowat=much", says="256kB")

    def test_unknown_ecn(self):
        self.expect_mistake("get", "http://10.9.0.1/", "--ecn", "never", says="accurate")

    def test_count_of_a_benchmark(self):
        self.expect_mistake("bench", "bulk", "--count", "5", says="--count is for crr and rr")
        self.expect_mistake("bench", "crr", "--count", "5", "--seconds", "1", says="--seconds")
        figures = [json.loads(acksu("bench", workload, "--count", "3", "--json").stdout) for workload in ("crr", "rr")]
        self.assertEqual([each["count"] for each in figures], [3, 3])

    def test_text_without_copies_of_a_benchmark(self):
        self.expect_mistake("bench", "crr", "--zero-copy", says="--zero-copy is for bulk")
        for copies in ([], ["--zero-copy"], ["--zero-copy", "--gso"]):
            figures = json.loads(acksu("bench", "bulk", "--seconds", "0.1", "--json", *copies).stdout)
            self.assertEqual(figures["zero_copy"], bool(copies))
            self.assertGreater(figures["gbit_per_s"], 0)
            self.assertEqual(figures["retransmitted"], 0)

    def test_nothing_is_left_of_a_benchmark(self):
        figures = json.loads(acksu("bench", "idle", "--connections", "2000", "--json").stdout)
        self.assertEqual(figures["objects_left"], 0)
        self.assertLess(figures["bytes_per_used_end"], figures["bytes_per_end"] + 100)

    def test_records_of_a_benchmark(self):
        found = json.loads(acksu("bench", "wait", "--connections", "2000", "--json").stdout)
        self.assertEqual(found["records"], 2000)
        idle = json.loads(acksu("bench", "idle", "--connections", "1000", "--json").stdout)
        if idle["bytes_per_end"] <= 0:
            self.skipTest("the heap of this build does not tell what it holds")
        for name in ("time_wait_bytes", "half_open_bytes"):
            self.assertTrue(20 <= found[name] <= 400, found)

    def test_floods(self):
        self.expect_mistake("bench", "flood", "--flood", "hail", says="fragments")
        for flood in ("syn", "ack", "rst", "pieces", "fragments"):
            found = json.loads(acksu("bench", "flood", "--flood", flood, "--seconds", "0.1", "--json").stdout)
            self.assertGreater(found["events_per_s"], 1000, found)
            self.assertGreaterEqual(found["honest_success"], 0.999, found)
            self.assertLessEqual(found["bytes_out_per_byte_in"], 1.5, found)

    def test_numbers_are_numbers(self):
        self.expect_mistake("bench", "bulk", "--seconds", "nan", says="--seconds: 'nan' is no decimal number")
        for option in ("--timeout", "--user-timeout", "--status"):
            for wrong in ("nan", "-nan", "inf", "soon", "0x10"):
                self.expect_mistake("get", "http://10.9.0.1/", "--wire", "tap:acksu0", "--address", "10.9.0.2/24",
                                    f"{option}={wrong}", says=f"{option}: '{wrong}' is no decimal number")
        self.expect_mistake("ping", "10.9.0.1", "--interval=nan", says="such as 2.5")

    def test_whole_numbers_are_decimal(self):
        for wrong in ("-1", "010", "0x10", "1.5", "+1", "ten"):
            for command in (["journey", f"--seed={wrong}"], ["journey", f"--size={wrong}"], ["simulate", wrong],
                            ["explore", f"--data={wrong}"], ["scenario", "syn-flood", f"--seed={wrong}"],
                            ["serve", "--source", "--wire", "tap:acksu0", f"--bytes={wrong}"],
                            ["ping", "10.9.0.1", f"--count={wrong}"]):
                self.expect_mistake(*command, says=f"'{wrong}' is no whole number in decimal digits")
        self.expect_mistake("simulate", "99999999999999999999999", says="too large")
        self.expect_mistake("explore", "--data=99999999999", says="--data = 99999999999 is larger than this can be")

    def test_output_that_cannot_be_written(self):
        for command in ("states", "journey", "scenario --list", "addresses", "doctor", "simulate 1", "--help",
                        "bench bulk --seconds 0.1", "explore --data 0", "simulate --seeds 0:2", "version",
                        "get http://web.example/ --sim", "simulate 1 --pcap -"):
            for how, why in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
                result = subprocess.run(["sh", "-c", f'"{PROGRAM}" {command} {how}'], capture_output=True, text=True,
                                        timeout=60)
                self.assertEqual(result.returncode, 1, (command, result))
                self.assertRegex(result.stderr, rf"^acksu[a-z ]*: .*standard output: {why}\n$", command)
        result = acksu("simulate", "--seeds", "0:2", "--out", "/dev/full")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "acksu simulate: cannot write to /dev/full: No space left on device\n")

    def test_a_reader_that_leaves_is_no_mistake(self):
        for command in ("states", "journey"):
            result = subprocess.run(["bash", "-c", f'"{PROGRAM}" {command} | true'], capture_output=True, text=True,
                                    timeout=60)
            self.assertEqual((result.stdout, result.stderr), ("", ""))

    def test_options_that_need_a_wire(self):
        for option in ("--pcap=x", "--json=x", "--plot=x", "--stats", "--mac=02:00:00:00:00:01", "--vlan=7",
                       "--gateway=10.9.0.1", "--receive-buffer=64kB", "--ecn=ask", "--status=1", "--mtu=1400", "--dhcp",
                       "--congestion=bbr", "--pacing", "--user-timeout=5", "--busy-poll"):
            name = option.split("=")[0]
            for command in (["get", "http://web.example/", "--sim"], ["resolve", "web.example", "--sim"],
                            ["ping", "web.example", "--sim"], ["traceroute", "web.example", "--sim"],
                            ["compare"]):
                self.expect_mistake(*command, option, says=f"{name} needs --wire")
        self.assertEqual(acksu("resolve", "web.example", "--sim", "--dns", "198.51.100.80").returncode, 0)

    def test_unknown_command(self):
        self.expect_mistake("jorney", says="there is no command 'jorney'")

    def test_unknown_option(self):
        self.expect_mistake("version", "--loud", says="there is no option '--loud'")

    def test_unexpected_argument(self):
        self.expect_mistake("version", "please", says="the argument 'please' is not expected")

    def test_special_addresses(self):
        self.assertIn("documentation", acksu("addresses", "2001:db8::7").stdout)
        self.assertIn("ordinary", acksu("addresses", "8.8.8.8").stdout)
        self.expect_mistake("addresses", "there", says="ADDRESS is one of IPv4 or IPv6")


if __name__ == "__main__":
    unittest.main()
