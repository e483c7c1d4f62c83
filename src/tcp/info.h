// A connection's inside as numbers, for people, tools and checkers (what TCP_INFO is to Linux).
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/seq.h"
#include "base/time.h"
#include "tcp/accurate_ecn.h"
#include "tcp/congestion_name.h"
#include "tcp/observer.h"
#include "tcp/send_times.h"
#include "tcp/state.h"

namespace acksu::tcp {

struct Info {
  FourTuple tuple;
  State state = State::closed;
  struct Send {
    Seq iss, una, nxt;
    std::uint32_t wnd = 0;              // SND.WND, scaled
    std::uint32_t queued_bytes = 0;     // written and not acknowledged
    std::uint32_t unsent_bytes = 0;     // of these, never sent
    std::uint32_t in_flight_bytes = 0;  // believed to be in the network
    std::uint32_t sacked_bytes = 0;     // arrived behind a hole
    std::uint32_t lost_bytes = 0;       // and not yet sent again
    std::uint32_t again_bytes = 0;      // of those in flight, sent again
    // As segments were sent, but for what was cut or joined when it went again.
    std::uint32_t outstanding_segments = 0, sacked_segments = 0, lost_segments = 0;
    std::uint32_t again_segments = 0;      // of those in flight, sent again
    std::uint32_t delivered_segments = 0;  // ever, our SYN with its text as one; modulo 2^32
    std::uint32_t reordering_bytes = 0;    // from the end of what was overtaken to what was first
    std::uint32_t reorderings = 0;         // ACKs that told of any
    std::uint32_t cwnd = 0, ssthresh = 0;
    CongestionAlgorithm congestion = CongestionAlgorithm::new_reno;
    std::uint32_t mss = 0;  // text bytes of a full segment, options taken off
    std::uint8_t wscale = 0;
    std::uint8_t transmissions = 0;  // of the oldest of what is outstanding
    bool is_closed = false;          // the application has closed its side
    std::uint32_t buffer_bytes = 0;  // for what is queued, now
    Instant last_sent{};             // text; before that the SYN
    const char* phase = "";          // as in CongestionSample
    // Bytes a second; 0: not paced, not measured.
    std::uint64_t pacing_rate = 0, delivery_rate = 0;
    bool is_application_limited = false;  // that rate says less than the path can
    MarkCounts marks{};                   // as the peer has told them, with accurate ECN
  } snd;
  struct Receive {
    Seq irs, nxt;
    std::uint32_t wnd = 0;  // RCV.WND, as last offered from nxt on
    std::uint32_t unread_bytes = 0;
    std::uint32_t out_of_order_bytes = 0;
    std::uint8_t wscale = 0;
    std::uint32_t buffer_bytes = 0;     // for text that waits, now
    std::uint32_t mss = 0;              // as our SYN offers it
    std::uint32_t largest_segment = 0;  // text bytes that came in one
    bool is_ended = false;              // the peer's FIN has arrived in order
    std::uint32_t urgent_bytes = 0;     // still to be read until the end of urgent text; 0: none
    MarkCounts marks{};                 // as they have arrived, with accurate ECN
  } rcv;
  bool has_timestamps = false;
  bool has_sack = false;
  bool has_ecn = false;
  bool has_accurate_ecn = false;
  bool was_syn_text_taken = false;  // Fast Open: all that of our SYN, or the peer's
  Duration srtt{}, rttvar{}, rto{};
  Duration min_rtt{};    // of the last minutes; zero: not known
  Instant last_heard{};  // when the peer last sent anything acceptable
  std::uint64_t bytes_acked = 0, bytes_received = 0;
  std::uint32_t segments_in = 0, segments_out = 0;            // modulo 2^32, as Linux counts them
  std::uint32_t text_segments_in = 0, text_segments_out = 0;  // of these, with text
  std::uint64_t retransmitted_segments = 0, retransmitted_bytes = 0, time_outs = 0;
  std::array<Instant, timer_count> timers{};  // `never`: not armed
  LimitedBy limited_by = LimitedBy::nothing_to_send;
  SendTimes times{};
  std::uint64_t held_bytes = 0;  // memory: the record and all it pins
  bool is_orphan = false;        // no application holds it any more
};

}  // namespace acksu::tcp
