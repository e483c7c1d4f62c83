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
  std::uint32_t path_mss = 0;  // the connection has found that its path takes this; 0: nothing new
  const FourTuple* tuple = nullptr;  // whose events these are; set by the connection itself
  FastOpen* fast_open = nullptr;     // null: SYNs carry no text

  bool is_observed() const { return rarely(observer != nullptr); }
};

}  // namespace acksu::tcp
