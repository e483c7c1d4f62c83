// When to acknowledge (RFC 9293 3.8.6.3, RFC 5681 4.2): at once, later, and how often. Out-of-order
// arrivals each owe an ACK of their own, so what is owed is a count.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "tcp/timers.h"

namespace acksu::tcp {

class AckPolicy {
 public:
  explicit AckPolicy(const Settings& settings)
      : quick_left_(static_cast<std::uint16_t>(std::min(settings.quick_acks, 0xffffu))) {}

  // Text came in order. `mss`: more than that in one segment counts as several.
  void on_in_order(std::uint32_t bytes, std::uint32_t mss, Context& context, Timers& timers) {
    owed_duplicates_ = 0;  // what came too early was not lost, only late
    pending_bytes_ += bytes;
    const std::uint32_t most = std::min({bytes, mss, 0xffffu});
    largest_segment_ = std::max(largest_segment_, static_cast<std::uint16_t>(most));
    // RFC 9293 SHLD-19, RFC 5681 4.2 (a): every second full segment; quick at the start, while the
    // peer's window is still small.
    if (pending_bytes_ >= 2u * largest_segment_ || quick_left_ > 0) {
      if (quick_left_ > 0) --quick_left_;
      is_owed_ = true;
    } else {
      // RFC 9293 SHLD-18, MUST-40.
      timers.arm_if_idle(Timer::delayed_ack, later_by(context.now, context.settings.delayed_ack),
                         context);
    }
  }
  // Text that was longer than the window: its ACK may wait until some of it was read.
  void on_stretched(Context& context, Timers& timers) {
    timers.arm_if_idle(Timer::delayed_ack, later_by(context.now, context.settings.delayed_ack),
                       context);
  }
  void on_out_of_order() {
    if (owed_duplicates_ < 0xffff) ++owed_duplicates_;
  }
  // An ACK is owed now: for a duplicate, a filled hole, a FIN, a challenge, a window that opened.
  void owe() { is_owed_ = true; }
  void on_delayed_ack_time() { is_owed_ = true; }
  // So many of the next segments are not waited with.
  void set_quick(std::uint16_t count) {
    quick_left_ = count;
    if (count > 0 && pending_bytes_ > 0) is_owed_ = true;
  }

  // An estimate of the peer's full segment.
  std::uint32_t largest_segment() const { return largest_segment_; }
  bool is_owed() const { return is_owed_ || owed_duplicates_ > 0; }
  // A segment with an ACK leaves; `is_pure` when it carries nothing else.
  void on_ack_sent(bool is_pure, const Context& context, Timers& timers) {
    // RFC 5681 4.2 (c): no more ACKs than segments.
    // The first pure ACK of several answers the text that came in order.
    if (is_pure && !is_owed_ && owed_duplicates_ > 0) --owed_duplicates_;
    is_owed_ = false;
    pending_bytes_ = 0;
    timers.disarm(Timer::delayed_ack, context);
  }

  void digest(Digest& digest) const {
    digest.add_together(pending_bytes_, largest_segment_);
    digest.add_together(quick_left_, owed_duplicates_, is_owed_);
  }

 private:
  std::uint32_t pending_bytes_ = 0;  // received in order since the last ACK
  std::uint16_t largest_segment_ = 1;
  std::uint16_t quick_left_;
  std::uint16_t owed_duplicates_ = 0;
  bool is_owed_ = false;
};

}  // namespace acksu::tcp
