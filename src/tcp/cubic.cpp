// CUBIC (RFC 9438) in bytes and milliseconds: after a loss the window returns along a cubic curve
// to where the loss was, stays there for a while, and then looks for more; below what Reno would
// reach it does as Reno does. Slow start is HyStart++ (RFC 9406).
#include "tcp/cubic.h"

#include <algorithm>
#include <utility>

#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

// C = 0.4 segments/s^3, so 1/C = 2.5 s^3 a segment, in cubic milliseconds.
constexpr std::int64_t cubic_milliseconds = 2'500'000'000;
constexpr std::int64_t longest_time = 1 << 20;  // ms; its cube fits into 63 bits
// beta_cubic = 0.7; alpha_cubic = 3 (1 - beta) / (1 + beta) = 9/17
constexpr std::uint32_t beta_tenths = 7;
constexpr std::uint32_t alpha_numerator = 9, alpha_denominator = 17;

std::int64_t milliseconds_of(Duration duration) { return nanoseconds(duration) / 1'000'000; }

// W_cubic(t), RFC 9438 4.2, figure 1.
std::int64_t w_cubic(const Cubic& cubic, std::int64_t t, std::uint32_t mss) {
  const std::int64_t d = std::clamp(t - cubic.k, -longest_time, longest_time);
  const std::int64_t thousandths = d * d * d / (cubic_milliseconds / 1000);  // of a segment
  const std::int64_t window = std::int64_t{cubic.origin} + thousandths * mss / 1000;
  return std::clamp<std::int64_t>(window, 0, largest_congestion_window);
}

// RFC 9438 4.2: K, and 4.8, 4.10: without a loss to return to the curve begins where it is flat.
void begin_epoch(Cubic& cubic, const Congestion& congestion, const AckSample& sample) {
  cubic.epoch = sample.now;
  cubic.w_est = congestion.cwnd;
  cubic.cwnd_rest = cubic.w_est_rest = 0;
  if (cubic.w_max > congestion.cwnd) {
    const std::uint64_t missing = cubic.w_max - congestion.cwnd;
    cubic.k = cube_root(missing * std::uint64_t{cubic_milliseconds} / sample.mss);
    cubic.origin = cubic.w_max;
  } else {
    cubic.k = 0;
    cubic.origin = congestion.cwnd;
  }
}

// RFC 9438 4.3: as Reno would grow that reduces its window as little as CUBIC does.
void grow_reno(Cubic& cubic, const Congestion& congestion, const AckSample& sample,
               std::uint32_t acked) {
  const bool is_beyond = cubic.w_est >= cubic.cwnd_prior;
  const std::uint64_t alpha = is_beyond ? alpha_denominator : alpha_numerator;
  const std::uint64_t divisor = std::uint64_t{alpha_denominator} * congestion.cwnd;
  cubic.w_est_rest += alpha * sample.mss * acked;
  const std::uint64_t grown = cubic.w_est + cubic.w_est_rest / divisor;
  cubic.w_est_rest %= divisor;
  cubic.w_est =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(grown, largest_congestion_window));
}

// RFC 9438 4.4 and 4.5: towards where the curve will be a round trip from now.
void grow_cubic(Cubic& cubic, Congestion& congestion, std::int64_t target, std::uint32_t acked) {
  const std::int64_t cwnd = congestion.cwnd;
  target =
      std::clamp(target, cwnd, std::min<std::int64_t>(cwnd + cwnd / 2, largest_congestion_window));
  cubic.cwnd_rest += static_cast<std::uint64_t>(target - cwnd) * acked;
  congestion.cwnd += static_cast<std::uint32_t>(cubic.cwnd_rest / congestion.cwnd);
  cubic.cwnd_rest %= congestion.cwnd;
}

void avoid_congestion(Congestion& congestion, const AckSample& sample, std::uint32_t acked) {
  Cubic& cubic = congestion.record.make().cubic;
  if (cubic.epoch == Instant{}) begin_epoch(cubic, congestion, sample);
  grow_reno(cubic, congestion, sample, acked);
  const std::int64_t t = milliseconds_of(sample.now - cubic.epoch);
  if (w_cubic(cubic, t, sample.mss) < cubic.w_est) {
    congestion.cwnd = std::max(congestion.cwnd, cubic.w_est);
    return;
  }
  const std::int64_t rtt = milliseconds_of(sample.srtt);
  grow_cubic(cubic, congestion, w_cubic(cubic, t + rtt, sample.mss), acked);
}

// Returns what slow start left of the acknowledged bytes.
std::uint32_t slow_start(Congestion& congestion, const AckSample& sample) {
  // RFC 9406 4.2: the first slow start only.
  if (congestion.ssthresh != no_ssthresh) return congestion.grow_in_slow_start(sample);
  // RFC 9438 4.10.
  HyStart& hystart = congestion.record.make().hystart;
  hystart.on_ack(sample);
  if (hystart.is_over()) {
    congestion.ssthresh = congestion.cwnd;
    return sample.acked_bytes;
  }
  congestion.grow_in_slow_start(sample, hystart.is_conservative() ? HyStart::growth_divisor : 1);
  return 0;
}

class CubicControl final : public CongestionControl {
 public:
  const char* name() const override { return "cubic"; }

  void on_ack(Congestion& congestion, const AckSample& sample) const override {
    if (!sample.may_grow && !congestion.record) return;  // there is nothing to remember
    Cubic& cubic = congestion.record.make().cubic;
    const Instant last = std::exchange(cubic.last_ack, sample.now);
    if (!sample.may_grow) {
      // RFC 9438 4.2, 5.8: a window that the application does not use must not grow for that time.
      if (cubic.epoch != Instant{}) cubic.epoch += sample.now - std::max(last, cubic.epoch);
      return;
    }
    std::uint32_t acked = sample.acked_bytes;
    if (congestion.is_in_slow_start()) acked = slow_start(congestion, sample);
    if (acked > 0) avoid_congestion(congestion, sample, acked);
  }

  // RFC 9438 4.6, 4.7.
  void on_loss(Congestion& congestion, const CongestionEvent& event) const override {
    Cubic& cubic = congestion.record.make().cubic;
    // Fast convergence: whoever loses earlier than last time makes room for others.
    const bool is_earlier = congestion.cwnd < cubic.w_max;
    cubic.cwnd_prior = congestion.cwnd;
    cubic.w_max =
        is_earlier
            ? static_cast<std::uint32_t>(std::uint64_t{congestion.cwnd} * (10 + beta_tenths) / 20)
            : congestion.cwnd;
    cubic.epoch = Instant{};
    const std::uint64_t reduced = std::uint64_t{event.in_flight} * beta_tenths / 10;
    congestion.ssthresh = std::max(static_cast<std::uint32_t>(reduced), 2 * event.mss);
  }

  // RFC 9438 4.2: a silence is no time of the curve; after slow start it begins anew (4.10).
  void on_restart(Congestion& congestion, Instant now) const override {
    if (!congestion.record) return;
    Cubic& cubic = congestion.record->cubic;
    const Instant last = std::exchange(cubic.last_ack, now);
    if (congestion.is_in_slow_start()) {
      cubic.epoch = Instant{};
    } else if (cubic.epoch != Instant{}) {
      cubic.epoch += now - std::max(last, cubic.epoch);
    }
  }

  // RFC 9438 4.8: the curve that follows begins anew.
  void on_time_out(Congestion& congestion, const CongestionEvent& event) const override {
    on_loss(congestion, event);
    congestion.record->cubic.w_max = 0;
  }
};

constexpr CubicControl the_cubic;

}  // namespace

void Cubic::digest(Digest& digest) const {
  digest.add(epoch);
  digest.add(last_ack);
  digest.add(static_cast<std::uint64_t>(k));
  digest.add_together(w_max, origin);
  digest.add_together(w_est, cwnd_prior);
  digest.add(cwnd_rest);
  digest.add(w_est_rest);
}

std::uint32_t cube_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (int bit = 20; bit >= 0; --bit) {  // 2^21 cubed is 2^63
    const std::uint64_t more = root | (std::uint64_t{1} << bit);
    if (more * more * more <= value) root = more;
  }
  return static_cast<std::uint32_t>(root);
}

const CongestionControl& cubic() { return the_cubic; }

}  // namespace acksu::tcp
