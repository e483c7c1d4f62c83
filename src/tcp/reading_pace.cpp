// Rounds of reading, and the buffer that they ask for.
#include "tcp/reading_pace.h"

namespace acksu::tcp {
namespace {

constexpr Duration longest_round = 60s;       // longer ones were pauses
constexpr std::uint32_t slack_segments = 16;  // what is in bursts and delayed ACKs

}  // namespace

void ReadingPace::begin(const Place& place, std::uint32_t mss) {
  most_read_ = first_bytes(mss);
  begin_round(place);
}

void ReadingPace::begin_round(const Place& place) {
  began_ = place.now;
  from_ = place.nxt;
  edge_ = place.edge;
  clock_ = place.clock;
  early_ = place.early;
  answered_at_ = never;
  has_waited_ = false;
}

bool ReadingPace::is_over(const Place& place) {
  const Duration elapsed = place.now - began_;
  if (place.has_timestamps) return answered_at_ != never;
  // What stands behind the edge could be sent only when we had moved it.
  if (is_after(place.nxt, edge_)) shortest_window_ = std::min(shortest_window_, elapsed);
  return elapsed >= shortest_window_;
}

// What was here behind a hole came in an earlier round; and whoever waited for a hole could read
// only after more than a round trip.
std::uint32_t ReadingPace::bytes_of_round(const Place& place) const {
  const std::uint32_t come = bytes_between(from_, place.nxt) + place.early;
  const std::uint32_t bytes = come > early_ ? come - early_ : 0;
  const Duration elapsed = place.now - began_;
  const Duration round = place.has_timestamps ? answered_at_ - began_ : shortest_window_;
  if (!has_waited_ || round >= elapsed) return bytes;
  return static_cast<std::uint32_t>(bytes * static_cast<std::uint64_t>(round / 1us + 1) /
                                    static_cast<std::uint64_t>(elapsed / 1us + 1));
}

// Twice what comes in a round trip, or a segment that is lost and sent again, which takes one more,
// would stop the rest. And when more came than ever: as much more as in the rounds before, for a
// sender in slow start is two rounds ahead of what was read.
std::uint32_t ReadingPace::on_all_read(const Place& place, std::uint32_t mss) {
  if (place.now - began_ > longest_round) {
    begin_round(place);
    return 0;
  }
  if (!is_over(place)) return 0;
  last_read_ = bytes_of_round(place);
  begin_round(place);
  if (last_read_ <= most_read_) return 0;
  const std::uint64_t twice = 2ull * last_read_ + slack_segments * mss;
  const std::uint64_t growing = twice * std::min<std::uint64_t>(last_read_, 2ull * most_read_);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(growing / most_read_, 0xffff'ffff));
}

void ReadingPace::digest(Digest& digest) const {
  digest.add(began_);
  digest.add(answered_at_);
  digest.add(shortest_window_);
  digest.add_together(from_, edge_);
  digest.add_together(last_read_, most_read_);
  digest.add_together(early_);
  digest.add_together(clock_, has_waited_);
}

}  // namespace acksu::tcp
