// Frames by the short way and by the steps: both take what is whole, and nothing else.
#include "host/pair_test.h"

namespace acksu {
namespace {

// The frame in which a tells b something, taken from the wire.
Frame frame_with_text(Pair& pair, Handle at_a) {
  Frame taken;
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (from_a) taken = frame;
    return !from_a;
  };
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("something"), pair.now));
  pair.settle();
  return taken;
}

Frame turned(BufferPool& pool, const Frame& frame, std::size_t byte, unsigned bit) {
  std::vector<std::uint8_t> bytes = frame.bytes.flatten();
  bytes[byte] ^= static_cast<std::uint8_t>(1u << bit);
  return Frame{.bytes = BufferChain(pool.copy_of(bytes))};
}

bool is_heard(Host host, Handle handle, Frame frame, Instant now) {
  host.absorb(0, std::span(&frame, 1), now);
  std::array<std::uint8_t, 100> room{};
  const Result<std::uint32_t> count = host.read(handle, room, now);
  return count && *count == 9;
}

// RFC 1122 3.2.1.2, RFC 9293 MUST-3: but for the source's MAC address, nothing in the headers may
// have changed.
void expect_that_no_bit_may_turn(Pair& pair, const Host& host, Handle handle, const Frame& frame) {
  EXPECT_TRUE(is_heard(host, handle, frame, pair.now));
  const std::uint64_t before = host.counters().drops.total();
  for (std::size_t byte = 0; byte < frame.bytes.front().size(); ++byte) {
    if (byte >= 6 && byte < 12) continue;
    for (unsigned bit = 0; bit < 8; ++bit) {
      Host copy = host;
      Frame damaged = turned(*pair.pool, frame, byte, bit);
      EXPECT_FALSE(is_heard(copy, handle, damaged, pair.now)) << byte << " " << bit;
      copy.absorb(0, std::span(&damaged, 1), pair.now);
      EXPECT_EQ(copy.counters().drops.total(), before + 1) << byte << " " << bit;
    }
  }
}

TEST(Ipv4Input, NoBitOfAHeaderMayTurnFromWhomTheLastOneCame) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  const Frame frame = frame_with_text(pair, ends.at_a);
  expect_that_no_bit_may_turn(pair, pair.b, ends.at_b, frame);
}

TEST(Ipv4Input, NorFromSomebodyElse) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  const Frame frame = frame_with_text(pair, ends.at_a);
  Segment syn;
  syn.source_port = 5, syn.destination_port = 6;
  syn.flags.set(Flags::syn);
  pair.give_to_b(pair.frame_to_b(IpAddress::v4(10, 0, 0, 9), syn));
  expect_that_no_bit_may_turn(pair, pair.b, ends.at_b, frame);
}

}  // namespace
}  // namespace acksu
