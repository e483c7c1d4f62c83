// DCTCP (RFC 8257): for networks of one owner whose switches mark early. The window shrinks in
// proportion to how much was marked, so that short queues suffice. Growth and losses are Reno's.
#include <algorithm>

#include "tcp/congestion.h"

namespace acksu::tcp {
namespace {

// RFC 8257 3.3: DCTCP.Alpha after a window; g = 1/16.
void end_window(Dctcp& dctcp) {
  const std::uint64_t fraction =
      dctcp.acked == 0
          ? 0
          : std::uint64_t{std::min(dctcp.marked, dctcp.acked)} * Dctcp::one / dctcp.acked;
  dctcp.alpha -= dctcp.alpha / 16;
  dctcp.alpha = std::min(Dctcp::one, dctcp.alpha + static_cast<std::uint32_t>(fraction / 16));
  dctcp.acked = dctcp.marked = 0;
}

class DctcpControl final : public CongestionControl {
 public:
  const char* name() const override { return "dctcp"; }

  void on_ack(Congestion& congestion, const AckSample& sample) const override {
    new_reno().on_ack(congestion, sample);
  }
  void on_loss(Congestion& congestion, const CongestionEvent& event) const override {
    new_reno().on_loss(congestion, event);  // RFC 8257 3.5
  }
  void on_echo(Congestion& congestion, const EchoSample& sample) const override {
    Dctcp& dctcp = congestion.record.make().dctcp;
    if (!dctcp.has_begun) {
      dctcp.has_begun = true;
      dctcp.window_end = sample.nxt;
    }
    dctcp.acked += sample.acked_bytes;
    // No more than what is acknowledged: marks are told by the last ACK of a window and before.
    dctcp.marked = std::min(dctcp.marked, largest_congestion_window) + sample.marked_bytes;
    if (is_before(sample.una, dctcp.window_end)) return;
    end_window(dctcp);
    dctcp.window_end = sample.nxt;
  }
  // RFC 8257 3.3 step 9: cwnd = cwnd * (1 - DCTCP.Alpha / 2).
  void on_congestion_experienced(Congestion& congestion,
                                 const CongestionEvent& event) const override {
    const std::uint64_t alpha = congestion.record.make().dctcp.alpha;
    const auto less = static_cast<std::uint32_t>(congestion.cwnd * alpha / (2 * Dctcp::one));
    congestion.cwnd = std::max(congestion.cwnd - less, 2 * event.mss);
    congestion.ssthresh = congestion.cwnd;
    congestion.acked = 0;
  }
};

constexpr DctcpControl the_dctcp;

}  // namespace

const CongestionControl& dctcp() { return the_dctcp; }

}  // namespace acksu::tcp
