// What the receiving half makes of congestion marks, and how its segments tell of them.
#include <algorithm>

#include "tcp/receiver.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t sack_bytes(std::uint32_t blocks) {
  return blocks == 0 ? 0 : 4 + 8 * blocks;
}

}  // namespace

void Receiver::take_marks(const Segment& segment, Context& context) {
  if (!marks_.has_ecn()) return;
  const std::uint32_t bytes = segment.text.size();
  if (bytes > 0 && segment.ecn == Ecn::congestion_experienced) ++context.counters.marked_segments;
  bool is_due = false;
  if (accurate_) {
    is_due = accurate_->on_segment(segment, std::max(1u, (bytes + mss_ - 1) / mss_));
  } else if (bytes > 0) {
    is_due = marks_.on_text(segment);
  }
  if (is_due) acks_.owe();
}

void Receiver::fill_marks(Segment& segment, std::uint32_t mss) {
  if (!accurate_) {
    segment.flags.set(Flags::ece);
    return;
  }
  // RFC 9768 3.2.3.3: two blocks of SACK go first.
  const std::uint32_t blocks =
      has_sack_ ? (has_duplicate_ ? 1u : 0u) + (early_ ? early_->block_count() : 0) : 0;
  const std::uint32_t kept = sack_bytes(std::min(blocks, 2u));
  const std::uint32_t room = option_room(segment, mss);
  accurate_->fill(segment, room - std::min(room, kept));
}

void Receiver::fill_handshake(Segment& segment, bool is_first) {
  if (accurate_) {
    segment.options.sack.clear();  // RFC 9768 3.2.2.1: who has blocks tells a count
    accurate_->fill_handshake(segment, is_first);
  } else if (marks_.has_ecn()) {
    segment.flags.set(Flags::ece);
  }
}

}  // namespace acksu::tcp
