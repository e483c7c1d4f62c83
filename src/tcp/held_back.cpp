// The sender's part of holding a segment back: when, which, and what its loss means.
#include "tcp/held_back.h"

#include <array>

#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

// With fewer under way, or fewer to follow, too little arrives behind it to tell that it is missed.
constexpr std::uint32_t least_segments = 4;

}  // namespace

// Of segments alone that go for the first time, while others are under way, whose ACKs let more
// follow. An algorithm with a model of the path would take each for a loss.
bool Sender::is_time_to_hold_back(std::uint32_t text_bytes, const Context& context) {
  const std::uint32_t each = context.settings.holds_back_each;
  if (each == 0 || !has_sack_ || phase_ != Phase::open || congestion_.is_model_based()) {
    return false;
  }
  HeldBack& held_back = flight_->held_back;
  const std::uint32_t least = least_segments * mss_;
  if (held_back.is_one() || (path_probe_ && path_probe_->is_under_way()) || text_bytes < mss_ ||
      queue_.unsent_text() < least || congestion_.cwnd < least || !has_outstanding()) {
    return false;
  }
  if (!held_back.is_counting()) {
    const std::array<std::uint64_t, 1> place{(std::uint64_t{iss_.value()} << 32) | nxt().value()};
    const std::uint64_t chance = siphash_2_4(context.settings.held_back_key, place);
    held_back.count_from(1 + each / 2 + static_cast<std::uint32_t>(chance % each));
  }
  return held_back.count_down(text_bytes / mss_);
}

void Sender::hold_back(Segment& segment, Context& context) {
  flight_->held_back.hold(segment.seq, segment.text.size());
  segment.text.clear();
  ++context.counters.held_back;
}

// Lost, and only it: it goes now, and nothing is to be reduced.
bool Sender::take_held_back_loss() {
  if (!flight_ || !flight_->held_back.is_one()) return false;
  const HeldBack& held_back = flight_->held_back;
  if (queue_.first_lost() != held_back.start() || queue_.lost() > held_back.bytes()) return false;
  must_retransmit_ = true;
  return true;
}

}  // namespace acksu::tcp
