// What an idle sender forgets, and what it keeps for the next text.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

// Whether a flight is there is told by what only it knows.
bool has_flight(const Lab& lab) { return lab.info().min_rtt > Duration::zero(); }

void exchange(Lab& lab, std::uint64_t bytes) {
  const auto upto = static_cast<std::int64_t>(lab.written + bytes);
  lab.write(bytes);
  lab.send();
  lab.desk.now += 50ms;
  lab.acknowledge(upto);
}

TEST(Rest, ForgetsWhatTellsNothing) {
  Lab lab({.sack = true});
  exchange(lab, 500);
  ASSERT_TRUE(has_flight(lab));
  const Info before = lab.info();
  lab.sender.rest(lab.desk.settings);
  EXPECT_FALSE(has_flight(lab));
  EXPECT_EQ(lab.info().srtt, before.srtt);
  EXPECT_EQ(lab.info().snd.cwnd, before.snd.cwnd);
  EXPECT_EQ(lab.info().snd.delivered_segments, before.snd.delivered_segments);
  // It begins as with the first text, and finds losses as ever.
  lab.write(3'000);
  EXPECT_EQ(lab.send(), (full(500, 2) + All{{2'500, mss, false, true}}));
  lab.desk.now += 50ms;
  lab.acknowledge(500, {.sacks = {{1'500, 3'500}}});
  lab.pass_to(Timer::reordering);
  EXPECT_EQ(lab.send(), full(500, 1));
  lab.desk.now += 50ms;
  lab.acknowledge(3'500);
  EXPECT_EQ(lab.info().snd.delivered_segments, before.snd.delivered_segments + 3);
  EXPECT_EQ(lab.info().retransmitted_segments, 1u);
}

TEST(Rest, HasNothingToForgetBeforeTheFirstText) {
  Lab lab;
  lab.sender.rest(lab.desk.settings);
  lab.write(1000);
  EXPECT_EQ(lab.send().size(), 1u);
}

TEST(Rest, KeepsWhatIsUnderWay) {
  Lab lab;
  exchange(lab, 500);
  lab.write(100);
  lab.sender.rest(lab.desk.settings);
  EXPECT_TRUE(has_flight(lab)) << "text waits";
  lab.send();
  lab.sender.rest(lab.desk.settings);
  EXPECT_TRUE(has_flight(lab)) << "text is under way";
  lab.acknowledge(600);
  lab.sender.rest(lab.desk.settings);
  EXPECT_FALSE(has_flight(lab));
}

// RFC 7661 4.2: how much of a window that has grown is used stays known.
TEST(Rest, KeepsTheUseOfALargeWindow) {
  Lab lab;
  for (int i = 0; i < 2; ++i) exchange(lab, lab.info().snd.cwnd / mss * mss);
  ASSERT_GT(lab.info().snd.cwnd, lab.desk.settings.initial_window_segments * mss);
  lab.sender.rest(lab.desk.settings);
  EXPECT_TRUE(has_flight(lab));
}

TEST(Rest, KeepsWhatWasSentAgain) {
  Lab lab;
  exchange(lab, 500);
  lab.write(100);
  lab.send();
  lab.pass_to_time_out();
  lab.send();
  lab.desk.now += 50ms;
  lab.acknowledge(600);
  lab.sender.rest(lab.desk.settings);
  EXPECT_TRUE(has_flight(lab));
  EXPECT_GT(lab.info().retransmitted_segments, 0u);
}

// So does a connection whose owner has nothing to wait for.
TEST(Rest, OfAConnection) {
  Settings settings;
  settings.burst_segments = 0;
  Lone end({}, settings);
  end.establish();
  end.write(500);
  end.hear_said();
  end.desk.now += 50ms;
  end.hear("ACK", 0, 500);
  ASSERT_EQ(end.connection->deadline(), never);
  const Info before = end.info();
  ASSERT_GT(before.min_rtt, Duration::zero());
  end.connection->rest(settings);
  EXPECT_EQ(end.info().min_rtt, Duration::zero());
  EXPECT_EQ(end.info().srtt, before.srtt);
}

}  // namespace
}  // namespace acksu::tcp
