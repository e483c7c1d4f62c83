// Proportional rate reduction (RFC 6937 and RFC 9937, with the slow start reduction bound on safe
// ACKs): how much may be sent while losses are repaired, so that what is under way comes down to
// ssthresh evenly and an emptied path fills again.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"

namespace acksu::tcp {

// What an ACK found during the repair; all in bytes.
struct PrrStep {
  std::uint32_t delivered = 0;  // newly, cumulatively or selectively
  std::uint32_t pipe = 0;
  std::uint32_t ssthresh = 0;
  std::uint32_t mss = 0;
  bool is_safe = false;  // SND.UNA moved, and nothing more was found lost
};

class Prr {
 public:
  // `flight`: what was under way when the loss was found, with what that ACK delivers.
  void begin(std::uint32_t flight) {
    flight_ = std::max(flight, 1u);
    delivered_ = out_ = 0;
  }
  void on_sent(std::uint32_t bytes) { out_ += bytes; }
  // The congestion window that this step allows.
  std::uint32_t window(const PrrStep& step) {
    delivered_ += step.delivered;
    std::uint64_t allowed = 0;
    if (step.pipe > step.ssthresh) {  // RFC 9937 6 (a)
      const std::uint64_t due = (delivered_ * step.ssthresh + flight_ - 1) / flight_;
      allowed = due > out_ ? due - out_ : 0;
    } else {  // RFC 9937 6 (b)
      allowed = std::max<std::uint64_t>(delivered_ > out_ ? delivered_ - out_ : 0, step.delivered);
      if (step.is_safe) allowed += step.mss;
      allowed = std::min<std::uint64_t>(allowed, step.ssthresh - step.pipe);
    }
    // RFC 9937 6 (c): the first repair goes.
    if (out_ == 0) allowed = std::max<std::uint64_t>(allowed, step.mss);
    return step.pipe + static_cast<std::uint32_t>(allowed);
  }
  void digest(Digest& digest) const {
    digest.add(delivered_);
    digest.add(out_);
    digest.add_together(flight_);
  }

 private:
  std::uint64_t delivered_ = 0, out_ = 0;  // since the repair began
  std::uint32_t flight_ = 1;
};

}  // namespace acksu::tcp
