// TCP Fast Open under attack: text that comes twice, cookies of others, and floods of SYNs with
// good cookies. What a listener risks is bounded by its limit.
#include <gtest/gtest.h>

#include "sim/script_gtest.h"

namespace acksu::sim {
namespace {

Line opener() { return syn(0).win(65535).mss(1460); }

FastOpenOption cookie_of(Script& s) {
  s.peer(opener().asks_cookie());
  s.expect(syn_ack(0).ack(1).gives_cookie());
  s.peer(rst(1));
  return s.cookie();
}

// SECURITY B18: a copy of a SYN with text, while the connection lives and after it, is never read
// twice on one connection; a new one is judged as any other.
TEST(FastOpenAttack, ACopyOfTheSynIsNotReadAgain) {
  Script s{"replay"};
  s.app.lets_in_fast(4);
  const FastOpenOption cookie = cookie_of(s);
  s.connection(1);
  s.peer(opener().text(100).fast_open(cookie));
  s.expect(syn_ack(0).ack(101));
  s.app.reads(100);
  s.peer(opener().text(100).fast_open(cookie));
  s.expect(syn_ack(0).ack(101));
  s.app.reads_nothing();
  s.peer(pure_ack(1).seq(101));
  s.peer(opener().text(100).fast_open(cookie));
  s.expect(pure_ack(101));  // a challenge
  s.app.reads_nothing();
  EXPECT_EQ(s.host().counters().tcp.fast_open_accepted, 1u);
}

// SECURITY B18: ten thousand SYNs with a stolen cookie, from forged ports: as many connections as
// the listener allows, and no octet of theirs beyond; resets do not make room.
TEST(FastOpenAttack, AStolenCookieOpensNoMoreThanTheLimit) {
  Script s{"flood"};
  s.app.lets_in_fast(16);
  const FastOpenOption cookie = cookie_of(s);
  std::uint64_t largest = 0;
  for (std::uint16_t port = 1; port <= 500; ++port) {
    s.connection(port);
    s.peer(opener().text(1000).fast_open(cookie));
    s.expect(syn_ack(0));
    if (port % 2 == 0)
      s.peer(
          rst(s.info().state == State::syn_received && s.info().rcv.nxt == s.info().rcv.irs + 1001
                  ? 1001
                  : 1));
    largest = std::max<std::uint64_t>(largest, s.host().holdings().connections);
  }
  EXPECT_EQ(s.host().counters().tcp.fast_open_accepted, 16u);
  EXPECT_EQ(s.host().counters().tcp.fast_open_full, 484u);
  EXPECT_LE(largest, 16u);
}

// SECURITY B18: whoever was robbed of his cookie hears a SYN+ACK and its repetitions, as of an
// ordinary SYN, and ten segments of an answer at most.
TEST(FastOpenAttack, TheAnswerToAForgedSynIsBounded) {
  Script s{"amplification"};
  s.app.lets_in_fast(4);
  const FastOpenOption cookie = cookie_of(s);
  s.connection(1);
  s.peer(opener().text(100).fast_open(cookie));
  s.expect(syn_ack(0).ack(101));
  s.app.writes(100'000);
  for (std::uint32_t i = 0; i < 10; ++i) s.expect(data(1 + 1460 * i, 1460));
  for (const Duration wait : {1s, 2s, 4s}) s.expect_after(wait, syn_ack(0).ack(101));
  s.expect_silence_for(10min);
  s.expect_state(State::closed);
}

// SECURITY B18: a cookie is good for the address it was given to, and no guess is good.
TEST(FastOpenAttack, GuessedCookiesAreRefused) {
  Script s{"guesses"};
  s.app.lets_in_fast(4);
  for (std::uint16_t port = 1; port <= 256; ++port) {
    s.connection(port);
    std::vector<std::uint8_t> guess(8);
    for (std::size_t i = 0; i < guess.size(); ++i) {
      guess[i] = static_cast<std::uint8_t>(port * 37 + i * 101);
    }
    s.peer(opener().text(100).fast_open(*FastOpenOption::of(guess)));
    s.expect(syn_ack(0).ack(1));
  }
  EXPECT_EQ(s.host().counters().tcp.fast_open_bad, 256u);
  EXPECT_EQ(s.host().counters().tcp.fast_open_accepted, 0u);
}

}  // namespace
}  // namespace acksu::sim
