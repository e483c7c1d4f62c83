// Handles that name nothing any more, or never did: every call of a host refuses them, also when
// their place was taken by another socket, which is left alone.
#include <gtest/gtest.h>

#include <vector>

#include "host/host.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

// All calls that take a handle, with arguments that would be good for a living one.
void expect_dead(Pair& pair, Handle dead) {
  Host& host = pair.a;
  const Instant now = pair.now;
  std::vector<std::uint8_t> room(16);
  const Endpoint remote{Pair::b_address, 9};
  const GroupName group{IpAddress::v4(239, 1, 2, 3), 0};
  EXPECT_EQ(host.accept(dead, now).error(), Error::bad_handle);
  EXPECT_EQ(host.write(dead, bytes_of("x"), now).error(), Error::bad_handle);
  EXPECT_EQ(host.read(dead, room, now).error(), Error::bad_handle);
  EXPECT_EQ(host.shutdown_write(dead, now), Error::bad_handle);
  EXPECT_EQ(host.close(dead, now), Error::bad_handle);
  EXPECT_EQ(host.abort(dead, now), Error::bad_handle);
  EXPECT_EQ(host.set_options(dead, {}, now), Error::bad_handle);
  EXPECT_EQ(host.error_of(dead), Error::bad_handle);
  EXPECT_EQ(host.local_endpoint(dead).error(), Error::bad_handle);
  EXPECT_EQ(host.remote_endpoint(dead).error(), Error::bad_handle);
  EXPECT_FALSE(host.info(dead));
  EXPECT_EQ(host.set_udp_options(dead, {}), Error::bad_handle);
  EXPECT_EQ(host.connect_udp(dead, remote), Error::bad_handle);
  EXPECT_EQ(host.send_to(dead, remote, bytes_of("x"), now), Error::bad_handle);
  EXPECT_EQ(host.receive_from(dead, room).error(), Error::bad_handle);
  EXPECT_FALSE(host.take_udp_error(dead));
  EXPECT_EQ(host.join_group(dead, group, now), Error::bad_handle);
  EXPECT_EQ(host.leave_group(dead, group, now), Error::bad_handle);
  EXPECT_EQ(host.set_raw_options(dead, {}), Error::bad_handle);
  EXPECT_EQ(host.connect_raw(dead, remote.address), Error::bad_handle);
  EXPECT_EQ(host.send_raw(dead, {remote.address}, bytes_of("x"), now), Error::bad_handle);
  EXPECT_EQ(host.receive_raw(dead, room).error(), Error::bad_handle);
  EXPECT_FALSE(host.take_raw_error(dead));
}

TEST(Handles, OfClosedSocketsNameNothingAlsoWhenTheirPlaceIsTaken) {
  Pair pair;
  Host& host = pair.a;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  const auto open_all = [&] {
    std::vector<Handle> all;
    all.push_back(*host.connect({Pair::b_address, 80}, {}, pair.now));
    all.push_back(*host.listen({{}, 7}, {}, pair.now));
    all.push_back(*host.open_udp({{}, 7}, pair.now));
    all.push_back(*host.open_raw({.protocol = 200}, {}, pair.now));
    return all;
  };
  const std::vector<Handle> dead = open_all();
  pair.settle();
  EXPECT_EQ(host.abort(dead[0], pair.now), Error::none);
  for (std::size_t i = 1; i < dead.size(); ++i)
    EXPECT_EQ(host.close(dead[i], pair.now), Error::none);
  pair.settle();
  for (const Handle each : dead) expect_dead(pair, each);

  const std::vector<Handle> living = open_all();
  pair.settle();
  for (std::size_t i = 0; i < dead.size(); ++i) {
    EXPECT_EQ(living[i].index, dead[i].index) << "the place is taken";
    expect_dead(pair, dead[i]);
  }
  EXPECT_TRUE(host.write(living[0], bytes_of("x"), pair.now));
  for (const Handle each : living) EXPECT_TRUE(host.local_endpoint(each));
  for (const Handle each : living) EXPECT_EQ(host.close(each, pair.now), Error::none);
}

TEST(Handles, ThatWereNeverGivenNameNothing) {
  Pair pair;
  const Handle living = *pair.a.listen({{}, 7}, {}, pair.now);
  for (const SocketKind kind :
       {SocketKind::connection, SocketKind::listener, SocketKind::udp, SocketKind::raw}) {
    for (const std::uint32_t index : {0u, 1u, 1'000'000u, 0xffff'fffeu, Handle::no_index}) {
      for (const std::uint32_t generation : {0u, 1u, 77u, 0xffff'ffffu}) {
        const Handle made_up{index, generation, kind};
        if (made_up != living) expect_dead(pair, made_up);
      }
    }
  }
  EXPECT_EQ(pair.a.close(living, pair.now), Error::none);
}

}  // namespace
}  // namespace acksu
