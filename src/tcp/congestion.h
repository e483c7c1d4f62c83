// The one interface of congestion control (RFC 5681, RFC 9293 MAY-18). An algorithm is a constant
// without state of its own; what it remembers about a connection lies in `Congestion`, so
// connections can be copied.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/box.h"
#include "base/digest.h"
#include "tcp/ack_sample.h"
#include "tcp/bbr.h"
#include "tcp/congestion_name.h"
#include "tcp/cubic.h"
#include "tcp/dctcp.h"
#include "tcp/hystart.h"

namespace acksu::tcp {

class CongestionControl;

inline constexpr std::uint32_t largest_congestion_window =
    1u << 30;  // what window scaling can ever offer
// RFC 5681 3.1 (d): before the first sign of congestion.
inline constexpr std::uint32_t no_ssthresh = 0xffff'ffff;

// What an algorithm remembers beyond the window: made when text is first acknowledged.
struct CongestionRecord {
  Cubic cubic;
  HyStart hystart;
  Dctcp dctcp;
  Box<Bbr> bbr;
  // As all was before a reduction that may turn out to be in vain.
  struct Prior {
    std::uint32_t cwnd = 0, ssthresh = no_ssthresh;
    Cubic cubic;
  } prior;

  void digest(Digest& digest) const;
};

struct Congestion {
  std::uint32_t cwnd = 0;  // bytes
  std::uint32_t ssthresh = no_ssthresh;
  std::uint32_t acked = 0;  // bytes acknowledged since cwnd last grew in congestion avoidance
  CongestionAlgorithm algorithm = CongestionAlgorithm::new_reno;
  Box<CongestionRecord> record;

  const CongestionControl& control() const;

  // The algorithm keeps a model of the path: it sets window and pace itself at all times, and is
  // given samples of the delivery rate.
  bool is_model_based() const { return algorithm == CongestionAlgorithm::bbr; }
  bool is_in_slow_start() const { return cwnd < ssthresh; }
  // Grows by a `divisor`-th of what was acknowledged, up to ssthresh (RFC 5681 3.1); returns what
  // that leaves of the acknowledged bytes for congestion avoidance.
  std::uint32_t grow_in_slow_start(const AckSample& sample, std::uint32_t divisor = 1);
  // To be called before the reduction, at the first of those that one undo may take back.
  void remember();
  // The reduction was in vain (RFC 5682, RFC 4015, RFC 9438 4.9): nothing had been lost.
  void undo();
  void change_to(CongestionAlgorithm other);
  void digest(Digest& digest) const;
};

class CongestionControl {
 public:
  virtual const char* name() const = 0;
  // An ACK told something new.
  virtual void on_ack(Congestion& congestion, const AckSample& sample) const = 0;
  // Fast recovery begins: sets ssthresh. How the window comes down to it is the sender's affair.
  virtual void on_loss(Congestion& congestion, const CongestionEvent& event) const = 0;
  // As `on_loss`; the window is one segment then.
  virtual void on_time_out(Congestion& congestion, const CongestionEvent& event) const {
    on_loss(congestion, event);
  }
  // The peer has echoed a mark of this window, the first of it (RFC 3168 6.1.2): sets the window,
  // too.
  virtual void on_congestion_experienced(Congestion& congestion,
                                         const CongestionEvent& event) const {
    on_loss(congestion, event);
    congestion.cwnd = std::min(congestion.cwnd, congestion.ssthresh);
  }
  // What each ACK of a connection with ECN says of marks.
  virtual void on_echo(Congestion&, const EchoSample&) const {}
  // Bytes a second, for those whose text is paced.
  virtual std::uint64_t pacing_rate(const Congestion& congestion, Duration srtt) const;

  // ---- For algorithms with a model of the path
  // Text was found lost. In every phase; `on_loss` tells that fast recovery begins.
  virtual void on_lost(Congestion&, const LossSample&, const CongestionEvent&) const {}
  virtual void on_recovery_over(Congestion&) const {}
  virtual void on_undo(Congestion&) const {}
  // Text goes again after a time without any to send.
  virtual void on_restart(Congestion&, Instant /*now*/) const {}
  // The algorithm itself keeps little under way: what is delivered tells nothing of the path.
  virtual bool is_holding_back(const Congestion&) const { return false; }
  virtual const char* phase(const Congestion&) const { return ""; }

 protected:
  ~CongestionControl() = default;
};

const CongestionControl& new_reno();  // RFC 5681, RFC 6582
const CongestionControl& cubic();     // RFC 9438
const CongestionControl& dctcp();     // RFC 8257
const CongestionControl& bbr();       // draft-ietf-ccwg-bbr

}  // namespace acksu::tcp
