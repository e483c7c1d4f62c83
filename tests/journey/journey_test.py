"""acksu journey: what it shows, the files it writes, and its mistakes."""

import json
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unicodedata
import unittest

PROGRAM = os.environ["ACKSU_PROGRAM"]


def acksu(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Journey(unittest.TestCase):
    def shown(self, *arguments):
        result = acksu("journey", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        for line in result.stdout.split("\n"):
            self.assertLessEqual(columns(line), 100, line)
            self.assertNotIn("\x1b", line)
        return result.stdout

    def assert_in_order(self, text, parts):
        places = [text.find(part) for part in parts]
        self.assertNotIn(-1, places, [part for part in parts if part not in text])
        self.assertEqual(places, sorted(places))

    def test_shows_every_part_from_dhcp_to_closed(self):
        text = self.shown()
        self.assert_in_order(text, (
            "laptop ─ switch ─ home router ─ ISP router 1", "198.51.100.0/24 → 192.0.2.2",
            "Hop 1: laptop ─ home router",
            "DHCPDISCOVER", "DHCPOFFER 192.168.7.1", "DHCPREQUEST 192.168.7.1", "DHCPACK 192.168.7.1",
            "who has 192.168.7.1?", "192.168.7.1 is at 02:00:00:00:02:01",
            "DNS www.example.test A?", "DNS www.example.test A = 198.51.100.80",
            "CLOSED --active_open--> SYN-SENT [3.10.1]",
            "three-way handshake", "NAT: 192.168.7.100:", "is 203.0.113.2:",
            "SYN-SENT --syn_ack_received--> ESTABLISHED [3.10.7.3]",
            "GET / HTTP/1.1", "HTTP/1.1 200 OK",
            "ESTABLISHED --close--> FIN-WAIT-1 [3.10.4]",
            "FIN-WAIT-1 --fin_acked--> FIN-WAIT-2",
            "FIN-WAIT-2 --fin_received--> TIME-WAIT [3.10.7.4]",
            "TIME-WAIT --time_wait_over--> CLOSED [3.10.8]", "DHCPRELEASE",
            "The request on each hop", "Encapsulation", "Sequence number", "HTTP header field",
            "Summary", "What is TCP/IP?", "Why three, and not two?", "Why TIME-WAIT?"))
        self.assertEqual(text.count("0 records, 0 timers, 0 B of buffers, 0 B of memory"), 2)

    def test_shows_both_ends(self):
        self.assert_in_order(self.shown("--hop", "ends"), (
            "LISTEN --syn_received--> SYN-RECEIVED [3.10.7.2]",
            "SYN-SENT --syn_ack_received--> ESTABLISHED [3.10.7.3]",
            "SYN-RECEIVED --syn_acked--> ESTABLISHED [3.10.7.4]",
            "ESTABLISHED --close--> FIN-WAIT-1 [3.10.4]",
            "ESTABLISHED --fin_received--> CLOSE-WAIT [3.10.7.4]",
            "CLOSE-WAIT --close--> LAST-ACK [3.10.4]",
            "LAST-ACK --fin_acked--> CLOSED [3.10.7.4]"))

    def test_shows_each_hop(self):
        names = ("laptop", "home router", "ISP router 1", "ISP router 2", "far router", "web server")
        for hop in range(1, 6):
            text = self.shown("--hop", str(hop))
            self.assertIn(f"Hop {hop}: {names[hop - 1]} ─ {names[hop]}", text)
            self.assertEqual("NAT: " in text, hop <= 2)
            self.assertEqual("DHCPDISCOVER" in text, hop == 1)
            self.assertIn("GET / HTTP/1.1", text)
        self.assertIn("who has 198.51.100.80?", self.shown("--hop", "5"))

    def test_marks_what_changes_on_each_hop(self):
        lines = self.shown().split("The request on each hop")[1].split("\n")[2:]
        table = {line[:10].strip(): line[10:] for line in lines[:lines.index("")]}
        self.assertEqual(table["TTL"].split(), ["64", "*63", "*62", "*61", "*60"])
        for field, changes in (("MAC from", 4), ("MAC to", 4), ("IP sum", 4), ("IP from", 1),
                               ("port from", 1), ("IP to", 0), ("port to", 0), ("TCP sum", 1),
                               ("seq", 0), ("text", 0)):
            self.assertEqual(table[field].count("*"), changes, field)

    def test_goes_the_same_way_over_ipv6(self):
        text = self.shown("--ipv6")
        self.assert_in_order(text, (
            "2001:db8:80::/64 → 2001:db8:2::2", "Hop 1: laptop ─ home router",
            "NDP: does nobody else have this address?", "NDP  does anybody have fe80::",
            "which network is this? (SLAAC)", "NDP  which routers are here?",
            "NDP  I am a router: 2001:db8:7::/64, DNS 2001:db8:7::1",
            "NDP  does anybody have 2001:db8:7:0:",
            "NDP  who has 2001:db8:7::1?", "NDP  2001:db8:7::1 is at 02:00:00:00:02:01",
            "DNS www.example.test AAAA?", "DNS www.example.test AAAA = 2001:db8:80::80",
            "CLOSED --active_open--> SYN-SENT [3.10.1]", "mss=1440", "mss=1440",
            "GET / HTTP/1.1", "HTTP/1.1 200 OK",
            "TIME-WAIT --time_wait_over--> CLOSED [3.10.8]",
            "The request on each hop", "┌─ IPv6", "Hop limit", "HTTP header field",
            "Summary", "IPv6, NDP", "What is TCP/IP?", "How does a request flow?", "Why TIME-WAIT?"))
        self.assertEqual(text.count("0 records, 0 timers, 0 B of buffers, 0 B of memory"), 2)
        for part in ("ARP", "DHCP", "NAT", "IPv4", "TTL", "192.168", "IP sum", "private"):
            self.assertNotIn(part, text)

    def test_nothing_is_translated_over_ipv6(self):
        lines = self.shown("--ipv6").split("The request on each hop")[1].split("\n")[2:]
        table = {line[:10].strip(): line[10:] for line in lines[:lines.index("")]}
        self.assertEqual(table["hop limit"].split(), ["64", "*63", "*62", "*61", "*60"])
        for field, changes in (("MAC from", 4), ("MAC to", 4), ("IP from", 0), ("port from", 0),
                               ("IP to", 0), ("port to", 0), ("TCP sum", 0), ("seq", 0)):
            self.assertEqual(table[field].count("*"), changes, field)
        self.assertIn("(the same on every hop)", table["IP from"])

    def test_shows_each_hop_over_ipv6(self):
        for hop in range(1, 6):
            text = self.shown("--ipv6", "--hop", str(hop))
            self.assertEqual("does anybody have" in text, hop == 1)
            self.assertIn("GET / HTTP/1.1", text)
        self.assertIn("NDP  who has 2001:db8:80::80?", self.shown("--ipv6", "--hop", "5"))
        self.assertIn("LAST-ACK --fin_acked--> CLOSED", self.shown("--ipv6", "--hop", "ends"))

    def test_survives_loss_over_ipv6(self):
        for seed in range(8):
            text = self.shown("--ipv6", "--loss", "0.05", "--seed", str(seed), "--hop", "ends")
            self.assertEqual(text.count("0 records, 0 timers, 0 B of buffers, 0 B of memory"), 2)

    def test_speaks_korean_over_ipv6(self):
        text = self.shown("--ipv6", "--lang", "ko", "--layers")
        for part in ("나는 라우터", "의 MAC 주소는", "홉 제한", "이웃 요청", "왜 TIME-WAIT?"):
            self.assertIn(part, text)
        for part in ("I am a router", "Hop limit", "home router", "Why ", "192.168"):
            self.assertNotIn(part, text)

    def test_runs_over_a_virtual_lan_over_ipv6(self):
        text = self.shown("--ipv6", "--link", "vlan")
        for part in ("The home link is VLAN 7", "┌─ VLAN", "┌─ IPv6", "I am a router", "HTTP/1.1 200 OK"):
            self.assertIn(part, text)

    def test_takes_an_ipv6_address(self):
        text = self.shown("--ipv6", "http://[2001:db8:80::80]/")
        self.assertIn("Host: [2001:db8:80::80]", text)

    def test_speaks_korean(self):
        text = self.shown("--lang", "ko")
        for part in ("연결 설정", "연결 해제", "캡슐화", "순서 번호", "요약", "집 공유기", "왜 TIME-WAIT?"):
            self.assertIn(part, text)
        for part in ("Sequence number", "home router", "Why "):
            self.assertNotIn(part, text)

    def test_runs_over_each_kind_of_home_link(self):
        def said(text):  # without times, ports and numbers that are chosen by chance
            ladder = text.split("The request on each hop")[0]
            rows = re.findall(r"[┊│┃](.* seq=.*)[┊│┃]", ladder)
            return [re.sub(r"\d+→80|\(ISN \d+\)|[─ ]", "", row) for row in rows]

        plain = self.shown()
        for link in ("ethernet", "vlan", "ip", "ppp"):
            has_frames = link in ("ethernet", "vlan")
            text = self.shown("--link", link)
            self.assertIn("HTTP/1.1 200 OK", text)
            self.assertGreater(len(said(text)), 10)
            self.assertEqual(said(text), said(plain), link)
            self.assertEqual("DHCPDISCOVER" in text, has_frames)
            self.assertEqual("who has 192.168.7.1?" in text, has_frames)
            self.assertEqual("┌─ VLAN" in text, link == "vlan")
            self.assertEqual("┌─ Ethernet" in text, has_frames)
            self.assertEqual("laptop ─ switch ─ home router" in text, has_frames)
            self.assertEqual("bare IP packets" in text, link == "ip")
            korean = self.shown("--link", link, "--lang", "ko")
            self.assertEqual("IP 패킷만" in korean, link == "ip")
            self.assertEqual("VLAN 7" in korean, link == "vlan")
            self.shown("--link", link, "--loss", "0.05", "--seed", "3", "--hop", "ends")
        self.assertIn("who has 198.51.100.80?", self.shown("--link", "ip", "--hop", "5"))

    def test_ppp_agrees_before_anything_else_is_said(self):
        text = self.shown("--link", "ppp")
        ladder = text.split("Hop 1")[1].split("The request on each hop")[0]
        order = ["LCP Configure-Request", "LCP Configure-Ack", "IPCP Configure-Request",
                 "IPCP Configure-Nak id=2  <address 192.168.7.100,dns 192.168.7.1>",
                 "IPCP Configure-Ack id=3  <address 192.168.7.100,dns 192.168.7.1>",
                 "DNS www.example.test A?", "TIME-WAIT", "LCP Terminate-Request", "LCP Terminate-Ack"]
        places = [ladder.find(words) for words in order]
        self.assertNotIn(-1, places)
        self.assertEqual(places, sorted(places))
        self.assertRegex(text, r"┌─ PPP 1 byte\n *│ 21  +Protocol +0x0021 +IPv4")
        opened = self.shown("--link", "ppp", "--layers")
        self.assertRegex(opened, r"│ c0 21  +Protocol +0xc021 +LCP")
        self.assertRegex(opened, r"│ │ 03 06 c0 a8 07 64 +IP address +192.168.7.100")
        self.assertNotIn("LCP Configure", self.shown("--link", "ppp", "--hop", "2"))

    def test_takes_any_name(self):
        text = self.shown("http://shop.example:8080/basket?item=3")
        self.assertIn("DNS shop.example A = 198.51.100.80", text)
        self.assertIn("GET /basket?item=3 HTTP/1.1", text)
        self.assertNotIn("DNS ", self.shown("http://198.51.100.80/").split("Hop 1")[1].split("Sum")[0])

    def test_is_the_same_for_the_same_seed(self):
        arguments = ("--loss", "0.05", "--seed", "5", "--size", "30000")
        self.assertEqual(self.shown(*arguments), self.shown(*arguments))
        self.assertNotEqual(self.shown("--seed", "1"), self.shown("--seed", "2"))

    def test_survives_loss(self):
        for seed in range(8):
            text = self.shown("--loss", "0.05", "--seed", str(seed), "--hop", "ends")
            self.assertEqual(text.count("0 records, 0 timers, 0 B of buffers, 0 B of memory"), 2)
        text = self.shown("--loss", "0.1", "--seed", "7", "--hop", "ends")
        self.assertIn("× lost", text)
        self.assertIn("(again", text)

    def test_folds_long_pages_unless_told_not_to(self):
        folded = self.shown("--size", "200000")
        self.assertIn("segments, ", folded)
        self.assertGreater(self.shown("--size", "200000", "--all").count("len=1448"), 130)
        self.assertLess(folded.count("len=1448"), 40)

    def test_opens_all_frames(self):
        self.assertEqual(self.shown().count("┌─ Ethernet"), 1)
        self.assertEqual(self.shown("--layers", "--hop", "3").count("┌─ Ethernet"), 18)

    def test_takes_pages_of_any_size(self):
        for size in ("0", "1", "1448", "100000"):
            self.assertIn("TIME-WAIT --time_wait_over--> CLOSED", self.shown("--size", size))

    def test_waits_as_long_as_each_preset_says(self):
        for preset, shown in (("30s", "30 s"), ("1min", "60 s"), ("2min", "120 s"), ("4min", "240 s"),
                              ("1.5", "1.5 s")):
            self.assertRegex(self.shown("--time-wait", preset), rf"TIME-WAIT: 2 MSL +{shown}\n")

    def test_tells_what_its_limits_refused(self):
        self.assertEqual(self.shown().count("at its limits: nothing"), 2)
        self.assertEqual(self.shown("--lang", "ko").count("한도에 걸린 것: 없음"), 2)

    def test_names_what_stands_before_ip(self):
        for link, named in (("ethernet", "Ethernet  "), ("vlan", "Ethernet, VLAN"), ("ip", "none")):
            self.assertRegex(self.shown("--link", link), f"    link          {named}")

    def test_writes_json_lines(self):
        result = acksu("journey", "--json", "-")
        self.assertEqual(result.returncode, 0)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(lines[0]["type"], "trace")
        sent = {line["frame"]: line for line in lines if line["type"] == "frame_out"}
        self.assertEqual({line["host"] for line in sent.values()}, {
            "laptop", "home router", "ISP router 1", "ISP router 2", "far router", "web server",
            "DNS server"})
        self.assertGreater(sum("forwards" in line for line in sent.values()), 50)
        for line in sent.values():
            if "forwards" in line:
                self.assertEqual(sent[line["forwards"]]["kind"], line["kind"])
        self.assertEqual(sum(line.get("bytes", 0) for line in lines if line["type"] == "memory"), 0)
        self.assertIn("Summary", result.stderr)

    def test_writes_a_capture(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "run.pcapng")
            self.shown("--pcap", str(path))
            self.assertEqual(path.read_bytes()[:4], b"\x0a\x0d\x0d\x0a")
            self.assertIn(b"SYN-SENT --syn_ack_received--> ESTABLISHED", path.read_bytes())

    def test_a_file_may_be_standard_output(self):
        result = subprocess.run([PROGRAM, "journey", "--pcap", "-"], capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout[:4], b"\x0a\x0d\x0d\x0a")
        self.assertIn("FIN-WAIT-1 --fin_acked--> FIN-WAIT-2", result.stderr.decode())

    def test_has_colours_on_a_terminal_only(self):
        ours, theirs = pty.openpty()
        with subprocess.Popen([PROGRAM, "journey"], stdout=theirs, stdin=subprocess.DEVNULL) as run:
            os.close(theirs)
            shown = b""
            while b"\x1b[" not in shown:
                read = os.read(ours, 65536)
                self.assertNotEqual(read, b"", "no colours")
                shown += read
            run.kill()
        os.close(ours)

    def test_fails_when_nothing_arrives(self):
        result = acksu("journey", "--loss", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the page did not arrive", result.stderr)
        self.assertEqual(acksu("journey", "--pcap", "/nonexistent/x").returncode, 1)

    def test_mistakes(self):
        for arguments in (("--loss", "2"), ("--loss", "-0.1"), ("--loss", "x"), ("--delay", "5"),
                          ("--delay", "-1ms"), ("--rate", "fast"), ("--size", "x"),
                          ("--size", "99999999999"), ("--lang", "fr"), ("--seed", "x"), ("--hop", "6"),
                          ("--link", "x"), ("--ipv6", "--link", "ip"), ("--ipv6", "--link", "ppp"),
                          ("--time-wait", "x"), ("--time-wait", "1e9"), ("--pcap", "-", "--json", "-"),
                          ("ftp://x/",), ("http://10.0.0.1/",),
                          ("--ipv6", "http://198.51.100.80/")):
            result = acksu("journey", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stdout, "")
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


class Compare(unittest.TestCase):
    def shown(self, *arguments):
        result = acksu("compare", "tcp", "udp", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in result.stdout.split("\n"):
            self.assertLessEqual(columns(line), 100, line)
        return result.stdout

    def rows(self, *arguments):
        return {line[2:38].strip(): line[38:].split() for line in self.shown(*arguments).split("\n")}

    def test_shows_what_reliability_costs(self):
        rows = self.rows("--loss", "0.02")
        self.assertEqual(rows["bytes that arrived"][0], "100,000")
        self.assertNotEqual(rows["bytes that arrived"][1], "100,000")
        self.assertEqual(rows["receiver knows that it has all"], ["yes", "no"])
        self.assertGreater(int(rows["of these again"][0]), 0)
        self.assertEqual(rows["of these again"][1], "0")
        self.assertEqual(rows["handshakes and ACKs"][1], "0")

    def test_without_loss_all_arrives_by_both(self):
        rows = self.rows("--loss", "0")
        self.assertEqual(rows["bytes that arrived"], ["100,000", "100,000"])
        self.assertEqual(rows["of these lost on the way"], ["0", "0"])

    def test_speaks_korean(self):
        self.assertIn("도착한 바이트", self.shown("--lang", "ko"))

    def test_mistakes(self):
        for arguments in (("x",), ("--size", "0"), ("--loss", "2"), ("--to", "10.9.0.1"),
                          ("--wire", "unix:/x", "--address", "10.9.0.2/24"),
                          ("--wire", "unix:/x", "--address", "10.9.0.2/24", "--to", "x"),
                          ("--wire", "unix:/x", "--to", "10.9.0.1", "--loss", "0.1")):
            self.assertEqual(acksu("compare", *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    unittest.main()
