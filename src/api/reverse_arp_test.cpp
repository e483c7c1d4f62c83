// A host that gets its address by RARP in a simulated world, on good and bad cables, and draws it.
#include "api/reverse_arp.h"

#include <gtest/gtest.h>

#include "sim/world.h"
#include "trace/ladder.h"
#include "trace/recorder.h"

namespace acksu::reverse_arp_test {
namespace {

constexpr MacAddress card{{2, 0, 0, 0, 0, 1}};
constexpr IpAddress address = IpAddress::v4(10, 0, 0, 1), server = IpAddress::v4(10, 0, 0, 2);

struct Lan {
  explicit Lan(std::uint32_t loss, bool is_known = true, ReverseArpSettings settings = {})
      : world(5) {
    HostSettings diskless, knowing;
    diskless.name = "diskless";
    diskless.links.push_back({.mac = card, .addresses = {}});
    knowing.name = "server";
    knowing.links.push_back({.mac = {{2, 0, 0, 0, 0, 2}}, .addresses = {{server, 24}}});
    if (is_known) knowing.links[0].reverse_entries = {{card, address}};
    world.add_host(std::move(diskless));
    world.add_host(std::move(knowing));
    world.connect({0, 0}, {1, 0}, sim::CableSettings::both({.delay = 1ms, .loss = loss}));
    world.install(0, std::make_unique<ReverseArp>(settings));
  }
  const ReverseArp& client() const { return *static_cast<const ReverseArp*>(world.application(0)); }
  sim::World world;
};

TEST(ReverseArpService, TakesTheAddressAndCanBeReached) {
  Lan lan(0, true, {.prefix_length = 24, .gateway = server});
  lan.world.run_until(Instant{} + 1s);
  ASSERT_TRUE(lan.client().address());
  EXPECT_EQ(*lan.client().address(), (Prefix{address, 24}));
  EXPECT_TRUE(lan.world.host(0).routes().find(IpAddress::v4(192, 0, 2, 1)));
  ASSERT_EQ(lan.world.host(1).ping(address, {1, 1}, {}, lan.world.now()), Error::none);
  lan.world.run_until(Instant{} + 2s);
  EXPECT_TRUE(lan.world.host(1).next_echo_reply());
  lan.world.stop();
  lan.world.run_until(Instant{} + 3s);
  EXPECT_FALSE(lan.world.host(0).routes().is_ours(address));
}

TEST(ReverseArpService, TheClassOfTheAddressIsItsNetwork) {
  Lan lan(0);
  lan.world.run_until(Instant{} + 1s);
  ASSERT_TRUE(lan.client().address());
  EXPECT_EQ(lan.client().address()->length, 8);
}

TEST(ReverseArpService, DoesNotTakeWhatSomebodyUses) {  // RFC 5227 2.1.1
  Lan lan(0);
  ASSERT_EQ(lan.world.host(1).add_address(0, {address, 24}, lan.world.now()), Error::none);
  lan.world.run_until(Instant{} + 2s);
  EXPECT_FALSE(lan.client().address());
  EXPECT_TRUE(lan.client().is_done());
  EXPECT_EQ(lan.client().error(), Error::address_in_use);
  EXPECT_FALSE(lan.world.host(0).routes().is_ours(address));
}

TEST(ReverseArpService, AsksAgainWhereFramesAreLost) {
  Lan lan(500'000);
  lan.world.run_until(Instant{} + 40s);
  EXPECT_TRUE(lan.client().address());
}

TEST(ReverseArpService, GivesUpWhereNobodyKnows) {
  Lan lan(0, false);
  lan.world.run_until(Instant{} + 14s);
  EXPECT_FALSE(lan.client().is_done());
  lan.world.run_until(Instant{} + 16s);
  EXPECT_TRUE(lan.client().is_done());
  EXPECT_EQ(lan.client().error(), Error::timed_out);
  EXPECT_EQ(lan.world.host(1).counters().drops[Drop::rarp_unknown], 4u);
}

TEST(ReverseArpService, TheLadderShowsItInBothLanguages) {
  Lan lan(0);
  trace::Recorder recorder;
  for (sim::HostId id = 0; id < 2; ++id) {
    lan.world.host(id).observe(recorder.observer(id, lan.world.host(id).settings().name));
  }
  lan.world.run_until(Instant{} + 1s);
  const std::string english = trace::ladder(recorder.trace(), {});
  EXPECT_NE(english.find("RARP  which address has 02:00:00:00:00:01?"), english.npos) << english;
  EXPECT_NE(english.find("RARP  02:00:00:00:00:01 has 10.0.0.1"), english.npos) << english;
  trace::LadderOptions options;
  options.language = trace::Language::korean;
  const std::string korean = trace::ladder(recorder.trace(), options);
  EXPECT_NE(korean.find("RARP  02:00:00:00:00:01의 IP 주소는 10.0.0.1"), korean.npos) << korean;
}

}  // namespace
}  // namespace acksu::reverse_arp_test
