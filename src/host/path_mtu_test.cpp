// What ICMP can and cannot make of a path's MTU.
#include "host/path_mtu.h"

#include <gtest/gtest.h>

namespace acksu::path_mtu_test {
namespace {

using Verdict = PathMtu::Verdict;

constexpr std::uint32_t link_mtu = 1500;
IpAddress v4(std::uint32_t number) { return IpAddress::v4(0x0a00'0000 + number); }
IpAddress v6(std::uint64_t number) { return {0x2600'0000'0000'0000, number}; }

struct PathMtuTest : testing::Test {
  PathMtu paths{{}, SipKey{1, 2}};
  Instant now{1h};

  Verdict tell(IpAddress to, std::uint32_t mtu, std::uint32_t sent = 1500) {
    return paths.on_too_big({.destination = to, .mtu = mtu, .sent_bytes = sent}, link_mtu, now);
  }
};

TEST_F(PathMtuTest, IsTheLinksUntilARouterSaysLess) {  // RFC 1191 3 (a), RFC 8201 4 (a).
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1500u);
  EXPECT_EQ(tell(v4(1), 1400), Verdict::lowered);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1400u);
  EXPECT_EQ(paths.mtu_to(v4(2), link_mtu), 1500u);
  EXPECT_EQ(paths.mtu_to(v4(1), 1280), 1280u) << "another, smaller link";
  EXPECT_EQ(tell(v6(1), 1280), Verdict::lowered);
  EXPECT_EQ(paths.mtu_to(v6(1), link_mtu), 1280u);
}

// RFC 1191 3 (b), 6.3, RFC 8201 4 (c).
TEST_F(PathMtuTest, IsForgottenTenMinutesAfterItBecameSmaller) {
  tell(v4(1), 1400);
  EXPECT_EQ(paths.deadline(), now + 10min);
  now += 5min;
  tell(v4(1), 1300, 1400);
  tell(v4(2), 1300);
  EXPECT_EQ(paths.deadline(), now + 10min);
  paths.on_time(now + 10min - 1ns);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1300u);
  paths.on_time(now + 10min);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1500u);
  EXPECT_EQ(paths.deadline(), never);
  EXPECT_EQ(paths.counters().aged, 2u);
}

// RFC 1191 5 and 7.1.
TEST_F(PathMtuTest, ARouterThatSaysNothingGetsTheNextCommonSize) {
  EXPECT_EQ(tell(v4(1), 0, 1500), Verdict::lowered);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1492u);
  EXPECT_EQ(tell(v4(1), 0, 1492), Verdict::lowered);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1006u);
  EXPECT_EQ(tell(v4(1), 0, 1006), Verdict::lowered);
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 552u);
  EXPECT_EQ(tell(v4(1), 0, 552), Verdict::not_smaller);
  EXPECT_EQ(tell(v6(1), 0), Verdict::too_small) << "there is no such router in IPv6";
}

TEST_F(PathMtuTest, IsAValue) {
  tell(v4(1), 1400);
  PathMtu copy = paths;
  Digest before, same, after;
  paths.digest(before);
  copy.digest(same);
  EXPECT_EQ(before.value(), same.value());
  copy.on_too_big({.destination = v4(1), .mtu = 1300, .sent_bytes = 1400}, link_mtu, now);
  copy.digest(after);
  EXPECT_NE(before.value(), after.value());
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1400u);
}

// SECURITY B8, B10: a forged error makes no path so small that it fragments or crawls.
// RFC 1191 3 (c), RFC 8201 4 (b).
TEST_F(PathMtuTest, AttackForgedTooBigBelowTheMinimum) {
  for (std::uint32_t mtu = 1; mtu < 552; ++mtu) {
    EXPECT_EQ(tell(v4(1), mtu), Verdict::too_small) << mtu;
  }
  for (std::uint32_t mtu = 0; mtu < 1280; ++mtu) {
    EXPECT_EQ(tell(v6(1), mtu), Verdict::too_small) << mtu;
  }
  EXPECT_EQ(paths.size(), 0u);
  EXPECT_EQ(tell(v4(1), 552), Verdict::lowered);
  EXPECT_EQ(tell(v6(1), 1280), Verdict::lowered);
}

// SECURITY B10: no error makes it larger, or lengthens its life.
// RFC 1191 3 (b), RFC 8201 4 (a).
TEST_F(PathMtuTest, AttackForgedTooBigThatRaises) {
  tell(v4(1), 1000);
  const Instant ends = paths.deadline();
  now += 1min;
  EXPECT_EQ(tell(v4(1), 1000, 65535), Verdict::known);
  for (std::uint32_t mtu = 1001; mtu < 65536; mtu += 100) {
    EXPECT_EQ(tell(v4(1), mtu, 65535), Verdict::not_smaller) << mtu;
  }
  EXPECT_EQ(tell(v4(1), 900, 800), Verdict::not_smaller) << "that packet would have passed";
  EXPECT_EQ(paths.mtu_to(v4(1), link_mtu), 1000u);
  EXPECT_EQ(paths.deadline(), ends);
}

// SECURITY E8: PMTU cache exhaustion.
TEST_F(PathMtuTest, AttackForgedTooBigForAMillionDestinations) {
  for (std::uint32_t i = 0; i < 1'000'000; ++i) tell(v4(i), 1400);
  EXPECT_EQ(paths.size(), 4096u);
  EXPECT_EQ(paths.counters().evicted, 1'000'000u - 4096u);
  EXPECT_EQ(paths.mtu_to(v4(999'999), link_mtu), 1400u);
  paths.on_time(now + 10min);
  EXPECT_EQ(paths.size(), 0u);
}

}  // namespace
}  // namespace acksu::path_mtu_test
