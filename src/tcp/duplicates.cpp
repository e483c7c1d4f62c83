// Losses told by duplicate ACKs alone, for peers without SACK (RFC 5681 3.2, RFC 6582).
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t duplicates_of_a_loss = 3;  // RFC 5681 3.2

}  // namespace

// Each says that one more segment behind the hole has arrived, and there are no more than were
// under way when the repair began: a liar gets nothing for others (RFC 5681 3.2 (d)). Before
// there is known to be a hole, two segments at most may follow from it (RFC 3042 2 (a), (b), RFC
// 5681 3.2 (b)).
void Sender::on_duplicate_ack() {
  if (duplicate_acks_ < 0xff) ++duplicate_acks_;
  const std::uint32_t under_way = is_after(recover_, una()) ? bytes_between(una(), recover_) : 0;
  const std::uint32_t most = phase_ == Phase::open ? 2 * mss_ : under_way;
  duplicate_bytes_ = std::min({duplicate_bytes_ + mss_, most, queue_.outstanding()});
}

void Sender::take_duplicates_behind(const Acked& acked) {
  duplicate_acks_ = 0;
  was_last_step_small_ = acked.bytes <= 4 * mss_;
  const std::uint32_t behind_hole = acked.bytes > mss_ ? acked.bytes - mss_ : 0;
  duplicate_bytes_ -= std::min(duplicate_bytes_, behind_hole);
  duplicate_bytes_ = std::min(duplicate_bytes_, queue_.outstanding());
}

bool Sender::find_lost_by_duplicates() {
  if (duplicate_acks_ < duplicates_of_a_loss || !may_trust_duplicates()) return false;
  // RFC 5681 3.2 (a): the segment that is missing.
  if (!queue_.mark_front_lost()) return false;
  phase_ = Phase::open;
  return true;
}

// Whether duplicate ACKs speak of a loss that is not yet being repaired. Those of an ACK that
// covers no more than `recover` may come from what was sent again in vain (RFC 6582 3.2 (2), (4));
// but then many segments had been acknowledged at once (4.1).
bool Sender::may_trust_duplicates() const {
  if (phase_ == Phase::fast_recovery) return false;
  if (is_after(una(), recover_)) return true;
  return congestion_.cwnd > mss_ && was_last_step_small_;
}

}  // namespace acksu::tcp
