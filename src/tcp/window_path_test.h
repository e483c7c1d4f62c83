// For tests of congestion control: a model of a path stands in for the wire. A window is
// acknowledged in each round trip.
#pragma once

#include <string>

#include "tcp/congestion.h"

namespace acksu::tcp {

struct WindowPath {
  static constexpr std::uint32_t mss = 1000;

  Congestion congestion;
  Duration rtt = 100ms;
  Instant now = Instant{} + 1s;
  std::uint32_t sent = 0;
  bool is_paced = false;

  WindowPath(CongestionAlgorithm algorithm, std::uint32_t segments,
             std::uint32_t ssthresh = no_ssthresh) {
    congestion.change_to(algorithm);
    congestion.cwnd = segments * mss;
    congestion.ssthresh = ssthresh;
  }
  std::uint32_t segments() const { return congestion.cwnd / mss; }
  // One segment is acknowledged, in its share of a round trip.
  void acknowledge(bool may_grow = true, bool after_time_out = false) {
    now += rtt * mss / congestion.cwnd;
    sent += mss;
    congestion.control().on_ack(congestion, {.now = now,
                                             .mss = mss,
                                             .acked_bytes = mss,
                                             .una = Seq{sent},
                                             .nxt = Seq{sent + congestion.cwnd},
                                             .rtt = rtt,
                                             .srtt = rtt,
                                             .is_after_time_out = after_time_out,
                                             .may_grow = may_grow,
                                             .is_paced = is_paced});
  }
  void pass(Duration duration, bool may_grow = true) {
    const Instant end = now + duration;
    while (now < end) acknowledge(may_grow);
  }
  void lose() {
    congestion.control().on_loss(congestion, {now, mss, congestion.cwnd});
    congestion.cwnd = congestion.ssthresh;
  }
  // The window in segments, every `step`.
  std::string curve(Duration step, int steps) {
    std::string text;
    for (int i = 0; i < steps; ++i) {
      pass(step);
      text += (i == 0 ? "" : " ") + std::to_string(segments());
    }
    return text;
  }
};

}  // namespace acksu::tcp
