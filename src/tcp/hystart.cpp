// RFC 9406 section 4.2, with the constants of 4.3.
#include "tcp/hystart.h"

#include <algorithm>
#include <utility>

namespace acksu::tcp {
namespace {

constexpr Duration least_threshold = 4ms, most_threshold = 16ms;  // MIN_ and MAX_RTT_THRESH
constexpr int rtt_divisor = 8;                                    // MIN_RTT_DIVISOR
constexpr std::uint8_t samples_needed = 8;                        // N_RTT_SAMPLE
constexpr std::uint8_t conservative_limit = 5;                    // CSS_ROUNDS
constexpr Duration most_gap = 2ms;                                // within a train of ACKs

}  // namespace

void HyStart::on_ack(const AckSample& sample) {
  if (!has_begun_) begin_round(sample.nxt);
  if (sample.rtt) take_rtt(*sample.rtt);
  if (!sample.is_paced) take_train(sample);
  if (is_before(sample.una, window_end_)) return;
  // A round in which it became conservative counts, though it is not whole.
  if (is_conservative()) ++conservative_rounds_;
  begin_round(sample.nxt);
}

// What a pacer has spread says nothing of the path.
void HyStart::take_train(const AckSample& sample) {
  const Duration rtt = std::min(last_min_rtt_, current_min_rtt_);
  if (rtt == forever) return;
  const Instant last = std::exchange(train_end_, sample.now);
  if (sample.now - last > std::min(most_gap, rtt / rtt_divisor)) train_began_ = sample.now;
  has_seen_train_ = sample.now - train_began_ > rtt / 2;
}

// RFC 9406 4.2 (a), (b).
void HyStart::take_rtt(Duration rtt) {
  current_min_rtt_ = std::min(current_min_rtt_, rtt);
  if (samples_ < 0xff) ++samples_;
  if (samples_ < samples_needed) return;
  if (is_conservative()) {
    if (current_min_rtt_ >= baseline_) return;
    baseline_ = forever;
    conservative_rounds_ = 0;
  } else if (last_min_rtt_ != forever) {
    const Duration threshold =
        std::clamp(last_min_rtt_ / rtt_divisor, least_threshold, most_threshold);
    if (current_min_rtt_ >= last_min_rtt_ + threshold) baseline_ = current_min_rtt_;
  }
}

void HyStart::begin_round(Seq nxt) {
  has_begun_ = true;
  window_end_ = nxt;
  last_min_rtt_ = current_min_rtt_;
  current_min_rtt_ = forever;
  samples_ = 0;
}

bool HyStart::is_over() const {
  return has_seen_train_ || conservative_rounds_ >= conservative_limit;
}

void HyStart::digest(Digest& digest) const {
  digest.add(last_min_rtt_);
  digest.add(current_min_rtt_);
  digest.add(baseline_);
  digest.add(train_began_);
  digest.add(train_end_);
  digest.add_together(window_end_, samples_, conservative_rounds_, has_begun_, has_seen_train_);
}

}  // namespace acksu::tcp
