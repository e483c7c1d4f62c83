// What a sender was busy with, and what held it up, as people see it.
#include "tcp/send_times.h"

#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

struct SendTimesTest : testing::Test {
  Lone lone{{.sack = true}};
  Duration busy() const { return lone.info().times.busy(lone.desk.now); }
  Duration waited_for(SendWait wait) const {
    return lone.info().times.waited_for(wait, lone.desk.now);
  }
  void window(std::int64_t ack, std::uint16_t bytes) {
    Segment segment = lone.segment("ACK", 0, ack);
    segment.window = bytes;
    lone.hear(segment);
  }
  // Lets time pass in which nothing is due.
  void wait(Duration duration) { lone.desk.now += duration; }
};

TEST_F(SendTimesTest, IsBusyWhileTextIsNotAcknowledged) {
  lone.establish();
  wait(1s);
  EXPECT_EQ(busy(), Duration::zero());
  lone.write(2500);
  lone.hear_said();
  wait(30ms);
  EXPECT_EQ(busy(), Duration{30ms});
  lone.hear("ACK", 0, 2000);
  wait(20ms);
  lone.hear("ACK", 0, 2500);
  wait(1s);
  EXPECT_EQ(busy(), Duration{50ms});
  lone.write(10);  // header prediction takes this one and its ACK
  lone.hear_said();
  wait(7ms);
  lone.hear("ACK", 0, 2510);
  wait(1s);
  EXPECT_EQ(busy(), Duration{57ms});
  EXPECT_EQ(waited_for(SendWait::window), Duration::zero());
  EXPECT_EQ(waited_for(SendWait::room), Duration::zero());
}

TEST_F(SendTimesTest, AWindowThatIsClosedFromTheBeginning) {
  lone.establish();
  window(0, 0);
  lone.write(1000);
  EXPECT_TRUE(lone.hear_said().empty());
  wait(200ms);
  EXPECT_EQ(waited_for(SendWait::window), Duration{200ms});
  EXPECT_EQ(busy(), Duration{200ms});
  window(0, 2000);
  EXPECT_EQ(lone.hear_said().size(), 1u);
  wait(30ms);
  EXPECT_EQ(waited_for(SendWait::window), Duration{200ms});
  EXPECT_EQ(busy(), Duration{230ms});
  window(1000, 10);  // too small a window is as good as closed
  lone.write(1000);
  lone.hear_said();
  wait(100ms);
  window(1000, 2000);
  lone.hear_said();
  EXPECT_EQ(waited_for(SendWait::window), Duration{300ms});
  EXPECT_EQ(busy(), Duration{330ms});
}

// A FIN of who has sent no text is not text: its sender stays as small as it was.
TEST_F(SendTimesTest, ALoneFinBeforeAClosedWindowIsNoText) {
  lone.establish();
  window(0, 0);
  lone.shut_down();
  EXPECT_TRUE(lone.hear_said().empty());
  wait(100ms);
  EXPECT_EQ(busy(), Duration::zero());
  window(0, 100);
  EXPECT_EQ(lone.hear_said(), (Lines{{"FIN+ACK", 0, 0}}));
}

// The congestion window, and text that is small (Nagle), are no peer's and no buffer's fault.
TEST_F(SendTimesTest, WhatElseHoldsTextBackIsBusyAndNoMore) {
  lone.desk.settings.nagle = true;
  lone.establish();
  lone.write(20'000);
  EXPECT_EQ(lone.hear_said().size(), 10u);
  wait(10ms);
  EXPECT_EQ(lone.info().limited_by, LimitedBy::congestion_window);
  EXPECT_EQ(busy(), Duration{10ms});
  EXPECT_EQ(waited_for(SendWait::window), Duration::zero());
  window(1000, 9000);  // the window is full now, with more to send than it holds
  lone.hear_said();
  wait(5ms);
  EXPECT_EQ(waited_for(SendWait::window), Duration{5ms});
  window(10'000, 60'000);
  lone.hear_said();
  wait(5ms);
  EXPECT_EQ(waited_for(SendWait::window), Duration{5ms});
  EXPECT_EQ(busy(), Duration{20ms});
}

TEST_F(SendTimesTest, AWriterWaitsForRoomOnceAllHasLeft) {
  lone.desk.settings.send_buffer = 8000;
  lone.establish();
  EXPECT_EQ(lone.write(20'000), 8000u);
  EXPECT_EQ(lone.hear_said().size(), 8u);
  wait(40ms);
  EXPECT_EQ(waited_for(SendWait::room), Duration{40ms});
  lone.hear("ACK", 0, 4000);  // and is told that there is some
  wait(10ms);
  EXPECT_EQ(waited_for(SendWait::room), Duration{40ms});
  EXPECT_EQ(lone.write(1000), 1000u);
  lone.hear_said();
  wait(10ms);
  EXPECT_EQ(waited_for(SendWait::room), Duration{40ms});
  EXPECT_EQ(busy(), Duration{60ms});
}

// What a flight knew is forgotten with it; how long there was text is not, nor what held it up.
TEST_F(SendTimesTest, AreKeptWhenNothingElseIs) {
  lone.establish();
  lone.write(10);
  lone.hear_said();
  wait(7ms);
  lone.hear("ACK", 0, 10);
  lone.connection->rest(lone.desk.settings);
  EXPECT_EQ(busy(), Duration{7ms});
  window(10, 0);
  lone.write(10);
  lone.hear_said();
  wait(3ms);
  window(10, 1000);
  lone.hear_said();
  lone.hear("ACK", 0, 20);
  lone.connection->rest(lone.desk.settings);
  EXPECT_EQ(busy(), Duration{10ms});
  EXPECT_EQ(waited_for(SendWait::window), Duration{3ms});
}

// Segments with text, as they come and leave, again or not.
TEST_F(SendTimesTest, SegmentsWithTextAreCounted) {
  lone.establish();
  EXPECT_EQ(lone.info().text_segments_out, 0u);
  lone.write(2500);
  lone.hear_said();
  EXPECT_EQ(lone.info().text_segments_out, 3u);
  lone.pass(1s);
  EXPECT_GT(lone.info().text_segments_out, 3u);
  lone.hear("ACK", 0, 2500);
  lone.hear("ACK", 0, 2500, 100);
  lone.hear("ACK", 100, 2500, 100);
  lone.hear("ACK", 100, 2500, 100);  // again
  EXPECT_EQ(lone.info().text_segments_in, 3u);
}

}  // namespace
}  // namespace acksu::tcp
