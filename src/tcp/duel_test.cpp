// Two ends and a wire that loses, repeats and reorders, driven by applications at random: whatever
// happens, the streams are intact, nobody waits for ever, all memory comes back, and a copy of it
// all goes on in the same way.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tcp/connection.h"
#include "tcp/desk_test.h"
#include "tcp/half_open.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
namespace {

struct Plan {
  double loss = 0, repeat = 0, reorder = 0;
  Duration delay = 10ms;
  Settings settings;
  bool is_crossing = false;  // both connect
  std::array<std::uint32_t, 2> bytes{};
  bool is_orderly = true;  // nobody aborts or stops reading
};

class Duel {
 public:
  Duel(const Plan& plan, std::uint64_t seed, std::shared_ptr<BufferPool> pool)
      : plan_(plan), rng_(seed), pool_(std::move(pool)) {
    for (End& end : ends_) end.memory = Budget(1 << 22);
    connect(0);
    if (plan.is_crossing) connect(1);
    flush();
  }

  // True while something may still happen.
  bool step() {
    const Instant next = std::min({ends_[0].deadline(), ends_[1].deadline(), next_arrival()});
    if (next == never) return false;
    now_ = std::max(now_, next);
    deliver();
    for (int i = 0; i < 2; ++i) pass_time(i);
    for (int i = 0; i < 2; ++i) act(i);
    flush();
    return true;
  }
  Duration elapsed() const { return now_ - began; }

  void check() const {
    for (int i = 0; i < 2; ++i) {
      const End& end = ends_[static_cast<std::size_t>(i)];
      const End& peer = ends_[static_cast<std::size_t>(1 - i)];
      ASSERT_LE(end.received, peer.written);
      if (end.has_read_end) {
        ASSERT_EQ(end.received, peer.written);
      }
      if (!end.connection) continue;
      const Info info = end.connection->info(plan_.settings);
      ASSERT_TRUE(is_at_or_before(info.snd.una, info.snd.nxt));
      ASSERT_LE(info.snd.in_flight_bytes, bytes_between(info.snd.una, info.snd.nxt));
    }
  }
  void check_end() const {
    for (const End& end : ends_) {
      ASSERT_FALSE(end.half_open);
      ASSERT_TRUE(end.is_over()) << describe();
      ASSERT_EQ(end.memory.held(), 0u);
      if (plan_.is_orderly) {
        ASSERT_TRUE(end.has_read_end) << describe();
        ASSERT_EQ(end.error, Error::none) << describe();
      }
    }
  }
  std::uint64_t digest() const {
    Digest digest;
    for (const End& end : ends_) {
      if (end.connection) end.connection->digest(digest);
      digest.add(end.memory.held());
      digest.add(std::uint64_t{end.received});
    }
    digest.add(now_);
    return digest.value();
  }
  std::string describe() const {
    std::string text;
    for (const End& end : ends_) {
      text += end.connection ? name(end.connection->state()) : "-";
      if (end.connection) {
        const Info info = end.connection->info(plan_.settings);
        text += std::string(" limited by ") + name(info.limited_by) + ", " +
                std::to_string(info.snd.queued_bytes) + " queued, " +
                std::to_string(info.rcv.unread_bytes) + " unread, " + std::to_string(end.received) +
                " read, " + sentence(end.error) + "; ";
      }
    }
    return text + std::to_string(wire_.size()) + " on the wire after " +
           std::to_string(elapsed() / Duration{1ms}) + " ms";
  }
  const std::array<Counters, 2> counters() const { return {ends_[0].counters, ends_[1].counters}; }

  static constexpr Instant began = Instant{} + 1h;

 private:
  struct End {
    std::optional<Connection> connection;
    std::optional<HalfOpen> half_open;
    Instant half_open_deadline = never;
    std::optional<TimeWait> time_wait;
    Budget memory{0};
    Counters counters;
    Instant next_act = never;
    std::uint32_t written = 0;
    std::uint32_t received = 0;
    Instant last_progress = Instant::max();
    bool has_read_end = false;
    bool is_shut = false;
    bool is_let_go = false;
    Error error = Error::none;

    bool is_over() const {
      return !connection || (is_let_go && (time_wait || connection->is_over()));
    }
    Instant deadline() const {
      Instant deadline = std::min(half_open_deadline, is_let_go ? never : next_act);
      if (connection) deadline = std::min(deadline, connection->deadline());
      return deadline;
    }
  };
  struct Flight {
    Instant due;
    std::uint64_t number;
    int to;
    Segment segment;
  };

  End& end_at(int i) { return ends_[static_cast<std::size_t>(i)]; }
  bool chance(double probability) {
    return static_cast<double>(rng_.below(1'000'000)) < probability * 1'000'000;
  }
  Context context_of(End& end) { return {now_, *pool_, end.memory, plan_.settings, end.counters}; }
  static FourTuple tuple_of(int i) {
    const Endpoint a{IpAddress::v4(10, 0, 0, 1), 40000}, b{IpAddress::v4(10, 0, 0, 2), 80};
    return i == 0 ? FourTuple{a, b} : FourTuple{b, a};
  }
  static Opening opening_of(int i) {
    return {.tuple = tuple_of(i),
            .iss = Seq{i == 0 ? 0xffff'ff00u : 0x7fff'fff0u},
            .timestamp_offset = static_cast<std::uint32_t>(i) * 1'000'000,
            .mss = 1460};
  }
  Instant next_arrival() const {
    Instant next = never;
    for (const Flight& flight : wire_) next = std::min(next, flight.due);
    return next;
  }

  void connect(int i) {
    End& end = end_at(i);
    Context context = context_of(end);
    end.connection.emplace(opening_of(i), context);
    end.next_act = now_;
  }
  void send(int from, Segment segment) {
    if (chance(plan_.loss)) return;
    const int copies = chance(plan_.repeat) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      Duration delay = plan_.delay;
      if (chance(plan_.reorder)) delay += Duration{1us} * static_cast<int>(rng_.below(30'000));
      wire_.push_back({now_ + delay, numbers_++, 1 - from, segment});
    }
  }
  void deliver() {
    while (true) {
      const auto first =
          std::min_element(wire_.begin(), wire_.end(), [](const Flight& a, const Flight& b) {
            return a.due != b.due ? a.due < b.due : a.number < b.number;
          });
      if (first == wire_.end() || first->due > now_) return;
      Flight flight = std::move(*first);
      wire_.erase(first);
      hear(flight.to, flight.segment);
    }
  }
  void hear(int i, Segment& segment) {
    End& end = end_at(i);
    if (end.time_wait) {
      const auto verdict = end.time_wait->on_segment(segment, now_, plan_.settings);
      if (verdict.answer == Answer::ack) send(i, acknowledge(i));
      return;
    }
    if (end.half_open) return hear_half_open(i, segment);
    if (!end.connection) return hear_for_nobody(i, segment);
    Context context = context_of(end);
    const Verdict verdict = end.connection->on_segment(segment, context);
    if (verdict.is_reset_owed) send(i, reset_for(segment));
    retire(i);
  }
  Segment acknowledge(int i) {
    return end_at(i).time_wait->ack(tuple_of(i), opening_of(i).timestamp_offset, now_);
  }
  void hear_for_nobody(int i, const Segment& segment) {
    End& end = end_at(i);
    const bool is_syn = (segment.flags.bits & (Flags::syn | Flags::ack | Flags::rst)) == Flags::syn;
    if (i == 1 && is_syn && end.next_act == never) {
      end.half_open.emplace(segment, opening_of(1), plan_.settings.receive_buffer, plan_.settings);
      answer_syn();
    } else if (!segment.has(Flags::rst)) {
      send(i, reset_for(segment));
    }
  }
  void answer_syn() {
    End& end = end_at(1);
    send(1, end.half_open->syn_ack(tuple_of(1), 1460, now_));
    end.half_open_deadline = now_ + end.half_open->time_out(plan_.settings);
  }
  void hear_half_open(int i, Segment& segment) {
    End& end = end_at(i);
    const auto verdict = end.half_open->on_segment(segment, now_, plan_.settings);
    if (verdict.answer == Answer::syn_ack) answer_syn();
    if (verdict.answer == Answer::ack) send(i, end.half_open->ack(tuple_of(i), now_));
    if (verdict.answer == Answer::reset) send(i, reset_for(segment));
    if (!verdict.is_accepted && !verdict.end) return;
    const Accepted accepted = end.half_open->accepted(now_);
    end.half_open.reset();
    end.half_open_deadline = never;
    if (verdict.end) return;
    Context context = context_of(end);
    end.connection.emplace(opening_of(i), accepted, context);
    end.next_act = now_;
    hear(i, segment);
  }
  void retire(int i) {
    End& end = end_at(i);
    if (end.connection->state() != State::time_wait || end.time_wait) return;
    const Remains remains = end.connection->remains();
    end.time_wait.emplace(remains);
    if (remains.is_ack_owed) send(i, acknowledge(i));
  }
  void pass_time(int i) {
    End& end = end_at(i);
    if (end.half_open_deadline <= now_) {
      end.half_open_deadline = never;
      if (end.half_open->on_time(plan_.settings.syn_ack_retries)) {
        answer_syn();
      } else {
        end.half_open.reset();
      }
    }
    if (!end.connection || end.connection->deadline() > now_) return;
    Context context = context_of(end);
    end.connection->on_time(context);
  }
  // The application: writes, reads, shuts down when all is written, closes when all is read.
  void act(int i) {
    End& end = end_at(i);
    if (!end.connection || end.is_let_go || end.next_act > now_) return;
    // Who waits for long looks less often.
    end.last_progress = std::min(end.last_progress, now_);
    const auto waited = static_cast<std::uint64_t>((now_ - end.last_progress) / Duration{10us});
    end.next_act = now_ + Duration{1us} * static_cast<int>(1 + rng_.below(20'000 + waited));
    Context context = context_of(end);
    write_some(i, context);
    read_some(i, context);
    const bool is_patient = plan_.is_orderly || now_ - end.last_progress < Duration{2min};
    if (!is_patient || (!plan_.is_orderly && rng_.below(200) == 0)) {
      rng_.below(2) == 0 ? end.connection->abort(context) : end.connection->close(context);
      end.is_let_go = true;
    } else if ((end.is_shut && end.has_read_end) || end.error != Error::none) {
      end.connection->close(context);
      end.is_let_go = true;
    }
    retire(i);
  }
  void write_some(int i, Context& context) {
    End& end = end_at(i);
    const std::uint32_t goal = plan_.bytes[static_cast<std::size_t>(i)];
    if (end.is_shut) return;
    if (end.written < goal) {
      const auto most =
          static_cast<std::uint32_t>(1 + rng_.below(rng_.below(2) == 0 ? 50 : 20'000));
      const std::string text = text_from(end.written, std::min(most, goal - end.written));
      const auto result = end.connection->write(bytes_of(text), context);
      if (!result) return;
      end.written += *result;
      end.last_progress = now_;
    } else {
      end.is_shut = end.connection->shutdown_write(context) == Error::none;
    }
  }
  void read_some(int i, Context& context) {
    End& end = end_at(i);
    std::vector<std::uint8_t> bytes(1 + rng_.below(rng_.below(2) == 0 ? 100 : 30'000));
    const auto result = end.connection->read(bytes, context);
    if (result && *result > 0) {
      const std::string text(bytes.begin(), bytes.begin() + *result);
      ASSERT_EQ(text, text_from(end.received, text.size()));
      end.received += *result;
      end.last_progress = now_;
    } else if (result) {
      end.has_read_end = true;
    } else if (result.error() != Error::would_block) {
      end.error = result.error();
    }
  }
  void flush() {
    for (int i = 0; i < 2; ++i) {
      End& end = end_at(i);
      while (end.connection && !end.time_wait) {
        Segment segment;
        Context context = context_of(end);
        if (!end.connection->next_segment(segment, context)) break;
        ASSERT_LE(
            segment.text.size() + (segment.options.has_timestamps ? 12u : 0u) +
                (segment.options.sack.size() > 0 ? 4u + 8u * segment.options.sack.size() : 0u),
            1460u);
        send(i, std::move(segment));
      }
    }
  }

  Plan plan_;
  Rng rng_;
  std::shared_ptr<BufferPool> pool_;
  Instant now_ = began;
  std::array<End, 2> ends_;
  std::vector<Flight> wire_;
  std::uint64_t numbers_ = 0;
};

Plan random_plan(Rng& rng) {
  Plan plan;
  const auto per_cent = [&](std::uint32_t most) {
    return rng.below(3) == 0 ? 0.0 : static_cast<double>(rng.below(most)) / 100;
  };
  plan.loss = per_cent(12);
  plan.repeat = per_cent(20);
  plan.reorder = per_cent(60);
  plan.delay = Duration{1us} * static_cast<int>(rng.below(rng.below(2) == 0 ? 1000 : 200'000));
  plan.is_crossing = rng.below(4) == 0;
  plan.is_orderly = rng.below(3) != 0;
  for (std::uint32_t& bytes : plan.bytes) {
    bytes = static_cast<std::uint32_t>(rng.below(rng.below(3) == 0 ? 2 : 60'000));
  }
  Settings& settings = plan.settings;
  settings.timestamps = rng.below(2) == 0;
  settings.sack = rng.below(2) == 0;
  settings.window_scaling = rng.below(2) == 0;
  settings.nagle = rng.below(2) == 0;
  settings.receive_buffer = static_cast<std::uint32_t>(500 + rng.below(300'000));
  settings.send_buffer = static_cast<std::uint32_t>(500 + rng.below(100'000));
  settings.max_out_of_order_pieces = static_cast<std::uint32_t>(1 + rng.below(200));
  return plan;
}

TEST(Duel, EndsWellWhateverHappens) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const Plan plan = random_plan(rng);
    const auto pool = std::make_shared<BufferPool>();
    {
      Duel duel(plan, seed, pool);
      std::optional<Duel> copy;
      const std::uint64_t copied_at = rng.below(300);
      std::uint64_t steps = 0;
      while (duel.step()) {
        duel.check();
        ASSERT_LT(duel.elapsed(), Duration{30min}) << duel.describe();
        ASSERT_FALSE(testing::Test::HasFatalFailure()) << duel.describe();
        if (copy) {
          copy->step();
          ASSERT_EQ(copy->digest(), duel.digest()) << steps;
        }
        if (steps++ == copied_at) copy = duel;
      }
      duel.check_end();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
    ASSERT_EQ(pool->live_blocks(), 0u);
  }
}

}  // namespace
}  // namespace acksu::tcp
