// Options of sockets: Linux's values, limits, lengths and errno.
#include <gtest/gtest.h>

#include <sys/time.h>

#include "api/linux_tcp_info.h"
#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome fine = Outcome::of(0);

TEST(PosixOptions, TellWhatWasSet) {
  Scene scene;
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  struct Row {
    OptionName name;
    int usual, set, told;
  };
  for (const Row& row :
       {Row{{IPPROTO_TCP, TCP_NODELAY}, 0, 7, 1}, Row{{IPPROTO_TCP, TCP_CORK}, 0, 1, 1},
        Row{{IPPROTO_TCP, TCP_KEEPIDLE}, 7200, 60, 60},
        Row{{IPPROTO_TCP, TCP_KEEPINTVL}, 75, 10, 10}, Row{{IPPROTO_TCP, TCP_KEEPCNT}, 9, 3, 3},
        Row{{IPPROTO_TCP, TCP_USER_TIMEOUT}, 0, 5000, 5000},
        Row{{IPPROTO_TCP, TCP_SYNCNT}, 6, 2, 2}, Row{{IPPROTO_TCP, TCP_LINGER2}, 60, 5, 5},
        Row{{IPPROTO_TCP, TCP_LINGER2}, 5, -7, -1}, Row{{IPPROTO_TCP, TCP_QUICKACK}, 1, 0, 0},
        Row{{SOL_SOCKET, SO_KEEPALIVE}, 0, 1, 1}, Row{{SOL_SOCKET, SO_REUSEADDR}, 0, 1, 1},
        Row{{SOL_SOCKET, SO_RCVLOWAT}, 1, 100, 100},
        Row{{SOL_SOCKET, SO_SNDBUF}, 128 << 10, 20'000, 40'000},
        Row{{SOL_SOCKET, SO_RCVBUF}, 128 << 10, 1, 2304}}) {
    EXPECT_EQ(scene.option(scene.client, end, row.name), row.usual) << row.name.name;
    EXPECT_EQ(scene.set(scene.client, end, row.name, row.set), fine) << row.name.name;
    EXPECT_EQ(scene.option(scene.client, end, row.name), row.told) << row.name.name;
  }
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_TYPE}), SOCK_STREAM);
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_DOMAIN}), AF_INET);
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_PROTOCOL}), IPPROTO_TCP);
}

TEST(PosixOptions, RefuseWhatLinuxRefuses) {
  Scene scene;
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_TCP, TCP_KEEPIDLE}, 0).error, EINVAL);
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_TCP, TCP_KEEPCNT}, 128).error, EINVAL);
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_TCP, 9999}, 1).error, ENOPROTOOPT);
  EXPECT_EQ(scene.set(scene.client, end, {SOL_SOCKET, SO_TYPE}, 1).error, ENOPROTOOPT);
  EXPECT_EQ(scene.set(scene.client, 99, {SOL_SOCKET, SO_TYPE}, 1).error, EBADF);
  const std::array<std::uint8_t, 2> two{};
  EXPECT_EQ(scene.client.setsockopt(end, {IPPROTO_TCP, TCP_NODELAY}, two, scene.now()).error,
            EINVAL);
  const Bytes null{static_cast<const std::uint8_t*>(nullptr), 4};
  EXPECT_EQ(scene.client.setsockopt(end, {IPPROTO_TCP, TCP_NODELAY}, null, scene.now()).error,
            EFAULT);
  EXPECT_EQ(scene.client.getsockopt(end, {IPPROTO_TCP, TCP_NODELAY}, {}, scene.now()).error,
            EFAULT);
}

TEST(PosixOptions, CutWhatDoesNotFit) {
  Scene scene;
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  std::array<std::uint8_t, 512> room{};
  EXPECT_EQ(scene.client.getsockopt(end, {IPPROTO_TCP, TCP_NODELAY}, room, scene.now()).value, 4);
  EXPECT_EQ(
      scene.client
          .getsockopt(end, {IPPROTO_TCP, TCP_NODELAY}, MutableBytes{room}.first(2), scene.now())
          .value,
      2);
  EXPECT_EQ(scene.client.getsockopt(end, {IPPROTO_TCP, TCP_INFO}, room, scene.now()).value,
            static_cast<std::int64_t>(sizeof(LinuxTcpInfo)));
}

TEST(PosixOptions, NameAlgorithms) {
  Scene scene;
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  std::array<std::uint8_t, 32> room{};
  const OptionName congestion{IPPROTO_TCP, TCP_CONGESTION};
  const auto told = [&] {
    EXPECT_EQ(scene.client.getsockopt(end, congestion, room, scene.now()).value, 16);
    return std::string{reinterpret_cast<const char*>(room.data())};
  };
  EXPECT_EQ(told(), "cubic");
  EXPECT_EQ(scene.client.setsockopt(end, congestion, Scene::bytes_of("reno"), scene.now()), fine);
  EXPECT_EQ(told(), "reno");
  EXPECT_EQ(scene.client.setsockopt(end, congestion, Scene::bytes_of("best"), scene.now()).error,
            ENOENT);
}

TEST(PosixOptions, AreInheritedByWhatIsAccepted) {
  Scene scene;
  const int listener = scene.listening();
  EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_TCP, TCP_NODELAY}, 1), fine);
  EXPECT_EQ(scene.option(scene.server, listener, {SOL_SOCKET, SO_ACCEPTCONN}), 1);
  const int at_client = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  const WrittenName name = Scene::name_v4(Scene::server_v4);
  EXPECT_TRUE(scene.wait([&] { return scene.connect(scene.client, at_client, name); }));
  scene.pass(1s);
  const int at_server = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.option(scene.server, at_server, {IPPROTO_TCP, TCP_NODELAY}), 1);
  EXPECT_EQ(scene.option(scene.server, at_server, {SOL_SOCKET, SO_ACCEPTCONN}), 0);
}

TEST(PosixOptions, LimitHowLongCallsWait) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  const timeval given{1, 500'000};
  std::array<std::uint8_t, sizeof given> bytes;
  std::memcpy(bytes.data(), &given, sizeof given);
  EXPECT_EQ(scene.client.setsockopt(at_client, {SOL_SOCKET, SO_RCVTIMEO}, bytes, scene.now()),
            fine);
  std::array<std::uint8_t, 10> room{};
  const Outcome outcome = scene.client.read(at_client, room, scene.now());
  EXPECT_FALSE(outcome.is_over());
  EXPECT_EQ(outcome.patience, 1500ms);
  EXPECT_EQ(scene.client.getsockopt(at_client, {SOL_SOCKET, SO_RCVTIMEO}, room, scene.now()).value,
            10);
}

TEST(PosixOptions, LingerOfZeroResets) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  const linger given{1, 0};
  std::array<std::uint8_t, sizeof given> bytes;
  std::memcpy(bytes.data(), &given, sizeof given);
  EXPECT_EQ(scene.client.setsockopt(at_client, {SOL_SOCKET, SO_LINGER}, bytes, scene.now()), fine);
  EXPECT_EQ(scene.client.close(at_client, scene.now()), fine);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.server, at_server), "errno 104");
}

TEST(PosixOptions, ASendBufferTakesWholeSegments) {
  for (const bool is_early : {false, true}) {
    Scene scene;
    (void)scene.listening();
    const OptionName buffer{SOL_SOCKET, SO_SNDBUF};
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
    if (is_early) {
      EXPECT_EQ(scene.set(scene.client, end, buffer, 5000), fine);
    }
    EXPECT_TRUE(scene.wait(
        [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
    if (!is_early) {
      EXPECT_EQ(scene.set(scene.client, end, buffer, 5000), fine);
    }
    EXPECT_EQ(scene.client.fcntl(end, F_SETFL, O_NONBLOCK), fine);
    const int mss = scene.option(scene.client, end, {IPPROTO_TCP, TCP_MAXSEG});
    EXPECT_EQ(mss, 1448);
    EXPECT_EQ(scene.write(scene.client, end, repeated('x', 100'000)).value, 4 * mss);
    EXPECT_EQ(scene.option(scene.client, end, buffer), 10'000);
  }
}

}  // namespace
}  // namespace acksu::posix
