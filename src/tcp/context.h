// What a connection is lent by its host for the length of one call.
#pragma once

#include "base/address.h"
#include "base/budget.h"
#include "base/buffer.h"
#include "base/rarely.h"
#include "base/time.h"
#include "tcp/counters.h"
#include "tcp/observer.h"
#include "tcp/settings.h"

namespace acksu::tcp {

struct FastOpen;

struct Context {
  Instant now;
  BufferPool& pool;
  Budget& memory;  // charged with the capacity of the blocks that hold text
  const Settings& settings;
  Counters& counters;
  Observer* observer = nullptr;        // null: nobody looks
  std::uint32_t timestamp_offset = 0;  // of our clock in time stamps; set by the connection itself
  std::uint32_t path_mss = 0;   // the connection has found that its path takes this; 0: nothing new
  bool is_timer_armed = false;  // a deadline may have come nearer since the owner looked
  const FourTuple* tuple = nullptr;  // whose events these are; set by the connection itself
  FastOpen* fast_open = nullptr;     // null: SYNs carry no text

  bool is_observed() const { return rarely(observer != nullptr); }
};

// Of a buffer that is to grow to `bytes`, what the host can promise: to one connection no more than
// a quarter of what is free.
inline std::uint32_t affordable_buffer(std::uint32_t bytes, Context& context) {
  const std::uint64_t most = context.memory.free() / 4;
  if (bytes <= most) return bytes;
  ++context.counters.buffers_kept_small;
  return static_cast<std::uint32_t>(most);
}

}  // namespace acksu::tcp
