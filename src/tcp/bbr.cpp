// The states of BBR (draft-ietf-ccwg-bbr 4.3): startup and drain, the cycle that probes for more
// bandwidth, and the probe for the round trip without queues.
#include "tcp/bbr.h"

#include <algorithm>

#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

constexpr Duration probe_rtt_duration = 200ms;
constexpr std::uint32_t startup_full_loss_count = 6;
constexpr std::uint32_t longest_drain_rounds = 3;
constexpr std::uint32_t most_reno_rounds = 63;

}  // namespace

Bbr::Bbr(const Congestion& congestion, const BbrStart& start)
    : min_rtt_stamp_(start.now),
      probe_rtt_min_stamp_(start.now),
      extra_acked_since_(start.now),
      dice_(start.nxt.value()),
      prior_cwnd_(congestion.cwnd),
      pacing_rate_(initial_pacing_rate(congestion.cwnd, start.srtt)),
      initial_cwnd_(congestion.cwnd),
      mss_(start.mss) {
  if (start.srtt > Duration::zero()) min_rtt_ = start.srtt;
}

// UpdateModelAndState() and UpdateControlParameters().
void Bbr::on_ack(Congestion& congestion, const AckSample& sample) {
  const RateSample& rate = *sample.rate;
  mss_ = sample.mss;
  delivered_ = rate.delivered;
  is_recovering_ = sample.is_recovering;
  is_cwnd_limited_ |= sample.in_flight + rate.newly_delivered + mss_ > congestion.cwnd;
  update_latest_delivery(rate);
  update_congestion_signals(congestion, rate);
  update_ack_aggregation(congestion, sample);
  check_full_bw_reached(rate);
  check_startup_done(sample);
  check_drain_done(sample);
  update_cycle_phase(congestion, sample);
  update_min_rtt(sample);
  check_probe_rtt(congestion, sample);
  if (is_loss_round_start_) {
    bw_latest_ = rate.bytes_per_second;
    inflight_latest_ = rate.delivered_since();
    losses_in_round_ = 0;
  }
  bw_ = std::min(max_bw(), bw_shortterm_);
  set_pacing_rate(pacing_gain());
  set_cwnd(congestion, sample);
}

std::uint32_t Bbr::pacing_gain() const {
  switch (state_) {
    case State::startup: return startup_pacing_gain;
    case State::drain: return 50;
    case State::probe_bw_down: return 90;
    case State::probe_bw_up: return 125;
    case State::probe_bw_cruise:
    case State::probe_bw_refill:
    case State::probe_rtt: return 100;
  }
  return 100;
}

std::uint32_t Bbr::cwnd_gain() const {
  if (state_ == State::probe_bw_up) return 225;
  return state_ == State::probe_rtt ? 50 : 200;
}

// ---- Startup and drain (4.3.1, 4.3.2) -----------------------------------------------------------

void Bbr::check_startup_done(const AckSample& sample) {
  if (state_ != State::startup) return;
  if (!is_full_bw_reached_ && is_startup_loss_high(sample)) {
    undo_state_ = State::startup;
    is_full_bw_reached_ = true;
    const std::uint64_t safe = std::max<std::uint64_t>(bdp(bw_, 100), inflight_latest_);
    inflight_longterm_ =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(safe, largest_congestion_window));
  }
  if (!is_full_bw_reached_) return;
  state_ = State::drain;
  drain_start_round_ = round_count_;
}

bool Bbr::is_startup_loss_high(const AckSample& sample) const {
  const RateSample& rate = *sample.rate;
  return is_loss_round_start_ && is_recovering_ && losses_in_round_ >= startup_full_loss_count &&
         is_inflight_too_high(rate.lost, rate.tx_in_flight);
}

void Bbr::check_drain_done(const AckSample& sample) {
  if (state_ != State::drain) return;
  if (sample.in_flight > inflight(bw_, 100) &&
      round_count_ <= drain_start_round_ + longest_drain_rounds) {
    return;
  }
  start_down(sample.now);
}

// ---- The cycle that probes for bandwidth (4.3.3) ------------------------------------------------

void Bbr::update_cycle_phase(const Congestion& congestion, const AckSample& sample) {
  if (!is_full_bw_reached_ || adapt_long_term_model(congestion, sample)) return;
  switch (state_) {
    case State::probe_bw_down:
      if (is_time_to_probe(congestion, sample.now)) {
        start_refill();
      } else if (is_time_to_cruise(sample)) {
        state_ = State::probe_bw_cruise;
      }
      break;
    case State::probe_bw_cruise:
      if (is_time_to_probe(congestion, sample.now)) start_refill();
      break;
    case State::probe_bw_refill:
      if (!is_round_start_) break;
      is_bw_probe_sample_ = true;
      start_up(congestion, sample.rate->bytes_per_second);
      break;
    case State::probe_bw_up:
      if (!is_time_to_go_down(congestion, sample)) break;
      was_probe_too_high_ = false;  // no high loss, yet
      start_down(sample.now);
      break;
    default: break;
  }
}

void Bbr::start_down(Instant now) {
  reset_congestion_signals();
  probe_up_acked_per_increase_ = no_inflight;
  // 4.3.3.5: at random, so that flows mix.
  rounds_since_probe_up_ = static_cast<std::uint32_t>(dice_.between(0, 1));
  probe_wait_ = 2s + Duration{static_cast<Duration::rep>(dice_.below(1'000'000'000))};
  cycle_stamp_ = now;
  is_probe_stopping_ = true;
  begin_round();
  state_ = State::probe_bw_down;
}

void Bbr::start_refill() {
  reset_short_term_model();
  probe_up_rounds_ = 0;
  probe_up_acked_ = 0;
  was_probe_precautionary_ = false;
  is_probe_stopping_ = false;
  begin_round();
  state_ = State::probe_bw_refill;
}

void Bbr::start_up(const Congestion& congestion, std::uint64_t rate) {
  is_probe_stopping_ = false;
  begin_round();
  reset_full_bw();
  full_bw_ = rate;
  state_ = State::probe_bw_up;
  raise_inflight_slope(congestion);
}

// After two or three seconds, or as often as Reno would lose on this path.
bool Bbr::is_time_to_probe(const Congestion& congestion, Instant now) const {
  const std::uint32_t reno_rounds = target_inflight(congestion) / mss_;
  return now > cycle_stamp_ + probe_wait_ ||
         rounds_since_probe_up_ >= std::min(reno_rounds, most_reno_rounds);
}

bool Bbr::is_time_to_cruise(const AckSample& sample) const {
  return sample.in_flight <= inflight_with_headroom() &&
         sample.in_flight <= inflight(max_bw(), 100);
}

bool Bbr::is_time_to_go_down(const Congestion& congestion, const AckSample& sample) {
  if (was_probe_too_high_ && sample.in_flight >= inflight_longterm_) {
    was_probe_precautionary_ = true;
    return true;
  }
  const bool is_limited = is_cwnd_limited_ || was_cwnd_limited_;
  if (is_limited && congestion.cwnd >= inflight_longterm_) {
    reset_full_bw();  // what limits the bandwidth is that volume
    full_bw_ = sample.rate->bytes_per_second;
    return false;
  }
  return is_full_bw_now_;
}

// ---- The probe for the round trip (4.3.4) -------------------------------------------------------

void Bbr::check_probe_rtt(Congestion& congestion, const AckSample& sample) {
  if (state_ != State::probe_rtt && is_probe_rtt_expired_ && !is_idle_restart_) {
    save_cwnd(congestion);
    state_ = State::probe_rtt;
    probe_rtt_done_at_ = never;
    is_probe_stopping_ = true;
    begin_round();
  }
  if (state_ == State::probe_rtt) handle_probe_rtt(congestion, sample);
  is_idle_restart_ = false;
}

void Bbr::handle_probe_rtt(Congestion& congestion, const AckSample& sample) {
  if (probe_rtt_done_at_ == never) {
    if (sample.in_flight > probe_rtt_cwnd()) return;
    probe_rtt_done_at_ = sample.now + probe_rtt_duration;
    is_probe_rtt_round_done_ = false;
    begin_round();
    return;
  }
  if (is_round_start_) is_probe_rtt_round_done_ = true;
  if (is_probe_rtt_round_done_) check_probe_rtt_done(congestion, sample.now);
}

void Bbr::check_probe_rtt_done(Congestion& congestion, Instant now) {
  if (now <= probe_rtt_done_at_) return;
  probe_rtt_min_stamp_ = now;
  congestion.cwnd = std::max(congestion.cwnd, prior_cwnd_);
  reset_short_term_model();
  if (!is_full_bw_reached_) {
    state_ = State::startup;
    return;
  }
  start_down(now);
  state_ = State::probe_bw_cruise;
}

// ---- Idle times, and words ----------------------------------------------------------------------

void Bbr::on_restart(Congestion& congestion, Instant now) {
  is_idle_restart_ = true;
  extra_acked_since_ = now;
  if (is_in_probe_bw()) {
    set_pacing_rate(100);
  } else if (state_ == State::probe_rtt && probe_rtt_done_at_ != never) {
    check_probe_rtt_done(congestion, now);
  }
}

const char* Bbr::state_name() const {
  switch (state_) {
    case State::startup: return "Startup";
    case State::drain: return "Drain";
    case State::probe_bw_down: return "ProbeBW_DOWN";
    case State::probe_bw_cruise: return "ProbeBW_CRUISE";
    case State::probe_bw_refill: return "ProbeBW_REFILL";
    case State::probe_bw_up: return "ProbeBW_UP";
    case State::probe_rtt: return "ProbeRTT";
  }
  return "?";
}

}  // namespace acksu::tcp
