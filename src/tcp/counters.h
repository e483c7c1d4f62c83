// What TCP counts on one host.
#pragma once

#include <array>
#include <cstdint>

#include "tcp/state.h"

namespace acksu::tcp {

struct Counters {
  std::array<std::uint64_t, rows.size()> moves{};  // by position in the state table
  std::uint64_t segments_in = 0, segments_out = 0, text_bytes_in = 0, text_bytes_out = 0;
  std::uint64_t segments_continued = 0;  // of those in: taken along with the one before
  std::uint64_t active_opens = 0, passive_opens = 0, failed_opens = 0;
  std::uint64_t resets_in = 0, resets_out = 0;
  std::uint64_t retransmitted_segments = 0, retransmission_time_outs = 0, fast_retransmits = 0;
  std::uint64_t tail_probes = 0, tail_probe_repairs = 0;    // RFC 8985 7
  std::uint64_t reductions_undone = 0, reported_twice = 0;  // sent again in vain
  std::uint64_t challenge_acks = 0, duplicate_acks_out = 0, zero_window_probes = 0,
                keepalive_probes = 0;
  std::uint64_t cookies_sent = 0, cookies_accepted = 0, cookies_refused = 0;
  std::uint64_t half_open_refused = 0, backlog_refused = 0, time_wait_recycled = 0,
                time_wait_reopened = 0;
  std::uint64_t black_holes = 0, path_probes_sent = 0, path_probes_passed = 0,
                path_probes_lost = 0;  // RFC 4821
  std::uint64_t closed_windows_given_up = 0;
  std::uint64_t held_back = 0, held_back_acked = 0;        // the latter by who lies
  std::uint64_t marked_segments = 0, mark_reductions = 0;  // RFC 3168
  std::uint64_t accurate_ecn = 0, marks_reported = 0, marking_stopped = 0;  // RFC 9768
  std::uint64_t memory_refused = 0, out_of_order_segments = 0, duplicate_segments = 0;
  std::uint64_t early_text_forgotten = 0;  // times that text in order took the memory of other
  std::uint64_t connections_refused = 0;   // active opens beyond max_connections
  std::uint64_t user_timeouts_heard = 0;   // RFC 5482
  // RFC 7413: of clients, then of servers
  std::uint64_t fast_open_asked = 0, fast_open_cookies = 0, fast_open_sent = 0, fast_open_taken = 0,
                fast_open_refused = 0, fast_open_lost = 0, fast_open_evicted = 0;
  std::uint64_t fast_open_given = 0, fast_open_accepted = 0, fast_open_bad = 0, fast_open_full = 0;
  std::uint64_t buffers_grown = 0, buffers_kept_small = 0;  // times; the latter for want of memory
};

// Each by name, for people; moves have theirs in the state table.
struct CounterName {
  const char* name;
  std::uint64_t Counters::* value;
};
inline constexpr std::array counter_names{
    CounterName{"segments in", &Counters::segments_in},
    CounterName{"segments out", &Counters::segments_out},
    CounterName{"segments taken along with the one before", &Counters::segments_continued},
    CounterName{"text bytes in", &Counters::text_bytes_in},
    CounterName{"text bytes out", &Counters::text_bytes_out},
    CounterName{"active opens", &Counters::active_opens},
    CounterName{"passive opens", &Counters::passive_opens},
    CounterName{"failed opens", &Counters::failed_opens},
    CounterName{"resets in", &Counters::resets_in},
    CounterName{"resets out", &Counters::resets_out},
    CounterName{"segments sent again", &Counters::retransmitted_segments},
    CounterName{"retransmission time-outs", &Counters::retransmission_time_outs},
    CounterName{"fast retransmits", &Counters::fast_retransmits},
    CounterName{"tail loss probes", &Counters::tail_probes},
    CounterName{"losses that a tail probe repaired", &Counters::tail_probe_repairs},
    CounterName{"reductions of the window undone", &Counters::reductions_undone},
    CounterName{"reports of text that arrived twice", &Counters::reported_twice},
    CounterName{"challenge ACKs", &Counters::challenge_acks},
    CounterName{"duplicate ACKs out", &Counters::duplicate_acks_out},
    CounterName{"zero-window probes", &Counters::zero_window_probes},
    CounterName{"keep-alive probes", &Counters::keepalive_probes},
    CounterName{"SYN cookies sent", &Counters::cookies_sent},
    CounterName{"SYN cookies accepted", &Counters::cookies_accepted},
    CounterName{"SYN cookies refused", &Counters::cookies_refused},
    CounterName{"SYNs refused, half-open full", &Counters::half_open_refused},
    CounterName{"ACKs refused, backlog full", &Counters::backlog_refused},
    CounterName{"TIME-WAIT records recycled", &Counters::time_wait_recycled},
    CounterName{"TIME-WAIT records reopened", &Counters::time_wait_reopened},
    CounterName{"black holes", &Counters::black_holes},
    CounterName{"path MTU probes sent", &Counters::path_probes_sent},
    CounterName{"path MTU probes passed", &Counters::path_probes_passed},
    CounterName{"path MTU probes lost", &Counters::path_probes_lost},
    CounterName{"closed windows given up, memory short", &Counters::closed_windows_given_up},
    CounterName{"segments held back", &Counters::held_back},
    CounterName{"ACKs of a segment held back", &Counters::held_back_acked},
    CounterName{"segments with text that had a congestion mark", &Counters::marked_segments},
    CounterName{"windows reduced for marks", &Counters::mark_reductions},
    CounterName{"connections with accurate ECN", &Counters::accurate_ecn},
    CounterName{"marked packets that peers counted", &Counters::marks_reported},
    CounterName{"connections whose text may be marked no more", &Counters::marking_stopped},
    CounterName{"times that memory was refused", &Counters::memory_refused},
    CounterName{"segments out of order", &Counters::out_of_order_segments},
    CounterName{"duplicate segments", &Counters::duplicate_segments},
    CounterName{"times that early text was forgotten", &Counters::early_text_forgotten},
    CounterName{"active opens refused, connections full", &Counters::connections_refused},
    CounterName{"user timeouts that peers told", &Counters::user_timeouts_heard},
    CounterName{"SYNs that asked for a Fast Open cookie", &Counters::fast_open_asked},
    CounterName{"Fast Open cookies learned", &Counters::fast_open_cookies},
    CounterName{"SYNs with a Fast Open cookie and text", &Counters::fast_open_sent},
    CounterName{"SYNs whose text was taken", &Counters::fast_open_taken},
    CounterName{"SYNs whose text was not taken", &Counters::fast_open_refused},
    CounterName{"SYNs with Fast Open that were lost", &Counters::fast_open_lost},
    CounterName{"Fast Open cookies that gave way", &Counters::fast_open_evicted},
    CounterName{"Fast Open cookies given", &Counters::fast_open_given},
    CounterName{"connections begun by a Fast Open cookie", &Counters::fast_open_accepted},
    CounterName{"Fast Open cookies refused", &Counters::fast_open_bad},
    CounterName{"Fast Open requests beyond a listener's limit", &Counters::fast_open_full},
    CounterName{"times that a buffer grew", &Counters::buffers_grown},
    CounterName{"times that a buffer did not grow, memory short", &Counters::buffers_kept_small},
};
static_assert(sizeof(Counters) == (rows.size() + counter_names.size()) * sizeof(std::uint64_t),
              "each counter has a name");

}  // namespace acksu::tcp
