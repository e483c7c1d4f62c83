// The DNS cache: life times, absences, and who gives way.
#include "host/dns_cache.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

using wire::DnsName;
using wire::DnsQuestion;
using wire::DnsRecord;
using wire::DnsSoa;
using wire::DnsType;

constexpr Instant start{};

DnsQuestion asking(std::string_view name, DnsType type = DnsType::a) {
  return {DnsName::parse(name).value(), type};
}
DnsRecord address(std::string_view name, std::uint32_t ttl, std::uint8_t last = 1) {
  return {DnsName::parse(name).value(), DnsType::a, 1, ttl, IpAddress::v4(192, 0, 2, last)};
}
DnsRecord soa(std::string_view zone, std::uint32_t ttl, std::uint32_t minimum) {
  DnsSoa data;
  data.minimum = minimum;
  return {DnsName::parse(zone).value(), DnsType::soa, 1, ttl, data};
}

TEST(DnsCache, KeepsASetForItsShortestTime) {
  DnsCache cache;
  cache.store(asking("a.example"), {address("a.example", 300), address("a.example", 60, 2)}, start);
  const auto found = cache.find(asking("A.Example"), start + 20500ms);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, DnsCache::Kind::records);
  ASSERT_EQ(found->records.size(), 2u);
  EXPECT_EQ(found->records[0].ttl, 39u);
  EXPECT_TRUE(cache.find(asking("a.example"), start + 60s - 1ns));
  EXPECT_FALSE(cache.find(asking("a.example"), start + 60s));
  EXPECT_FALSE(cache.find(asking("a.example", DnsType::aaaa), start));
}

// Section 1.G row G4: TTL clamp.
// SECURITY G4.
TEST(DnsCacheAttack, HugeAndNegativeTtl) {
  DnsCache cache;
  cache.store(asking("huge"), {address("huge", 0x7fff'ffff)}, start);
  EXPECT_TRUE(cache.find(asking("huge"), start + 24h - 1s));
  EXPECT_FALSE(cache.find(asking("huge"), start + 24h));
  cache.store(asking("top"), {address("top", 0x8000'0000)}, start);  // RFC 2181 section 8
  cache.store(asking("zero"), {address("zero", 0)}, start);
  EXPECT_FALSE(cache.find(asking("top"), start));
  EXPECT_FALSE(cache.find(asking("zero"), start));
  EXPECT_EQ(cache.size(), 1u);
  cache.store_absence(asking("gone"), true, soa(".", 1u << 30, 1u << 30), start);
  EXPECT_FALSE(cache.find(asking("gone"), start + 3h));
}

// RFC 2308 sections 2 and 5.
TEST(DnsCache, KeepsAbsencesByTheirSoa) {
  DnsCache cache;
  cache.store_absence(asking("x.example"), false, soa("example", 600, 60), start);
  ASSERT_TRUE(cache.find(asking("x.example"), start));
  EXPECT_EQ(cache.find(asking("x.example"), start)->kind, DnsCache::Kind::no_data);
  EXPECT_EQ(cache.find(asking("x.example"), start)->records[0].ttl, 60u);
  EXPECT_FALSE(cache.find(asking("x.example"), start + 60s));
  EXPECT_FALSE(cache.find(asking("x.example", DnsType::aaaa), start));

  cache.store_absence(asking("y.example"), true, soa("example", 30, 60), start);
  for (const DnsType type : {DnsType::a, DnsType::aaaa, DnsType::txt}) {
    ASSERT_TRUE(cache.find(asking("y.example", type), start + 29s));
    EXPECT_EQ(cache.find(asking("y.example", type), start)->kind, DnsCache::Kind::no_such_name);
  }
  EXPECT_FALSE(cache.find(asking("y.example"), start + 30s));
  cache.store(asking("y.example"), {address("y.example", 60)}, start);  // it came to be
  EXPECT_FALSE(cache.find(asking("y.example", DnsType::txt), start));
}

TEST(DnsCache, IsBoundedInEntries) {
  DnsCache cache{{.max_entries = 3}};
  cache.store(asking("long"), {address("long", 600)}, start);
  cache.store(asking("short"), {address("short", 10)}, start);
  cache.store(asking("other"), {address("other", 600)}, start);
  cache.store(asking("d"), {address("d", 600)}, start + 20s);  // "short" has expired
  EXPECT_TRUE(cache.find(asking("long"), start + 20s));
  cache.store(asking("e"), {address("e", 600)}, start + 20s);  // "long" is the oldest
  EXPECT_FALSE(cache.find(asking("long"), start + 20s));
  EXPECT_TRUE(cache.find(asking("other"), start + 20s));
  EXPECT_EQ(cache.size(), 3u);
}

// Section 1.0 (c): every cache has a cap in bytes.
// SECURITY G4: the cache is bounded in bytes.
TEST(DnsCacheAttack, FillingWithLargeRecords) {
  DnsCache cache{{.max_bytes = 100'000}};
  for (int i = 0; i < 200; ++i) {
    const std::string name = "n" + std::to_string(i);
    DnsRecord record = address(name, 600);
    record.type = DnsType::txt;
    record.data = wire::DnsText{std::vector<std::string>(20, std::string(255, 'x'))};
    cache.store(asking(name, DnsType::txt), {record}, start);
    EXPECT_LE(cache.bytes(), 100'000u);
  }
  EXPECT_GT(cache.size(), 5u);
  DnsRecord whole = address("whole", 600);
  whole.data = wire::DnsOpaque{std::vector<std::uint8_t>(200'000)};
  cache.store(asking("whole"), {whole}, start);
  EXPECT_FALSE(cache.find(asking("whole"), start));
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(DnsCache, IsAValue) {
  DnsCache cache;
  cache.store(asking("a"), {address("a", 600)}, start);
  DnsCache copy = cache;
  const auto digest_of = [](const DnsCache& of) {
    Digest digest;
    of.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_of(copy), digest_of(cache));
  copy.store(asking("b"), {address("b", 600)}, start);
  EXPECT_NE(digest_of(copy), digest_of(cache));
  EXPECT_EQ(cache.size(), 1u);
}

}  // namespace
}  // namespace acksu
