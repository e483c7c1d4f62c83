// That the digests of records tell all their states apart, to the first and the last bit of each
// field: what explores states (sim/explorer) would take two for one, and leave out what follows.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/digest.h"
#include "tcp/accurate_ecn.h"
#include "tcp/congestion.h"
#include "tcp/connection.h"
#include "tcp/desk_test.h"
#include "tcp/ecn.h"
#include "tcp/flight.h"
#include "tcp/half_open.h"
#include "tcp/held_back.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
namespace {

// Where a field that is packed beside another one would meet it.
constexpr std::array<std::uint32_t, 4> edge_words{0, 1, 0x8000'0000, 0x8000'0001};
constexpr std::array<std::uint16_t, 4> edge_halves{0, 1, 0x8000, 0x8001};

class Apart {
 public:
  template <class Record>
  void add(const Record& record) {
    Digest digest;
    record.digest(digest);
    ++count_;
    told_.insert(digest.value());
  }
  // How many looked like another one.
  std::size_t alike() const { return count_ - told_.size(); }

 private:
  std::size_t count_ = 0;
  std::set<std::uint64_t> told_;
};

TEST(Digests, OfCountsOfMarks) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      apart.add(MarkCounts{.cep = a, .ceb = b, .e0b = 7, .e1b = 7});
      if (a != 7) apart.add(MarkCounts{.cep = 7, .ceb = 7, .e0b = a, .e1b = b});
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// RFC 9768: what is trusted of path and peer, each of seven.
TEST(Digests, OfTrust) {
  std::set<std::uint8_t> told;
  for (unsigned bits = 0; bits < 128; ++bits) {
    MarkTrust trust;
    trust.is_accurate = (bits & 1) != 0;
    trust.may_mark = (bits & 2) != 0;
    trust.is_mute = (bits & 4) != 0;
    trust.has_bad_option = (bits & 8) != 0;
    trust.was_syn_ack_marked = (bits & 16) != 0;
    trust.is_begun = (bits & 32) != 0;
    trust.is_read = (bits & 64) != 0;
    told.insert(trust.bits());
  }
  EXPECT_EQ(told.size(), 128u);
}

TEST(Digests, OfAWindow) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      Congestion window;
      window.cwnd = a;
      window.ssthresh = b;
      apart.add(window);
    }
    for (std::size_t i = 0; i < congestion_algorithm_count; ++i) {
      Congestion acked;
      acked.cwnd = 5;
      acked.acked = a;
      acked.algorithm = static_cast<CongestionAlgorithm>(i);
      apart.add(acked);
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfWhatIsHeldBack) {
  Apart apart;
  for (const std::uint32_t start : edge_words) {
    for (const std::uint32_t bytes : edge_words) {
      for (const std::uint32_t left : {0u, 3u}) {
        HeldBack held;
        held.hold(Seq{start}, bytes);
        held.count_from(left);
        apart.add(held);
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfAFlight) {
  Apart apart;
  for (const std::uint32_t until : edge_words) {
    for (const Frto frto : {Frto::off, Frto::repeated, Frto::probing}) {
      for (unsigned bits = 0; bits < 4; ++bits) {
        Flight flight;
        flight.reduced_until = Seq{until};
        flight.frto = frto;
        flight.is_tail_probe_owed = (bits & 1) != 0;
        flight.is_reduced_for_marks = (bits & 2) != 0;
        apart.add(flight);
      }
    }
  }
  const Instant at = Instant{} + 1h;
  Flight due, looking, marked, undoable;
  due.rto_at = at;
  apart.add(due);
  looking.look_at = at;
  apart.add(looking);
  marked.marks.make(MarkTrust{});
  apart.add(marked);
  undoable.undo.begin(Seq{5});
  apart.add(undoable);
  Flight held;
  held.held_back.hold(Seq{5}, 5);
  apart.add(held);
  Flight paced;
  paced.pacer.set_rate(1000, 1000);
  apart.add(paced);
  EXPECT_EQ(apart.alike(), 0u);
}

// ... and what of it tells nothing that the handshake has not is forgotten; no more.
TEST(Digests, AFlightIsForgottenOnlyWhenItTellsNothing) {
  EXPECT_TRUE(Flight{}.is_forgettable());
  using Change = void (*)(Flight&);
  const Change changes[] = {
      [](Flight& flight) { flight.frto = Frto::repeated; },
      [](Flight& flight) { flight.is_tail_probe_owed = true; },
      [](Flight& flight) { flight.tail_probe.on_sent(Seq{5}, false); },
      [](Flight& flight) { flight.undo.begin(Seq{5}); },
      [](Flight& flight) { flight.is_reduced_for_marks = true; },
      [](Flight& flight) { flight.again_bytes = 1; },
      [](Flight& flight) { flight.marks.make(MarkTrust{}); },
      [](Flight& flight) { flight.log.make(); },
      [](Flight& flight) { flight.pacer.set_rate(1, 1000); },
  };
  for (const Change& change : changes) {
    Flight flight;
    change(flight);
    EXPECT_FALSE(flight.is_forgettable()) << (&change - changes);
  }
}

// RFC 3168, RFC 8257 3.2: whether marks are echoed, how, and whether one is owed.
TEST(Digests, OfAnEchoOfMarks) {
  Apart apart;
  for (const EcnMode mode : {EcnMode::none, EcnMode::classic, EcnMode::accurate}) {
    for (const bool is_precise : {false, true}) {
      MarkEcho echo;
      echo.agree_on(mode);
      echo.be_precise(is_precise);
      EXPECT_EQ(echo.has_ecn(), mode != EcnMode::none);
      EXPECT_EQ(echo.is_precise(), is_precise);
      if (mode == EcnMode::accurate) continue;  // all ACKs echo: as if one was owed for ever
      apart.add(echo);
      Segment marked;
      marked.ecn = Ecn::congestion_experienced;
      echo.on_text(marked);
      EXPECT_TRUE(echo.is_owed());
      apart.add(echo);
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- Records of a host --------------------------------------------------------------------------

TEST(Digests, OfTimeWait) {
  Apart apart;
  const auto add = [&](auto change) {
    Remains remains;
    change(remains);
    apart.add(TimeWait{remains});
  };
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      add([&](Remains& remains) { remains.snd_nxt = Seq{a}, remains.rcv_nxt = Seq{b}; });
    }
    for (const std::uint16_t window : edge_halves) {
      for (const std::uint8_t shift : std::array<std::uint8_t, 2>{0, 1}) {
        for (const std::uint8_t ace : std::array<std::uint8_t, 3>{0, 1, 7}) {
          for (const bool has_timestamps : {false, true}) {
            add([&](Remains& remains) {
              remains.snd_nxt = Seq{77};
              remains.ts_recent = a;
              remains.receive_shift = shift;
              remains.rcv_wnd = std::uint32_t{window} << shift;
              remains.ace = ace;
              remains.has_timestamps = has_timestamps;
            });
          }
        }
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

struct Asked {
  std::uint32_t iss = 1, irs = 2, offset = 3, stamp = 4;
  std::uint16_t mss = 1000;
  std::uint32_t buffer = 10'000;
  std::uint8_t scale = SegmentOptions::no_window_scale;
  bool sack = false, has_timestamps = false, is_cookie_wanted = false, tells_counts = true;
  std::uint8_t ace = 0;
  Ecn ecn = Ecn::not_capable;
};

HalfOpen half_open_of(const Asked& asked) {
  Settings settings;
  settings.ecn = EcnPolicy::ask_accurate;
  settings.acc_ecn_options = asked.tells_counts ? AccEcnOptions::of_news : AccEcnOptions::none;
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.flags.set_ace(asked.ace);
  syn.ecn = asked.ecn;
  syn.seq = Seq{asked.irs};
  syn.options.mss = asked.mss;
  syn.options.window_scale = asked.scale;
  syn.options.sack_permitted = asked.sack;
  syn.options.has_timestamps = asked.has_timestamps;
  syn.options.timestamps.value = asked.stamp;
  if (asked.is_cookie_wanted) syn.options.fast_open = *FastOpenOption::of({});
  const Opening opening{
      .tuple = Desk{}.tuple, .iss = Seq{asked.iss}, .timestamp_offset = asked.offset, .mss = 1000};
  return HalfOpen{syn, opening, BufferSize{asked.buffer}, settings};
}

TEST(Digests, OfAHalfOpenConnection) {
  Apart apart;
  for (const std::uint32_t a : edge_words) {
    for (const std::uint32_t b : edge_words) {
      apart.add(half_open_of({.iss = a, .irs = b, .offset = 9}));
      apart.add(half_open_of({.iss = 99, .offset = a, .stamp = b}));
    }
  }
  for (const std::uint16_t mss : {std::uint16_t{300}, std::uint16_t{301}, std::uint16_t{0x812c}}) {
    for (const std::uint32_t buffer : {0x1u, 0x2u, 0x8001u}) {
      apart.add(half_open_of({.iss = 100, .mss = mss, .buffer = buffer}));
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

TEST(Digests, OfWhatASynAskedFor) {
  Apart apart;
  for (unsigned bits = 0; bits < 8; ++bits) {
    for (const std::uint8_t scale :
         std::array<std::uint8_t, 4>{SegmentOptions::no_window_scale, 0, 1, 14}) {
      for (const bool tells_counts : {false, true}) {
        // RFC 9768 3.1.1: none, classic, accurate.
        for (const std::uint8_t ace : std::array<std::uint8_t, 3>{0, 3, 7}) {
          Asked asked;
          asked.scale = scale;
          asked.sack = (bits & 1) != 0;
          asked.has_timestamps = (bits & 2) != 0;
          asked.is_cookie_wanted = (bits & 4) != 0;
          asked.tells_counts = tells_counts;
          asked.ace = ace;
          HalfOpen record = half_open_of(asked);
          apart.add(record);
          record.on_time(9);
          apart.add(record);
          Segment ack;
          record.defer(ack, 9);
          apart.add(record);
        }
      }
    }
  }
  EXPECT_EQ(apart.alike(), 0u);
}

// ---- Counters that must not wrap around ---------------------------------------------------------

TEST(HalfOpenEdges, CountsNoFurtherThanItCan) {
  HalfOpen record = half_open_of({});
  const Desk desk;
  for (int i = 0; i < 31; ++i) record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_EQ(record.accepted(desk.now).syn_acks_sent, 31);
  record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_EQ(record.accepted(desk.now).syn_acks_sent, 31);
  for (int i = 0; i < 63; ++i) EXPECT_TRUE(record.on_time(100)) << i;
  EXPECT_FALSE(record.on_time(100));
}

// RFC 6298 5.5: each twice as long, up to the longest.
TEST(HalfOpenEdges, WaitsTwiceAsLongEachTime) {
  Settings settings;
  settings.initial_rto = 1s;
  settings.max_rto = 6s;
  HalfOpen record = half_open_of({});
  for (const Duration wait :
       {Duration{1s}, Duration{2s}, Duration{4s}, Duration{6s}, Duration{6s}}) {
    EXPECT_EQ(record.time_out(settings), wait);
    EXPECT_TRUE(record.on_time(5));
  }
  EXPECT_FALSE(record.on_time(5));
}

// The SYN+ACK of a host that takes beyond its window offers whole segments.
TEST(HalfOpenEdges, OffersWholeSegmentsWhereThatIsSet) {
  const auto offered = [](std::uint32_t buffer, std::uint32_t mss) {
    Settings settings;
    settings.takes_beyond_window = true;
    Segment syn;
    syn.flags.set(Flags::syn);
    const Opening opening{.tuple = Desk{}.tuple, .iss = Seq{1}, .mss = mss};
    return HalfOpen{syn, opening, BufferSize{buffer}, settings}.offered_window_bytes();
  };
  EXPECT_EQ(offered(10'500, 1000), 10'000u);
  EXPECT_EQ(offered(10'000, 1000), 10'000u);
  EXPECT_EQ(offered(1'999, 1000), 1'000u);
  EXPECT_EQ(offered(1'000, 1000), 1'000u);
  EXPECT_EQ(offered(999, 1000), 999u);
  EXPECT_EQ(offered(10'500, 0), 10'500u);
  EXPECT_EQ(offered(100'500, 1000), 0xffffu);
}

// RFC 9768 3.2.3.2.2: the option goes with the first; after two time-outs nothing of ECN does.
TEST(HalfOpenEdges, GivesUpAccurateEcnStepByStep) {
  HalfOpen record = half_open_of({.ace = 7});
  const Desk desk;
  EXPECT_TRUE(record.syn_ack(desk.tuple, 1000, desk.now).options.acc_ecn.is_given());
  record.on_time(9);
  const Segment second = record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_FALSE(second.options.acc_ecn.is_given());
  EXPECT_NE(second.flags.ace(), 0);
  EXPECT_TRUE(record.accepted(desk.now).agreement.ecn.may_mark);
  record.on_time(9);
  EXPECT_EQ(record.syn_ack(desk.tuple, 1000, desk.now).flags.ace(), 0);
  EXPECT_FALSE(record.accepted(desk.now).agreement.ecn.may_mark);
}

}  // namespace
}  // namespace acksu::tcp
