// The one interface of congestion control (RFC 5681). An algorithm is a constant without state of
// its own; what it remembers about a connection lies in `Congestion`, so connections can be copied.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/time.h"

namespace acksu::tcp {

class CongestionControl;

enum class CongestionAlgorithm : std::uint8_t { new_reno };

struct Congestion {
  std::uint32_t cwnd = 0;  // bytes
  std::uint32_t ssthresh = 0xffff'ffff;
  std::uint32_t acked = 0;  // bytes acknowledged since cwnd last grew in congestion avoidance
  CongestionAlgorithm algorithm = CongestionAlgorithm::new_reno;

  const CongestionControl& control() const;

  bool is_in_slow_start() const { return cwnd < ssthresh; }
  void digest(Digest& digest) const {
    digest.add(cwnd);
    digest.add(ssthresh);
    digest.add(acked);
  }
};

struct AckSample {
  Instant now;
  std::uint32_t acked_bytes;  // cumulatively, by this ACK
  std::uint32_t mss;
  bool is_after_time_out = false;  // what was lost then is still being repaired
};

class CongestionControl {
 public:
  virtual const char* name() const = 0;
  // New text was acknowledged outside of loss recovery, and the window had been in use.
  virtual void on_ack(Congestion& congestion, const AckSample& sample) const = 0;
  // A loss was found with `in_flight` bytes outstanding: sets ssthresh.
  virtual void on_loss(Congestion& congestion, std::uint32_t in_flight,
                       std::uint32_t mss) const = 0;

 protected:
  ~CongestionControl() = default;
};

const CongestionControl& new_reno();  // RFC 5681, RFC 6582

inline const CongestionControl& Congestion::control() const {
  switch (algorithm) {
    case CongestionAlgorithm::new_reno: return new_reno();
  }
  return new_reno();
}

}  // namespace acksu::tcp
