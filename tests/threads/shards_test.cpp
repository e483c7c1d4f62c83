// Shards in threads, on message sockets: one wire for all, or a queue for each that steers badly;
// listeners that span them, what they open, messages, and their end.
#include "api/shards.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <csignal>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "api/services.h"
#include "os/descriptor_wire.h"

namespace acksu {
namespace {

constexpr std::uint32_t shard_count = 3;
constexpr IpAddress our_address = IpAddress::v4(10, 0, 0, 2);
constexpr IpAddress their_address = IpAddress::v4(10, 0, 0, 1);

HostSettings host_at(IpAddress address, std::uint8_t number) {
  HostSettings settings;
  settings.links.push_back(
      {.name = "eth0", .mac = {{2, 0, 0, 0, 0, number}}, .addresses = {{address, 24}}});
  settings.tcp.msl = 50ms;
  return settings;
}

std::array<os::UniqueDescriptor, 2> cable() {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  return {os::UniqueDescriptor{ends[0]}, os::UniqueDescriptor{ends[1]}};
}

// Opens connections, sends so many bytes on each, reads as many back, and is done.
class Crowd : public Application {
 public:
  Crowd(Endpoint remote, int connections) : remote_(remote), left_(connections) {}

  void start(Host& host, Instant now) override {
    give_up_at_ = now + 30s;
    for (int i = left_; i > 0; --i) {
      const auto handle = host.connect(remote_, {}, now);
      ASSERT_TRUE(handle) << sentence(handle.error());
      streams_[*handle];
    }
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    const auto found = streams_.find(event.socket);
    if (found == streams_.end()) return;
    if (event.readiness.has(Readiness::failed)) ++failed;
    const bool is_over = event.readiness.has(Readiness::failed) || go_on(host, *found, now);
    if (!is_over) return;
    host.close(found->first, now);
    streams_.erase(found);
    --left_;
  }
  Instant deadline() const override { return is_done() ? never : give_up_at_; }
  void on_time(Host&, Instant) override { left_ = 0; }
  bool is_done() const override { return left_ <= 0; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Crowd>(*this); }

  static constexpr std::uint64_t bytes = 30'000;
  int failed = 0;
  int whole = 0;

 private:
  struct Stream {
    std::uint64_t written = 0, read = 0;
  };

  bool go_on(Host& host, std::pair<const Handle, Stream>& named, Instant now) {
    auto& [socket, stream] = named;
    std::array<std::uint8_t, 4000> text;
    while (stream.written < bytes) {
      const std::size_t most = std::min<std::uint64_t>(text.size(), bytes - stream.written);
      for (std::size_t i = 0; i < most; ++i) text[i] = byte_at(stream.written + i);
      const auto count = host.write(socket, Bytes{text}.first(most), now);
      if (!count) break;
      stream.written += *count;
      if (stream.written == bytes) host.shutdown_write(socket, now);
    }
    while (const auto count = host.read(socket, text, now)) {
      if (*count == 0) {
        whole += stream.read == bytes;
        return true;
      }
      for (std::uint32_t i = 0; i < *count; ++i) {
        EXPECT_EQ(text[i], byte_at(stream.read + i));
      }
      stream.read += *count;
    }
    return false;
  }
  static std::uint8_t byte_at(std::uint64_t offset) {
    return static_cast<std::uint8_t>(offset * 7 + offset / 251);
  }

  Endpoint remote_;
  int left_;
  Instant give_up_at_ = never;
  std::map<Handle, Stream> streams_;
};

// A card that has never heard of flows: what goes out takes any queue.
class BadCard final : public os::Wire {
 public:
  explicit BadCard(std::vector<os::UniqueDescriptor> ends, std::shared_ptr<BufferPool> pool)
      : waiting_(epoll_create1(EPOLL_CLOEXEC)) {
    for (os::UniqueDescriptor& end : ends) {
      epoll_event event{.events = EPOLLIN, .data = {}};
      EXPECT_EQ(epoll_ctl(waiting_.get(), EPOLL_CTL_ADD, end.get(), &event), 0);
      queues_.push_back(std::make_unique<os::DescriptorWire>(std::move(end), 1518, pool));
    }
  }
  int descriptor() const override { return waiting_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override {
    const std::size_t before = frames.size();
    for (const auto& queue : queues_) {
      queue->receive(frames, max_frames - (frames.size() - before));
    }
    return frames.size() - before;
  }
  // Those that a full queue does not take are lost.
  std::size_t send(std::span<const Frame> frames) override {
    for (const Frame& frame : frames) queues_[++next_ % queues_.size()]->send({&frame, 1});
    return frames.size();
  }
  const std::string& failure() const override { return queues_[0]->failure(); }
  const os::WireCounters& counters() const override { return queues_[0]->counters(); }

 private:
  os::UniqueDescriptor waiting_;
  std::vector<std::unique_ptr<os::DescriptorWire>> queues_;
  std::size_t next_ = 0;
};

ShardsSettings settings_of_all() {
  ShardsSettings settings;
  settings.host = host_at(our_address, 2);
  settings.secrets = {{11, 12}, 13};
  settings.count = shard_count;
  return settings;
}

// A host at the other end, and the loop that runs it.
struct Machine {
  Machine(std::unique_ptr<os::Wire> its_wire, std::shared_ptr<BufferPool> its_pool)
      : pool(std::move(its_pool)),
        wire(std::move(its_wire)),
        host(host_at(their_address, 1), {{1, 2}, 3}, pool),
        loop(host) {
    loop.attach(*wire);
  }
  std::shared_ptr<BufferPool> pool;
  std::unique_ptr<os::Wire> wire;
  Host host;
  os::EventLoop loop;
};

std::unique_ptr<Machine> machine_at(os::UniqueDescriptor end) {
  auto pool = std::make_shared<BufferPool>();
  auto wire = std::make_unique<os::DescriptorWire>(std::move(end), 1518, pool);
  return std::make_unique<Machine>(std::move(wire), pool);
}

std::unique_ptr<Application> echo_on(Shard&) {
  return std::make_unique<Service>(ServiceSettings{.local = {{}, 7}});
}

// What each of them has accepted; all of it came to a good end.
std::vector<std::uint64_t> accepted_by(Shards& shards) {
  std::vector<std::uint64_t> accepted;
  for (std::uint32_t i = 0; i < shards.count(); ++i) {
    const auto& service = static_cast<Service&>(shards.application(i));
    EXPECT_EQ(service.error(), Error::none);
    EXPECT_EQ(service.counters().finished, service.counters().accepted);
    accepted.push_back(service.counters().accepted);
  }
  return accepted;
}

TEST(ShardsInThreads, OneListenerSpansThemOnOneWire) {
  auto [ours, theirs] = cable();
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  const auto machine = machine_at(std::move(theirs));
  os::Ending ending{};
  std::thread runner{[&] { ending = shards.run(echo_on); }};
  Crowd crowd{{our_address, 7}, 60};
  machine->loop.add(crowd);
  EXPECT_EQ(machine->loop.run(), os::Ending::done);
  shards.stop();
  runner.join();
  EXPECT_EQ(ending, os::Ending::stopped);
  EXPECT_EQ(crowd.whole, 60);
  EXPECT_EQ(crowd.failed, 0);
  const std::vector<std::uint64_t> accepted = accepted_by(shards);
  EXPECT_EQ(std::accumulate(accepted.begin(), accepted.end(), 0ull), 60u);
  for (const std::uint64_t its : accepted) EXPECT_GT(its, 5u);
  EXPECT_EQ(shards.wire(0).lost(), 0u);
  EXPECT_GT(shards.wire(0).passed_on(), 100u);
}

// Two frames of three come to a shard that they are not for, and overtake each other on their way.
TEST(ShardsInThreads, CorrectACardThatSteersBadly) {
  std::vector<os::UniqueDescriptor> ours, theirs;
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    auto [left, right] = cable();
    ours.push_back(std::move(left));
    theirs.push_back(std::move(right));
  }
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return std::make_unique<os::DescriptorWire>(std::move(ours[shard]), 1518,
                                                              std::move(pool));
                }};
  os::Ending ending{};
  std::thread runner{[&] { ending = shards.run(echo_on); }};
  auto pool = std::make_shared<BufferPool>();
  Machine machine{std::make_unique<BadCard>(std::move(theirs), pool), pool};
  Crowd crowd{{our_address, 7}, 60};
  machine.loop.add(crowd);
  EXPECT_EQ(machine.loop.run(), os::Ending::done);
  shards.stop();
  runner.join();
  EXPECT_EQ(ending, os::Ending::stopped);
  EXPECT_EQ(crowd.whole, 60);
  const std::vector<std::uint64_t> accepted = accepted_by(shards);
  EXPECT_EQ(std::accumulate(accepted.begin(), accepted.end(), 0ull), 60u);
  for (std::uint32_t i = 0; i < shard_count; ++i) EXPECT_GT(shards.wire(i).passed_on(), 100u);
}

TEST(ShardsInThreads, WhatTheyOpenComesBackToThemAndThenAllEnd) {
  auto [ours, theirs] = cable();
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  const auto machine = machine_at(std::move(theirs));
  Service echo{{.local = {{}, 7}}};
  machine->loop.add(echo);
  std::thread runner{[&] { machine->loop.run(); }};
  // The last one has most to do, the first one is done sooner and carries on for it.
  const os::Ending ending = shards.run([](Shard& shard) -> std::unique_ptr<Application> {
    return std::make_unique<Crowd>(Endpoint{their_address, 7}, 10 + 10 * int(shard.number()));
  });
  EXPECT_EQ(ending, os::Ending::done);
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    EXPECT_EQ(static_cast<Crowd&>(shards.application(i)).whole, 10 + 10 * int(i));
    EXPECT_EQ(shards.host(i).holdings().connections, 0u);
  }
  ::kill(::getpid(), SIGTERM);  // to the one that is left
  runner.join();
  EXPECT_EQ(echo.counters().accepted, 60u);
}

// Each says so many words to each, itself included, and is done when it has heard as many.
class Talker : public Application {
 public:
  struct Word {
    std::uint64_t number;
    double half;
  };
  explicit Talker(Shard& shard) : shard_(shard) {
    next_to_.resize(shard.count());
    heard.resize(shard.count());
    shard.hear([this](Host&, const ShardMessage& message, Instant) {
      const Word word = message.as<Word>();
      EXPECT_EQ(message.kind, 7u);
      EXPECT_EQ(word.number, heard[message.from]++) << "in order, and none is lost";
      EXPECT_EQ(word.half, static_cast<double>(word.number) / 2);
    });
  }
  void start(Host&, Instant now) override { at_ = now; }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return at_; }
  void on_time(Host&, Instant now) override {
    at_ = never;
    for (std::uint32_t to = 0; to < shard_.count(); ++to) {
      std::uint64_t& next = next_to_[to];
      while (next < words && shard_.send(to, ShardMessage::of(7, Word{next, double(next) / 2}))) {
        ++next;
      }
      if (next < words) at_ = now + 100us;
    }
  }
  bool is_done() const override {
    return std::ranges::all_of(heard, [](std::uint64_t count) { return count == words; });
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Talker>(*this); }

  static constexpr std::uint64_t words = 5000;
  std::vector<std::uint64_t> heard;

 private:
  Shard& shard_;
  Instant at_ = never;
  std::vector<std::uint64_t> next_to_;
};

// SECURITY I6: sixteen shards in as many threads. What one of them derives from its secret says
// nothing about another, what one counts no other counts, and a limit of each is its own.
TEST(ShardsInThreads, HaveSecretsAndLimitsOfTheirOwn) {
  auto [ours, theirs] = cable();
  ShardsSettings settings = settings_of_all();
  settings.count = 16;
  settings.host.tcp.max_half_open = 2;  // 32 in all, were it shared
  Shards shards{settings, [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  const auto machine = machine_at(std::move(theirs));
  std::thread runner{[&] { shards.run(echo_on); }};
  Crowd crowd{{our_address, 7}, 96};
  machine->loop.add(crowd);
  EXPECT_EQ(machine->loop.run(), os::Ending::done);
  shards.stop();
  runner.join();
  EXPECT_EQ(crowd.whole, 96);
  const std::vector<std::uint64_t> accepted = accepted_by(shards);
  std::set<std::pair<std::uint64_t, std::uint64_t>> keys;
  for (std::uint32_t i = 0; i < shards.count(); ++i) {
    Host host = shards.host(i);  // a copy: its own is not for us to ask
    EXPECT_EQ(host.counters().tcp.passive_opens, accepted[i]);
    const SipKey key = host.next_key();
    keys.insert({key.k0, key.k1});
  }
  EXPECT_EQ(keys.size(), 16u);
}

TEST(ShardsInThreads, SayWhatTheyHaveToSayInMessages) {
  auto [ours, theirs] = cable();
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  EXPECT_EQ(shards.run([](Shard& shard) { return std::make_unique<Talker>(shard); }),
            os::Ending::done);
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    for (const std::uint64_t count : static_cast<Talker&>(shards.application(i)).heard) {
      EXPECT_EQ(count, Talker::words);
    }
  }
}

TEST(ShardsInThreads, EndTogetherWhenTheWireIsGone) {
  auto [ours, theirs] = cable();
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  theirs = os::UniqueDescriptor{};
  EXPECT_EQ(shards.run(echo_on), os::Ending::wire_failed);
  EXPECT_EQ(shards.failure(), "the other end of the wire is closed");
}

TEST(ShardsInThreads, EndByOneSignalAndSleepWithoutWork) {
  auto [ours, theirs] = cable();
  Shards shards{settings_of_all(), [&](std::uint32_t shard, auto pool) {
                  return shard > 0 ? nullptr
                                   : std::make_unique<os::DescriptorWire>(std::move(ours), 1518,
                                                                          std::move(pool));
                }};
  const Duration before = os::read_clock(CLOCK_PROCESS_CPUTIME_ID);
  std::thread interrupter{[] {
    std::this_thread::sleep_for(200ms);
    ::kill(::getpid(), SIGTERM);
  }};
  EXPECT_EQ(shards.run(echo_on), os::Ending::stopped);
  EXPECT_LT(os::read_clock(CLOCK_PROCESS_CPUTIME_ID) - before, 100ms);
  interrupter.join();
}

}  // namespace
}  // namespace acksu
