// Happy Eyeballs: delays, turns of families, failures, and who is cancelled.
#include "host/happy_eyeballs.h"

#include <gtest/gtest.h>

namespace acksu::happy_eyeballs_test {
namespace {

using State = HappyEyeballs::State;

constexpr IpAddress six(std::uint64_t n) { return {0x20010db800000000, n}; }
constexpr IpAddress four(std::uint8_t n) { return IpAddress::v4(192, 0, 2, n); }

struct Desk {
  std::vector<IpAddress> started() {
    std::vector<IpAddress> all;
    while (const auto next = eyes.next_attempt()) all.push_back(*next);
    return all;
  }
  void run(Duration duration) {
    const Instant end = now + duration;
    while (eyes.deadline() <= end) {
      now = eyes.deadline();
      eyes.on_time(now);
    }
    now = end;
  }
  HappyEyeballs eyes;
  Instant now{};
};

using List = std::vector<IpAddress>;

TEST(HappyEyeballs, TriesIpv6AtOnce) {
  Desk desk;
  desk.eyes.on_addresses({six(1), six(2)}, false, desk.now);
  EXPECT_EQ(desk.started(), List{six(1)});
  desk.eyes.on_connected(six(1));
  EXPECT_EQ(desk.eyes.state(), State::connected);
  EXPECT_EQ(desk.eyes.winner(), six(1));
  EXPECT_EQ(desk.eyes.deadline(), never);
}

// RFC 8305 section 3.
TEST(HappyEyeballs, WaitsALittleForIpv6) {
  Desk desk;
  desk.eyes.on_addresses({four(1)}, false, desk.now);
  EXPECT_EQ(desk.eyes.state(), State::delaying);
  desk.run(49ms);
  EXPECT_EQ(desk.started(), List{});
  desk.eyes.on_addresses({six(1)}, true, desk.now);
  EXPECT_EQ(desk.started(), List{six(1)});

  Desk late;
  late.eyes.on_addresses({four(1)}, false, late.now);
  late.run(50ms);
  EXPECT_EQ(late.started(), List{four(1)});

  Desk none;  // IPv6 has no address
  none.eyes.on_addresses({four(1)}, false, none.now);
  none.eyes.on_addresses({}, true, none.now);
  EXPECT_EQ(none.started(), List{four(1)});
}

// RFC 8305 sections 4 and 5.
TEST(HappyEyeballs, FamiliesTakeTurns) {
  Desk desk;
  desk.eyes.on_addresses({six(1), six(2), six(3), four(1), four(2)}, true, desk.now);
  List order = desk.started();
  std::vector<Duration> times{0ms};
  while (desk.eyes.state() == State::trying) {
    desk.run(250ms);
    const List more = desk.started();
    order.insert(order.end(), more.begin(), more.end());
    if (!more.empty()) times.push_back(desk.now - Instant{});
  }
  EXPECT_EQ(order, (List{six(1), four(1), six(2), four(2), six(3)}));
  EXPECT_EQ(times, (std::vector<Duration>{0ms, 250ms, 500ms, 750ms, 1000ms}));
  EXPECT_EQ(desk.eyes.state(), State::waiting);
  desk.eyes.on_connected(four(2));
  List cancelled;
  while (const auto next = desk.eyes.next_cancelled()) cancelled.push_back(*next);
  EXPECT_EQ(cancelled, (List{six(1), four(1), six(2), six(3)}));
  desk.eyes.on_connected(six(1));  // too late
  EXPECT_EQ(desk.eyes.winner(), four(2));
}

TEST(HappyEyeballs, BeginsWithThePreferredFamily) {
  Desk desk;
  desk.eyes.on_addresses({four(1), six(1)}, true, desk.now);
  EXPECT_EQ(desk.started(), List{four(1)});
}

TEST(HappyEyeballs, AFailureStartsTheNext) {
  Desk desk;
  desk.eyes.on_addresses({six(1), four(1)}, true, desk.now);
  desk.started();
  desk.run(10ms);
  desk.eyes.on_failed(six(1), desk.now);
  EXPECT_EQ(desk.started(), List{four(1)});
  desk.eyes.on_failed(six(1), desk.now);  // told twice
  EXPECT_EQ(desk.eyes.state(), State::trying);
  desk.eyes.on_failed(four(1), desk.now);
  EXPECT_EQ(desk.eyes.state(), State::failed);
  EXPECT_EQ(desk.eyes.deadline(), never);
}

TEST(HappyEyeballs, GoesOnWithWhatComesLater) {
  Desk desk;
  desk.eyes.on_addresses({six(1)}, false, desk.now);
  desk.started();
  desk.eyes.on_failed(six(1), desk.now);
  EXPECT_EQ(desk.eyes.state(), State::waiting);
  desk.eyes.on_addresses({four(1)}, true, desk.now);
  EXPECT_EQ(desk.started(), List{four(1)});
  desk.run(1s);
  EXPECT_EQ(desk.eyes.state(), State::waiting);
  desk.eyes.on_failed(four(1), desk.now);
  EXPECT_EQ(desk.eyes.state(), State::failed);
}

TEST(HappyEyeballs, NamesWithoutAddresses) {
  Desk desk;
  desk.eyes.on_addresses({}, false, desk.now);
  EXPECT_EQ(desk.eyes.state(), State::resolving);
  desk.eyes.on_addresses({}, true, desk.now);
  EXPECT_EQ(desk.eyes.state(), State::failed);
}

// A name with very many addresses is no way to make a host scan others.
TEST(HappyEyeballsAttack, ManyAddresses) {
  Desk desk;
  List many;
  for (std::uint64_t i = 0; i < 1000; ++i) many.insert(many.end(), {six(i), six(i)});
  desk.eyes.on_addresses(many, true, desk.now);
  std::size_t started = desk.started().size();
  for (int i = 0; i < 1000; ++i) {
    desk.run(250ms);
    started += desk.started().size();
  }
  EXPECT_EQ(started, 64u);
}

}  // namespace
}  // namespace acksu::happy_eyeballs_test
