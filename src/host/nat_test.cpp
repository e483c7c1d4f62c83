// The translator rule by rule of RFC 4787, 5382, 5508 and 7857, and attacks on it.
#include "host/nat.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/rng.h"
#include "host/packets_test.h"

namespace acksu::nat_test {
namespace {

using test::at;
using test::echo;
using test::error;
using test::Octets;
using test::Said;
using test::tcp;
using test::udp;
using Verdict = Translation::Verdict;

constexpr std::uint16_t SYN = Flags::syn, ACK = Flags::ack, FIN = Flags::fin, RST = Flags::rst;
constexpr const char* outside = "203.0.113.7";

NatSettings simple() {
  NatSettings settings;
  settings.external = {*parse_ip(outside)};
  return settings;
}

std::string text(const Endpoint& endpoint) { return to_string(endpoint); }

struct NatTest : testing::Test {
  test::Packets packets;
  NatSettings settings = simple();
  Nat nat{settings, SipKey{1, 2}};
  Instant now{1h};
  Translation last;

  void restart() { nat = Nat{settings, SipKey{1, 2}}; }

  // What comes out on the other side; nothing: it did not.
  std::optional<Said> out(const Said& said) {
    BufferChain packet = packets.packet(said);
    last = nat.outbound(packet, now);
    if (last.verdict != Verdict::outward && last.verdict != Verdict::inward) return std::nullopt;
    return packets.read(packet);
  }
  std::optional<Said> in(const Said& said) {
    BufferChain packet = packets.packet(said);
    last = nat.inbound(packet, now);
    if (last.verdict != Verdict::inward) return std::nullopt;
    return packets.read(packet);
  }
  // Where a flow comes out.
  std::string mapped(const Said& said) {
    const auto sent = out(said);
    return sent ? text(sent->from) : "dropped";
  }
  bool may_enter(const Said& said) { return in(said).has_value(); }
  void pass(Duration time) {
    now += time;
    nat.on_time(now);
  }
  // Three-way handshake 10.0.0.1:1234 -> 8.8.8.8:80, the ISNs being 1000 and 5000.
  void open_tcp() {
    ASSERT_TRUE(out(tcp("10.0.0.1:1234", "8.8.8.8:80", SYN, 1000)));
    Said answer = tcp("8.8.8.8:80", "203.0.113.7:1234", SYN | ACK, 5000);
    answer.ack = 1001;
    ASSERT_TRUE(in(answer));
    Said third = tcp("10.0.0.1:1234", "8.8.8.8:80", ACK, 1001);
    third.ack = 5001;
    ASSERT_TRUE(out(third));
  }
  Said to_client(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 1001) {
    Said said = tcp("8.8.8.8:80", "203.0.113.7:1234", flags, seq);
    said.ack = ack;
    return said;
  }
  Said to_server(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 5001) {
    Said said = tcp("10.0.0.1:1234", "8.8.8.8:80", flags, seq);
    said.ack = ack;
    return said;
  }
};

// ---- RFC 4787: UDP

// RFC 4787 REQ-1: endpoint-independent mapping
TEST_F(NatTest, OneMappingForAllFarEnds) {
  settings.keeps_port = false;
  restart();
  const std::string first = mapped(udp("10.0.0.1:5000", "8.8.8.8:53"));
  EXPECT_EQ(mapped(udp("10.0.0.1:5000", "8.8.8.8:54")), first);
  EXPECT_EQ(mapped(udp("10.0.0.1:5000", "9.9.9.9:53")), first);
  EXPECT_NE(mapped(udp("10.0.0.1:5001", "8.8.8.8:53")), first);
  EXPECT_NE(mapped(udp("10.0.0.2:5000", "8.8.8.8:53")), first);
  EXPECT_EQ(nat.table().mappings(), 3u);
  EXPECT_EQ(nat.table().sessions(), 5u);
}

// RFC 4787 REQ-2: paired pooling
TEST_F(NatTest, AllOfOneHostComeOutOfOneAddress) {
  settings.external.clear();
  for (std::uint8_t i = 1; i <= 4; ++i) {
    settings.external.push_back(IpAddress::v4(203, 0, 113, i));
  }
  restart();
  std::set<IpAddress> used;
  for (std::uint32_t host = 1; host <= 40; ++host) {
    Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
    said.from.address = IpAddress::v4(0x0a00'0000 + host);
    const IpAddress address = out(said)->from.address;
    used.insert(address);
    for (std::uint16_t port = 1; port < 20; ++port) {
      said.from.port = static_cast<std::uint16_t>(port * 3000);
      said.protocol = port % 2 == 0 ? wire::IpProtocol::udp : wire::IpProtocol::tcp;
      said.flags = SYN;
      EXPECT_EQ(out(said)->from.address, address);
    }
  }
  EXPECT_EQ(used.size(), 4u);
}

// RFC 4787 REQ-3: no port overloading; ranges stay
// RFC 4787 REQ-4: parity
TEST_F(NatTest, PortsAreKeptWhereFreeElseOfTheSameRangeAndParity) {
  EXPECT_EQ(mapped(udp("10.0.0.1:5000", "8.8.8.8:53")), "203.0.113.7:5000");
  std::set<std::uint16_t> used{5000};
  for (std::uint32_t host = 2; host < 500; ++host) {
    Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
    said.from.address = IpAddress::v4(0x0a00'0000 + host);
    const std::uint16_t port = out(said)->from.port;
    EXPECT_TRUE(used.insert(port).second) << port;
    EXPECT_EQ(port % 2, 0);
    EXPECT_GE(port, 1024);
    said.from.port = 123;
    const std::uint16_t low = out(said)->from.port;
    EXPECT_TRUE(used.insert(low).second) << low;
    EXPECT_LT(low, 1024);
    EXPECT_EQ(low % 2, 1);
  }
}

TEST_F(NatTest, AllPortsCanBeUsedAndThenNoneIsLeft) {
  settings.max_sessions_per_host = 100'000;
  settings.max_mappings = 100'000;
  restart();
  Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
  std::set<std::uint16_t> used;
  for (std::uint32_t i = 0; i < 65536 - 1024; ++i) {
    said.from.address = IpAddress::v4(0x0a00'0000 + i);
    BufferChain packet = packets.packet(said);
    ASSERT_EQ(nat.outbound(packet, now).verdict, Verdict::outward) << i;
    ASSERT_TRUE(used.insert(load_be16(packet[0].bytes().data() + 20)).second);
  }
  EXPECT_FALSE(out(udp("11.0.0.1:5000", "8.8.8.8:53")));
  EXPECT_EQ(last.drop, Drop::nat_ports_full);
  pass(5min);
  EXPECT_EQ(nat.table().mappings() + nat.table().hosts() + nat.table().sessions(), 0u);
  EXPECT_TRUE(out(udp("11.0.0.1:5000", "8.8.8.8:53")));
}

// RFC 4787 REQ-5: a mapping lives for 5 minutes by default
// RFC 4787 REQ-6: outbound packets refresh it
TEST_F(NatTest, UdpLivesFiveMinutesFromTheLastPacketOut) {
  const Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
  const Said answer = udp("8.8.8.8:53", "203.0.113.7:5000");
  out(said);
  pass(4min);
  EXPECT_TRUE(may_enter(answer)) << "which refreshes nothing";
  out(said);
  pass(5min - 1ns);
  EXPECT_TRUE(may_enter(answer));
  EXPECT_EQ(nat.deadline(), now + 1ns);
  pass(1ns);
  EXPECT_FALSE(may_enter(answer));
  EXPECT_EQ(nat.table().mappings(), 0u);
  EXPECT_EQ(nat.deadline(), never);
  EXPECT_EQ(nat.counters().expired, 1u);

  settings.refreshes_inbound = true;
  restart();
  out(said);
  for (int i = 0; i < 10; ++i) {
    pass(4min);
    EXPECT_TRUE(may_enter(answer));
  }
}

// RFC 4787 REQ-8: filtering by address and port by default
TEST_F(NatTest, OnlyWhomTheInsideSpokeToMayComeIn) {
  out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  const auto answer = in(udp("8.8.8.8:53", "203.0.113.7:5000"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(text(answer->to), "10.0.0.1:5000");
  EXPECT_EQ(text(answer->from), "8.8.8.8:53");
  EXPECT_FALSE(may_enter(udp("8.8.8.8:54", "203.0.113.7:5000")));
  EXPECT_EQ(last.drop, Drop::nat_filtered);
  EXPECT_FALSE(may_enter(udp("9.9.9.9:53", "203.0.113.7:5000")));
  EXPECT_EQ(last.drop, Drop::nat_filtered);
  EXPECT_FALSE(may_enter(udp("8.8.8.8:53", "203.0.113.7:5001")));
  EXPECT_EQ(last.verdict, Verdict::untouched) << "no mapping: for this host itself";

  settings.filters_by_endpoint = false;
  restart();
  out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  EXPECT_TRUE(may_enter(udp("9.9.9.9:53", "203.0.113.7:5000")));
}

// RFC 4787 REQ-9: hairpinning with the external source
TEST_F(NatTest, HairpinBetweenInsideHosts) {
  out(udp("10.0.0.2:6000", "8.8.8.8:53"));
  const Said said = udp("10.0.0.1:5000", "203.0.113.7:6000");
  EXPECT_FALSE(out(said));
  EXPECT_EQ(last.drop, Drop::nat_filtered) << "the other side has not spoken to it";
  const auto first = out(udp("10.0.0.2:6000", "203.0.113.7:5000"));
  ASSERT_TRUE(first) << "this one opens the other direction";
  EXPECT_EQ(last.verdict, Verdict::inward);
  EXPECT_EQ(text(first->from), "203.0.113.7:6000");
  EXPECT_EQ(text(first->to), "10.0.0.1:5000");
  const auto second = out(said);
  ASSERT_TRUE(second);
  EXPECT_EQ(text(second->from), "203.0.113.7:5000");
  EXPECT_EQ(text(second->to), "10.0.0.2:6000");
  EXPECT_EQ(nat.counters().hairpinned, 2u);

  EXPECT_FALSE(out(udp("10.0.0.1:5000", "203.0.113.7:9999")));
  EXPECT_EQ(last.verdict, Verdict::untouched) << "a socket of this host";
  EXPECT_EQ(nat.table().sessions(), 3u) << "and nothing is remembered of it";
}

TEST_F(NatTest, HairpinTcpThroughAPortForward) {
  ASSERT_TRUE(nat.table().add({wire::IpProtocol::tcp, at("203.0.113.7:80"), at("10.0.0.9:8080")}));
  const auto syn = out(tcp("10.0.0.1:1234", "203.0.113.7:80", SYN, 1000));
  ASSERT_TRUE(syn);
  EXPECT_EQ(text(syn->from), "203.0.113.7:1234");
  EXPECT_EQ(text(syn->to), "10.0.0.9:8080");
  Said answer = tcp("10.0.0.9:8080", "203.0.113.7:1234", SYN | ACK, 5000);
  answer.ack = 1001;
  const auto back = out(answer);
  ASSERT_TRUE(back);
  EXPECT_EQ(text(back->from), "203.0.113.7:80");
  EXPECT_EQ(text(back->to), "10.0.0.1:1234");
}

// RFC 4787 REQ-11: deterministic
TEST_F(NatTest, TheSameHistoryGivesTheSameMappings) {
  Nat other{settings, SipKey{1, 2}};
  settings.keeps_port = false;
  restart();
  other = nat;
  for (std::uint16_t port = 1000; port < 1200; ++port) {
    Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
    said.from.port = port;
    BufferChain a = packets.packet(said);
    BufferChain b = packets.packet(said);
    nat.outbound(a, now);
    other.outbound(b, now);
    EXPECT_EQ(a.flatten(), b.flatten());
  }
  Digest a, b, c;
  nat.digest(a);
  other.digest(b);
  EXPECT_EQ(a.value(), b.value());
  out(udp("10.0.0.2:1", "8.8.8.8:53"));
  nat.digest(c);
  EXPECT_NE(a.value(), c.value());
}

// ---- RFC 5382: TCP

// RFC 5382 REQ-5, RFC 7857 2.1
TEST_F(NatTest, TcpTimeOutsFollowTheConnection) {
  out(tcp("10.0.0.1:1234", "8.8.8.8:80", SYN, 1000));
  EXPECT_EQ(nat.deadline(), now + 4min);
  nat.table().close(0);
  open_tcp();
  EXPECT_EQ(nat.deadline(), now + 124min);
  pass(2h);
  EXPECT_TRUE(in(to_client(ACK, 5001)));
  EXPECT_EQ(nat.deadline(), now + 124min);
  out(to_server(ACK | FIN, 1001));
  EXPECT_EQ(nat.deadline(), now + 124min) << "half closed";
  EXPECT_TRUE(in(to_client(ACK | FIN, 5001, 1002)));
  EXPECT_EQ(nat.deadline(), now + 4min);
  pass(4min);
  EXPECT_EQ(nat.table().sessions(), 0u);
}

// RFC 5382 REQ-2: simultaneous open
// RFC 5382 REQ-4: the SYN that comes too early gets no answer
TEST_F(NatTest, SimultaneousOpenThroughTheTranslator) {
  out(udp("10.0.0.1:9", "8.8.8.8:9"));
  out(tcp("10.0.0.1:1234", "9.9.9.9:1", SYN, 1));  // the mapping is there for another reason
  EXPECT_FALSE(in(tcp("8.8.8.8:80", "203.0.113.7:1234", SYN, 5000)));
  EXPECT_EQ(last.verdict, Verdict::dropped) << "in silence";
  out(tcp("10.0.0.1:1234", "8.8.8.8:80", SYN, 1000));
  EXPECT_TRUE(in(tcp("8.8.8.8:80", "203.0.113.7:1234", SYN, 5000)));
  EXPECT_TRUE(out(to_server(SYN | ACK, 1000)));
  EXPECT_TRUE(in(to_client(SYN | ACK, 5000)));
  EXPECT_EQ(nat.table()
                .session(nat.table().find_by_inside(
                    {6, v4_endpoint(at("10.0.0.1:1234")), v4_endpoint(at("8.8.8.8:80"))}))
                .tcp.phase(),
            TcpTracker::Phase::established);
}

TEST_F(NatTest, NothingButASynBeginsAConnection) {
  settings.takes_up_old_connections = false;
  restart();
  EXPECT_FALSE(out(to_server(ACK, 1)));
  EXPECT_EQ(last.drop, Drop::nat_tcp_not_syn);
  EXPECT_FALSE(out(to_server(SYN | ACK, 1)));
  EXPECT_FALSE(out(to_server(RST, 1)));
  EXPECT_EQ(nat.table().mappings(), 0u);
}

// A restart of the translator: connections whose ports could be kept go on.
TEST_F(NatTest, ConnectionsGoOnAfterARestart) {
  open_tcp();
  restart();
  EXPECT_FALSE(may_enter(to_client(ACK, 5001)));
  EXPECT_TRUE(out(to_server(ACK, 1001)));
  EXPECT_TRUE(may_enter(to_client(ACK, 5001)));
  EXPECT_EQ(nat.deadline(), now + 124min);
}

// ---- RFC 5508: ICMP

// RFC 5508 REQ-1, REQ-2
TEST_F(NatTest, PingsAreMappedByTheirIdentifier) {
  const auto one = out(echo("10.0.0.1", "8.8.8.8", 8, 77));
  const auto two = out(echo("10.0.0.2", "8.8.8.8", 8, 77));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->id, 77);
  EXPECT_NE(two->id, 77);
  EXPECT_EQ(out(echo("10.0.0.2", "9.9.9.9", 8, 77))->id, two->id) << "whatever the far end";
  const auto answer = in(echo("8.8.8.8", outside, 0, two->id));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 77);
  EXPECT_EQ(answer->to.address, IpAddress::v4(10, 0, 0, 2));
  EXPECT_FALSE(may_enter(echo("7.7.7.7", outside, 0, two->id)));
  EXPECT_EQ(last.drop, Drop::nat_filtered);
  EXPECT_FALSE(may_enter(echo("8.8.8.8", outside, 8, two->id)));
  EXPECT_EQ(last.verdict, Verdict::untouched) << "somebody pings this host";
  pass(60s - 1ns);
  EXPECT_EQ(nat.table().sessions(), 3u);
  pass(1ns);
  EXPECT_EQ(nat.table().sessions(), 0u);
}

// RFC 5508 REQ-1: all that the inside asks by ICMP, not echo only.
TEST_F(NatTest, OtherQueriesAreMappedLikePings) {
  for (std::uint8_t type = 13; type <= 17; type += 2) {
    const auto asked = out(echo("10.0.0.1", "8.8.8.8", type, 77));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->type, type);
    const auto reply_type = static_cast<std::uint8_t>(type + 1);
    const auto answer = in(echo("8.8.8.8", outside, reply_type, asked->id));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id, 77);
    EXPECT_EQ(answer->to.address, IpAddress::v4(10, 0, 0, 1));
    EXPECT_FALSE(may_enter(echo("8.8.8.8", outside, reply_type, 1234))) << "nobody asked";
    EXPECT_FALSE(may_enter(echo("8.8.8.8", outside, type, asked->id))) << "nor is anybody asked";
    ASSERT_TRUE(in(error("9.9.9.9", outside, 3, packets.bytes_of(*asked)))) << "an error about it";
  }
  EXPECT_FALSE(out(echo("10.0.0.1", "8.8.8.8", 10, 77))) << "asks the link only";
}

// RFC 5508 REQ-4; RFC 4787 REQ-12, RFC 5382 REQ-9
TEST_F(NatTest, ErrorsFromOutsideAreTranslatedInsideOut) {
  for (const Said& said :
       {udp("10.0.0.1:5000", "8.8.8.8:53"), tcp("10.0.0.2:5000", "8.8.8.8:80", SYN),
        echo("10.0.0.3", "8.8.8.8", 8, 7)}) {
    const auto sent = out(said);
    ASSERT_TRUE(sent);
    Said bad = error("9.9.9.9", outside, 3, packets.bytes_of(*sent));
    bad.code = 4;
    bad.rest = 1400;
    const auto received = in(bad);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->to.address, said.from.address);
    EXPECT_EQ(received->from.address, IpAddress::v4(9, 9, 9, 9));
    EXPECT_EQ(received->code, 4);
    EXPECT_EQ(received->rest, 1400) << "RFC 4787 REQ-13";
    const Said quoted = packets.read(received->text);
    EXPECT_EQ(text(quoted.from), text(said.from));
    EXPECT_EQ(text(quoted.to), text(said.to));
    EXPECT_EQ(quoted.id, said.id);
  }
}

// RFC 5508 REQ-5
TEST_F(NatTest, ErrorsFromInsideComeFromTheExternalAddress) {
  out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  const auto answer = in(udp("8.8.8.8:53", "203.0.113.7:5000"));
  const auto sent = out(error("10.0.0.254", "8.8.8.8", 3, packets.bytes_of(*answer)));
  ASSERT_TRUE(sent);
  EXPECT_EQ(last.verdict, Verdict::outward);
  EXPECT_EQ(sent->from.address, *parse_ip(outside));
  EXPECT_EQ(text(packets.read(sent->text).to), "203.0.113.7:5000");
}

// RFC 5508 REQ-7
TEST_F(NatTest, HairpinErrors) {
  out(udp("10.0.0.1:5000", "8.8.8.8:1"));
  out(udp("10.0.0.2:6000", "203.0.113.7:5000"));  // filtered there, but opens this side
  const auto packet = out(udp("10.0.0.1:5000", "203.0.113.7:6000"));
  ASSERT_TRUE(packet);
  const auto back = out(error("10.0.0.2", outside, 3, packets.bytes_of(*packet)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->to.address, IpAddress::v4(10, 0, 0, 1));
  EXPECT_EQ(back->from.address, *parse_ip(outside));
  EXPECT_EQ(text(packets.read(back->text).from), "10.0.0.1:5000");
}

// RFC 5508 REQ-6, RFC 4787 REQ-12, RFC 5382 REQ-10: an error neither ends nor refreshes a mapping
TEST_F(NatTest, ErrorsNeitherEndNorRefresh) {
  const auto sent = out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  const Instant ends = nat.deadline();
  now += 1min;
  for (std::uint8_t code = 0; code < 16; ++code) {
    Said bad = error("8.8.8.8", outside, 3, packets.bytes_of(*sent));
    bad.code = code;
    EXPECT_TRUE(in(bad));
  }
  EXPECT_EQ(nat.deadline(), ends);
  EXPECT_TRUE(may_enter(udp("8.8.8.8:53", "203.0.113.7:5000")));
}

// ---- Port forwarding

TEST_F(NatTest, APortForwardLetsEverybodyIn) {
  const PortForward rule{wire::IpProtocol::tcp, at("203.0.113.7:80"), at("10.0.0.9:8080")};
  ASSERT_TRUE(nat.table().add(rule));
  EXPECT_FALSE(nat.table().add(rule));
  EXPECT_FALSE(nat.table().add({wire::IpProtocol::tcp, at("1.2.3.4:80"), at("10.0.0.9:81")}));
  EXPECT_FALSE(nat.table().add({wire::IpProtocol::icmp, at("203.0.113.7:1"), at("10.0.0.9:1")}));
  const auto syn = in(tcp("8.8.8.8:999", "203.0.113.7:80", SYN, 1));
  ASSERT_TRUE(syn);
  EXPECT_EQ(text(syn->to), "10.0.0.9:8080");
  EXPECT_EQ(mapped(tcp("10.0.0.9:8080", "8.8.8.8:999", SYN | ACK, 1)), "203.0.113.7:80");
  EXPECT_FALSE(may_enter(tcp("8.8.8.8:998", "203.0.113.7:80", ACK, 1)));
  EXPECT_EQ(last.drop, Drop::nat_tcp_not_syn);
  pass(4h);
  EXPECT_EQ(nat.table().sessions(), 0u);
  EXPECT_EQ(nat.table().mappings(), 1u) << "the rule stays";
  EXPECT_TRUE(may_enter(tcp("8.8.8.8:999", "203.0.113.7:80", SYN, 1)));
  EXPECT_FALSE(nat.table().remove({rule.protocol, rule.external, at("10.0.0.9:1")}));
  EXPECT_TRUE(nat.table().remove(rule));
  EXPECT_FALSE(may_enter(tcp("8.8.8.8:999", "203.0.113.7:80", SYN, 1)));
  EXPECT_EQ(nat.table().sessions() + nat.table().mappings() + nat.table().hosts(), 0u);
}

TEST_F(NatTest, ReservedPortsAreNotGivenOut) {
  ASSERT_TRUE(nat.table().reserve(wire::IpProtocol::udp, at("203.0.113.7:5000")));
  EXPECT_FALSE(nat.table().reserve(wire::IpProtocol::udp, at("203.0.113.7:5000")));
  EXPECT_NE(mapped(udp("10.0.0.1:5000", "8.8.8.8:53")), "203.0.113.7:5000");
  nat.table().unreserve(wire::IpProtocol::udp, at("203.0.113.7:5000"));
  EXPECT_EQ(mapped(udp("10.0.0.2:5000", "8.8.8.8:53")), "203.0.113.7:5000");
}

// ---- As a value

// Random traffic: every mapping is one to one, answers find back, a copy goes on alike, and in the
// end nothing is held.
TEST_F(NatTest, RandomTrafficKeepsMappingsOneToOne) {
  settings.max_sessions_per_host = 100;
  settings.keeps_port = false;
  restart();
  Rng rng{11};
  Nat copy = nat;
  std::map<std::string, std::string> outside_of;
  for (int i = 0; i < 20'000; ++i) {
    Said said = udp("10.0.0.1:1", "8.8.8.8:53");
    said.from = {IpAddress::v4(0x0a00'0000 + static_cast<std::uint32_t>(rng.below(20))),
                 static_cast<std::uint16_t>(rng.between(1000, 1030))};
    said.to = {IpAddress::v4(0x0800'0000 + static_cast<std::uint32_t>(rng.below(5))),
               static_cast<std::uint16_t>(rng.between(1, 5))};
    if (rng.chance(300'000)) said.protocol = wire::IpProtocol::tcp;
    said.flags = rng.chance(500'000) ? SYN : ACK;
    BufferChain twin = packets.packet(said);
    const auto sent = out(said);
    EXPECT_EQ(copy.outbound(twin, now), last);
    if (sent) {
      EXPECT_EQ(packets.read(twin).from, sent->from);
      Said answer = *sent;
      std::swap(answer.from, answer.to);
      answer.flags = ACK;
      const auto received = in(answer);
      ASSERT_TRUE(received);
      EXPECT_EQ(received->to, said.from);
      BufferChain answer_twin = packets.packet(answer);
      copy.inbound(answer_twin, now);
    }
    now += Duration{static_cast<std::int64_t>(rng.below(100'000'000))};
    nat.on_time(now);
    copy.on_time(now);
  }
  std::set<std::pair<std::uint8_t, Endpoint>> outsides;
  nat.table().for_each_mapping([&](const NatMapping& mapping) {
    EXPECT_TRUE(outsides.emplace(mapping.protocol, endpoint_of(mapping.outside)).second);
    EXPECT_GT(mapping.sessions, 0u);
  });
  EXPECT_EQ(outsides.size(), nat.table().mappings());
  Digest a, b;
  nat.digest(a);
  copy.digest(b);
  EXPECT_EQ(a.value(), b.value());
  pass(3h);
  EXPECT_EQ(nat.table().sessions() + nat.table().mappings() + nat.table().hosts(), 0u);
}

// ---- Attacks

// SECURITY H2: one inside host opens a million flows; others keep their quota.
TEST_F(NatTest, AttackMappingExhaustionByOneHost) {
  Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    said.from.port = static_cast<std::uint16_t>(1024 + i % 60'000);
    said.to.address = IpAddress::v4(0x0800'0000 + i);
    BufferChain packet = packets.packet(said);
    last = nat.outbound(packet, now);
  }
  EXPECT_EQ(last.drop, Drop::nat_host_quota);
  EXPECT_EQ(nat.table().sessions(), settings.max_sessions_per_host);
  for (std::uint32_t host = 2; host < 12; ++host) {
    Said other = udp("10.0.0.1:5000", "8.8.8.8:53");
    other.from.address = IpAddress::v4(0x0a00'0000 + host);
    for (std::uint16_t i = 0; i < 1000; ++i) {
      other.from.port = static_cast<std::uint16_t>(2000 + i);
      BufferChain packet = packets.packet(other);
      ASSERT_EQ(nat.outbound(packet, now).verdict, Verdict::outward);
    }
  }
}

// SECURITY H2: spoofed inside addresses reach the cap of all, and memory ends there.
TEST_F(NatTest, AttackMappingExhaustionBySpoofedHosts) {
  settings.max_mappings = 1000;
  settings.max_sessions = 2000;
  restart();
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
    said.from.address = IpAddress::v4(0x0a00'0000 + i);
    out(said);
  }
  EXPECT_EQ(last.drop, Drop::nat_table_full);
  EXPECT_EQ(nat.table().mappings(), 1000u);
  EXPECT_EQ(nat.table().hosts(), 1000u);
  pass(5min);
  EXPECT_EQ(nat.table().hosts(), 0u);
}

// SECURITY H2, RFC 6056: the next port cannot be told from the last ones.
TEST_F(NatTest, AttackPortPrediction) {
  settings.keeps_port = false;
  settings.max_sessions_per_host = 100'000;
  restart();
  std::map<int, int> steps;
  std::uint16_t before = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    Said said = udp("10.0.0.1:5000", "8.8.8.8:53");
    said.from.port = static_cast<std::uint16_t>(2000 + 2 * i);
    const std::uint16_t port = out(said)->from.port;
    ++steps[port - before];
    before = port;
  }
  for (const auto& [step, count] : steps) EXPECT_LT(count, 8) << step;
}

// SECURITY B15, H3: a reset outside of the window neither ends nor shortens anything.
TEST_F(NatTest, AttackSpoofedResetKeepsTheMapping) {
  open_tcp();
  const Instant ends = nat.deadline();
  for (std::uint32_t seq = 20'000; seq > 0 && seq < 0xfff0'0000; seq += 9'999'991) {
    in(to_client(RST, seq + 5001));
    in(to_client(RST | ACK, seq + 5001));
  }
  EXPECT_EQ(nat.deadline(), ends);
  EXPECT_GT(nat.counters().tcp_not_believed, 800u);
  pass(1h);
  EXPECT_TRUE(may_enter(to_client(ACK, 5001)));
  // A true one shortens the life to four minutes, which no further reset prolongs.
  in(to_client(RST, 5001));
  EXPECT_EQ(nat.deadline(), now + 4min);
  now += 1min;
  in(to_client(RST, 5001));
  EXPECT_EQ(nat.deadline(), now + 3min);
}

// SECURITY B4, B15: a stranger's SYN, FIN or text neither restarts nor keeps a connection alive.
TEST_F(NatTest, AttackSpoofedSegmentsDoNotRefresh) {
  open_tcp();
  const Instant ends = nat.deadline();
  now += 1min;
  in(to_client(SYN, 5001));
  in(to_client(SYN | ACK, 77));
  in(to_client(ACK | FIN, 0x8000'0000));
  in(to_client(ACK, 5001, 0x8000'0000));
  EXPECT_EQ(nat.deadline(), ends);
}

// SECURITY H1: no packet's text opens anything.
TEST_F(NatTest, AttackSlipstreamingOpensNoPinhole) {
  const std::string sip =
      "REGISTER sip:8.8.8.8;transport=TCP SIP/2.0\r\nContact: <sip:x@10.0.0.1:445>\r\n\r\n";
  const std::string ftp = "PORT 10,0,0,1,1,189\r\n";
  for (const auto& [said, payload] : {std::pair{udp("10.0.0.1:5060", "8.8.8.8:5060"), sip},
                                      {tcp("10.0.0.1:5060", "8.8.8.8:5060", ACK), sip},
                                      {tcp("10.0.0.1:21", "8.8.8.8:21", ACK), ftp}}) {
    Said with_text = said;
    with_text.text = Octets(payload.begin(), payload.end());
    const auto sent = out(with_text);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->text, with_text.text) << "not a byte of it is changed";
  }
  for (const char* to : {"203.0.113.7:445", "203.0.113.7:5060", "203.0.113.7:21"}) {
    EXPECT_FALSE(may_enter(tcp("8.8.8.8:999", to, SYN)));
    EXPECT_FALSE(may_enter(udp("8.8.8.8:999", to)));
  }
}

// SECURITY C1: a flood of SYNs from outside to a forwarded port takes room from itself only.
TEST_F(NatTest, AttackSynFloodToAForwardedPort) {
  ASSERT_TRUE(nat.table().add({wire::IpProtocol::tcp, at("203.0.113.7:80"), at("10.0.0.9:80")}));
  Said honest = tcp("8.8.8.8:999", "203.0.113.7:80", SYN, 7);
  ASSERT_TRUE(in(honest));
  Said answer = tcp("10.0.0.9:80", "8.8.8.8:999", SYN | ACK, 70);
  answer.ack = 8;
  ASSERT_TRUE(out(answer));
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    Said syn = tcp("8.8.8.8:999", "203.0.113.7:80", SYN, i);
    syn.from.address = IpAddress::v4(0x0900'0000 + i);
    ASSERT_TRUE(in(syn));
  }
  EXPECT_EQ(nat.table().sessions(), settings.max_unanswered + 1);
  honest.flags = ACK;
  honest.seq = 8;
  honest.ack = 71;
  EXPECT_TRUE(in(honest));
  EXPECT_TRUE(out(tcp("10.0.0.9:5000", "8.8.8.8:80", SYN))) << "its own flows still begin";
}

// SECURITY B10, E7: forged errors about flows that are not ours, or to somebody else.
TEST_F(NatTest, AttackForgedErrors) {
  const auto sent = out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  ASSERT_TRUE(sent);
  Said other = *sent;
  other.to = at("8.8.8.8:54");
  EXPECT_FALSE(in(error("9.9.9.9", outside, 3, packets.bytes_of(other))));
  EXPECT_EQ(last.drop, Drop::nat_icmp_unmatched);
  other = *sent;
  other.from.port = 5001;
  EXPECT_FALSE(in(error("9.9.9.9", outside, 3, packets.bytes_of(other))));
  EXPECT_EQ(last.verdict, Verdict::untouched) << "about no mapping: this host's own, or nobody's";
  EXPECT_FALSE(in(error("9.9.9.9", "203.0.113.8", 3, packets.bytes_of(*sent))));
  // An error about an error.
  EXPECT_FALSE(in(error("9.9.9.9", outside, 3,
                        packets.bytes_of(error(outside, "8.8.8.8", 3, packets.bytes_of(*sent))))));
  EXPECT_EQ(last.drop, Drop::icmp_malformed);
  // A redirect stays outside.
  EXPECT_FALSE(in(error("9.9.9.9", outside, 5, packets.bytes_of(*sent))));
  // From inside: about nothing, or to somebody it is not about.
  EXPECT_FALSE(out(error("10.0.0.1", "9.9.9.9", 3, packets.bytes_of(*sent))));
  EXPECT_EQ(last.drop, Drop::nat_icmp_unmatched);
  // A wrong checksum.
  BufferChain bad = packets.packet(error("9.9.9.9", outside, 3, packets.bytes_of(*sent)));
  Octets bytes = bad.flatten();
  bytes[30] ^= 1;
  bad = packets.chain(bytes);
  EXPECT_EQ(nat.inbound(bad, now).drop, Drop::icmp_bad_checksum);
}

// SECURITY B17, E6: from our own external address, LAND packets among them.
TEST_F(NatTest, AttackForgedExternalSource) {
  ASSERT_TRUE(nat.table().add({wire::IpProtocol::tcp, at("203.0.113.7:80"), at("10.0.0.9:80")}));
  for (const char* from : {"203.0.113.7:80", "203.0.113.7:81"}) {
    EXPECT_FALSE(in(tcp(from, "203.0.113.7:80", SYN)));
    EXPECT_EQ(last.drop, Drop::ip_bad_source);
    EXPECT_FALSE(out(tcp(from, "203.0.113.7:80", SYN)));
    EXPECT_EQ(last.drop, Drop::ip_bad_source);
    EXPECT_FALSE(out(udp(from, "8.8.8.8:53")));
    EXPECT_EQ(last.drop, Drop::ip_bad_source);
  }
  EXPECT_EQ(nat.table().sessions(), 0u);
}

// SECURITY E10: tunnels are not looked into, and go nowhere.
TEST_F(NatTest, AttackTunnels) {
  for (const int protocol : {4, 41, 47, 50, 132, 255}) {
    Said said = udp("8.8.8.8:1", "203.0.113.7:2");
    said.protocol = static_cast<std::uint8_t>(protocol);
    BufferChain packet = packets.packet(said);
    EXPECT_EQ(nat.inbound(packet, now).verdict, Verdict::untouched);
    std::swap(said.from, said.to);
    said.from = at("10.0.0.1:1");
    packet = packets.packet(said);
    EXPECT_EQ(nat.outbound(packet, now).drop, Drop::nat_protocol);
  }
}

// SECURITY A2, E10: random bytes, and good packets with bits flipped, do no harm.
TEST_F(NatTest, AttackGarbage) {
  Rng rng{5};
  const Octets quote = packets.bytes_of(udp("203.0.113.7:5000", "8.8.8.8:53"));
  const Octets goods[] = {packets.bytes_of(udp("10.0.0.1:5000", "8.8.8.8:53")),
                          packets.bytes_of(tcp("10.0.0.1:5000", "8.8.8.8:53", SYN)),
                          packets.bytes_of(echo("10.0.0.1", "8.8.8.8", 8, 5)),
                          packets.bytes_of(error("9.9.9.9", outside, 3, quote))};
  for (int i = 0; i < 200'000; ++i) {
    Octets bytes = goods[rng.below(4)];
    for (std::uint64_t flips = rng.below(4); flips > 0; --flips) {
      bytes[rng.below(bytes.size())] ^= static_cast<std::uint8_t>(1u << rng.below(8));
    }
    bytes.resize(rng.chance(200'000) ? rng.below(bytes.size() + 1) : bytes.size());
    if (bytes.size() >= 20 && rng.chance(800'000)) {  // so that more gets past the first check
      store_be16(bytes.data() + 10, 0);
      const std::size_t header = std::min<std::size_t>((bytes[0] & 15u) * 4, bytes.size() & ~1ull);
      store_be16(bytes.data() + 10, sum_of(Bytes{bytes}.first(header)).checksum());
    }
    BufferChain packet = packets.chain(bytes);
    if (rng.chance(500'000)) {
      nat.outbound(packet, now);
    } else {
      nat.inbound(packet, now);
    }
  }
  pass(3h);
  EXPECT_EQ(nat.table().sessions() + nat.table().mappings(), 0u);
}

// ---- Ports by themselves

TEST(NatPorts, EveryPortOfARangeOnceWhateverTheOrder) {
  NatPorts ports;
  std::set<std::uint16_t> used;
  for (std::uint32_t i = 0; i < 1023; ++i) {
    const auto port = ports.take({7, false, false}, SipKey{3, 4}, i);
    ASSERT_TRUE(port);
    EXPECT_TRUE(used.insert(*port).second);
    EXPECT_TRUE(*port >= 1 && *port < 1024);
    if (i < 512) {
      EXPECT_EQ(*port % 2, 1) << "as long as there are odd ones";
    }
  }
  EXPECT_FALSE(ports.take({7, false, false}, SipKey{3, 4}, 9));
  EXPECT_EQ(ports.in_use(), 1023u);
  ports.release(500);
  EXPECT_EQ(ports.take({7, true, false}, SipKey{3, 4}, 9), 500);
  for (const std::uint16_t port : used) ports.release(port);
  EXPECT_EQ(ports.in_use(), 0u);
  EXPECT_TRUE(ports.take_exactly(80));
  EXPECT_FALSE(ports.take_exactly(80));
}

}  // namespace
}  // namespace acksu::nat_test
