// Time stamps that a socket is to tell, by Linux's SO_TIMESTAMPING, SO_TIMESTAMP and
// SO_TIMESTAMPNS: when what a program has sent left and was acknowledged, and when what it reads
// had arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/time.h"

namespace acksu::posix {

// SOF_TIMESTAMPING_..., also those that older headers lack.
namespace stamping {
inline constexpr std::uint32_t tx_hardware = 1u << 0, tx_software = 1u << 1;
inline constexpr std::uint32_t rx_software = 1u << 3, software = 1u << 4, opt_id = 1u << 7;
inline constexpr std::uint32_t tx_sched = 1u << 8, tx_ack = 1u << 9, opt_tsonly = 1u << 11;
inline constexpr std::uint32_t opt_stats = 1u << 12, bind_phc = 1u << 15;
inline constexpr std::uint32_t opt_id_tcp = 1u << 16, opt_rx_filter = 1u << 17;
inline constexpr std::uint32_t all = (1u << 19) - 1;
inline constexpr std::uint32_t told_of_sends = tx_software | tx_sched | tx_ack;
inline constexpr std::uint32_t of_one_send = told_of_sends | tx_hardware;
}  // namespace stamping

// As they were set. The two families share one flag for the larger layout, as on Linux.
struct StampOptions {
  std::uint32_t flags = 0;      // SO_TIMESTAMPING
  bool tells_arrival = false;   // SO_TIMESTAMP or SO_TIMESTAMPNS
  bool in_nanoseconds = false;  // SO_TIMESTAMPNS
  bool is_new = false;          // the last that was set was one of ..._NEW

  bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
  bool wants_arrivals() const { return tells_arrival || has(stamping::rx_software); }
  // With SCM_TIMESTAMPING.
  bool tells_arrivals_in_full() const {
    return has(stamping::software) && (has(stamping::rx_software) || !has(stamping::opt_rx_filter));
  }
};

// The last octet of a send, and what is to be told of it.
struct AwaitedStamp {
  std::uint64_t end = 0;     // bytes of the connection's text up to it, and it
  std::uint32_t wanted = 0;  // SOF_TIMESTAMPING_TX_...
};

// Text up to `end` that was seen to have arrived at once.
struct ArrivedText {
  std::uint64_t end = 0;
  Instant time{};
};

// Of a stream that was asked for any.
struct Stamps {
  std::deque<AwaitedStamp> awaited;  // in order, not acknowledged
  std::size_t sent = 0;              // of them, from the first on
  std::uint64_t first = 0;           // octet that OPT_ID counts as 0; modulo 2^32
  bool hears_arrivals = false;
  std::deque<ArrivedText> arrived;  // and not read
  std::uint64_t from = 0;           // bytes received before any arrival was to be told
  std::uint64_t seen = 0;           // bytes received when it was looked at last
};

}  // namespace acksu::posix
