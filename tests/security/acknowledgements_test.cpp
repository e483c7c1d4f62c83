// Receivers that lie about what has arrived, to be sent more than their share.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

std::uint32_t text_bytes(const Lines& lines) {
  std::uint32_t bytes = 0;
  for (const Line& line : lines) bytes += line.text_bytes;
  return bytes;
}

// SECURITY D2: what is acknowledged octet by octet opens the window by no more
// than what is acknowledged at once (RFC 3465, RFC 5681 section 3.1).
TEST(Acknowledgements, ManySmallOnesOpenTheWindowAsOneDoes) {
  const auto window_after = [](std::int64_t step) {
    Lone end;
    end.establish();
    end.write(500'000);
    end.hear_said();
    for (std::int64_t acked = step; acked <= 10'000; acked += step) {
      end.hear("ACK", 0, acked);
      end.hear_said();
    }
    return end.info().snd.cwnd;
  };
  const std::uint32_t honest = window_after(2000);
  EXPECT_GT(honest, 10'000u);
  for (const std::int64_t step : {1, 7, 100, 500}) EXPECT_LE(window_after(step), honest) << step;
}

// SECURITY D2: each duplicate says that one segment has left the network; there
// are no more than were under way (RFC 5681 section 3.2 step 4).
TEST(Acknowledgements, DuplicatesAreBelievedUpToWhatWasSent) {
  Lone end;
  end.establish();
  end.write(500'000);
  const std::uint32_t in_flight = text_bytes(end.hear_said());
  std::uint32_t more = 0;
  for (int i = 0; i < 10'000; ++i) {
    end.hear("ACK", 0, 0);
    more += text_bytes(end.hear_said());
  }
  EXPECT_LE(more, in_flight + 1000) << "one repair, and a segment for each that was there";
}

// SECURITY D6: reports of duplicates, and of what was never sent, change
// nothing, however many there are (RFC 2883).
TEST(Acknowledgements, ReportsOfNothingNewChangeNothing) {
  Lone end({.sack = true});
  end.establish();
  end.write(500'000);
  end.hear_said();
  end.hear("ACK", 0, 5000);
  end.hear_said();
  const Info before = end.info();
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    Segment ack = end.segment("ACK", 0, 5000);
    const Seq una{Lone::ours + 5000};
    const Seq start = i % 2 == 0 ? una - 1000 - i % 3000 : una + 200'000 + i;
    ack.options.sack.push_back({start, start + 100});
    end.hear(ack);
    ASSERT_TRUE(end.hear_said().empty()) << i;
  }
  EXPECT_EQ(end.info().snd.cwnd, before.snd.cwnd);
  EXPECT_EQ(end.info().snd.ssthresh, before.snd.ssthresh);
  EXPECT_EQ(end.info().snd.in_flight_bytes, before.snd.in_flight_bytes);
}

}  // namespace
}  // namespace acksu::tcp
