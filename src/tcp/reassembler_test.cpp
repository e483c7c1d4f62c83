// The reassembler against a set of numbers: any order, overlap and repetition of pieces.
#include "tcp/reassembler.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tcp/desk_test.h"

namespace acksu::tcp {
namespace {

BufferChain chain_of(Desk& desk, std::uint64_t from, std::uint32_t length) {
  return BufferChain(desk.pool.copy_of(bytes_of(text_from(from, length))));
}

class Model {
 public:
  explicit Model(Seq first) : first_(first) {}

  void insert(std::uint32_t at, std::uint32_t length) {
    if (length == 0) return;
    std::uint32_t fresh = 0;
    std::uint32_t start = at;
    while (start < at + length && held_.count(start) == 0u) ++start;
    std::uint32_t end = start;
    while (end < at + length && held_.count(end) == 1u) ++end;
    for (std::uint32_t i = at; i < at + length; ++i) fresh += held_.insert(i).second ? 1u : 0u;
    BufferChain text = chain_of(desk, at, length / 2);
    text.append(chain_of(desk, at + length / 2, length - length / 2));
    Context context = desk.context();
    const auto outcome = reassembler.insert(seq_at(at), text, context);
    RC_ASSERT(!outcome.is_refused);
    RC_ASSERT(outcome.new_bytes == fresh);
    RC_ASSERT(outcome.duplicate.has_value() == (fresh < length));
    if (outcome.duplicate) {
      // RFC 2883 4: the first part of it that was known before, and all that joins that.
      RC_ASSERT(*outcome.duplicate == (SackBlock{seq_at(start), seq_at(end)}));
    }
    check_report(at, at + length);
  }
  // The hole before `upto` is filled by text that does not go through the reassembler.
  void advance(std::uint32_t upto) {
    check_held(nxt_, std::max(nxt_, upto));
    nxt_ = std::max(nxt_, upto);
    while (true) {
      Context context = desk.context();
      std::optional<HeldText> held = reassembler.take_at(seq_at(nxt_), context);
      if (!held) break;
      RC_ASSERT(held->text.size() > 0u);
      RC_ASSERT(string_of(BufferChain(held->text)) == text_from(nxt_, held->text.size()));
      for (std::uint32_t i = 0; i < held->text.size(); ++i) RC_ASSERT(held_.count(nxt_ + i) == 1u);
      nxt_ += held->text.size();
      desk.memory.give_back(held->charged);
    }
    RC_ASSERT(held_.count(nxt_) == 0u);
    held_.erase(held_.begin(), held_.lower_bound(nxt_));
    RC_ASSERT(reassembler.bytes() == held_.size());
    RC_ASSERT(reassembler.is_empty() == held_.empty());
    if (held_.empty()) RC_ASSERT(desk.memory.held() == 0u);
  }
  std::uint32_t nxt() const { return nxt_; }

  Desk desk;
  Reassembler reassembler;

 private:
  Seq seq_at(std::uint32_t position) const { return first_ + position; }
  std::vector<SackBlock> runs() const {
    std::vector<SackBlock> runs;
    for (const std::uint32_t number : held_) {
      if (!runs.empty() && runs.back().end == seq_at(number)) {
        runs.back().end += 1;
      } else {
        runs.push_back({seq_at(number), seq_at(number + 1)});
      }
    }
    return runs;
  }
  // The first run of what is here already.
  void check_held(std::uint32_t from, std::uint32_t to) const {
    const std::optional<SackBlock> known = reassembler.held_within(seq_at(from), seq_at(to));
    const auto first = held_.lower_bound(from);
    const bool is_any = first != held_.end() && *first < to;
    RC_ASSERT(known.has_value() == is_any);
    if (!is_any) return;
    std::uint32_t end = *first;
    while (end < to && held_.count(end) == 1) ++end;
    RC_ASSERT(*known == (SackBlock{seq_at(*first), seq_at(end)}));
  }
  // RFC 2018 section 4: the block of what came last first, then others; as many as fit.
  void check_report(std::uint32_t from, std::uint32_t to) const {
    const std::vector<SackBlock> all = runs();
    for (std::uint8_t room = 1; room <= SackBlocks::most; ++room) {
      SegmentOptions options;
      reassembler.report(options, room);
      RC_ASSERT(options.sack.size() == std::min<std::size_t>(room, all.size()));
      for (std::uint8_t i = 0; i < options.sack.size(); ++i) {
        const SackBlock& block = options.sack[i];
        RC_ASSERT(std::count(all.begin(), all.end(), block) == 1);
        RC_ASSERT(std::count(options.sack.begin(), options.sack.end(), block) == 1);
      }
      RC_ASSERT(is_at_or_before(options.sack[0].start, seq_at(from)));
      RC_ASSERT(is_at_or_after(options.sack[0].end, seq_at(to)));
    }
  }

  Seq first_;
  std::uint32_t nxt_ = 0;
  std::set<std::uint32_t> held_;
};

// RFC 2883 4.2: also of what fills a hole, the first part that was here already.
TEST(Reassembler, AgreesWithASetOfNumbers) {
  EXPECT_TRUE(rc::check("any pieces in any order", [] {
    Model model(Seq{*rc::gen::element(0u, 0xffff'ffc0u, 0x7fff'ffc0u)});
    const std::uint32_t scale = *rc::gen::element(1u, 40u, 300u);
    const int steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
      const auto at = model.nxt() + scale * *rc::gen::inRange<std::uint32_t>(1, 60);
      const auto length = scale * *rc::gen::inRange<std::uint32_t>(0, 12);
      if (*rc::gen::inRange(0, 10) == 0) {
        model.advance(model.nxt() + scale * *rc::gen::inRange<std::uint32_t>(0, 20));
      } else {
        model.insert(at, length);
      }
    }
    for (std::uint32_t i = 1; i <= 80; ++i) model.advance(model.nxt() + scale);
    RC_ASSERT(model.reassembler.is_empty());
    RC_ASSERT(model.desk.memory.held() == 0u);
    RC_ASSERT(model.desk.pool.live_blocks() == 0u);
  }));
}

TEST(Reassembler, GoesOnTheSameAsItsCopy) {
  EXPECT_TRUE(rc::check("the same pieces to both", [] {
    Desk desk;
    Reassembler original;
    const auto insert = [&](Reassembler& to, std::uint32_t at, std::uint32_t length) {
      Context context = desk.context();
      to.insert(Seq{at}, chain_of(desk, at, length), context);
    };
    for (int i = 0; i < 5; ++i) insert(original, *rc::gen::inRange(1u, 100u), 3);
    Reassembler copy = original;
    const auto places = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(1u, 100u));
    for (Reassembler* each : {&original, &copy}) {
      for (const std::uint32_t at : places) insert(*each, at, 2);
    }
    RC_ASSERT(original.piece_count() == copy.piece_count());
    Digest one, two;
    original.digest(one);
    copy.digest(two);
    RC_ASSERT(one.value() == two.value());
  }));
}

// SECURITY C3.
TEST(Reassembler, HoldsNoMoreThanItMay) {
  Desk desk;
  desk.settings.max_out_of_order_pieces = 10;
  Reassembler reassembler;
  Context context = desk.context();
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto outcome = reassembler.insert(Seq{2000 * i}, chain_of(desk, 0, 1000), context);
    EXPECT_EQ(outcome.is_refused, i >= 10) << i;
  }
  EXPECT_EQ(reassembler.piece_count(), 10u);
  EXPECT_EQ(reassembler.bytes(), 10'000u);
  SegmentOptions options;
  reassembler.report(options, 4);
  for (std::uint8_t i = 0; i < options.sack.size(); ++i) {
    EXPECT_TRUE(is_before(options.sack[i].start, Seq{20'000}))
        << "what was refused is not reported";
  }
  reassembler.clear(context);
  EXPECT_EQ(desk.memory.held(), 0u);
}

// A large buffer holds more segments, but no more holes.
TEST(Reassembler, HoldsMoreSegmentsOfALongPath) {
  Desk desk;
  desk.settings.max_out_of_order_pieces = 10;
  Reassembler reassembler;
  reassembler.allow(40);
  Context context = desk.context();
  for (std::uint32_t i = 0; i < 50; ++i) {
    const auto outcome = reassembler.insert(Seq{1000 * (i + 1)}, chain_of(desk, 0, 1000), context);
    EXPECT_EQ(outcome.is_refused, i >= 40) << i;
  }
  reassembler.clear(context);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto outcome = reassembler.insert(Seq{2000 * i}, chain_of(desk, 0, 1000), context);
    EXPECT_EQ(outcome.is_refused, i >= 10) << i;
  }
  EXPECT_FALSE(reassembler.insert(Seq{1000}, chain_of(desk, 0, 1000), context).is_refused)
      << "what fills a hole is welcome";
  reassembler.clear(context);
}

// SECURITY C13.
TEST(Reassembler, ChargesWhatItPins) {
  Desk desk;
  desk.memory = Budget(5000);
  Reassembler reassembler;
  Context context = desk.context();
  // A hole of one byte must not pin 64 KiB.
  BufferChain large(desk.pool.allocate(60'000));
  BufferChain small(large[0].part(100, 50));
  EXPECT_FALSE(reassembler.insert(Seq{10}, small, context).is_refused);
  EXPECT_EQ(desk.memory.held(), 224u);
  EXPECT_TRUE(reassembler.insert(Seq{100}, large, context).is_refused);
  EXPECT_EQ(desk.memory.held(), 224u);
  EXPECT_EQ(desk.counters.memory_refused, 1u);
  reassembler.clear(context);
}

// SECURITY C3, C13.
TEST(Reassembler, JoinsTinyPieces) {
  Desk desk;
  Reassembler reassembler;
  Context context = desk.context();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_FALSE(reassembler.insert(Seq{i}, chain_of(desk, i, 1), context).is_refused);
  }
  EXPECT_LE(reassembler.piece_count(), 5u);
  EXPECT_EQ(reassembler.bytes(), 1000u);
}

// RFC 2883 4 (4): the block behind a duplicate's is the one that it lies in.
TEST(Reassembler, ReportsTheBlockOfADuplicateFirst) {
  Desk desk;
  Reassembler reassembler;
  Context context = desk.context();
  for (const std::uint32_t at : {1000u, 3000u, 5000u}) {
    reassembler.insert(Seq{at}, chain_of(desk, at, 1000), context);
  }
  reassembler.insert(Seq{3200}, chain_of(desk, 3200, 100), context);
  SegmentOptions options;
  reassembler.report(options, 3);
  ASSERT_EQ(options.sack.size(), 3);
  EXPECT_EQ(options.sack[0], (SackBlock{Seq{3000}, Seq{4000}}));
}

// RFC 2018 section 4: as many blocks as fit, also those that changed long ago.
// RFC 2018 4 (d).
TEST(Reassembler, ReportsOldBlocksWhenNewOnesAreGone) {
  Desk desk;
  Reassembler reassembler;
  Context context = desk.context();
  for (const std::uint32_t at : {7000u, 6000u, 5000u, 4000u, 3000u, 2000u, 1000u}) {
    reassembler.insert(Seq{at}, chain_of(desk, at, 500), context);
  }
  for (std::uint32_t nxt = 1000; nxt <= 4000; nxt += 1000) {
    while (auto held = reassembler.take_at(Seq{nxt}, context)) {
      desk.memory.give_back(held->charged);
      nxt += 500;
    }
    nxt -= 500;
  }
  SegmentOptions options;
  reassembler.report(options, 4);
  EXPECT_EQ(options.sack.size(), 3);
  reassembler.clear(context);
}

// SECURITY C3: with as many holes as there may be only what makes none is taken, wherever it comes.
TEST(Reassembler, TakesWhatJoinsWhenThereMayBeNoMoreHoles) {
  Desk desk;
  desk.settings.max_out_of_order_pieces = 10;
  Reassembler reassembler;
  reassembler.allow(40);
  Context context = desk.context();
  const auto is_taken = [&](std::uint32_t seq, std::uint32_t length) {
    return !reassembler.insert(Seq{seq}, chain_of(desk, 0, length), context).is_refused;
  };
  for (std::uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(is_taken(10'000 + 2000 * i, 500));
  EXPECT_FALSE(is_taken(1000, 100)) << "before all";
  EXPECT_TRUE(is_taken(9000, 1000)) << "before all, and joins the first";
  EXPECT_FALSE(is_taken(10'700, 100)) << "between two";
  EXPECT_TRUE(is_taken(10'500, 100)) << "joins what is before it";
  EXPECT_TRUE(is_taken(11'900, 100)) << "joins what is behind it";
  EXPECT_FALSE(is_taken(40'000, 100)) << "behind all";
  EXPECT_TRUE(is_taken(28'500, 100)) << "behind all, and joins the last";
  EXPECT_EQ(reassembler.block_count(), 10u);
  reassembler.clear(context);
  EXPECT_EQ(desk.memory.held(), 0u);
}

}  // namespace
}  // namespace acksu::tcp
