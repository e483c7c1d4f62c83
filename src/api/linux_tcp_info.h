// A connection's inside in the shape of Linux's struct tcp_info, as getsockopt(TCP_INFO) gives it,
// for programs and tools that read that. The same layout, byte for byte, as <linux/tcp.h> has had
// since Linux 6.18, without including it; the end is cut for readers who know less, as Linux does.
// Zero, because acksu does not measure it: fackets, rcv_rtt, rehash, and how time-outs ended.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "tcp/info.h"

namespace acksu {

struct LinuxTcpInfo {
  // What `options` may hold.
  static constexpr std::uint8_t timestamps = 1, sack = 2, window_scale = 4, ecn = 8, syn_text = 32;
  // What `bits` may hold.
  static constexpr std::uint8_t delivery_rate_app_limited = 1;

  std::uint8_t state = 0;     // as Linux counts: ESTABLISHED is 1
  std::uint8_t ca_state = 0;  // open, disorder, CWR, recovery, loss
  std::uint8_t retransmits = 0;
  std::uint8_t probes = 0;
  std::uint8_t backoff = 0;
  std::uint8_t options = 0;
  std::uint8_t window_scales = 0;  // sent in the low half, received in the high half
  std::uint8_t bits = 0;           // delivery_rate_app_limited, fastopen_client_fail

  std::uint32_t rto = 0;  // microseconds
  std::uint32_t ato = 0;
  std::uint32_t snd_mss = 0;
  std::uint32_t rcv_mss = 0;

  std::uint32_t unacked = 0;  // segments
  std::uint32_t sacked = 0;
  std::uint32_t lost = 0;
  std::uint32_t retrans = 0;
  std::uint32_t fackets = 0;

  std::uint32_t last_data_sent = 0;  // milliseconds ago
  std::uint32_t last_ack_sent = 0;
  std::uint32_t last_data_recv = 0;
  std::uint32_t last_ack_recv = 0;

  std::uint32_t pmtu = 0;
  std::uint32_t rcv_ssthresh = 0;
  std::uint32_t rtt = 0;  // microseconds
  std::uint32_t rttvar = 0;
  std::uint32_t snd_ssthresh = 0;  // segments
  std::uint32_t snd_cwnd = 0;
  std::uint32_t advmss = 0;
  std::uint32_t reordering = 0;

  std::uint32_t rcv_rtt = 0;
  std::uint32_t rcv_space = 0;

  std::uint32_t total_retrans = 0;

  std::uint64_t pacing_rate = 0;  // bytes a second
  std::uint64_t max_pacing_rate = 0;
  std::uint64_t bytes_acked = 0;
  std::uint64_t bytes_received = 0;
  std::uint32_t segs_out = 0;
  std::uint32_t segs_in = 0;

  std::uint32_t notsent_bytes = 0;
  std::uint32_t min_rtt = 0;  // microseconds
  std::uint32_t data_segs_in = 0;
  std::uint32_t data_segs_out = 0;

  std::uint64_t delivery_rate = 0;

  std::uint64_t busy_time = 0;  // microseconds
  std::uint64_t rwnd_limited = 0;
  std::uint64_t sndbuf_limited = 0;

  std::uint32_t delivered = 0;
  std::uint32_t delivered_ce = 0;

  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_retrans = 0;
  std::uint32_t dsack_dups = 0;
  std::uint32_t reord_seen = 0;

  std::uint32_t rcv_ooopack = 0;

  std::uint32_t snd_wnd = 0;
  std::uint32_t rcv_wnd = 0;

  std::uint32_t rehash = 0;

  std::uint16_t total_rto = 0;
  std::uint16_t total_rto_recoveries = 0;
  std::uint32_t total_rto_time = 0;  // milliseconds

  std::uint32_t received_ce = 0;  // segments
  std::uint32_t delivered_e1_bytes = 0;
  std::uint32_t delivered_e0_bytes = 0;
  std::uint32_t delivered_ce_bytes = 0;
  std::uint32_t received_e1_bytes = 0;
  std::uint32_t received_e0_bytes = 0;
  std::uint32_t received_ce_bytes = 0;
  std::uint32_t ecn_mode = 0;  // in its last two bits: none, RFC 3168, accurate
};

LinuxTcpInfo linux_tcp_info(const tcp::Info& info, Instant now);

// As getsockopt: writes as much of it as fits, and returns how much that was.
std::size_t write_linux_tcp_info(const tcp::Info& info, Instant now, MutableBytes to);

}  // namespace acksu
