// What --so_flags may say.
#include "packetdrill/plugin_flags.h"

#include <gtest/gtest.h>

namespace acksu::packetdrill {
namespace {

TEST(PluginFlags, NameAddressesAndTheLink) {
  const ParsedFlags parsed = parse_flags("local=10.0.0.1/8,local=2001:db8::1/64,mtu=1520");
  EXPECT_EQ(parsed.problem, "");
  ASSERT_EQ(parsed.flags.local.size(), 2u);
  EXPECT_EQ(to_string(parsed.flags.local[0]), "10.0.0.1/8");
  EXPECT_EQ(to_string(parsed.flags.local[1]), "2001:db8::1/64");
  EXPECT_EQ(parsed.flags.mtu, 1520u);
  EXPECT_TRUE(parsed.flags.reads_sysctls);
  EXPECT_TRUE(parsed.flags.is_like_linux);
  const HostSettings settings = settings_of(parsed.flags);
  ASSERT_EQ(settings.links.size(), 1u);
  EXPECT_EQ(settings.links[0].mtu, 1520u);
  EXPECT_EQ(settings.links[0].kind, LinkKind::ip);
}

TEST(PluginFlags, NothingIsAnAddressOfEachFamily) {
  EXPECT_EQ(parse_flags("").flags.local.size(), 2u);
  EXPECT_EQ(parse_flags(",sysctls=no,").flags.local.size(), 2u);
}

TEST(PluginFlags, ChooseWhoseSettings) {
  const PluginFlags flags = parse_flags("sysctls=no,profile=acksu").flags;
  EXPECT_FALSE(flags.reads_sysctls);
  EXPECT_FALSE(flags.is_like_linux);
  EXPECT_EQ(settings_of(flags).tcp.least_split_segments, 0u);
  EXPECT_GT(settings_of({}).tcp.least_split_segments, 0u);
}

TEST(PluginFlags, WhatIsNotUnderstoodIsNamed) {
  for (const char* const text :
       {"mtu=", "mtu=67", "mtu=65536", "mtu=12x", "local=10.0.0.1", "local", "sysctls=maybe",
        "profile=bsd", "speed=9", "=", "mtu=1500,x"}) {
    const std::string problem = parse_flags(text).problem;
    EXPECT_NE(problem.find("cannot use '"), std::string::npos) << text;
    EXPECT_NE(problem.find("known are local="), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace acksu::packetdrill
