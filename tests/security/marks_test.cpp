// Receivers that lie about marks (RFC 9768): too many, too few, and nonsense.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

struct Liar : Lone {
  explicit Liar(CongestionAlgorithm congestion) : Lone({.sack = true}, settings_with(congestion)) {
    connect();
    hear_said();
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(2);
    hear(syn_ack);
    hear_said();
  }
  static Settings settings_with(CongestionAlgorithm congestion) {
    Settings settings;
    settings.ecn = EcnPolicy::ask_accurate;
    settings.congestion = congestion;
    return settings;
  }
  void acknowledge(std::int64_t ack, std::uint32_t ace, const AccEcnOption& option) {
    desk.now += 1ms;
    Segment said = segment("ACK", 0, ack);
    said.flags.set_ace(ace);
    said.options.acc_ecn = option;
    hear(said);
    hear_said();
  }
};

AccEcnOption any_option(Rng& rng) {
  const auto order = rng.below(2) == 0 ? AccEcnOption::Order::zero : AccEcnOption::Order::one;
  AccEcnOption option{order, static_cast<std::uint32_t>(rng.below(4))};
  for (std::uint32_t i = 0; i < option.size(); ++i) {
    option.set(i, static_cast<std::uint32_t>(rng.next()));
  }
  return option;
}

// SECURITY D2: whatever counts of marks a peer tells, the window never becomes larger than for one
// who tells of none, and never so small that nothing is sent.
TEST(Marks, LiesAboutMarksWinNothing) {
  for (std::size_t i = 0; i < congestion_algorithm_count; ++i) {
    const auto algorithm = static_cast<CongestionAlgorithm>(i);
    const auto largest_with = [&](bool is_lying) {
      Liar end{algorithm};
      Rng rng{i + 1};
      std::uint32_t largest = 0;
      std::int64_t acked = 0;
      for (int round = 0; round < 300; ++round) {
        end.write(20'000);
        end.hear_said();
        const Info info = end.info();
        acked += std::min<std::int64_t>(bytes_between(info.snd.una, info.snd.nxt), 2000);
        const auto ace = static_cast<std::uint32_t>(is_lying ? rng.below(8) : 5);
        end.acknowledge(acked, ace, is_lying ? any_option(rng) : AccEcnOption{});
        largest = std::max(largest, end.info().snd.cwnd);
        EXPECT_GE(end.info().snd.cwnd, 1000u);
        if (::testing::Test::HasFailure()) break;
      }
      return largest;
    };
    EXPECT_LE(largest_with(true), largest_with(false)) << name(algorithm);
  }
}

// SECURITY D2: a peer that hides marks gains what it would gain without ECN; one that tells of
// marks that were not, in each ACK, slows itself alone, and once in a round trip.
TEST(Marks, MarksThatWereNotSlowTheLiarOnceARoundTrip) {
  Liar end{CongestionAlgorithm::new_reno};
  end.write(20'000);
  end.hear_said();
  std::uint32_t ace = 5;
  for (std::int64_t acked = 1000; acked <= 10'000; acked += 1000) {
    AccEcnOption option{AccEcnOption::Order::zero, 2};
    option.set(0, 1);
    option.set(1, 0xff'ffff);
    end.acknowledge(acked, ace += 7, option);
  }
  EXPECT_LE(end.desk.counters.mark_reductions, 2u);
  EXPECT_GE(end.info().snd.cwnd, 2000u);
}

}  // namespace
}  // namespace acksu::tcp
