// Slow start and congestion avoidance of RFC 5681, counted in bytes (RFC 3465) so that dividing
// ACKs wins nothing.
#include <algorithm>

#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t largest_window = 1u << 30;  // what window scaling can ever offer

class NewReno final : public CongestionControl {
 public:
  const char* name() const override { return "newreno"; }

  void on_ack(Congestion& congestion, const AckSample& sample) const override {
    std::uint32_t acked = sample.acked_bytes;
    if (congestion.is_in_slow_start()) {
      const std::uint32_t growth = std::min(acked, congestion.ssthresh - congestion.cwnd);
      congestion.cwnd = std::min(congestion.cwnd + growth, largest_window);
      acked -= growth;
    }
    // RFC 5681 (3.1): one segment for each window acknowledged.
    congestion.acked += acked;
    while (congestion.acked >= congestion.cwnd) {
      congestion.acked -= congestion.cwnd;
      congestion.cwnd = std::min(congestion.cwnd + sample.mss, largest_window);
    }
  }

  void on_loss(Congestion& congestion, std::uint32_t in_flight, std::uint32_t mss) const override {
    congestion.ssthresh = std::max(in_flight / 2, 2 * mss);  // RFC 5681 (4)
    congestion.acked = 0;
  }
};

constexpr NewReno the_new_reno;

}  // namespace

const CongestionControl& new_reno() { return the_new_reno; }

}  // namespace acksu::tcp
