// Where urgent text ends, in both directions (RFC 9293 3.8.5, RFC 6093): marks beside the stream,
// which they never change. Who uses none has no such record.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/seq.h"

namespace acksu::tcp {

struct UrgentMarks {
  Seq snd_up, rcv_up;         // RFC 9293 MUST-62: the octet after the last urgent one
  bool is_receiving = false;  // and `SendPolicy::is_urgent` of the other direction

  // RFC 9293 MUST-33: from there to the end of the peer's urgent text; 0: there is none.
  std::uint32_t bytes_to_read(Seq next_to_read) const {
    return is_receiving ? bytes_between(next_to_read, rcv_up) : 0;
  }
  void digest(Digest& digest) const {
    digest.add_together(snd_up, rcv_up);
    digest.add_together(is_receiving);
  }
};

}  // namespace acksu::tcp
