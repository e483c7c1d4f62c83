// IGMP and MLD: exact bytes, round trips, every truncation, every length, and who may say it.
#include "wire/membership.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "wire/igmp.h"
#include "wire/mld.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;
using Kind = MembershipMessage::Kind;
using Type = MembershipRecord::Type;

const IpAddress group4 = IpAddress::v4(239, 1, 2, 3);
const IpAddress group6 = *parse_ip("ff02::1:ff00:7");
const PseudoHeader pseudo6{*parse_ip("fe80::1"), *parse_ip("ff02::16")};
const MembershipCarrier good{*parse_ip("fe80::1"), 1, true};

Octets written_igmp(const MembershipMessage& message) {
  Octets bytes(igmp_bytes(message));
  EXPECT_EQ(write_igmp(message, bytes), bytes.size());
  return bytes;
}

Octets signed_igmp(Octets bytes) {
  store_be16(&bytes[2], 0);
  store_be16(&bytes[2], sum_of(bytes).checksum());
  return bytes;
}

Octets written_mld(const MembershipMessage& message) {
  Octets bytes(mld_bytes(message));
  EXPECT_EQ(write_mld(message, pseudo6, bytes), bytes.size());
  return bytes;
}

Drop read_mld_bytes(const Octets& bytes, MembershipMessage& out,
                    const MembershipCarrier& carrier = good) {
  BufferPool pool;
  Icmpv6Message message;
  const Drop drop = read_icmpv6(test::chain(pool, bytes), pseudo6, true, message);
  return drop == Drop::none ? read_mld(message, carrier, out) : drop;
}

// One message of each kind and version; those of IGMP have IPv4 addresses.
std::vector<MembershipMessage> all_messages(bool is_v4) {
  const auto address = [&](std::uint8_t i) {
    return is_v4 ? IpAddress::v4(10, 0, 0, i) : IpAddress{0x2001'0db8'0000'0000, i};
  };
  MembershipMessage old_query;
  old_query.version = is_v4 ? 2 : 1;
  old_query.group = is_v4 ? group4 : group6;
  old_query.max_response = 10s;
  MembershipMessage general = old_query;
  general.group = is_v4 ? IpAddress::v4(0) : IpAddress{};
  MembershipMessage query = old_query;
  query.version = is_v4 ? 3 : 2;
  query.suppresses_timers = true;
  query.robustness = 2;
  query.query_interval = 125s;
  query.sources = {address(1), address(2)};
  MembershipMessage report;
  report.kind = Kind::report;
  report.version = old_query.version;
  report.group = old_query.group;
  MembershipMessage leave = report;
  leave.kind = Kind::leave;
  MembershipMessage records;
  records.kind = Kind::report;
  records.version = query.version;
  records.group = IpAddress{};
  records.records = {{Type::change_to_exclude, old_query.group, {}},
                     {Type::allow_new_sources, old_query.group, {address(3), address(4)}}};
  return {old_query, general, query, report, leave, records};
}

TEST(Igmp, ExactBytes) {
  MembershipMessage report;
  report.kind = Kind::report;
  report.version = 2;
  report.group = group4;
  EXPECT_EQ(written_igmp(report), hex("1600 f8fa ef010203"));
  report.version = 3;
  report.records = {{Type::change_to_exclude, group4, {}}};
  EXPECT_EQ(written_igmp(report), hex("2200 e8f9 00000001 0400 0000 ef010203"));
  const auto messages = all_messages(true);
  EXPECT_EQ(written_igmp(messages[2]),
            signed_igmp(hex("1164 0000 ef010203 0a7d 0002 0a000001 0a000002")));
}

TEST(Mld, ExactBytes) {
  const auto messages = all_messages(false);
  auto expected =
      hex("8200 0000 27100000 ff0200000000000000000001ff000007 0a7d 0002"
          "20010db8000000000000000000000001 20010db8000000000000000000000002");
  sign_icmpv6(expected, pseudo6);
  EXPECT_EQ(written_mld(messages[2]), expected);
  expected = hex("8300 0000 00000000 ff0200000000000000000001ff000007");
  sign_icmpv6(expected, pseudo6);
  EXPECT_EQ(written_mld(messages[3]), expected);
}

TEST(Membership, EveryMessageIsReadAsWritten) {
  for (const MembershipMessage& message : all_messages(true)) {
    MembershipMessage read_back;
    ASSERT_EQ(read_igmp(written_igmp(message), good, read_back), Drop::none);
    EXPECT_EQ(read_back, message);
  }
  for (const MembershipMessage& message : all_messages(false)) {
    MembershipMessage read_back;
    ASSERT_EQ(read_mld_bytes(written_mld(message), read_back), Drop::none);
    EXPECT_EQ(read_back, message);
  }
}

TEST(Igmp, QueriesOfVersionOne) {
  MembershipMessage out;
  ASSERT_EQ(read_igmp(signed_igmp(hex("1100 0000 00000000")), good, out), Drop::none);
  EXPECT_EQ(out.version, 1);
  EXPECT_EQ(out.max_response, Duration{10s});
  ASSERT_EQ(read_igmp(signed_igmp(hex("1200 0000 ef010203")), good, out), Drop::none);
  EXPECT_EQ(out.version, 1);
  EXPECT_EQ(out.kind, Kind::report);
}

// SECURITY E9: from this link, by a neighbour, and whole.
TEST(Membership, SecurityE9OnlyFromThisLink) {
  for (unsigned hop_limit = 0; hop_limit < 256; ++hop_limit) {
    MembershipCarrier carrier = good;
    carrier.hop_limit = static_cast<std::uint8_t>(hop_limit);
    const Drop expected = hop_limit == 1 ? Drop::none : Drop::membership_bad_hop_limit;
    MembershipMessage out;
    EXPECT_EQ(read_igmp(written_igmp(all_messages(true)[0]), carrier, out), expected);
    EXPECT_EQ(read_mld_bytes(written_mld(all_messages(false)[0]), out, carrier), expected);
  }
}

TEST(Mld, SecurityE9SourcesAreNeighbours) {
  const auto messages = all_messages(false);
  for (const MembershipMessage& message : messages) {
    const auto verdict = [&](const char* source, bool has_alert) {
      MembershipMessage out;
      return read_mld_bytes(written_mld(message), out, {*parse_ip(source), 1, has_alert});
    };
    const bool is_query = message.kind == Kind::query;
    EXPECT_EQ(verdict("fe80::9", true), Drop::none);
    EXPECT_EQ(verdict("2001:db8::1", true), Drop::membership_bad_source);
    EXPECT_EQ(verdict("::", true), is_query ? Drop::membership_bad_source : Drop::none);
    EXPECT_EQ(verdict("ff02::1", true), Drop::membership_bad_source);
    EXPECT_EQ(verdict("fe80::9", false), Drop::membership_no_router_alert);
  }
}

// SECURITY E9, A2 (CVE-2019-5611, CVE-2019-12259): every truncation of every message.
TEST(Membership, SecurityE9EveryTruncation) {
  for (const MembershipMessage& message : all_messages(true)) {
    const auto whole = written_igmp(message);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Octets cut(whole.begin(), whole.begin() + static_cast<long>(size));
      if (size >= 4) cut = signed_igmp(cut);
      MembershipMessage out;
      const Drop drop = read_igmp(cut, good, out);
      const bool is_old_query = message.kind == Kind::query && size == 8;  // shorter, but legal
      EXPECT_EQ(drop, is_old_query ? Drop::none : Drop::membership_malformed) << size;
    }
  }
  for (const MembershipMessage& message : all_messages(false)) {
    const auto whole = written_mld(message);
    for (std::size_t size = 8; size < whole.size(); ++size) {
      const Octets cut(whole.begin(), whole.begin() + static_cast<long>(size));
      MembershipMessage out;
      const bool is_old_query = message.kind == Kind::query && size == 24;
      EXPECT_EQ(read_mld_bytes(cut, out), is_old_query ? Drop::none : Drop::membership_malformed)
          << size;
    }
  }
}

TEST(Igmp, EveryFlippedBitIsNoticed) {
  for (const MembershipMessage& message : all_messages(true)) {
    const auto whole = written_igmp(message);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      auto flipped = whole;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
      MembershipMessage out;
      EXPECT_EQ(read_igmp(flipped, good, out), Drop::icmp_bad_checksum) << bit;
    }
  }
}

TEST(Membership, GroupsAreGroups) {
  MembershipMessage out;
  for (const char* bytes : {"1164 0000 0a000001", "1600 0000 0a000001", "1600 0000 00000000",
                            "1700 0000 0a000001", "2200 0000 00000001 04000000 0a000001"})
    EXPECT_EQ(read_igmp(signed_igmp(hex(bytes)), good, out), Drop::membership_bad_group) << bytes;
  for (const char* type : {"82", "83", "84"}) {
    for (const char* group :
         {"20010db8000000000000000000000001", "00000000000000000000ffffef010203"})
      EXPECT_EQ(read_mld_bytes(hex(std::string(type) + "000000 00000000" + group), out),
                Drop::membership_bad_group);
  }
}

// SECURITY A1: counts of records, sources and auxiliary words that are not there.
TEST(Membership, SecurityA1CountsAreNotBelieved) {
  MembershipMessage out;
  for (const char* bytes :
       {"2200 0000 0000ffff 04000000 ef010203", "2200 0000 00000001 0400ffff ef010203",
        "2200 0000 00000001 04010000 ef010203", "2200 0000 00000001 04ff0000 ef010203",
        "1164 0000 ef010203 027dffff 0a000001"})
    EXPECT_EQ(read_igmp(signed_igmp(hex(bytes)), good, out), Drop::membership_malformed) << bytes;
  const std::string group = "ff0200000000000000000001ff000007";
  for (const std::string& bytes :
       {"8f000000 0000ffff 04000000" + group, "8f000000 00000001 0400ffff" + group,
        "8f000000 00000001 04010000" + group, "82000000 00000000" + group + "027dffff"})
    EXPECT_EQ(read_mld_bytes(hex(bytes), out), Drop::membership_malformed) << bytes;
}

TEST(Membership, RecordsOfUnknownTypesAndAuxiliaryWordsAreSkipped) {
  MembershipMessage out;
  ASSERT_EQ(read_igmp(signed_igmp(hex("2200 0000 00000003 07000000 ef010203 00000000 ef010203 "
                                      "03020000 ef010203 ffffffff ffffffff")),
                      good, out),
            Drop::none);
  ASSERT_EQ(out.records.size(), 1u);
  EXPECT_EQ(out.records[0].type, Type::change_to_include);
}

TEST(Membership, UnknownTypes) {
  std::set<unsigned> known;
  for (unsigned type = 0; type < 256; ++type) {
    auto bytes = hex("0000 0000 ef010203");
    bytes[0] = static_cast<std::uint8_t>(type);
    MembershipMessage out;
    if (read_igmp(signed_igmp(bytes), good, out) != Drop::icmp_unknown_type) known.insert(type);
  }
  EXPECT_EQ(known, (std::set<unsigned>{0x11, 0x12, 0x16, 0x17, 0x22}));
}

TEST(Membership, TimesAsSmallFloats) {
  // RFC 3376 4.1.1 and RFC 3810 5.1.3.
  EXPECT_EQ(OctetCode::value_of(127), 127u);
  EXPECT_EQ(OctetCode::value_of(128), 128u);
  EXPECT_EQ(OctetCode::value_of(255), 31744u);
  EXPECT_EQ(WordCode::value_of(0x7fff), 32767u);
  EXPECT_EQ(WordCode::value_of(0x8000), 32768u);
  EXPECT_EQ(WordCode::value_of(0xffff), 8387584u);
  EXPECT_EQ(OctetCode::code_of(1'000'000), 255u);
  for (std::uint32_t code = 0; code < 256; ++code)
    EXPECT_EQ(OctetCode::code_of(OctetCode::value_of(code)), code);
  for (std::uint32_t code = 0; code < 0x1'0000; ++code)
    ASSERT_EQ(WordCode::code_of(WordCode::value_of(code)), code);
  for (std::uint32_t value = 0; value < 40'000; ++value) {
    const std::uint32_t code = OctetCode::code_of(value);
    ASSERT_LE(OctetCode::value_of(code), value);
    if (code < 255) {
      ASSERT_GT(OctetCode::value_of(code + 1), value);
    }
  }
}

TEST(Membership, AnyBytes) {
  EXPECT_TRUE(rc::check([] {
    auto bytes = *rc::gen::arbitrary<Octets>();
    bytes.insert(bytes.begin(), {0x22, 0, 0, 0, 0, 0, 0, 3});
    MembershipMessage out;
    read_igmp(signed_igmp(bytes), good, out);
    bytes[0] = 143;
    read_mld_bytes(bytes, out);
    bytes[0] = 130;
    read_mld_bytes(bytes, out);
    RC_ASSERT(out.sources.size() <= bytes.size() / 16);
  }));
}

TEST(Igmp, VersionOneHasNoTimesAndItsOwnReport) {  // RFC 1112 appendix I, RFC 3376 7.2.1
  MembershipMessage query;
  query.version = 1;
  query.group = IpAddress::v4(0);
  query.max_response = 10s;
  EXPECT_EQ(written_igmp(query), hex("1100 eeff 00000000"));
  MembershipMessage report;
  report.kind = Kind::report;
  report.version = 1;
  report.group = group4;
  EXPECT_EQ(written_igmp(report), signed_igmp(hex("1200 0000 ef010203")));
}

// Times that have no place in an old query are the longest that has one: RFC 2236 2.2, RFC
// 2710 3.4.
TEST(Membership, TimesBeyondOldQueries) {
  MembershipMessage query = all_messages(true)[0];
  query.max_response = 26s;
  EXPECT_EQ(written_igmp(query)[1], 255);
  query.max_response = 25s;
  EXPECT_EQ(written_igmp(query)[1], 250);
  query = all_messages(false)[0];
  query.max_response = 66s;
  EXPECT_EQ(load_be16(&written_mld(query)[4]), 0xffff);
  query.max_response = 65s;
  EXPECT_EQ(load_be16(&written_mld(query)[4]), 65000);
}

TEST(Mld, MessagesOfOtherTypesAreNone) {
  Icmpv6Message message;
  message.type = Icmpv6Type::echo_request;
  MembershipMessage out;
  EXPECT_EQ(read_mld(message, good, out), Drop::icmp_unknown_type);
}

}  // namespace
}  // namespace acksu::wire
