// What an algorithm of congestion control is told: about an ACK, and about a sign of congestion.
#pragma once

#include <cstdint>
#include <optional>

#include "base/seq.h"
#include "base/time.h"
#include "tcp/delivery_log.h"

namespace acksu::tcp {

struct AckSample {
  Instant now;
  std::uint32_t mss = 0;
  std::uint32_t acked_bytes = 0;  // cumulatively, by this ACK
  std::uint32_t in_flight = 0;    // after it
  Seq una{}, nxt{};               // after it
  std::optional<Duration> rtt{};  // of text that was sent once
  Duration srtt{};
  bool is_after_time_out = false;  // what was lost then is still being repaired
  // Outside of fast recovery, and the window was what limited us: else it must not grow.
  bool may_grow = false;
  bool is_recovering = false;
  bool is_paced = false;
  const RateSample* rate = nullptr;  // for algorithms with a model of the path
};

struct EchoSample {
  std::uint32_t mss = 0;
  std::uint32_t acked_bytes = 0;
  Seq una, nxt;
  std::uint32_t marked_bytes = 0;
};

struct CongestionEvent {
  Instant now;
  std::uint32_t mss = 0;
  std::uint32_t in_flight = 0;  // when it was found, without what limited transmit sent
};

}  // namespace acksu::tcp
