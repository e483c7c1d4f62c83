// What BBR thinks of its path (draft-ietf-ccwg-bbr 4.5): bandwidth, round trip, how much may be
// under way, and what losses change of it.
#include <algorithm>

#include "tcp/bbr.h"
#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

constexpr Duration min_rtt_filter_length = 10s, probe_rtt_interval = 5s;
constexpr std::uint32_t extra_acked_rounds = 5;
constexpr std::uint32_t loss_threshold = 2;  // hundredths
constexpr std::uint32_t beta_hundredths = 70;
constexpr std::uint32_t full_bw_rounds = 3;
constexpr std::uint32_t most_probe_up_rounds = 30;

std::uint64_t hundredths_of(std::uint64_t value, std::uint32_t hundredths) {
  return value / 100 * hundredths + value % 100 * hundredths / 100;
}

}  // namespace

// ---- Round trips --------------------------------------------------------------------------------

void Bbr::update_round(const RateSample& rate) {
  is_round_start_ = rate.prior_delivered >= next_round_delivered_;
  if (!is_round_start_) return;
  begin_round();
  ++round_count_;
  ++rounds_since_probe_up_;
  was_cwnd_limited_ = is_cwnd_limited_;
  is_cwnd_limited_ = false;
}

void Bbr::update_min_rtt(const AckSample& sample) {
  is_probe_rtt_expired_ = sample.now > probe_rtt_min_stamp_ + probe_rtt_interval;
  const std::optional<Duration>& rtt = sample.rate->rtt;
  if (rtt && (*rtt < probe_rtt_min_delay_ || is_probe_rtt_expired_)) {
    probe_rtt_min_delay_ = *rtt;
    probe_rtt_min_stamp_ = sample.now;
  }
  const bool is_expired = sample.now > min_rtt_stamp_ + min_rtt_filter_length;
  if (probe_rtt_min_delay_ < min_rtt_ || is_expired) {
    min_rtt_ = probe_rtt_min_delay_;
    min_rtt_stamp_ = probe_rtt_min_stamp_;
  }
}

// ---- Bandwidth ----------------------------------------------------------------------------------

void Bbr::update_latest_delivery(const RateSample& rate) {
  bw_latest_ = std::max(bw_latest_, rate.bytes_per_second);
  inflight_latest_ = std::max(inflight_latest_, rate.delivered_since());
  is_loss_round_start_ = rate.prior_delivered >= loss_round_delivered_;
  if (is_loss_round_start_) loss_round_delivered_ = delivered_;
}

void Bbr::update_congestion_signals(const Congestion& congestion, const RateSample& rate) {
  update_round(rate);
  update_max_bw(rate);
  if (!is_loss_round_start_) return;
  adapt_lower_bounds(congestion);
  is_loss_in_round_ = false;
}

void Bbr::update_max_bw(const RateSample& rate) {
  if (rate.bytes_per_second >= max_bw() || !rate.is_application_limited) {
    max_bw_of_cycle_[1] = std::max(max_bw_of_cycle_[1], rate.bytes_per_second);
  }
}

void Bbr::advance_max_bw() {
  if (max_bw_of_cycle_[1] == 0) return;  // without a sample the former ones stay
  max_bw_of_cycle_ = {max_bw_of_cycle_[1], 0};
}

// 4.3.1.2: three round trips without a quarter more.
void Bbr::check_full_bw_reached(const RateSample& rate) {
  if (is_full_bw_now_ || !is_round_start_ || rate.is_application_limited) return;
  if (rate.bytes_per_second >= hundredths_of(full_bw_, 125)) {
    reset_full_bw();
    full_bw_ = rate.bytes_per_second;
    return;
  }
  is_full_bw_now_ = ++full_bw_count_ >= full_bw_rounds;
  if (is_full_bw_now_) is_full_bw_reached_ = true;
}

void Bbr::reset_full_bw() {
  full_bw_ = 0;
  full_bw_count_ = 0;
  is_full_bw_now_ = false;
}

// ---- Aggregation (4.5.5) ------------------------------------------------------------------------

void Bbr::update_ack_aggregation(const Congestion& congestion, const AckSample& sample) {
  std::uint64_t expected = volume_of(bw_, std::min<Duration>(sample.now - extra_acked_since_, 10s));
  if (extra_acked_delivered_ <= expected) {
    extra_acked_delivered_ = expected = 0;
    extra_acked_since_ = sample.now;
  }
  extra_acked_delivered_ += sample.rate->newly_delivered;
  const std::uint64_t extra = extra_acked_delivered_ - expected;
  extra_acked_.add(static_cast<std::uint32_t>(std::min<std::uint64_t>(extra, congestion.cwnd)),
                   round_count_, is_full_bw_reached_ ? extra_acked_rounds : 1);
}

void Bbr::RecentMost::add(std::uint32_t value, std::uint32_t round, std::uint32_t rounds) {
  if (round - since_ >= rounds) {
    previous_ = current_;
    current_ = 0;
    since_ = round;
  }
  current_ = std::max(current_, value);
}

std::uint32_t Bbr::RecentMost::value() const { return std::max(current_, previous_); }

// ---- Losses (4.5.6) -----------------------------------------------------------------------------

bool Bbr::is_inflight_too_high(std::uint32_t lost, std::uint32_t tx_in_flight) {
  return std::uint64_t{lost} * 100 > std::uint64_t{tx_in_flight} * loss_threshold;
}

void Bbr::on_lost(const Congestion& congestion, const LossSample& loss,
                  const CongestionEvent& event) {
  delivered_ = loss.delivered;
  note_loss(congestion);
  losses_in_round_ += (loss.newly_lost + event.mss - 1) / event.mss;
  if (!is_bw_probe_sample_ || !is_inflight_too_high(loss.lost, loss.tx_in_flight)) return;
  // InflightAtLoss(): what was under way when the losses passed the threshold.
  const std::int64_t size = loss.newly_lost;
  const std::int64_t inflight_prev = loss.tx_in_flight - size, lost_prev = loss.lost - size;
  const std::int64_t lost_prefix =
      (inflight_prev * loss_threshold - lost_prev * 100) / (100 - loss_threshold);
  const std::int64_t at_loss = std::clamp<std::int64_t>(
      inflight_prev + std::max<std::int64_t>(lost_prefix, 0), 0, largest_congestion_window);
  // HandleInflightTooHigh()
  was_probe_too_high_ = true;
  is_bw_probe_sample_ = false;
  if (!loss.is_application_limited) {
    const auto least =
        static_cast<std::uint32_t>(hundredths_of(target_inflight(congestion), beta_hundredths));
    inflight_longterm_ = std::max(static_cast<std::uint32_t>(at_loss), least);
  }
  if (state_ != State::probe_bw_up) return;
  undo_state_ = State::probe_bw_up;
  start_down(event.now);
}

void Bbr::on_congestion_experienced(const Congestion& congestion) { note_loss(congestion); }

void Bbr::note_loss(const Congestion& congestion) {
  if (!is_loss_in_round_) {
    loss_round_delivered_ = delivered_;
    save_state_upon_loss(congestion);
  }
  is_loss_in_round_ = true;
}

// AdaptLowerBoundsFromCongestion(): once a round trip.
void Bbr::adapt_lower_bounds(const Congestion& congestion) {
  if (is_probing_bw() || !is_loss_in_round_) return;
  if (bw_shortterm_ == no_rate) bw_shortterm_ = max_bw();
  if (inflight_shortterm_ == no_inflight) inflight_shortterm_ = congestion.cwnd;
  // Who paces a margin below what it believes is delivered no more than that: no sign of the path.
  // Or each round trip with a loss would lower the belief, on a path with losses time and again.
  const std::uint64_t delivered = bw_latest_ * 100 / (100 - pacing_margin);
  bw_shortterm_ = std::max(delivered, hundredths_of(bw_shortterm_, beta_hundredths));
  inflight_shortterm_ =
      std::max(inflight_latest_,
               static_cast<std::uint32_t>(hundredths_of(inflight_shortterm_, beta_hundredths)));
}

void Bbr::reset_congestion_signals() {
  is_loss_in_round_ = false;
  losses_in_round_ = 0;
  bw_latest_ = 0;
  inflight_latest_ = 0;
}

void Bbr::reset_short_term_model() {
  bw_shortterm_ = no_rate;
  inflight_shortterm_ = no_inflight;
}

// ---- The long term (4.3.3.6) --------------------------------------------------------------------

// AdaptLongTermModel(); true: it has changed the state.
bool Bbr::adapt_long_term_model(const Congestion& congestion, const AckSample& sample) {
  const RateSample& rate = *sample.rate;
  if (is_probe_stopping_ && is_round_start_) {
    is_bw_probe_sample_ = is_probe_stopping_ = false;
    if (is_in_probe_bw() && !rate.is_application_limited) advance_max_bw();
    if (is_in_probe_bw() && was_probe_precautionary_ && !was_probe_too_high_) {
      start_refill();
      return true;
    }
  }
  if (is_inflight_too_high(rate.lost, rate.tx_in_flight)) return false;
  if (inflight_longterm_ == no_inflight) return false;
  inflight_longterm_ = std::max(inflight_longterm_, rate.tx_in_flight);
  if (state_ == State::probe_bw_up) probe_inflight_upward(congestion, sample);
  return false;
}

void Bbr::probe_inflight_upward(const Congestion& congestion, const AckSample& sample) {
  if (!(is_cwnd_limited_ || was_cwnd_limited_) || congestion.cwnd < inflight_longterm_) return;
  probe_up_acked_ += sample.rate->newly_delivered;
  if (probe_up_acked_ >= probe_up_acked_per_increase_) {
    const std::uint64_t steps = probe_up_acked_ / probe_up_acked_per_increase_;
    probe_up_acked_ -= steps * probe_up_acked_per_increase_;
    inflight_longterm_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(inflight_longterm_ + steps * mss_, largest_congestion_window));
  }
  if (is_round_start_) raise_inflight_slope(congestion);
}

void Bbr::raise_inflight_slope(const Congestion& congestion) {
  const std::uint32_t growth = 1u << probe_up_rounds_;
  probe_up_rounds_ = std::min(probe_up_rounds_ + 1, most_probe_up_rounds);
  probe_up_acked_per_increase_ = std::max(congestion.cwnd / growth, mss_);
}

// ---- Recovery, and when it was in vain (4.5.7) --------------------------------------------------

void Bbr::on_recovery(const Congestion& congestion) { save_state_upon_loss(congestion); }

void Bbr::on_recovery_over(Congestion& congestion) const {
  congestion.cwnd = std::max(congestion.cwnd, prior_cwnd_);
}

void Bbr::save_cwnd(const Congestion& congestion) {
  const bool is_modulated = is_recovering_ || state_ == State::probe_rtt;
  prior_cwnd_ = is_modulated ? std::max(prior_cwnd_, congestion.cwnd) : congestion.cwnd;
}

void Bbr::save_state_upon_loss(const Congestion& congestion) {
  save_cwnd(congestion);
  undo_state_.reset();
  undo_bw_shortterm_ = bw_shortterm_;
  undo_inflight_shortterm_ = inflight_shortterm_;
  undo_inflight_longterm_ = inflight_longterm_;
}

void Bbr::on_undo(Congestion& congestion) {
  on_recovery_over(congestion);
  is_loss_in_round_ = false;
  reset_full_bw();
  bw_shortterm_ = std::max(bw_shortterm_, undo_bw_shortterm_);
  inflight_shortterm_ = std::max(inflight_shortterm_, undo_inflight_shortterm_);
  inflight_longterm_ = std::max(inflight_longterm_, undo_inflight_longterm_);
  const bool may_return = state_ != State::probe_rtt;
  if (undo_state_ == State::startup && state_ != State::startup) {
    is_full_bw_reached_ = false;
    if (may_return) state_ = State::startup;
  } else if (undo_state_ == State::probe_bw_up && state_ != State::probe_bw_up && may_return) {
    start_refill();
  }
  undo_state_.reset();
}

}  // namespace acksu::tcp
