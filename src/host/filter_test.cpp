// Rules in order, flows that they open, and packets that pretend to belong to them.
#include "host/filter.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "host/packets_test.h"

namespace acksu::filter_test {
namespace {

using test::at;
using test::echo;
using test::error;
using test::Said;
using test::tcp;
using test::udp;

constexpr std::uint16_t SYN = Flags::syn, ACK = Flags::ack, FIN = Flags::fin, RST = Flags::rst;
constexpr LinkId lan = 0, wan = 1;

// From the LAN everything, from the WAN what was asked for, and ssh to one host.
FilterSettings home_router() {
  FilterSettings settings;
  settings.rules.push_back({.direction = FilterDirection::forward, .in_link = lan});
  settings.rules.push_back({.direction = FilterDirection::forward,
                            .in_link = wan,
                            .destination = parse_prefix("10.0.0.9/32"),
                            .protocol = wire::IpProtocol::tcp,
                            .destination_ports = {22, 22}});
  settings.rules.push_back({.in_link = wan,
                            .protocol = wire::IpProtocol::tcp,
                            .destination_ports = {113, 113},
                            .verdict = FilterVerdict::reject});
  settings.otherwise = FilterVerdict::drop;
  return settings;
}

struct FilterTest : testing::Test {
  test::Packets packets;
  FilterSettings settings = home_router();
  Filter filter{settings, SipKey{1, 2}};
  Instant now{1h};
  Filter::Judgement last;

  void restart() { filter = Filter{settings, SipKey{1, 2}}; }
  FilterVerdict judge(const Said& said, LinkId from, LinkId to) {
    BufferChain packet = packets.packet(said);
    NatPacket opened;
    EXPECT_EQ(opened.open(packet), Drop::none);
    FilterPacket looked_at = filter_packet(opened);
    looked_at.direction = FilterDirection::forward;
    looked_at.in_link = from;
    looked_at.out_link = to;
    last = filter.judge(looked_at, now);
    return last.verdict;
  }
  bool out(const Said& said) { return judge(said, lan, wan) == FilterVerdict::accept; }
  bool in(const Said& said) { return judge(said, wan, lan) == FilterVerdict::accept; }
  void open_tcp() {
    EXPECT_TRUE(out(tcp("10.0.0.1:1234", "8.8.8.8:80", SYN, 1000)));
    Said said = tcp("8.8.8.8:80", "10.0.0.1:1234", SYN | ACK, 5000);
    said.ack = 1001;
    EXPECT_TRUE(in(said));
    said = tcp("10.0.0.1:1234", "8.8.8.8:80", ACK, 1001);
    said.ack = 5001;
    EXPECT_TRUE(out(said));
  }
};

TEST_F(FilterTest, AnswersMayEnterAndStrangersMayNot) {
  EXPECT_FALSE(in(udp("8.8.8.8:53", "10.0.0.1:5000")));
  EXPECT_EQ(last.drop, Drop::filter_denied);
  EXPECT_EQ(last.rule, Filter::no_rule);
  EXPECT_TRUE(out(udp("10.0.0.1:5000", "8.8.8.8:53")));
  EXPECT_EQ(last.rule, 0u);
  EXPECT_TRUE(in(udp("8.8.8.8:53", "10.0.0.1:5000")));
  EXPECT_TRUE(last.is_known_flow);
  EXPECT_FALSE(in(udp("8.8.8.8:54", "10.0.0.1:5000")));
  EXPECT_FALSE(in(tcp("8.8.8.8:53", "10.0.0.1:5000", SYN))) << "another protocol";
  EXPECT_EQ(filter.flows(), 1u);
}

TEST_F(FilterTest, TheFirstRuleThatFitsDecides) {
  EXPECT_TRUE(in(tcp("8.8.8.8:999", "10.0.0.9:22", SYN)));
  EXPECT_EQ(last.rule, 1u);
  EXPECT_FALSE(in(tcp("8.8.8.8:999", "10.0.0.8:22", SYN)));
  EXPECT_EQ(last.verdict, FilterVerdict::drop);
  EXPECT_FALSE(in(udp("8.8.8.8:999", "10.0.0.9:22")));
  EXPECT_FALSE(in(tcp("8.8.8.8:999", "10.0.0.9:113", SYN)));
  EXPECT_EQ(last.verdict, FilterVerdict::reject);
  EXPECT_EQ(last.rule, 2u);
  EXPECT_EQ(filter.counters(1).packets, 1u);
  EXPECT_EQ(filter.counters(1).bytes, 40u);
  EXPECT_EQ(filter.counters(2).packets, 1u);
  EXPECT_EQ(filter.otherwise().packets, 2u);
}

TEST_F(FilterTest, RulesAboutPortsSayNothingOfPacketsWithout) {
  settings.rules = {{.source_ports = {0, 100}}};
  restart();
  EXPECT_FALSE(in(echo("8.8.8.8", "10.0.0.1", 8, 5)));
  EXPECT_TRUE(in(udp("8.8.8.8:100", "10.0.0.1:1")));
  EXPECT_FALSE(in(udp("8.8.8.8:101", "10.0.0.1:2")));
}

TEST_F(FilterTest, RulesAboutIcmpTypes) {
  settings.rules = {{.icmp_type = wire::IcmpType::echo_request}};
  restart();
  EXPECT_TRUE(in(echo("8.8.8.8", "10.0.0.1", 8, 5)));
  EXPECT_TRUE(out(echo("10.0.0.1", "8.8.8.8", 0, 5))) << "the answer";
  EXPECT_FALSE(out(echo("10.0.0.1", "8.8.8.8", 0, 6)));
  EXPECT_FALSE(in(udp("8.8.8.8:8", "10.0.0.1:8")));
}

TEST_F(FilterTest, ErrorsAboutKnownFlowsMayEnter) {
  const Said sent = udp("10.0.0.1:5000", "8.8.8.8:53");
  const auto about = [&](const Said& said) {
    return error("9.9.9.9", "10.0.0.1", 3, packets.bytes_of(said));
  };
  EXPECT_FALSE(in(about(sent)));
  out(sent);
  EXPECT_TRUE(in(about(sent)));
  EXPECT_FALSE(in(about(udp("10.0.0.1:5000", "8.8.8.8:54"))));
  EXPECT_FALSE(in(error("9.9.9.9", "10.0.0.2", 3, packets.bytes_of(sent)))) << "to somebody else";
}

TEST_F(FilterTest, FlowsEndWhenTheyAreIdle) {
  out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  open_tcp();
  EXPECT_EQ(filter.deadline(), now + 5min);
  now += 5min;
  filter.on_time(now);
  EXPECT_EQ(filter.flows(), 1u);
  EXPECT_EQ(filter.deadline(), now + 119min);
  Said fin = tcp("10.0.0.1:1234", "8.8.8.8:80", ACK | FIN, 1001);
  fin.ack = 5001;
  EXPECT_TRUE(out(fin));
  fin = tcp("8.8.8.8:80", "10.0.0.1:1234", ACK | FIN, 5001);
  fin.ack = 1002;
  EXPECT_TRUE(in(fin));
  EXPECT_EQ(filter.deadline(), now + 4min);
  filter.on_time(now + 4min);
  EXPECT_EQ(filter.flows(), 0u);
  EXPECT_EQ(filter.deadline(), never);
}

TEST_F(FilterTest, BothFamilies) {
  FilterPacket packet;
  packet.direction = FilterDirection::forward;
  packet.in_link = lan;
  packet.out_link = wan;
  packet.protocol = wire::IpProtocol::udp;
  packet.source = at("[2001:db8::1]:5000");
  packet.destination = at("[2001:db8:9::1]:53");
  EXPECT_EQ(filter.judge(packet, now).verdict, FilterVerdict::accept);
  std::swap(packet.source, packet.destination);
  std::swap(packet.in_link, packet.out_link);
  EXPECT_TRUE(filter.judge(packet, now).is_known_flow);
  packet.source.port = 54;
  EXPECT_EQ(filter.judge(packet, now).verdict, FilterVerdict::drop);
}

TEST_F(FilterTest, IsAValue) {
  open_tcp();
  Filter copy = filter;
  Digest a, b, c;
  filter.digest(a);
  copy.digest(b);
  EXPECT_EQ(a.value(), b.value());
  out(udp("10.0.0.1:5000", "8.8.8.8:53"));
  filter.digest(c);
  EXPECT_NE(a.value(), c.value());
  EXPECT_EQ(copy.flows(), 1u);
}

// SECURITY B15: a stranger's segments do not pass for those of a connection.
TEST_F(FilterTest, AttackSpoofedSegmentsOfAnEstablishedConnection) {
  open_tcp();
  const auto spoofed = [](std::uint16_t flags, std::uint32_t seq, std::uint32_t ack) {
    Said said = tcp("8.8.8.8:80", "10.0.0.1:1234", flags, seq);
    said.ack = ack;
    return said;
  };
  EXPECT_FALSE(in(spoofed(RST, 0x8000'0000, 0)));
  EXPECT_FALSE(in(spoofed(SYN, 5001, 0)));
  EXPECT_FALSE(in(spoofed(ACK, 0x8000'0000, 1001)));
  EXPECT_FALSE(in(spoofed(ACK, 5001, 0x8000'0000)));
  EXPECT_TRUE(in(spoofed(ACK, 5001, 1001)));
  EXPECT_EQ(filter.deadline(), now + 124min);
}

// SECURITY C1, H2: floods from inside and outside.
TEST_F(FilterTest, AttackFlowTableExhaustion) {
  settings.max_flows = 1000;
  restart();
  open_tcp();
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Said syn = tcp("8.8.8.8:999", "10.0.0.9:22", SYN, i);
    syn.from.address = IpAddress::v4(0x0900'0000 + i);
    EXPECT_TRUE(in(syn));
  }
  EXPECT_EQ(filter.flows(), 1000u);
  Said said = tcp("8.8.8.8:80", "10.0.0.1:1234", ACK, 5001);
  said.ack = 1001;
  EXPECT_TRUE(in(said)) << "the established connection is still known";
  for (std::uint32_t i = 0; i < 2000; ++i) {
    Said datagram = udp("10.0.0.1:5000", "8.8.8.8:53");
    datagram.to.address = IpAddress::v4(0x0900'0000 + i);
    out(datagram);
  }
  EXPECT_EQ(last.drop, Drop::filter_table_full);
  EXPECT_TRUE(in(said));
}

// SECURITY A5, B17: combinations of flags that nobody sends open nothing.
TEST_F(FilterTest, AttackScansWithOddFlags) {
  settings.takes_up_old_connections = false;
  restart();
  for (unsigned flags = 0; flags < 64; ++flags) {
    if (flags == SYN || (flags & (SYN | FIN)) == (SYN | FIN) ||
        (flags & (SYN | RST)) == (SYN | RST)) {
      continue;
    }
    if ((flags & SYN) != 0 && (flags & ACK) == 0) continue;
    out(tcp("10.0.0.1:1234", "8.8.8.8:80", static_cast<std::uint8_t>(flags)));
    EXPECT_EQ(filter.flows(), 0u) << flags;
  }
}

}  // namespace
}  // namespace acksu::filter_test
