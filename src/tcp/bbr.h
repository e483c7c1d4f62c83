// BBR, version 3 (draft-ietf-ccwg-bbr): instead of filling the path until it loses, a model of it
// is kept, the bandwidth and the round trip without queues, and text is sent at that rate. What
// one connection knows of its path lies here. Names are the draft's; rates are bytes a second,
// volumes bytes, gains hundredths.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "base/rng.h"
#include "base/time.h"
#include "tcp/ack_sample.h"
#include "tcp/delivery_log.h"

namespace acksu::tcp {

struct Congestion;

struct BbrStart {
  Instant now;
  std::uint32_t mss = 0;
  Duration srtt{};  // 0: unknown
  Seq nxt{};
};

class Bbr {
 public:
  // When text is first acknowledged, or lost before that.
  Bbr(const Congestion& congestion, const BbrStart& start);

  void on_ack(Congestion& congestion, const AckSample& sample);
  void on_lost(const Congestion& congestion, const LossSample& loss, const CongestionEvent& event);
  // A mark of ECN: the draft leaves the answer open; it counts as a loss in this round trip.
  void on_congestion_experienced(const Congestion& congestion);
  void on_recovery(const Congestion& congestion);
  void on_recovery_over(Congestion& congestion) const;
  void on_undo(Congestion& congestion);
  // Text goes again after nothing was under way for lack of it.
  void on_restart(Congestion& congestion, Instant now);

  std::uint64_t pacing_rate() const { return pacing_rate_; }
  // Before anything was acknowledged: the window in one round trip, with the gain of the startup.
  static std::uint64_t initial_pacing_rate(std::uint32_t cwnd, Duration srtt);
  bool is_probing_rtt() const { return state_ == State::probe_rtt; }
  const char* state_name() const;  // "ProbeBW_UP"
  void digest(Digest& digest) const;

 private:
  enum class State : std::uint8_t {
    startup,
    drain,
    probe_bw_down,
    probe_bw_cruise,
    probe_bw_refill,
    probe_bw_up,
    probe_rtt,
  };

  static constexpr std::uint64_t no_rate = ~std::uint64_t{0};
  static constexpr std::uint32_t no_inflight = 0xffff'ffff;

  static constexpr std::uint32_t startup_pacing_gain = 277;
  static constexpr std::uint32_t pacing_margin = 1;  // hundredths

  // The largest value of the last so many round trips, or of up to twice as many.
  class RecentMost {
   public:
    void add(std::uint32_t value, std::uint32_t round, std::uint32_t rounds);
    std::uint32_t value() const;
    void digest(Digest& digest) const;

   private:
    std::uint32_t current_ = 0, previous_ = 0;
    std::uint32_t since_ = 0;
  };

  // bbr.cpp: the states (4.3)
  bool is_in_probe_bw() const {
    return state_ >= State::probe_bw_down && state_ <= State::probe_bw_up;
  }
  bool is_probing_bw() const {
    return state_ == State::startup || state_ == State::probe_bw_refill ||
           state_ == State::probe_bw_up;
  }
  std::uint32_t pacing_gain() const;
  std::uint32_t cwnd_gain() const;
  void check_startup_done(const AckSample& sample);
  bool is_startup_loss_high(const AckSample& sample) const;
  void check_drain_done(const AckSample& sample);
  void update_cycle_phase(const Congestion& congestion, const AckSample& sample);
  void start_down(Instant now);
  void start_refill();
  void start_up(const Congestion& congestion, std::uint64_t rate);
  bool is_time_to_probe(const Congestion& congestion, Instant now) const;
  bool is_time_to_cruise(const AckSample& sample) const;
  bool is_time_to_go_down(const Congestion& congestion, const AckSample& sample);
  void check_probe_rtt(Congestion& congestion, const AckSample& sample);
  void handle_probe_rtt(Congestion& congestion, const AckSample& sample);
  void check_probe_rtt_done(Congestion& congestion, Instant now);

  // bbr_model.cpp: what the path is thought to be (4.5)
  void begin_round() { next_round_delivered_ = delivered_; }
  void update_round(const RateSample& rate);
  void update_latest_delivery(const RateSample& rate);
  void update_congestion_signals(const Congestion& congestion, const RateSample& rate);
  void update_max_bw(const RateSample& rate);
  std::uint64_t max_bw() const { return std::max(max_bw_of_cycle_[0], max_bw_of_cycle_[1]); }
  void advance_max_bw();
  void adapt_lower_bounds(const Congestion& congestion);
  void update_ack_aggregation(const Congestion& congestion, const AckSample& sample);
  void check_full_bw_reached(const RateSample& rate);
  void reset_full_bw();
  void update_min_rtt(const AckSample& sample);
  void reset_congestion_signals();
  void reset_short_term_model();
  void note_loss(const Congestion& congestion);
  void save_state_upon_loss(const Congestion& congestion);
  void save_cwnd(const Congestion& congestion);
  bool adapt_long_term_model(const Congestion& congestion, const AckSample& sample);
  void probe_inflight_upward(const Congestion& congestion, const AckSample& sample);
  void raise_inflight_slope(const Congestion& congestion);
  static bool is_inflight_too_high(std::uint32_t lost, std::uint32_t tx_in_flight);

  // bbr_control.cpp: what follows for rate and window (4.6)
  static std::uint64_t volume_of(std::uint64_t bandwidth, Duration time);
  std::uint64_t bdp(std::uint64_t bandwidth, std::uint32_t gain) const;
  std::uint32_t inflight(std::uint64_t bandwidth, std::uint32_t gain) const;
  std::uint32_t quantized(std::uint64_t volume) const;
  std::uint32_t min_pipe_cwnd() const { return 4 * mss_; }
  std::uint32_t inflight_with_headroom() const;
  std::uint32_t target_inflight(const Congestion& congestion) const;
  std::uint32_t probe_rtt_cwnd() const;
  void set_pacing_rate(std::uint32_t gain);
  void set_cwnd(Congestion& congestion, const AckSample& sample) const;
  std::uint32_t bounded_by_model(std::uint32_t cwnd) const;

  // ---- The path, in the long and the short term
  std::array<std::uint64_t, 2> max_bw_of_cycle_{};  // the last probing cycle and this one
  std::uint64_t bw_ = 0;
  std::uint64_t bw_shortterm_ = no_rate;
  std::uint64_t bw_latest_ = 0;
  std::uint32_t inflight_shortterm_ = no_inflight, inflight_longterm_ = no_inflight;
  std::uint32_t inflight_latest_ = 0;
  Duration min_rtt_ = forever, probe_rtt_min_delay_ = forever;
  Instant min_rtt_stamp_{}, probe_rtt_min_stamp_{};
  RecentMost extra_acked_;
  Instant extra_acked_since_{};
  std::uint64_t extra_acked_delivered_ = 0;

  // ---- Round trips, counted by what was delivered
  std::uint64_t delivered_ = 0;
  std::uint64_t next_round_delivered_ = 0, loss_round_delivered_ = 0;
  std::uint32_t round_count_ = 0, drain_start_round_ = 0, rounds_since_probe_up_ = 0;
  std::uint32_t losses_in_round_ = 0;  // segments

  // ---- Probing
  std::uint64_t full_bw_ = 0;
  std::uint64_t probe_up_acked_ = 0;
  std::uint32_t probe_up_acked_per_increase_ = no_inflight;
  std::uint32_t probe_up_rounds_ = 0;
  std::uint32_t full_bw_count_ = 0;
  Instant cycle_stamp_{};
  Duration probe_wait_{};
  Instant probe_rtt_done_at_ = never;
  Rng dice_;

  // ---- What one may return to
  std::uint32_t prior_cwnd_ = 0;
  std::uint64_t undo_bw_shortterm_ = 0;
  std::uint32_t undo_inflight_shortterm_ = 0, undo_inflight_longterm_ = 0;

  std::uint64_t pacing_rate_ = 0;
  std::uint32_t initial_cwnd_;
  std::uint32_t mss_;
  State state_ = State::startup;
  std::optional<State> undo_state_;  // that a loss has ended
  bool is_probe_stopping_ : 1 =
      false;  // ACKS_PROBE_STOPPING: what a probe has sent is still acknowledged
  bool is_round_start_ : 1 = false;
  bool is_loss_round_start_ : 1 = false;
  bool is_loss_in_round_ : 1 = false;
  bool is_full_bw_reached_ : 1 = false;  // once
  bool is_full_bw_now_ : 1 = false;
  bool is_bw_probe_sample_ : 1 = false;
  bool was_probe_too_high_ : 1 = false;
  bool was_probe_precautionary_ : 1 = false;
  bool is_idle_restart_ : 1 = false;
  bool is_probe_rtt_expired_ : 1 = false;
  bool is_probe_rtt_round_done_ : 1 = false;
  bool is_recovering_ : 1 = false;
  bool is_cwnd_limited_ : 1 = false;   // in this round trip
  bool was_cwnd_limited_ : 1 = false;  // in the last one
};

}  // namespace acksu::tcp
