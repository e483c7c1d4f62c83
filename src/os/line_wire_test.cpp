// Streams as wires: a command, octets that come in pieces, and what cannot be opened.
#include "os/line_wire.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace acksu::os {
namespace {

Frame frame_of(BufferPool& pool, const std::vector<std::uint8_t>& bytes) {
  Frame frame;
  frame.bytes.append(pool.copy_of(bytes));
  return frame;
}

std::vector<std::uint8_t> heard(Wire& wire, std::size_t count) {
  std::vector<std::uint8_t> all;
  std::vector<Frame> frames;
  while (all.size() < count && wire.failure().empty()) {
    pollfd waited{.fd = wire.descriptor(), .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, 5000) <= 0) break;
    frames.clear();
    wire.receive(frames, 8);
    for (const Frame& frame : frames) {
      const auto bytes = frame.bytes.flatten();
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
  }
  return all;
}

TEST(LineWire, ACommandHearsAndSpeaks) {
  const auto pool = std::make_shared<BufferPool>();
  OpenedWire opened = open_line("exec:exec cat", pool);
  ASSERT_TRUE(opened.wire) << opened.problem;
  const Frame frames[] = {frame_of(*pool, {1, 2, 3}), frame_of(*pool, {4, 5})};
  EXPECT_EQ(opened.wire->send(frames), 2u);
  EXPECT_EQ(heard(*opened.wire, 5), (std::vector<std::uint8_t>{1, 2, 3, 4, 5}));
}

TEST(LineWire, ACommandThatEndsIsToldOf) {
  const auto pool = std::make_shared<BufferPool>();
  OpenedWire opened = open_line("exec:exit 3", pool);
  ASSERT_TRUE(opened.wire);
  EXPECT_TRUE(heard(*opened.wire, 1).empty());
  EXPECT_EQ(opened.wire->failure(), "the command has ended with code 3");
}

TEST(LineWire, ACommandIsEndedWithItsWireEvenWhenItDoesNotWantTo) {
  const auto pool = std::make_shared<BufferPool>();
  OpenedWire opened = open_line("exec:trap '' TERM; echo; while :; do sleep 0.1; done", pool);
  ASSERT_TRUE(opened.wire);
  EXPECT_EQ(heard(*opened.wire, 1).size(), 1u);
  opened.wire.reset();  // comes back
}

TEST(LineWire, AnEndThatCloses) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  LineWire wire{UniqueDescriptor{ends[0]}, 0, std::make_shared<BufferPool>()};
  close(ends[1]);
  EXPECT_TRUE(heard(wire, 1).empty());
  EXPECT_EQ(wire.failure(), "the other end of the line is closed");
}

// A line that is full takes a frame in part; its octets are sent once, and in order.
TEST(LineWire, AFullLineLosesNothing) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto pool = std::make_shared<BufferPool>();
  LineWire wire{UniqueDescriptor{ends[0]}, 0, pool}, other{UniqueDescriptor{ends[1]}, 0, pool};
  std::vector<std::uint8_t> sent, got;
  std::uint8_t next = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    std::vector<std::uint8_t> bytes(997);
    for (std::uint8_t& byte : bytes) byte = next++;
    sent.insert(sent.end(), bytes.begin(), bytes.end());
    const Frame frame = frame_of(*pool, bytes);
    while (wire.send({&frame, 1}) == 0) {
      const auto more = heard(other, 1);
      got.insert(got.end(), more.begin(), more.end());
    }
  }
  const auto more = heard(other, sent.size() - got.size());
  got.insert(got.end(), more.begin(), more.end());
  EXPECT_TRUE(got == sent);
  EXPECT_GT(wire.counters().queue_full, 0u);
}

TEST(LineWire, WhatCannotBeOpenedIsToldWhy) {
  const auto pool = std::make_shared<BufferPool>();
  for (const char* name : {"pty:/nowhere/at/all", "pty:/dev/null", "unix:/nowhere/at/all"}) {
    EXPECT_TRUE(is_line(name));
    const OpenedWire opened = open_line(name, pool);
    EXPECT_FALSE(opened.wire);
    EXPECT_FALSE(opened.problem.empty());
  }
  EXPECT_FALSE(is_line("exec:"));
  EXPECT_FALSE(is_line("tap:acksu0"));
}

}  // namespace
}  // namespace acksu::os
