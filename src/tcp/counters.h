// What TCP counts on one host.
#pragma once

#include <array>
#include <cstdint>

#include "tcp/state.h"

namespace acksu::tcp {

struct Counters {
  std::array<std::uint64_t, rows.size()> moves{};  // by position in the state table
  std::uint64_t segments_in = 0, segments_out = 0, text_bytes_in = 0, text_bytes_out = 0;
  std::uint64_t active_opens = 0, passive_opens = 0, failed_opens = 0;
  std::uint64_t resets_in = 0, resets_out = 0;
  std::uint64_t retransmitted_segments = 0, retransmission_time_outs = 0, fast_retransmits = 0;
  std::uint64_t challenge_acks = 0, duplicate_acks_out = 0, zero_window_probes = 0,
                keepalive_probes = 0;
  std::uint64_t cookies_sent = 0, cookies_accepted = 0, cookies_refused = 0;
  std::uint64_t half_open_refused = 0, backlog_refused = 0, time_wait_recycled = 0,
                time_wait_reopened = 0;
  std::uint64_t black_holes = 0, path_probes_sent = 0, path_probes_passed = 0,
                path_probes_lost = 0;  // RFC 4821
  std::uint64_t closed_windows_given_up = 0;
  std::uint64_t memory_refused = 0, out_of_order_segments = 0, duplicate_segments = 0;
};

}  // namespace acksu::tcp
