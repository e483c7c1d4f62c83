// Edges of the receiving half: the last byte of a window and the first beyond it, when a read is
// worth an ACK, and which packets count as marked. Numbers are relative to the peer's first byte.
#include <gtest/gtest.h>

#include <set>

#include "tcp/lone_test.h"
#include "tcp/reassembler.h"
#include "tcp/receiver_lab_test.h"

namespace acksu::tcp::receiver_edges_test {
namespace {

constexpr std::uint32_t mss = ReceiverLab::mss;

// With a small buffer.
struct Ear : ReceiverLab {
  explicit Ear(const ReceiverTerms& terms = {.capacity = 8000}) : ReceiverLab(terms) {}
};

// ---- The window that is offered -----------------------------------------------------------------

// RFC 9293 MAY-8, RFC 7323 2.3: what the header's field can say.
TEST(ReceiverEdges, OffersNoMoreThanTheFieldCanSay) {
  Ear plain({.capacity = 1 << 20});
  plain.hear(0, 2000);
  plain.read(2000);
  EXPECT_EQ(plain.offer(), 0xffffu);
  Ear scaled({.capacity = 1 << 20, .shift = 2});
  scaled.hear(0, 2000);
  scaled.read(2000);
  EXPECT_EQ(scaled.offer(), 0xffffu << 2);
}

// RFC 9293 3.8.6.2.2, MUST-39: half the buffer, or a segment.
TEST(ReceiverEdges, AWindowOpensByASegmentOrHalfTheBuffer) {
  for (const std::uint32_t capacity : {1600u, 8000u}) {
    const std::uint32_t least = capacity == 1600 ? 800 : mss;
    Ear ear({.capacity = capacity});
    ear.hear(0, capacity);
    EXPECT_EQ(ear.offer(), 0u);
    EXPECT_FALSE(ear.tells_of_read(least - 1));
    EXPECT_EQ(ear.offer(), 0u);
    EXPECT_TRUE(ear.tells_of_read(1));
    EXPECT_EQ(ear.offer(), least);
  }
}

// As BSD: a quarter of the buffer, or a segment; then any room is told.
TEST(ReceiverEdges, AllRoomIsOfferedOnceItIsAQuarter) {
  Ear ear({.capacity = 2000, .offers_all_room = true});
  ear.hear(0, 2000);
  EXPECT_EQ(ear.offer(), 0u);
  ear.read(499);
  EXPECT_EQ(ear.offer(), 0u);
  ear.read(1);
  EXPECT_EQ(ear.offer(), 500u);
  ear.read(1);
  EXPECT_EQ(ear.offer(), 501u);
}

// RFC 7323 2.4: the edge creeps by what the field is rounded up, up to an eighth of the buffer.
TEST(ReceiverEdges, RoundsUpUntilAnEighthIsGivenAway) {
  Ear ear({.capacity = 8000, .shift = 3});
  EXPECT_EQ(ear.offer(), 8000u);
  for (std::uint32_t at = 0; at < 1000; ++at) {
    ear.hear(at, 1);
    ASSERT_EQ(ear.offer(), 8000u) << at;
  }
  ear.hear(1000, 1);
  EXPECT_EQ(ear.offer(), 7992u);
  EXPECT_EQ(ear.receiver.window(), 7999u) << "what was offered is still taken";
}

// Nothing comes behind an end.
TEST(ReceiverEdges, AReadBehindTheEndIsNotWorthAnAck) {
  Ear ear({.capacity = 2000});
  ear.hear(0, 2000);
  EXPECT_TRUE(ear.tells_of_read(2000));
  Ear ended({.capacity = 2000});
  ended.hear(0, 1999, true);
  EXPECT_FALSE(ended.tells_of_read(1999));
}

// RFC 9293 3.8.6.2.2: at least twice of what was offered, by no silly amount.
TEST(ReceiverEdges, AReadIsWorthAnAckWhenItDoublesTheWindow) {
  Ear ear({.capacity = 8000});
  ear.hear(0, 6000);
  EXPECT_EQ(ear.offer(), 2000u);
  EXPECT_FALSE(ear.tells_of_read(1999));
  EXPECT_TRUE(ear.tells_of_read(1));
}

TEST(ReceiverEdges, OnlyOwedAcksBehindAHoleAreDuplicates) {
  Ear ear;
  ear.hear(1000, 500);
  ear.speak();
  EXPECT_EQ(ear.desk.counters.duplicate_acks_out, 1u);
  EXPECT_EQ(ear.desk.counters.out_of_order_segments, 1u);
  ear.speak();  // asked for by nobody
  EXPECT_EQ(ear.desk.counters.duplicate_acks_out, 1u);
}

// ---- Looking ------------------------------------------------------------------------------------

TEST(ReceiverEdges, PeeksBehindAnyNumberOfPieces) {
  Ear ear;
  for (std::uint32_t at = 0; at < 4000; at += 500) ear.hear(at, 500);
  for (const std::uint32_t skipped : {0u, 499u, 500u, 501u, 1200u, 3999u, 4000u, 5000u}) {
    std::vector<std::uint8_t> bytes(700);
    const std::uint32_t count = ear.receiver.peek(skipped, bytes);
    EXPECT_EQ(count, std::min(700u, 4000 - std::min(skipped, 4000u))) << skipped;
    EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + count), text_from(skipped, count));
  }
  EXPECT_EQ(ear.receiver.unread_bytes(), 4000u);
}

TEST(ReceiverEdges, EachFieldTellsStatesApart) {
  std::set<std::uint64_t> told;
  std::size_t count = 0;
  const auto add = [&](auto... steps) {
    Ear ear;
    (steps(ear), ...);
    Digest digest;
    ear.receiver.digest(digest);
    told.insert(digest.value());
    ++count;
  };
  const auto hear = [](std::uint32_t at, std::uint32_t bytes, bool fin = false) {
    return [=](Ear& ear) { ear.hear(at, bytes, fin); };
  };
  add();
  add(hear(0, 10));
  add(hear(0, 10), [](Ear& ear) { ear.read(10); });
  add(hear(0, 10), [](Ear& ear) { ear.read(9); });
  add(hear(10, 10));
  add(hear(11, 10));
  add(hear(10, 10), hear(30, 10));
  add(hear(30, 10), hear(10, 10));  // reported in another order
  add(hear(0, 10), hear(0, 10));
  add(hear(0, 10), hear(0, 5));
  add(hear(10, 0, true));
  add(hear(11, 0, true));
  add(hear(0, 0, true));
  add([](Ear& ear) { ear.receiver.set_buffer(BufferSize{8001}); });
  add([](Ear& ear) { ear.receiver.set_buffer(BufferSize{8000, 9000}); });
  add([](Ear& ear) { ear.receiver.set_ts_recent(1, ear.desk.now); });
  add([](Ear& ear) { ear.receiver.set_ts_recent(2, ear.desk.now); });
  add([](Ear& ear) { ear.receiver.set_ts_recent(1, ear.desk.now + 1ns); });
  add([](Ear& ear) { ear.receiver.on_syn(Seq{Ear::first_seq - 1}, 7999); });
  add([](Ear& ear) { ear.receiver.on_syn(Seq{Ear::first_seq}, 7999); });
  add([](Ear& ear) { ear.receiver.acks().owe(); });
  add([](Ear& ear) { ear.receiver.use_precise_marks(true); });
  EXPECT_EQ(told.size(), count);
}

// ---- A window that is stretched (settings.takes_beyond_window) ----------------------------------

TEST(ReceiverEdges, StretchesForTextInOrderOrAFin) {
  struct Case {
    std::uint32_t at, bytes;
    bool fin, fits;
    std::uint32_t window;
  };
  for (const Case& each : {Case{0, 8000, false, true, 8000}, Case{0, 8001, false, true, 8001},
                           Case{0, 8000, true, true, 8001}, Case{1, 8000, false, true, 8000},
                           Case{8001, 0, true, true, 8000}, Case{0, 8001, true, true, 8002}}) {
    Ear ear;
    Segment segment;
    segment.seq = Seq{Ear::first_seq + each.at};
    if (each.fin) segment.flags.set(Flags::fin);
    if (each.bytes > 0) segment.text.append(ear.desk.pool.allocate(each.bytes));
    EXPECT_EQ(ear.receiver.stretch_window(segment), each.fits) << each.at << ' ' << each.bytes;
    EXPECT_EQ(ear.receiver.window(), each.window) << each.at << ' ' << each.bytes;
  }
}

TEST(ReceiverEdges, StretchesForNothingWhileTextWaitsToBeRead) {
  Ear ear;
  ear.hear(0, 1000);
  Segment segment;
  segment.seq = Seq{Ear::first_seq + 1000};
  segment.text.append(ear.desk.pool.allocate(7001));
  EXPECT_FALSE(ear.receiver.stretch_window(segment));
  EXPECT_EQ(ear.receiver.window(), 7000u);
  Segment full;
  full.seq = Seq{Ear::first_seq + 1000};
  full.flags.set(Flags::fin);
  full.text.append(ear.desk.pool.allocate(7000));
  EXPECT_TRUE(ear.receiver.stretch_window(full)) << "a FIN needs no window";
  EXPECT_EQ(ear.receiver.window(), 7001u);
  Ear read;
  read.hear(0, 1000);
  read.read(1000);
  EXPECT_TRUE(read.receiver.stretch_window(segment));
  EXPECT_EQ(read.receiver.window(), 7001u);
}

// SECURITY B5: blind text. What is half of the sequence space away begins before RCV.NXT and ends
// behind the window, and is neither.
TEST(ReceiverEdges, TakesNothingFromTheOtherEndOfTheSequenceSpace) {
  for (const std::uint32_t bytes : {100u, 7999u}) {
    for (const std::uint32_t at : {0x8000'0000u - bytes, 0x8000'0000u, 0x8000'0001u}) {
      for (const bool fin : {false, true}) {
        Ear ear;
        Segment segment;
        segment.seq = Seq{Ear::first_seq} + at;
        if (fin) segment.flags.set(Flags::fin);
        segment.text.append(ear.desk.pool.allocate(bytes));
        EXPECT_FALSE(ear.receiver.is_acceptable(segment)) << bytes << ' ' << at;
        ear.receiver.stretch_window(segment);
        EXPECT_EQ(ear.receiver.window(), 8000u) << bytes << ' ' << at;
      }
    }
  }
}

// Its ACK may wait until some of it was read.
TEST(ReceiverEdges, TextThatWasStretchedForIsAcknowledgedLater) {
  for (const std::uint32_t bytes : {8000u, 8001u}) {
    Ear ear;
    Segment segment;
    segment.seq = Seq{Ear::first_seq};
    segment.text.append(ear.desk.pool.allocate(bytes));
    EXPECT_TRUE(ear.receiver.stretch_window(segment));
    Context context = ear.desk.context();
    Timers timers;
    EXPECT_EQ(ear.receiver.take_text(segment, context, timers), Drop::none);
    EXPECT_EQ(ear.receiver.unread_bytes(), bytes);
    EXPECT_EQ(ear.receiver.acks().is_owed(), bytes == 8000);
    EXPECT_EQ(timers.is_armed(Timer::delayed_ack), bytes == 8001);
  }
}

// ---- A buffer that grows (docs/buffers.md) ------------------------------------------------------

// Who reads all that comes in a round trip, and more each time, is given room for twice as much.
TEST(ReceiverEdges, TheBufferGrowsWithWhatIsReadInARoundTrip) {
  struct Case {
    std::uint32_t most, grown;
    std::uint64_t memory;
    bool is_kept_small;
  };
  const std::uint64_t plenty = 1 << 30;
  for (const Case& each :
       {Case{120'000, 120'000, plenty, false}, Case{30'000, 30'000, plenty, false},
        Case{400'000, 25'000, 100'000, true}}) {
    Desk desk;
    desk.memory = Budget{each.memory};
    desk.settings.receive_buffer = BufferSize{20'000, each.most};
    Receiver receiver{desk.settings, mss};
    Agreement agreement;
    agreement.window_scaling = true;
    agreement.receive_shift = 3;
    agreement.timestamps = true;
    receiver.agree_on(agreement, desk.settings);
    receiver.on_syn(Seq{Ear::first_seq - 1}, 20'000);
    Timers timers;
    std::uint32_t at = 0;
    std::vector<std::uint8_t> room(100'000);
    for (int round = 0; round < 12; ++round) {
      desk.now += 100ms;
      const std::uint32_t end = at + std::min(receiver.window(), 5'000u * (round + 1));
      for (; at < end; at += 1000) {
        Segment segment;
        segment.seq = Seq{Ear::first_seq + at};
        segment.options.has_timestamps = true;
        segment.options.timestamps.echo_reply = timestamp_at(desk.now, 0) - 1;
        segment.text.append(desk.pool.copy_of(bytes_of(text_from(at, 1000))));
        Context context = desk.context();
        receiver.take_text(segment, context, timers);
      }
      Context context = desk.context();
      receiver.read(room, context);
      Segment ack;
      receiver.fill(ack, mss, context);
      receiver.on_ack_sent(ack, context, timers);
    }
    EXPECT_EQ(receiver.capacity(), each.grown) << each.most;
    EXPECT_GT(desk.counters.buffers_grown, 0u);
    EXPECT_EQ(desk.counters.buffers_kept_small > 0, each.is_kept_small);
  }
}

// What has grown as far as it may is measured no more: how fast it was read makes no difference.
TEST(ReceiverEdges, ABufferThatMayNotGrowForgetsHowFastItWasRead) {
  const auto told_after = [](int rounds, Duration round_trip) {
    Ear ear;
    ear.receiver.set_buffer(BufferSize{20'000, 30'000});
    ear.desk.settings.receive_buffer = BufferSize{20'000, 30'000};
    std::uint32_t at = 0;
    for (int round = 0; round < rounds; ++round) {
      ear.desk.now += round_trip;
      for (int i = 0; i < 7; ++i, at += 1000) ear.hear(at, 1000);
      ear.read(100'000);
      ear.speak();
    }
    Digest digest;
    ear.receiver.digest(digest);
    return std::pair{ear.receiver.capacity(), digest.value()};
  };
  const auto [growing, growing_slowly] = std::pair{told_after(3, 100ms), told_after(3, 150ms)};
  EXPECT_LT(growing.first, 30'000u);
  EXPECT_NE(growing.second, growing_slowly.second);
  const auto [grown, grown_slowly] = std::pair{told_after(40, 100ms), told_after(40, 150ms)};
  EXPECT_EQ(grown.first, 30'000u);
  EXPECT_EQ(grown, grown_slowly);
}

// ---- Memory -------------------------------------------------------------------------------------

// A few bytes must not pin many: small text is copied, unless its block is small, too.
TEST(ReceiverEdges, SmallTextIsCopiedOutOfALargeBlockOnly) {
  Desk desk;
  constexpr std::uint32_t small = BufferPool::class_bytes[0];
  Context context = desk.context();
  const auto is_copied = [&](const Slice& text) {
    HeldText held;
    EXPECT_TRUE(hold_text(text, held, context));
    EXPECT_EQ(held.charged, held.text.pinned_bytes());
    return !held.text.is_of_same_block(text);
  };
  const Slice large = desk.pool.copy_of(bytes_of(text_from(0, 1500)));
  EXPECT_TRUE(is_copied(large.part(0, small)));
  EXPECT_FALSE(is_copied(large.part(0, small + 1)));
  EXPECT_FALSE(is_copied(desk.pool.copy_of(bytes_of(text_from(0, small)))));
}

// Small texts share a block to its last byte, and no further.
TEST(ReceiverEdges, SmallTextFillsABlockToItsEnd) {
  constexpr std::uint32_t small = BufferPool::class_bytes[0];
  for (const std::uint32_t more : {small - 101, small - 100, small - 99}) {
    Ear ear;
    ear.hear(0, 100);
    ASSERT_EQ(ear.desk.memory.held(), small);
    ear.hear(100, more);
    EXPECT_EQ(ear.desk.memory.held(), 100 + more <= small ? small : 2 * small) << more;
    EXPECT_EQ(ear.read(1000), text_from(0, 100 + more));
    EXPECT_EQ(ear.desk.memory.held(), 0u);
  }
}

// ---- Marks (RFC 9768) ---------------------------------------------------------------------------

TEST(ReceiverEdges, PacketsCountWhenTheyAreMarkedAndBytesWhenTheyCouldBe) {
  Settings settings;
  settings.ecn = EcnPolicy::ask_accurate;
  Lone end({.sack = true}, settings);
  end.establish_counting();
  const auto hear = [&](std::int64_t seq, std::uint32_t bytes, Ecn ecn) {
    Segment segment = end.segment("ACK", seq, 0, bytes);
    segment.ecn = ecn;
    end.hear(segment);
    return end.info().rcv.marks;
  };
  EXPECT_EQ(hear(0, 100, Ecn::capable).e0b, 101u);
  EXPECT_EQ(hear(100, 100, Ecn::capable_1).e1b, 101u);
  EXPECT_EQ(hear(200, 100, Ecn::not_capable).cep, 5u);
  EXPECT_EQ(hear(300, 100, Ecn::congestion_experienced).cep, 6u);
  EXPECT_EQ(hear(400, 1000, Ecn::congestion_experienced).cep, 7u);
  EXPECT_EQ(hear(1400, 1001, Ecn::congestion_experienced).cep, 9u) << "two were merged";
  EXPECT_EQ(end.desk.counters.marked_segments, 3u);
  EXPECT_EQ(hear(2401, 0, Ecn::congestion_experienced).cep, 10u) << "without text, too";
  EXPECT_EQ(hear(2401, 0, Ecn::capable).cep, 10u);
  EXPECT_EQ(end.desk.counters.marked_segments, 3u);
  // What has come again was marked, too.
  EXPECT_EQ(hear(1401, 1000, Ecn::congestion_experienced).cep, 11u);
  EXPECT_EQ(hear(0, 100, Ecn::congestion_experienced).cep, 11u) << "old text";
  EXPECT_EQ(hear(2401, 1, Ecn::congestion_experienced).cep, 12u);
  EXPECT_EQ(end.desk.counters.marked_segments, 4u) << "one byte is text";
}

}  // namespace
}  // namespace acksu::tcp::receiver_edges_test
