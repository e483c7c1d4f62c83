// RACK's window for reordering, rule by rule (RFC 8985 6.2).
#include "tcp/rack.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

constexpr Instant start{1h};
constexpr Duration rtt = 100ms;
constexpr RackView quiet{.srtt = rtt};

// Segments of 1000 bytes that were sent 1 ms apart; each arrives a round trip later.
struct Path {
  Rack rack;

  Instant sent_at(int i) const { return start + i * 1ms; }
  void arrives(int i, bool was_sent_again = false, Duration after = rtt) {
    Delivery delivery;
    delivery.add({sent_at(i), Seq{static_cast<std::uint32_t>(i + 1) * 1000}}, 1000, was_sent_again,
                 false);
    rack.on_delivery(delivery, sent_at(i) + after, false);
  }
};

TEST(Rack, KnowsNothingBeforeTheFirstArrival) { EXPECT_FALSE(Rack{}.has_latest()); }

TEST(Rack, GivesAQuarterOfTheShortestRoundTripToReordering) {  // RFC 8985 6.2 (1), (4)
  Path path;
  path.arrives(0);
  EXPECT_EQ(path.rack.patience(quiet), rtt + rtt / 4);
  path.arrives(1, false, 60ms);
  EXPECT_EQ(path.rack.min_rtt(), 60ms);
  EXPECT_EQ(path.rack.patience(quiet), 60ms + 15ms);
}

// RFC 8985 6.2 (4): as the third duplicate did.
TEST(Rack, WaitsForNothingOnceThreeHaveArrived) {
  Path path;
  path.arrives(0);
  EXPECT_EQ(path.rack.patience({.sacked_pieces = 2, .srtt = rtt}), rtt + rtt / 4);
  EXPECT_EQ(path.rack.patience({.sacked_pieces = 3, .srtt = rtt}), rtt);
  EXPECT_EQ(path.rack.patience({.is_recovering = true, .srtt = rtt}), rtt);
}

TEST(Rack, WaitsOnAPathThatReorders) {  // RFC 8985 6.2 (3)
  Path path;
  path.arrives(0);
  path.arrives(2);
  EXPECT_FALSE(path.rack.has_seen_reordering());
  EXPECT_EQ(path.rack.reordering_bytes(), 0u);
  path.arrives(1);
  EXPECT_TRUE(path.rack.has_seen_reordering());
  EXPECT_EQ(path.rack.reordering_bytes(), 1000u);
  EXPECT_EQ(path.rack.reorderings(), 1u);
  EXPECT_EQ(path.rack.patience({.sacked_pieces = 3, .srtt = rtt}), rtt + rtt / 4);
}

TEST(Rack, TakesNoRetransmissionForReordering) {
  Path path;
  path.arrives(0);
  path.arrives(2);
  path.arrives(1, true);
  EXPECT_FALSE(path.rack.has_seen_reordering());
}

TEST(Rack, WaitsLongerWhenTextArrivesTwice) {  // RFC 8985 6.2 (4): once a round trip
  Path path;
  path.arrives(0);
  path.rack.on_duplicate_report(Seq{5000});
  EXPECT_EQ(path.rack.patience(quiet), rtt + 2 * (rtt / 4));
  path.rack.on_progress(Seq{4000});
  path.rack.on_duplicate_report(Seq{6000});
  EXPECT_EQ(path.rack.patience(quiet), rtt + 2 * (rtt / 4)) << "the same round";
  path.rack.on_progress(Seq{5000});
  path.rack.on_duplicate_report(Seq{9000});
  EXPECT_EQ(path.rack.patience(quiet), rtt + 3 * (rtt / 4));
}

TEST(Rack, NeverWaitsForMoreThanARoundTrip) {  // RFC 8985 6.2 (4)
  Path path;
  path.arrives(0);
  for (std::uint32_t round = 1; round < 20; ++round) {
    path.rack.on_duplicate_report(Seq{round * 1000});
    path.rack.on_progress(Seq{round * 1000});
  }
  EXPECT_EQ(path.rack.patience(quiet), rtt + rtt);
}

TEST(Rack, ForgetsALargerWindowAfterSixteenRecoveries) {  // RFC 8985 6.2 (4)
  Path path;
  path.arrives(0);
  path.rack.on_duplicate_report(Seq{5000});
  for (int i = 0; i < 15; ++i) path.rack.on_recovery_over();
  EXPECT_EQ(path.rack.patience(quiet), rtt + 2 * (rtt / 4));
  path.rack.on_recovery_over();
  EXPECT_EQ(path.rack.patience(quiet), rtt + rtt / 4);
}

TEST(Rack, DoubtsARetransmissionThatIsAnsweredTooSoon) {  // RFC 8985 6.2 (2)
  Path path;
  path.arrives(0);
  path.arrives(5, true, 99ms);
  EXPECT_EQ(path.rack.latest().end, Seq{1000});
  path.arrives(6, true, 100ms);
  EXPECT_EQ(path.rack.latest().end, Seq{7000});
}

TEST(Rack, BelievesAnAnswerThatIsAsSoonAsTheHandshake) {  // of a probe smaller than all before
  Path path;
  path.rack.take_handshake(98ms, start);
  path.arrives(0);
  path.arrives(5, true, 99ms);
  EXPECT_EQ(path.rack.latest().end, Seq{6000});
}

TEST(Rack, DoubtsARetransmissionWhoseTimeStampIsNotEchoed) {  // RFC 8985 6.2 (2)
  Path path;
  path.arrives(0);
  Delivery delivery;
  delivery.add({path.sent_at(5), Seq{6000}}, 1000, true, false);
  path.rack.on_delivery(delivery, path.sent_at(5) + 200ms, true);
  EXPECT_EQ(path.rack.latest().end, Seq{1000});
}

TEST(Rack, ForgetsAShortRoundTripAfterSomeMinutes) {  // RFC 8985 6.2 (1)
  Path path;
  path.arrives(0, false, 10ms);
  Delivery late;
  late.add({start + 6min, Seq{9000}}, 1000, false, false);
  path.rack.on_delivery(late, start + 6min + rtt, false);
  EXPECT_EQ(path.rack.min_rtt(), 10ms);
  Delivery later;
  later.add({start + 12min, Seq{9999}}, 1000, false, false);
  path.rack.on_delivery(later, start + 12min + rtt, false);
  EXPECT_EQ(path.rack.min_rtt(), rtt);
}

}  // namespace
}  // namespace acksu::tcp
