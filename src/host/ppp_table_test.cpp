// PPP's automaton: the moves by which a line comes up, and those that RFC 1661 marks as special.
#include "host/ppp_table.h"

#include <gtest/gtest.h>

#include <string>

namespace acksu {
namespace {

using E = PppEvent;
using S = PppState;

std::string walk(S state, std::initializer_list<E> events) {
  std::string text = name(state);
  for (const E event : events) {
    const PppStep step = ppp_step(state, event);
    if (!step.is_possible) return text + " ?";
    state = step.next;
    text += std::string(" ") + name(state);
  }
  return text;
}

TEST(PppTable, ComesUpEitherWay) {
  EXPECT_EQ(walk(S::initial, {E::open, E::up, E::ack, E::good_request}),
            "Initial Starting Req-Sent Ack-Rcvd Opened");
  EXPECT_EQ(walk(S::initial, {E::up, E::open, E::bad_request, E::good_request, E::ack}),
            "Initial Closed Req-Sent Req-Sent Ack-Sent Opened");
}

TEST(PppTable, Ends) {
  EXPECT_EQ(walk(S::opened, {E::close, E::time_out, E::terminate_ack}),
            "Opened Closing Closing Closed");
  EXPECT_EQ(walk(S::opened, {E::terminate_request, E::last_time_out, E::good_request}),
            "Opened Stopping Stopped Ack-Sent");
  EXPECT_EQ(walk(S::opened, {E::fatal_reject, E::close, E::last_time_out}),
            "Opened Stopping Closing Closed");
}

// RFC 1661 section 4.3: whoever is asked again in Opened begins again.
TEST(PppTable, AsksAgainInOpened) {
  const PppStep step = ppp_step(S::opened, E::good_request);
  EXPECT_EQ(step.next, S::ack_sent);
  EXPECT_EQ(step.actions, PppDo::tld | PppDo::scr | PppDo::sca);
  EXPECT_EQ(walk(S::opened, {E::ack}), "Opened Req-Sent");
  EXPECT_EQ(walk(S::opened, {E::terminate_ack}), "Opened Req-Sent");
}

TEST(PppTable, NothingArrivesWithoutALine) {
  for (std::size_t i = static_cast<std::size_t>(E::time_out); i < ppp_event_count; ++i) {
    EXPECT_FALSE(ppp_step(S::initial, static_cast<E>(i)).is_possible);
    EXPECT_FALSE(ppp_step(S::starting, static_cast<E>(i)).is_possible);
  }
}

TEST(PppTable, Names) {
  EXPECT_STREQ(name(S::request_sent), "Req-Sent");
  EXPECT_STREQ(name(E::fatal_reject), "RXJ-");
  EXPECT_STREQ(name(E::echo), "RXR");
}

}  // namespace
}  // namespace acksu
