// Tail loss probe (RFC 8985 7): when no ACK comes for two round trips one segment goes, so that the
// answer tells what was lost before a time-out must.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/segment.h"
#include "base/seq.h"

namespace acksu::tcp {

class TailProbe {
 public:
  bool is_under_way() const { return is_under_way_; }
  void on_sent(Seq nxt, bool is_text_sent_again) {
    is_under_way_ = true;
    is_again_ = is_text_sent_again;
    end_ = nxt;
  }
  void forget() { is_under_way_ = false; }
  // RFC 8985 7.4.2. True: the probe has repaired a loss that nothing else would have shown, which
  // tells of congestion. `is_reported_twice`: the ACK says that what the probe held has arrived
  // twice; `is_bare`: it brings no text, no window and no report.
  bool take_loss(Seq ack, bool is_reported_twice, bool is_bare) {
    if (!is_under_way_ || is_before(ack, end_)) return false;
    if (!is_again_ || is_reported_twice) {
      is_under_way_ = false;
    } else if (is_after(ack, end_)) {
      is_under_way_ = false;
      return true;
    } else if (is_bare) {
      is_under_way_ = false;  // both have arrived, and this peer does not report what comes twice
    }
    return false;
  }
  void digest(Digest& digest) const { digest.add_together(end_, is_under_way_, is_again_); }

 private:
  Seq end_;  // SND.NXT behind the probe
  bool is_under_way_ = false;
  bool is_again_ = false;  // it repeats text
};

}  // namespace acksu::tcp
