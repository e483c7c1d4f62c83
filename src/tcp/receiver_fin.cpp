// Where the peer's text ends, when more than one answer has been heard.
#include "base/assert.h"
#include "tcp/receiver.h"

namespace acksu::tcp {

// A FIN in its turn is the end. One that is early is remembered, so that it need not come again;
// but it is only a claim, which anybody may have forged who knows the window. Text or another end
// that contradicts it takes it back, and text that waits refutes it: whoever is right says so
// again. Without this a stream could end where its peer did not end it, or never.
Drop Receiver::hear_end(Seq start, Seq end, bool has_fin, Context& context) {
  const bool is_contradicted =
      is_fin_known_ && (is_after(end, fin_at_) || (has_fin && end != fin_at_));
  if (is_contradicted) is_fin_known_ = false;
  if (!has_fin || !is_before(end, edge_)) return Drop::none;
  const bool is_in_turn = is_at_or_before(start, nxt_);
  const bool is_refuted = has_early_text_behind(end);
  if (is_in_turn && is_refuted) forget_early(context);
  if (is_in_turn || (!is_contradicted && !is_refuted)) {
    is_fin_known_ = true;
    fin_at_ = end;
    return Drop::none;
  }
  return Drop::tcp_text_after_fin;  // answered as all that is early
}

bool Receiver::take_fin(bool may_wait) {
  if (!is_fin_known_ || is_ended_ || nxt_ != fin_at_) return false;
  nxt_ += 1;
  is_ended_ = true;
  ACKSU_ASSERT(is_at_or_before(nxt_, edge_));  // no end at the edge was believed
  if (offers_all_room_) edge_ = later(edge_, nxt_ + possible_window());
  if (may_wait) {
    has_duplicate_ = false;
  } else {
    acks_.owe();
  }
  return true;
}

}  // namespace acksu::tcp
