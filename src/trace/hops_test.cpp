// Packets over the hops of a simulated home network, and what each link saw of them.
#include "trace/hops.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/home_network.h"
#include "trace/ladder.h"
#include "trace/recorder.h"

namespace acksu::trace {
namespace {

using Network = sim::HomeNetwork;

// A connection from the laptop to the web server, begun and closed by the laptop.
class Hops : public testing::Test {
 protected:
  void record(std::uint32_t loss, std::size_t text_bytes = 3'000) {
    sim::HomeNetworkSettings settings;
    for (sim::DirectionSettings& hop : settings.hops) hop.loss = loss;
    sim::World world = sim::home_network(11, settings);
    for (sim::HostId id = 0; id < world.host_count(); ++id) {
      world.host(id).observe(recorder_.observer(id, world.host(id).settings().name));
    }
    Host& laptop = world.host(Network::laptop);
    ASSERT_TRUE(world.host(Network::web_server).listen({{}, 80}, {}, world.now()));
    const Handle socket = *laptop.connect({Network::web_address, 80}, {}, world.now());
    const std::vector<std::uint8_t> text(text_bytes, 't');
    ASSERT_TRUE(laptop.write(socket, text, world.now()));
    ASSERT_EQ(laptop.ping(Network::web_address, {7, 1}, {}, world.now()), Error::none);
    world.run_until(world.now() + 10s);
    laptop.close(socket, world.now());
    world.run_until(world.now() + 10s);
  }
  const Trace& trace() const { return recorder_.trace(); }
  Trace view(std::uint32_t hop, const Paths& paths) const {
    const auto [left, right] = Network::ends_of(hop);
    return link_view(trace(), paths, {left.host, left.link}, {right.host, right.link});
  }
  std::uint32_t first(std::uint32_t host, FrameKind kind) const {
    for (std::uint32_t i = 0; i < trace().frames.size(); ++i) {
      const FrameRecord& frame = trace().frames[i];
      if (frame.sender == host && frame.summary.kind == kind) return i;
    }
    return nobody;
  }

  Recorder recorder_;
};

TEST_F(Hops, FollowsEachPacketToTheOtherEnd) {
  record(0);
  const Paths paths{trace()};
  std::size_t followed = 0;
  for (std::uint32_t i = 0; i < trace().frames.size(); ++i) {
    const FrameRecord& frame = trace().frames[i];
    const bool is_of_end = frame.sender == Network::laptop || frame.sender == Network::web_server;
    if (!is_of_end || frame.summary.kind == FrameKind::arp) continue;
    const std::vector<std::uint32_t> path = paths.path_of(i);
    ASSERT_EQ(path.size(), Network::hops) << i;
    const FrameRecord& last = trace().frames[path.back()];
    EXPECT_EQ(last.summary.ip.ttl, 60);
    EXPECT_EQ(last.arrivals.at(0).host,
              frame.sender == Network::laptop ? Network::web_server : Network::laptop);
    EXPECT_EQ(paths.path_of(path.back()), path) << "from wherever it is asked";
    ++followed;
  }
  EXPECT_GE(followed, 8u);
}

TEST_F(Hops, KnowsPingsThoughTheirIdentifierIsTranslated) {
  record(0);
  const Paths paths{trace()};
  EXPECT_EQ(paths.path_of(first(Network::laptop, FrameKind::icmp)).size(), Network::hops);
  EXPECT_EQ(paths.path_of(first(Network::web_server, FrameKind::icmp)).size(), Network::hops);
}

TEST(HopsOfIpv6, FollowsEachPacketThoughItHasNoIdentification) {
  sim::World world = sim::home_network(11, {.has_ipv4 = false, .has_ipv6 = true});
  world.run_until(Instant{} + 5s);
  Recorder recorder;
  for (sim::HostId id = 0; id < world.host_count(); ++id) {
    world.host(id).observe(recorder.observer(id, world.host(id).settings().name));
  }
  Host& laptop = world.host(Network::laptop);
  ASSERT_TRUE(world.host(Network::web_server).listen({{}, 80}, {}, world.now()));
  const Handle socket = *laptop.connect({Network::web_address_v6, 80}, {}, world.now());
  const std::vector<std::uint8_t> text(3'000, 't');
  ASSERT_TRUE(laptop.write(socket, text, world.now()));
  ASSERT_EQ(laptop.ping(Network::web_address_v6, {7, 1}, {}, world.now()), Error::none);
  world.run_until(world.now() + 3s);
  const Paths paths{recorder.trace()};
  std::size_t segments = 0, pings = 0;
  for (std::uint32_t i = 0; i < recorder.trace().frames.size(); ++i) {
    const FrameRecord& frame = recorder.trace().frames[i];
    if (frame.sender != Network::laptop) continue;
    const bool is_ping = frame.summary.kind == FrameKind::icmpv6 && frame.summary.icmp_type == 128;
    if (frame.summary.kind != FrameKind::tcp && !is_ping) continue;
    ++(is_ping ? pings : segments);
    EXPECT_TRUE(frame.summary.is_ipv6);
    const std::vector<std::uint32_t> path = paths.path_of(i);
    ASSERT_EQ(path.size(), Network::hops) << i;
    EXPECT_EQ(recorder.trace().frames[path.back()].summary.hops_left, 60);
  }
  EXPECT_GE(segments, 4u);
  EXPECT_EQ(pings, 1u);
}

TEST_F(Hops, ShowsOneLinkAndWhatItsEndsTranslate) {
  record(0);
  const Paths paths{trace()};
  for (std::uint32_t hop = 1; hop <= Network::hops; ++hop) {
    const Trace link = view(hop, paths);
    ASSERT_EQ(link.hosts.size(), 2u);
    std::size_t segments = 0, translations = 0;
    for (const FrameRecord& frame : link.frames) {
      segments += frame.summary.kind == FrameKind::tcp ? 1u : 0u;
      EXPECT_EQ(frame.arrivals.size(), 1u);
      EXPECT_LT(frame.sender, 2u);
    }
    for (const Event& event : link.events) {
      const auto* told = std::get_if<Translated>(&event.what);
      if (told == nullptr || told->protocol != wire::IpProtocol::tcp) continue;
      ++translations;
      EXPECT_EQ(told->inside.address, Network::laptop_address);
      EXPECT_EQ(told->outside.address, Network::wan_address);
      EXPECT_EQ(link.hosts[event.host].name, "home router");
    }
    EXPECT_EQ(translations, hop <= 2 ? 1u : 0u) << hop;
    EXPECT_GE(segments, 7u);
    EXPECT_NE(ladder(link, {}).find("SYN+ACK"), std::string::npos);
  }
}

TEST_F(Hops, ShowsTheTwoEndsOfThePath) {
  record(0);
  const Trace ends = ends_view(trace(), Paths{trace()}, Network::laptop, Network::web_server);
  std::set<tcp::State> reached;
  for (const Event& event : ends.events) {
    if (const auto* moved = std::get_if<Moved>(&event.what)) reached.insert(moved->row.to);
  }
  EXPECT_TRUE(reached.contains(tcp::State::syn_received));
  EXPECT_TRUE(reached.contains(tcp::State::syn_sent));
  for (const FrameRecord& frame : ends.frames) {
    ASSERT_EQ(frame.arrivals.size(), 1u);
    EXPECT_GE(frame.arrivals[0].at - frame.sent, 16ms);
  }
}

TEST_F(Hops, TellsWhereAPacketWasLost) {
  record(50'000, 30'000);  // so much that some is lost, whatever the dice say
  const Paths paths{trace()};
  const Trace ends = ends_view(trace(), paths, Network::laptop, Network::web_server);
  std::size_t lost = 0;
  for (const FrameRecord& frame : ends.frames) lost += frame.is_lost() ? 1u : 0u;
  EXPECT_GT(lost, 0u);
  std::size_t lost_on_links = 0;
  for (std::uint32_t hop = 1; hop <= Network::hops; ++hop) {
    for (const FrameRecord& frame : view(hop, paths).frames) {
      const bool is_tcp = frame.summary.kind == FrameKind::tcp;
      lost_on_links += is_tcp && frame.is_lost() ? 1u : 0u;
    }
  }
  EXPECT_GE(lost_on_links, 1u);
}

}  // namespace
}  // namespace acksu::trace
