// TCP Fast Open (RFC 7413) as dialogues: both sides of it with a peer that says what it likes.
#include <gtest/gtest.h>

#include <vector>

#include "sim/script_gtest.h"

namespace acksu::sim::fast_open_test {
namespace {

Line opener() { return syn(0).win(65535).mss(1460); }

// The peer has got a cookie, and goes on with connection 1.
void learn_cookie(Script& s) {
  s.peer(opener().asks_cookie());
  s.expect(syn_ack(0).ack(1).gives_cookie());
  s.peer(pure_ack(1).seq(1));
  s.expect_state(State::established);
  s.connection(1);
}

const tcp::Counters& counters(Script& s) { return s.host().counters().tcp; }

// ---- A server -----------------------------------------------------------------------------------

TEST(FastOpenServer, TakesTextAndAnswersBeforeTheHandshakeIsOver) {  // RFC 7413 4.2.2 (a)
  Script s{"request in the SYN, response behind the SYN+ACK"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101).win(65436).no_fast_open());
  s.expect_state(State::syn_received);
  s.app.reads(100);
  s.app.writes(3000);
  s.expect(data(1, 1460).ack(101));
  s.expect(data(1461, 1460).ack(101));
  s.expect(data(2921, 80).ack(101));
  s.peer(pure_ack(1).seq(101));
  s.expect_state(State::established);
  s.peer(pure_ack(3001));
  s.app.is_told(Readiness::readable | Readiness::connected | Readiness::all_acked);
  EXPECT_EQ(counters(s).fast_open_accepted, 1u);
  EXPECT_EQ(counters(s).retransmitted_segments, 0u);
}

// RFC 7413 4.2.2: no more than the initial window before the client has spoken again.
TEST(FastOpenServer, AnswersNoMoreThanTheInitialWindow) {
  Script s{"ten segments"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.writes(20'000);
  for (std::uint32_t i = 0; i < 10; ++i) s.expect(data(1 + 1460 * i, 1460));
  s.expect_silence_for(900ms);
  s.peer(pure_ack(14'601).seq(101));
  s.expect(data(14'601, 1460));
  for (std::uint32_t i = 0; i < 2; ++i) s.expect(data(16'061 + 1460 * i, 1460));
  s.expect(data(18'981, 1020));
}

TEST(FastOpenServer, EndsBeforeTheHandshakeIsOver) {
  Script s{"answer and FIN"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.reads(100);
  s.app.writes(50);
  s.expect(data(1, 50));
  s.app.closes();
  s.expect(fin(51).ack(101));
  s.expect_state(State::fin_wait_1);
  s.peer(fin(101).ack(52));
  s.expect(pure_ack(102).seq(52));
  s.expect_state(State::time_wait);
}

// RFC 7413 4.2.2 (a).
TEST(FastOpenServer, ACookieThatIsNoneGivesAnOrdinaryHandshakeAndAGoodCookie) {
  Script s{"forged"};
  s.app.lets_in_fast(2);
  const std::vector<std::uint8_t> forged(8, 7);
  s.peer(opener().text(100).fast_open(*FastOpenOption::of(forged)));
  s.expect(syn_ack(0).ack(1).gives_cookie());
  s.peer(data(1, 100).ack(1));
  s.expect(pure_ack(101));
  s.app.reads(100);
  EXPECT_EQ(counters(s).fast_open_bad, 1u);
  EXPECT_EQ(counters(s).fast_open_accepted, 0u);
}

TEST(FastOpenServer, AnOldCookieIsTakenAndReplaced) {
  HostSettings settings = script_host();
  settings.tcp.fast_open_key_life = 1h;
  Script s{"keys rotate", settings};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  const FastOpenOption old = s.cookie();
  s.after(1h);
  s.peer(opener().text(100).fast_open(old));
  s.expect(syn_ack(0).ack(101).gives_cookie());
  EXPECT_FALSE(s.cookie() == old);
  s.peer(pure_ack(1).seq(101));
  s.after(1h);
  s.connection(2);
  s.peer(opener().text(100).fast_open(old));
  s.expect(syn_ack(0).ack(1).gives_cookie());
}

TEST(FastOpenServer, AListenerThatDoesNotDoItIgnoresTheOption) {  // RFC 7413 4.2 (a)
  Script s{"off"};
  s.peer(opener().text(100).asks_cookie());
  s.expect(syn_ack(0).ack(1).no_fast_open());
}

// RFC 7413 4.2 (b), 5.1
TEST(FastOpenServer, BeyondItsLimitTheHandshakeIsAnOrdinaryOne) {
  Script s{"limit"};
  s.app.lets_in_fast(1);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.connection(2);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(1));
  EXPECT_EQ(counters(s).fast_open_full, 1u);
  s.connection(1);
  s.peer(pure_ack(1).seq(101));
  s.connection(3);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
}

// RFC 7413 5.1: resets do not make room for more at once.
TEST(FastOpenServer, WhatWasResetCountsOnForAWhile) {
  Script s{"reset"};
  s.app.lets_in_fast(1);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.reads(100);
  s.peer(rst(101));
  s.expect_state(State::closed);
  s.app.fails(Error::connection_reset);
  s.after(59s);
  s.connection(2);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(1));
  s.after(500ms);
  s.peer(rst(1));
  s.after(1s);
  s.connection(3);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
}

TEST(FastOpenServer, TheSynAckIsSentAgainAndGivenUpWithoutAReset) {  // RFC 7413 4.2.2 (b).
  Script s{"nobody answers"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.writes(2000);
  s.expect(data(1, 1460));
  s.expect(data(1461, 540));
  s.expect_after(1s, syn_ack(0).ack(101));
  s.expect_after(2s, syn_ack(0).ack(101));
  s.expect_after(4s, syn_ack(0).ack(101));
  s.expect_silence_for(8s);
  s.expect_state(State::closed);
  s.app.reads(100);  // what has arrived is still good
  s.app.fails(Error::timed_out);
}

TEST(FastOpenServer, AfterALostSynAckTheTextGoesAgain) {
  Script s{"the client heard nothing of the first"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.writes(2000);
  s.expect(data(1, 1460));
  s.expect(data(1461, 540));
  s.after(900ms);
  s.peer(opener());  // a plain SYN
  s.expect(syn_ack(0).ack(101));
  s.peer(pure_ack(1).seq(101));
  s.expect(data(1, 1460));
  s.expect(data(1461, 540));
  s.peer(pure_ack(2001).seq(101));
  s.app.is_told(Readiness::all_acked);
}

TEST(FastOpenServer, AnswersWithoutItWhileSynCookiesAreSent) {
  HostSettings settings = script_host();
  settings.tcp.max_half_open = 1;
  Script s{"flood", settings};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.connection(2);
  s.peer(opener());
  s.expect(syn_ack(0).ack(1));
  s.connection(1);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(1).no_fast_open());
  EXPECT_EQ(counters(s).cookies_sent, 1u);
}

TEST(FastOpenServer, ForgetsWhatWasPendingWhenItStopsListening) {
  Script s{"stops"};
  s.app.lets_in_fast(2);
  learn_cookie(s);
  s.peer(opener().text(100).fast_open(s.cookie()));
  s.expect(syn_ack(0).ack(101));
  s.app.stops_listening();
  s.peer(pure_ack(1).seq(101));
  s.expect_state(State::established);
  s.app.reads(100);
}

// ---- A client -----------------------------------------------------------------------------------

const std::vector<std::uint8_t> cookie_bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

FastOpenOption cookie() { return *FastOpenOption::of(cookie_bytes); }

// The host has got a cookie of the peer, and goes on with connection 1.
void give_cookie(Script& s) {
  s.app.connects_fast(100);
  s.expect(syn(0).asks_cookie());
  s.peer(syn_ack(0).ack(1).win(65535).mss(1400).fast_open(cookie()));
  s.expect(data(1, 100).ack(1));
  s.peer(pure_ack(101).seq(1));
  s.connection(1);
}

TEST(FastOpenClient, SendsTextWithTheSyn) {
  Script s{"all of it is taken"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500).fast_open(cookie()).mss(1460));
  s.peer(syn_ack(0).ack(501).win(65535).mss(1400));
  s.expect(pure_ack(1).seq(501));
  s.app.is_told(Readiness::connected | Readiness::all_acked);
  EXPECT_EQ(counters(s).fast_open_taken, 1u);
  EXPECT_EQ(counters(s).retransmitted_segments, 0u);
}

// RFC 7413 4.1.3: no more than the MSS that was cached, less the options.
TEST(FastOpenClient, SendsNoMoreThanTheServerTakes) {
  Script s{"3000 bytes"};
  give_cookie(s);
  s.app.connects_fast(3000);
  s.expect(syn(0).text(1360).fast_open(cookie()));
  s.peer(syn_ack(0).ack(1361).win(65535).mss(1400));
  s.expect(data(1361, 1400).ack(1));
  s.expect(data(2761, 240).ack(1));
}

TEST(FastOpenClient, TextThatIsNotTakenGoesWithTheNextSegment) {  // RFC 7413 4.2.2 (c)
  Script s{"not taken"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500));
  s.peer(syn_ack(0).ack(1).win(65535).mss(1400));
  s.expect(data(1, 500).ack(1));
  s.peer(pure_ack(501).seq(1));
  s.app.is_told(Readiness::all_acked);
  EXPECT_EQ(counters(s).fast_open_refused, 1u);
  s.connection(2);
  s.app.connects_fast(500);
  s.expect(syn(0).no_fast_open());
}

TEST(FastOpenClient, OnlyTheRestOfWhatWasTakenGoesAgain) {
  Script s{"taken in part"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500));
  s.peer(syn_ack(0).ack(201).win(65535).mss(1400));
  s.expect(data(201, 300).ack(1));
  EXPECT_FALSE(s.info().was_syn_text_taken) << "not all of it";
}

TEST(FastOpenClient, AnAckOfMoreThanTheTextIsRefused) {
  Script s{"never sent"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500));
  s.peer(syn_ack(0).ack(502).win(65535).mss(1400));
  s.expect(rst(502));
  s.expect_state(State::syn_sent);
}

// RFC 7413 4.1.3.1, 4.2.2 (b).
TEST(FastOpenClient, ASynThatIsLostGoesAgainWithoutItAndItRestsForAWhile) {
  Script s{"a black hole"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500).fast_open(cookie()));
  s.expect_after(1s, syn(0).no_fast_open());
  s.peer(syn_ack(0).ack(1).win(65535).mss(1400));
  s.expect(data(1, 500).ack(1));
  s.peer(pure_ack(501).seq(1));
  s.connection(2);
  s.app.connects_fast(500);
  s.expect(syn(0).no_fast_open());
  s.peer(syn_ack(0).ack(1).win(65535).mss(1400));
  s.expect(data(1, 500).ack(1));
  s.peer(pure_ack(501).seq(1));
  s.after(10min);
  s.connection(3);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500).fast_open(cookie()));
}

TEST(FastOpenClient, ALostSynAckIsNoReasonToRest) {
  Script s{"the text had arrived"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500));
  s.expect_after(1s, syn(0));
  s.peer(syn_ack(0).ack(501).win(65535).mss(1400));
  s.expect(pure_ack(1).seq(501));
  s.connection(2);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500).fast_open(cookie()));
}

TEST(FastOpenClient, WithNothingToSayTheSynShowsItsCookie) {
  Script s{"nothing written"};
  give_cookie(s);
  s.app.connects_fast(0);
  s.expect(syn(0).text(0).fast_open(cookie()));
}

TEST(FastOpenClient, TextOfCrossingSynsComesAgain) {
  Script s{"simultaneous open"};
  give_cookie(s);
  s.app.connects_fast(500);
  s.expect(syn(0).text(500));
  s.peer(syn(0).win(65535).mss(1400));
  s.expect(syn_ack(0).ack(1));
  s.peer(syn_ack(0).ack(1).win(65535));
  s.expect(data(1, 500).ack(1));
  s.expect_state(State::established);
}

}  // namespace
}  // namespace acksu::sim::fast_open_test
