// Checkers: each must see the broken promise that it is for, and nothing in what is whole.
#include "sim/checker.h"

#include <gtest/gtest.h>

#include <functional>

namespace acksu::sim {
namespace {

using tcp::Info;
using tcp::State;
using tcp::Timer;

constexpr Endpoint here{IpAddress::v4(10, 0, 0, 1), 1000};
constexpr Endpoint there{IpAddress::v4(10, 0, 0, 2), 80};

// An established connection at rest.
Info healthy() {
  Info info;
  info.tuple = {here, there};
  info.state = State::established;
  info.snd.iss = Seq{100};
  info.snd.una = info.snd.nxt = Seq{201};
  info.snd.mss = 1460;
  info.snd.cwnd = 14'600;
  info.rcv.irs = Seq{5000};
  info.rcv.nxt = Seq{5101};
  info.rcv.wnd = 1000;
  info.timers.fill(never);
  return info;
}

void arm(Info& info, Timer timer) { info.timers[static_cast<std::size_t>(timer)] = Instant{} + 1s; }

std::string verdict(std::initializer_list<Info> steps) {
  Checker checker;
  for (const Info& info : steps) checker.check_sockets({&info, 1}, false);
  return checker.violation() ? checker.violation()->text : "";
}

TEST(Checker, IsContentWithWhatIsWhole) {
  Info waiting = healthy();
  waiting.snd.nxt = Seq{301};
  waiting.snd.in_flight_bytes = 100;
  arm(waiting, Timer::retransmission);
  EXPECT_EQ(verdict({healthy(), waiting, healthy()}), "");
}

TEST(Checker, SeesUnaBeyondNxt) {
  Info info = healthy();
  info.snd.una = info.snd.nxt + 1;
  EXPECT_NE(verdict({info}).find("SND.UNA"), std::string::npos);
}

TEST(Checker, SeesTheRightEdgeMoveLeft) {
  Info later = healthy();
  later.rcv.nxt += 10;
  later.rcv.wnd -= 11;
  EXPECT_NE(verdict({healthy(), later}).find("moved left by 1 bytes"), std::string::npos);
  later.rcv.wnd += 1;
  EXPECT_EQ(verdict({healthy(), later}), "");
}

TEST(Checker, SeesAFlightLargerThanTheWindow) {
  Info before = healthy(), after = healthy();
  after.snd.nxt += 30'000;
  after.snd.in_flight_bytes = 30'000;
  arm(after, Timer::retransmission);
  EXPECT_NE(verdict({before, after}).find("congestion window"), std::string::npos);
  // The same flight is no fault when the window fell after it had left.
  before = after;
  before.snd.cwnd = 30'000;
  EXPECT_EQ(verdict({before, after}), "");
}

TEST(Checker, SeesAnAckOfWhatWasNeverSent) {
  Info peer = healthy();
  peer.tuple = {there, here};
  peer.snd.iss = Seq{5000};
  peer.snd.una = peer.snd.nxt = Seq{5101};
  peer.rcv.irs = Seq{100};
  peer.rcv.nxt = Seq{201};
  EXPECT_EQ(verdict({peer, healthy()}), "");
  Info wrong = healthy();
  wrong.rcv.nxt = Seq{5102};
  EXPECT_NE(verdict({peer, wrong}).find("never sent"), std::string::npos);
}

TEST(Checker, SeesAWaitWithoutATimer) {
  Info info = healthy();
  info.snd.nxt += 10;
  EXPECT_NE(verdict({info}).find("no timer"), std::string::npos);
  Info closed_window = healthy();
  closed_window.snd.unsent_bytes = 5;
  EXPECT_NE(verdict({closed_window}).find("no timer"), std::string::npos);
  arm(closed_window, Timer::persist);
  EXPECT_EQ(verdict({closed_window}), "");
  Info orphan = healthy();
  orphan.state = State::fin_wait_2;
  orphan.is_orphan = true;
  EXPECT_NE(verdict({orphan}).find("FIN-WAIT-2"), std::string::npos);
  Info record = healthy();
  record.state = State::time_wait;
  EXPECT_NE(verdict({record}).find("TIME-WAIT"), std::string::npos);
}

TEST(Checker, AllowsAWaitForTheNextEmit) {
  Info info = healthy();
  info.snd.unsent_bytes = 10;
  Checker checker;
  checker.check_sockets({&info, 1}, true);
  EXPECT_FALSE(checker.violation());
}

TEST(Checker, KeepsTheFirstViolationWithItsPlace) {
  Checker checker;
  checker.stand_at(4711, Instant{} + 1500ms, "client");
  checker.report({here, there}, "first");
  checker.report({here, there}, "second");
  EXPECT_EQ(to_string(*checker.violation()),
            "seed 4711 at 1.500000 s, host client, 10.0.0.1:1000 - 10.0.0.2:80: first");
}

TEST(Checker, SeesWhatIsHeldAfterQuiet) {
  const auto text_of = [](const std::function<void(HostHoldings&)>& change) {
    HostHoldings holdings;
    change(holdings);
    Checker checker;
    checker.check_holdings(holdings);
    return checker.violation() ? checker.violation()->text : "";
  };
  EXPECT_EQ(text_of([](HostHoldings& held) { held.neighbours = 3; }), "");
  EXPECT_EQ(text_of([](HostHoldings& held) { held.connections = 1; }),
            "1 connections are held after quiet");
  EXPECT_EQ(text_of([](HostHoldings& held) { held.timers = 2; }), "2 timers are held after quiet");
  EXPECT_EQ(text_of([](HostHoldings& held) { held.text_bytes = 7; }),
            "7 bytes of text are held after quiet");
}

// ---- Streams

TEST(Streams, BytesFollowFromTagAndPlace) {
  std::vector<std::uint8_t> whole(100), part(37);
  fill_stream(77, 0, whole);
  fill_stream(77, 13, part);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 13));
  std::vector<std::uint8_t> other(100);
  fill_stream(78, 0, other);
  EXPECT_NE(whole, other);
}

}  // namespace
}  // namespace acksu::sim
