// Buffers that follow the path: long fat paths are filled, short ones get no more than they need,
// and neither slow readers nor scarce memory are promised anything.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

constexpr std::uint64_t full_segment_bytes = 1448, full_frame_bytes = 1514;

struct PathOfBuffers {
  Duration delay = 50ms;  // one way
  std::uint64_t rate = 50'000'000;
  std::uint32_t queue_bytes = 250'000;
  std::uint64_t bytes = 10'000'000;
  tcp::Settings sender, receiver;
  std::uint64_t receiver_memory = 1ull << 30;
  Plan reading;

  // Of a bandwidth-delay product.
  std::uint64_t held_bytes() const {
    const auto round_trip = static_cast<std::uint64_t>((2 * delay).count());
    return rate / 8 * round_trip / 1'000'000'000;
  }
  double text_rate() const {  // bytes a second
    return static_cast<double>(rate) / 8 * full_segment_bytes / full_frame_bytes;
  }
};

struct WayOfBuffers {
  std::uint32_t most_offered = 0, most_unsent = 0, receive_buffer = 0, send_buffer = 0;
  std::uint64_t most_held = 0;  // by the receiver's host
  double second_half = 0;       // bytes a second
  tcp::Counters sender, receiver;
};

class BuffersWorld {
 public:
  explicit BuffersWorld(const PathOfBuffers& path) : path_(path), world_(11) {
    HostSettings of_client = simple_host("client", 1), of_server = simple_host("server", 2);
    of_client.tcp = path.sender;
    of_server.tcp = path.receiver;
    of_server.max_memory_bytes = path.receiver_memory;
    client_ = world_.add_host(of_client);
    server_ = world_.add_host(of_server);
    world_.connect({client_, 0}, {server_, 0},
                   CableSettings::both(
                       {.delay = path.delay, .rate = path.rate, .queue_bytes = path.queue_bytes}));
    Plan plan;
    plan.bytes = path.bytes;
    plan.options = path.reading.options;
    plan.options.receive_buffer_bytes = std::nullopt;
    Plan reading = path.reading;
    reading.bytes = 0;
    reading.options.notsent_lowat_bytes = std::nullopt;
    TrafficSettings to_open, to_answer;
    to_open.tag = 1;
    to_open.openings = {{Instant{} + 1s, {simple_address(2), 80}, std::nullopt, plan}};
    to_answer.tag = 2;
    to_answer.listen = Endpoint{IpAddress{}, 80};
    to_answer.accepted = {reading};
    world_.install(client_, std::make_unique<Traffic>(to_open));
    world_.install(server_, std::make_unique<Traffic>(to_answer));
  }

  WayOfBuffers run() {
    Instant half_at{}, end_at{};
    while (end_at == Instant{} && world_.step()) {
      look();
      const std::uint64_t read = bytes_read();
      if (half_at == Instant{} && read >= path_.bytes / 2) half_at = world_.now();
      if (read >= path_.bytes) end_at = world_.now();
    }
    EXPECT_EQ(bytes_read(), path_.bytes);
    way_.second_half = static_cast<double>(path_.bytes) / 2 /
                       std::chrono::duration<double>(end_at - half_at).count();
    EXPECT_TRUE(world_.run_until_quiet(1h));
    way_.sender = world_.host(client_).counters().tcp;
    way_.receiver = world_.host(server_).counters().tcp;
    return way_;
  }

 private:
  std::uint64_t bytes_read() const {
    const auto& of_server = static_cast<const Traffic&>(*world_.application(server_));
    return of_server.exchanges().empty() ? 0 : of_server.exchanges()[0].read;
  }
  void look() {
    for (const tcp::Info& info : world_.host(server_).sockets()) {
      way_.most_offered = std::max(way_.most_offered, info.rcv.wnd);
      way_.receive_buffer = std::max(way_.receive_buffer, info.rcv.buffer_bytes);
    }
    for (const tcp::Info& info : world_.host(client_).sockets()) {
      way_.most_unsent = std::max(way_.most_unsent, info.snd.unsent_bytes);
      way_.send_buffer = std::max(way_.send_buffer, info.snd.buffer_bytes);
    }
    way_.most_held = std::max(way_.most_held, world_.host(server_).holdings().text_bytes);
  }

  PathOfBuffers path_;
  World world_;
  HostId client_ = 0, server_ = 0;
  WayOfBuffers way_;
};

WayOfBuffers way_over(const PathOfBuffers& path) { return BuffersWorld{path}.run(); }

// ---- The receiver -------------------------------------------------------------------------------

TEST(BuffersWorld, ALongFatPathIsFilled) {
  for (const bool has_timestamps : {true, false}) {
    PathOfBuffers path;
    path.receiver.timestamps = has_timestamps;
    const WayOfBuffers way = way_over(path);
    EXPECT_GT(way.second_half, 0.95 * path.text_rate()) << has_timestamps;
    EXPECT_GT(way.most_offered, path.held_bytes());
    EXPECT_GT(way.receiver.buffers_grown, 0u);
    EXPECT_GT(way.sender.buffers_grown, 0u);
  }
}

TEST(BuffersWorld, SizesThatStayAreAllThatIsOffered) {
  PathOfBuffers path;
  path.bytes = 2'000'000;
  path.receiver.receive_buffer = 64u << 10;
  const double per_round_trip = 65'536 / 0.1;
  WayOfBuffers way = way_over(path);
  EXPECT_LT(way.second_half, 1.05 * per_round_trip);
  EXPECT_LE(way.most_offered, 65'536u);

  path.receiver.receive_buffer = tcp::Settings{}.receive_buffer;
  path.reading.options.receive_buffer_bytes = 64u << 10;  // as an application sets it
  way = way_over(path);
  EXPECT_LT(way.second_half, 1.05 * per_round_trip);
  EXPECT_EQ(way.receiver.buffers_grown, 0u);

  path = {};
  path.bytes = 2'000'000;
  path.sender.send_buffer = 64u << 10;
  way = way_over(path);
  EXPECT_LT(way.second_half, 1.05 * per_round_trip);
  EXPECT_EQ(way.sender.buffers_grown, 0u);
}

TEST(BuffersWorld, AShortPathIsOfferedAboutWhatItHolds) {
  PathOfBuffers path;
  path.delay = 1ms;
  path.rate = 10'000'000;
  path.queue_bytes = 10'000;
  path.bytes = 4'000'000;
  const WayOfBuffers thin = way_over(path);
  EXPECT_EQ(thin.receive_buffer, path.receiver.receive_buffer.first) << "it holds 2,500 bytes";
  EXPECT_GT(thin.second_half, 0.85 * path.text_rate());

  path.delay = 5ms;
  path.rate = 100'000'000;
  path.queue_bytes = 50'000;
  path.bytes = 16'000'000;
  const WayOfBuffers fat = way_over(path);
  EXPECT_GT(fat.second_half, 0.95 * path.text_rate());
  EXPECT_GT(fat.most_offered, path.held_bytes());
  EXPECT_LT(fat.most_offered, 5 * (path.held_bytes() + path.queue_bytes));
}

TEST(BuffersWorld, ASlowReaderIsPromisedNothing) {
  PathOfBuffers path;
  path.bytes = 1'000'000;
  path.reading.read_chunk = 10'000;
  path.reading.read_pause = 100ms;
  const WayOfBuffers way = way_over(path);
  EXPECT_EQ(way.receive_buffer, path.receiver.receive_buffer.first);
  EXPECT_EQ(way.receiver.buffers_grown, 0u);
}

TEST(BuffersWorld, WithMemoryShortNothingGrows) {
  PathOfBuffers path;
  path.bytes = 2'000'000;
  path.receiver_memory = 250'000;
  const WayOfBuffers way = way_over(path);
  EXPECT_LE(way.receive_buffer, path.receiver_memory / 4 + 5'000);
  EXPECT_GT(way.receiver.buffers_kept_small, 0u);
}

// ---- The sender ---------------------------------------------------------------------------------

TEST(BuffersWorld, TheSendBufferFollowsTheWindow) {
  PathOfBuffers path;
  path.delay = 5ms;
  path.rate = 10'000'000;
  path.queue_bytes = 15'000;
  const WayOfBuffers thin = way_over(path);
  EXPECT_EQ(thin.send_buffer, path.sender.send_buffer.first);
  const WayOfBuffers fat = way_over({});
  EXPECT_GT(fat.send_buffer, PathOfBuffers{}.held_bytes());
  EXPECT_LE(fat.send_buffer, path.sender.send_buffer.most);
}

// What is written last is sent soon, at the same rate.
TEST(BuffersWorld, LittleIsUnsentWhereThatIsAskedFor) {
  PathOfBuffers path;
  const WayOfBuffers usual = way_over(path);
  EXPECT_GT(usual.most_unsent, 200'000u);
  path.reading.options.notsent_lowat_bytes = 32'768;
  const WayOfBuffers by_option = way_over(path);
  EXPECT_LE(by_option.most_unsent, 32'768u);
  EXPECT_GT(by_option.second_half, 0.98 * usual.second_half);
  path.reading.options.notsent_lowat_bytes = std::nullopt;
  path.sender.notsent_lowat_bytes = 4'096;
  const WayOfBuffers by_setting = way_over(path);
  EXPECT_LE(by_setting.most_unsent, 4'096u);
  EXPECT_GT(by_setting.second_half, 0.98 * usual.second_half);
}

}  // namespace
}  // namespace acksu::sim
