// The sending half's part in Fast Open (RFC 7413): text that goes with our SYN, and text that
// leaves before it is acknowledged.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

// Without PSH: it is said with the last of the text that the peer did not take, and filters know
// PSH without ACK from scans only.
void Sender::take_syn_text(Segment& segment, std::uint32_t most_bytes, Context& context) {
  queue_.take_unsent({std::min(most_bytes, queue_.unsent_text()), false}, context, segment);
  segment.seq = iss_;
  note_sent(segment, false, context);
}

// The peer did not take it, or not all of it: that is no loss.
void Sender::take_back_syn_text(Context& context, Timers& timers) {
  if (delivered_segments_ > 0) --delivered_segments_;  // part of the SYN
  is_syn_text_back_ = has_outstanding();
  queue_.take_back(is_like_linux(context.settings));
  restart_watch(context, timers);
}

// RFC 7413 4.2.2: a server's answer leaves at once, up to the initial window. What it wrote is
// watched when the handshake is over, for before that nothing can be acknowledged.
bool Sender::next_early(Segment& segment, Context& context, Timers& timers) {
  if (!is_early_ || !has_unsent() || syn_transmissions_ != 1) {
    limited_by_ = LimitedBy::handshake;
    return false;
  }
  if (!next_new(segment, context, timers)) return false;
  note_sent(segment, false, context);
  const bool is_last = queue_.unsent_text() == 0;
  if (is_like_linux(context.settings)) {
    push_like_linux(segment, false, is_last);
  } else if (is_last && !segment.text.is_empty()) {
    segment.flags.set(Flags::psh);
  }
  return true;
}

// Our SYN+ACK was acknowledged with text under way.
void Sender::settle_syn_text(const Segment& segment, Context& context, Timers& timers) {
  if (segment.ack == una()) {
    if (!is_early_) {
      queue_.take_back(is_like_linux(
          context.settings));  // SYNs have crossed, and the peer did not take the text of ours
    } else if (syn_transmissions_ > 1) {
      // The peer hears nothing before a SYN+ACK: the text that followed the first is lost, too.
      queue_.mark_all_lost();
      phase_ = Phase::time_out;
      recover_ = nxt();
      must_retransmit_ = true;
    }
  }
  restart_watch(context, timers);
}

}  // namespace acksu::tcp
