// What is needed to take back a reduction of the congestion window that nothing was lost for: by
// reports of text that arrived twice (RFC 3708), by time stamps (Eifel, RFC 3522, RFC 4015), or
// because what was never sent again has arrived after a time-out (F-RTO, RFC 5682).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/digest.h"
#include "base/segment.h"
#include "base/seq.h"

namespace acksu::tcp {

class Undo {
 public:
  // Before the window is reduced.
  void begin(Seq una) {
    is_possible_ = true;
    was_sent_again_ = is_ending_ = false;
    repeated_ = 0;
    una_ = again_end_ = una;
  }
  void forget() { is_possible_ = is_ending_ = false; }
  bool is_possible() const { return is_possible_; }
  // A further reduction belongs to what one undo takes back.
  bool is_repairing() const { return is_possible_ && !is_ending_; }
  void on_sent_again(const Segment& segment, std::uint32_t timestamp) {
    if (!std::exchange(was_sent_again_, true)) first_timestamp_ = timestamp;
    repeated_ += segment.length();
    again_end_ = later(again_end_, segment.end());
  }
  // The peer reports what arrived twice. True: all that was sent again was in vain.
  bool is_refuted_by(SackBlock twice) {
    if (!is_possible_ || repeated_ == 0 || is_before(twice.start, una_)) return false;
    repeated_ -= std::min(repeated_, bytes_between(twice.start, twice.end));
    return repeated_ == 0;
  }
  // An ACK of all that was sent again echoes a time stamp from before that. Of a part it would say
  // nothing about the rest: where packets are overtaken others may be lost.
  bool is_refuted_by_echo(std::uint32_t echo, Seq una) const {
    return is_possible_ && was_sent_again_ && is_at_or_after(una, again_end_) &&
           static_cast<std::int32_t>(echo - first_timestamp_) < 0;
  }
  // Reports of what was sent again still come for a round trip.
  void on_recovery_over(Seq nxt) {
    is_ending_ = true;
    end_ = nxt;
  }
  void on_progress(Seq una) {
    if (is_ending_ && is_after(una, end_)) forget();
  }
  void digest(Digest& digest) const {
    digest.add_together(una_, repeated_);
    digest.add_together(first_timestamp_, end_);
    digest.add_together(again_end_, is_possible_, was_sent_again_, is_ending_);
  }

 private:
  Seq una_;                     // when it was reduced
  Seq again_end_;               // of what was sent again since
  Seq end_;                     // SND.NXT when all was repaired
  std::uint32_t repeated_ = 0;  // bytes sent again since, of which no report says they came twice
  std::uint32_t first_timestamp_ = 0;
  bool is_possible_ = false;
  bool was_sent_again_ = false;
  bool is_ending_ = false;
};

}  // namespace acksu::tcp
