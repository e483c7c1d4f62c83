// Two hosts in two loops, joined by a message socket: real time, real descriptors, no privileges.
#include "os/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <thread>

#include "os/clock.h"
#include "os/descriptor_wire.h"

namespace acksu::os {
namespace {

// A host at 10.0.0.`number` on one end of a cable.
struct Machine {
  Machine(std::uint8_t number, UniqueDescriptor end, LoopSettings loop_settings = {})
      : pool(std::make_shared<BufferPool>()),
        wire(std::move(end), 1518, pool),
        host(settings(number), {.key = {1, number}, .seed = number}, pool),
        loop(host, loop_settings) {
    loop.attach(wire);
  }

  static HostSettings settings(std::uint8_t number) {
    LinkSettings link;
    link.mac = {{2, 0, 0, 0, 0, number}};
    link.addresses = {{IpAddress::v4(10, 0, 0, number), 24}};
    HostSettings settings;
    settings.links = {link};
    return settings;
  }

  std::shared_ptr<BufferPool> pool;
  DescriptorWire wire;
  Host host;
  EventLoop loop;
};

// Reads all that comes on one connection, sends it back and closes.
class Echo : public Application {
 public:
  void start(Host& host, Instant now) override { listener_ = *host.listen({{}, 7}, {}, now); }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket == listener_) connection_ = *host.accept(listener_, now);
    std::uint8_t bytes[1000];
    while (connection_) {
      const Result<std::uint32_t> count = host.read(connection_, bytes, now);
      if (count.error() == Error::would_block) return;
      if (count && *count > 0) {
        // The send buffer is larger than all that the test sends.
        EXPECT_EQ(*host.write(connection_, Bytes{bytes}.first(*count), now), *count);
        continue;
      }
      host.close(connection_, now);
      host.close(listener_, now);
      connection_ = {};
      is_done_ = true;
    }
  }
  bool is_done() const override { return is_done_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Echo>(*this); }

 private:
  Handle listener_, connection_;
  bool is_done_ = false;
};

// Sends so many bytes, closes its side and reads as many back; gives up after a while, so that a
// failure does not hang the test.
class Sender : public Application {
 public:
  explicit Sender(std::uint32_t bytes) : text_(bytes, 'x') {}
  void start(Host& host, Instant now) override {
    socket_ = *host.connect({IpAddress::v4(10, 0, 0, 2), 7}, {}, now);
    EXPECT_EQ(*host.write(socket_, text_, now), text_.size());
    deadline_ = later_by(now, 20s);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket != socket_) return;
    if (event.readiness.has(Readiness::connected)) {
      EXPECT_EQ(host.shutdown_write(socket_, now), Error::none);
    }
    std::uint8_t bytes[1000];
    while (!is_done_) {
      const Result<std::uint32_t> count = host.read(socket_, bytes, now);
      if (!count) return;
      received += *count;
      if (*count > 0) continue;
      host.close(socket_, now);
      is_done_ = true;
    }
  }
  Instant deadline() const override { return is_done_ ? never : deadline_; }
  void on_time(Host& host, Instant now) override {
    host.abort(socket_, now);
    is_done_ = true;
  }
  bool is_done() const override { return is_done_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Sender>(*this); }

  std::uint32_t received = 0;

 private:
  std::vector<std::uint8_t> text_;
  Handle socket_;
  Instant deadline_ = never;
  bool is_done_ = false;
};

// Waits for the time, and for being stopped.
class Waiter : public Application {
 public:
  explicit Waiter(Duration pause) : pause_(pause) {}
  void start(Host&, Instant now) override { deadline_ = later_by(now, pause_); }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return deadline_; }
  void on_time(Host&, Instant now) override {
    late = now - deadline_;
    deadline_ = never;
  }
  void stop(Host&, Instant) override { ++stops; }
  bool is_done() const override { return deadline_ == never; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Waiter>(*this); }

  Duration late{-1};
  int stops = 0;

 private:
  Duration pause_;
  Instant deadline_ = never;
};

struct Cable {
  Cable() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    left = UniqueDescriptor{ends[0]};
    right = UniqueDescriptor{ends[1]};
  }
  UniqueDescriptor left, right;
};

TEST(EventLoop, RunsTwoHostsToTheEndOfTheirConnection) {
  Cable cable;
  Ending echo_ending = Ending::system_failed;
  std::thread other{[&echo_ending, end = std::move(cable.right)]() mutable {
    Machine machine{2, std::move(end)};
    Echo echo;
    machine.loop.add(echo);
    echo_ending = machine.loop.run();
  }};
  Machine machine{1, std::move(cable.left)};
  Sender sender{100'000};
  machine.loop.add(sender);
  // The client keeps TIME-WAIT, which no program waits for.
  EXPECT_EQ(machine.loop.run(), Ending::done);
  other.join();
  EXPECT_EQ(echo_ending, Ending::done);
  EXPECT_EQ(sender.received, 100'000u);
}

TEST(EventLoop, SleepsUntilTheDeadlineAndUsesNoProcessor) {
  Cable cable;
  Machine machine{1, std::move(cable.left)};
  Waiter waiter{200ms};
  machine.loop.add(waiter);
  const Duration before = read_clock(CLOCK_THREAD_CPUTIME_ID);
  EXPECT_EQ(machine.loop.run(), Ending::done);
  EXPECT_LT(read_clock(CLOCK_THREAD_CPUTIME_ID) - before, 20ms);
  EXPECT_GE(waiter.late, 0ns);
  EXPECT_LT(waiter.late, 100ms);
}

// A shard with a message is due since the earliest instant: how long ago that is has no number.
TEST(EventLoop, CallsWhoIsDueSinceTheEarliestInstant) {
  class Overdue : public Application {
   public:
    void start(Host&, Instant) override {}
    void on_event(Host&, const SocketEvent&, Instant) override {}
    Instant deadline() const override { return is_done() ? never : Instant::min(); }
    void on_time(Host&, Instant) override { ++calls; }
    bool is_done() const override { return calls == 3; }
    std::unique_ptr<Application> clone() const override { return std::make_unique<Overdue>(*this); }
    int calls = 0;
  };
  Cable cable;
  Machine machine{1, std::move(cable.left)};
  Overdue overdue;
  machine.loop.add(overdue);
  EXPECT_EQ(machine.loop.run(), Ending::done);
  EXPECT_EQ(overdue.calls, 3);
}

TEST(EventLoop, StopsByASignal) {
  Cable cable;
  Machine machine{1, std::move(cable.left)};
  Waiter waiter{1h};
  machine.loop.add(waiter);
  std::raise(SIGTERM);
  EXPECT_EQ(machine.loop.run(), Ending::stopped);
  EXPECT_EQ(waiter.stops, 1);
}

TEST(EventLoop, EndsAtOnceByASecondSignal) {
  Cable cable;
  Machine machine{1, std::move(cable.left)};
  Waiter waiter{1h};
  machine.loop.add(waiter);
  std::raise(SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(machine.loop.run(), Ending::cut_short);
  EXPECT_EQ(waiter.stops, 1);
}

TEST(EventLoop, DoesNotWaitForEverForConnectionsToEnd) {
  Cable cable;  // nobody answers at its other end
  Machine machine{1, std::move(cable.left), {.ending_limit = 100ms}};
  Sender sender{1000};
  machine.loop.add(sender);
  machine.loop.stop();
  EXPECT_EQ(machine.loop.run(), Ending::cut_short);
}

TEST(EventLoop, SaysThatTheWireIsGone) {
  Cable cable;
  Machine machine{1, std::move(cable.left)};
  Waiter waiter{1h};
  machine.loop.add(waiter);
  cable.right = UniqueDescriptor{};
  EXPECT_EQ(machine.loop.run(), Ending::wire_failed);
  EXPECT_EQ(machine.loop.failure(), "the other end of the wire is closed");
}

}  // namespace
}  // namespace acksu::os
