// The user timeout option: its numbers, when it is told, and what a peer's does.
#include "tcp/user_timeout.h"

#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

Settings telling() {
  Settings settings;
  settings.tells_user_timeout = true;
  return settings;
}

// Opens; our ACK of the SYN+ACK is the first segment without SYN.
Segment open_telling(Lone& end, std::uint16_t theirs) {
  end.connect();
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.options.user_timeout = theirs;
  end.hear(syn_ack);
  const std::vector<Segment> said = end.said();
  EXPECT_EQ(said.size(), 1u);
  return said.front();
}

Duration given_up_after(Lone& end) {
  end.write(100);
  end.said();
  const Instant began = end.desk.now;
  while (end.state() != State::closed && end.connection->deadline() != never) {
    end.pass(std::max(end.connection->deadline() - end.desk.now, Duration{0}));
  }
  return end.desk.now - began;
}

TEST(UserTimeout, SaysSecondsAsLongAsTheyFitAndMinutesThen) {  // RFC 5482 3.3
  for (const auto& [timeout, option] : {std::pair{Duration{1ms}, 1},
                                        {Duration{0}, 1},
                                        {Duration{100s}, 100},
                                        {Duration{100'001ms}, 101},
                                        {Duration{32'767s}, 32'767},
                                        {Duration{32'768s}, 0x8000 | 547},
                                        {Duration{24h}, 0x8000 | 1440},
                                        {Duration{24h * 365}, 0xffff}}) {
    EXPECT_EQ(UserTimeout::option_of(timeout), option);
  }
  EXPECT_EQ(UserTimeout::duration_of(100), Duration{100s});
  EXPECT_EQ(UserTimeout::duration_of(0x8000 | 547), Duration{547min});
  for (std::uint32_t option = 1; option <= 0x7fff; ++option) {
    const auto each = static_cast<std::uint16_t>(option);
    ASSERT_EQ(UserTimeout::option_of(UserTimeout::duration_of(each)), each);
  }
}

TEST(UserTimeout, FollowsTheFormula) {  // RFC 5482 3.1
  Settings settings;
  settings.least_user_timeout = 100s;
  settings.most_user_timeout = 1h;
  EXPECT_EQ(UserTimeout::adopted(200s, 300s, settings), Duration{300s});
  EXPECT_EQ(UserTimeout::adopted(300s, 200s, settings), Duration{300s});
  EXPECT_EQ(UserTimeout::adopted(1s, 2s, settings), Duration{100s});
  EXPECT_EQ(UserTimeout::adopted(1s, 2h, settings), Duration{1h});
}

TEST(UserTimeout, IsToldInTheSynAndInTheFirstSegmentAfterIt) {  // RFC 5482 3 (c)
  Lone end({}, telling());
  end.connect();
  const std::vector<Segment> said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said.front().options.user_timeout, 900) << "R2";
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  end.hear(syn_ack);
  EXPECT_EQ(end.said().front().options.user_timeout, 900);
  end.write(100);
  EXPECT_EQ(end.said().front().options.user_timeout, 0) << "once";
}

TEST(UserTimeout, IsToldAgainWhenItChanges) {  // RFC 5482 3 (c)
  Lone end({}, telling());
  open_telling(end, 0);
  end.set({.user_timeout = 1000s});
  end.write(5000);
  const std::vector<Segment> said = end.said();
  ASSERT_EQ(said.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    // A full segment has no room for it.
    EXPECT_LE(said[i].text.size() + (said[i].options.user_timeout == 0 ? 0 : 4), 1000u) << i;
  }
  end.hear("PSH+ACK", 0, 5000, 10);
  EXPECT_EQ(end.said().front().options.user_timeout, 1000);
  end.set({.user_timeout = 1000s});
  end.write(1);
  EXPECT_EQ(end.said().front().options.user_timeout, 0) << "nothing has changed";
}

TEST(UserTimeout, IsOffUnlessAskedFor) {  // RFC 5482 3 (a)
  Lone end;
  EXPECT_EQ(open_telling(end, 2000).options.user_timeout, 0);
  EXPECT_EQ(given_up_after(end), Duration{900s});
  EXPECT_EQ(end.desk.counters.user_timeouts_heard, 0u);
}

TEST(UserTimeout, ALongerOneOfThePeerIsAdopted) {
  Lone end({}, telling());
  open_telling(end, 2000);
  EXPECT_EQ(given_up_after(end), Duration{2000s});
  EXPECT_EQ(end.desk.counters.user_timeouts_heard, 1u);
}

TEST(UserTimeout, ItCanComeLater) {
  Lone end({}, telling());
  open_telling(end, 0);
  end.write(100);
  end.said();
  Segment ack = end.segment("ACK", 0, 100);
  ack.options.user_timeout = UserTimeout::minutes | 20;
  end.hear(ack);
  EXPECT_EQ(given_up_after(end), Duration{20min});
}

// A peer can neither make us give up sooner than L_LIMIT nor wait for ever.
// RFC 5482 3 (d).
TEST(UserTimeout, ThePeerIsFollowedWithinLimitsOnly) {
  for (const auto& [theirs, limit] :
       {std::pair{std::uint16_t{1}, Duration{100s}}, {std::uint16_t{0xffff}, Duration{1h}}}) {
    Lone end({}, telling());
    end.desk.settings.r2 = 50s;
    open_telling(end, theirs);
    EXPECT_EQ(given_up_after(end), limit);
  }
}

TEST(UserTimeout, WhatTheApplicationHasSetStays) {  // RFC 5482 3 (b): CHANGEABLE
  Lone end({}, telling());
  open_telling(end, 2000);
  end.set({.user_timeout = 150s});
  EXPECT_EQ(given_up_after(end), Duration{150s});
}

TEST(UserTimeout, IsNotBelievedOfASegmentThatIsNotThePeers) {
  Lone end({}, telling());
  open_telling(end, 0);
  Segment forged = end.segment("ACK", 500'000, 0);
  forged.options.user_timeout = 3000;
  end.hear(forged);
  end.said();
  EXPECT_EQ(end.desk.counters.user_timeouts_heard, 0u);
  EXPECT_EQ(given_up_after(end), Duration{900s});
}

}  // namespace
}  // namespace acksu::tcp
