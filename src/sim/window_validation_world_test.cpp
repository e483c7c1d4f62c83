// Applications that do not use their window all the time, over a bottleneck in virtual time: what
// congestion window validation (RFC 7661) makes of a trickle, of pauses, and of a path that has
// become worse meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "host/pair_test.h"
#include "sim/quiet_server_test.h"
#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

// Writes what it is told to, when it is told to.
class Talker final : public Application {
 public:
  struct Words {
    Instant at;
    std::uint32_t bytes;
  };
  explicit Talker(std::vector<Words> all) : all_(std::move(all)) {}

  void start(Host& host, Instant now) override {
    handle_ = *host.connect({simple_address(2), 80}, {}, now);
  }
  void on_event(Host& host, const SocketEvent&, Instant now) override { speak(host, now); }
  Instant deadline() const override { return next_ < all_.size() ? all_[next_].at : never; }
  void on_time(Host& host, Instant now) override {
    for (; deadline() <= now; ++next_) owed_ += all_[next_].bytes;
    speak(host, now);
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Talker>(*this); }

 private:
  void speak(Host& host, Instant now) {
    const std::string text(16'384, 'x');
    while (owed_ > 0) {
      const std::string_view piece = std::string_view{text}.substr(0, owed_);
      const Result<std::uint32_t> written = host.write(handle_, bytes_of(piece), now);
      if (!written || *written == 0) return;
      owed_ -= *written;
    }
  }

  std::vector<Words> all_;
  std::size_t next_ = 0, owed_ = 0;
  Handle handle_;
};

constexpr std::uint64_t path_rate = 20'000'000;
constexpr Duration path_round_trip = 50ms;  // so it holds 125 kB

class WindowValidationWorld {
 public:
  explicit WindowValidationWorld(std::vector<Talker::Words> words, Duration non_validated_period) {
    HostSettings of_client = simple_host("client", 1);
    of_client.tcp.non_validated_period = non_validated_period;
    of_client.tcp.send_buffer = 4u << 20;
    const HostId client = world.add_host(of_client);
    server_ = world.add_host(simple_host("server", 2));
    cable = world.connect(
        {client, 0}, {server_, 0},
        CableSettings::both(
            {.delay = path_round_trip / 2, .rate = path_rate, .queue_bytes = 125'000}));
    world.install(client, std::make_unique<Talker>(std::move(words)));
    world.install(server_, std::make_unique<Traffic>(quiet_server(2)));
  }
  tcp::Info info() const { return world.host(0).sockets().at(0); }
  std::uint64_t read() const {
    return static_cast<const Traffic&>(*world.application(server_)).exchanges().at(0).read;
  }
  // How long it takes until so much more was read.
  Duration time_to_read(std::uint64_t bytes) {
    const Instant began = world.now();
    const std::uint64_t wanted = read() + bytes;
    while (read() < wanted && world.step()) {
    }
    return world.now() - began;
  }
  const tcp::Counters& counters() const { return world.host(0).counters().tcp; }
  World world{11};
  CableId cable{};

 private:
  HostId server_{};
};

// Two megabytes, and from the fifth second on a kilobyte each 100 ms for so long.
std::vector<Talker::Words> trickle_for(Duration duration) {
  std::vector<Talker::Words> words{{Instant{1s}, 2'000'000}};
  for (Instant at{5s}; at < Instant{5s} + duration; at += 100ms) words.push_back({at, 1000});
  return words;
}

// RFC 7661 4.4: 10 kB a second for minutes say nothing about the window, which stays, and does not
// grow; what then follows in bulk leaves at a pace, and soon validates it.
TEST(WindowValidationWorld, ATrickleDoesNotBlastAnUnvalidatedWindow) {
  for (const Duration lasts : {Duration{2min}, Duration{4min}}) {
    std::vector<Talker::Words> words = trickle_for(lasts);
    words.push_back({Instant{6s} + lasts, 1'000'000});
    WindowValidationWorld path{words, tcp::Settings{}.non_validated_period};
    path.world.run_until(Instant{6s});
    const std::uint32_t before = path.info().snd.cwnd;
    EXPECT_GT(before, 100'000u);
    path.world.run_until(Instant{6s} + lasts);
    EXPECT_EQ(path.info().snd.cwnd, before);
    EXPECT_STREQ(path.info().snd.phase, "non-validated");
    const std::uint64_t lost = path.counters().retransmitted_segments;
    path.world.run_until(Instant{6s} + lasts + 1ms);
    // A hundredth of the round trip may see twice its share of the window, and a first burst.
    EXPECT_LE(path.info().snd.in_flight_bytes, before / 50 + 15 * 1448);
    EXPECT_EQ(path.info().limited_by, tcp::LimitedBy::pacing);
    EXPECT_LE(path.time_to_read(100'000), 2 * path_round_trip) << "without a slow start";
    path.world.run_until(path.world.now() + 2 * path_round_trip);
    EXPECT_STRNE(path.info().snd.phase, "non-validated") << "half of it was used";
    EXPECT_EQ(path.counters().retransmitted_segments, lost);
  }
}

// RFC 7661 4.4.3: after five minutes half of it is left, and after hours the initial window.
TEST(WindowValidationWorld, ATrickleOfHoursKeepsNoWindow) {
  WindowValidationWorld path{trickle_for(90min), tcp::Settings{}.non_validated_period};
  path.world.run_until(Instant{6s});
  const std::uint32_t before = path.info().snd.cwnd;
  path.world.run_until(Instant{5min + 30s});
  EXPECT_EQ(path.info().snd.cwnd, before / 2);
  EXPECT_GE(path.info().snd.ssthresh, before / 4 * 3);
  path.world.run_until(Instant{80min});
  EXPECT_EQ(path.info().snd.cwnd, 10u * 1448);
}

// A page of 100 kB every two seconds, each a request of its own. RFC 5681 4.1 begins each anew.
TEST(WindowValidationWorld, PausesKeepTheWindowOfPages) {
  const auto seconds_of = [](Duration non_validated_period) {
    std::vector<Talker::Words> words{{Instant{1s}, 1'000'000}};
    for (int i = 0; i < 20; ++i) words.push_back({Instant{4s} + i * Duration{2s}, 100'000});
    WindowValidationWorld path{words, non_validated_period};
    Duration all{};
    for (int i = 0; i < 20; ++i) {
      path.world.run_until(Instant{4s} + i * Duration{2s});
      all += path.time_to_read(100'000);
    }
    EXPECT_EQ(path.counters().retransmission_time_outs, 0u);
    return std::chrono::duration<double>(all / 20).count();
  };
  const double kept = seconds_of(5min), restarted = seconds_of(Duration::zero());
  EXPECT_LE(kept, 0.100);  // half a round trip, and the window at its pace
  EXPECT_GE(restarted, 1.7 * kept) << "ten segments, twenty, forty";
}

// RFC 7661 4.4.1: the path has become ten times slower meanwhile. A loss leaves half of what was
// used, and the sender stays on the path that is left.
TEST(WindowValidationWorld, APathThatBecameWorseIsFoundOutByOneLoss) {
  std::vector<Talker::Words> words = trickle_for(1min);
  words.push_back({Instant{66s}, 500'000});
  WindowValidationWorld path{words, tcp::Settings{}.non_validated_period};
  path.world.run_until(Instant{65s});
  const std::uint32_t before = path.info().snd.cwnd;
  path.world.cable(path.cable).set_rate(Side::a, path_rate / 10, path.world.now());
  path.world.cable(path.cable).direction(Side::a).queue_bytes = 25'000;
  path.world.run_until(Instant{66s});
  std::uint32_t least = before;
  while (path.world.now() < Instant{70s} && path.world.step()) {
    least = std::min(least, path.info().snd.cwnd);
  }
  EXPECT_LE(least, before / 4);
  EXPECT_EQ(path.counters().retransmission_time_outs, 0u);
  EXPECT_EQ(path.read(), 2'000'000u + 600 * 1000 + 500'000);
}

}  // namespace
}  // namespace acksu::sim
