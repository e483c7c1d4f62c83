// The sending half's part in explicit congestion notification (RFC 3168 6.1): text says that it may
// be marked, an echoed mark is a loss without a loss, and the peer is told that it was heard.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

// RFC 3168 6.1.4, 6.1.5: new text only; what is sent again is never marked.
void Sender::mark_new_text(Segment& segment) {
  if (!has_ecn_ || segment.text.is_empty()) return;
  segment.ecn = Ecn::capable;
  if (!is_cwr_owed_) return;
  segment.flags.set(Flags::cwr);
  is_cwr_owed_ = false;
}

void Sender::hear_marks(const Segment& segment, std::uint32_t acked_bytes, Context& context) {
  const bool is_marked = segment.has(Flags::ece);
  const CongestionControl& control = congestion_.control();
  control.on_echo(congestion_, {mss_, acked_bytes, una(), nxt(), is_marked});
  const bool was_reduced = is_reduced_for_marks_;
  if (was_reduced && is_at_or_after(una(), congestion_.record->reduced_until)) {
    is_reduced_for_marks_ = false;
  }
  // RFC 3168 6.1.2: once a window.
  if (!is_marked || is_reduced_for_marks_ || !has_outstanding()) return;
  is_reduced_for_marks_ = is_cwr_owed_ = true;
  congestion_.record.make().reduced_until = nxt();
  if (phase_ != Phase::open) return;  // for a loss of the same window it was reduced already
  control.on_congestion_experienced(
      congestion_, {context.now, mss_, std::min(queue_.outstanding(), congestion_.cwnd)});
  ++context.counters.mark_reductions;
  tell_congestion(context);
}

}  // namespace acksu::tcp
