// What the settings change that few hosts set: how a SYN is repeated, what a loss reduces, what may
// be marked, what is offered, and what is taken without a time stamp.
#include "tcp/settings.h"

#include <gtest/gtest.h>

#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp::settings_test {
namespace {

// How long each SYN waits for an answer.
std::vector<Duration> waits(std::uint32_t linear_syns) {
  Settings settings;
  settings.linear_syns = linear_syns;
  Lone end({}, settings);
  end.connect();
  end.hear_said();
  std::vector<Duration> waits;
  for (int i = 0; i < 5; ++i) {
    waits.push_back(end.connection->deadline() - end.desk.now);
    end.desk.now = end.connection->deadline();
    Context context = end.desk.context();
    end.connection->on_time(context);
    EXPECT_EQ(end.hear_said(), (Lines{{"SYN", -1, 0, 0}}));
  }
  return waits;
}

// RFC 6298 5.5: each twice as long; as on Linux so many SYNs first that do not.
TEST(Settings, SynsThatDoNotBackOff) {
  EXPECT_EQ(waits(0), (std::vector<Duration>{1s, 2s, 4s, 8s, 16s}));
  EXPECT_EQ(waits(2), (std::vector<Duration>{1s, 1s, 1s, 2s, 4s}));
}

// RFC 5681 3.1, 3.2: by half of what was under way; or, as others do, of the window.
TEST(Settings, WhatALossReduces) {
  const auto threshold = [](bool is_whole, bool is_time_out) {
    Lab lab({.sack = true});
    lab.desk.settings.reduces_whole_window = is_whole;
    lab.sender.use(CongestionAlgorithm::new_reno, lab.desk.settings);
    EXPECT_EQ(lab.info().snd.cwnd, 10'000u);
    lab.write(6000);
    lab.send();
    lab.desk.now += 100ms;
    if (is_time_out) {
      lab.pass_to_time_out();
    } else {
      for (std::int64_t end = 2000; end < 5000; end += 1000) {
        lab.acknowledge(0, {.sacks = {{1000, end}}});
      }
    }
    return lab.info().snd.ssthresh;
  };
  EXPECT_EQ(threshold(true, true), 5000u);
  EXPECT_EQ(threshold(false, true), 3000u);
  EXPECT_EQ(threshold(true, false), 5000u);
  EXPECT_LT(threshold(false, false), 5000u);
}

// RFC 4821: who does not probe keeps what ICMP has said.
TEST(Settings, WhoDoesNotProbeThePath) {
  for (const bool probes : {true, false}) {
    Lab lab({.sack = true});
    lab.desk.settings.probes_path_mtu = probes;
    Context context = lab.desk.context();
    lab.sender.lower_mss(600, context);
    lab.desk.now += 10min;
    lab.write(20'000);
    EXPECT_EQ(lab.send()[0].text_bytes, probes ? 1000u : 600u);
    EXPECT_EQ(lab.desk.counters.path_probes_sent, probes ? 1u : 0u);
  }
}

// The MSS of a SYN is what we take (RFC 9293 3.7.1), or no more than the path takes.
TEST(Settings, ASynMayOfferWhatThePathTakes) {
  const auto offered = [](bool offers_path, std::uint32_t path_mss) {
    Settings settings;
    settings.offers_path_mss = offers_path;
    Lone end({}, settings);
    end.connect();
    Context context = end.desk.context();
    end.connection->lower_mss(path_mss, context);
    const std::vector<Segment> all = end.said();
    return all.at(0).options.mss;
  };
  EXPECT_EQ(offered(false, 600), 1000);
  EXPECT_EQ(offered(true, 600), 600);
  EXPECT_EQ(offered(true, 1200), 1000);
}

// ---- Marks --------------------------------------------------------------------------------------

struct CountingEnd : Lone {
  explicit CountingEnd(const Settings& settings) : Lone({}, with_marks(settings)) {
    connect();
    EXPECT_EQ(said().at(0).ecn, Ecn::not_capable) << "no SYN is marked";
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(2);
    syn_ack.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 0};
    hear(syn_ack);
    said();
  }
  static Settings with_marks(Settings settings) {
    settings.ecn = EcnPolicy::ask_accurate;
    settings.quick_acks = 16;
    return settings;
  }
  // The ACK of text that was marked.
  Segment ack() {
    Segment text = segment("ACK", 0, 0, 100);
    text.ecn = Ecn::congestion_experienced;
    text.flags.set_ace(5);  // nothing of ours was marked
    hear(text);
    std::vector<Segment> all = said();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Segment{} : std::move(all[0]);
  }
};

// RFC 8311 4.3: all but SYNs and resets may be marked where that is set.
TEST(Settings, AcksThatMayBeMarked) {
  for (const bool marks_all : {true, false}) {
    Settings settings;
    settings.marks_all = marks_all;
    CountingEnd end{settings};
    EXPECT_EQ(end.ack().ecn, marks_all ? Ecn::capable : Ecn::not_capable);
    end.abort();
    const std::vector<Segment> reset = end.said();
    ASSERT_EQ(reset.size(), 1u);
    EXPECT_TRUE(reset[0].has(Flags::rst));
    EXPECT_EQ(reset[0].ecn, Ecn::not_capable);
  }
  // Nor what was not agreed on.
  Settings settings;
  settings.marks_all = true;
  Lone plain({}, settings);
  plain.establish();
  plain.write(100);
  EXPECT_EQ(plain.said().at(0).ecn, Ecn::not_capable);
}

// RFC 9768 3.2.3: counts of bytes in no ACK, in those that have news, or in all, each of which has
// room for them.
TEST(Settings, WhichAcksTellCountsOfBytes) {
  for (const AccEcnOptions telling :
       {AccEcnOptions::none, AccEcnOptions::of_news, AccEcnOptions::in_all}) {
    Settings settings;
    settings.acc_ecn_options = telling;
    CountingEnd end{settings};
    const Segment ack = end.ack();
    EXPECT_EQ(ack.flags.ace(), 6) << "one was marked";
    EXPECT_EQ(ack.options.acc_ecn.is_given(), telling != AccEcnOptions::none);
    end.write(3000);
    const std::vector<Segment> text = end.said();
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(text[0].text.size(), telling == AccEcnOptions::in_all ? 988u : 1000u);
    EXPECT_EQ(text[1].options.acc_ecn.is_given(), telling == AccEcnOptions::in_all);
  }
}

// ---- Half-open ----------------------------------------------------------------------------------

HalfOpen opened(const Settings& settings, std::uint8_t ace = 0) {
  Segment syn;
  syn.seq = Seq{999};
  syn.flags.set(Flags::syn);
  syn.flags.set_ace(ace);
  syn.options.has_timestamps = true;
  syn.options.timestamps.value = 50;
  const Opening opening{.tuple = Desk{}.tuple, .iss = Seq{1}, .mss = 1000};
  return HalfOpen{syn, opening, BufferSize{60'000}, settings};
}

// RFC 7323 3.2: a segment without a time stamp is dropped where they were agreed on; as Linux does
// it, it is taken.
TEST(Settings, AnAckWithoutItsTimeStamp) {
  for (const bool drops : {true, false}) {
    Settings settings;
    settings.drops_unstamped = drops;
    HalfOpen record = opened(settings);
    Segment ack;
    ack.seq = Seq{1000};
    ack.ack = Seq{2};
    ack.flags.set(Flags::ack);
    const HalfOpen::Verdict verdict = record.on_segment(ack, Instant{} + 1h, settings);
    EXPECT_EQ(verdict.is_accepted, !drops);
    EXPECT_EQ(verdict.drop, drops ? Drop::tcp_no_timestamp : Drop::none);
  }
}

TEST(Settings, ASynAckWithoutCounts) {
  for (const AccEcnOptions telling : {AccEcnOptions::none, AccEcnOptions::of_news}) {
    Settings settings;
    settings.acc_ecn_options = telling;
    HalfOpen record = opened(settings, 7);
    const Segment syn_ack = record.syn_ack(Desk{}.tuple, 1000, Instant{} + 1h);
    EXPECT_EQ(syn_ack.flags.ace(), 2);
    EXPECT_EQ(syn_ack.options.acc_ecn.is_given(), telling == AccEcnOptions::of_news);
  }
}

}  // namespace
}  // namespace acksu::tcp::settings_test
