// The send queue against a model that knows each byte by itself, and its corners one by one.
#include "tcp/send_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tcp/desk_test.h"

namespace acksu::tcp::send_queue_test {
namespace {

constexpr std::uint32_t mss = 1000;

// What happened to one number of the sequence space: a byte of text, or the FIN.
struct Octet {
  int transmissions = 0;
  bool is_sacked = false;
  bool is_lost = false;
  Instant sent{};          // last time
  std::int64_t order = 0;  // of transmission
};

class Model {
 public:
  explicit Model(Seq first) : first_(first), queue(first) {}

  // ---- Operations; each checks what it can see by itself.
  void append(std::uint32_t bytes, std::uint32_t piece_bytes) {
    if (queue.has_fin()) return;
    const std::string text = text_from(octets_.size(), bytes);
    Context context = desk.context();
    RC_ASSERT(queue.append(bytes_of(text), piece_bytes, context) == bytes);
    octets_.resize(octets_.size() + bytes);
  }
  // The next part of a block, or the first of a new one.
  void share(std::uint32_t bytes, std::uint32_t piece_bytes) {
    if (queue.has_fin()) return;
    if (source_at_ != octets_.size() || source_.size() < bytes) {
      source_at_ = octets_.size();
      source_ = desk.pool.copy_of(bytes_of(text_from(source_at_, 3 * bytes)));
    }
    Context context = desk.context();
    RC_ASSERT(queue.share(source_.part(0, bytes), piece_bytes, context) == bytes);
    source_.drop_front(bytes);
    source_at_ += bytes;
    octets_.resize(octets_.size() + bytes);
  }
  void drop_source() { source_ = Slice{}; }
  void end_record() {
    if (queue.queued() == 0 || queue.has_fin()) return;
    queue.end_record(false);
    records_.insert(octets_.size());
  }
  void append_fin() {
    if (queue.has_fin()) return;
    Context context = desk.context();
    queue.append_fin(context);
    octets_.resize(octets_.size() + 1);
    has_fin_ = true;
  }
  void take_unsent(std::uint32_t text_bytes, bool fin) {
    const std::uint32_t text = static_cast<std::uint32_t>(text_end() - std::min(nxt_, text_end()));
    const auto record = records_.upper_bound(nxt_);
    const bool has_record = record != records_.end();
    const std::uint32_t room = has_record ? static_cast<std::uint32_t>(*record - nxt_) : text;
    RC_ASSERT(queue.record_room(text_bytes) == std::min(room, text_bytes));
    text_bytes = std::min(text_bytes, room);
    fin = fin && has_fin_ && text_bytes == text && nxt_ < octets_.size();
    if (text_bytes == 0 && !fin) return;
    Segment segment;
    Context context = desk.context();
    queue.take_unsent({text_bytes, fin}, context, segment);
    RC_ASSERT(segment.seq == seq_at(nxt_));
    RC_ASSERT(segment.text.size() == text_bytes);
    RC_ASSERT(segment.has(Flags::fin) == fin);
    check_text(segment, nxt_);
    for (std::uint32_t i = 0; i < segment.length(); ++i) note_sent(octets_[nxt_ + i]);
    nxt_ += segment.length();
    note_segment(segment);
  }
  void take_lost(std::uint32_t text_bytes) {
    if (!queue.has_lost()) return;
    const std::size_t from = static_cast<std::size_t>(
        std::find_if(octets_.begin(), octets_.end(), [](const Octet& o) { return o.is_lost; }) -
        octets_.begin());
    Segment segment;
    Context context = desk.context();
    queue.take_lost({text_bytes, true}, context, segment);
    RC_ASSERT(segment.seq == seq_at(from));
    RC_ASSERT(segment.length() > 0u);
    RC_ASSERT(segment.text.size() <= text_bytes);
    const auto record = records_.upper_bound(from);
    if (record != records_.end()) RC_ASSERT(from + segment.text.size() <= *record);
    check_text(segment, from);
    for (std::uint32_t i = 0; i < segment.length(); ++i) {
      Octet& octet = octets_[from + i];
      RC_ASSERT(octet.is_lost);
      octet.is_lost = false;
      note_sent(octet);
    }
    note_segment(segment);
  }
  void acknowledge(std::size_t count) {
    count = std::min(count, nxt_ - una_);
    if (count == 0) return;
    bool was_retransmitted = false;
    for (std::size_t i = una_; i < una_ + count; ++i) {
      was_retransmitted |= octets_[i].transmissions > 1;
      octets_[i].is_lost = octets_[i].is_sacked = false;
    }
    Context context = desk.context();
    Delivery delivery;
    const Acked acked = queue.take_ack(seq_at(una_ + count), context, delivery);
    RC_ASSERT(acked.bytes == count);
    RC_ASSERT(acked.fin == (has_fin_ && una_ + count == octets_.size()));
    if (was_retransmitted) RC_ASSERT(!acked.rtt);  // Karn
    una_ += count;
  }
  // A block from one end of a segment to another; parts that are too old or never sent included.
  void mark_sacked(std::size_t from, std::size_t to) {
    if (edges_.empty()) return;
    const auto edge = [&](std::size_t i) {
      return *std::next(edges_.begin(), static_cast<std::ptrdiff_t>(i % edges_.size()));
    };
    // Not by std::minmax, which would give references to values that are gone.
    const std::size_t start = std::min(edge(from), edge(to));
    const std::size_t end = std::max(edge(from), edge(to));
    std::uint32_t expected = 0;
    if (start >= una_ && end <= nxt_) {
      for (std::size_t i = start; i < end; ++i) {
        Octet& octet = octets_[i];
        expected += octet.is_sacked ? 0 : 1;
        octet.is_sacked = true;
        octet.is_lost = false;
      }
    }
    Delivery delivery;
    RC_ASSERT(queue.mark_sacked({seq_at(start), seq_at(end)}, delivery) == expected);
    RC_ASSERT(delivery.bytes() == expected);
  }
  // In order of transmission: what was sent before something that has arrived, long enough ago.
  void mark_lost_before(Duration latest_age, Duration age) {
    const Transmission latest{desk.now - latest_age - 500us, seq_at(0)};  // never at the same time
    const Instant limit = desk.now - age;
    std::vector<std::size_t> order;
    for (std::size_t i = una_; i < nxt_; ++i) {
      if (!octets_[i].is_lost && !octets_[i].is_sacked) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair{octets_[a].order, a} < std::pair{octets_[b].order, b};
    });
    std::optional<Instant> expected;
    for (const std::size_t i : order) {
      if (octets_[i].sent > latest.at) break;
      if (octets_[i].sent > limit) {
        expected = octets_[i].sent;
        break;
      }
      octets_[i].is_lost = true;
    }
    RC_ASSERT(queue.mark_lost_before(latest, limit) == expected);
  }
  void mark_tail_lost() {
    const std::uint32_t before = queue.pipe();
    if (!queue.mark_tail_lost()) return;
    RC_ASSERT(queue.pipe() < before);
    for (std::size_t i = nxt_ - (before - queue.pipe()); i < nxt_; ++i) octets_[i].is_lost = true;
  }
  void forget_losses() {
    queue.forget_losses();
    const auto lost = std::count_if(octets_.begin(), octets_.end(),
                                    [](const Octet& octet) { return octet.is_lost; });
    std::int64_t order = first_order_ -= lost;
    for (Octet& octet : octets_) {
      if (octet.is_lost) octet.order = order++;
      octet.is_lost = false;
    }
  }
  // How long the oldest piece is, only the queue knows.
  void mark_front_lost() {
    const std::uint32_t before = queue.pipe();
    const bool may = nxt_ > una_ && !octets_[una_].is_lost && !octets_[una_].is_sacked;
    RC_ASSERT(queue.mark_front_lost() == may);
    RC_ASSERT((queue.pipe() < before) == may);
    for (std::size_t i = una_; i < una_ + (before - queue.pipe()); ++i) {
      RC_ASSERT(!octets_[i].is_lost && !octets_[i].is_sacked);
      octets_[i].is_lost = true;
    }
  }
  void mark_all_lost() {
    const bool has_reneged = nxt_ > una_ && octets_[una_].is_sacked;
    for (std::size_t i = una_; i < nxt_; ++i) {
      if (has_reneged) octets_[i].is_sacked = false;
      if (!octets_[i].is_sacked) octets_[i].is_lost = true;
    }
    queue.mark_all_lost();
  }

  void check() const {
    RC_ASSERT(queue.una() == seq_at(una_));
    RC_ASSERT(queue.nxt() == seq_at(nxt_));
    RC_ASSERT(queue.end() == seq_at(octets_.size()));
    RC_ASSERT(queue.unsent_text() == text_end() - std::min(nxt_, text_end()));
    std::uint32_t pipe = 0, sacked = 0, lost = 0;
    for (std::size_t i = una_; i < nxt_; ++i) {
      const Octet& octet = octets_[i];
      sacked += octet.is_sacked ? 1 : 0;
      lost += octet.is_lost ? 1 : 0;
      pipe += octet.is_sacked || octet.is_lost ? 0 : 1;
    }
    RC_ASSERT(queue.sacked() == sacked);
    RC_ASSERT(queue.has_lost() == (lost > 0));
    RC_ASSERT(queue.pipe() == pipe);
    if (una_ == octets_.size()) RC_ASSERT(desk.memory.held() == 0u);
  }

  std::size_t outstanding() const { return nxt_ - una_; }

  Desk desk;

 private:
  Seq seq_at(std::size_t position) const { return first_ + static_cast<std::uint32_t>(position); }
  std::size_t text_end() const { return octets_.size() - (has_fin_ ? 1u : 0u); }
  void check_text(const Segment& segment, std::size_t from) const {
    RC_ASSERT(string_of(segment.text) == text_from(from, segment.text.size()));
    RC_ASSERT(segment.text_sum.has_value());
    RC_ASSERT(segment.text_sum->folded() == segment.text.sum().folded());
  }
  void note_sent(Octet& octet) {
    ++octet.transmissions;
    octet.sent = desk.now;
    octet.order = ++last_order_;
  }
  void note_segment(const Segment& segment) {
    edges_.insert(static_cast<std::size_t>(bytes_between(first_, segment.seq)));
    edges_.insert(static_cast<std::size_t>(bytes_between(first_, segment.end())));
  }

  Seq first_;
  std::size_t una_ = 0, nxt_ = 0;
  bool has_fin_ = false;
  std::int64_t first_order_ = 0, last_order_ = 0;
  std::vector<Octet> octets_;
  Slice source_;  // what is to be shared next, and where it belongs
  std::size_t source_at_ = 0;
  std::set<std::size_t> edges_;    // where segments began and ended
  std::set<std::size_t> records_;  // where records end

 public:
  SendQueue queue;
};

void run_random_steps(Model& model) {
  const int steps = *rc::gen::inRange(1, 120);
  for (int i = 0; i < steps; ++i) {
    const auto size = *rc::gen::inRange<std::uint32_t>(0, 3 * mss);
    const auto other = *rc::gen::inRange<std::uint32_t>(0, 3 * mss);
    model.desk.now += 1ms;
    switch (*rc::gen::inRange(0, 20)) {
      case 0:
      case 1:
      case 2: model.append(size, mss); break;
      case 3: model.append(size % 40, mss); break;
      case 4:
      case 5: model.take_unsent(size, other % 2 == 0); break;
      case 6:
      case 7: model.take_lost(1 + size % mss); break;
      case 8: model.acknowledge(size); break;
      case 9:
      case 10: model.mark_sacked(size, other); break;
      case 11:
      case 12: model.mark_lost_before(size % 60 * 1ms, other % 60 * 1ms); break;
      case 13: model.mark_front_lost(); break;
      case 14: model.mark_tail_lost(); break;
      case 15: model.forget_losses(); break;
      case 16:
      case 17: model.share(size, mss); break;
      case 18: model.end_record(); break;
      default:
        if (other % 8 == 0) model.mark_all_lost();
        if (other % 40 == 1) model.append_fin();
        break;
    }
    model.check();
  }
}

TEST(SendQueue, AgreesWithAModelOfSingleBytes) {
  EXPECT_TRUE(rc::check("any operations in any order", [] {
    Model model(Seq{*rc::gen::element(0u, 0xffff'f000u, 0x7fff'f000u)});
    run_random_steps(model);
    // To the end: all is sent, all is acknowledged, nothing is held.
    model.append_fin();
    while (model.queue.unsent() > 0) model.take_unsent(mss, true);
    model.acknowledge(model.outstanding());
    model.check();
    RC_ASSERT(model.queue.queued() == 0u);
    RC_ASSERT(model.desk.memory.held() == 0u);
  }));
}

TEST(SendQueue, GivesAllBackWhenCleared) {
  EXPECT_TRUE(rc::check("cleared after any operations", [] {
    Model model(Seq{0xffff'fff0u});
    run_random_steps(model);
    const Seq nxt = model.queue.nxt();
    Context context = model.desk.context();
    model.queue.clear(context);
    model.drop_source();
    RC_ASSERT(model.desk.memory.held() == 0u);
    RC_ASSERT(model.desk.pool.live_blocks() == 0u);
    RC_ASSERT(model.queue.queued() == 0u);
    RC_ASSERT(model.queue.nxt() == nxt);  // what was never sent does not count as sent
  }));
}

// A copy of a world goes on by itself, as if the other did not exist.
TEST(SendQueue, GoesOnTheSameAsItsCopy) {
  EXPECT_TRUE(rc::check("the same writes to both", [] {
    Model model(Seq{100});
    run_random_steps(model);
    SendQueue copy = model.queue;
    Desk& desk = model.desk;
    const std::uint64_t held = desk.memory.held();
    const auto writes = *rc::gen::container<std::vector<std::uint32_t>>(
        rc::gen::inRange<std::uint32_t>(0, 2 * mss));
    std::vector<std::uint64_t> charges, digests;
    for (SendQueue* queue : {&model.queue, &copy}) {
      Context context = desk.context();
      const std::uint64_t before = desk.memory.held();
      for (const std::uint32_t bytes : writes) {
        if (queue->has_fin()) break;
        queue->append(bytes_of(text_from(7, bytes)), mss, context);
      }
      Digest digest;
      queue->digest(digest);
      digests.push_back(digest.value());
      charges.push_back(desk.memory.held() - before);
    }
    RC_ASSERT(digests[0] == digests[1]);
    RC_ASSERT(charges[0] == charges[1]);
    // The copy's charge is its host's business: here one budget serves both.
    RC_ASSERT(desk.memory.charge(held));
    Context context = desk.context();
    copy.clear(context);
    model.queue.clear(context);
    RC_ASSERT(desk.memory.held() == 0u);
  }));
}

// SECURITY C13.
// Which way led to a state is nothing to its digest: here to a FIN that is under way alone.
TEST(SendQueue, HasADigestOfItsFutureOnly) {
  const auto digest_after = [](bool is_text_gone_before) {
    Desk desk;
    SendQueue queue{Seq{1}};
    Context context = desk.context();
    Segment text, fin;
    Delivery delivery;
    queue.append(bytes_of("text"), mss, context);
    if (!is_text_gone_before) queue.append_fin(context);
    queue.take_unsent({4, false}, context, text);
    if (is_text_gone_before) {
      queue.take_ack(Seq{5}, context, delivery);
      queue.append_fin(context);
    }
    queue.take_unsent({0, true}, context, fin);
    if (!is_text_gone_before) queue.take_ack(Seq{5}, context, delivery);
    Digest digest;
    queue.digest(digest);
    text.text.clear();
    queue.clear(context);
    return digest.value();
  };
  EXPECT_EQ(digest_after(true), digest_after(false));
}

TEST(SendQueue, TakesNoMoreThanTheBudgetAllows) {
  Desk desk;
  desk.memory = Budget(10'000);
  SendQueue queue(Seq{1});
  Context context = desk.context();
  const std::string text = text_from(0, 100'000);
  const std::uint32_t taken = queue.append(bytes_of(text), mss, context);
  EXPECT_EQ(taken, 2 * mss) << "blocks of 2048 bytes, a segment in each; half is for arrivals";
  EXPECT_EQ(queue.append(bytes_of(text), mss, context), 0u);
  EXPECT_EQ(desk.counters.memory_refused, 2u);
  EXPECT_EQ(queue.queued(), taken);
  queue.clear(context);
  EXPECT_EQ(desk.memory.held(), 0u);
}

TEST(SendQueue, JoinsSmallWrites) {
  Desk desk;
  SendQueue queue(Seq{1});
  Context context = desk.context();
  for (std::uint64_t i = 0; i < 2000; ++i) queue.append(bytes_of(text_from(i, 1)), mss, context);
  EXPECT_LE(desk.pool.live_blocks(), 12u);
  Segment segment;
  queue.take_unsent({mss, false}, context, segment);
  EXPECT_EQ(string_of(segment.text), text_from(0, mss));
  queue.clear(context);
}

// ---- Shared text --------------------------------------------------------------------------------

TEST(SendQueue, SharesWithoutACopyAndChargesTheBlockOnce) {
  Desk desk;
  SendQueue queue(Seq{1});
  Context context = desk.context();
  Slice block = desk.pool.copy_of(bytes_of(text_from(0, 5'000)));
  EXPECT_EQ(queue.share(block.part(0, 2'500), mss, context), 2'500u);
  EXPECT_EQ(desk.memory.held(), block.pinned_bytes());
  EXPECT_EQ(queue.share(block.part(2'500, 2'500), mss, context), 2'500u);
  EXPECT_EQ(desk.memory.held(), block.pinned_bytes()) << "one block, whose parts follow each other";
  Segment segment;
  queue.take_unsent({mss, false}, context, segment);
  EXPECT_EQ(segment.text[0].bytes().data(), block.bytes().data()) << "no copy was made";
  EXPECT_EQ(segment.text_sum->folded(), segment.text.sum().folded());
  segment.text.clear();
  queue.take_unsent({3 * mss, false}, context, segment);
  EXPECT_EQ(segment.text.count(), 1u) << "pieces that lie behind each other go as one slice";
  EXPECT_EQ(string_of(segment.text), text_from(mss, 3 * mss));
  EXPECT_EQ(segment.text_sum->folded(), segment.text.sum().folded());
  segment.text.clear();
  Delivery delivery;
  queue.take_ack(Seq{1} + 4 * mss, context, delivery);
  EXPECT_EQ(desk.memory.held(), block.pinned_bytes()) << "until the last of it is acknowledged";
  queue.take_unsent({mss, false}, context, segment);
  segment.text.clear();
  queue.take_ack(queue.nxt(), context, delivery);
  EXPECT_EQ(desk.memory.held(), 0u);
  EXPECT_EQ(block.writable().size(), 5'000u) << "nobody else has it any more";
}

// Bytes that were handed over are never written again: by nobody, and not behind them either.
TEST(SendQueueDeathTest, WhatIsSharedIsNotWritten) {
  Desk desk;
  SendQueue queue(Seq{1});
  Context context = desk.context();
  Slice block = desk.pool.allocate(500, 2'000);
  for (std::uint8_t& octet : block.writable()) octet = 'a';
  ASSERT_EQ(queue.share(block, mss, context), 500u);
  EXPECT_EQ(block.room(), 0u);
  EXPECT_DEATH(block.writable(), "broken promise");
  EXPECT_DEATH(block.grow(1), "broken promise");
  queue.append(bytes_of("b"), mss, context);
  EXPECT_EQ(queue.queued(), 501u);
  EXPECT_EQ(desk.memory.held(), 2'048u + 224u) << "a piece of its own";
  Segment segment;
  queue.take_unsent({mss, false}, context, segment);
  EXPECT_EQ(string_of(segment.text), std::string(500, 'a') + "b");
  segment.text.clear();
  queue.clear(context);
}

TEST(SendQueue, CopiesWhatIsNotWorthABlockOrFindsNoMemoryForIt) {
  Desk desk;
  desk.memory = Budget(20'000);
  SendQueue queue(Seq{1});
  Context context = desk.context();
  const Slice large = desk.pool.copy_of(bytes_of(text_from(0, 50'000)));
  EXPECT_EQ(queue.share(large.part(0, 200), mss, context), 200u);
  EXPECT_EQ(desk.memory.held(), 224u) << "200 bytes do not pin 66,560";
  EXPECT_EQ(queue.share(large.part(200, 20'000), mss, context), 24u + 4 * mss)
      << "as many as are copied into blocks of a segment, and half is for arrivals";
  queue.clear(context);
  EXPECT_EQ(desk.memory.held(), 0u);
}

// SECURITY C2.
TEST(SendQueue, IgnoresSacksThatCannotBe) {
  Desk desk;
  SendQueue queue(Seq{1000});
  Context context = desk.context();
  queue.append(bytes_of(text_from(0, 3000)), mss, context);
  for (int i = 0; i < 2; ++i) {
    Segment segment;
    queue.take_unsent({mss, false}, context, segment);
  }
  Delivery delivery;
  for (const auto& [start, end] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1000, 1000},
                                                            {2000, 1000},
                                                            {500, 2000},
                                                            {1000, 3001},
                                                            {3000, 4000},
                                                            {0, 500},
                                                            {0x8000'0000, 3000}}) {
    EXPECT_EQ(queue.mark_sacked({Seq{start}, Seq{end}}, delivery), 0u) << start << ' ' << end;
  }
  EXPECT_EQ(queue.sacked(), 0u);
  EXPECT_EQ(queue.mark_sacked({Seq{1500}, Seq{3000}}, delivery), mss) << "only whole pieces count";
  queue.clear(context);
}

// RFC 2018 section 8: who reports the oldest text as received and does not acknowledge it has
// thrown it away.
// SECURITY D6.
// RFC 2018 5.1
TEST(SendQueue, BelievesNothingAfterReneging) {
  Desk desk;
  SendQueue queue(Seq{0});
  Context context = desk.context();
  queue.append(bytes_of(text_from(0, 4000)), mss, context);
  for (int i = 0; i < 4; ++i) {
    Segment segment;
    queue.take_unsent({mss, false}, context, segment);
  }
  Delivery delivery;
  queue.mark_sacked({Seq{1000}, Seq{3000}}, delivery);
  queue.mark_all_lost();
  EXPECT_EQ(queue.sacked(), 2000u) << "an honest report stays";
  EXPECT_EQ(queue.pipe(), 0u);
  queue.take_ack(Seq{1000}, context, delivery);
  queue.mark_all_lost();
  EXPECT_EQ(queue.sacked(), 0u);
  for (std::uint32_t seq = 1000; seq < 4000; seq += mss) {
    Segment segment;
    queue.take_lost({mss, true}, context, segment);
    EXPECT_EQ(segment.seq, Seq{seq});
  }
  queue.clear(context);
}

}  // namespace
}  // namespace acksu::tcp::send_queue_test
