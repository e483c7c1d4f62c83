// Text in SYNs (TCP Fast Open, RFC 7413), end by end: what the first SYN takes along, what the
// answer to it means, and a server that speaks before the handshake is over.
#include <gtest/gtest.h>

#include <array>

#include "tcp/fast_open.h"
#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

const FastOpenOption some_cookie =
    *FastOpenOption::of(std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8});

// An end whose host knows Fast Open.
struct SynEnd : Lone {
  explicit SynEnd(const Terms& terms = {}, const Settings& settings = {}) : Lone(terms, settings) {
    desk.fast_open = &fast_open;
  }
  // As if a server had told a cookie lately, and that it takes segments of `mss`.
  void learn(std::uint16_t mss) {
    Context context = desk.context();
    context.tuple = &desk.tuple;
    fast_open.cache.on_answer({.option = some_cookie, .mss = mss}, context);
    desk.counters = {};
  }
  // What the first SYN is when so much was written before it.
  Segment syn(std::uint64_t bytes) {
    connect();
    connection->want_fast_open();
    write(bytes);
    std::vector<Segment> all = said();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Segment{} : std::move(all[0]);
  }
  void answer(std::int64_t ack, const FastOpenOption& option = {}) {
    Segment syn_ack = segment("SYN+ACK", -1, ack);
    syn_ack.options.fast_open = option;
    EXPECT_EQ(hear(syn_ack).drop, Drop::none);
  }
  std::uint8_t news() { return connection->take_news(); }

  FastOpen fast_open{FastOpenKeys{SipKey{1, 2}}, FastOpenCache{SipKey{3, 4}}};
};

// ---- What a client's SYN says -------------------------------------------------------------------

// RFC 7413 3: without a cookie it asks for one, and takes no text along.
TEST(SynText, AsksForACookieFirst) {
  SynEnd end;
  const Segment syn = end.syn(100);
  EXPECT_TRUE(syn.options.fast_open.is_request());
  EXPECT_FALSE(syn.options.fast_open.is_experimental());
  EXPECT_TRUE(syn.text.is_empty());
  EXPECT_EQ(end.desk.counters.fast_open_asked, 1u);
  EXPECT_EQ(end.desk.counters.fast_open_sent, 0u);
  end.answer(0, some_cookie);
  EXPECT_EQ(end.desk.counters.fast_open_cookies, 1u);
  EXPECT_EQ(end.desk.counters.fast_open_refused, 0u);
  EXPECT_EQ(end.fast_open.cache.size(), 1u);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 100}}));
}

// RFC 7413 4.1.3: what the server's MSS leaves beside 40 bytes of options, by default 536; nor more
// than ours, which is 1000.
TEST(SynText, IsAsMuchAsTheServerTakes) {
  struct Case {
    std::uint16_t mss;
    std::uint32_t taken;
  };
  for (const auto& [mss, taken] :
       {Case{0, 496}, Case{500, 460}, Case{1000, 960}, Case{1400, 960}, Case{41, 1}}) {
    SynEnd end;
    end.learn(mss);
    const Segment syn = end.syn(2000);
    EXPECT_EQ(syn.options.fast_open, some_cookie);
    EXPECT_EQ(syn.seq, Seq{Lone::ours} - 1);
    EXPECT_EQ(string_of(syn.text), text_from(0, taken)) << mss;
    EXPECT_TRUE(syn.has(Flags::syn));
    EXPECT_FALSE(syn.has(Flags::psh));  // filters know PSH without ACK from scans
    EXPECT_EQ(end.desk.counters.fast_open_sent, 1u);
    EXPECT_EQ(end.desk.counters.fast_open_asked, 0u);
  }
}

TEST(SynText, IsNoneWhereThereIsNoRoomOrNothingToSay) {
  for (const std::uint64_t written : {0u, 100u}) {
    SynEnd end;
    end.learn(written == 0 ? 1000 : 40);
    const Segment syn = end.syn(written);
    EXPECT_EQ(syn.options.fast_open, some_cookie);
    EXPECT_TRUE(syn.text.is_empty());
    EXPECT_EQ(end.desk.counters.fast_open_sent, 0u);
    end.answer(0);
    EXPECT_EQ(end.desk.counters.fast_open_refused, 0u);  // there was nothing to take
  }
}

TEST(SynText, TakesAllThatWasWrittenWhenItFits) {
  SynEnd end;
  end.learn(1000);
  EXPECT_EQ(end.syn(10).text.size(), 10u);
}

TEST(SynText, WithoutCookiesItMayGoBare) {
  Settings settings;
  settings.fast_open_asks_no_cookie = true;
  SynEnd end({}, settings);
  const Segment syn = end.syn(2000);
  EXPECT_FALSE(syn.options.fast_open.is_given());
  EXPECT_EQ(syn.text.size(), 960u);
  EXPECT_EQ(end.desk.counters.fast_open_sent, 1u);
  end.answer(0);
  EXPECT_EQ(end.desk.counters.fast_open_refused, 1u);
}

TEST(SynText, AHostWithoutFastOpenSaysAPlainSyn) {
  SynEnd end;
  end.desk.fast_open = nullptr;
  const Segment syn = end.syn(100);
  EXPECT_FALSE(syn.options.fast_open.is_given());
  EXPECT_TRUE(syn.text.is_empty());
}

// RFC 7413 appendix A: who does not know the option may know the one of before.
TEST(SynText, TriesTheExperimentalOptionOnce) {
  Settings settings;
  settings.fast_open_tries_experiment = true;
  SynEnd end({}, settings);
  EXPECT_FALSE(end.syn(0).options.fast_open.is_experimental());
  end.answer(0);
  EXPECT_TRUE(end.syn(0).options.fast_open.is_experimental());
  EXPECT_EQ(end.desk.counters.fast_open_asked, 2u);
  end.answer(0);
  EXPECT_FALSE(end.syn(0).options.fast_open.is_experimental());
  end.answer(0);
  EXPECT_FALSE(end.syn(0).options.fast_open.is_experimental());
}

TEST(SynText, ASynThatIsHeldWaitsForTheWord) {
  SynEnd end;
  end.learn(1000);
  end.connect();
  end.connection->want_fast_open();
  end.connection->hold_syn();
  EXPECT_EQ(end.hear_said(), Lines{});
  end.write(10);
  end.connection->send_syn();
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN", -1, 0, 10}}));
  end.connection->send_syn();  // it has left
  EXPECT_EQ(end.hear_said(), Lines{});
  EXPECT_EQ(end.pass(1s), (Lines{{"SYN", -1, 0, 0}}));
  end.connection->hold_syn();  // too late: what is due goes
  EXPECT_EQ(end.pass(2s), (Lines{{"SYN", -1, 0, 0}}));
  end.answer(0);
  end.hear_said();
  end.connection->hold_syn();
  end.connection->send_syn();
  EXPECT_EQ(end.hear_said(), Lines{});
}

// ---- What the answer to it means (RFC 7413 4.2.2) -----------------------------------------------

TEST(SynText, AllOfItIsTaken) {
  SynEnd end;
  end.learn(1000);
  end.syn(300);
  end.answer(300);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.desk.counters.fast_open_taken, 1u);
  EXPECT_EQ(end.desk.counters.fast_open_refused, 0u);
  EXPECT_NE(end.news() & News::all_acked, 0);
  EXPECT_TRUE(end.info().was_syn_text_taken);
  EXPECT_EQ(end.info().bytes_acked, 300u);
  EXPECT_EQ(end.info().snd.delivered_segments, 1u);
  EXPECT_EQ(end.connection->deadline(), never);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 300, 0, 0}}));
  end.write(10);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 300, 0, 10}}));
}

// RFC 7413 4.2.2 (c): the first byte of it is text like any other.
TEST(SynText, OneByteOfItIsTaken) {
  for (const std::uint64_t written : {1u, 2u}) {
    SynEnd end;
    end.learn(1000);
    end.syn(written);
    end.answer(1);
    EXPECT_EQ(end.desk.counters.fast_open_taken, 1u);
    EXPECT_EQ(end.desk.counters.fast_open_refused, 0u);
    EXPECT_EQ(end.info().was_syn_text_taken, written == 1) << "all of it";
    EXPECT_EQ(end.info().bytes_acked, 1u);
  }
}

TEST(SynText, NothingOfItIsTaken) {
  SynEnd end;
  end.learn(1000);
  end.syn(300);
  end.answer(0);
  EXPECT_EQ(end.desk.counters.fast_open_taken, 0u);
  EXPECT_EQ(end.desk.counters.fast_open_refused, 1u);
  EXPECT_EQ(end.news() & News::all_acked, 0);
  EXPECT_FALSE(end.info().was_syn_text_taken);
  EXPECT_EQ(end.info().bytes_acked, 0u);
  std::vector<Segment> said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(string_of(said[0].text), text_from(0, 300));
  EXPECT_TRUE(said[0].has(Flags::psh));
  EXPECT_EQ(end.info().retransmitted_segments, 0u);  // no loss
  EXPECT_EQ(end.info().snd.lost_bytes, 0u);
  end.hear("ACK", 0, 300);
  EXPECT_EQ(end.info().snd.delivered_segments, 2u);  // the SYN, and the text
  EXPECT_EQ(end.info().bytes_acked, 300u);
}

TEST(SynText, SomeOfItIsTaken) {
  SynEnd end;
  end.learn(1000);
  end.syn(300);
  end.answer(100);
  EXPECT_EQ(end.desk.counters.fast_open_taken, 1u);
  EXPECT_EQ(end.desk.counters.fast_open_refused, 0u);
  EXPECT_FALSE(end.info().was_syn_text_taken);
  EXPECT_EQ(end.news() & News::all_acked, 0);
  EXPECT_EQ(end.info().bytes_acked, 100u);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 100, 0, 200}}));
  EXPECT_EQ(end.info().retransmitted_segments, 0u);
}

TEST(SynText, NoMoreThanItCanBeAcknowledged) {
  for (const std::int64_t wrong : {-1, 301}) {
    SynEnd end;
    end.learn(1000);
    end.syn(300);
    Segment syn_ack = end.segment("SYN+ACK", -1, wrong);
    const Verdict verdict = end.hear(syn_ack);
    EXPECT_EQ(verdict.drop, Drop::tcp_ack_of_unsent) << wrong;
    EXPECT_TRUE(verdict.is_reset_owed);
    EXPECT_EQ(end.state(), State::syn_sent);
  }
}

// RFC 7413 4.2.2 (b), 4.1.3.1: the second SYN is a plain one, and so are the next ones there.
TEST(SynText, IsDoubtedWhenNothingAnswers) {
  SynEnd end;
  end.learn(1000);
  end.syn(300);
  EXPECT_EQ(end.pass(999ms), Lines{});
  end.desk.now += 1ms;
  Context context = end.desk.context();
  end.connection->on_time(context);
  const std::vector<Segment> again = end.said();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_FALSE(again[0].options.fast_open.is_given());
  EXPECT_TRUE(again[0].text.is_empty());
  EXPECT_EQ(end.desk.counters.fast_open_lost, 1u);
  EXPECT_EQ(end.pass(2s), (Lines{{"SYN", -1, 0, 0}}));
  EXPECT_EQ(end.desk.counters.fast_open_lost, 1u);  // once
  EXPECT_FALSE(end.syn(10).options.fast_open.is_given());
}

TEST(SynText, IsDoubtedLateWhereThatIsSet) {
  Settings settings;
  settings.fast_open_doubts_late = true;
  SynEnd end({}, settings);
  end.learn(1000);
  end.syn(300);
  end.pass(1s);
  EXPECT_EQ(end.desk.counters.fast_open_lost, 0u);
  end.pass(2s);
  EXPECT_EQ(end.desk.counters.fast_open_lost, 1u);
}

TEST(SynText, IsDoubtedWhereTheWayIsClosed) {
  SynEnd plain, asking, shown, offered;
  plain.connect();
  plain.hear_said();
  asking.syn(0);
  shown.learn(1000);
  shown.syn(0);
  offered.learn(1000);
  offered.syn(10);
  for (SynEnd* end : {&plain, &asking, &shown, &offered}) {
    Context context = end->desk.context();
    end->connection->on_unreachable(Error::host_unreachable, context);
    EXPECT_EQ(end->state(), State::closed);
    EXPECT_EQ(end->desk.counters.fast_open_lost, end == &plain ? 0u : 1u);
  }
}

// What a SYN that was sent again has said is not known: only a cookie tells that the first arrived.
TEST(SynText, AnAnswerAfterALossTellsLittle) {
  SynEnd end;
  end.syn(0);
  end.pass(1s);
  end.answer(0);
  EXPECT_EQ(end.desk.counters.fast_open_cookies, 0u);
  SynEnd told;
  told.syn(0);
  told.pass(1s);
  told.answer(0, some_cookie);
  EXPECT_EQ(told.desk.counters.fast_open_cookies, 1u);
}

// A path that does not take the SYN for its text: it goes again without, at once.
TEST(SynText, IsLeftOutWhereThePathTakesLess) {
  SynEnd end;
  end.learn(1000);
  end.syn(900);
  Context context = end.desk.context();
  end.connection->lower_mss(1200, context);  // not lower
  EXPECT_EQ(end.hear_said(), Lines{});
  end.connection->lower_mss(600, context);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN", -1, 0, 0}}));
  end.answer(0);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 600}, {"ACK", 600, 0, 300}}));
}

// ---- A server -----------------------------------------------------------------------------------

struct SynServer : SynEnd {
  explicit SynServer(const Settings& settings = {}, const Terms& terms = {})
      : SynEnd(terms, settings) {}
  // As a listener does with a good cookie; `mss` is what the peer's SYN tells.
  void take(std::uint32_t text_bytes, bool is_cookie_old = false) {
    Segment syn = this->syn(text_bytes);
    Accepted accepted;
    accepted.agreement = agree(syn.options, desk.settings);
    accepted.irs = syn.seq;
    accepted.offered_window = 60'000;
    Context context = desk.context();
    connection.emplace(Opening{.tuple = desk.tuple, .iss = Seq{ours - 1}, .mss = 1000}, accepted,
                       context);
    EXPECT_EQ(connection->take_fast_open(syn, is_cookie_old, context), Drop::none);
  }
  Segment syn(std::uint32_t text_bytes) {
    Segment syn = segment("SYN", -1, 0);
    if (text_bytes > 0) syn.text.append(desk.pool.copy_of(bytes_of(text_from(0, text_bytes))));
    return syn;
  }
};

// RFC 7413 4.2.1: the text is there before the handshake is over.
TEST(SynText, OfAPeerCanBeReadAtOnce) {
  SynServer end;
  end.take(50);
  EXPECT_EQ(end.state(), State::syn_received);
  EXPECT_EQ(end.desk.counters.fast_open_accepted, 1u);
  EXPECT_TRUE(end.connection->is_opened_fast());
  EXPECT_EQ(end.news(), News::writable | News::readable);
  EXPECT_EQ(end.info().bytes_received, 50u);
  EXPECT_EQ(end.info().segments_in, 1u);
  EXPECT_TRUE(end.info().was_syn_text_taken);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN+ACK", -1, 50, 0}}));
  EXPECT_EQ(end.read(), text_from(0, 50));
  EXPECT_EQ(end.hear_said(), Lines{}) << "only the SYN+ACK can tell anything";
}

TEST(SynText, NoneIsFineToo) {
  SynServer end;
  end.take(0);
  EXPECT_EQ(end.news(), News::writable);
  EXPECT_FALSE(end.info().was_syn_text_taken);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN+ACK", -1, 0, 0}}));
}

// RFC 7413 4.2.2: the answer leaves at once, up to the initial window.
TEST(SynText, IsAnsweredBeforeTheHandshakeIsOver) {
  SynServer end;
  end.take(50);
  end.write(1500);
  std::vector<Segment> said = end.said();
  ASSERT_EQ(said.size(), 3u);
  EXPECT_TRUE(said[0].has(Flags::syn));
  EXPECT_TRUE(said[0].text.is_empty());
  EXPECT_EQ(said[1].text.size(), 1000u);
  EXPECT_FALSE(said[1].has(Flags::psh));
  EXPECT_EQ(said[2].text.size(), 500u);
  EXPECT_TRUE(said[2].has(Flags::psh));
  EXPECT_TRUE(said[2].has(Flags::ack));
  end.write(20'000);
  std::uint32_t bytes = 1500;
  for (const Segment& segment : end.said()) bytes += segment.text.size();
  EXPECT_EQ(bytes, 9'500u) << "a full segment more is more than the ten of the window";
  end.hear("ACK", 50, 1500);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_FALSE(end.connection->is_opened_fast());
  EXPECT_EQ(end.info().bytes_acked, 1500u);
}

// The window of the peer's SYN holds text; our SYN, still on its way, takes nothing of it.
TEST(SynText, AnAnswerFillsTheWindowOfTheSyn) {
  SynServer end({}, {.window = 5000});
  end.take(50);
  end.write(6000);
  std::uint32_t bytes = 0;
  for (const Segment& segment : end.said()) bytes += segment.text.size();
  EXPECT_EQ(bytes, 5000u);
}

// What was under way is watched when the handshake is over.
TEST(SynText, AnAnswerThatIsLostGoesAgain) {
  SynServer end;
  end.take(50);
  end.write(100);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN+ACK", -1, 50, 0}, {"ACK", 0, 50, 100}}));
  end.hear("ACK", 50, 0);
  EXPECT_EQ(end.hear_said(), Lines{});
  EXPECT_NE(end.connection->deadline(), never);
  const Lines again = end.pass(2s);
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0], (Line{"ACK", 0, 50, 100}));
}

// The peer hears nothing before a SYN+ACK: what followed one that was lost is lost, too.
TEST(SynText, AnAnswerBehindALostSynAckGoesAgainAtOnce) {
  SynServer end;
  end.take(50);
  end.write(100);
  end.hear_said();
  EXPECT_EQ(end.pass(1s), (Lines{{"SYN+ACK", -1, 50, 0}}));
  end.write(10);
  EXPECT_EQ(end.hear_said(), Lines{}) << "after a loss it waits";
  end.hear("ACK", 50, 0);
  const Lines again = end.hear_said();
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0], (Line{"ACK", 0, 50, 100}));
}

// RFC 7413 4.1.2: a new cookie before the old one ends.
TEST(SynText, AnOldCookieIsRenewed) {
  for (const bool is_old : {true, false}) {
    SynServer end;
    end.take(50, is_old);
    std::vector<Segment> said = end.said();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].options.fast_open.has_cookie(), is_old);
    EXPECT_EQ(end.desk.counters.fast_open_given, is_old ? 1u : 0u);
    if (!is_old) continue;
    EXPECT_EQ(said[0].options.fast_open,
              end.fast_open.keys.cookie_for({end.desk.tuple.remote.address}, end.desk.now,
                                            end.desk.settings));
  }
}

TEST(SynText, ARenewedCookieNeedsAHostThatMakesThem) {
  SynServer end;
  end.take(50, true);
  end.desk.fast_open = nullptr;
  std::vector<Segment> said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_FALSE(said[0].options.fast_open.is_given());
  EXPECT_EQ(end.desk.counters.fast_open_given, 0u);
}

// What nobody has said yet cannot have been lost, nor what only renews.
TEST(SynText, OnlyWhatWasSaidIsDoubted) {
  SynEnd wanting;
  wanting.connect();
  wanting.connection->want_fast_open();
  SynServer renewing;
  renewing.take(50, true);
  for (SynEnd* end : std::initializer_list<SynEnd*>{&wanting, &renewing}) {
    Context context = end->desk.context();
    end->connection->on_unreachable(Error::host_unreachable, context);
    EXPECT_EQ(end->desk.counters.fast_open_lost, 0u);
  }
}

TEST(SynText, ASynThatComesAgainIsAnsweredAgain) {
  SynServer end;
  end.take(50);
  end.hear_said();
  Segment again = end.syn(50);
  end.hear(again);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN+ACK", -1, 50, 0}}));
  Segment other = end.syn(50);
  other.seq = other.seq - 1;
  end.hear(other);
  const Lines challenged = end.hear_said();
  EXPECT_TRUE(challenged.empty() || challenged[0].flags != "SYN+ACK");
  Segment ending = end.syn(50);
  ending.flags.set(Flags::fin);
  end.hear(ending);
  const Lines answered = end.hear_said();
  EXPECT_TRUE(answered.empty() || answered[0].flags != "SYN+ACK");
  EXPECT_EQ(end.read(), text_from(0, 50));
}

TEST(SynText, OfAPeerTellsStatesApart) {
  std::uint64_t told[2];
  for (const bool is_taken : {false, true}) {
    SynEnd end;
    end.learn(1000);
    end.syn(10);
    end.answer(is_taken ? 10 : 0);
    end.hear_said();
    if (!is_taken) end.hear("ACK", 0, 10);
    Digest digest;
    end.connection->digest(digest);
    told[is_taken] = digest.value();
  }
  EXPECT_NE(told[0], told[1]);
}

// Whoever the cookie was stolen from is not to be troubled more than by a half-open record.
TEST(SynText, AServerGivesUpSoonAndSilently) {
  SynServer end;
  end.take(50);
  end.hear_said();
  EXPECT_EQ(end.pass(7s),
            (Lines{{"SYN+ACK", -1, 50, 0}, {"SYN+ACK", -1, 50, 0}, {"SYN+ACK", -1, 50, 0}}));
  EXPECT_EQ(end.state(), State::syn_received);
  EXPECT_EQ(end.desk.counters.failed_opens, 0u);
  EXPECT_EQ(end.pass(8s), Lines{});
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::timed_out);
  EXPECT_EQ(end.desk.counters.failed_opens, 1u);
}

}  // namespace
}  // namespace acksu::tcp
