// epoll, poll and select: level, edge, one shot; what wakes and what does not.
#include <gtest/gtest.h>

#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome ok = Outcome::of(0);

struct Watching : Scene {
  Ends ends = established(SOCK_NONBLOCK);
  int epoll = made(server.epoll_create(0));

  Outcome control(int operation, int descriptor, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.u64 = 1000u + static_cast<unsigned>(descriptor)}};
    return server.epoll_ctl(epoll, operation, descriptor, &event);
  }
  // "1005:1": the data and the events of each.
  std::string news() {
    std::array<epoll_event, 8> room{};
    const Outcome outcome = server.epoll_wait(epoll, room, now());
    EXPECT_EQ(outcome.is_over(), outcome.value > 0);
    std::string text;
    for (std::size_t i = 0; i < static_cast<std::size_t>(outcome.value); ++i) {
      text += std::to_string(room[i].data.u64) + ":" + std::to_string(room[i].events) + " ";
    }
    return text;
  }
  void say(std::string_view text) {
    EXPECT_TRUE(write(client, ends.at_client, text));
    pass(1s);
  }
};

TEST(PosixEpoll, LevelTellsAsLongAsThereIsSomething) {
  Watching scene;
  EXPECT_EQ(scene.ends.at_server, 4);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, EPOLLIN), ok);
  EXPECT_EQ(scene.news(), "");
  scene.say("12");
  EXPECT_EQ(scene.news(), "1004:1 ");
  EXPECT_EQ(scene.news(), "1004:1 ");
  EXPECT_EQ(scene.read(scene.server, 4), "12");
  EXPECT_EQ(scene.news(), "");
  scene.say("3");
  EXPECT_EQ(scene.news(), "1004:1 ");
}

TEST(PosixEpoll, EdgeTellsOnceForEachArrival) {
  Watching scene;
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, EPOLLIN | EPOLLET), ok);
  scene.say("12");
  EXPECT_EQ(scene.news(), "1004:1 ");
  EXPECT_EQ(scene.news(), "");
  scene.say("34");  // more, although nothing was read
  EXPECT_EQ(scene.news(), "1004:1 ");
  EXPECT_EQ(scene.control(EPOLL_CTL_MOD, 4, EPOLLIN | EPOLLET), ok);
  EXPECT_EQ(scene.news(), "1004:1 ");
}

TEST(PosixEpoll, OneShotTellsUntilItIsArmedAgain) {
  Watching scene;
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, EPOLLIN | EPOLLONESHOT), ok);
  scene.say("1");
  EXPECT_EQ(scene.news(), "1004:1 ");
  scene.say("2");
  EXPECT_EQ(scene.news(), "");
  EXPECT_EQ(scene.control(EPOLL_CTL_MOD, 4, EPOLLIN | EPOLLONESHOT), ok);
  EXPECT_EQ(scene.news(), "1004:1 ");
}

TEST(PosixEpoll, TellsOfRoomAndOfTheEnd) {
  Watching scene;
  EXPECT_EQ(scene.set(scene.server, 4, {SOL_SOCKET, SO_SNDBUF}, 10'000), ok);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, EPOLLOUT | EPOLLET | EPOLLRDHUP), ok);
  EXPECT_EQ(scene.news(), "1004:4 ");
  EXPECT_EQ(scene.write(scene.server, 4, repeated('x', 10'000)).value, 10'000);
  EXPECT_EQ(scene.news(), "");
  EXPECT_EQ(scene.server.readiness(4, scene.now()), 0);
  scene.pass(1s);
  EXPECT_EQ(scene.news(), "1004:4 ");
  EXPECT_EQ(scene.client.shutdown(scene.ends.at_client, SHUT_WR, scene.now()), ok);
  scene.pass(1s);
  EXPECT_EQ(scene.news(), "1004:" + std::to_string(EPOLLOUT | EPOLLRDHUP) + " ");
}

TEST(PosixEpoll, WatchesListenersAndForgetsTheClosed) {
  Watching scene;
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, scene.ends.listener, EPOLLIN), ok);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, EPOLLIN), ok);
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_TRUE(scene.wait(
      [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
  scene.say("text");
  EXPECT_EQ(scene.server.readiness(scene.epoll, scene.now()), POLLIN | POLLRDNORM);
  EXPECT_EQ(scene.server.close(4, scene.now()), ok);
  EXPECT_EQ(scene.news(), "1003:1 ");
  EXPECT_EQ(scene.control(EPOLL_CTL_DEL, scene.ends.listener, 0), ok);
  EXPECT_EQ(scene.news(), "");
}

TEST(PosixEpoll, RefusesWhatLinuxRefuses) {
  Watching scene;
  EXPECT_EQ(scene.server.epoll_create(1).error, EINVAL);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 99, 0).error, EBADF);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, scene.epoll, 0).error, EINVAL);
  EXPECT_EQ(scene.control(EPOLL_CTL_MOD, 4, 0).error, ENOENT);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, 0), ok);
  EXPECT_EQ(scene.control(EPOLL_CTL_ADD, 4, 0).error, EEXIST);
  EXPECT_EQ(scene.server.epoll_ctl(scene.epoll, EPOLL_CTL_MOD, 4, nullptr).error, EFAULT);
  EXPECT_EQ(scene.server.epoll_wait(scene.epoll, {}, scene.now()).error, EINVAL);
  EXPECT_EQ(scene.server.epoll_wait(4, {}, scene.now()).error, EINVAL);
  EXPECT_EQ(scene.server.listen(scene.epoll, 1, scene.now()).error, ENOTSOCK);
}

TEST(PosixPoll, CountsWhatIsReady) {
  Watching scene;
  std::array<pollfd, 4> asked{pollfd{4, POLLIN, 0}, pollfd{scene.ends.listener, POLLIN, 0},
                              pollfd{77, POLLIN, 0}, pollfd{-1, POLLIN, 0}};
  EXPECT_EQ(scene.server.poll(asked, scene.now()), Outcome::of(1));
  EXPECT_EQ(asked[2].revents, POLLNVAL);
  scene.say("text");
  EXPECT_EQ(scene.server.poll(asked, scene.now()), Outcome::of(2));
  EXPECT_EQ(asked[0].revents, POLLIN);
  EXPECT_EQ(asked[1].revents, 0);
  EXPECT_FALSE(scene.server.poll(std::span{asked}.subspan(1, 1), scene.now()).is_over());
}

TEST(PosixSelect, FillsItsSets) {
  Watching scene;
  fd_set reading, writing;
  const auto fill = [&] {
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(4, &reading);
    FD_SET(4, &writing);
  };
  fill();
  EXPECT_EQ(scene.server.select(5, {&reading, &writing}, scene.now()), Outcome::of(1));
  EXPECT_FALSE(FD_ISSET(4, &reading));
  EXPECT_TRUE(FD_ISSET(4, &writing));
  scene.say("text");
  fill();
  EXPECT_EQ(scene.server.select(5, {&reading, &writing}, scene.now()), Outcome::of(2));
  FD_SET(40, &reading);
  EXPECT_EQ(scene.server.select(64, {&reading}, scene.now()).error, EBADF);
}

}  // namespace
}  // namespace acksu::posix
