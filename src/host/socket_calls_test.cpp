// Looking without taking, waiting for room, listeners that change.
#include <gtest/gtest.h>

#include "host/pair_test.h"

namespace acksu {
namespace {

TEST(SocketCalls, PeekTakesNothing) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of("first "), pair.now));
  pair.settle();
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of("second"), pair.now));
  pair.settle();
  std::array<std::uint8_t, 8> room{};
  ASSERT_EQ(*pair.b.peek(ends.at_b, 0, room), 8u);
  EXPECT_EQ(std::string(room.begin(), room.end()), "first se");
  ASSERT_EQ(*pair.b.peek(ends.at_b, 8, room), 4u);
  EXPECT_EQ(std::string(room.begin(), room.begin() + 4), "cond");
  EXPECT_EQ(*pair.b.peek(ends.at_b, 100, room), 0u);
  EXPECT_EQ(pair.read(pair.b, ends.at_b), "first second");
  EXPECT_EQ(pair.b.peek({}, 0, room).error(), Error::bad_handle);
}

TEST(SocketCalls, WhoAwaitsRoomIsTold) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  pair.a.set_options(ends.at_a, {.send_buffer_bytes = 10'000}, pair.now);
  EXPECT_TRUE(*pair.a.await_room(ends.at_a, pair.now));
  const std::vector<std::uint8_t> text(10'000, 'x');  // just what there is room for
  ASSERT_EQ(*pair.a.write(ends.at_a, text, pair.now), 10'000u);
  EXPECT_FALSE(*pair.a.await_room(ends.at_a, pair.now));
  pair.news(pair.a, ends.at_a);
  pair.settle();
  EXPECT_TRUE(Readiness{pair.news(pair.a, ends.at_a)}.has(Readiness::writable));
  EXPECT_TRUE(*pair.a.await_room(ends.at_a, pair.now));
}

TEST(SocketCalls, ABacklogCanGrow) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {.backlog = 1}, pair.now);
  const auto knock = [&] {
    ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
    pair.settle();
  };
  knock();
  knock();
  EXPECT_EQ(*pair.b.count_acceptable(listener), 1u);
  EXPECT_EQ(pair.b.set_listen_options(listener, {.backlog = 2}), Error::none);
  pair.pass(10s);
  EXPECT_EQ(*pair.b.count_acceptable(listener), 2u);
  EXPECT_TRUE(pair.b.is_tcp_port_used({{}, 80}, IpVersions::both));
  EXPECT_TRUE(pair.b.is_tcp_port_used({Pair::b_address, 80}, IpVersions::both));
  EXPECT_FALSE(pair.b.is_tcp_port_used({{}, 81}, IpVersions::v6_only));
}

TEST(SocketCalls, ListenersThatShareANameSpreadWhatComes) {
  Pair pair;
  std::vector<Handle> listeners;
  for (int i = 0; i < 4; ++i) {
    const Result<Handle> each =
        pair.b.listen({{}, 80}, {.backlog = 1000, .shares_name = true}, pair.now);
    ASSERT_TRUE(each);
    listeners.push_back(*each);
  }
  EXPECT_EQ(pair.b.listen({{}, 80}, {}, pair.now).error(), Error::address_in_use);
  EXPECT_EQ(pair.b.listen({Pair::b_address, 80}, {.shares_name = true}, pair.now).error(),
            Error::address_in_use);
  constexpr std::uint32_t count = 200;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
    pair.settle();
  }
  std::uint32_t total = 0;
  for (const Handle listener : listeners) {
    const std::uint32_t share = *pair.b.count_acceptable(listener);
    EXPECT_GT(share, count / 10);
    total += share;
  }
  EXPECT_EQ(total, count);
  // Who closes leaves no name that nobody hears.
  for (int i = 0; i < 3; ++i) pair.b.close(listeners[static_cast<std::size_t>(i)], pair.now);
  pair.settle();
  const std::uint32_t before = *pair.b.count_acceptable(listeners.back());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.settle();
  EXPECT_EQ(*pair.b.count_acceptable(listeners.back()), before + 5);
}

TEST(SocketCalls, WhatIsNotHeldCannotBeAsked) {
  Pair pair;
  EXPECT_EQ(pair.a.end_record({}, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.a.hold_syn({}, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.a.send_syn({}, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.a.use_quick_acks({}, true), Error::bad_handle);
}

}  // namespace
}  // namespace acksu
