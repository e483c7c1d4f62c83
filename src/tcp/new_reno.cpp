// Slow start and congestion avoidance of RFC 5681 (RFC 9293 MUST-19), counted in bytes (RFC 3465)
// so that dividing ACKs wins nothing. Left out on purpose: the limit of one or two segments an ACK
// in slow start (RFC 5681 3.1, RFC 3465 2.3). Receivers that merge segments acknowledge dozens at
// once, and would be served slowest of all; what an ACK releases is bounded by what it acknowledges
// all the same.
#include <algorithm>

#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

class NewReno final : public CongestionControl {
 public:
  const char* name() const override { return "newreno"; }

  void on_ack(Congestion& congestion, const AckSample& sample) const override {
    if (!sample.may_grow) return;
    std::uint32_t acked = sample.acked_bytes;
    if (congestion.is_in_slow_start()) acked = congestion.grow_in_slow_start(sample);
    // RFC 5681 3.1 (f), RFC 3465 2.1: one segment for each window acknowledged.
    congestion.acked += acked;
    while (congestion.acked >= congestion.cwnd) {
      congestion.acked -= congestion.cwnd;
      congestion.cwnd = std::min(congestion.cwnd + sample.mss, largest_congestion_window);
    }
  }

  void on_loss(Congestion& congestion, const CongestionEvent& event) const override {
    congestion.ssthresh = std::max(event.in_flight / 2, 2 * event.mss);  // RFC 5681 3.1 (g)
    congestion.acked = 0;
  }
};

constexpr NewReno the_new_reno;

}  // namespace

const CongestionControl& new_reno() { return the_new_reno; }

}  // namespace acksu::tcp
