// DNS messages: exact bytes, every record type, truncation, and messages that lie.
#include "wire/dns.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/rng.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

DnsName named(std::string_view text) { return DnsName::parse(text).value(); }

DnsMessage every_type() {
  DnsMessage message;
  message.id = 0x1234;
  message.is_answer = true;
  message.is_authoritative = true;
  message.wants_recursion = true;
  message.has_recursion = true;
  message.questions = {{named("www.example.com"), DnsType::a}};
  const DnsName owner = named("www.example.com");
  const auto add = [&](DnsType type, DnsData data) {
    message.answers.push_back({owner, type, dns_class_in, 300, std::move(data)});
  };
  add(DnsType::cname, named("web.example.com"));
  add(DnsType::a, IpAddress::v4(192, 0, 2, 1));
  add(DnsType::aaaa, IpAddress{0x20010db800000000, 1});
  add(DnsType::aaaa, IpAddress::v4(192, 0, 2, 1));  // an IPv4-mapped one keeps its 16 octets
  add(DnsType::ptr, named("host.example.net"));
  add(DnsType::ns, named("ns.example.com"));
  add(DnsType::mx, DnsMx{10, named("mail.example.com")});
  add(DnsType::srv, DnsSrv{1, 2, 80, named("srv.example.com")});
  add(DnsType::txt, DnsText{{"hello", "", std::string(255, 'x')}});
  add(DnsType{65}, DnsOpaque{{1, 2, 3}});
  message.authorities = {
      {named("example.com"), DnsType::soa, dns_class_in, 60,
       DnsSoa{named("ns.example.com"), named("admin.example.com"), 1, 2, 3, 4, 5}}};
  message.additionals = {{owner, DnsType::a, 3, 0, DnsOpaque{{9}}}};  // of another class
  message.edns = DnsEdns{4096, 0, true, {0, 10, 0, 2, 7, 7}};
  return message;
}

TEST(Dns, ExactBytesOfAQuestion) {
  DnsMessage message;
  message.id = 0xabcd;
  message.wants_recursion = true;
  message.questions = {{named("a.bc"), DnsType::aaaa}};
  message.edns = DnsEdns{};
  const auto expected =
      hex("abcd 0100 0001 0000 0000 0001 0161 026263 00 001c 0001 00 0029 04d0 00000000 0000");
  EXPECT_EQ(to_bytes(message, 512), expected);
  DnsMessage again;
  ASSERT_EQ(read(expected, again), Drop::none);
  EXPECT_EQ(again, message);
}

TEST(Dns, EveryTypeGoesRound) {
  const DnsMessage message = every_type();
  const auto bytes = to_bytes(message, max_dns_bytes);
  DnsMessage again;
  ASSERT_EQ(read(bytes, again), Drop::none);
  EXPECT_EQ(again, message);
  EXPECT_FALSE(again.is_truncated);
}

TEST(Dns, CompressesOwnersAndKeepsTheirCase) {
  DnsMessage message;
  message.questions = {{named("wWw.example.com"), DnsType::a}};
  message.answers = {{named("wWw.example.com"), DnsType::a, 1, 1, IpAddress::v4(1)},
                     {named("www.example.com"), DnsType::a, 1, 1, IpAddress::v4(2)}};
  const auto bytes = to_bytes(message, 512);
  EXPECT_EQ(bytes.size(), 12 + 21 + 16 + (6 + 14));  // a pointer, then "www" and a pointer
  DnsMessage again;
  ASSERT_EQ(read(bytes, again), Drop::none);
  EXPECT_TRUE(again.answers[0].owner.is_spelled_like(named("wWw.example.com")));
  EXPECT_TRUE(again.answers[1].owner.is_spelled_like(named("www.example.com")));
}

TEST(Dns, TruncatesByWholeSections) {
  DnsMessage message = every_type();
  for (unsigned i = 0; i < 20; ++i)
    message.additionals.push_back({named("x.example.org"), DnsType::aaaa, 1, 1, IpAddress{1, i}});
  DnsMessage again;
  ASSERT_EQ(read(to_bytes(message, 700), again), Drop::none);
  EXPECT_FALSE(again.is_truncated);
  EXPECT_EQ(again.answers, message.answers);
  EXPECT_TRUE(again.additionals.empty());
  ASSERT_EQ(read(to_bytes(message, 512), again), Drop::none);
  // RFC 2181 section 9: half an answer is none.
  EXPECT_TRUE(again.is_truncated);
  EXPECT_TRUE(again.answers.empty());
  EXPECT_EQ(again.questions, message.questions);
  EXPECT_TRUE(again.edns);
}

TEST(Dns, ExtendedCodes) {
  DnsMessage message;
  message.is_answer = true;
  message.code = DnsCode::bad_version;
  message.edns = DnsEdns{};
  DnsMessage again;
  ASSERT_EQ(read(to_bytes(message, 512), again), Drop::none);
  EXPECT_EQ(again.code, DnsCode::bad_version);
  EXPECT_EQ(to_string(again.code), "BADVERS");
}

TEST(Dns, RecordsAsText) {
  const DnsMessage message = every_type();
  const char* const expected[] = {"www.example.com 300 IN CNAME web.example.com",
                                  "www.example.com 300 IN A 192.0.2.1",
                                  "www.example.com 300 IN AAAA 2001:db8::1",
                                  "www.example.com 300 IN AAAA 192.0.2.1",
                                  "www.example.com 300 IN PTR host.example.net",
                                  "www.example.com 300 IN NS ns.example.com",
                                  "www.example.com 300 IN MX 10 mail.example.com",
                                  "www.example.com 300 IN SRV 1 2 80 srv.example.com"};
  for (std::size_t i = 0; i < std::size(expected); ++i)
    EXPECT_EQ(to_string(message.answers[i]), expected[i]);
  EXPECT_EQ(to_string(message.answers[9]), "www.example.com 300 IN TYPE65 \\# 3 010203");
  EXPECT_EQ(to_string(DnsData{DnsText{{"a\"b\n"}}}), "\"a\\\"b\\010\"");
  EXPECT_EQ(parse_dns_type("aaaa"), DnsType::aaaa);
  EXPECT_EQ(parse_dns_type("type65"), DnsType{65});
  EXPECT_FALSE(parse_dns_type("TYPE65536"));
  EXPECT_FALSE(parse_dns_type("QUUX"));
}

const std::string answer_header = "0001 8000 0000 0001 0000 0000";

Drop read_hex(const std::string& text) {
  DnsMessage message;
  return read(hex(text), message);
}

// Section 1.G row G1; RFC 9267 section 6: data as long as its type says, no more and no less.
// SECURITY G1.
TEST(DnsAttack, DataLengthMismatch) {
  const std::string a = answer_header + "00 0001 0001 00000000 ";
  EXPECT_EQ(read_hex(a + "0004 01020304"), Drop::none);
  EXPECT_EQ(read_hex(a + "0003 010203"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(a + "0005 0102030405"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(a + "0005 01020304"), Drop::dns_truncated);
  EXPECT_EQ(read_hex(a + "ffff 01020304"), Drop::dns_truncated);
  const std::string aaaa = answer_header + "00 001c 0001 00000000 ";
  EXPECT_EQ(read_hex(aaaa + "0004 01020304"), Drop::dns_bad_record);
  const std::string cname = answer_header + "00 0005 0001 00000000 ";
  EXPECT_EQ(read_hex(cname + "0003 016100"), Drop::none);
  EXPECT_EQ(read_hex(cname + "0004 01610000"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(cname + "0002 0161"), Drop::dns_bad_record);  // goes on behind its data
  EXPECT_EQ(read_hex(cname + "0002 c017"), Drop::dns_bad_name);    // to itself
  EXPECT_EQ(read_hex(cname + "0000"), Drop::dns_bad_record);
  const std::string txt = answer_header + "00 0010 0001 00000000 ";
  EXPECT_EQ(read_hex(txt + "0001 00"), Drop::none);
  EXPECT_EQ(read_hex(txt + "0000"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(txt + "0002 0261"), Drop::dns_bad_record);
}

// Section 1.G row G1; RFC 9267 section 5: counts are never trusted.
// SECURITY G1.
TEST(DnsAttack, CountsThatLie) {
  EXPECT_EQ(read_hex("0001 8000 ffff ffff ffff ffff"), Drop::dns_truncated);
  EXPECT_EQ(read_hex("0001 8000 0001 0000 0000 0000 00 0001"), Drop::dns_truncated);
  EXPECT_EQ(read_hex("0001 8000 0000 0002 0000 0000 00 0001 0001 00000000 0004 01020304"),
            Drop::dns_truncated);
  EXPECT_EQ(read_hex("0001 8000 0000 0000 0000 0000 00"), Drop::dns_trailing_bytes);
  EXPECT_EQ(read_hex("0001 8000 0000 0000 0000 00"), Drop::dns_truncated);
}

TEST(DnsAttack, MalformedEdns) {
  const std::string start = "0001 8000 0000 0000 0000 ";
  const std::string opt = "00 0029 0200 00000000 ";
  EXPECT_EQ(read_hex(start + "0001" + opt + "0000"), Drop::none);
  EXPECT_EQ(read_hex(start + "0002" + opt + "0000" + opt + "0000"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(start + "0001" + "0161" + opt + "0000"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(start + "0001" + opt + "0004 0001 0001"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(start + "0001" + opt + "0003 000100"), Drop::dns_bad_record);
  EXPECT_EQ(read_hex(answer_header + opt + "0000"), Drop::dns_bad_record);
}

// Every cut and every changed octet of a message with all types: read or refused, never more.
TEST(DnsAttack, CutsAndChanges) {
  const auto whole = to_bytes(every_type(), max_dns_bytes);
  DnsMessage message;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(read(Bytes{whole}.first(size), message), Drop::none) << size;
  Rng rng{7};
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (std::uint64_t i = 0, n = rng.between(1, 4); i < n; ++i)
      bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
    if (read(bytes, message) != Drop::none) continue;
    const auto again = to_bytes(message, max_dns_bytes);  // what was read can be written
    DnsMessage copy;
    ASSERT_EQ(read(again, copy), Drop::none);
    ASSERT_EQ(copy, message);
  }
}

// SECURITY G1.
TEST(DnsAttack, AnyBytes) {
  rc::check("any bytes are read or refused", [](std::vector<std::uint8_t> bytes) {
    DnsMessage message;
    if (read(bytes, message) == Drop::none) to_bytes(message, max_dns_bytes);
  });
}

TEST(Dns, TextOfEveryKindOfData) {
  const DnsSoa soa{named("ns.example.com"), named("admin.example.com"), 1, 2, 3, 4, 5};
  EXPECT_EQ(to_string(DnsData{soa}), "ns.example.com admin.example.com 1 2 3 4 5");
  // RFC 1035 5.1: quotes and backslashes are quoted, what does not print is a number.
  EXPECT_EQ(to_string(DnsData{DnsText{{"a\\b", "\x7f\x80~", ""}}}),
            "\"a\\\\b\" \"\\127\\128~\" \"\"");
  EXPECT_EQ(to_string(DnsData{DnsOpaque{}}), "\\# 0");  // RFC 3597 5
  EXPECT_EQ(to_string(DnsRecord{named("a"), DnsType::a, 3, 9, IpAddress::v4(10, 0, 0, 1)}),
            "a 9 CLASS3 A 10.0.0.1");
  EXPECT_EQ(to_string(DnsCode{9}), "CODE9");
  EXPECT_EQ(parse_dns_type("TYPE65x"), std::nullopt);
  EXPECT_EQ(parse_dns_type("{a"), std::nullopt);
}

TEST(DnsAttack, NoMessageIsLongerThanItsLengthOverTcp) {  // RFC 1035 4.2.2
  DnsMessage message;
  std::vector<std::uint8_t> bytes = to_bytes(every_type(), 4096);
  bytes.resize(max_dns_bytes + 1);
  EXPECT_NE(read(bytes, message), Drop::none);
}

TEST(Dns, OwnersBehindTheReachOfPointersAreWrittenInFull) {  // RFC 1035 4.1.4: 14 bits
  DnsMessage message;
  message.is_answer = true;
  for (unsigned i = 0; i < 70; ++i)
    message.answers.push_back({named("fill.example"), DnsType{65}, dns_class_in, 1,
                               DnsOpaque{std::vector<std::uint8_t>(250, 7)}});
  for (unsigned i = 0; i < 2; ++i)
    message.answers.push_back(
        {named("late.test"), DnsType::a, dns_class_in, 1, IpAddress::v4(10, 0, 0, 1)});
  const auto bytes = to_bytes(message, max_dns_bytes);
  const std::string all(bytes.begin(), bytes.end());
  const std::size_t first = all.find("\4late\4test");
  ASSERT_NE(first, std::string::npos);
  ASSERT_GT(first, 0x4000u);
  EXPECT_NE(all.find("\4late\4test", first + 1), std::string::npos);
  DnsMessage again;
  ASSERT_EQ(read(bytes, again), Drop::none);
  EXPECT_EQ(again, message);
}

}  // namespace
}  // namespace acksu::wire
