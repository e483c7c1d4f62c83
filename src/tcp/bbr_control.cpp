// What follows from BBR's model of the path (draft-ietf-ccwg-bbr 4.6): the rate at which text is
// sent and how much of it may be under way.
#include <algorithm>

#include "tcp/bbr.h"
#include "tcp/congestion.h"
#include "tcp/pacer.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t headroom = 15;  // hundredths

Bbr* known_bbr(Congestion& congestion) {
  return congestion.record && congestion.record->bbr ? &*congestion.record->bbr : nullptr;
}
const Bbr* known_bbr(const Congestion& congestion) {
  return known_bbr(const_cast<Congestion&>(congestion));
}

Bbr& bbr_of(Congestion& congestion, const BbrStart& start) {
  return congestion.record.make().bbr.make(congestion, start);
}
Bbr& bbr_of(Congestion& congestion, const CongestionEvent& event) {
  return bbr_of(congestion, BbrStart{.now = event.now, .mss = event.mss});
}

class BbrControl final : public CongestionControl {
 public:
  const char* name() const override { return "bbr"; }

  void on_ack(Congestion& congestion, const AckSample& sample) const override {
    bbr_of(congestion, BbrStart{sample.now, sample.mss, sample.srtt, sample.nxt})
        .on_ack(congestion, sample);
  }
  void on_lost(Congestion& congestion, const LossSample& loss,
               const CongestionEvent& event) const override {
    bbr_of(congestion, event).on_lost(congestion, loss, event);
  }
  void on_loss(Congestion& congestion, const CongestionEvent& event) const override {
    bbr_of(congestion, event).on_recovery(congestion);
  }
  void on_congestion_experienced(Congestion& congestion,
                                 const CongestionEvent& event) const override {
    bbr_of(congestion, event).on_congestion_experienced(congestion);
  }
  void on_recovery_over(Congestion& congestion) const override {
    if (const Bbr* bbr = known_bbr(congestion)) bbr->on_recovery_over(congestion);
  }
  void on_undo(Congestion& congestion) const override {
    if (Bbr* bbr = known_bbr(congestion)) bbr->on_undo(congestion);
  }
  void on_restart(Congestion& congestion, Instant now) const override {
    if (Bbr* bbr = known_bbr(congestion)) bbr->on_restart(congestion, now);
  }
  std::uint64_t pacing_rate(const Congestion& congestion, Duration srtt) const override {
    const Bbr* bbr = known_bbr(congestion);
    return bbr ? bbr->pacing_rate() : Bbr::initial_pacing_rate(congestion.cwnd, srtt);
  }
  bool is_holding_back(const Congestion& congestion) const override {
    const Bbr* bbr = known_bbr(congestion);
    return bbr && bbr->is_probing_rtt();
  }
  const char* phase(const Congestion& congestion) const override {
    const Bbr* bbr = known_bbr(congestion);
    return bbr ? bbr->state_name() : "Startup";
  }
};

constexpr BbrControl the_bbr;

}  // namespace

// ---- Volumes ------------------------------------------------------------------------------------

std::uint64_t Bbr::volume_of(std::uint64_t bandwidth, Duration time) {
  const auto microseconds = static_cast<std::uint64_t>(nanoseconds(time) / 1000);
  return bandwidth * microseconds / 1'000'000;
}

// BDPMultiple()
std::uint64_t Bbr::bdp(std::uint64_t bandwidth, std::uint32_t gain) const {
  if (min_rtt_ == forever) return initial_cwnd_;
  return volume_of(bandwidth, min_rtt_) * gain / 100;
}

std::uint32_t Bbr::inflight(std::uint64_t bandwidth, std::uint32_t gain) const {
  return quantized(bdp(bandwidth, gain));
}

// QuantizationBudget()
std::uint32_t Bbr::quantized(std::uint64_t volume) const {
  const std::uint64_t offload_budget = 3 * std::uint64_t{Pacer::quantum_at(pacing_rate_, mss_)};
  volume = std::max({volume, offload_budget, std::uint64_t{min_pipe_cwnd()}});
  if (state_ == State::probe_bw_up) volume += 2 * mss_;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(volume, largest_congestion_window));
}

std::uint32_t Bbr::inflight_with_headroom() const {
  if (inflight_longterm_ == no_inflight) return no_inflight;
  const auto room = static_cast<std::uint32_t>(std::uint64_t{inflight_longterm_} * headroom / 100);
  return std::max(inflight_longterm_ - std::min(std::max(room, mss_), inflight_longterm_),
                  min_pipe_cwnd());
}

std::uint32_t Bbr::target_inflight(const Congestion& congestion) const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bdp(bw_, 100), congestion.cwnd));
}

std::uint32_t Bbr::probe_rtt_cwnd() const {
  const std::uint64_t volume = std::max<std::uint64_t>(bdp(bw_, cwnd_gain()), min_pipe_cwnd());
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(volume, largest_congestion_window));
}

// ---- Rate and window ----------------------------------------------------------------------------

std::uint64_t Bbr::initial_pacing_rate(std::uint32_t cwnd, Duration srtt) {
  const Duration time = srtt > Duration::zero() ? srtt : Duration{1ms};
  return std::uint64_t{cwnd} * startup_pacing_gain * 10'000'000 /
         static_cast<std::uint64_t>(nanoseconds(time));
}

// SetPacingRateWithGain(); until the path was once full the rate only rises.
void Bbr::set_pacing_rate(std::uint32_t gain) {
  const std::uint64_t rate = bw_ / 100 * gain * (100 - pacing_margin) / 100;
  if (rate > 0 && (is_full_bw_reached_ || rate > pacing_rate_)) pacing_rate_ = rate;
}

void Bbr::set_cwnd(Congestion& congestion, const AckSample& sample) const {
  const std::uint32_t max_inflight =
      quantized(bdp(bw_, cwnd_gain()) + std::uint64_t{extra_acked_.value()});
  const std::uint32_t grown =
      std::min(congestion.cwnd + sample.rate->newly_delivered, largest_congestion_window);
  std::uint32_t cwnd = congestion.cwnd;
  if (is_full_bw_reached_) {
    cwnd = std::min(grown, max_inflight);
  } else if (cwnd < max_inflight || delivered_ < initial_cwnd_) {
    cwnd = grown;
  }
  cwnd = std::max(cwnd, min_pipe_cwnd());
  if (state_ == State::probe_rtt) cwnd = std::min(cwnd, probe_rtt_cwnd());
  congestion.cwnd = bounded_by_model(cwnd);
}

// BoundCwndForModel()
std::uint32_t Bbr::bounded_by_model(std::uint32_t cwnd) const {
  std::uint32_t cap = no_inflight;
  if (state_ == State::probe_rtt || state_ == State::probe_bw_cruise) {
    cap = inflight_with_headroom();
  } else if (is_in_probe_bw()) {
    cap = inflight_longterm_;
  }
  cap = std::max(std::min(cap, inflight_shortterm_), min_pipe_cwnd());
  return std::min(cwnd, cap);
}

// ---- Looking ------------------------------------------------------------------------------------

void Bbr::RecentMost::digest(Digest& digest) const {
  digest.add_together(current_, previous_);
  digest.add_together(since_);
}

void Bbr::digest(Digest& digest) const {
  for (const std::uint64_t each :
       {max_bw_of_cycle_[0], max_bw_of_cycle_[1], bw_, bw_shortterm_, bw_latest_,
        extra_acked_delivered_, delivered_, next_round_delivered_, loss_round_delivered_, full_bw_,
        probe_up_acked_, undo_bw_shortterm_, pacing_rate_}) {
    digest.add(each);
  }
  for (const Instant each : {min_rtt_stamp_, probe_rtt_min_stamp_, extra_acked_since_, cycle_stamp_,
                             probe_rtt_done_at_}) {
    digest.add(each);
  }
  for (const Duration each : {min_rtt_, probe_rtt_min_delay_, probe_wait_}) digest.add(each);
  for (const std::uint32_t each :
       {inflight_shortterm_, inflight_longterm_, inflight_latest_, round_count_, drain_start_round_,
        rounds_since_probe_up_, losses_in_round_, probe_up_acked_per_increase_, probe_up_rounds_,
        full_bw_count_, prior_cwnd_, undo_inflight_shortterm_, undo_inflight_longterm_,
        initial_cwnd_, mss_}) {
    digest.add_together(each);
  }
  extra_acked_.digest(digest);
  dice_.digest(digest);
  digest.add_together(state_, undo_state_.value_or(state_), undo_state_.has_value());
  digest.add_together(is_round_start_, is_loss_round_start_, is_loss_in_round_, is_full_bw_reached_,
                      is_full_bw_now_, is_bw_probe_sample_, was_probe_too_high_,
                      was_probe_precautionary_, is_idle_restart_, is_probe_rtt_expired_,
                      is_probe_rtt_round_done_, is_recovering_, is_cwnd_limited_, was_cwnd_limited_,
                      is_probe_stopping_);
}

const CongestionControl& bbr() { return the_bbr; }

}  // namespace acksu::tcp
