// Streams through the POSIX-shaped layer: opening, text, half-close, ends, and their errno.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome done = Outcome::of(0);

TEST(PosixStream, MakesDescriptorsAsPosixDoes) {
  Scene scene;
  EXPECT_EQ(scene.client.socket(AF_INET, SOCK_STREAM, 0).value, 3);
  EXPECT_EQ(scene.client.socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP).value, 4);
  EXPECT_EQ(scene.client.close(3, scene.now()), done);
  EXPECT_EQ(scene.client.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0).value, 3);
  EXPECT_EQ(scene.client.fcntl(3, F_GETFL, 0).value, O_RDWR | O_NONBLOCK);
  EXPECT_EQ(scene.client.fcntl(4, F_GETFL, 0).value, O_RDWR);
  EXPECT_EQ(scene.client.close(77, scene.now()).error, EBADF);
  EXPECT_EQ(scene.client.socket(AF_UNIX, SOCK_STREAM, 0).error, EAFNOSUPPORT);
  EXPECT_EQ(scene.client.socket(AF_INET, SOCK_STREAM, IPPROTO_UDP).error, EPROTONOSUPPORT);
}

TEST(PosixStream, NamesBothEnds) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(to_string(scene.local_name(scene.server, listener)), "0.0.0.0:80");
  EXPECT_EQ(scene.peer_name(scene.client, at_client), (Endpoint{Scene::server_v4, 80}));
  EXPECT_EQ(scene.local_name(scene.client, at_client), scene.peer_name(scene.server, at_server));
  WrittenName name;
  EXPECT_EQ(scene.server.getpeername(listener, name).error, ENOTCONN);
}

TEST(PosixStream, ConnectsWithoutWaiting) {
  Scene scene;
  scene.listening();
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  const WrittenName name = Scene::name_v4(Scene::server_v4);
  EXPECT_EQ(scene.client.readiness(end, scene.now()), POLLOUT | POLLWRNORM | POLLHUP);
  EXPECT_EQ(scene.connect(scene.client, end, name), Outcome::failed(EINPROGRESS));
  EXPECT_EQ(scene.connect(scene.client, end, name), Outcome::failed(EALREADY));
  EXPECT_EQ(scene.write(scene.client, end, "too early"), Outcome::failed(EAGAIN));
  EXPECT_EQ(scene.client.readiness(end, scene.now()), 0);
  scene.pass(1s);
  EXPECT_EQ(scene.client.readiness(end, scene.now()), POLLOUT | POLLWRNORM);
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_ERROR}), 0);
  EXPECT_EQ(scene.connect(scene.client, end, name), done);
  EXPECT_EQ(scene.connect(scene.client, end, name), Outcome::failed(EISCONN));
}

TEST(PosixStream, TellsARefusalOnce) {
  Scene scene;
  const WrittenName name = Scene::name_v4(Scene::server_v4);
  const int patient = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.wait([&] { return scene.connect(scene.client, patient, name); }).error,
            ECONNREFUSED);
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_EQ(scene.connect(scene.client, end, name).error, EINPROGRESS);
  scene.pass(1s);
  EXPECT_EQ(scene.client.readiness(end, scene.now()),
            POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP | POLLRDHUP);
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_ERROR}), ECONNREFUSED);
  EXPECT_EQ(scene.option(scene.client, end, {SOL_SOCKET, SO_ERROR}), 0);
  EXPECT_EQ(scene.connect(scene.client, end, name).error, ECONNABORTED);
  EXPECT_EQ(scene.connect(scene.client, end, name).error, EINPROGRESS);
}

TEST(PosixStream, SaysWhatConnectCannotDo) {
  Scene scene;
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  const WrittenName far = Scene::name_v4(IpAddress::v4(192, 0, 2, 1));
  const WrittenName of_v6 = write_name(AF_INET6, {IpAddress{1, 2}, 80});
  EXPECT_EQ(scene.connect(scene.client, end, far).error, ENETUNREACH);
  EXPECT_EQ(scene.connect(scene.client, end, of_v6).error, EAFNOSUPPORT);
  EXPECT_EQ(scene.client.connect(end, nullptr, 16, scene.now()).error, EFAULT);
  EXPECT_EQ(scene.client.connect(end, Scene::pointer(far), 8, scene.now()).error, EINVAL);
  EXPECT_EQ(scene.client.listen(end, 5, scene.now()), done);
  EXPECT_EQ(scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)).error, EISCONN);
}

TEST(PosixStream, KeepsPortsApart) {
  Scene scene;
  const int listener = scene.listening();
  const int other = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4({})).error, EADDRINUSE);
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4(Scene::client_v4)).error, EADDRNOTAVAIL);
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4({}, 0)), done);
  EXPECT_GE(scene.local_name(scene.server, other).port, 32768);
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4({}, 81)).error, EINVAL);
  EXPECT_EQ(scene.server.accept(other, 0, scene.now()).error, EINVAL);
  EXPECT_EQ(scene.server.shutdown(listener, SHUT_RDWR, scene.now()), done);
  EXPECT_EQ(scene.server.accept(listener, 0, scene.now()).error, EINVAL);
}

// TCP_DEFER_ACCEPT: who has connected and says nothing is not accepted yet.
TEST(PosixStream, AcceptsWhoHasSomethingToSay) {
  Scene scene;
  const int listener = scene.listening();
  EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_TCP, TCP_DEFER_ACCEPT}, 5), done);
  EXPECT_EQ(scene.option(scene.server, listener, {IPPROTO_TCP, TCP_DEFER_ACCEPT}), 7);
  const auto opened = [&] {
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(scene.wait(
        [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
    return end;
  };
  const int speaker = opened();
  scene.pass(2s);
  EXPECT_FALSE(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.write(scene.client, speaker, "text").value, 4);
  scene.pass(10ms);
  const int accepted = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.read(scene.server, accepted), "text");

  const int silent = opened();
  scene.pass(6s);
  EXPECT_FALSE(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.client.info(silent)->segments_in, 1u) << "nobody asks who has answered";
  scene.pass(2s);
  EXPECT_TRUE(scene.server.accept(listener, 0, scene.now())) << "when the time is over";
}

// SO_REUSEPORT: each listener gets its share.
TEST(PosixStream, ListenersWithReusePortShareAPort) {
  Scene scene;
  std::vector<int> listeners;
  for (int i = 0; i < 2; ++i) {
    listeners.push_back(Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0)));
    EXPECT_EQ(scene.set(scene.server, listeners.back(), {SOL_SOCKET, SO_REUSEPORT}, 1), done);
    EXPECT_EQ(scene.bind(scene.server, listeners.back(), Scene::name_v4({})), done);
    EXPECT_EQ(scene.server.listen(listeners.back(), 50, scene.now()), done);
  }
  const int other = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.bind(scene.server, other, Scene::name_v4({})).error, EADDRINUSE);
  for (int i = 0; i < 40; ++i) {
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(scene.wait(
        [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
  }
  scene.pass(1s);
  std::vector<int> shares;
  for (const int listener : listeners) {
    int& share = shares.emplace_back(0);
    while (scene.server.accept(listener, 0, scene.now())) ++share;
    EXPECT_GT(share, 5);
  }
  EXPECT_EQ(shares[0] + shares[1], 40);
}

TEST(PosixStream, AServerThatStartsAgainNeedsReuseAddress) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.server.close(listener, scene.now()), done);
  EXPECT_EQ(scene.server.close(at_server, scene.now()), done);  // it waits in TIME-WAIT, later
  EXPECT_EQ(scene.client.close(at_client, scene.now()), done);
  scene.pass(1s);
  const int again = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.bind(scene.server, again, Scene::name_v4({})).error, EADDRINUSE);
  EXPECT_EQ(scene.set(scene.server, again, {SOL_SOCKET, SO_REUSEADDR}, 1), done);
  EXPECT_EQ(scene.bind(scene.server, again, Scene::name_v4({})), done);
  EXPECT_EQ(scene.server.listen(again, 1, scene.now()), done);
}

TEST(PosixStream, CarriesTextBothWaysAndEnds) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.write(scene.client, at_client, "hello").value, 5);
  EXPECT_EQ(scene.read(scene.server, at_server), "errno 11");
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.server, at_server, 2, MSG_PEEK), "he");
  EXPECT_EQ(scene.read(scene.server, at_server, 2), "he");
  EXPECT_EQ(scene.read(scene.server, at_server), "llo");
  EXPECT_EQ(scene.client.shutdown(at_client, SHUT_WR, scene.now()), done);
  EXPECT_EQ(scene.write(scene.client, at_client, "more").error, EPIPE);
  scene.pass(1s);
  EXPECT_EQ(scene.server.readiness(at_server, scene.now()),
            POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP);
  EXPECT_EQ(scene.read(scene.server, at_server), "(end)");
  EXPECT_EQ(scene.write(scene.server, at_server, "bye").value, 3);
  EXPECT_EQ(scene.server.close(at_server, scene.now()), done);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.client, at_client), "bye");
  EXPECT_EQ(scene.read(scene.client, at_client), "(end)");
  EXPECT_EQ(scene.client.readiness(at_client, scene.now()) & POLLHUP, POLLHUP);
  EXPECT_EQ(scene.client.shutdown(at_client, SHUT_RDWR, scene.now()).error, ENOTCONN);
}

TEST(PosixStream, AResetIsToldOnceAndThenThePipeIsBroken) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.write(scene.server, at_server, "text").value, 4);
  EXPECT_EQ(scene.write(scene.client, at_client, "unread").value, 6);
  scene.pass(1s);
  EXPECT_EQ(scene.server.close(at_server, scene.now()), done);  // with text that nobody has read
  scene.pass(1s);
  EXPECT_EQ(scene.client.readiness(at_client, scene.now()),
            POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP | POLLRDHUP);
  EXPECT_EQ(scene.read(scene.client, at_client), "text");
  EXPECT_EQ(scene.write(scene.client, at_client, "more").error, ECONNRESET);
  EXPECT_EQ(scene.write(scene.client, at_client, "more").error, EPIPE);
  EXPECT_EQ(scene.read(scene.client, at_client), "(end)");
}

TEST(PosixStream, AResetAfterTheEndIsABrokenPipe) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.server.close(at_server, scene.now()), done);
  scene.pass(1s);
  EXPECT_EQ(scene.write(scene.client, at_client, "nobody reads this").value, 17);
  scene.pass(1s);
  EXPECT_EQ(scene.option(scene.client, at_client, {SOL_SOCKET, SO_ERROR}), EPIPE);
  EXPECT_EQ(scene.read(scene.client, at_client), "(end)");
}

TEST(PosixStream, ABlockingWriteWaitsUntilAllIsTaken) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.set(scene.client, at_client, {SOL_SOCKET, SO_SNDBUF}, 20'000), done);
  std::string text = repeated('x', 100'000);
  Transfer transfer = Transfer::plain(at_client, text.data(), text.size());
  Outcome outcome = scene.client.send(transfer, scene.now());
  EXPECT_FALSE(outcome.is_over());
  EXPECT_EQ(outcome.waits_for, POLLOUT);
  EXPECT_GT(outcome.value, 0);
  EXPECT_LT(outcome.value, 100'000);
  EXPECT_EQ(scene.client.readiness(at_client, scene.now()), 0);
  std::size_t read = 0;
  outcome = scene.wait([&] {
    const std::string some = scene.read(scene.server, at_server, 100'000);
    if (some[0] == 'x') read += some.size();
    return scene.client.send(transfer, scene.now());
  });
  EXPECT_EQ(outcome, Outcome::of(100'000));
  scene.pass(1s);
  while (read < 100'000) read += scene.read(scene.server, at_server, 100'000).size();
  EXPECT_EQ(read, 100'000u);
}

TEST(PosixStream, WaitsForAllThatIsAskedFor) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  std::string text(10, '?');
  Transfer transfer = Transfer::of(at_server, text.data(), text.size(), MSG_WAITALL);
  EXPECT_FALSE(scene.server.receive(transfer, scene.now()).is_over());
  EXPECT_EQ(scene.write(scene.client, at_client, "12345").value, 5);
  scene.pass(1s);
  Outcome outcome = scene.server.receive(transfer, scene.now());
  EXPECT_FALSE(outcome.is_over());
  EXPECT_EQ(outcome.value, 5);
  EXPECT_EQ(scene.write(scene.client, at_client, "67890+").value, 6);
  scene.pass(1s);
  EXPECT_EQ(scene.server.receive(transfer, scene.now()), Outcome::of(10));
  EXPECT_EQ(text, "1234567890");
  EXPECT_EQ(scene.read(scene.server, at_server, 10, MSG_TRUNC).size(), 1u);
  EXPECT_EQ(scene.read(scene.server, at_server, 10, MSG_DONTWAIT), "errno 11");
}

TEST(PosixStream, NullPointersAreFaults) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established(SOCK_NONBLOCK);
  Transfer nowhere = Transfer::plain(at_client, nullptr, 10);
  EXPECT_EQ(scene.client.receive(nowhere, scene.now()).error, EAGAIN);
  EXPECT_EQ(scene.client.send(nowhere, scene.now()).error, EFAULT);
  EXPECT_EQ(scene.write(scene.server, at_server, "text").value, 4);
  scene.pass(1s);
  EXPECT_EQ(scene.client.receive(nowhere, scene.now()).error, EFAULT);
  EXPECT_EQ(scene.read(scene.client, at_client), "text");
  EXPECT_EQ(scene.client.ioctl(at_client, FIONREAD, nullptr, scene.now()).error, EFAULT);
}

TEST(PosixStream, CorkedTextGoesTogether) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  Transfer first = Transfer::of(at_client, const_cast<char*>("ab"), 2, MSG_MORE);
  EXPECT_EQ(scene.client.send(first, scene.now()).value, 2);
  scene.pass(100ms);
  EXPECT_EQ(scene.read(scene.server, at_server), "errno 11");
  EXPECT_EQ(scene.write(scene.client, at_client, "cd").value, 2);
  scene.pass(10ms);
  EXPECT_EQ(scene.read(scene.server, at_server), "abcd");
  first.done = 0;
  EXPECT_EQ(scene.client.send(first, scene.now()).value, 2);
  scene.pass(190ms);
  EXPECT_EQ(scene.read(scene.server, at_server), "errno 11");
  scene.pass(20ms);  // 200 ms, and the way
  EXPECT_EQ(scene.read(scene.server, at_server), "ab");
}

// MSG_EOR: what was written with it ends its segment; of a call that could not write all, nothing
// does.
TEST(PosixStream, ARecordSharesNoSegment) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.set(scene.client, at_client, {IPPROTO_TCP, TCP_NODELAY}, 1), done);
  const auto segments = [&] { return scene.client.info(at_client)->segments_out; };
  for (const int flags : {0, int{MSG_EOR}}) {
    const auto before = segments();
    for (int i = 0; i < 3; ++i) {
      Transfer part = Transfer::of(at_client, const_cast<char*>("abcd"), 4, flags);
      EXPECT_EQ(scene.client.send(part, scene.now()).value, 4);
    }
    scene.pass(1s);
    EXPECT_EQ(segments() - before, flags == 0 ? 1u : 3u);
    EXPECT_EQ(scene.read(scene.server, at_server), "abcdabcdabcd");
  }
}

TEST(PosixStream, CountsWhatIsUnreadAndUnacknowledged) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.write(scene.client, at_client, "12345").value, 5);
  int count = 0;
  EXPECT_EQ(scene.client.ioctl(at_client, TIOCOUTQ, &count, scene.now()), done);
  EXPECT_EQ(count, 5);
  scene.pass(1s);
  EXPECT_EQ(scene.client.ioctl(at_client, TIOCOUTQ, &count, scene.now()), done);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(scene.server.ioctl(at_server, FIONREAD, &count, scene.now()), done);
  EXPECT_EQ(count, 5);
  EXPECT_EQ(scene.server.ioctl(listener, FIONREAD, &count, scene.now()).error, EINVAL);
}

// SO_LINGER: until all is acknowledged, or the time is over.
TEST(PosixStream, CloseLingers) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  const linger two_seconds{1, 2};
  std::array<std::uint8_t, sizeof two_seconds> value;
  std::memcpy(value.data(), &two_seconds, sizeof two_seconds);
  for (const auto& [sockets, end] :
       {std::pair{&scene.client, at_client}, std::pair{&scene.server, at_server}}) {
    EXPECT_EQ(sockets->setsockopt(end, {SOL_SOCKET, SO_LINGER}, value, scene.now()), done);
  }
  EXPECT_EQ(scene.write(scene.client, at_client, "12345").value, 5);
  const Instant begun = scene.now();
  EXPECT_FALSE(scene.client.close(at_client, begun).is_over());
  EXPECT_FALSE(scene.client.close(at_client, begun + 1s).is_over());
  EXPECT_EQ(scene.wait([&] { return scene.client.close(at_client, scene.now()); }), done);
  EXPECT_LE(scene.now() - begun, 100ms);
  EXPECT_EQ(scene.client.close(at_client, scene.now()).error, EBADF);
  EXPECT_EQ(scene.read(scene.server, at_server), "12345");
  EXPECT_FALSE(scene.server.close(at_server, scene.now()).is_over()) << "its FIN is under way";
  EXPECT_EQ(scene.server.close(at_server, scene.now() + 2s), done) << "the time is over";
}

TEST(PosixStream, ACopyGoesOnByItself) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.write(scene.client, at_client, "once").value, 4);
  sim::World other = scene.world;
  Sockets copy = scene.server;
  copy.move_to(other.host(scene.server_host));
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.server, at_server), "once");
  ASSERT_TRUE(other.run_until(scene.now()));
  EXPECT_EQ(scene.read(copy, at_server), "once");
}

}  // namespace
}  // namespace acksu::posix
