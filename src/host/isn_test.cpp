// RFC 6528: rising for one name, unrelated for others.
#include "host/isn.h"

#include <gtest/gtest.h>

#include <array>

namespace acksu {
namespace {

constexpr FourTuple tuple{{IpAddress::v4(10, 0, 0, 1), 4000}, {IpAddress::v4(10, 0, 0, 2), 80}};

TEST(InitialNumbers, RiseByOneEveryFourMicroseconds) {  // RFC 9293 MUST-8.
  const InitialNumberSource source(SipKey{1, 2});
  const auto at = [&](Duration time) { return source.numbers_for(tuple, Instant{time}); };
  EXPECT_EQ(at(4us).iss - at(0us).iss, 1);
  EXPECT_EQ(at(1s).iss - at(0s).iss, 250'000);
  EXPECT_EQ(at(3h).iss - at(1s).iss - (at(3h).iss - at(2s).iss), 250'000) << "across the wrap";
  EXPECT_EQ(at(1s).timestamp_offset, at(99s).timestamp_offset);
}

// SECURITY B1, B14.
// RFC 9293 MUST-9, RFC 7323 7.1.
TEST(InitialNumbers, TellNothingAboutOtherNames) {
  const InitialNumberSource source(SipKey{1, 2});
  std::array<int, 256> by_high_byte{}, offsets{};
  const int draws = 65'536;
  for (int i = 0; i < draws; ++i) {
    FourTuple other = tuple;
    other.local.port = static_cast<std::uint16_t>(i);
    const InitialNumbers numbers = source.numbers_for(other, Instant{});
    ++by_high_byte[numbers.iss.value() >> 24];
    ++offsets[numbers.timestamp_offset >> 24];
  }
  for (const auto& counts : {by_high_byte, offsets}) {
    double chi_squared = 0;
    for (const int count : counts) chi_squared += (count - 256.0) * (count - 256.0) / 256.0;
    EXPECT_LT(chi_squared, 360) << "255 degrees of freedom: once in 100,000";
  }
}

// SECURITY B1.
// RFC 9293 SHLD-1, MUST-9, RFC 6528 3.
TEST(InitialNumbers, DependOnEachPartAndOnTheKey) {
  const InitialNumberSource source(SipKey{1, 2});
  const auto reference = source.numbers_for(tuple, Instant{});
  FourTuple other = tuple;
  other.remote.address = IpAddress::v4(10, 0, 0, 3);
  EXPECT_NE(source.numbers_for(other, Instant{}).iss, reference.iss);
  other = tuple;
  std::swap(other.local, other.remote);
  EXPECT_NE(source.numbers_for(other, Instant{}).iss, reference.iss);
  EXPECT_NE(InitialNumberSource(SipKey{1, 3}).numbers_for(tuple, Instant{}).iss, reference.iss);
}

}  // namespace
}  // namespace acksu
