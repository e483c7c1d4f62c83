// Header prediction (RFC 9293 3.10.7.4): the segment that was to come next, with text or an ACK and
// nothing else, to a connection that is ESTABLISHED. Of what arrival.cpp asks each segment this
// asks what can still be wrong with it; all other steps have nothing to do. Nor is it an orphan:
// the call that lets go of a connection makes it leave ESTABLISHED.
#include "tcp/connection.h"

namespace acksu::tcp {

bool Connection::is_plain(const Segment& segment, const Context& context) const {
  const bool is_expected = state_ == State::established &&
                           (segment.flags.bits & ~Flags::psh) == Flags::ack &&
                           receiver_.is_plain(segment, context.now);
  return is_expected && is_at_or_after(segment.ack, sender_.una()) &&
         is_at_or_before(segment.ack, sender_.nxt());
}

Verdict Connection::take_plain(Segment& segment, Context& context) {
  Verdict verdict;
  if (!hear_ack(segment, context) || segment.text.is_empty()) return verdict;
  verdict.drop = take_next(segment, context);
  return verdict;
}

// What on_segment would do with it, where sequence, time stamp, ACK and window have just been
// judged of the segment before: its text alone is news.
std::optional<Drop> Connection::take_along(Segment& segment, Context& context) {
  const bool is_news =
      state_ == State::established && receiver_.is_all_news(segment) && sender_.hears_nothing();
  if (!is_news) return std::nullopt;
  ++segments_in_;
  ++text_segments_in_;
  ++context.counters.segments_continued;
  sender_.take_place_of_window(segment);
  const bool is_due = receiver_.take_marks(segment, context);
  const Drop drop = take_next(segment, context);
  if (is_due && !receiver_.acks().is_owed()) receiver_.acks().owe();
  return drop;
}

Drop Connection::take_next(Segment& segment, Context& context) {
  const Drop drop = receiver_.take_next(segment, context, timers_);
  const std::uint32_t received = bytes_between(segment.seq, receiver_.nxt());
  bytes_received_ += received;
  if (received > 0) tell_news(News::readable);
  return drop;
}

}  // namespace acksu::tcp
