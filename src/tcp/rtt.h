// Round-trip time and retransmission time-out (RFC 6298). Samples obey Karn's rule: whoever gives
// one made sure that it belongs to one transmission.
#pragma once

#include "base/time.h"
#include "tcp/settings.h"

namespace acksu::tcp {

class RttEstimator {
 public:
  // RFC 6298 2.2, 2.3. Ends any back-off.
  void take_sample(Duration sample, const Settings& settings);
  // RFC 6298 5.5: doubled at each time-out, up to the maximum.
  void back_off();
  void end_back_off() { back_offs_ = 0; }
  // RFC 6298 5.7: a SYN was sent more than once; until there is a sample the time-out is 3 s.
  void on_syn_lost() { was_syn_lost_ = true; }

  // The time-out in force, back-off included.
  Duration rto(const Settings& settings) const;
  bool has_sample() const { return srtt_ != Duration::zero(); }
  Duration srtt() const { return srtt_; }
  Duration rttvar() const { return rttvar_; }

 private:
  Duration srtt_{};
  Duration rttvar_{};
  std::uint8_t back_offs_ = 0;
  bool was_syn_lost_ = false;
};

}  // namespace acksu::tcp
