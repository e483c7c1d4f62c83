// The table of who asks for which feedback of marks and who answers what (RFC 3168 6.1.1, RFC 9768
// 3.1), in full: each number that AE, CWR and ECE make, for each policy.
#include "tcp/ecn_mode.h"

#include <gtest/gtest.h>

namespace acksu::tcp::ecn_mode_test {
namespace {

using enum EcnPolicy;
using enum EcnMode;

constexpr EcnPolicy policies[] = {off, answer_classic, answer, ask_classic, ask, ask_accurate};

Segment with_ace(std::uint16_t flags, std::uint8_t ace) {
  Segment segment;
  segment.flags.bits = flags;
  segment.flags.set_ace(ace);
  return segment;
}

// RFC 3168 6.1.1.1: once; RFC 9768 3.1.4.1: twice; then without.
TEST(EcnMode, SynsAskForLessAndLess) {
  for (const EcnPolicy policy : policies) {
    const bool is_classic = policy == ask || policy == ask_classic;
    const bool is_accurate = policy == ask_accurate;
    for (std::uint32_t sent = 0; sent < 4; ++sent) {
      const int expected = is_accurate && sent < 2 ? 7 : is_classic && sent == 0 ? 3 : 0;
      EXPECT_EQ(ace_of_syn(policy, sent), expected) << sent;
    }
  }
}

// RFC 9768 3.1.3: what means nothing yet is to mean accurate ECN.
TEST(EcnMode, WhatASynAsksFor) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    const EcnMode expected = ace == 0 ? none : ace == 3 ? classic : accurate;
    EXPECT_EQ(asked_by(with_ace(Flags::syn, ace).flags), expected) << int{ace};
  }
}

// Who knows only RFC 3168 sees both of its flags, or nothing.
TEST(EcnMode, WhoAnswersASyn) {
  for (const EcnPolicy policy : policies) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      Segment syn = with_ace(Flags::syn, ace);
      syn.ecn = Ecn::capable_1;
      const EcnAgreement ecn = ecn_for_syn(syn, policy);
      EXPECT_EQ(ecn.heard, Ecn::capable_1);
      EcnMode expected = asked_by(syn.flags);
      const bool is_old = policy == answer_classic || policy == ask_classic;
      if (is_old && expected == accurate) expected = (ace & 3) == 3 ? classic : none;
      if (policy == off) expected = none;
      EXPECT_EQ(ecn.mode, expected) << static_cast<int>(policy) << ' ' << int{ace};
    }
  }
}

// RFC 9768 Table 2; RFC 3168 6.1.1: ECE without CWR agrees.
TEST(EcnMode, WhoIsAnswered) {
  for (const EcnPolicy policy : policies) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      for (const bool is_told : {false, true}) {
        Segment syn_ack = with_ace(Flags::syn | Flags::ack, ace);
        if (is_told) syn_ack.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 0};
        EcnMode expected = none;
        if (policy == ask || policy == ask_classic) expected = (ace & 3) == 1 ? classic : none;
        constexpr EcnMode table[] = {none,     classic,  accurate, accurate,
                                     accurate, accurate, accurate, none};
        if (policy == ask_accurate) expected = table[ace];
        const EcnAgreement ecn = ecn_for_answer(syn_ack, policy);
        EXPECT_EQ(ecn.mode, expected) << static_cast<int>(policy) << ' ' << int{ace};
        EXPECT_EQ(ecn.is_told, is_told);
      }
    }
  }
}

// RFC 9768 3.1.2, 3.1.5: who has asked by RFC 3168 agrees to no more, and who has not asked to
// nothing.
TEST(EcnMode, WhoseSynsCross) {
  for (const EcnPolicy policy : policies) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      const Segment syn = with_ace(Flags::syn, ace);
      EcnMode expected = none;
      if (policy == ask_accurate) expected = asked_by(syn.flags);
      if (policy == ask || policy == ask_classic) expected = ace == 0 ? none : classic;
      EXPECT_EQ(ecn_for_crossing_syn(syn, policy).mode, expected)
          << static_cast<int>(policy) << ' ' << int{ace};
    }
  }
}

// RFC 9768 3.1.5: two SYNs of one opening that ask for both.
TEST(EcnMode, WhichSynsTearItApart) {
  for (const EcnMode agreed : {none, classic, accurate}) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      const bool expected =
          (agreed == classic && ace != 0 && ace != 3) || (agreed == accurate && ace == 3);
      EXPECT_EQ(is_torn(agreed, with_ace(Flags::syn, ace).flags), expected) << int{ace};
    }
  }
}

// RFC 9768 Tables 2 and 3: there and back; 0, 1, 5 and 7 tell no codepoint.
TEST(EcnMode, CodepointsOfTheHandshake) {
  for (const Ecn heard :
       {Ecn::not_capable, Ecn::capable_1, Ecn::capable, Ecn::congestion_experienced}) {
    EXPECT_EQ(codepoint_of(handshake_ace(heard)), heard);
  }
  constexpr std::uint8_t silent[] = {0, 1, 5, 7};
  for (const std::uint8_t ace : silent) EXPECT_EQ(codepoint_of(ace), std::nullopt);
}

// Room for counts is set aside only where all of that holds.
TEST(EcnMode, RoomForCounts) {
  Settings settings;
  settings.acc_ecn_options = AccEcnOptions::in_all;
  const EcnAgreement all{.mode = accurate, .may_tell = true, .is_told = true};
  EXPECT_TRUE(reserves_counts(all, settings));
  EcnAgreement less = all;
  less.mode = classic;
  EXPECT_FALSE(reserves_counts(less, settings));
  less = all;
  less.may_tell = false;
  EXPECT_FALSE(reserves_counts(less, settings));
  less = all;
  less.is_told = false;
  EXPECT_FALSE(reserves_counts(less, settings));
  settings.acc_ecn_options = AccEcnOptions::of_news;
  EXPECT_FALSE(reserves_counts(all, settings));
}

}  // namespace
}  // namespace acksu::tcp::ecn_mode_test
