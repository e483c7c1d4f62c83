// Sockets that block, through the C header: two stacks on a wire between them, many threads.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <linux/net_tstamp.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "acksu/socket.h"

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

acksu_stack* opened(int descriptor, const char* address) {
  const std::string wire = "tap:fd=" + std::to_string(descriptor);
  const acksu_link link{wire.c_str(), address, 0};
  const acksu_settings settings{&link, 1, nullptr, nullptr};
  char problem[256] = "";
  acksu_stack* const stack = acksu_open(&settings, problem, sizeof problem);
  EXPECT_NE(stack, nullptr) << problem;
  return stack;
}

sockaddr_in name_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(address);
  return name;
}

double used_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Blocking : public testing::Test {
 protected:
  static constexpr std::uint32_t server_address = 0x0a09'0002;

  Blocking() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    server_ = opened(ends[0], "10.9.0.2/24");
    client_ = opened(ends[1], "10.9.0.1/24");
  }
  ~Blocking() override {
    acksu_shut(client_);
    acksu_shut(server_);
  }

  int listening(std::uint16_t port) {
    const sockaddr_in name = name_of(0, port);
    const int end = acksu_socket(server_, AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(acksu_bind(server_, end, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(acksu_listen(server_, end, 64), 0);
    return end;
  }
  int connected(std::uint16_t port) {
    const sockaddr_in name = name_of(server_address, port);
    const int end = acksu_socket(client_, AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(acksu_connect(client_, end, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0)
        << std::strerror(errno);
    return end;
  }

  acksu_stack* server_ = nullptr;
  acksu_stack* client_ = nullptr;
};

void echo_to_the_end(acksu_stack* stack, int peer) {
  std::vector<char> text(8192);
  while (true) {
    const ssize_t count = acksu_read(stack, peer, text.data(), text.size());
    if (count <= 0) break;
    EXPECT_EQ(acksu_write(stack, peer, text.data(), static_cast<std::size_t>(count)), count);
  }
  acksu_close(stack, peer);
}

// Its number was given anew while it slept: what comes there is not for it.
TEST_F(Blocking, AClosedSocketReadsNothingOfTheNextOneWithItsNumber) {
  const int listener = listening(7), first = connected(7);
  const int peer = acksu_accept(server_, listener, nullptr, nullptr);
  ssize_t count = 0;
  int error = 0;
  std::thread reading([&] {
    char room[16];
    count = acksu_recv(client_, first, room, sizeof room, 0);
    error = errno;
  });
  std::this_thread::sleep_for(300ms);
  acksu_close(client_, first);
  const int second = connected(7);
  EXPECT_EQ(second, first);
  const int next_peer = acksu_accept(server_, listener, nullptr, nullptr);
  EXPECT_EQ(acksu_send(server_, next_peer, "text", 4, 0), 4);
  char room[16];
  EXPECT_EQ(acksu_recv(client_, second, room, sizeof room, 0), 4);
  reading.join();
  EXPECT_EQ(count, -1);
  EXPECT_EQ(error, EBADF);
  for (const int each : {peer, next_peer, listener}) acksu_close(server_, each);
  acksu_close(client_, second);
}

// As on Linux: an answer to somebody whose question was not read to its end.
TEST_F(Blocking, WhatWasWrittenBeforeAResetIsRead) {
  const int listener = listening(7), asking = connected(7);
  const int answering = acksu_accept(server_, listener, nullptr, nullptr);
  EXPECT_EQ(acksu_send(client_, asking, "question", 8, 0), 8);
  char room[16];
  EXPECT_EQ(acksu_recv(server_, answering, room, 1, 0), 1);
  EXPECT_EQ(acksu_send(server_, answering, "answer", 6, 0), 6);
  acksu_close(server_, answering);
  EXPECT_EQ(acksu_recv(client_, asking, room, sizeof room, MSG_WAITALL), 6);
  acksu_close(client_, asking);
  acksu_close(server_, listener);
}

TEST_F(Blocking, LimitsAndLengthsThatCannotBe) {
  timeval limit{-1, 0};
  EXPECT_EQ(acksu_select(client_, 0, nullptr, nullptr, nullptr, &limit), -1);
  EXPECT_EQ(errno, EINVAL);
  limit = {0, 1'000};
  EXPECT_EQ(acksu_select(client_, 0, nullptr, nullptr, nullptr, &limit), 0);
  EXPECT_EQ(limit.tv_usec, 0) << "what is left of it";
  pollfd watched{};
  EXPECT_EQ(acksu_poll(client_, &watched, static_cast<nfds_t>(-1), 0), -1);
  EXPECT_EQ(errno, EINVAL);

  const int listener = listening(7), end = connected(7);
  sockaddr_in name{};
  socklen_t bytes = static_cast<socklen_t>(-1);
  EXPECT_EQ(acksu_getsockname(client_, end, reinterpret_cast<sockaddr*>(&name), &bytes), -1);
  EXPECT_EQ(errno, EINVAL);
  // A descriptor that nobody would hear of is none.
  EXPECT_EQ(acksu_accept(server_, listener, reinterpret_cast<sockaddr*>(&name), &bytes), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(acksu_socket(server_, AF_INET, SOCK_STREAM, 0), listener + 1);
}

// Longer than a clock can count.
TEST_F(Blocking, SelectMayWaitForEver) {
  const int listener = listening(7), asking = connected(7);
  const int answering = acksu_accept(server_, listener, nullptr, nullptr);
  std::thread sending([&] {
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(acksu_send(server_, answering, "text", 4, 0), 4);
  });
  const double used = used_seconds();
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(asking, &reading);
  timeval limit{std::numeric_limits<time_t>::max(), 0};
  EXPECT_EQ(acksu_select(client_, asking + 1, &reading, nullptr, nullptr, &limit), 1);
  EXPECT_LT(used_seconds() - used, 0.2) << "it sleeps";
  sending.join();
}

// That something has left is no event of the host's: who sleeps hears of it all the same.
TEST_F(Blocking, ATimeStampOfWhatLeavesWakesWhoWaitsForIt) {
  const int listener = listening(7), end = connected(7);
  const unsigned flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  EXPECT_EQ(acksu_setsockopt(client_, end, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags), 0);
  std::thread sending([&] {
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(acksu_send(client_, end, "text", 4, 0), 4);
  });
  const int epoll = acksu_epoll_create1(client_, 0);
  epoll_event asked{};
  asked.events = EPOLLERR | EPOLLET;
  EXPECT_EQ(acksu_epoll_ctl(client_, epoll, EPOLL_CTL_ADD, end, &asked), 0);
  epoll_event told{};
  EXPECT_EQ(acksu_epoll_wait(client_, epoll, &told, 1, 5000), 1);
  EXPECT_EQ(told.events, EPOLLERR);
  sending.join();
  acksu_close(client_, epoll);
  acksu_close(client_, end);
  acksu_close(server_, listener);
}

TEST_F(Blocking, ThreadsTalkAllAtOnce) {
  constexpr int peers = 4;
  constexpr std::size_t bytes = 200'000;
  const int listener = listening(7);
  std::thread accepting([&] {
    std::vector<std::thread> serving;
    for (int i = 0; i < peers; ++i) {
      const int peer = acksu_accept(server_, listener, nullptr, nullptr);
      ASSERT_GE(peer, 0);
      serving.emplace_back(echo_to_the_end, server_, peer);
    }
    for (std::thread& thread : serving) thread.join();
  });
  std::vector<std::thread> asking;
  for (int i = 0; i < peers; ++i) {
    asking.emplace_back([&, i] {
      const int end = connected(7);
      std::string text(bytes, 'a'), answer(bytes, '?');
      std::iota(text.begin(), text.end(), static_cast<char>(i));
      std::thread writing([&] {
        EXPECT_EQ(acksu_write(client_, end, text.data(), bytes), static_cast<ssize_t>(bytes));
        EXPECT_EQ(acksu_shutdown(client_, end, SHUT_WR), 0);
      });
      EXPECT_EQ(acksu_recv(client_, end, answer.data(), bytes, MSG_WAITALL),
                static_cast<ssize_t>(bytes));
      writing.join();
      EXPECT_TRUE(answer == text);
      EXPECT_EQ(acksu_read(client_, end, answer.data(), 1), 0);
      acksu_close(client_, end);
    });
  }
  for (std::thread& thread : asking) thread.join();
  accepting.join();
}

TEST_F(Blocking, WhoWaitsSleepsUntilItsPatienceIsOver) {
  const int listener = listening(7);
  const int end = connected(7);
  ASSERT_GE(acksu_accept(server_, listener, nullptr, nullptr), 0);
  const timeval limit{0, 300'000};
  ASSERT_EQ(acksu_setsockopt(client_, end, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  const double used = used_seconds();
  const auto begun = Time::now();
  char letter = 0;
  EXPECT_EQ(acksu_read(client_, end, &letter, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_GE(Time::now() - begun, 300ms);
  EXPECT_LT(used_seconds() - used, 0.2);
  pollfd asked{end, POLLIN, 0};
  EXPECT_EQ(acksu_poll(client_, &asked, 1, 50), 0);
}

TEST_F(Blocking, AnotherThreadEndsAWait) {
  const int listener = listening(7);
  std::thread closing([&] {
    std::this_thread::sleep_for(100ms);
    acksu_shutdown(server_, listener, SHUT_RDWR);
  });
  EXPECT_EQ(acksu_accept(server_, listener, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EINVAL);
  closing.join();
}

TEST_F(Blocking, ARefusalIsAnAnswer) {
  const sockaddr_in name = name_of(server_address, 99);
  const int end = acksu_socket(client_, AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(acksu_connect(client_, end, reinterpret_cast<const sockaddr*>(&name), sizeof name), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_F(Blocking, OneThreadServesManyByEpoll) {
  constexpr int peers = 8;
  const int listener = listening(7);
  ASSERT_EQ(acksu_fcntl(server_, listener, F_SETFL, O_NONBLOCK), 0);
  std::thread serving([&] {
    const int epoll = acksu_epoll_create1(server_, 0);
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
    ASSERT_EQ(acksu_epoll_ctl(server_, epoll, EPOLL_CTL_ADD, listener, &event), 0);
    for (int ended = 0; ended < peers;) {
      epoll_event events[4];
      const int count = acksu_epoll_wait(server_, epoll, events, 4, -1);
      ASSERT_GT(count, 0);
      for (int i = 0; i < count; ++i) {
        const int ready = events[i].data.fd;
        if (ready == listener) {
          const int peer = acksu_accept4(server_, listener, nullptr, nullptr, SOCK_NONBLOCK);
          event.data.fd = peer;
          if (peer >= 0) acksu_epoll_ctl(server_, epoll, EPOLL_CTL_ADD, peer, &event);
          continue;
        }
        char text[64];
        const ssize_t got = acksu_read(server_, ready, text, sizeof text);
        if (got > 0) acksu_write(server_, ready, text, static_cast<std::size_t>(got));
        if (got == 0) acksu_close(server_, ready), ++ended;
      }
    }
  });
  std::vector<int> ends;
  for (int i = 0; i < peers; ++i) ends.push_back(connected(7));
  for (const int end : ends) ASSERT_EQ(acksu_write(client_, end, "ping", 4), 4);
  for (const int end : ends) {
    char text[4];
    EXPECT_EQ(acksu_recv(client_, end, text, sizeof text, MSG_WAITALL), 4);
    acksu_close(client_, end);
  }
  serving.join();
}

TEST_F(Blocking, DatagramsAndSelect) {
  const sockaddr_in name = name_of(server_address, 53);
  const sockaddr_in any = name_of(0, 53);
  const int there = acksu_socket(server_, AF_INET, SOCK_DGRAM, 0);
  ASSERT_EQ(acksu_bind(server_, there, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  const int here = acksu_socket(client_, AF_INET, SOCK_DGRAM, 0);
  ASSERT_EQ(acksu_sendto(client_, here, "question", 8, 0, reinterpret_cast<const sockaddr*>(&name),
                         sizeof name),
            8);
  char text[32];
  sockaddr_in from{};
  socklen_t bytes = sizeof from;
  ASSERT_EQ(acksu_recvfrom(server_, there, text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from),
                           &bytes),
            8);
  EXPECT_EQ(bytes, sizeof from);
  EXPECT_EQ(ntohl(from.sin_addr.s_addr), 0x0a09'0001u);
  ASSERT_EQ(
      acksu_sendto(server_, there, "answer", 6, 0, reinterpret_cast<const sockaddr*>(&from), bytes),
      6);
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(here, &reading);
  timeval limit{5, 0};
  EXPECT_EQ(acksu_select(client_, here + 1, &reading, nullptr, nullptr, &limit), 1);
  EXPECT_EQ(acksu_recv(client_, here, text, sizeof text, 0), 6);
}

TEST(Stack, SaysWhyThereIsNone) {
  char problem[256] = "";
  EXPECT_EQ(acksu_open(nullptr, problem, sizeof problem), nullptr);
  EXPECT_STREQ(problem, "a stack needs at least one link");
  const acksu_link link{"tap:nowhere", "10.9.0.2", 0};
  const acksu_settings settings{&link, 1, nullptr, nullptr};
  EXPECT_EQ(acksu_open(&settings, problem, sizeof problem), nullptr);
  EXPECT_NE(std::string{problem}.find("prefix"), std::string::npos) << problem;
}

}  // namespace
