// TCP_FASTOPEN_CONNECT: a connect() that leaves the SYN to the first write, once a cookie is known.
#include <gtest/gtest.h>

#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome at_once = Outcome::of(0);

struct FastScene : Scene {
  WrittenName name = Scene::name_v4(Scene::server_v4);
  int listener = listening();

  FastScene() { EXPECT_EQ(set(server, listener, {IPPROTO_TCP, TCP_FASTOPEN}, 5), at_once); }

  int opening(int type_flags = SOCK_NONBLOCK) {
    const int end = made(client.socket(AF_INET, SOCK_STREAM | type_flags, 0));
    EXPECT_EQ(set(client, end, {IPPROTO_TCP, TCP_FASTOPEN_CONNECT}, 1), at_once);
    return end;
  }
  void learn_cookie() {
    const int end = opening();
    EXPECT_EQ(connect(client, end, name).error, EINPROGRESS) << "no cookie is known";
    pass(1s);
    EXPECT_EQ(client.close(end, now()), at_once);
    EXPECT_EQ(server.close(made(server.accept(listener, 0, now())), now()), at_once);
    pass(1s);
  }
  Outcome send(int end, std::string_view text, int flags = 0) {
    Transfer transfer = Transfer::of(end, const_cast<char*>(text.data()), text.size(), flags);
    return client.send(transfer, now());
  }
};

TEST(PosixFastOpenConnect, SendsTheFirstWriteWithTheSyn) {
  for (const int flags : {0, int{MSG_FASTOPEN}}) {
    FastScene scene;
    scene.learn_cookie();
    const int end = scene.opening();
    EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
    EXPECT_EQ(scene.connect(scene.client, end, scene.name).error, EISCONN);
    EXPECT_EQ(scene.client.readiness(end, scene.now()), POLLOUT | POLLWRNORM);
    EXPECT_EQ(scene.read(scene.client, end), "errno 11");
    scene.pass(10s);
    EXPECT_EQ(scene.client.info(end)->segments_out, 0u) << "nothing leaves before";
    EXPECT_EQ(scene.send(end, "request", flags).value, 7);
    EXPECT_EQ(scene.client.readiness(end, scene.now()), 0);
    EXPECT_EQ(scene.send(end, "more", MSG_FASTOPEN).error, EALREADY);
    EXPECT_EQ(scene.send(end, "more").error, EAGAIN);
    EXPECT_EQ(scene.connect(scene.client, end, scene.name).error, EALREADY);
    scene.pass(6ms);  // one way
    const int accepted = Scene::made(scene.server.accept(scene.listener, 0, scene.now()));
    EXPECT_EQ(scene.read(scene.server, accepted), "request");
    scene.pass(6ms);
    EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
    EXPECT_EQ(scene.connect(scene.client, end, scene.name).error, EISCONN);
    EXPECT_EQ(scene.send(end, "more").value, 4);
  }
}

TEST(PosixFastOpenConnect, WhoWritesNothingGetsAnOrdinaryHandshake) {
  FastScene scene;
  scene.learn_cookie();
  const int end = scene.opening();
  EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
  EXPECT_EQ(scene.send(end, "").error, EINPROGRESS);
  EXPECT_EQ(scene.client.info(end)->segments_out, 0u);
  scene.pass(1s);
  EXPECT_EQ(scene.client.info(end)->state, tcp::State::established);
}

TEST(PosixFastOpenConnect, WhoWaitsHasWrittenAll) {
  FastScene scene;
  scene.learn_cookie();
  const int end = scene.opening(0);
  EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
  const std::string text = repeated('x', 10'000);
  Transfer transfer = Transfer::of(end, const_cast<char*>(text.data()), text.size(), 0);
  EXPECT_EQ(scene.wait([&] { return scene.client.send(transfer, scene.now()); }).value, 10'000);
  scene.pass(1s);
  const int accepted = Scene::made(scene.server.accept(scene.listener, 0, scene.now()));
  EXPECT_EQ(scene.read(scene.server, accepted, 20'000), text);
}

// What went with a SYN that is refused was not written.
TEST(PosixFastOpenConnect, WhoWaitsIsToldThatNobodyListens) {
  for (const bool is_connect_first : {false, true}) {
    FastScene scene;
    scene.learn_cookie();
    EXPECT_EQ(scene.server.close(scene.listener, scene.now()), at_once);
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
    const std::string text = repeated('x', 10'000);
    Transfer transfer = Transfer::of(end, const_cast<char*>(text.data()), text.size(), 0);
    if (is_connect_first) {
      EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_TCP, TCP_FASTOPEN_CONNECT}, 1), at_once);
      EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
    } else {
      transfer.flags = MSG_FASTOPEN;
      transfer.message.msg_name = &scene.name.name;
      transfer.message.msg_namelen = scene.name.bytes;
    }
    const auto send = [&] { return scene.client.send(transfer, scene.now()); };
    EXPECT_GT(send().value, 1000) << "who is interrupted has written what the SYN took";
    EXPECT_EQ(scene.wait(send), Outcome::failed(ECONNREFUSED));
    EXPECT_EQ(scene.client.info(end), std::nullopt);
    scene.pass(2min);  // the port of the first connection is free again
    scene.listener = scene.listening();
    const auto connect = [&] { return scene.connect(scene.client, end, scene.name); };
    EXPECT_EQ(scene.wait(connect), at_once) << "and may begin again";
  }
}

TEST(PosixFastOpenConnect, IsForgottenWithTheConnection) {
  FastScene scene;
  scene.learn_cookie();
  const int end = scene.opening(), other = scene.opening();
  EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
  const sockaddr nobody{};
  EXPECT_EQ(scene.client.connect(end, &nobody, sizeof nobody, scene.now()), at_once);
  EXPECT_EQ(scene.send(end, "text").error, ECONNRESET);
  EXPECT_EQ(scene.send(end, "text").error, EPIPE);
  EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once) << "and may begin again";
  EXPECT_EQ(scene.connect(scene.client, other, scene.name), at_once);
  Transfer nowhere = Transfer::of(other, nullptr, 5, 0);
  EXPECT_EQ(scene.client.send(nowhere, scene.now()).error, EFAULT);
  EXPECT_EQ(scene.client.close(end, scene.now()), at_once);
  EXPECT_EQ(scene.client.close(other, scene.now()), at_once);
}

// TCP_FASTOPEN_KEY: what a listener's cookies are made of; one with another key does not know them.
TEST(PosixFastOpenKey, IsAListenersOwn) {
  FastScene scene;
  std::array<std::uint8_t, 16> key{1, 2, 3};
  const OptionName name{IPPROTO_TCP, TCP_FASTOPEN_KEY};
  const auto set_key = [&](std::size_t bytes) {
    return scene.server.setsockopt(scene.listener, name, Bytes{key}.first(bytes), scene.now());
  };
  EXPECT_EQ(set_key(3).error, EINVAL);
  EXPECT_EQ(set_key(0).error, EINVAL);
  EXPECT_EQ(set_key(16), at_once);
  std::array<std::uint8_t, 32> told{};
  EXPECT_EQ(scene.server.getsockopt(scene.listener, name, told, scene.now()).value, 16);
  EXPECT_TRUE(std::equal(key.begin(), key.end(), told.begin()));
  scene.learn_cookie();
  const auto request = [&] {
    const int end = scene.opening();
    EXPECT_EQ(scene.connect(scene.client, end, scene.name), at_once);
    EXPECT_EQ(scene.send(end, "request").value, 7);
    scene.pass(1s);
    return scene.world.host(scene.server_host).counters().tcp;
  };
  EXPECT_EQ(request().fast_open_accepted, 1u);
  ++key[15];
  EXPECT_EQ(set_key(16), at_once);
  EXPECT_EQ(request().fast_open_bad, 1u);
  EXPECT_EQ(request().fast_open_accepted, 2u) << "and has given a good one";
}

TEST(PosixFastOpenConnect, IsRefusedWhereNoCookieIsAskedFor) {
  HostSettings without = Scene::settings(1);
  without.tcp.max_fast_open_cookies = 0;
  Scene scene{without};
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_TCP, TCP_FASTOPEN_CONNECT}, 1).error, EOPNOTSUPP);
}

}  // namespace
}  // namespace acksu::posix
