// Scripts read: times, packets with their options, calls, and what is no script.
#include "packetdrill/parser.h"

#include <gtest/gtest.h>

namespace acksu::packetdrill {
namespace {

Event event_of(const std::string& text) { return parse_script(text).events.at(0); }
PacketLine packet_of(const std::string& text) {
  return std::get<PacketLine>(event_of("0 " + text).action);
}
TcpLine tcp_of(const std::string& text) { return std::get<TcpLine>(packet_of(text).content); }

std::string mistake_of(const std::string& text) {
  try {
    parse_script(text);
  } catch (const Mistake& mistake) {
    return std::to_string(mistake.line()) + ": " + mistake.what();
  }
  return "";
}

TEST(Parser, ReadsTimesExactly) {
  EXPECT_EQ(event_of("+.25 < . 1:1(0)").time, 250ms);
  EXPECT_EQ(event_of("0.000001 < . 1:1(0)").time, 1us);
  EXPECT_EQ(event_of("3 < . 1:1(0)").time_kind, Event::TimeKind::absolute);
  EXPECT_EQ(event_of("* > . 1:1(0)").time_kind, Event::TimeKind::any);
  const Event range = event_of("+1~+1.5 > . 1:1(0)");
  EXPECT_EQ(range.time_kind, Event::TimeKind::relative_range);
  EXPECT_EQ(range.time_end, 1500ms);
  EXPECT_EQ(mistake_of("\n* < . 1:1(0)"),
            "2: only packets of the host come at any time or in a range of times");
  EXPECT_EQ(mistake_of("2~1 > . 1:1(0)"), "1: this range of times is backwards");
}

TEST(Parser, ReadsSegments) {
  const TcpLine data = tcp_of("< P. 1:1001(1000) ack 7 win 32792 urg 5");
  EXPECT_EQ(data.flags.bits, Flags::psh | Flags::ack);
  EXPECT_EQ(data.seq, 1u);
  EXPECT_EQ(data.bytes, 1000u);
  EXPECT_EQ(data.ack, 7u);
  EXPECT_EQ(data.window, 32792);
  EXPECT_EQ(data.urgent_pointer, 5);
  EXPECT_EQ(data.options, TcpOptions{});
  EXPECT_EQ(tcp_of("> - 0:0(0)").flags.bits, 0);
  EXPECT_EQ(tcp_of("> 1 > 2 . 0:0(0)").destination_port, 2);
  EXPECT_FALSE(tcp_of("> . 0:0(0) <...>").options);
  EXPECT_EQ(mistake_of("0 < P. 1:1001(999)"),
            "1: from the one sequence number to the other there are not so many bytes");
  EXPECT_EQ(mistake_of("0 < Q. 1:1(0)"), "1: 'Q' are no flags of TCP (FSRPUEWA and .)");
}

TEST(Parser, ReadsTheThreeBitsOfAccurateEcn) {
  const TcpLine five = tcp_of("> P.5 1:2(1)");
  EXPECT_TRUE(five.has_ace);
  EXPECT_EQ(five.flags.ace(), 5);
  EXPECT_TRUE(five.flags.has(Flags::ack) && five.flags.has(Flags::psh));
  const TcpLine syn = tcp_of("> SEWA 0:0(0)");
  EXPECT_FALSE(syn.has_ace);
  EXPECT_EQ(syn.flags.ace(), 7);
}

TEST(Parser, ReadsOptionsInTheirOrder) {
  const TcpOptions options =
      *tcp_of("< S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 258,nop,wscale 7>").options;
  ASSERT_EQ(options.size(), 5u);
  EXPECT_EQ(options[0], (TcpOption{TcpOption::mss, {5, 180}}));
  EXPECT_EQ(options[1], (TcpOption{TcpOption::sack_permitted}));
  EXPECT_EQ(options[2], (TcpOption{TcpOption::timestamps, {0, 0, 0, 1, 0, 0, 1, 2}}));
  EXPECT_EQ(options[4], (TcpOption{TcpOption::window_scale, {7}}));
  EXPECT_EQ(tcp_of("< . 1:1(0) <nop,sack 1:2 3:4>").options->at(1).data.size(), 16u);
  EXPECT_EQ(tcp_of("< S 0:0(0) <FO a1b2,nop>").options->at(0),
            (TcpOption{TcpOption::fast_open, {0xa1, 0xb2}}));
  EXPECT_EQ(tcp_of("< S 0:0(0) <FOEXP>").options->at(0),
            (TcpOption{TcpOption::experiment, {0xf9, 0x89}}));
  EXPECT_EQ(tcp_of("< . 0:0(0) <ECN e1b 1 ceb 2>").options->at(0),
            (TcpOption{TcpOption::acc_ecn_1, {0, 0, 1, 0, 0, 2}}));
  EXPECT_EQ(mistake_of("0 < . 1:1(0) <mss 70000>"), "1: the option's value is at most 65535");
  EXPECT_EQ(mistake_of("0 < . 1:1(0) <foo>"), "1: an option of TCP expected, not 'foo'");
}

TEST(Parser, ReadsTheHeaderAround) {
  const IpFields fields = packet_of("> [ect0,flowlabel 0x12] . 1:1(0)").ip;
  EXPECT_EQ(fields.tos_check, IpFields::Tos::ecn);
  EXPECT_EQ(fields.tos, 2);
  EXPECT_EQ(fields.flow_label, 0x12u);
  EXPECT_EQ(packet_of("< (ttl 1) . 1:1(0)").ip.ttl, 1);
  const PacketLine tunnel = packet_of("< ipv4 1.1.1.1 > 2.2.2.2: ipv6 ::1 > ::2: . 1:1(0)");
  ASSERT_EQ(tunnel.outer.size(), 2u);
  EXPECT_EQ(tunnel.outer[0].destination, IpAddress::v4(2, 2, 2, 2));
}

TEST(Parser, ReadsOtherProtocols) {
  EXPECT_EQ(std::get<UdpLine>(packet_of("> udp 7>8 (100)").content).bytes, 100u);
  const auto icmp = std::get<IcmpLine>(
      packet_of("< icmp unreachable frag_needed mtu 1200 [1:1461(1460)]").content);
  EXPECT_EQ(icmp.code, "frag_needed");
  EXPECT_EQ(icmp.mtu, 1200u);
  EXPECT_EQ(icmp.quote.bytes, 1460u);
}

TEST(Parser, ReadsCalls) {
  const Event event = event_of(
      "+0...0.2 connect(3, {sa_family=AF_INET, sin_port=htons(80)}, ...)"
      " = -1 EINPROGRESS (Operation now in progress)");
  const auto& call = std::get<SystemCall>(event.action);
  EXPECT_EQ(call.name, "connect");
  EXPECT_EQ(call.end, 200ms);
  EXPECT_EQ(call.result.number, -1);
  EXPECT_EQ(call.error, "EINPROGRESS");
  ASSERT_EQ(call.arguments.size(), 3u);
  EXPECT_EQ(to_string(call.arguments[1]), "{sa_family=AF_INET, sin_port=htons(80)}");
  EXPECT_EQ(call.arguments[1].part("sin_port")->parts[0].number, 80);
  const auto poll = std::get<SystemCall>(
      event_of("0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1").action);
  EXPECT_EQ(to_string(poll.arguments[0]), "[{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}]");
}

TEST(Parser, ReadsAWholeScript) {
  const Script script = parse_script(
      "--tolerance_usecs=1000 --define=FD=3\n"
      "`sysctl -q a=1`\n"
      "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = FD\n"
      "+0 `true`\n"
      "+0 %{ assert 1 }%\n"
      "`cleanup`");
  EXPECT_EQ(script.options.at(0).value, "1000");
  EXPECT_EQ(script.preparation->text, "sysctl -q a=1");
  ASSERT_EQ(script.events.size(), 3u);
  EXPECT_EQ(script.events[0].line, 3u);
  EXPECT_EQ(std::get<SystemCall>(script.events[0].action).result.number, 3);
  EXPECT_EQ(std::get<Code>(script.events[2].action).text, " assert 1 ");
  EXPECT_EQ(script.cleanup->text, "cleanup");
}

TEST(Parser, SaysWhatItExpected) {
  EXPECT_EQ(mistake_of("0 socket(1 = 3"), "1: ',' expected, not '='");
  EXPECT_EQ(mistake_of("0 `a` `b` 0 close(3) = 0"), "1: a time expected, not '0'");
  EXPECT_EQ(mistake_of(""), "1: an event expected, not the end");
  EXPECT_EQ(mistake_of("0 a(" + std::string(100, '[') + ")"),
            "1: something less deep expected, not '['");
}

TEST(Parser, ReadsSegmentsThatStandAnywhere) {
  const TcpLine answer = tcp_of("> S. ...(0) ack 7");
  EXPECT_TRUE(answer.is_anywhere);
  EXPECT_EQ(answer.bytes, 0u);
  EXPECT_NE(mistake_of("0 < S ...(0)"), "");
}

TEST(Parser, ReadsTheFieldsOfIpv6ByTheirOwnNames) {
  const IpFields fields = packet_of("> (class 0x20, hlim 4) . 1:1(0)").ip;
  EXPECT_EQ(fields.tos, 0x20);
  EXPECT_EQ(fields.ttl, 4);
}

std::size_t events_with(const std::string& text, const std::vector<ScriptOption>& more) {
  return parse_script(text, more).events.size();
}

TEST(Parser, LeavesOutWhatIsForOtherRuns) {
  const std::string text =
      "0 < . 1:1(0)\n#ifdef A\n+0 < . 1:1(0)\n#ifdef B\n+0 < . 1:1(0)\n#endif\n#else\n"
      "+0 < . 1:1(0)\n+0 < . 1:1(0)\n#endif\n#ifndef A\n+0 < . 1:1(0)\n#endif\n# a comment\n";
  EXPECT_EQ(events_with(text, {}), 4u);
  EXPECT_EQ(events_with(text, {{"define", "A=1"}}), 2u);
  EXPECT_EQ(events_with(text, {{"define", "A=1"}, {"define", "B=1"}}), 3u);
  EXPECT_EQ(events_with(text, {{"define", "B=1"}}), 4u);
  EXPECT_EQ(mistake_of("#endif #").substr(0, 2), "1:") << "the last line has no line behind it";
  EXPECT_EQ(mistake_of("0 < .").substr(0, 2), "1:");
  EXPECT_EQ(mistake_of("0 < . 1:1(0)\n#endif\n"), "2: no #ifdef stands before this");
  EXPECT_EQ(mistake_of("#ifdef A\n"), "1: an #ifdef without its #endif");
  EXPECT_EQ(parse_script("#ifdef A\n\n#endif\n0 < . 1:1(0)").events[0].line, 4u);
}

}  // namespace
}  // namespace acksu::packetdrill
