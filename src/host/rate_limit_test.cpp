// Each destination has a count of its own.
#include "host/rate_limit.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

// SECURITY B9, E7.
TEST(RateLimit, CountsPerDestinationAndSecond) {
  RateLimit limit(SipKey{1, 2}, 3);
  const IpAddress one = IpAddress::v4(1, 1, 1, 1), two = IpAddress::v4(2, 2, 2, 2);
  const Instant now{5s};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.may_send(one, now));
  EXPECT_FALSE(limit.may_send(one, now + 999ms));
  EXPECT_TRUE(limit.may_send(two, now)) << "unlike a shared limit";
  EXPECT_TRUE(limit.may_send(one, now + 1s));
}

}  // namespace
}  // namespace acksu
