// Receivers that acknowledge what they do not have, to be sent more than their path carries: a
// virtual bottleneck, an honest receiver behind it, and one that acknowledges a round trip ahead
// and hides what it lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "tcp/lone_test.h"

namespace acksu {
namespace {

using tcp::Line;
using tcp::Lines;
using tcp::Lone;
using tcp::State;

constexpr std::int64_t bytes_per_ms = 1'250;  // 10 Mbit/s
constexpr Duration one_way = 20ms;
constexpr std::int64_t most_queued = 50'000;  // as much as is under way
constexpr Duration length = 4s;

struct Course {
  std::int64_t sent = 0;     // bytes of text, all
  std::int64_t carried = 0;  // of these behind the bottleneck, each byte once
  std::int64_t most_sent_in_a_second = 0;
  tcp::Counters counters;
  State state = State::closed;

  // Of what the bottleneck carries in that time.
  double share_sent() const { return share(sent, length); }
  double share_carried() const { return share(carried, length); }
  double share_of_fastest_second() const { return share(most_sent_in_a_second, 1s); }
  static double share(std::int64_t bytes, Duration time) {
    return static_cast<double>(bytes) / static_cast<double>(bytes_per_ms * (time / 1ms));
  }
};

struct Receiver {
  bool is_honest = true;
  Duration lies_from{};             // before that an attacker is honest
  Duration acknowledges_each{};     // from then on: all that is under way, as if it was near
  std::uint32_t holds_back_each{};  // what the sender does about it
};

class Path {
 public:
  explicit Path(const Receiver& receiver)
      : receiver_(receiver), end_({.sack = true, .window = 65'535}) {
    end_.desk.settings.send_buffer = 1 << 18;
    end_.desk.settings.holds_back_each = receiver.holds_back_each;
    end_.desk.settings.held_back_key = {1, 2};
    end_.connect();
    end_.hear_said();
    end_.desk.now += 2 * one_way;
    Segment syn_ack = end_.segment("SYN+ACK", -1, 0);
    end_.hear(syn_ack);
    began_ = end_.desk.now;
    next_lie_ = began_ + receiver.lies_from + receiver.acknowledges_each;
  }

  Course go() {
    while (end_.desk.now < began_ + length && end_.state() != State::closed) {
      if (end_.info().snd.unsent_bytes < 100'000) end_.write(100'000);
      carry(end_.hear_said());
      carry(end_.pass(500us));
      while (!arrivals_.empty() && arrivals_.front().at <= end_.desk.now) arrive();
      while (!acks_.empty() && acks_.front().at <= end_.desk.now) hear_honest();
      if (!is_honest_now() && end_.desk.now >= next_lie_) lie();
    }
    course_.counters = end_.desk.counters;
    course_.state = end_.state();
    for (const auto& [second, bytes] : sent_in_) {
      course_.most_sent_in_a_second = std::max(course_.most_sent_in_a_second, bytes);
    }
    return course_;
  }

 private:
  struct Arrival {
    Instant at{};
    std::int64_t seq = 0;
    std::uint32_t bytes = 0;
  };
  struct Ack {
    Instant at{};
    std::int64_t upto = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> blocks{};
  };

  bool is_honest_now() const {
    return receiver_.is_honest || end_.desk.now < began_ + receiver_.lies_from;
  }
  // Into the queue of the bottleneck, where there is room.
  void carry(const Lines& lines) {
    for (const Line& line : lines) {
      if (line.text_bytes == 0) continue;
      course_.sent += line.text_bytes;
      sent_in_[(end_.desk.now - began_) / 1s] += line.text_bytes;
      free_at_ = std::max(free_at_, end_.desk.now);
      if ((free_at_ - end_.desk.now) / 1us * bytes_per_ms / 1000 > most_queued) continue;
      free_at_ += line.text_bytes * Duration{1ms} / bytes_per_ms;
      arrivals_.push_back({free_at_ + one_way, line.seq, line.text_bytes});
    }
  }
  void arrive() {
    const Arrival arrival = arrivals_.front();
    arrivals_.pop_front();
    if (runs_.contains(arrival.seq) || arrival.seq < next_) return answer(arrival);
    course_.carried += arrival.bytes;
    runs_[arrival.seq] = arrival.seq + arrival.bytes;
    for (auto run = runs_.begin(); run != runs_.end() && run->first == next_; run = runs_.begin()) {
      next_ = run->second;
      runs_.erase(run);
    }
    answer(arrival);
  }
  // RFC 2018 4: what came last first; then from the end.
  void answer(const Arrival& last) {
    if (!is_honest_now()) return;
    Ack ack{last.at + one_way, next_, {}};
    for (const auto& [start, end] : runs_) {
      if (!ack.blocks.empty() && ack.blocks.back().second == start) {
        ack.blocks.back().second = end;
      } else {
        ack.blocks.emplace_back(start, end);
      }
    }
    std::reverse(ack.blocks.begin(), ack.blocks.end());
    const auto holds = [&](const auto& b) { return b.first <= last.seq && last.seq < b.second; };
    const auto latest = std::find_if(ack.blocks.begin(), ack.blocks.end(), holds);
    if (latest != ack.blocks.end()) std::rotate(ack.blocks.begin(), latest, latest + 1);
    if (ack.blocks.size() > 3) ack.blocks.resize(3);
    acks_.push_back(ack);
  }
  void hear_honest() {
    const Ack ack = acks_.front();
    acks_.pop_front();
    if (end_.state() == State::closed) return;
    Segment segment = end_.segment("ACK", 0, ack.upto);
    const auto at = [](std::int64_t place) {
      return Seq{Lone::ours + static_cast<std::uint32_t>(place)};
    };
    for (const auto& [start, end] : ack.blocks) {
      segment.options.sack.push_back({at(start), at(end)});
    }
    end_.hear(segment);
    carry(end_.hear_said());
  }
  // The best that can be: it guesses how far we are, and never too far.
  void lie() {
    next_lie_ = end_.desk.now + receiver_.acknowledges_each;
    if (end_.state() == State::closed) return;
    end_.hear("ACK", 0, end_.info().snd.nxt - Seq{Lone::ours});
    carry(end_.hear_said());
  }

  Receiver receiver_;
  Lone end_;
  Course course_;
  Instant began_{}, free_at_{}, next_lie_{};
  std::deque<Arrival> arrivals_;
  std::deque<Ack> acks_;
  std::map<std::int64_t, std::int64_t> runs_;  // start and end of what came early
  std::int64_t next_ = 0;
  std::map<std::int64_t, std::int64_t> sent_in_;  // bytes, by second
};

Course course_of(const Receiver& receiver) { return Path(receiver).go(); }

// SECURITY D1: what a receiver gains that acknowledges all that is under way each 10 ms, where the
// round trip is 40 ms and more: nothing of the bottleneck, for it is full with honest ones, too.
// But we send a window each 10 ms, five times what the bottleneck carries; others' packets would
// suffer.
TEST(Ahead, WhoAcknowledgesAheadGainsNothingButFloodsItsPath) {
  const Course honest = course_of({});
  const Course liar = course_of({.is_honest = false, .acknowledges_each = 10ms});
  EXPECT_GT(honest.share_carried(), 0.9);
  EXPECT_LT(honest.share_sent(), 1.1);
  EXPECT_LE(static_cast<double>(liar.carried), 1.1 * static_cast<double>(honest.carried));
  EXPECT_GT(liar.share_sent(), 1.25) << "if this fails, say so in docs/security.md";
  EXPECT_LE(liar.share_sent(), 5.3) << "its window each 10 ms";
  RecordProperty("gain_percent", std::to_string(100.0 * static_cast<double>(liar.carried) /
                                                    static_cast<double>(honest.carried) -
                                                100));
  RecordProperty("times_sent", std::to_string(liar.share_sent()));
}

// SECURITY D1: with segments held back now and then it is found out before it has sent what the
// bottleneck carries in a second, whether it lies from the beginning or later. The connection ends.
TEST(Ahead, HeldBackSegmentsTellWhoAcknowledgesAhead) {
  for (const Duration from : {Duration{}, Duration{2s}}) {
    const Course liar = course_of(
        {.is_honest = false, .lies_from = from, .acknowledges_each = 10ms, .holds_back_each = 512});
    EXPECT_EQ(liar.state, State::closed);
    EXPECT_EQ(liar.counters.held_back_acked, 1u);
    EXPECT_LE(liar.share_of_fastest_second(), 1.25) << "lies from " << from / 1s;
    EXPECT_LE(liar.share_sent(), 1.25);
  }
}

// SECURITY D1: an honest receiver loses 7 % of this path, whose window holds no more than the path:
// what waits behind the one that is missing keeps it shut.
TEST(Ahead, HeldBackSegmentsCostHonestReceiversLittle) {
  const Course usual = course_of({});
  const Course tried = course_of({.holds_back_each = 512});
  EXPECT_EQ(tried.state, State::established);
  EXPECT_GE(tried.counters.held_back, 5u);
  EXPECT_EQ(tried.counters.held_back_acked, 0u);
  EXPECT_GE(static_cast<double>(tried.carried), 0.9 * static_cast<double>(usual.carried));
}

}  // namespace
}  // namespace acksu
