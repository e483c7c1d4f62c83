// How many answers a destination may still get this second. Each destination has its own count: a
// shared one would tell strangers what others provoke (CVE-2020-25705). Destinations that share a
// place in the table take it from each other, which can only make answers more.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"
#include "base/time.h"

namespace acksu {

class RateLimit {
 public:
  RateLimit(SipKey key, std::uint32_t per_second) : key_(key), per_second_(per_second) {}

  bool may_send(IpAddress destination, Instant now) {
    const std::array<std::uint64_t, 2> words{destination.high(), destination.low()};
    Count& count = counts_[siphash_1_3(key_, words) % counts_.size()];
    if (count.destination != destination || now >= later_by(count.began, 1s)) {
      count = {destination, now, 0};
    }
    if (count.sent >= per_second_) return false;
    ++count.sent;
    return true;
  }
  void digest(Digest& digest) const {
    for (const Count& count : counts_) {
      if (count.sent == 0) continue;
      digest.add(count.destination.low());
      digest.add(count.began);
      digest.add(std::uint64_t{count.sent});
    }
  }

 private:
  struct Count {
    IpAddress destination;
    Instant began{};
    std::uint32_t sent = 0;
  };
  SipKey key_;
  std::uint32_t per_second_;
  std::array<Count, 64> counts_{};
};

}  // namespace acksu
