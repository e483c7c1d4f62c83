// That header prediction comes to what the general way comes to: of two that hear and say the same,
// one is led to the general way by what means nothing.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

template <class Part>
std::uint64_t digest_of(const Part& part) {
  Digest digest;
  part.digest(digest);
  return digest.value();
}

class Twins {
 public:
  explicit Twins(const Offer& offer) : plain_(offer), general_(offer) {}

  void write(std::uint64_t bytes) {
    plain_.write(bytes);
    general_.write(bytes);
    send();
  }
  void send() {
    // What a cork would hold back goes once, so that is the same.
    All theirs;
    if (general_.sender.has_unsent() && !general_.sender.has_outstanding()) {
      general_.sender.policy().cork = true;
      general_.sender.let_out_once();
      theirs = general_.send(1);
      general_.sender.policy().cork = false;
      Context context = general_.desk.context();
      general_.sender.uncork(context, general_.timers);
    }
    EXPECT_EQ(plain_.send(), theirs + general_.send());
    compare();
  }
  // So many eighths of what is outstanding.
  void acknowledge(std::uint32_t eighths, AckNews news = {}) {
    const std::int64_t una = plain_.position(plain_.sender.una());
    const std::int64_t nxt = plain_.position(plain_.sender.nxt());
    const std::int64_t upto = una + (nxt - una) * eighths / 8;
    const AckReport ours = plain_.acknowledge(upto, news);
    news.sacks = {{upto, upto}};  // a block of nothing
    const AckReport theirs = general_.acknowledge(upto, news);
    EXPECT_EQ(ours.acked_bytes, theirs.acked_bytes);
    EXPECT_EQ(ours.is_fin_acked, theirs.is_fin_acked);
    compare();
    send();
  }
  void pass(Duration time) {
    plain_.desk.now += time;
    general_.desk.now += time;
  }
  void time_out() {
    if (!plain_.sender.has_outstanding() || plain_.sender.window() == 0) return;
    All ours, theirs;
    EXPECT_EQ(plain_.pass_to_time_out(&ours), general_.pass_to_time_out(&theirs));
    EXPECT_EQ(ours, theirs);
    send();
  }
  void set_window(std::uint32_t bytes) {
    plain_.set_window(bytes);
    general_.set_window(bytes);
  }
  void close() {
    plain_.close();
    general_.close();
    send();
  }

 private:
  void compare() {
    EXPECT_EQ(digest_of(plain_.sender), digest_of(general_.sender));
    EXPECT_EQ(digest_of(plain_.timers), digest_of(general_.timers));
    EXPECT_EQ(plain_.desk.memory.held(), general_.desk.memory.held());
    EXPECT_EQ(plain_.info().limited_by, general_.info().limited_by);
    EXPECT_EQ(plain_.info().snd.delivered_segments, general_.info().snd.delivered_segments);
  }

  Lab plain_, general_;
};

// RFC 9293 3.10.7.4 fifth, 3.8.6: whatever was said and heard before.
TEST(Plain, DialoguesComeToTheSameAsTheGeneralWay) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Rng rng(seed);
    Twins twins({.sack = rng.below(8) != 0, .timestamps = rng.below(2) == 0, .ecn = EcnMode::none});
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      const auto kind = rng.below(16);
      twins.pass(Duration{1ms} * static_cast<std::int64_t>(rng.below(300)));
      if (kind < 7) {
        twins.write(1 + rng.below(kind == 0 ? 4 * mss : mss));
      } else if (kind < 14) {
        twins.acknowledge(rng.below(4) == 0 ? static_cast<std::uint32_t>(rng.below(9)) : 8,
                          {.peer_seq = static_cast<std::uint32_t>(i)});
      } else if (kind == 14) {
        twins.time_out();
      } else {
        twins.set_window(rng.below(3) == 0 ? 0 : 500 + static_cast<std::uint32_t>(rng.below(9000)));
        twins.acknowledge(8, {.peer_seq = static_cast<std::uint32_t>(i)});
      }
    }
    twins.close();
    twins.acknowledge(8, {.peer_seq = 99});
    ASSERT_FALSE(testing::Test::HasFailure()) << seed;
  }
}

// Two ends of a peer that marks what it says to one of them as an echo of congestion, though nobody
// has agreed on ECN (RFC 3168 6.1.1): that is passed over, and looks at first sight unlike a plain
// segment.
class Ends {
 public:
  explicit Ends(const Terms& terms) : plain_(terms, settings()), general_(terms, settings()) {
    plain_.establish();
    general_.establish();
  }

  void hear(std::int64_t seq, std::int64_t ack, std::uint32_t text_bytes) {
    Segment ours = plain_.segment("ACK", seq, ack, text_bytes);
    Segment theirs = general_.segment("ACK", seq, ack, text_bytes);
    theirs.flags.set(Flags::ece);
    EXPECT_EQ(plain_.hear(ours).drop, general_.hear(theirs).drop);
    compare();
  }
  void write(std::uint64_t bytes) {
    EXPECT_EQ(plain_.write(bytes), general_.write(bytes));
    compare();
  }
  void read() {
    EXPECT_EQ(plain_.read(), general_.read());
    compare();
  }
  void pass(Duration time) {
    plain_.desk.now += time;
    general_.desk.now += time;
  }
  std::int64_t expected() const { return plain_.info().rcv.nxt - Seq{Lone::theirs}; }
  std::int64_t said() const { return plain_.info().snd.nxt - Seq{Lone::ours}; }

 private:
  static Settings settings() {
    Settings settings;
    settings.receive_buffer = 3000;  // and is full now and then
    return settings;
  }
  void compare() {
    EXPECT_EQ(plain_.hear_said(), general_.hear_said());
    EXPECT_EQ(digest_of(*plain_.connection), digest_of(*general_.connection));
    EXPECT_EQ(plain_.info().bytes_received, general_.info().bytes_received);
    EXPECT_EQ(plain_.info().bytes_acked, general_.info().bytes_acked);
    EXPECT_EQ(plain_.desk.memory.held(), general_.desk.memory.held());
    EXPECT_EQ(plain_.desk.counters.segments_in, general_.desk.counters.segments_in);
  }

  Lone plain_, general_;
};

// RFC 9293 3.10.7.4 first, fifth, seventh; RFC 7323 5.3.
TEST(Plain, ArrivalsComeToTheSameAsTheGeneralWay) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Rng rng(seed);
    Ends ends({.timestamps = rng.below(2) == 0, .sack = rng.below(4) != 0});
    for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
      ends.pass(Duration{1ms} * static_cast<std::int64_t>(rng.below(30)));
      const std::int64_t late =
          rng.below(6) == 0 ? static_cast<std::int64_t>(rng.below(900)) - 400 : 0;
      const std::int64_t unheard =
          rng.below(6) == 0 ? static_cast<std::int64_t>(rng.below(900)) - 800 : 0;
      switch (rng.below(4)) {
        case 0: ends.write(1 + rng.below(700)); break;
        case 1: ends.read(); break;
        default:
          ends.hear(ends.expected() + late, ends.said() + unheard,
                    static_cast<std::uint32_t>(rng.below(3) * rng.below(500)));
      }
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << seed;
  }
}

}  // namespace
}  // namespace acksu::tcp
