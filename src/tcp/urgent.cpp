// Urgent text of a connection: the pointer in what it sends and in what it hears.
#include "tcp/urgent.h"

#include "tcp/connection.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t farthest_pointer = 0xffff;

}  // namespace

// RFC 9293 MUST-30, MUST-31: all that was written, however long it is. A peer with a closed window
// is told at once: it may open it for that.
Error Connection::mark_urgent(Context& context) {
  bind(context);
  if (sender_.has_fin()) return Error::is_shut_down;
  if (state_ == State::closed) return why_closed();
  if (sender_.is_all_acked()) return Error::none;
  extras_.make().urgent.snd_up = sender_.end();
  sender_.policy().is_urgent = true;
  if (sender_.is_syn_acked() && sender_.window() == 0) receiver_.acks().owe();
  return Error::none;
}

// RFC 9293 MUST-62, RFC 6093 3.1: SND.UP - SEG.SEQ, which is behind the last urgent octet. Text
// that reaches farther than 16 bits is pointed to octet by octet that was not sent yet; what goes
// again meanwhile has no pointer, for it would name an octet that is none.
void Connection::point_to_urgent(Segment& segment) {
  const Seq up = extras_->urgent.snd_up;
  if (is_at_or_after(sender_.una(), up)) {
    sender_.policy().is_urgent = false;
    return;
  }
  if (!is_before(segment.seq, up)) return;
  const std::uint32_t distance = bytes_between(segment.seq, up);
  const bool is_far = distance > farthest_pointer;
  if (is_far && !is_after(segment.seq + farthest_pointer, sender_.nxt())) return;
  segment.flags.set(Flags::urg);
  segment.urgent_pointer = static_cast<std::uint16_t>(is_far ? farthest_pointer : distance);
}

// RFC 9293 3.10.7.4 sixth, MUST-32: told when it appears, and whenever it moves on. What has
// arrived as ordinary text stays that.
void Connection::take_urgent(const Segment& segment) {
  const Seq first = segment.seq + (segment.has(Flags::syn) ? 1u : 0u);
  const Seq up = first + segment.urgent_pointer;
  if (is_orphan_ || !is_after(up, receiver_.nxt())) return;
  UrgentMarks& marks = extras_.make().urgent;
  if (marks.is_receiving && !is_after(up, marks.rcv_up)) return;
  marks.rcv_up = up;
  marks.is_receiving = true;
  tell_news(News::urgent);
}

// After a read.
void Connection::follow_urgent() {
  UrgentMarks& marks = extras_->urgent;
  if (is_at_or_after(receiver_.next_to_read(), marks.rcv_up)) marks.is_receiving = false;
}

}  // namespace acksu::tcp
