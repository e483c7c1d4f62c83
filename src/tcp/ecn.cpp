// The sending half's part in explicit congestion notification (RFC 9293 SHLD-8, RFC 3168 6.1,
// RFC 9768): text says that it may be marked, a mark that is told of is a loss without a loss, and
// a peer that echoes marks is told that it was heard.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

// RFC 3168 6.1.1 (c), 6.1.4, 6.1.5, 6.1.6: new text only; nothing else may be marked.
void Sender::mark_new_text(Segment& segment) {
  if (!has_ecn_ || !trust_.may_mark || segment.text.is_empty()) return;
  segment.ecn = Ecn::capable;
  if (!is_cwr_owed_) return;
  segment.flags.set(Flags::cwr);  // RFC 3168 6.1.2 (b)
  is_cwr_owed_ = false;
}

// RFC 8311 4.3: what else is sent, too; but no SYN and no reset.
void Sender::mark_any(Segment& segment) const {
  const bool is_bare = segment.has(Flags::syn) || segment.has(Flags::rst);
  if (trust_.is_accurate && trust_.may_mark && !is_bare) segment.ecn = Ecn::capable;
}

void Sender::hear_marks(const Feedback& feedback, Context& context) {
  if (flight_ && is_at_or_after(una(), flight_->reduced_until)) {
    flight_->is_reduced_for_marks = false;
  }
  if (trust_.is_accurate) return hear_counted_marks(feedback, context);
  const bool is_marked = feedback.segment.has(Flags::ece);
  const std::uint32_t bytes = feedback.acked.bytes;
  congestion_.control().on_echo(congestion_, {mss_, bytes, una(), nxt(), is_marked ? bytes : 0});
  // With nothing under way the echo goes on until something is.
  if (is_marked && has_outstanding()) respond_to_marks(queue_.outstanding(), context);
}

// RFC 9768: an ACK of nothing but our SYN cannot tell of text, and its flags may still be those of
// the handshake (3.2.2.2); unless its blocks of SACK do.
void Sender::hear_counted_marks(const Feedback& feedback, Context& context) {
  const bool could_mark = trust_.may_mark;
  const Segment& segment = feedback.segment;
  const bool is_of_text = is_after(segment.ack, iss_ + 1) || !segment.options.sack.is_empty();
  if (trust_.on_segment(segment) && flight_ && is_of_text) {
    const MarkReport report =
        flight_->marks.make(trust_).on_ack(segment, feedback.delivered, mss_, trust_);
    context.counters.marks_reported += report.packets;
    congestion_.control().on_echo(congestion_,
                                  {mss_, feedback.acked.bytes, una(), nxt(), report.bytes});
    const std::uint32_t in_flight = queue_.outstanding() + feedback.delivered;
    if (report.packets > 0) respond_to_marks(in_flight, context);
  }
  if (could_mark && !trust_.may_mark) ++context.counters.marking_stopped;
}

// RFC 9768 3.2.2.2: a marked SYN is congestion, too.
void Sender::hear_handshake(const Segment& segment, Context& context) {
  const bool is_marked =
      segment.has(Flags::syn) ? trust_.on_syn_ack(segment) : trust_.on_handshake_ack(segment);
  ++context.counters.accurate_ecn;
  if (!trust_.may_mark) ++context.counters.marking_stopped;
  if (!is_marked) return;
  ++context.counters.mark_reductions;
  congestion_.cwnd = std::min(congestion_.cwnd, std::max(congestion_.cwnd / 2, 2 * mss_));
}

// RFC 3168 6.1.2 (a): once a window.
void Sender::respond_to_marks(std::uint32_t in_flight, Context& context) {
  if (!flight_ || flight_->is_reduced_for_marks) return;
  Flight& flight = *flight_;
  flight.is_reduced_for_marks = true;
  is_cwr_owed_ = !trust_.is_accurate;
  flight.reduced_until = nxt();
  if (phase_ != Phase::open) return;  // for a loss of the same window it was reduced already
  const bool was_validated = is_validated();
  const std::uint32_t used = reduce_to_use(std::min(in_flight, congestion_.cwnd), context);
  congestion_.control().on_congestion_experienced(congestion_, {context.now, mss_, used});
  if (!was_validated) {
    // DCTCP's answer to a mark is a share of the window.
    if (congestion_.algorithm != CongestionAlgorithm::dctcp) halve_use(used);
    congestion_.cwnd = std::min(congestion_.cwnd, congestion_.ssthresh);
    validate_anew(context);
  }
  ++context.counters.mark_reductions;
  tell_congestion(context);
}

}  // namespace acksu::tcp
