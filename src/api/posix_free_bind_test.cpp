// Sockets bound to addresses that are not the host's (IP_FREEBIND, IPV6_FREEBIND).
#include <gtest/gtest.h>

#include "api/posix_scene_test.h"

namespace acksu::posix::free_bind_test {
namespace {

const Outcome well = Outcome::of(0);

constexpr OptionName free_bind{IPPROTO_IP, IP_FREEBIND};
constexpr OptionName free_bind_v6{IPPROTO_IPV6, 78};
constexpr IpAddress later = IpAddress::v4(10, 0, 0, 77);
constexpr IpAddress later_v6{0x2001'0db8'0000'0000, 0x77};

TEST(PosixFreeBind, IsOneOptionOfBothVersions) {
  Scene scene;
  const int of_v4 = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  const int of_v6 = Scene::made(scene.server.socket(AF_INET6, SOCK_DGRAM, 0));
  EXPECT_EQ(scene.option(scene.server, of_v4, free_bind), 0);
  EXPECT_EQ(scene.set(scene.server, of_v4, free_bind, 5), well);
  EXPECT_EQ(scene.option(scene.server, of_v4, free_bind), 1);
  EXPECT_EQ(scene.set(scene.server, of_v4, free_bind_v6, 1).error, ENOPROTOOPT);
  EXPECT_EQ(scene.set(scene.server, of_v6, free_bind_v6, 1), well);
  EXPECT_EQ(scene.option(scene.server, of_v6, free_bind), 1);
  EXPECT_EQ(scene.set(scene.server, of_v6, free_bind, 0), well);
  EXPECT_EQ(scene.option(scene.server, of_v6, free_bind_v6), 0);
}

TEST(PosixFreeBind, LetsListenWhereTheAddressComesLater) {
  Scene scene;
  const int listener = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.bind(scene.server, listener, Scene::name_v4(later)).error, EADDRNOTAVAIL);
  EXPECT_EQ(scene.set(scene.server, listener, free_bind, 1), well);
  EXPECT_EQ(scene.bind(scene.server, listener, Scene::name_v4(later)), well);
  EXPECT_EQ(scene.local_name(scene.server, listener), (Endpoint{later, Scene::port}));
  EXPECT_EQ(scene.server.listen(listener, 5, scene.now()), well);
  const int other = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.server, other, free_bind, 1), well);
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4(later)).error, EADDRINUSE);

  const int client = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_EQ(scene.connect(scene.client, client, Scene::name_v4(later)).error, EINPROGRESS);
  scene.pass(500ms);
  EXPECT_EQ(scene.server.readiness(listener, scene.now()), 0);  // nothing comes for it
  ASSERT_EQ(scene.world.host(scene.server_host).add_address(0, {later, 24}, scene.now()),
            Error::none);
  scene.pass(10s);
  const int accepted = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.local_name(scene.server, accepted), (Endpoint{later, Scene::port}));
}

TEST(PosixFreeBind, SendsNothingFromAnAddressOfOthers) {
  Scene scene;
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int socket = Scene::made(scene.client.socket(AF_INET, type, 0));
    EXPECT_EQ(scene.bind(scene.client, socket, Scene::name_v4(later)).error, EADDRNOTAVAIL);
    EXPECT_EQ(scene.set(scene.client, socket, free_bind, 1), well);
    EXPECT_EQ(scene.bind(scene.client, socket, Scene::name_v4(later)), well);
    EXPECT_EQ(scene.connect(scene.client, socket, Scene::name_v4(Scene::server_v4)).error,
              ENETUNREACH);
  }
  const int socket = Scene::made(scene.client.socket(AF_INET6, SOCK_DGRAM, 0));
  EXPECT_EQ(scene.set(scene.client, socket, free_bind_v6, 1), well);
  EXPECT_EQ(scene.bind(scene.client, socket, write_name(AF_INET6, {later_v6, 9})), well);
  EXPECT_EQ(
      scene.connect(scene.client, socket, write_name(AF_INET6, {{0x2001'0db8ull << 32, 1}, 9}))
          .error,
      ENETUNREACH);
}

TEST(PosixFreeBind, HearsDatagramsOnceTheAddressIsThere) {
  Scene scene;
  const int server = Scene::made(scene.server.socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_EQ(scene.set(scene.server, server, free_bind, 1), well);
  EXPECT_EQ(scene.bind(scene.server, server, Scene::name_v4(later, 9)), well);
  ASSERT_EQ(scene.world.host(scene.server_host).add_address(0, {later, 24}, scene.now()),
            Error::none);
  const int client = Scene::made(scene.client.socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_EQ(scene.connect(scene.client, client, Scene::name_v4(later, 9)), well);
  EXPECT_EQ(scene.write(scene.client, client, "late").value, 4);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.server, server), "late");
}

}  // namespace
}  // namespace acksu::posix::free_bind_test
