// Text whatever its marks say: urgent pointers at every place, in order and out
// of order.
#include <gtest/gtest.h>

#include <string>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

struct Arrival {
  std::int64_t seq;
  std::uint32_t bytes;
};

// SECURITY A5 (CVE-2019-12255, CVE-2019-12260): the stream is the same as
// without urgent pointers.
// RFC 6093 6.
TEST(UrgentText, TheStreamIsTheSame) {
  const std::vector<std::vector<Arrival>> orders{
      {{0, 10}, {10, 10}, {20, 10}},
      {{20, 10}, {10, 10}, {0, 10}},
      {{10, 10}, {10, 10}, {0, 30}},
      {{0, 1}, {5, 25}, {0, 30}},
  };
  const std::uint16_t pointers[] = {0, 1, 9, 10, 11, 0x7fff, 0xffff};
  for (int state = 0; state < 5; ++state) {
    for (const auto& order : orders) {
      for (const std::uint16_t pointer : pointers) {
        Lone end({.sack = true});
        end.establish();
        if (state == 1 || state == 2) end.shut_down();
        end.hear_said();
        if (state == 2) end.hear("ACK", 0, 1);  // FIN-WAIT-2
        if (state == 3) end.write(1000);
        if (state == 4) end.hear("ACK", 30, 0, 5);  // with text that is early
        for (const Arrival& arrival : order) {
          Segment segment = end.segment("ACK", arrival.seq, state == 2 ? 1 : 0, arrival.bytes);
          segment.flags.set(Flags::urg);
          segment.urgent_pointer = pointer;
          end.hear(segment);
          end.hear_said();
        }
        ASSERT_EQ(end.read(), text_from(0, state == 4 ? 35 : 30))
            << "state " << state << ", pointer " << pointer;
      }
    }
  }
}

// SECURITY D5: a peer may echo time stamps that were never sent, or will be:
// what a round trip takes is measured by our own clock (RFC 6298 section 3).
TEST(EchoedTimeStamps, DoNotChangeTheRoundTrip) {
  for (const std::uint32_t lie : {0u, 1u, 77u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu}) {
    Lone end({.timestamps = true});
    end.establish();
    std::int64_t acked = 0;
    for (int round = 0; round < 50; ++round) {
      end.write(100);
      ASSERT_EQ(end.hear_said().size(), 1u);
      end.desk.now += 50ms;
      acked += 100;
      Segment ack = end.segment("ACK", 0, acked);
      ack.options.timestamps.echo_reply += lie * static_cast<std::uint32_t>(round);
      EXPECT_EQ(end.hear(ack).drop, Drop::none);
    }
    EXPECT_GT(end.info().srtt, Duration{49ms}) << lie;
    EXPECT_LE(end.info().srtt, Duration{50ms}) << lie;
    EXPECT_LT(end.info().rto, Duration{300ms}) << lie;
  }
}

}  // namespace
}  // namespace acksu::tcp
