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

}  // namespace
}  // namespace acksu
