// Limits in words, in both languages.
#include "trace/limits.h"

#include <gtest/gtest.h>

#include "host/host.h"

namespace acksu::trace {
namespace {

TEST(Limits, AreNamedInBothLanguages) {
  HostSettings settings;
  settings.links.emplace_back().addresses = {{IpAddress::v4(10, 0, 0, 1), 24}};
  const Host host{settings, {{1, 2}, 3}, std::make_shared<BufferPool>()};
  for (const LimitCount& limit : host.limits()) {
    EXPECT_EQ(limit_name(limit.name, Language::english), limit.name);
    EXPECT_NE(limit_name(limit.name, Language::korean), limit.name);
    EXPECT_EQ(limit.count, 0u) << limit.name;
  }
}

TEST(Limits, AreToldWhenTheyHaveRefused) {
  EXPECT_EQ(limits_text({{"tcp backlog full", 0}}, Language::english), "");
  const std::vector<LimitCount> some{
      {"tcp backlog full", 3}, {"tcp memory full", 0}, {"udp queue full", 1}};
  EXPECT_EQ(limits_text(some, Language::english), "3 tcp backlog full, 1 udp queue full");
  EXPECT_EQ(limits_text(some, Language::korean), "3 백로그가 가득 참, 1 UDP 큐가 가득 참");
}

}  // namespace
}  // namespace acksu::trace
