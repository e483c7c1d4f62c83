// When an ACK is owed: quick, every second segment, delayed, one for each early arrival.
#include "tcp/ack_policy.h"

#include <gtest/gtest.h>

#include "tcp/desk_test.h"

namespace acksu::tcp::ack_policy_test {
namespace {

constexpr std::uint32_t mss = 1000;

class AckPolicyTest : public testing::Test {
 protected:
  AckPolicyTest() { desk.settings.quick_acks = 0; }

  void hear(AckPolicy& acks, std::uint32_t bytes) {
    Context context = desk.context();
    acks.on_in_order(bytes, mss, context, timers);
  }
  // Sends all that is owed as pure ACKs; how many.
  int send(AckPolicy& acks) {
    int count = 0;
    for (; acks.is_owed(); ++count) acks.on_ack_sent(true, desk.context(), timers);
    return count;
  }

  Desk desk;
  Timers timers;
};

// RFC 9293 SHLD-19.
// RFC 5681 4.2 (a), (c).
TEST_F(AckPolicyTest, AcknowledgesEverySecondFullSegment) {
  AckPolicy acks(desk.settings);
  for (int i = 0; i < 10; ++i) {
    hear(acks, mss);
    EXPECT_FALSE(acks.is_owed());
    hear(acks, mss);
    EXPECT_EQ(send(acks), 1);
    EXPECT_FALSE(timers.is_armed(Timer::delayed_ack));
  }
}

// TCP_QUICKACK.
TEST_F(AckPolicyTest, IsQuickWhenItIsToldTo) {
  AckPolicy acks(desk.settings);
  hear(acks, mss);
  EXPECT_FALSE(acks.is_owed());
  acks.set_quick(2);
  EXPECT_EQ(send(acks), 1) << "what waited goes";
  for (int i = 0; i < 2; ++i) {
    hear(acks, mss);
    EXPECT_EQ(send(acks), 1);
  }
  hear(acks, mss);
  EXPECT_FALSE(acks.is_owed());
  EXPECT_EQ(send(acks), 0);
  AckPolicy others(desk.settings);
  others.set_quick(2);
  EXPECT_FALSE(others.is_owed()) << "nothing waited";
  others.set_quick(0);
  hear(others, mss);
  EXPECT_FALSE(others.is_owed());
}

TEST_F(AckPolicyTest, DelaysTheAckOfALoneSegment) {  // RFC 9293 SHLD-18, MUST-40
  AckPolicy acks(desk.settings);
  hear(acks, mss);
  EXPECT_EQ(timers[Timer::delayed_ack], desk.now + desk.settings.delayed_ack);
  const Instant first = timers[Timer::delayed_ack];
  desk.now += 10ms;
  hear(acks, 10);
  EXPECT_EQ(timers[Timer::delayed_ack], first) << "a later segment does not put it off";
  EXPECT_FALSE(acks.is_owed());
  acks.on_delayed_ack_time();
  EXPECT_EQ(send(acks), 1);
}

TEST_F(AckPolicyTest, CountsMergedSegmentsByTheirBytes) {
  AckPolicy acks(desk.settings);
  hear(acks, 40 * mss);
  EXPECT_EQ(send(acks), 1);
}

TEST_F(AckPolicyTest, IsQuickWhileTheConnectionIsNew) {
  desk.settings.quick_acks = 3;
  AckPolicy acks(desk.settings);
  for (int i = 0; i < 3; ++i) {
    hear(acks, mss);
    EXPECT_EQ(send(acks), 1) << i;
  }
  hear(acks, mss);
  EXPECT_FALSE(acks.is_owed());
}

// RFC 5681 4.2 (b), (c).
// RFC 9293 MAY-13.
TEST_F(AckPolicyTest, OwesAnAckForEachEarlySegment) {
  AckPolicy acks(desk.settings);
  for (int i = 0; i < 5; ++i) acks.on_out_of_order();
  EXPECT_EQ(send(acks), 5);
  acks.on_out_of_order();
  acks.owe();
  EXPECT_EQ(send(acks), 2) << "one for the text in order, one for the early one";
}

TEST_F(AckPolicyTest, ForgetsDuplicatesWhenTheHoleIsFilled) {
  AckPolicy acks(desk.settings);
  for (int i = 0; i < 5; ++i) acks.on_out_of_order();
  hear(acks, mss);
  acks.owe();
  EXPECT_EQ(send(acks), 1);
}

TEST_F(AckPolicyTest, TextCarriesTheAckButNoDuplicates) {
  AckPolicy acks(desk.settings);
  hear(acks, mss);
  acks.on_out_of_order();
  acks.owe();
  acks.on_ack_sent(false, desk.context(), timers);
  EXPECT_FALSE(timers.is_armed(Timer::delayed_ack));
  EXPECT_EQ(send(acks), 1) << "RFC 5681 section 2: a duplicate ACK has no text";
}

TEST_F(AckPolicyTest, CountsAsManyDuplicatesAsMayArriveAtOnce) {
  AckPolicy acks(desk.settings);
  for (int i = 0; i < 70000; ++i) acks.on_out_of_order();
  EXPECT_TRUE(acks.is_owed());
  EXPECT_GE(send(acks), 60000) << "not what is left of a counter that began again";
}

}  // namespace
}  // namespace acksu::tcp::ack_policy_test
