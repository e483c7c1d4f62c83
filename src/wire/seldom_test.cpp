// What messages seldom hold: options that were lent no room, lengths at their ends, names and
// quotes inside of others, headers without any room left.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "wire/dhcp.h"
#include "wire/dhcpv6.h"
#include "wire/header_sum.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/pcapng.h"
#include "wire/ppp_control.h"
#include "wire/ppp_frame.h"
#include "wire/tcp.h"
#include "wire/test_frames.h"
#include "wire/upper_header.h"
#include "wire/writer.h"

namespace acksu::wire::seldom_test {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

// ---- DHCP ---------------------------------------------------------------------------------------

// RFC 2132 9.3: options go on in the file (1), the server's name (2) or both (3), and in no field
// that was not lent.
TEST(Seldom, OnlyFieldsThatWereLentHoldOptions) {
  const auto servers = [](std::uint8_t lent) {
    DhcpMessage offer, out;
    offer.is_reply = true;
    offer.type = DhcpType::offer;
    Octets bytes = to_bytes(offer);
    bytes.resize(240);
    bytes = bytes + hex("350102 3401") + Octets{lent} + hex("ff");
    const auto file = hex("06040a000001 ff"), name = hex("06040a000002 ff");
    std::copy(file.begin(), file.end(), bytes.begin() + 108);
    std::copy(name.begin(), name.end(), bytes.begin() + 44);
    EXPECT_EQ(read(bytes, out), Drop::none);
    return out.name_servers;
  };
  const IpAddress in_file = IpAddress::v4(10, 0, 0, 1), in_name = IpAddress::v4(10, 0, 0, 2);
  EXPECT_EQ(servers(1), (std::vector{in_file}));
  EXPECT_EQ(servers(2), (std::vector{in_name}));
  EXPECT_EQ(servers(3), (std::vector{in_file, in_name}));
}

TEST(Seldom, ATypeOfDhcpThatNobodyKnowsHasNoName) { EXPECT_STREQ(name(DhcpType{9}), "unknown"); }

// RFC 8415 10: names are not compressed, though the one pointed at stands far enough ahead.
TEST(Seldom, ADomainThatPointsAtAnotherIsNone) {
  Dhcpv6Message out;
  const std::string first = "0161 0162 0163 0164 0165 0166 00 ";
  EXPECT_EQ(read(hex("07000001 0018000d" + first), out), Drop::none);
  EXPECT_EQ(read(hex("07000001 00180011" + first + "0161 c00c"), out), Drop::dhcp_bad_option);
}

// RFC 8415 21.13: a code, and perhaps words.
TEST(Seldom, AStatusMayHaveWords) {
  Dhcpv6Message out;
  EXPECT_EQ(read(hex("07000001 000d0002 0005"), out), Drop::none);
  EXPECT_EQ(out.status, 5);
  EXPECT_EQ(read(hex("07000001 000d0005 0006 616263"), out), Drop::none);
  EXPECT_EQ(out.status, 6);
  EXPECT_EQ(read(hex("07000001 000d0001 05"), out), Drop::dhcp_bad_option);
}

// ---- Headers ------------------------------------------------------------------------------------

TEST(Seldom, LessThanAHeaderIsTruncated) {
  const Octets zeros(Ipv6Header::size - 1);
  Ipv4Header header;
  EXPECT_EQ(read_any(Bytes(zeros).first(Ipv4Header::size - 1), Ipv4Header::size, header),
            Drop::ip_truncated);
  ExtensionHeaders extensions;
  EXPECT_EQ(read(zeros, Ipv6Header{}, extensions), Drop::ip_truncated);
}

// The bit that says that more follow.
TEST(Seldom, AFragmentSaysThatMoreFollow) {
  for (const bool more : {false, true}) {
    Ipv4Header header, again;
    header.total_length = 28;
    header.more_fragments = more;
    header.fragment_offset_bytes = 16;
    header.ttl = 64;
    header.source = IpAddress::v4(10, 0, 0, 1);
    header.destination = IpAddress::v4(10, 0, 0, 2);
    Octets packet(header.total_length);
    write(header, packet);
    EXPECT_EQ(load_be16(&packet[6]), (more ? 0x2000 : 0) | 2);
    ASSERT_EQ(read(packet, again), Drop::none);
    EXPECT_EQ(again, header);
  }
}

// RFC 1858, RFC 7112: a first fragment must hold all of them.
TEST(Seldom, HeadersOfTransportsHaveTheirLengths) {
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    const bool has_eight = protocol == 1 || protocol == 2 || protocol == 17 || protocol == 58;
    EXPECT_EQ(upper_header_bytes(static_cast<std::uint8_t>(protocol), {}), protocol == 6 ? 20u
                                                                           : has_eight   ? 8u
                                                                                         : 0u)
        << protocol;
  }
}

TEST(Seldom, PaddingEndsWithTheRoom) {
  Octets room(3, 0xee);
  Writer writer(room);
  writer.u8(1);
  writer.pad_to(8);
  EXPECT_TRUE(writer.failed());
  EXPECT_EQ(room, hex("01 00 00"));
}

// RFC 4443 2.4 (e.1): what cannot be seen to be an error may be told about.
TEST(Seldom, AnIcmpv6MessageWhoseTypeIsNotSeen) {
  const Offence offence{IpAddress{0x2001'0db8'0000'0000, 1}, IpAddress{0x2001'0db8'0000'0000, 2},
                        NextHeader::icmpv6, std::nullopt, false};
  EXPECT_TRUE(may_tell_error(Icmpv6Type::parameter_problem, false, offence));
}

// ---- Neighbour discovery ------------------------------------------------------------------------

// RFC 4861 8.1: a redirect is about one host.
TEST(Seldom, ARedirectAboutNobody) {
  BufferPool pool;
  const NdpCarrier carrier{*parse_ip("fe80::1"), *parse_ip("fe80::2"), 255, false};
  const auto verdict = [&](const char* about) {
    Redirect redirect, out;
    redirect.target = *parse_ip("fe80::9");
    redirect.destination = *parse_ip(about);
    const PseudoHeader pseudo{carrier.source, carrier.destination};
    Octets room(largest_ndp_message);
    room.resize(write(redirect, pseudo, room));
    Icmpv6Message message;
    EXPECT_EQ(read_icmpv6(test::chain(pool, room), pseudo, false, message), Drop::none);
    return read(message, carrier, out);
  };
  EXPECT_EQ(verdict("::"), Drop::ndp_bad_destination);
  EXPECT_EQ(verdict("::1:2"), Drop::none);
}

// RFC 8106 5.1: an option names one resolver at least.
TEST(Seldom, ResolversOfNobodyAreNotTold) {
  RouterAdvertisement plain, empty;
  empty.resolvers.add({{}, 600s});
  const PseudoHeader pseudo{*parse_ip("fe80::1"), *parse_ip("ff02::1")};
  Octets room(largest_ndp_message), other(largest_ndp_message);
  room.resize(write(plain, pseudo, room));
  other.resize(write(empty, pseudo, other));
  EXPECT_EQ(other, room);
}

// ---- Captures -----------------------------------------------------------------------------------

// Octets that go on a character that never began: all of it is cut off.
TEST(Seldom, ACommentThatIsNoTextIsCutToNothing) {
  const std::string comment(70'000, '\x80');
  CapturedPacket packet;
  packet.comment = comment;
  Octets out;
  append_packet(out, packet, Bytes{});
  Octets without;
  append_packet(without, {}, Bytes{});
  EXPECT_EQ(out, without);
}

// ---- PPP ----------------------------------------------------------------------------------------

TEST(Seldom, ANumberHasEightOctetsAtMost) {
  const PppOption eight = PppOption::number(1, 0x0102'0304'0506'0708, 8);
  EXPECT_EQ(eight.number(8), 0x0102'0304'0506'0708u);
  const PppOption nine{1, Octets(9, 1)};
  EXPECT_EQ(nine.number(9), std::nullopt);
}

TEST(Seldom, ADeframerTellsItsStatesApart) {
  const auto told = [](const Octets& stream) {
    PppDeframer deframer(8);
    Bytes rest = stream;
    while (deframer.next(rest)) continue;
    Digest digest;
    deframer.digest(digest);
    return digest.value();
  };
  std::set<std::uint64_t> all;
  for (const char* stream : {"7e", "7e 41", "7e 42", "7e 41 7d", "7e 4141414141414141414141414141",
                             "7e 41414141414141414141414141414141"}) {
    all.insert(told(hex(stream)));
  }
  // What is too long is forgotten but for that.
  EXPECT_EQ(all.size(), 6u);
}

// What was handed out is no more a part of it.
TEST(Seldom, ADeframerForgetsWhatItHasTold) {
  const auto told = [](const Octets& stream) {
    PppDeframer deframer(8);
    Bytes rest = stream;
    deframer.next(rest);
    Digest digest;
    deframer.digest(digest);
    return digest.value();
  };
  const std::uint64_t fresh = told({});
  EXPECT_EQ(told(hex("7e 41 7e")), fresh);                                      // a runt
  EXPECT_EQ(told(hex("7e 41414141 7d 7e")), fresh);                             // aborted
  EXPECT_EQ(told(hex("7e") + Octets(40, 0x41) + hex("7e")), fresh);             // too long
  EXPECT_EQ(told(ppp_frame({}, PppProtocol::ipv4, hex("4142434445"))), fresh);  // whole
}

// ---- Options of TCP -----------------------------------------------------------------------------

// RFC 7413 appendix A: by the experimental kind, too, only cookies that can be.
TEST(Seldom, AnExperimentalCookieOfAnIllegalLengthIsIgnored) {
  const auto is_read = [](const char* option) {
    auto packet = hex("c0000050 000003e8 00000000 a002ffff 00000000") + hex(option);
    packet.resize(40, 1);
    BufferPool pool;
    Segment segment;
    EXPECT_EQ(read_tcp(test::chain(pool, packet), test::pseudo, true, segment), Drop::none);
    return segment.options.fast_open.is_given();
  };
  EXPECT_TRUE(is_read("fe04 f989"));
  EXPECT_TRUE(is_read("fe08 f989 01020304"));
  EXPECT_FALSE(is_read("fe07 f989 010203"));
  EXPECT_FALSE(is_read("fe06 f989 0102"));
  EXPECT_FALSE(is_read("fe04 f98a"));  // another experiment
}

// RFC 9293 3.1: with a cookie of 16 bytes all 40 bytes of options are used.
TEST(Seldom, TheLongestCookieLeavesNoRoom) {
  Segment syn;
  syn.source_port = 1, syn.destination_port = 2;
  syn.flags.set(Flags::syn);
  syn.options.mss = 1460;
  syn.options.sack_permitted = true;
  syn.options.has_timestamps = true;
  syn.options.window_scale = 7;
  syn.options.fast_open = *FastOpenOption::of(Octets(16, 7));
  ASSERT_EQ(tcp_header_bytes(syn.options, syn.flags), largest_tcp_header);
  syn.options.user_timeout = 5;
  syn.options.sack.push_back({Seq{1}, Seq{2}});
  EXPECT_EQ(tcp_header_bytes(syn.options, syn.flags), largest_tcp_header);
  Octets room(largest_tcp_header);
  ASSERT_EQ(write_tcp(syn, test::pseudo, room), largest_tcp_header);
  BufferPool pool;
  Segment again;
  ASSERT_EQ(read_tcp(test::chain(pool, room), test::pseudo, false, again), Drop::none);
  EXPECT_EQ(again.options.user_timeout, 0);
  EXPECT_EQ(again.options.sack.size(), 0u);
  EXPECT_EQ(again.options.fast_open.cookie().size(), 16u);
}

}  // namespace
}  // namespace acksu::wire::seldom_test
