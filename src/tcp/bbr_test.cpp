// BBR's states, its rate and its window (draft-ietf-ccwg-bbr 4.3, 4.5, 4.6), ACK by ACK: what each
// gain comes to, the last value that keeps a state and the first that leaves it.
#include "tcp/bbr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "base/digest.h"
#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

constexpr std::uint64_t full_rate = 990'000;  // a hundredth below the bandwidth (4.6.2)

// What one ACK tells; a round trip of 100 ms and a megabyte a second unless the test says else:
// 100,000 bytes fill the path.
struct AckHeard {
  std::uint64_t rate = 1'000'000;
  std::uint32_t bytes = 1000;
  std::uint32_t in_flight = 50'000;
  std::uint32_t lost = 0;
  std::uint32_t tx_in_flight = 50'000;
  Duration after = 100ms;
  std::optional<Duration> rtt = Duration{100ms};
  bool ends_round = true;
  bool is_limited = false;  // by the application
  bool is_recovering = false;
};

struct Shown {
  std::string state;
  std::uint64_t rate = 0;
  std::uint32_t cwnd = 0;
  bool operator==(const Shown&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Shown& shown) {
  return out << shown.state << ' ' << shown.rate << ' ' << shown.cwnd;
}

class ModelledPath {
 public:
  static constexpr std::uint32_t mss = 1000;

  ModelledPath() {
    congestion.algorithm = CongestionAlgorithm::bbr;
    congestion.cwnd = 10 * mss;
  }

  Shown hear(const AckHeard& heard = {}) {
    now += heard.after;
    RateSample rate;
    rate.bytes_per_second = heard.rate;
    // A round trip ends with what was sent after it had begun.
    rate.prior_delivered = heard.ends_round || delivered == 0 ? delivered : delivered - 1;
    delivered += heard.bytes;
    rate.delivered = delivered;
    rate.newly_delivered = heard.bytes;
    rate.tx_in_flight = heard.tx_in_flight;
    rate.lost = heard.lost;
    rate.rtt = heard.rtt;
    rate.is_application_limited = heard.is_limited;
    AckSample sample;
    sample.now = now;
    sample.mss = mss;
    sample.acked_bytes = heard.bytes;
    sample.in_flight = heard.in_flight;
    sample.srtt = srtt;
    sample.is_recovering = heard.is_recovering;
    sample.rate = &rate;
    congestion.control().on_ack(congestion, sample);
    return shown();
  }
  void hear_times(int count, const AckHeard& heard = {}) {
    for (int i = 0; i < count; ++i) hear(heard);
  }
  Shown lose(std::uint32_t bytes, std::uint32_t lost, std::uint32_t tx_in_flight,
             bool is_limited = false) {
    LossSample loss;
    loss.delivered = delivered;
    loss.newly_lost = bytes;
    loss.lost = lost;
    loss.tx_in_flight = tx_in_flight;
    loss.is_application_limited = is_limited;
    congestion.control().on_lost(congestion, loss, event());
    return shown();
  }
  CongestionEvent event() const { return {.now = now, .mss = mss, .in_flight = 50'000}; }
  Shown shown() const {
    return {congestion.control().phase(congestion),
            congestion.control().pacing_rate(congestion, 100ms), congestion.cwnd};
  }
  std::string state() const { return shown().state; }
  std::uint64_t told() const {
    Digest digest;
    congestion.digest(digest);
    return digest.value();
  }

  // Three round trips without more end the startup, four more the drain, whatever is under way.
  void fill() {
    hear_times(8, {.in_flight = 150'000});
    ASSERT_EQ(state(), "ProbeBW_DOWN");
  }
  void cruise() {
    fill();
    hear();
    ASSERT_EQ(state(), "ProbeBW_CRUISE");
  }
  // At most three seconds later it is time to probe.
  void refill(const AckHeard& heard = {}) {
    cruise();
    for (int i = 0; i < 31 && state() == "ProbeBW_CRUISE"; ++i) hear(heard);
    ASSERT_EQ(state(), "ProbeBW_REFILL");
  }
  void probe_up() {
    refill();
    hear();
    ASSERT_EQ(state(), "ProbeBW_UP");
  }

  Congestion congestion;
  Instant now = Instant{} + 1h;
  std::uint64_t delivered = 0;
  Duration srtt = 100ms;
};

// ---- Startup and drain (4.3.1, 4.3.2) -----------------------------------------------------------

TEST(Bbr, BeginsWithTheWindowInARoundTripTimesTheGain) {  // 4.6.2: 2.77
  ModelledPath path;
  const CongestionControl& control = path.congestion.control();
  EXPECT_STREQ(control.name(), "bbr");
  EXPECT_STREQ(control.phase(path.congestion), "Startup");
  EXPECT_FALSE(control.is_holding_back(path.congestion));
  EXPECT_EQ(control.pacing_rate(path.congestion, 100ms), 277'000u);
  EXPECT_EQ(control.pacing_rate(path.congestion, 50ms), 554'000u);
  EXPECT_EQ(control.pacing_rate(path.congestion, Duration::zero()), 27'700'000u);  // 1 ms
  control.on_undo(path.congestion);  // nothing is known yet: nothing changes
  control.on_recovery_over(path.congestion);
  control.on_restart(path.congestion, path.now);
  EXPECT_EQ(path.congestion.cwnd, 10'000u);
}

TEST(Bbr, StartupGrowsByWhatIsDelivered) {
  ModelledPath path;
  EXPECT_EQ(path.hear({.bytes = 10'000}), (Shown{"Startup", 2'742'300, 20'000}));
  EXPECT_EQ(path.hear({.rate = 2'000'000, .bytes = 7}), (Shown{"Startup", 5'484'600, 20'007}));
  ModelledPath slow;
  EXPECT_EQ(slow.hear({.rate = 50'000}).rate, 277'000u);
  // The rate does not fall before the path was once full.
  EXPECT_EQ(path.hear({.rate = 500'000}), (Shown{"Startup", 5'484'600, 21'007}));
  // More than twice what the path holds, and what one ACK brought, is no use.
  path.congestion.cwnd = 409'999;
  EXPECT_EQ(path.hear({.rate = 3'000'000}).cwnd, 410'999u);
  path.congestion.cwnd = 700'000;
  EXPECT_EQ(path.hear({.rate = 3'000'000}).cwnd, 700'000u);
}

TEST(Bbr, FirstWindowGrowsWhateverTheModelSays) {  // 4.6.4.6: until as much was delivered
  ModelledPath path;
  EXPECT_EQ(path.hear({.rate = 1000, .bytes = 4000}).cwnd, 14'000u);
  EXPECT_EQ(path.hear({.rate = 1000, .bytes = 5999}).cwnd, 19'999u);
  EXPECT_EQ(path.hear({.rate = 1000, .bytes = 1}).cwnd, 19'999u);
}

// Before a round trip was measured the smoothed one stands for it; before that, the first window.
TEST(Bbr, WithoutARoundTripTheFirstOneCounts) {
  ModelledPath path, unknown;
  path.hear({.bytes = 10'000, .rtt = std::nullopt});
  path.congestion.cwnd = 209'999;
  EXPECT_EQ(path.hear({.rtt = std::nullopt}).cwnd, 210'999u);
  EXPECT_EQ(path.hear({.rtt = std::nullopt}).cwnd, 210'999u);
  unknown.srtt = Duration::zero();
  unknown.hear({.bytes = 10'000, .rtt = std::nullopt});
  unknown.congestion.cwnd = 83'099;  // three bursts at the first rate
  EXPECT_EQ(unknown.hear({.rtt = std::nullopt}).cwnd, 84'099u);
  EXPECT_EQ(unknown.hear({.rtt = std::nullopt}).cwnd, 84'099u);
}

// 4.3.1.2: a quarter more in three round trips, or the path is full.
TEST(Bbr, ThreeRoundTripsWithoutAQuarterMoreFillThePath) {
  ModelledPath path;
  const auto at = [&](std::uint64_t rate) {
    return path.hear({.rate = rate, .in_flight = 200'000}).state;
  };
  EXPECT_EQ(at(1'000'000), "Startup");
  EXPECT_EQ(at(1'000'000), "Startup");
  EXPECT_EQ(at(1'249'999), "Startup");
  EXPECT_EQ(at(1'250'000), "Startup");  // enough: counted anew
  EXPECT_EQ(at(1'562'499), "Startup");
  EXPECT_EQ(at(1'562'499), "Startup");
  // Neither inside a round trip, nor when the application had no more.
  path.hear({.rate = 1, .in_flight = 200'000, .ends_round = false});
  path.hear({.rate = 1, .in_flight = 200'000, .is_limited = true});
  EXPECT_EQ(path.state(), "Startup");
  EXPECT_EQ(at(1'562'499), "Drain");
}

TEST(Bbr, DrainsUntilThePathHoldsWhatIsUnderWay) {
  ModelledPath path;
  path.hear_times(4, {.in_flight = 150'000});
  EXPECT_EQ(path.shown().state, "Drain");
  EXPECT_EQ(path.shown().rate, full_rate / 2);
  EXPECT_EQ(path.hear({.in_flight = 100'001}).state, "Drain");
  // Then it may cruise at once.
  EXPECT_EQ(path.hear({.in_flight = 100'000}).state, "ProbeBW_CRUISE");
}

TEST(Bbr, DrainsNoLongerThanThreeRoundTrips) {
  ModelledPath path;
  path.hear_times(4, {.in_flight = 150'000});
  path.hear_times(3, {.in_flight = 150'000});
  EXPECT_EQ(path.state(), "Drain");
  EXPECT_EQ(path.hear({.in_flight = 150'000, .ends_round = false}).state, "Drain");
  EXPECT_EQ(path.hear({.in_flight = 150'000}).state, "ProbeBW_DOWN");
}

// 4.3.1.3: a round trip of recovery with six lost segments, and more than a fiftieth.
TEST(Bbr, StartupEndsByLosses) {
  struct Case {
    std::uint32_t segments, lost;
    bool is_recovering, is_over;
  };
  for (const Case& each : {Case{6, 1001, true, true}, Case{5, 1001, true, false},
                           Case{6, 1000, true, false}, Case{6, 1001, false, false}}) {
    ModelledPath path;
    path.hear();
    for (std::uint32_t i = 0; i < each.segments; ++i) path.lose(999, 1, 50'000);
    path.hear({.in_flight = 150'000, .lost = each.lost, .is_recovering = each.is_recovering});
    EXPECT_EQ(path.state() == "Drain", each.is_over) << each.segments << ' ' << each.lost;
  }
}

// What the path holds, or what was delivered in the last round trip, bounds what follows.
TEST(Bbr, LossesOfTheStartupBoundWhatIsUnderWay) {
  for (const std::uint32_t bytes : {1000u, 150'000u}) {
    ModelledPath path;
    path.hear();
    for (int i = 0; i < 6; ++i) path.lose(1000, 1, 50'000);
    path.hear({.bytes = bytes, .in_flight = 200'000, .lost = 1001, .is_recovering = true});
    path.hear_times(4, {.in_flight = 200'000});
    ASSERT_EQ(path.state(), "ProbeBW_DOWN");
    path.congestion.cwnd = 500'000;
    EXPECT_EQ(path.hear({.in_flight = 200'000}).cwnd, std::max(bytes, 100'000u));
  }
}

TEST(Bbr, LossesCountInTheirRoundTripAlone) {
  ModelledPath path;
  path.hear();
  for (int i = 0; i < 5; ++i) path.lose(1000, 1, 50'000);
  path.hear({.lost = 1001, .is_recovering = true});
  path.lose(1001, 1, 50'000);  // two segments
  path.hear({.lost = 1001, .is_recovering = true});
  EXPECT_EQ(path.state(), "Startup");
}

TEST(Bbr, LossesOfTheStartupThatWereNoneReturnToIt) {  // 4.5.7
  ModelledPath path;
  path.hear();
  for (int i = 0; i < 6; ++i) path.lose(1000, 1, 50'000);
  path.hear({.in_flight = 150'000, .lost = 1001, .is_recovering = true});
  ASSERT_EQ(path.state(), "Drain");
  path.congestion.cwnd = 5'000;
  path.congestion.control().on_undo(path.congestion);
  EXPECT_EQ(path.state(), "Startup");
  EXPECT_EQ(path.congestion.cwnd, 11'000u);  // that of before
  // And it is full only when it is found full again.
  path.hear_times(3, {.in_flight = 150'000});
  EXPECT_EQ(path.state(), "Startup");
  path.hear({.in_flight = 150'000});
  EXPECT_EQ(path.state(), "Drain");
}

// ... and those of a probe begin another one, unless that has begun already.
TEST(Bbr, LossesOfAProbeThatWereNoneReturnToIt) {
  for (const bool is_up_again : {false, true}) {
    ModelledPath path;
    path.probe_up();
    path.lose(1000, 4001, 200'000);
    ASSERT_EQ(path.state(), "ProbeBW_DOWN");
    for (int i = 0; is_up_again && i < 100 && path.state() != "ProbeBW_UP"; ++i) path.hear();
    path.congestion.control().on_undo(path.congestion);
    EXPECT_EQ(path.state(), is_up_again ? "ProbeBW_UP" : "ProbeBW_REFILL");
  }
}

// RFC 4015 3.2: who takes a reduction back tells the model, too.
TEST(Bbr, AReductionThatIsTakenBackReturnsToTheStartup) {
  ModelledPath path;
  path.hear();
  path.congestion.remember();
  for (int i = 0; i < 6; ++i) path.lose(1000, 1, 50'000);
  path.hear({.in_flight = 150'000, .lost = 1001, .is_recovering = true});
  ASSERT_EQ(path.state(), "Drain");
  path.congestion.undo();
  EXPECT_EQ(path.state(), "Startup");
}

// ---- The cycle (4.3.3) --------------------------------------------------------------------------

TEST(Bbr, EachStateHasItsRateAndItsWindow) {
  ModelledPath path;
  path.fill();
  const auto settled = [&](const AckHeard& heard = {}) {
    path.congestion.cwnd = 500'000;
    return path.hear(heard);
  };
  path.congestion.cwnd = 500'000;
  // Twice what the path holds, and the most that one ACK brought more than was expected.
  EXPECT_EQ(path.shown().rate, full_rate * 9 / 10);
  EXPECT_EQ(settled(), (Shown{"ProbeBW_CRUISE", full_rate, 201'000}));
  for (int i = 0; i < 31 && path.state() == "ProbeBW_CRUISE"; ++i) path.hear();
  EXPECT_EQ(path.shown().rate, full_rate);
  EXPECT_EQ(path.state(), "ProbeBW_REFILL");
  // 2.25 times that, and two segments.
  EXPECT_EQ(settled(), (Shown{"ProbeBW_UP", full_rate * 5 / 4, 228'000}));
}

TEST(Bbr, CruisesWhenNoMoreIsUnderWayThanThePathHolds) {
  ModelledPath path;
  path.fill();
  EXPECT_EQ(path.hear({.in_flight = 100'001}).state, "ProbeBW_DOWN");
  EXPECT_EQ(path.hear({.in_flight = 100'000}).state, "ProbeBW_CRUISE");
}

// 4.3.3.5: two to three seconds, or as many round trips as Reno would need, 63 at most.
TEST(Bbr, ProbesAfterTwoOrThreeSeconds) {
  ModelledPath path;
  path.cruise();
  int rounds = 0;
  while (path.state() == "ProbeBW_CRUISE" && rounds < 100) {
    path.hear({.rtt = 99ms});
    ++rounds;
  }
  EXPECT_GE(rounds, 19);  // one had passed before it cruised
  EXPECT_LE(rounds, 30);
}

TEST(Bbr, ProbesAsOftenAsRenoWouldLose) {
  const auto rounds_at = [](std::uint64_t rate, Duration after) {
    ModelledPath path;
    const AckHeard heard{.rate = rate, .in_flight = 0, .after = after, .rtt = 100ms};
    for (int i = 0; i < 100 && path.state() != "ProbeBW_DOWN"; ++i) path.hear(heard);
    int rounds = 0;
    for (; rounds < 100 && path.state() != "ProbeBW_REFILL"; ++rounds) path.hear(heard);
    return rounds;
  };
  const int few = rounds_at(100'000, 10ms);  // ten segments fill it
  EXPECT_GE(few, 9);
  EXPECT_LE(few, 10);
  const int most = rounds_at(2'000'000, 10ms);
  EXPECT_GE(most, 62);
  EXPECT_LE(most, 63);
}

TEST(Bbr, RefillsForOneRoundTrip) {
  ModelledPath path;
  path.refill();
  EXPECT_EQ(path.hear({.ends_round = false}).state, "ProbeBW_REFILL");
  EXPECT_EQ(path.hear().state, "ProbeBW_UP");
}

// A state that begins inside a round trip lasts until what is sent from then on arrives.
TEST(Bbr, ARefillBeginsARoundTrip) {
  ModelledPath path;
  path.cruise();
  EXPECT_EQ(path.hear({.after = 4s, .ends_round = false}).state, "ProbeBW_REFILL");
  EXPECT_EQ(path.hear({.ends_round = false}).state, "ProbeBW_REFILL");
  EXPECT_EQ(path.hear().state, "ProbeBW_UP");
}

TEST(Bbr, ProbesUpAsLongAsThereIsMore) {
  ModelledPath path;
  path.probe_up();
  EXPECT_EQ(path.hear({.rate = 1'250'000}).state, "ProbeBW_UP");
  EXPECT_EQ(path.shown().rate, 1'546'875u);
  path.hear_times(2, {.rate = 1'250'000});
  EXPECT_EQ(path.state(), "ProbeBW_UP");
  EXPECT_EQ(path.hear({.rate = 1'250'000}).state, "ProbeBW_DOWN");
  EXPECT_EQ(path.shown().rate, 1'113'750u);
}

// The bandwidth is the most of this cycle and of the last one (4.5.2).
TEST(Bbr, ForgetsABandwidthAfterTwoCycles) {
  ModelledPath path;
  path.probe_up();
  std::vector<std::uint64_t> rates;
  for (int i = 0; i < 100 && rates.size() < 2; ++i) {
    const bool was_down = path.state() == "ProbeBW_DOWN";
    path.hear({.rate = 500'000, .in_flight = 40'000});
    if (!was_down && path.state() == "ProbeBW_DOWN") rates.push_back(path.shown().rate);
  }
  EXPECT_EQ(rates, (std::vector<std::uint64_t>{full_rate * 9 / 10, full_rate / 2 * 9 / 10}));
}

// 4.5.2: where the application has limited all of a cycle nothing is known anew, and what was found
// before it stands, as long as that lasts.
TEST(Bbr, ACycleWithoutASampleForgetsNothing) {
  const AckHeard limited{.rate = 900'000, .in_flight = 40'000, .is_limited = true};
  ModelledPath path;
  path.refill(limited);
  for (int i = 0; i < 3; ++i) {
    path.hear(limited);
    ASSERT_EQ(path.state(), "ProbeBW_UP");
    path.lose(1000, 4001, 200'000);
    ASSERT_EQ(path.state(), "ProbeBW_DOWN");
    EXPECT_EQ(path.hear({.rate = 0}).rate, full_rate) << "the cycle is over";
    for (int rounds = 0; rounds < 100 && path.state() != "ProbeBW_REFILL"; ++rounds) {
      path.hear(limited);
    }
    ASSERT_EQ(path.state(), "ProbeBW_REFILL");
  }
}

TEST(Bbr, SamplesThatTheApplicationLimitsCountOnlyWhenTheyAreMore) {
  ModelledPath path;
  path.hear({.rate = 1'000'000});
  path.hear({.rate = 900'000, .is_limited = true});
  EXPECT_EQ(path.shown().rate, 2'742'300u);
  path.hear({.rate = 1'100'000, .is_limited = true});
  EXPECT_EQ(path.shown().rate, 3'016'530u);
}

// ---- Losses (4.5.6) -----------------------------------------------------------------------------

// InflightAtLoss(): where the losses passed a fiftieth; but not below 0.7 of the aim.
TEST(Bbr, TooManyLossesEndTheProbe) {
  ModelledPath path;
  path.probe_up();
  EXPECT_EQ(path.lose(1000, 4000, 200'000).state, "ProbeBW_UP");  // just a fiftieth
  EXPECT_EQ(path.lose(1000, 4001, 200'000).state, "ProbeBW_DOWN");
  // 199,000 and (199,000 * 2 - 3,001 * 100) / 98; the rest of the cycle stays below it.
  path.congestion.cwnd = 500'000;
  EXPECT_EQ(path.hear({.in_flight = 120'000}).cwnd, 199'998u);
}

// A probe is judged once: what is lost of it later bounds nothing more.
TEST(Bbr, AProbeThatHasEndedIsJudgedNoMore) {
  ModelledPath judged, spared;
  for (ModelledPath* path : {&judged, &spared}) {
    path->probe_up();
    ASSERT_EQ(path->lose(1000, 30'000, 200'000).state, "ProbeBW_DOWN");
  }
  judged.lose(1000, 30'000, 40'000);
  spared.lose(1000, 0, 40'000);
  EXPECT_EQ(judged.told(), spared.told());
}

TEST(Bbr, TheBoundIsNotBelowSevenTenthsOfTheAim) {
  ModelledPath path;
  path.probe_up();
  path.congestion.cwnd = 500'000;
  path.lose(1000, 30'000, 40'000);
  EXPECT_EQ(path.hear({.in_flight = 120'000, .lost = 1000, .tx_in_flight = 1000}).cwnd, 70'000u);
}

TEST(Bbr, LossesOfWhatTheApplicationLimitsBoundNothing) {
  ModelledPath path;
  path.probe_up();
  EXPECT_EQ(path.lose(1000, 30'000, 200'000, true).state, "ProbeBW_DOWN");
  path.congestion.cwnd = 500'000;
  EXPECT_GT(path.hear({.in_flight = 120'000}).cwnd, 200'000u);
}

TEST(Bbr, AProbeThatWasEndedInVainBeginsAgain) {  // 4.5.7
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 200'000);
  ASSERT_EQ(path.state(), "ProbeBW_DOWN");
  path.congestion.control().on_undo(path.congestion);
  EXPECT_EQ(path.state(), "ProbeBW_REFILL");
  EXPECT_EQ(path.hear().state, "ProbeBW_UP");
  // Nor is the bound left that the losses had set.
  path.congestion.cwnd = 500'000;
  EXPECT_GT(path.hear().cwnd, 200'000u);
  path.hear_times(2);
  ASSERT_EQ(path.state(), "ProbeBW_DOWN");
  path.congestion.control().on_undo(path.congestion);  // once
  EXPECT_EQ(path.state(), "ProbeBW_DOWN");
}

TEST(Bbr, NothingEndsAProbeForTheRoundTripEarly) {
  for (const bool was_probing : {true, false}) {
    ModelledPath path;
    if (was_probing) {
      path.probe_up();
      path.lose(1000, 30'000, 200'000);
    } else {
      path.hear();
      for (int i = 0; i < 6; ++i) path.lose(1000, 1, 50'000);
      path.hear({.in_flight = 150'000, .lost = 1001, .is_recovering = true});
      ASSERT_EQ(path.state(), "Drain");
    }
    path.hear({.in_flight = 150'000, .after = 6s});
    ASSERT_EQ(path.state(), "ProbeRTT");
    const std::uint64_t before = path.told();
    path.congestion.control().on_undo(path.congestion);
    EXPECT_EQ(path.state(), "ProbeRTT");
    EXPECT_NE(path.told(), before);
  }
}

TEST(Bbr, ALaterLossIsNotThatOfTheProbe) {
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 200'000);
  path.lose(1000, 1, 200'000);
  path.congestion.control().on_undo(path.congestion);
  EXPECT_EQ(path.state(), "ProbeBW_DOWN");
}

// That it may return to the probe is all that tells one from the other.
TEST(Bbr, WhatMayBeReturnedToTellsStatesApart) {
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 200'000, true);
  const std::uint64_t may_return = path.told();
  path.congestion.control().on_loss(path.congestion, path.event());
  EXPECT_NE(path.told(), may_return);
  path.congestion.control().on_undo(path.congestion);
  EXPECT_EQ(path.state(), "ProbeBW_DOWN");
}

TEST(Bbr, AMarkThatIsUndoneLowersNothing) {
  ModelledPath path;
  path.cruise();
  path.hear({.rate = 100'000});
  path.congestion.control().on_congestion_experienced(path.congestion, path.event());
  path.congestion.control().on_undo(path.congestion);
  EXPECT_EQ(path.hear({.rate = 100'000}).rate, full_rate);
}

// AdaptLowerBoundsFromCongestion(): 0.7 of what was, but no less than is delivered.
TEST(Bbr, LossesWhileItCruisesLowerTheShortTermBounds) {
  ModelledPath path;
  path.cruise();
  path.hear({.rate = 100'000});
  path.congestion.cwnd = 200'000;
  path.lose(1000, 1000, 200'000);
  const Shown once = path.hear({.rate = 100'000});
  EXPECT_EQ(once.rate, 700'000u * 99 / 100);
  EXPECT_EQ(once.cwnd, 140'000u);
  path.hear({.rate = 100'000});  // a round trip without loss
  EXPECT_EQ(path.shown().rate, 700'000u * 99 / 100);
  path.lose(1000, 1000, 200'000);
  const Shown twice = path.hear({.rate = 600'000});
  EXPECT_EQ(twice.rate, 599'940u);  // what is delivered and the margin, rounded down
  EXPECT_EQ(twice.cwnd, 98'000u);
  // Undone: all as before.
  path.congestion.control().on_undo(path.congestion);
  path.congestion.cwnd = 200'000;
  EXPECT_EQ(path.hear().cwnd, 140'000u);
}

TEST(Bbr, AMarkIsALossOfTheRoundTrip) {
  ModelledPath path;
  path.cruise();
  path.hear({.rate = 100'000});
  path.congestion.cwnd = 200'000;
  path.congestion.control().on_congestion_experienced(path.congestion, path.event());
  const Shown shown = path.hear({.rate = 100'000});
  EXPECT_EQ(shown.rate, 693'000u);
  EXPECT_EQ(shown.cwnd, 140'000u);
}

TEST(Bbr, AProbeForgetsTheShortTermBounds) {
  ModelledPath path;
  path.cruise();
  path.hear({.rate = 100'000});
  path.lose(1000, 1000, 200'000);
  path.hear({.rate = 100'000});
  EXPECT_LT(path.shown().rate, full_rate);
  for (int i = 0; i < 31 && path.state() == "ProbeBW_CRUISE"; ++i) path.hear({.rate = 100'000});
  EXPECT_EQ(path.shown().state, "ProbeBW_REFILL");
  EXPECT_EQ(path.shown().rate, full_rate);
}

TEST(Bbr, TheWindowOfBeforeComesBackAfterRecovery) {
  ModelledPath path;
  path.cruise();
  path.congestion.cwnd = 150'000;
  path.congestion.control().on_loss(path.congestion, path.event());
  path.congestion.cwnd = 20'000;
  path.congestion.control().on_recovery_over(path.congestion);
  EXPECT_EQ(path.congestion.cwnd, 150'000u);
  path.congestion.cwnd = 160'000;
  path.congestion.control().on_recovery_over(path.congestion);
  EXPECT_EQ(path.congestion.cwnd, 160'000u);
}

// While it recovers or probes for the round trip the window says nothing: the larger one stays.
TEST(Bbr, AWindowOfRecoveryIsNotRemembered) {
  for (const bool is_recovering : {true, false}) {
    ModelledPath path;
    path.cruise();
    path.congestion.cwnd = 150'000;
    path.congestion.control().on_loss(path.congestion, path.event());
    path.hear({.is_recovering = is_recovering});
    path.congestion.cwnd = 20'000;
    path.congestion.control().on_loss(path.congestion, path.event());
    path.congestion.cwnd = 10'000;
    path.congestion.control().on_recovery_over(path.congestion);
    EXPECT_EQ(path.congestion.cwnd, is_recovering ? 150'000u : 20'000u);
  }
  ModelledPath path;
  path.cruise();
  path.congestion.cwnd = 150'000;
  path.hear({.after = 6s});
  ASSERT_EQ(path.state(), "ProbeRTT");
  path.congestion.control().on_loss(path.congestion, path.event());
  path.congestion.control().on_recovery_over(path.congestion);
  EXPECT_EQ(path.congestion.cwnd, 150'000u);
}

// ---- The long term (4.3.3.6) --------------------------------------------------------------------

// With a bound known, cruising leaves 15 % of it to others.
TEST(Bbr, CruisingLeavesHeadroom) {
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 100'000);  // 99,000 and nothing
  EXPECT_EQ(path.hear({.in_flight = 84'151}).state, "ProbeBW_DOWN");
  path.congestion.cwnd = 500'000;
  EXPECT_EQ(path.hear({.in_flight = 84'150}), (Shown{"ProbeBW_CRUISE", full_rate, 84'150}));
}

TEST(Bbr, TheBoundRisesWithWhatWasUnderWayWithoutLoss) {
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 100'000);
  path.congestion.cwnd = 500'000;
  path.hear({.in_flight = 120'000, .tx_in_flight = 110'000});
  EXPECT_EQ(path.congestion.cwnd, 110'000u);
  path.congestion.cwnd = 500'000;
  path.hear({.in_flight = 120'000, .lost = 2401, .tx_in_flight = 120'000});  // too many losses
  EXPECT_EQ(path.congestion.cwnd, 110'000u);
}

// After a probe that lost the next one stops at the bound; if nothing is lost then either, it goes
// on from there: by a segment per window, then two, and so on.
TEST(Bbr, TheBoundRisesFasterRoundByRound) {
  ModelledPath path;
  path.probe_up();
  path.lose(1000, 30'000, 100'000);
  for (int i = 1; i < 80 && path.state() != "ProbeBW_UP"; ++i) {
    path.congestion.cwnd = 99'000;
    // Ever lower: the round trip needs no probe.
    path.hear({.in_flight = 80'000, .tx_in_flight = 80'000, .rtt = 100ms - i * 1us});
  }
  ASSERT_EQ(path.state(), "ProbeBW_UP");
  EXPECT_EQ(path.hear({.in_flight = 98'999}).state, "ProbeBW_UP");
  EXPECT_EQ(path.hear({.in_flight = 99'000}).state, "ProbeBW_DOWN");
  EXPECT_EQ(path.hear({.in_flight = 99'000}).state, "ProbeBW_REFILL");
  EXPECT_EQ(path.hear({.in_flight = 99'000}).state, "ProbeBW_UP");
  std::vector<std::uint32_t> bounds;
  for (int i = 0; i < 6; ++i) {
    path.congestion.cwnd = 200'000;  // it is the window that limits
    bounds.push_back(
        path.hear({.bytes = 50'000, .in_flight = 200'000, .tx_in_flight = 80'000}).cwnd);
  }
  // 50,000 more each: of a window of 99,000 first, then of 100,000, of 50,000, of 25,000 ...
  EXPECT_EQ(bounds,
            (std::vector<std::uint32_t>{99'000, 100'000, 101'000, 103'000, 107'000, 115'000}));
  EXPECT_EQ(path.state(), "ProbeBW_UP");
  // Without need of the window nothing rises, and the third round trip ends the probe.
  std::vector<std::string> states;
  for (int i = 0; i < 4; ++i) {
    path.congestion.cwnd = 200'000;
    states.push_back(
        path.hear({.bytes = 50'000, .in_flight = 20'000, .tx_in_flight = 80'000}).state);
  }
  EXPECT_EQ(states, (std::vector<std::string>{"ProbeBW_UP", "ProbeBW_UP", "ProbeBW_DOWN",
                                              "ProbeBW_CRUISE"}));
}

// ---- The probe for the round trip (4.3.4) -------------------------------------------------------

TEST(Bbr, ProbesForTheRoundTripAfterFiveSecondsWithoutALowerOne) {
  ModelledPath path;
  path.hear();
  path.hear({.after = 5s, .rtt = 101ms});
  EXPECT_EQ(path.state(), "Startup");
  path.hear({.after = 1ns, .rtt = std::nullopt});
  EXPECT_EQ(path.state(), "ProbeRTT");
  EXPECT_TRUE(path.congestion.control().is_holding_back(path.congestion));
}

TEST(Bbr, AProbeForTheRoundTripTakes200MillisecondsAndARound) {
  ModelledPath path;
  path.cruise();
  path.congestion.cwnd = 150'000;
  // Half of what the path holds.
  EXPECT_EQ(path.hear({.in_flight = 50'001, .after = 6s}), (Shown{"ProbeRTT", full_rate, 50'000}));
  path.hear({.in_flight = 50'001, .after = 1s});  // not yet so little
  path.hear({.in_flight = 50'000, .after = 1ms});
  path.hear({.in_flight = 50'000, .after = 200ms});
  EXPECT_EQ(path.state(), "ProbeRTT");
  EXPECT_EQ(path.congestion.cwnd, 50'000u);
  EXPECT_EQ(path.hear({.in_flight = 50'000, .after = 1ns}).state, "ProbeBW_CRUISE");
  EXPECT_EQ(path.congestion.cwnd, 151'000u);
}

TEST(Bbr, AProbeForTheRoundTripWaitsForTheRound) {
  ModelledPath path;
  path.cruise();
  for (int i = 0; i < 2; ++i) {  // each one anew
    SCOPED_TRACE(i);
    EXPECT_EQ(path.hear({.after = 6s, .ends_round = false}).state, "ProbeRTT");
    EXPECT_EQ(path.hear({.after = 300ms, .ends_round = false}).state, "ProbeRTT");
    EXPECT_EQ(path.hear({.after = 1ms, .rtt = std::nullopt}).state, "ProbeBW_CRUISE");
    // The next one is due five seconds after this one, not after it had begun.
    EXPECT_EQ(path.hear({.after = 4800ms, .rtt = std::nullopt}).state, "ProbeBW_REFILL");
  }
}

TEST(Bbr, AProbeForTheRoundTripForgetsTheShortTermBounds) {
  ModelledPath path;
  path.cruise();
  path.hear({.rate = 100'000});
  path.lose(1000, 1000, 200'000);
  EXPECT_EQ(path.hear({.rate = 100'000}).rate, 693'000u);
  path.hear({.rate = 100'000, .in_flight = 0, .after = 6s});
  path.hear({.rate = 100'000, .in_flight = 0, .after = 201ms});
  EXPECT_EQ(path.shown().state, "ProbeBW_CRUISE");
  EXPECT_EQ(path.shown().rate, full_rate);
}

TEST(Bbr, AProbeForTheRoundTripOfTheStartupReturnsToIt) {
  ModelledPath path;
  path.hear();
  path.hear({.rate = 2'000'000, .in_flight = 200'000, .after = 6s});
  ASSERT_EQ(path.state(), "ProbeRTT");
  path.hear({.rate = 4'000'000, .in_flight = 0, .after = 1ms});
  path.hear({.rate = 8'000'000, .in_flight = 0, .after = 201ms});
  EXPECT_EQ(path.state(), "Startup");
}

// The lowest round trip is believed for ten seconds; a lower one counts at once.
TEST(Bbr, TheLowestRoundTripRulesTheWindow) {
  ModelledPath path;
  path.cruise();
  const auto window = [&](const AckHeard& heard) {
    path.congestion.cwnd = 900'000;
    return path.hear(heard).cwnd;
  };
  EXPECT_EQ(window({.rtt = 120ms}), 201'000u);
  EXPECT_EQ(window({.rtt = 80ms}), 161'000u);
  EXPECT_EQ(window({.rtt = std::nullopt}), 161'000u);
}

TEST(Bbr, ALongerRoundTripIsBelievedAfterTenSeconds) {
  ModelledPath path;
  path.cruise();
  const auto window = [&](const AckHeard& heard) {
    path.congestion.cwnd = 900'000;
    return path.hear(heard).cwnd;
  };
  EXPECT_EQ(window({.in_flight = 0, .after = 6s, .rtt = 120ms}), 50'000u);  // ProbeRTT
  path.hear({.in_flight = 0, .after = 201ms, .rtt = 120ms});
  EXPECT_EQ(window({.rtt = 120ms}), 201'000u);
  window({.in_flight = 0, .after = 5s, .rtt = 120ms});
  path.hear({.in_flight = 0, .after = 201ms, .rtt = 120ms});
  EXPECT_EQ(window({.rtt = 120ms}), 241'000u);
}

// ---- Aggregation, idle times --------------------------------------------------------------------

TEST(Bbr, WhatOneAckBringsMoreThanExpectedWidensTheWindow) {  // 4.5.5
  ModelledPath path;
  path.cruise();
  path.congestion.cwnd = 900'000;
  EXPECT_EQ(path.hear({.bytes = 30'000}).cwnd, 230'000u);
  path.hear_times(4);
  path.congestion.cwnd = 900'000;
  EXPECT_EQ(path.hear().cwnd, 230'000u);
  path.hear_times(10);
  path.congestion.cwnd = 900'000;
  EXPECT_EQ(path.hear().cwnd, 201'000u);
}

TEST(Bbr, AfterIdleTimesItGoesOnAtTheRateOfThePath) {  // 4.4.3
  ModelledPath path;
  path.fill();
  ASSERT_EQ(path.shown().rate, full_rate * 9 / 10);
  path.congestion.control().on_restart(path.congestion, path.now);
  EXPECT_EQ(path.shown().rate, full_rate);
  // Nor is the round trip probed for: nothing was under way.
  path.hear({.after = 6s});
  EXPECT_NE(path.state(), "ProbeRTT");
  path.hear({.after = 6s});
  EXPECT_EQ(path.state(), "ProbeRTT");
}

TEST(Bbr, AnIdleTimeEndsAProbeForTheRoundTrip) {
  ModelledPath path;
  path.cruise();
  path.hear({.in_flight = 60'000, .after = 6s});
  path.congestion.control().on_restart(path.congestion, path.now + 1h);
  EXPECT_EQ(path.state(), "ProbeRTT") << "it had not begun to count";
  path.hear({.in_flight = 0, .after = 1ms});
  path.congestion.control().on_restart(path.congestion, path.now + 200ms);
  EXPECT_EQ(path.state(), "ProbeRTT");
  path.congestion.control().on_restart(path.congestion, path.now + 201ms);
  EXPECT_EQ(path.state(), "ProbeBW_CRUISE");
}

TEST(Bbr, NoWindowIsBelowFourSegments) {
  ModelledPath path;
  path.cruise();
  path.congestion.cwnd = 1;
  EXPECT_EQ(path.hear({.bytes = 1}).cwnd, 4000u);
}

// QuantizationBudget(): three bursts, which are a millisecond's worth or two segments.
TEST(Bbr, NoWindowIsBelowThreeBursts) {
  const auto window_at = [](std::uint64_t rate, Duration rtt) {
    ModelledPath path;
    for (int i = 0; i < 12 && path.state() != "ProbeBW_CRUISE"; ++i) {
      path.hear({.rate = rate, .in_flight = 0, .rtt = rtt});
    }
    path.congestion.cwnd = 100'000;
    return path.hear({.rate = rate, .in_flight = 0, .rtt = rtt}).cwnd;
  };
  EXPECT_EQ(window_at(100'000, 10ms), 6'000u);
  EXPECT_EQ(window_at(10'000'000, 1ms), 29'700u);
}

// Two that differ in one thing only.
TEST(Bbr, EachFieldTellsStatesApart) {
  using Act = void (*)(ModelledPath&);
  struct Difference {
    Act one, other;
  };
  const Difference differences[] = {
      {[](ModelledPath& path) { path.hear(); },
       [](ModelledPath& path) { path.hear({.rate = 1'000'001}); }},
      {[](ModelledPath& path) { path.hear(); },
       [](ModelledPath& path) { path.hear({.after = 101ms}); }},
      {[](ModelledPath& path) { path.hear(); },
       [](ModelledPath& path) { path.hear({.rtt = 99ms}); }},
      {[](ModelledPath& path) { path.hear(); },
       [](ModelledPath& path) {
         path.hear();
         path.congestion.control().on_restart(path.congestion, path.now);
       }},
      {[](ModelledPath& path) {
         path.hear();
         path.congestion.control().on_loss(path.congestion, path.event());
       },
       [](ModelledPath& path) {
         path.hear();
         path.congestion.cwnd -= 1;
         path.congestion.control().on_loss(path.congestion, path.event());
         path.congestion.cwnd += 1;
       }},
      {[](ModelledPath& path) {
         for (const std::uint32_t bytes : {1000u, 2000u, 1000u}) path.hear({.bytes = bytes});
       },
       [](ModelledPath& path) {
         for (const std::uint32_t bytes : {2000u, 1000u, 1000u}) path.hear({.bytes = bytes});
       }},
  };
  for (const Difference& each : differences) {
    ModelledPath one, twin, other;
    each.one(one);
    each.one(twin);
    each.other(other);
    EXPECT_EQ(one.told(), twin.told());
    EXPECT_NE(one.told(), other.told()) << (&each - differences);
  }
}

TEST(Bbr, EachStepTellsStatesApart) {
  ModelledPath path;
  std::vector<std::uint64_t> told;
  const auto note = [&] { told.push_back(path.told()); };
  path.hear();
  note();
  path.hear_times(3, {.in_flight = 150'000});
  note();
  path.hear();
  note();
  path.hear();
  note();
  path.lose(1000, 1000, 200'000);
  note();
  path.congestion.control().on_restart(path.congestion, path.now);
  note();
  path.congestion.control().on_undo(path.congestion);
  note();
  for (std::size_t i = 0; i < told.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(told[i], told[j]) << i << ' ' << j;
  }
}

}  // namespace
}  // namespace acksu::tcp
