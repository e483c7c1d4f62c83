// Round-trip time and retransmission time-out (RFC 6298). Samples obey Karn's rule: whoever gives
// one made sure that it belongs to one transmission (RFC 6298 section 3, RFC 9293 MUST-18).
#pragma once

#include "base/digest.h"
#include "base/time.h"
#include "tcp/settings.h"

namespace acksu::tcp {

class RttEstimator {
 public:
  // RFC 6298 2.2, 2.3. Ends any back-off, which nothing else does (Karn): an ACK of text that was
  // sent twice does not tell that the path is as fast as it was.
  void take_sample(Duration sample, const Settings& settings);
  // RFC 6298 5.5: doubled at each time-out, up to the maximum.
  void back_off();
  // What timed out were probes of a closed window, and they were answered.
  void forget_back_off() { back_offs_ = 0; }
  // RFC 6298 5.7: text begins to flow. If a SYN timed out, the time-out is 3 s until there is a
  // sample.
  void end_handshake();

  // The time-out in force, back-off included.
  Duration rto(const Settings& settings) const;
  bool has_sample() const { return srtt_ != Duration::zero(); }
  Duration srtt() const { return srtt_; }
  Duration rttvar() const { return rttvar_; }
  void digest(Digest& digest) const {
    digest.add(srtt_);
    digest.add(rttvar_);
    digest.add_together(back_offs_, was_syn_lost_);
  }

 private:
  Duration srtt_{};
  Duration rttvar_{};
  std::uint8_t back_offs_ = 0;
  bool was_syn_lost_ = false;
};

}  // namespace acksu::tcp
