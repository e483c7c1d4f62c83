// IPv6 headers and extension headers: exact bytes, every chain, every option, every truncation, and
// bombs.
#include "wire/ipv6.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/address.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const IpAddress one{0x2001'0db8'0000'0000, 1};
const IpAddress two{0x2001'0db8'0000'0000, 2};
const std::string addresses = "20010db8000000000000000000000001 20010db8000000000000000000000002 ";

// A packet of everything behind the IPv6 header, whose first header is of type `next`.
Octets packet_of(std::uint8_t next, const Octets& payload) {
  Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(payload.size());
  header.next_header = next;
  header.hop_limit = 64;
  header.source = one;
  header.destination = two;
  Octets packet(Ipv6Header::size);
  write(header, packet);
  return packet + payload;
}

struct Verdict {
  Drop drop = Drop::none;
  ExtensionHeaders headers;
};

Verdict walk(const Octets& packet, const Ipv6Limits& limits = {}) {
  Ipv6Header header;
  Verdict verdict;
  verdict.drop = read(packet, header);
  EXPECT_EQ(verdict.drop, Drop::none);
  verdict.drop = read(packet, header, verdict.headers, limits);
  return verdict;
}

Octets fragment_header(const FragmentHeader& header) {
  Octets bytes(FragmentHeader::size);
  write(header, bytes);
  return bytes;
}

Octets tcp_header() { return hex("c0000050 000003e8 00000000 50020000 00000000"); }

TEST(Ipv6, ExactBytes) {
  const auto expected = hex("6a2 12345 0014 06 40 " + addresses);
  Ipv6Header header;
  header.traffic_class = 0xa2;
  header.flow_label = 0x12345;
  header.payload_length = 20;
  header.next_header = 6;
  header.hop_limit = 64;
  header.source = one;
  header.destination = two;
  Octets room(Ipv6Header::size);
  EXPECT_EQ(write(header, room), 40u);
  EXPECT_EQ(room, expected);

  auto packet = expected;
  packet.resize(64);  // and padding
  Ipv6Header read_back;
  EXPECT_EQ(read(packet, read_back), Drop::none);
  EXPECT_EQ(read_back, header);
  EXPECT_EQ(read_back.total_length(), 60u);
}

TEST(Ipv6, EveryTruncationIsDropped) {
  const auto packet = packet_of(6, tcp_header());
  for (std::size_t size = 0; size < packet.size(); ++size) {
    Ipv6Header header;
    EXPECT_EQ(read(Octets(packet.begin(), packet.begin() + static_cast<long>(size)), header),
              Drop::ip_truncated)
        << size;
  }
}

TEST(Ipv6, OtherVersionsAreDropped) {  // RFC 8200 section 3.
  for (unsigned version = 0; version < 16; ++version) {
    auto packet = packet_of(6, tcp_header());
    packet[0] = static_cast<std::uint8_t>(version << 4);
    Ipv6Header header;
    EXPECT_EQ(read(packet, header), version == 6 ? Drop::none : Drop::ip_bad_version);
    EXPECT_EQ(read_quoted(packet, header), version == 6 ? Drop::none : Drop::icmp_malformed);
  }
}

// SECURITY E6: addresses that stand for IPv4 hosts inside of ours never come from a link.
TEST(Ipv6, MappedAddressesAreDropped) {
  for (const std::size_t place : {8u, 24u}) {
    auto packet = packet_of(6, tcp_header());
    const auto mapped = hex("00000000 00000000 0000ffff 0a000001");
    std::copy(mapped.begin(), mapped.end(), packet.begin() + static_cast<long>(place));
    Ipv6Header header;
    EXPECT_EQ(read(packet, header), Drop::ip_mapped_address) << place;
    EXPECT_EQ(read_quoted(packet, header), Drop::icmp_malformed) << place;
  }
}

TEST(Ipv6, RoundTrip) {
  EXPECT_TRUE(rc::check([] {
    Ipv6Header header;
    header.traffic_class = *rc::gen::arbitrary<std::uint8_t>();
    header.flow_label = *rc::gen::inRange<std::uint32_t>(0, 1u << 20);
    header.payload_length = *rc::gen::inRange<std::uint16_t>(0, 200);
    header.next_header = *rc::gen::arbitrary<std::uint8_t>();
    header.hop_limit = *rc::gen::arbitrary<std::uint8_t>();
    header.source = {*rc::gen::arbitrary<std::uint64_t>() | 1,
                     *rc::gen::arbitrary<std::uint64_t>()};
    header.destination = {*rc::gen::arbitrary<std::uint64_t>() | 1, 7};
    Octets packet(header.total_length());
    RC_ASSERT(write(header, packet) == Ipv6Header::size);
    Ipv6Header read_back;
    RC_ASSERT(read(packet, read_back) == Drop::none);
    RC_ASSERT(read_back == header);
  }));
}

TEST(Ipv6Addresses, KindsAndGroups) {
  const auto address = [](const char* text) { return *parse_ip(text); };
  EXPECT_TRUE(is_multicast(address("ff02::1")));
  EXPECT_FALSE(is_multicast(address("fe80::1")));
  EXPECT_TRUE(is_multicast(address("224.0.0.1")));
  EXPECT_TRUE(is_multicast(address("239.255.255.255")));
  EXPECT_FALSE(is_multicast(address("240.0.0.1")));
  EXPECT_TRUE(is_link_local_v6(address("fe80::1")));
  EXPECT_TRUE(is_link_local_v6(address("febf::1")));
  EXPECT_FALSE(is_link_local_v6(address("fec0::1")));
  EXPECT_FALSE(is_link_local_v6(address("169.254.0.1")));
  EXPECT_EQ(solicited_node_group(address("2001:db8::1:2abc:def0")), address("ff02::1:ffbc:def0"));
  EXPECT_EQ(to_string(mac_of_group_v6(address("ff02::1:ffbc:def0"))), "33:33:ff:bc:de:f0");
  EXPECT_EQ(to_string(mac_of_group_v4(address("239.129.2.3"))), "01:00:5e:01:02:03");
}

// ---- Extension headers --------------------------------------------------------------------------

TEST(Ipv6Walk, NoExtensionHeaders) {
  const Verdict verdict = walk(packet_of(6, tcp_header()));
  EXPECT_EQ(verdict.drop, Drop::none);
  EXPECT_EQ(verdict.headers.protocol, 6);
  EXPECT_EQ(verdict.headers.upper_offset, 40u);
  EXPECT_EQ(verdict.headers.protocol_place, 6u);
  EXPECT_FALSE(verdict.headers.fragment);
}

TEST(Ipv6Walk, RouterAlert) {
  Octets alert(router_alert_header_size);
  EXPECT_EQ(write_router_alert(NextHeader::icmpv6, alert), 8u);
  EXPECT_EQ(alert, hex("3a00 05020000 0100"));
  const Verdict verdict = walk(packet_of(NextHeader::hop_by_hop, alert + hex("8f000000 00000000")));
  EXPECT_EQ(verdict.drop, Drop::none);
  EXPECT_EQ(verdict.headers.router_alert, 0);
  EXPECT_EQ(verdict.headers.protocol, NextHeader::icmpv6);
  EXPECT_EQ(verdict.headers.upper_offset, 48u);
  EXPECT_EQ(verdict.headers.protocol_place, 40u);

  // Twice, or with a value of another length: a parameter problem. In destination options: skipped.
  EXPECT_EQ(walk(packet_of(0, hex("3a01 05020000 05020000 010400000000"))).drop,
            Drop::ip_bad_option);
  EXPECT_EQ(walk(packet_of(0, hex("3a00 0503000000 00"))).drop, Drop::ip_bad_option);
  const Verdict skipped = walk(packet_of(60, hex("3a00 05020000 0100")));
  EXPECT_EQ(skipped.drop, Drop::none);
  EXPECT_FALSE(skipped.headers.router_alert);
}

// SECURITY E5: every chain of up to six headers of eight types.
// RFC 8200 4 (a).
TEST(Ipv6Walk, SecurityE5EveryChainOfHeaders) {
  constexpr std::array<std::uint8_t, 8> types{0, 43, 44, 60, 6, 58, 59, 132};
  constexpr unsigned length = 6;
  Octets packet = packet_of(0, Octets(length * 8));
  for (unsigned chain = 0; chain < 1u << (3 * length); ++chain) {
    const auto type = [&](unsigned i) {
      return i < length ? types[chain >> (3 * i) & 7] : NextHeader::none;
    };
    Drop expected = Drop::none;
    unsigned end = 0;
    bool has_fragment = false;
    packet[6] = type(0);
    for (unsigned i = 0; i < length; ++i) {
      const std::uint8_t head[8] = {
          type(i + 1),
          0,
          static_cast<std::uint8_t>(type(i) == 60 || type(i) == 0),
          static_cast<std::uint8_t>(type(i) == 60 || type(i) == 0 ? 4 : 0),
          0,
          0,
          0,
          0};
      std::copy_n(head, 8, packet.begin() + 40 + 8 * i);
    }
    for (; end < length; ++end) {
      const std::uint8_t is = type(end);
      if (is == 6 || is == 58 || is == 59 || is == 132) break;
      if ((is == 0 && end > 0) || (is == 44 && has_fragment)) {
        expected = Drop::ip_header_order;
        break;
      }
      has_fragment = has_fragment || is == 44;
    }
    const Verdict verdict = walk(packet);
    ASSERT_EQ(verdict.drop, expected) << chain;
    if (expected != Drop::none) continue;
    ASSERT_EQ(verdict.headers.upper_offset, 40 + 8 * end) << chain;
    ASSERT_EQ(verdict.headers.protocol, type(end)) << chain;
    ASSERT_EQ(packet[verdict.headers.protocol_place], type(end)) << chain;
    ASSERT_EQ(verdict.headers.fragment.has_value(), has_fragment) << chain;
  }
}

TEST(Ipv6Walk, HopByHopMustBeFirst) {
  const Verdict verdict = walk(packet_of(60, hex("0000 010400000000 3b00 010400000000")));
  EXPECT_EQ(verdict.drop, Drop::ip_header_order);
  EXPECT_EQ(verdict.headers.problem,
            (ParameterProblem{ParameterProblem::unknown_next_header, 40, false}));
}

TEST(Ipv6Walk, SecurityE5TooManyHeaders) {
  for (unsigned count = 1; count < 100; ++count) {
    Octets chain;
    for (unsigned i = 0; i < count; ++i)
      chain = chain + hex(i + 1 < count ? "3c00 010400000000" : "3b00 010400000000");
    EXPECT_EQ(walk(packet_of(60, chain)).drop, count <= 8 ? Drop::none : Drop::ip_header_limit)
        << count;
  }
}

TEST(Ipv6Walk, SecurityE5TooManyBytes) {
  for (unsigned units = 0; units < 256; ++units) {
    Octets header(8 * (units + 1));
    header[0] = NextHeader::none;
    header[1] = static_cast<std::uint8_t>(units);
    header[2] = 0x1e;  // an option that is skipped, as long as it can be
    const std::size_t room = header.size() - 4;
    header[3] = static_cast<std::uint8_t>(std::min<std::size_t>(room, 255));
    for (std::size_t at = 4u + header[3]; at < header.size();) {
      const std::size_t rest = header.size() - at;
      header[at] = rest == 1 ? 0 : 0x1e;
      if (rest > 1)
        header[at + 1] = static_cast<std::uint8_t>(std::min<std::size_t>(rest - 2, 255));
      at += rest == 1 ? 1 : 2u + header[at + 1];
    }
    EXPECT_EQ(walk(packet_of(60, header)).drop, units < 128 ? Drop::none : Drop::ip_header_limit)
        << units;
  }
  Octets bomb;
  for (int i = 0; i < 30; ++i) {
    Octets header(2048);
    header[0] = 60;
    header[1] = 255;
    bomb = bomb + header;
  }
  EXPECT_EQ(walk(packet_of(60, bomb)).drop, Drop::ip_header_limit);
}

TEST(Ipv6Walk, SecurityE5TooManyOptions) {
  for (unsigned count = 0; count <= 30; ++count) {
    Octets header{NextHeader::none, 7};
    for (unsigned i = 0; i < count; ++i) header = header + Octets{0x1e, 0};
    if (62 - header.size() > 0) {
      const std::size_t rest = 64 - header.size() - 2;  // one more option, and no padding
      header = header + Octets{0x1e, static_cast<std::uint8_t>(rest)};
      header.resize(64);
    } else {
      header.resize(64);
    }
    EXPECT_EQ(walk(packet_of(60, header)).drop, count + 1 <= 8 ? Drop::none : Drop::ip_option_limit)
        << count;
  }
}

// RFC 8504 5.3: more than seven bytes of padding in a row are nobody's need.
TEST(Ipv6Walk, SecurityE5TooMuchPadding) {
  for (unsigned ones = 0; ones <= 14; ++ones) {
    Octets header{NextHeader::none, 1};
    header.resize(2 + ones);
    if (ones < 14)
      header =
          header + (ones == 13 ? Octets{0} : Octets{0x1e, static_cast<std::uint8_t>(12 - ones)});
    header.resize(16);
    EXPECT_EQ(walk(packet_of(60, header)).drop, ones <= 7 ? Drop::none : Drop::ip_option_limit)
        << ones;
  }
  for (unsigned body = 0; body <= 12; ++body) {
    Octets header{NextHeader::none, 1, 1, static_cast<std::uint8_t>(body)};
    header.resize(4 + body);
    if (body < 11) header = header + Octets{0x1e, static_cast<std::uint8_t>(10 - body)};
    header.resize(16);
    EXPECT_EQ(walk(packet_of(60, header)).drop, body <= 5 ? Drop::none : Drop::ip_option_limit)
        << body;
  }
}

// SECURITY A1, A6: every option type with every length.
TEST(Ipv6Walk, SecurityA6EveryOptionTypeAndLength) {
  for (const std::uint8_t header_type : {std::uint8_t{0}, std::uint8_t{60}})
    for (unsigned type = 2; type < 256; ++type)
      for (unsigned length = 0; length < 256; ++length) {
        // Behind it, an option of no bytes for each two bytes that are left: no padding.
        Octets header{NextHeader::none, 1, static_cast<std::uint8_t>(type),
                      static_cast<std::uint8_t>(length)};
        header.resize(std::min(16u, 4 + length));
        while (header.size() + 2 <= 16) header = header + Octets{0x1e, 0};
        header.resize(16);
        Drop expected = Drop::none;
        std::optional<ParameterProblem> problem;
        const bool is_alert = type == 5 && header_type == 0;
        if (length > 12) {
          expected = Drop::ip_bad_option;
          problem = ParameterProblem{ParameterProblem::erroneous_field, 43, false};
        } else if (is_alert && length != 2) {
          expected = Drop::ip_bad_option;
          problem = ParameterProblem{ParameterProblem::erroneous_field, 42, false};
        } else if (type >= 64) {
          expected = Drop::ip_unknown_option;
          if (type >= 128)
            problem = ParameterProblem{ParameterProblem::unknown_option, 42, type < 192};
        }
        const Verdict verdict = walk(packet_of(header_type, header));
        ASSERT_EQ(verdict.drop, expected) << type << " " << length;
        ASSERT_EQ(verdict.headers.problem, problem) << type << " " << length;
      }
}

TEST(Ipv6Walk, OptionWithoutALength) {
  const Verdict verdict = walk(packet_of(60, hex("3b00 1e020000 00 1e")));
  EXPECT_EQ(verdict.drop, Drop::ip_bad_option);
  EXPECT_EQ(verdict.headers.problem,
            (ParameterProblem{ParameterProblem::erroneous_field, 47, false}))
      << "inside of the packet";
}

// SECURITY A4: routing headers of every type.
// RFC 5095 section 3.
TEST(Ipv6Walk, SecurityA4RoutingHeadersAreNotFollowed) {
  for (unsigned type = 0; type < 256; ++type) {
    auto header = hex("3b02 0001 00000000 20010db8000000000000000000000003");
    header[2] = static_cast<std::uint8_t>(type);
    const Verdict verdict = walk(packet_of(43, header));
    EXPECT_EQ(verdict.drop, Drop::ip_routing_header);
    EXPECT_EQ(verdict.headers.problem,
              (ParameterProblem{ParameterProblem::erroneous_field, 42, false}));
    header[3] = 0;
    EXPECT_EQ(walk(packet_of(43, header)).drop, Drop::none) << type;
  }
}

TEST(Ipv6Walk, EveryTruncationInsideTheChain) {
  const auto headers = hex("2b00 05020000 0100") + hex("3c00 0000 00000000") +
                       hex("0600 1e0400000000") + tcp_header();
  for (std::size_t size = 0; size <= headers.size(); ++size) {
    const Octets cut(headers.begin(), headers.begin() + static_cast<long>(size));
    const Verdict verdict = walk(packet_of(0, cut));
    EXPECT_EQ(verdict.drop, size < 24 ? Drop::ip_truncated : Drop::none) << size;
    if (size < 24) {
      EXPECT_EQ(verdict.headers.problem,
                (ParameterProblem{ParameterProblem::erroneous_field, 4, false}));
    }
  }
}

// The rest of the packet may lie elsewhere, but not the headers.
TEST(Ipv6Walk, OnlyTheHeadersNeedToLieInOnePiece) {
  const auto packet = packet_of(60, hex("0600 1e0400000000") + Octets(100));
  for (std::size_t size = 40; size <= packet.size(); ++size) {
    const Octets beginning(packet.begin(), packet.begin() + static_cast<long>(size));
    Ipv6Header header;
    ASSERT_EQ(read(beginning, packet.size(), header), Drop::none);
    ExtensionHeaders headers;
    EXPECT_EQ(read(beginning, header, headers), size < 48 ? Drop::ip_truncated : Drop::none);
    EXPECT_FALSE(headers.problem);
  }
}

// What lies behind the packet (padding, another packet) is not looked at.
TEST(Ipv6Walk, SecurityA2NothingBehindThePacketIsRead) {
  BufferPool pool;
  const auto packet = packet_of(60, hex("3c00 1e0400000000 3c01 1e04"));
  for (const std::uint8_t around : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    const Slice slice = test::between(pool, packet, around);
    Ipv6Header header;
    ASSERT_EQ(read(slice.bytes(), header), Drop::none);
    ExtensionHeaders headers;
    EXPECT_EQ(read(slice.bytes(), header, headers), Drop::ip_truncated);
  }
  auto padded = packet;
  padded.resize(200);
  EXPECT_EQ(walk(padded).drop, Drop::ip_truncated);
}

// ---- Fragments ----------------------------------------------------------------------------------

TEST(Ipv6Walk, FirstFragment) {
  const Verdict verdict =
      walk(packet_of(60, hex("2c00 1e0400000000") + fragment_header({6, 0, true, 0x12345678}) +
                             tcp_header() + Octets(12)));
  EXPECT_EQ(verdict.drop, Drop::none);
  EXPECT_EQ(verdict.headers.fragment, (FragmentHeader{6, 0, true, 0x12345678}));
  EXPECT_EQ(verdict.headers.fragment_offset, 48u);
  EXPECT_EQ(verdict.headers.fragment_place, 40u);
  EXPECT_EQ(verdict.headers.protocol, 6);
  EXPECT_EQ(verdict.headers.protocol_place, 48u);
  EXPECT_EQ(verdict.headers.upper_offset, 56u);
}

TEST(Ipv6Walk, LaterFragmentsAreNotLookedInto) {
  const Verdict verdict = walk(packet_of(44, fragment_header({60, 8, false, 7}) + hex("ffffffff")));
  EXPECT_EQ(verdict.drop, Drop::none);
  EXPECT_EQ(verdict.headers.protocol, 60);
  EXPECT_EQ(verdict.headers.upper_offset, 48u);
  EXPECT_EQ(verdict.headers.fragment->offset_bytes, 8);
}

TEST(Ipv6Walk, AtomicFragment) {
  const Verdict verdict = walk(packet_of(44, fragment_header({6, 0, false, 7}) + tcp_header()));
  EXPECT_EQ(verdict.drop, Drop::none);
  EXPECT_TRUE(verdict.headers.fragment->is_atomic());
  EXPECT_EQ(verdict.headers.upper_offset, 48u);
}

TEST(Ipv6Walk, FragmentsOfIllegalSizeOrPlace) {
  const struct {
    FragmentHeader fragment;
    std::size_t text_bytes;
    Drop expected;
    std::optional<ParameterProblem> problem;
  } rows[] = {{{59, 0, true, 1}, 9, Drop::ip_bad_fragment, ParameterProblem{0, 4, false}},
              {{59, 8, true, 1}, 7, Drop::ip_bad_fragment, ParameterProblem{0, 4, false}},
              {{59, 8, true, 1}, 8, Drop::none, {}},
              {{59, 8, false, 1}, 7, Drop::none, {}},
              {{59, 8, false, 1}, 0, Drop::ip_bad_fragment, {}},
              {{59, 0, true, 1}, 0, Drop::ip_bad_fragment, {}},
              {{59, 0, false, 1}, 0, Drop::none, {}},
              {{59, 65528, false, 1}, 7, Drop::none, {}},
              {{59, 65528, false, 1}, 8, Drop::ip_bad_fragment, ParameterProblem{0, 42, false}}};
  for (const auto& row : rows) {
    const Verdict verdict =
        walk(packet_of(44, fragment_header(row.fragment) + Octets(row.text_bytes)));
    EXPECT_EQ(verdict.drop, row.expected) << row.fragment.offset_bytes << " " << row.text_bytes;
    EXPECT_EQ(verdict.headers.problem, row.problem) << row.text_bytes;
  }
}

// SECURITY E3: a first fragment must hold all headers (RFC 7112).
// RFC 7112 section 5.
TEST(Ipv6Walk, SecurityE3FirstFragmentWithoutAllHeaders) {
  const auto with_options = hex("c0000050 000003e8 00000000 70020000 00000000 020405b4 01010101");
  const struct {
    const char* what;
    std::uint8_t next;
    Octets text;
    std::size_t needed;
  } rows[] = {{"TCP", 6, tcp_header() + Octets(20), 20},
              {"TCP with options", 6, with_options + Octets(20), 28},
              {"UDP", 17, Octets(40), 8},
              {"ICMPv6", 58, Octets(40), 8},
              {"options and UDP", 60, hex("1100 1e0400000000") + Octets(32), 16},
              {"nobody knows", 200, Octets(40), 0}};
  for (const auto& row : rows) {
    for (std::size_t size = 8; size <= 40; size += 8) {
      const Octets text(row.text.begin(), row.text.begin() + static_cast<long>(size));
      const Verdict verdict = walk(packet_of(44, fragment_header({row.next, 0, true, 1}) + text));
      EXPECT_EQ(verdict.drop, size < row.needed ? Drop::ip_header_chain : Drop::none)
          << row.what << " " << size;
      if (size < row.needed) {
        EXPECT_EQ(verdict.headers.problem,
                  (ParameterProblem{ParameterProblem::incomplete_header_chain, 0, false}));
      }
    }
  }
}

TEST(Ipv6Walk, FragmentInsideOfAFragment) {
  EXPECT_EQ(walk(packet_of(44, fragment_header({44, 0, false, 1}) +
                                   fragment_header({6, 0, false, 2}) + tcp_header()))
                .drop,
            Drop::ip_header_order);
}

TEST(Ipv6Walk, AnyBytes) {
  EXPECT_TRUE(rc::check([] {
    const auto payload = *rc::gen::arbitrary<Octets>();
    const auto next = *rc::gen::element<std::uint8_t>(0, 43, 44, 60);
    const Octets packet = packet_of(next, payload);
    const Verdict verdict = walk(packet);
    if (verdict.drop == Drop::none) {
      RC_ASSERT(verdict.headers.upper_offset <= packet.size());
      RC_ASSERT(packet[verdict.headers.protocol_place] == verdict.headers.protocol);
    } else if (verdict.headers.problem) {
      RC_ASSERT(verdict.headers.problem->pointer < packet.size());
    }
  }));
}

}  // namespace
}  // namespace acksu::wire
