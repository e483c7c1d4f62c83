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
  if (!flight_) return;
  Flight& flight = *flight_;
  if (is_at_or_after(una(), flight.reduced_until)) flight.is_reduced_for_marks = false;
  // RFC 3168 6.1.2: once a window.
  if (!is_marked || flight.is_reduced_for_marks || !has_outstanding()) return;
  flight.is_reduced_for_marks = is_cwr_owed_ = true;
  flight.reduced_until = nxt();
  if (phase_ != Phase::open) return;  // for a loss of the same window it was reduced already
  control.on_congestion_experienced(
      congestion_, {context.now, mss_, std::min(queue_.outstanding(), congestion_.cwnd)});
  ++context.counters.mark_reductions;
  tell_congestion(context);
}

}  // namespace acksu::tcp
