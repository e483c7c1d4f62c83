// Initial sequence numbers (RFC 6528) and offsets of time stamps (RFC 7323 7.1, RFC 9293
// 3.4.1), both from one keyed hash of the four-tuple: nothing about other connections can be told
// from either.
#pragma once

#include <cstdint>

#include "base/seq.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/tuple.h"

namespace acksu {

struct InitialNumbers {
  Seq iss;
  std::uint32_t timestamp_offset = 0;
};

class InitialNumberSource {
 public:
  explicit InitialNumberSource(SipKey key) : key_(key) {}

  // RFC 9293 MUST-8, MUST-9, SHLD-1, RFC 6528 3: ISN = M + F(tuple, secret), where M counts 4
  // microseconds.
  InitialNumbers numbers_for(const FourTuple& tuple, Instant now) const {
    const std::uint64_t hash = siphash<2, 4>(key_, tuple);
    const auto clock = static_cast<std::uint32_t>(nanoseconds(now) / 4000);
    return {Seq{static_cast<std::uint32_t>(hash)} + clock, static_cast<std::uint32_t>(hash >> 32)};
  }

 private:
  SipKey key_;
};

}  // namespace acksu
