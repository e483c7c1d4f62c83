// Explicit congestion notification (RFC 3168) of one connection: what SYNs agree on, what is
// marked, what is echoed, and what an echo does; DCTCP's share of marks (RFC 8257).
#include <gtest/gtest.h>

#include "tcp/half_open.h"
#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

Settings asking(CongestionAlgorithm congestion = CongestionAlgorithm::new_reno) {
  Settings settings;
  settings.ecn = EcnPolicy::ask;
  settings.congestion = congestion;
  return settings;
}

// Established with ECN; the peer's SYN+ACK said so.
struct Marked : Lone {
  explicit Marked(const Settings& settings = asking()) : Lone({.sack = true}, settings) {
    connect();
    const std::vector<Segment> syn = said();
    is_asked = syn.at(0).has(Flags::ece) && syn.at(0).has(Flags::cwr);
    EXPECT_EQ(syn.at(0).ecn, Ecn::not_capable);
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set(Flags::ece);
    hear(syn_ack);
    hear_said();
  }
  void hear_echo(std::int64_t ack) {
    Segment echo = segment("ACK", 0, ack);
    echo.flags.set(Flags::ece);
    hear(echo);
  }
  void hear_text(std::int64_t seq, Ecn ecn, bool has_cwr = false) {
    Segment text = segment("ACK", seq, 0, 1000);
    text.ecn = ecn;
    if (has_cwr) text.flags.set(Flags::cwr);
    hear(text);
  }
  // Whether what is said now echoes a mark.
  bool echoes() {
    const std::vector<Segment> all = said();
    return !all.empty() && all.back().has(Flags::ece);
  }

  bool is_asked = false;
};

// RFC 9293 SHLD-8, RFC 3168 6.1.1 (a), (c): ECE and CWR in the SYN ask, ECE alone in the SYN+ACK
// agrees; no SYN may be marked.
TEST(Ecn, IsAskedForAndAgreedOn) {
  Marked end;
  EXPECT_TRUE(end.is_asked);
  EXPECT_TRUE(end.info().has_ecn);
  EXPECT_FALSE(Marked{Settings{}}.is_asked) << "by default we answer only";
  EXPECT_FALSE(Marked{Settings{}}.info().has_ecn);
}

// RFC 3168 6.1.1 (b): a peer that repeats our flags does not know what they mean.
TEST(Ecn, AnEchoOfTheSynIsNoAgreement) {
  Lone end{{}, asking()};
  end.connect();
  end.said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.flags.set(Flags::ece | Flags::cwr);
  end.hear(syn_ack);
  EXPECT_FALSE(end.info().has_ecn);
}

// RFC 3168 6.1.1.1: there are paths that drop such SYNs.
TEST(Ecn, ASynThatWasNotAnsweredIsRepeatedWithout) {
  Lone end{{}, asking()};
  end.connect();
  EXPECT_TRUE(end.said().at(0).has(Flags::ece));
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  const std::vector<Segment> again = end.said();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_FALSE(again[0].has(Flags::ece) || again[0].has(Flags::cwr));
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.flags.set(Flags::ece);
  end.hear(syn_ack);
  EXPECT_FALSE(end.info().has_ecn) << "who sent such a SYN sends nothing that may be marked";
}

TEST(Ecn, AListenerAnswersWhoAsks) {
  Desk desk;
  Segment syn;
  syn.flags.set(Flags::syn | Flags::ece | Flags::cwr);
  const Opening opening{.tuple = desk.tuple, .iss = Seq{1}};
  for (const EcnPolicy policy : {EcnPolicy::off, EcnPolicy::answer, EcnPolicy::ask}) {
    desk.settings.ecn = policy;
    HalfOpen half_open{syn, opening, 60'000, desk.settings};
    const bool is_on = policy != EcnPolicy::off;
    const Segment answer = half_open.syn_ack(desk.tuple, 1000, desk.now);
    EXPECT_EQ(answer.has(Flags::ece), is_on);
    EXPECT_FALSE(answer.has(Flags::cwr));
    EXPECT_EQ(half_open.accepted(desk.now).agreement.ecn.mode,
              is_on ? EcnMode::classic : EcnMode::none);
    Segment without = syn;
    without.flags.clear(Flags::ece | Flags::cwr);
    half_open.on_segment(without, desk.now, desk.settings);
    EXPECT_EQ(half_open.accepted(desk.now).agreement.ecn.mode, EcnMode::none)
        << "once without is without";
  }
}

// RFC 3168 6.1.4, 6.1.5: not what is sent again, and no pure ACK.
TEST(Ecn, NewTextMayBeMarked) {
  Marked end;
  end.write(3000);
  for (const Segment& text : end.said()) EXPECT_EQ(text.ecn, Ecn::capable);
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  const std::vector<Segment> again = end.said();
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0].ecn, Ecn::not_capable);
  end.hear_text(0, Ecn::capable);
  for (const Segment& ack : end.said()) EXPECT_EQ(ack.ecn, Ecn::not_capable);
}

TEST(Ecn, AProbeIsNotMarked) {  // RFC 3168 6.1.6
  Marked end;
  Segment closed = end.segment("ACK", 0, 0);
  closed.window = 0;
  end.hear(closed);
  end.write(1000);
  EXPECT_TRUE(end.said().empty());
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  const std::vector<Segment> probe = end.said();
  ASSERT_EQ(probe.size(), 1u);
  EXPECT_EQ(probe[0].ecn, Ecn::not_capable);
}

// RFC 3168 6.1.3: every ACK until CWR is heard.
TEST(Ecn, AMarkIsEchoedUntilItWasHeard) {
  Marked end;
  end.hear_text(0, Ecn::capable);
  EXPECT_FALSE(end.echoes());
  end.hear_text(1000, Ecn::congestion_experienced);
  EXPECT_TRUE(end.echoes());
  end.hear_text(2000, Ecn::capable);
  end.hear_text(3000, Ecn::capable);
  EXPECT_TRUE(end.echoes());
  end.hear_text(4000, Ecn::capable, true);
  EXPECT_FALSE(end.echoes());
  end.hear_text(5000, Ecn::congestion_experienced, true);
  EXPECT_TRUE(end.echoes()) << "marked again";
  EXPECT_EQ(end.desk.counters.marked_segments, 2u);
}

// RFC 3168 6.1.2 (a), (b): as for a loss, once a window, and nothing goes again.
TEST(Ecn, AnEchoReducesTheWindowOnce) {
  Marked end;
  end.write(20'000);
  end.said();
  end.hear_echo(1000);
  EXPECT_EQ(end.info().snd.cwnd, 4500u) << "half of the 9000 bytes in flight";
  end.hear_echo(2000);
  end.hear_echo(5000);
  EXPECT_EQ(end.info().snd.cwnd, 4500u);
  EXPECT_EQ(end.desk.counters.mark_reductions, 1u);
  end.hear("ACK", 0, 7000);
  const std::vector<Segment> next = end.said();
  ASSERT_FALSE(next.empty());
  EXPECT_TRUE(next[0].has(Flags::cwr));
  for (std::size_t i = 1; i < next.size(); ++i) EXPECT_FALSE(next[i].has(Flags::cwr));
  EXPECT_EQ(end.desk.counters.retransmitted_segments, 0u);
  // The next window.
  const std::uint32_t before = end.info().snd.cwnd;
  end.hear_echo(10'000);
  EXPECT_LT(end.info().snd.cwnd, before);
  EXPECT_EQ(end.desk.counters.mark_reductions, 2u);
}

// Whoever has not agreed gets nothing by such flags.
// An application may change its mind while a window is being reduced: what the old algorithm had
// noted about that is gone.
TEST(Ecn, SurvivesAChangeOfAlgorithm) {
  Marked end{asking(CongestionAlgorithm::cubic)};
  end.write(20'000);
  end.hear_said();
  end.hear_echo(1000);
  end.set({.congestion = CongestionAlgorithm::new_reno});
  end.hear_echo(2000);
  end.hear_said();
  EXPECT_EQ(end.state(), State::established);
}

// RFC 3168 6.1.2: marks and losses of one window are one sign of congestion.
TEST(Ecn, ALossInAReducedWindowReducesNothingMore) {
  Marked end;
  end.write(20'000);
  end.hear_said();
  end.desk.now += 100ms;
  end.hear_echo(1000);
  const std::uint32_t reduced = end.info().snd.ssthresh;
  for (std::uint32_t last = 3; last <= 6; ++last) {
    Segment report = end.segment("ACK", 0, 1000);
    report.options.sack.push_back({Seq{Lone::ours + 2000}, Seq{Lone::ours + last * 1000}});
    end.hear(report);
  }
  EXPECT_EQ(end.desk.counters.fast_retransmits, 1u);
  EXPECT_EQ(end.info().snd.ssthresh, reduced);
}

TEST(Ecn, EchoesMeanNothingWithoutAgreement) {
  Lone end;
  end.establish();
  end.write(20'000);
  end.said();
  Segment echo = end.segment("ACK", 0, 1000);
  echo.flags.set(Flags::ece);
  end.hear(echo);
  EXPECT_GE(end.info().snd.cwnd, 10'000u);
}

// ---- DCTCP --------------------------------------------------------------------------------------

// RFC 8257 3.2: each ACK tells of the text that it acknowledges, a change at once.
TEST(Dctcp, EchoesEachMark) {
  Settings settings = asking(CongestionAlgorithm::dctcp);
  settings.quick_acks = 0;
  Marked end{settings};
  end.hear_text(0, Ecn::capable);
  EXPECT_TRUE(end.said().empty()) << "delayed";
  end.hear_text(1000, Ecn::congestion_experienced);
  EXPECT_TRUE(end.echoes());
  end.hear_text(2000, Ecn::congestion_experienced);
  EXPECT_TRUE(end.said().empty());
  end.hear_text(3000, Ecn::capable);
  EXPECT_FALSE(end.echoes());
}

// RFC 8257 3.3, with g = 1/16: alpha follows the share of marked bytes, and the window it.
TEST(Dctcp, ReducesByTheShareOfMarks) {
  Congestion congestion;
  congestion.change_to(CongestionAlgorithm::dctcp);
  congestion.cwnd = 100'000;
  congestion.ssthresh = 50'000;
  std::uint32_t una = 0;
  const auto window = [&](std::uint32_t marked_tenths) {
    for (std::uint32_t i = 0; i < 10; ++i) {
      una += 10'000;
      dctcp().on_echo(congestion, {1000, 10'000, Seq{una}, Seq{una + 100'000},
                                   i < marked_tenths ? 10'000u : 0u});
    }
  };
  for (int i = 0; i < 100; ++i) window(2);
  EXPECT_NEAR(congestion.record->dctcp.alpha / static_cast<double>(Dctcp::one), 0.2, 0.02);
  dctcp().on_congestion_experienced(congestion, {Instant{}, 1000, 100'000});
  EXPECT_NEAR(congestion.cwnd, 90'000, 1'000);
  for (int i = 0; i < 100; ++i) window(0);
  dctcp().on_congestion_experienced(congestion, {Instant{}, 1000, 100'000});
  EXPECT_NEAR(congestion.cwnd, 90'000, 1'500) << "hardly less";
  dctcp().on_loss(congestion, {Instant{}, 1000, 80'000});
  EXPECT_EQ(congestion.ssthresh, 40'000u) << "a loss is a loss (3.5)";
}

}  // namespace
}  // namespace acksu::tcp
