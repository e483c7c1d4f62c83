// RFC 6298 section 2.
#include "tcp/rtt.h"

#include <algorithm>

namespace acksu::tcp {

void RttEstimator::take_sample(Duration sample, const Settings& settings) {
  sample = std::clamp(sample, Duration{1}, settings.max_rto);
  if (!has_sample()) {
    srtt_ = sample;
    rttvar_ = sample / 2;
  } else {
    // The new deviation is taken from the old mean: RFC 6298 2.3 asks for this order.
    rttvar_ = (3 * rttvar_ + std::chrono::abs(srtt_ - sample)) / 4;
    srtt_ = std::max(Duration{1}, (7 * srtt_ + sample) / 8);
  }
  back_offs_ = 0;
}

void RttEstimator::back_off() {
  if (back_offs_ < 16) ++back_offs_;
}

void RttEstimator::end_handshake() {
  was_syn_lost_ = back_offs_ > 0;
  back_offs_ = 0;
}

Duration RttEstimator::rto(const Settings& settings) const {
  Duration rto =
      was_syn_lost_ ? std::max(settings.initial_rto, Duration{3s}) : settings.initial_rto;
  // The minimum bounds the allowance for variance, not the sum: a peer's delayed ACK must not look
  // like a loss.
  // RFC 6298 section 4.
  if (has_sample()) rto = srtt_ + std::max(settings.min_rto, 4 * rttvar_);
  rto = std::min(rto, settings.max_rto);
  return std::min(rto * (std::int64_t{1} << back_offs_), settings.max_rto);
}

}  // namespace acksu::tcp
