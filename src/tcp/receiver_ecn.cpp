// What the receiving half makes of congestion marks, and how its segments tell of them.
#include <algorithm>

#include "tcp/receiver.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t sack_bytes(std::uint32_t blocks) {
  return blocks == 0 ? 0 : 4 + 8 * blocks;
}

}  // namespace

bool Receiver::take_marks(const Segment& segment, Context& context) {
  if (!marks_.has_ecn()) return false;
  const std::uint32_t bytes = segment.text.size();
  if (bytes > 0 && segment.ecn == Ecn::congestion_experienced) ++context.counters.marked_segments;
  bool is_due = false;
  if (accurate_) {
    if (segment.options.acc_ecn.is_given()) accurate_->on_option();
    if (bytes == 0 && segment.ecn != Ecn::congestion_experienced) return false;
    is_due = accurate_->on_segment(segment, std::max(1u, (bytes + mss_ - 1) / mss_));
  } else if (bytes > 0) {
    is_due = marks_.on_text(segment);
  }
  return is_due;
}

void Receiver::take_marks_again(const Segment& segment) {
  if (!accurate_ || segment.end() != nxt_) return;
  accurate_->on_again(segment, std::max(1u, (segment.text.size() + mss_ - 1) / mss_));
}

void Receiver::fill_marks(Segment& segment, std::uint32_t mss, AccEcnOptions telling) {
  if (!accurate_) {
    segment.flags.set(Flags::ece);
    return;
  }
  // RFC 9768 3.2.3.3: two blocks of SACK go first.
  const std::uint32_t blocks =
      has_sack_ ? (has_duplicate_ ? 1u : 0u) + (early_ ? early_->block_count() : 0) : 0;
  const std::uint32_t kept = sack_bytes(std::min(blocks, 2u));
  const std::uint32_t length = std::min(segment.text.size(), mss);
  const std::uint32_t set_aside = accurate_->has_room() ? whole_option_bytes : 0;
  const std::uint32_t room = option_room(length, mss + set_aside);
  accurate_->fill(segment, room - std::min(room, kept), telling);
}

void Receiver::fill_handshake(Segment& segment, bool is_first, AccEcnOptions telling) {
  if (accurate_) {
    segment.options.sack.clear();  // RFC 9768 3.2.2.1: who has blocks tells a count
    const bool is_answered = segment.has(Flags::syn) || accurate_->is_told();
    const bool has_option =
        telling == AccEcnOptions::of_news || (telling == AccEcnOptions::in_all && is_answered);
    accurate_->fill_handshake(segment, is_first && has_option);
  } else if (marks_.has_ecn()) {
    segment.flags.set(Flags::ece);
  }
}

}  // namespace acksu::tcp
