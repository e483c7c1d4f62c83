// What the small records of TCP (half-open, TIME-WAIT) say to a segment, and how often they may say
// it.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/time.h"

namespace acksu::tcp {

enum class Answer : std::uint8_t {
  nothing,
  syn_ack,  // our SYN+ACK once more
  ack,      // <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>: also a challenge (RFC 5961)
  reset,    // `reset_for(segment)`
};

// At most one answer in an interval, for answers that a stranger could ask for without end
// (RFC 5961 section 7). Held by each record for itself: a shared limit would tell strangers about
// other connections. Exact to a millisecond, for records that live less than 49 days.
class AnswerLimit {
 public:
  bool may_answer(Instant now, Duration interval) {
    const std::uint32_t at = milliseconds(nanoseconds(now)) | 1;  // 0 stands for never
    if (last_ != 0 && at - last_ < milliseconds(nanoseconds(interval))) return false;
    last_ = at;
    return true;
  }
  void digest(Digest& digest) const { digest.add_together(last_); }

 private:
  static std::uint32_t milliseconds(std::int64_t nanoseconds) {
    return static_cast<std::uint32_t>(nanoseconds / 1'000'000);
  }
  std::uint32_t last_ = 0;
};

}  // namespace acksu::tcp
