// Losses with SACK as a sender meets them: what RACK finds, what a tail probe repairs, and what is
// taken back when nothing was lost (RFC 8985, 9937, 3522, 4015, 5682). Numbers are relative to the
// first byte of text.
#include <gtest/gtest.h>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

// A sender whose window of ten segments is under way on a path of 100 ms.
class Recovery : public testing::Test {
 protected:
  static constexpr Duration rtt = 100ms;

  void begin(std::uint64_t bytes = 10'000, const Offer& offer = {.sack = true}) {
    lab.emplace(offer);
    lab->write(bytes);
    sent = lab->send();
    lab->desk.now += rtt;
  }
  Counters& counters() { return lab->desk.counters; }
  std::uint32_t cwnd() const { return lab->info().snd.cwnd; }

  std::optional<Lab> lab;
  All sent;
};

// ---- RACK ---------------------------------------------------------------------------------------

// RFC 8985 5.1, 6.2 (4), (5), 8: with SACK; the timer for reordering runs alone.
TEST_F(Recovery, WaitsAQuarterOfARoundTripForWhatIsLate) {
  begin();
  lab->acknowledge(0, {.sacks = {{1000, 2000}}});
  EXPECT_EQ(lab->send(), All{});
  EXPECT_EQ(lab->until(Timer::reordering), rtt / 4);
  lab->desk.now += rtt / 4 - 1ms;
  lab->acknowledge(2000);
  EXPECT_FALSE(lab->timers.is_armed(Timer::reordering));
  EXPECT_EQ(counters().retransmitted_segments, 0u);
  EXPECT_EQ(counters().fast_retransmits, 0u);
}

TEST_F(Recovery, SendsAgainWhatIsTooLate) {  // RFC 8985 6.2 (5)
  begin();
  lab->acknowledge(0, {.sacks = {{1000, 2000}}});
  lab->pass_to(Timer::reordering);
  EXPECT_EQ(lab->send(), full(0, 1));
  EXPECT_EQ(counters().fast_retransmits, 1u);
}

TEST_F(Recovery, FindsALostRetransmission) {  // which duplicates never do
  begin(20'000);
  lab->acknowledge(0, {.sacks = {{1000, 5000}}});
  EXPECT_EQ(lab->send(), full(0, 1));
  lab->desk.now += 10ms;
  lab->acknowledge(0, {.sacks = {{1000, 7000}}});
  EXPECT_EQ(lab->send()[0].at, 10'000);
  // What was sent after it arrives, and it does not.
  lab->desk.now += rtt;
  lab->acknowledge(0, {.sacks = {{1000, 11'000}}});
  EXPECT_EQ(lab->send()[0].at, 0);
  EXPECT_EQ(counters().retransmission_time_outs, 0u);
}

// ---- Tail loss probes ---------------------------------------------------------------------------

// RFC 8985 7.2 (a), 7.3 (a), (b), (c).
TEST_F(Recovery, ProbesTheTailAfterTwoRoundTrips) {
  begin(3000);
  lab->acknowledge(1000);
  EXPECT_EQ(lab->until(Timer::tail_probe), 2 * rtt + 2ms);
  lab->pass_to(Timer::tail_probe);
  EXPECT_EQ(lab->send(), (All{{2000, 1000, false, true}}));
  EXPECT_TRUE(lab->timers.is_armed(Timer::retransmission)) << "and then a whole time-out";
  lab->desk.now += rtt;
  lab->acknowledge(1000, {.sacks = {{2000, 3000}}});
  EXPECT_EQ(lab->send(), full(1000, 1));
  EXPECT_EQ(counters().retransmission_time_outs, 0u);
}

// RFC 7323 4.3: the peer echoes the time stamp of what came before the hole.
TEST_F(Recovery, BelievesAnAnswerToTheProbeFromBehindAHole) {
  begin(3000, {.sack = true, .timestamps = true});
  const std::uint32_t first = timestamp_at(lab->desk.now - rtt, 0);
  lab->acknowledge(1000, {.echo = first});
  lab->pass_to(Timer::tail_probe);
  EXPECT_EQ(lab->send(), (All{{2000, 1000, false, true}}));
  lab->desk.now += rtt;
  lab->acknowledge(1000, {.sacks = {{2000, 3000}}, .echo = first});
  EXPECT_EQ(lab->send(), full(1000, 1));
  EXPECT_EQ(counters().retransmission_time_outs, 0u);
}

TEST_F(Recovery, ProbesWithNewTextWhereThereIsSome) {  // RFC 8985 7.3 (b)
  begin(20'000);
  EXPECT_EQ(sent.size(), 10u);
  lab->pass_to(Timer::tail_probe);
  EXPECT_EQ(lab->send(), full(10'000, 1)) << "beyond the congestion window";
  EXPECT_EQ(counters().retransmitted_segments, 0u);
}

TEST_F(Recovery, WaitsLongerForTheAnswerToASingleSegment) {  // RFC 8985 7.2 (c)
  begin(1000);
  const Duration waited = lab->timers[Timer::tail_probe] - (lab->desk.now - rtt);
  EXPECT_EQ(waited, std::min(lab->info().rto, 2 * rtt + 200ms));
}

TEST_F(Recovery, CountsALossThatOnlyTheProbeRepaired) {  // RFC 8985 7.4.2
  begin(2000);
  lab->pass_to(Timer::tail_probe);
  EXPECT_EQ(lab->send(), (All{{1000, 1000, false, true}}));
  lab->desk.now += rtt;
  lab->acknowledge(2000);
  EXPECT_EQ(counters().tail_probe_repairs, 0u) << "not yet known";
  const std::uint32_t before = cwnd();
  lab->write(1000);
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(3000);
  EXPECT_EQ(counters().tail_probe_repairs, 1u);
  EXPECT_LT(cwnd(), before);
}

TEST_F(Recovery, CountsNoLossWhenTheProbeArrivedTwice) {
  begin(2000);
  lab->pass_to(Timer::tail_probe);
  lab->send();
  lab->acknowledge(2000);
  lab->desk.now += rtt;
  lab->acknowledge(2000, {.sacks = {{1000, 2000}}});
  const std::uint32_t before = cwnd();
  lab->write(1000);
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(3000);
  EXPECT_EQ(counters().tail_probe_repairs, 0u);
  EXPECT_GE(cwnd(), before);
}

// ---- Nothing was lost ---------------------------------------------------------------------------

// RFC 3708, RFC 2883 section 5.
TEST_F(Recovery, TakesBackAReductionWhenAllRepairsArriveTwice) {
  begin(20'000);
  const std::uint32_t before = cwnd();
  lab->acknowledge(0, {.sacks = {{1000, 5000}}});
  ASSERT_EQ(lab->send()[0].at, 0);
  EXPECT_LT(cwnd(), before);
  lab->desk.now += 10ms;
  lab->acknowledge(5000);  // it was only late
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(10'000, {.sacks = {{0, 1000}}});
  EXPECT_EQ(counters().reductions_undone, 1u);
  EXPECT_GE(cwnd(), before);
}

// A loss was repaired; what looks like a second one soon after is none. Only that is taken back.
TEST_F(Recovery, TakesBackNoMoreThanTheLastReduction) {
  begin(30'000);
  lab->acknowledge(0, {.sacks = {{1000, 5000}}});
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(10'000);
  const std::uint32_t repaired = cwnd();
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(10'000, {.sacks = {{11'000, 14'000}}});
  ASSERT_EQ(lab->send()[0].at, 10'000);
  lab->desk.now += 10ms;
  lab->acknowledge(14'000, {.sacks = {{10'000, 11'000}}});
  EXPECT_EQ(counters().reductions_undone, 1u);
  EXPECT_LE(cwnd(), repaired + 4 * mss);
}

TEST_F(Recovery, TakesBackAReductionByTimeStamps) {  // RFC 3522 3.2, RFC 4015 3.2
  begin(20'000, {.sack = true, .timestamps = true});
  Context context = lab->desk.context();
  const std::uint32_t first = timestamp_at(context.now - rtt, context.timestamp_offset);
  const std::uint32_t before = cwnd();
  lab->acknowledge(0, {.sacks = {{1000, 5000}}, .echo = first});
  ASSERT_EQ(lab->send()[0].at, 0);
  EXPECT_LT(cwnd(), before);
  lab->desk.now += 10ms;
  lab->acknowledge(5000, {.echo = first});
  EXPECT_EQ(counters().reductions_undone, 1u);
  EXPECT_GE(cwnd(), before);
}

TEST_F(Recovery, KeepsAReductionWhenTheRepairIsEchoed) {
  begin(20'000, {.sack = true, .timestamps = true});
  Context context = lab->desk.context();
  const std::uint32_t first = timestamp_at(context.now - rtt, context.timestamp_offset);
  lab->acknowledge(0, {.sacks = {{1000, 5000}}, .echo = first});
  ASSERT_EQ(lab->send()[0].at, 0);
  const std::uint32_t repaired = timestamp_at(lab->desk.now, context.timestamp_offset);
  lab->desk.now += rtt;
  lab->acknowledge(5000, {.echo = repaired});
  EXPECT_EQ(counters().reductions_undone, 0u);
}

TEST_F(Recovery, TakesBackATimeOutWhenOldTextArrives) {  // RFC 5682 3.1 (2)
  begin(20'000);
  const std::uint32_t before = cwnd();
  lab->pass_to_time_out();
  EXPECT_EQ(lab->send(), full(0, 1));
  EXPECT_EQ(cwnd(), mss);
  lab->acknowledge(1000);  // of the first transmission
  EXPECT_EQ(lab->send()[0].at, 11'000) << "new text finds out";
  lab->acknowledge(3000);
  EXPECT_EQ(counters().reductions_undone, 1u);
  EXPECT_GE(cwnd(), before);
  for (const Sent& each : lab->send()) EXPECT_GE(each.at, 11'000) << "nothing goes again";
}

TEST_F(Recovery, RepairsAfterATimeOutWhenNewTextMeetsAHole) {  // RFC 5682 3.1 (3)
  begin(20'000);
  lab->pass_to_time_out();
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(1000);
  const All probe = lab->send();
  ASSERT_FALSE(probe.empty());
  lab->desk.now += rtt;
  lab->acknowledge(1000, {.sacks = {{probe[0].at, probe[0].at + 1000}}});
  EXPECT_EQ(lab->send()[0].at, 1000);
  EXPECT_EQ(counters().reductions_undone, 0u);
}

// The same when the peer has no room for what lies behind a hole, and so reports nothing.
TEST_F(Recovery, RepairsAfterATimeOutWhenNewTextWasRefused) {
  begin(20'000);
  lab->pass_to_time_out();
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(1000);
  ASSERT_EQ(lab->send()[0].at, 11'000);
  lab->desk.now += rtt;
  lab->acknowledge(1000);
  EXPECT_EQ(lab->send()[0].at, 1000);
}

// BBR has no threshold to come down to: the one that follows must not take infinity for one.
TEST_F(Recovery, MayChangeFromAModelWhileLossesAreRepaired) {
  lab.emplace(Offer{.sack = true});
  lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
  lab->write(20'000);
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(0, {.sacks = {{1000, 2000}}});
  lab->desk.now += rtt;
  lab->acknowledge(0, {.sacks = {{1000, 6000}}});
  ASSERT_EQ(counters().fast_retransmits, 1u);
  const std::uint32_t before = cwnd();
  lab->sender.use(CongestionAlgorithm::cubic, lab->desk.settings);
  EXPECT_EQ(lab->info().snd.ssthresh, before);
  lab->acknowledge(static_cast<std::int64_t>(lab->sender.nxt() - lab->sender.una()));
  EXPECT_LE(cwnd(), before + 20'000);
}

// A FIN without text can be lost, too.
TEST_F(Recovery, RepairsAFinOfAModelWithoutText) {
  lab.emplace();
  lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
  lab->close();
  EXPECT_EQ(lab->send().size(), 1u);
  for (int i = 0; i < 3; ++i) lab->acknowledge(0);
  EXPECT_EQ(lab->send().size(), 1u);
  lab->desk.now += rtt;
  lab->acknowledge(1);
  EXPECT_TRUE(lab->sender.is_all_acked());
}

// Without SACK duplicates may have said more than is left to be true.
TEST_F(Recovery, CountsNoLessThanNothingAsDelivered) {
  lab.emplace();
  lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
  lab->write(60'000);
  lab->send();
  lab->desk.now += rtt;
  for (int i = 0; i < 9; ++i) {
    lab->acknowledge(0);
    lab->send();
  }
  for (std::int64_t upto = 400; upto <= 2000; upto += 400) {
    lab->desk.now += rtt;
    lab->acknowledge(upto);
    lab->send();
  }
  lab->acknowledge(2000);
  EXPECT_LT(lab->info().snd.delivery_rate, 10'000'000u);
}

// What is always sent again before it arrives would never show that packets are overtaken.
TEST_F(Recovery, LearnsFromARepairInVainThatTextIsOvertaken) {
  begin();
  lab->acknowledge(0, {.sacks = {{1000, 4000}}});
  EXPECT_EQ(lab->send()[0].at, 0) << "three are enough, at first";
  lab->acknowledge(4000);
  lab->acknowledge(4000, {.sacks = {{0, 1000}}});
  EXPECT_EQ(counters().reductions_undone, 1u);
  lab->acknowledge(4000, {.sacks = {{5000, 8000}}});
  for (const Sent& each : lab->send()) EXPECT_NE(each.at, 4000);
  EXPECT_TRUE(lab->timers.is_armed(Timer::reordering));
}

}  // namespace
}  // namespace acksu::tcp
