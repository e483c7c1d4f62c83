// What can be set about TCP, per host. Defaults suit a host on the Internet of today and stay close
// to Linux's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "base/time.h"
#include "tcp/buffer_size.h"
#include "tcp/congestion_name.h"

namespace acksu::tcp {

// How long TIME-WAIT may last, 2 MSL: what people choose from. Any other time can be set, too.
struct TimeWaitPreset {
  const char* name;
  Duration total;
};
inline constexpr std::array time_wait_presets{
    TimeWaitPreset{"30s", 30s}, TimeWaitPreset{"1min", 1min}, TimeWaitPreset{"2min", 2min},
    TimeWaitPreset{"4min", 4min}};  // the last is RFC 9293's: MSL is 2 minutes

// Explicit congestion notification, as Linux's tcp_ecn 0, 5, 4, 3, 2 and 1. Whoever answers gives
// what he is asked for, that of RFC 3168 or accurate ECN (RFC 9768).
enum class EcnPolicy : std::uint8_t {
  off,
  answer,          // who asks for it gets it
  ask,             // also in our own SYNs: that of RFC 3168
  ask_accurate,    // accurate ECN; who knows only the other answers with that
  answer_classic,  // these two know only RFC 3168's
  ask_classic
};

// Which segments tell counts of bytes beside ACE (RFC 9768 3.2.3): none; what has moved, when it
// has; or as Linux all of them, in every segment, once the peer has told some.
enum class AccEcnOptions : std::uint8_t { none, of_news, in_all };

struct Settings {
  // Sending
  BufferSize send_buffer{128u << 10, 8u << 20};  // written and not yet acknowledged
  // With so much of it unsent nobody is asked to write more, however large the buffer has become.
  std::uint32_t notsent_lowat_bytes = 0xffff'ffff;
  std::uint32_t initial_window_segments = 10;  // RFC 6928
  CongestionAlgorithm congestion = CongestionAlgorithm::cubic;
  // Text leaves at a rate instead of in bursts, whatever the algorithm; BBR's always does.
  bool pacing = false;
  // Without pacing no more leaves at once, where many ACKs come together; what follows leaves at
  // twice the pace. 0: no limit. Peers nearer than a millisecond have none.
  std::uint32_t burst_segments = 10;
  // Of about so many new segments one is held back until the peer misses it (held_back.h). 0: none.
  std::uint32_t holds_back_each = 0;
  SipKey held_back_key{};  // a host sets it, from its secret
  // RFC 7661 4.4 (c): so long a window is kept that the application does not use, then it is
  // halved. 0: a silence longer than the time-out takes it back to the initial one (RFC 5681 4.1).
  // For ever: it is kept, used or not.
  Duration non_validated_period = 5min;
  Duration initial_rto = 1s;  // RFC 6298 2.1
  // So many SYNs are sent again without the time-out growing, as on Linux; RFC 6298 5.5: none.
  std::uint32_t linear_syns = 0;
  Duration min_rto = 200ms;  // RFC 6298 2.4 asks for 1 s; Linux and the field use 200 ms
  Duration max_rto = 60s;    // RFC 6298 2.5
  bool nagle = true;         // RFC 9293 SHLD-7
  // As Linux bounds what a device is to split: so many segments at least, else what its pacing
  // would let out in a millisecond, and no more than half the window; such a piece ends with PSH.
  // 0: as much as fits, and PSH where RFC 9293 wants it.
  std::uint32_t least_split_segments = 0;
  // A loss reduces the window, as on Linux; else what was in flight (RFC 5681 3.1).
  bool reduces_whole_window = false;
  // As on Linux the window grows by what an ACK is the first to tell of, if it was smaller than
  // twice of what was under way; else by all that is acknowledged (RFC 5681 3.1), up to that.
  bool grows_by_delivery = false;
  Duration cork_limit = 200ms;  // corked text waits no longer: RFC 9293 MUST-60

  // Paths that take less than they say (RFC 4821): looked for where full segments are lost again
  // and again; sizes are MSS, without options.
  bool probes_path_mtu = true;
  std::uint32_t base_mss = 1024;      // RFC 4821 7.2
  std::uint32_t least_mss_v4 = 512;   // of packets of 552 bytes
  std::uint32_t least_mss_v6 = 1220;  // RFC 8200 5: of packets of 1280 bytes

  // Receiving
  BufferSize receive_buffer{64u << 10, 6u << 20};  // unread and out-of-order text
  // Of text out of order, per connection: runs without holes; and segments, for each MiB of the
  // buffer.
  std::uint32_t max_out_of_order_pieces = 1024;
  // As on BSD a buffer is rounded up to whole segments once their size is agreed on, and whatever
  // leaves offers all room that there is, unless that is less than a segment and a quarter of the
  // buffer; else a window opens by a segment or half the buffer at least (RFC 9293 MUST-39).
  bool buffers_whole_segments = false;
  bool offers_all_room = false;
  Duration delayed_ack = 40ms;    // RFC 9293 MUST-40: under 500 ms
  std::uint32_t quick_acks = 16;  // segments acknowledged at once when a connection is new
  // As on Linux: the ACK of a FIN may be delayed, for ours may take it along, and tells of nothing
  // that came twice. RFC 9293 3.10.7.4 eighth wants one, without saying how soon.
  bool delays_ack_of_fin = false;
  // As on Linux: the first window of who is called is whole segments; a segment in order that ends
  // beyond the window is taken whole if nothing waits to be read, else not at all; and a FIN needs
  // no window. RFC 9293 3.10.7.4 first: what is beyond the window is cut off.
  bool takes_beyond_window = false;
  // None of them where an application of ours waited to write until the handshake was over: it
  // talks, and its next text may take the ACK along.
  bool talkers_delay_acks = false;

  // Options offered and accepted
  bool window_scaling = true;       // RFC 7323
  bool timestamps = true;           // RFC 7323
  bool sack = true;                 // RFC 2018
  bool answers_unsent_acks = true;  // RFC 9293 3.10.7.4; Linux is silent
  bool drops_unstamped = true;      // RFC 7323 3.2 (e); Linux takes what comes without time stamps
  // As on Linux a SYN that goes again after ICMP said that the path takes less offers less, too;
  // else what we take (RFC 9293 MUST-67).
  bool offers_path_mss = false;
  EcnPolicy ecn = EcnPolicy::answer;
  AccEcnOptions acc_ecn_options = AccEcnOptions::of_news;
  // With accurate ECN all segments behind the SYNs may be marked, as on Linux (RFC 8311 4.3 lets
  // one try); else new text only.
  bool marks_all = false;

  // Giving up. R1 and R2 of RFC 9293 section 3.8.3.
  std::uint32_t r1_retransmissions = 3;  // SHLD-10
  Duration r2 = 15min;                   // SHLD-11: at least 100 s
  Duration r2_syn = 180s;                // MUST-23: at least 3 minutes
  Duration r2_orphan = 100s;  // a connection that no application holds any more; SHLD-11, too
  // RFC 5482 3 (a), (d): tells peers how long it waits, and waits as long as they tell, within
  // these limits.
  bool tells_user_timeout = false;
  Duration least_user_timeout = 100s;  // L_LIMIT
  Duration most_user_timeout = 1h;     // U_LIMIT
  Duration fin_wait_2 = 60s;           // an orphan waits no longer for the peer's FIN
  // With memory short, a peer that keeps its window closed is waited for no longer than this.
  Duration closed_window_when_short = 60s;
  Duration msl = 30s;  // TIME-WAIT lasts 2 MSL: 1 minute

  // Keep-alive (RFC 9293 section 3.8.4), off unless asked for
  Duration keepalive_idle = 2h;  // MUST-28
  Duration keepalive_interval = 75s;
  std::uint32_t keepalive_probes = 9;

  // Half-open connections
  std::uint32_t syn_ack_retries = 3;    // after the first; a spoofed SYN earns no more
  std::uint32_t max_half_open = 4096;   // all listeners together
  std::uint32_t default_backlog = 128;  // connections ready and not yet accepted, per listener
  bool syn_cookies = true;              // beyond max_half_open
  // As on Linux: what ended before it was accepted can still be, with the text that has come; and
  // ICMP that quotes our SYN+ACK ends what is half open (whoever sees it can; RFC 5927).
  bool accepts_ended = false;
  bool icmp_ends_half_open = false;

  // Fast Open (RFC 7413), where a call or a listener asks for it
  std::uint32_t max_fast_open_cookies = 1024;  // of servers
  // Listeners that do not ask for it let so many in, too; and whoever has no cookie, where none is
  // needed: in a network of one's own (RFC 7413 4.1.2 asks for one).
  std::uint32_t fast_open_limit = 0;
  bool fast_open_needs_cookie = true;
  // Of who opens, as Linux can be told: text goes with the SYN whether or not there is a cookie,
  // and without it.
  bool fast_open_asks_no_cookie = false;
  // As Linux: a server that does not answer the wish for a cookie is asked once by the option's
  // experimental kind (RFC 7413 appendix A); one SYN that was lost, and text that was not taken,
  // are not yet reason to pause.
  bool fast_open_tries_experiment = false;
  bool fast_open_doubts_late = false;
  // Cookies as Linux makes them of this key, for good; nothing: of a secret of ours, changing.
  std::optional<SipKey> fast_open_key{};
  Duration fast_open_key_life = 12h;      // our own cookies live once or twice as long
  Duration fast_open_pause = 10min;       // after a SYN with it was lost; twice as long each
  Duration max_fast_open_pause = 24h;     // time in a row, up to this
  Duration fast_open_reset_memory = 60s;  // so long a request that was reset counts (5.1)

  std::uint32_t max_time_wait = 65536;      // the oldest gives way
  std::uint32_t max_connections = 1 << 20;  // of any other state, half-open ones not counted
  Duration challenge_interval =
      500ms;  // RFC 5961 section 7 (2): at most one challenge ACK a connection in this time
};

}  // namespace acksu::tcp
