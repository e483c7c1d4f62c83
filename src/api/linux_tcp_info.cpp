// Filling Linux's struct tcp_info from what acksu knows.
#include "api/linux_tcp_info.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "tcp/congestion.h"
#include "trace/connection_table.h"

namespace acksu {
namespace {

static_assert(std::is_trivially_copyable_v<LinuxTcpInfo> && sizeof(LinuxTcpInfo) == 280);

// TCP_CLOSE, TCP_LISTEN, ... of Linux, in the order of tcp::State.
constexpr std::array<std::uint8_t, tcp::state_count> linux_states{7, 10, 2,  3, 1, 4,
                                                                  5, 8,  11, 9, 6};
constexpr std::uint32_t infinite_ssthresh = 0x7fff'ffff;              // TCP_INFINITE_SSTHRESH
constexpr std::uint32_t usual_reordering = 3, most_reordering = 300;  // segments

std::uint32_t limited(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, 0xffff'ffff));
}
std::uint32_t microseconds(Duration duration) { return limited(duration / 1us); }
std::uint64_t whole_microseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration / 1us);
}
std::uint32_t milliseconds_since(Instant then, Instant now) { return limited((now - then) / 1ms); }

// TCP_CA_Open, Disorder, CWR, Recovery, Loss.
std::uint8_t congestion_state(const tcp::Info& info) {
  const std::string_view phase = info.snd.phase;
  if (phase == "loss recovery") return 4;
  if (phase == "fast recovery") return 3;
  return info.snd.sacked_bytes > 0 ? 1 : 0;
}

std::uint8_t options_of(const tcp::Info& info) {
  unsigned options = 0;
  if (info.has_timestamps) options |= LinuxTcpInfo::timestamps;
  if (info.has_sack) options |= LinuxTcpInfo::sack;
  if (info.snd.wscale > 0 || info.rcv.wscale > 0) options |= LinuxTcpInfo::window_scale;
  if (info.has_ecn) options |= LinuxTcpInfo::ecn;
  if (info.was_syn_text_taken) options |= LinuxTcpInfo::syn_text;
  return static_cast<std::uint8_t>(options);
}

// Segments from what was overtaken to what came first, both counted.
std::uint32_t reordering_of(const tcp::Info& info, std::uint32_t mss) {
  if (info.snd.reordering_bytes == 0) return 0;
  return std::min((info.snd.reordering_bytes + mss - 1) / mss + 1, most_reordering);
}

void fill_sender(const tcp::Info& info, LinuxTcpInfo& to) {
  const std::uint32_t mss = std::max(1u, info.snd.mss);
  to.ca_state = congestion_state(info);
  to.retransmits = info.snd.transmissions > 1
                       ? static_cast<std::uint8_t>(info.snd.transmissions - 1)
                       : std::uint8_t{0};
  to.snd_mss = info.snd.mss;
  to.unacked = info.snd.outstanding_segments;
  to.sacked = info.snd.sacked_segments;
  // Linux counts as lost what was sent again until it has arrived.
  to.retrans = info.snd.again_segments;
  to.lost = info.snd.lost_segments + to.retrans;
  to.snd_cwnd = info.snd.cwnd / mss;
  to.snd_ssthresh =
      info.snd.ssthresh == tcp::no_ssthresh ? infinite_ssthresh : info.snd.ssthresh / mss;
  to.reordering = std::max(usual_reordering, reordering_of(info, mss));
  to.reord_seen = info.snd.reorderings;
  to.total_retrans = static_cast<std::uint32_t>(info.retransmitted_segments);
  to.notsent_bytes = info.snd.unsent_bytes;
  to.bytes_acked = info.bytes_acked;
  to.bytes_sent = trace::bytes_sent(info);
  to.bytes_retrans = info.retransmitted_bytes;
  to.delivered = info.snd.delivered_segments;
  to.delivered_ce = info.snd.marks.cep - tcp::MarkCounts{}.cep;
  to.snd_wnd = info.snd.wnd;
  to.max_pacing_rate = ~std::uint64_t{0};
  // As Linux where nothing paces.
  to.pacing_rate = info.snd.pacing_rate > 0 ? info.snd.pacing_rate : to.max_pacing_rate;
  to.delivery_rate = info.snd.delivery_rate;
  if (info.snd.is_application_limited) to.bits |= LinuxTcpInfo::delivery_rate_app_limited;
}

void fill_times(const tcp::Info& info, Instant now, LinuxTcpInfo& to) {
  to.rto = microseconds(info.rto);
  to.rtt = microseconds(info.srtt);
  to.rttvar = microseconds(info.rttvar);
  to.min_rtt = info.min_rtt > Duration::zero() ? microseconds(info.min_rtt) : 0xffff'ffff;
  to.busy_time = whole_microseconds(info.times.busy(now));
  to.rwnd_limited = whole_microseconds(info.times.waited_for(tcp::SendWait::window, now));
  to.sndbuf_limited = whole_microseconds(info.times.waited_for(tcp::SendWait::room, now));
  to.last_data_sent = milliseconds_since(info.snd.last_sent, now);
  to.last_data_recv = to.last_ack_recv = milliseconds_since(info.last_heard, now);
}

void fill_receiver(const tcp::Info& info, LinuxTcpInfo& to) {
  to.rcv_mss = info.rcv.largest_segment;
  to.advmss = info.rcv.mss;
  to.rcv_ssthresh = info.rcv.wnd;
  to.rcv_space = info.rcv.buffer_bytes;
  to.bytes_received = info.bytes_received;
  to.rcv_wnd = info.rcv.wnd;
}

// As much as accurate ECN has counted.
void fill_marks(const tcp::Info& info, LinuxTcpInfo& to) {
  const tcp::MarkCounts none;
  if (info.has_accurate_ecn || info.has_ecn) to.ecn_mode = info.has_accurate_ecn ? 2 : 1;
  to.received_ce = info.rcv.marks.cep - none.cep;
  to.delivered_e1_bytes = info.snd.marks.e1b - none.e1b;
  to.delivered_e0_bytes = info.snd.marks.e0b - none.e0b;
  to.delivered_ce_bytes = info.snd.marks.ceb - none.ceb;
  to.received_e1_bytes = info.rcv.marks.e1b - none.e1b;
  to.received_e0_bytes = info.rcv.marks.e0b - none.e0b;
  to.received_ce_bytes = info.rcv.marks.ceb - none.ceb;
}

}  // namespace

LinuxTcpInfo linux_tcp_info(const tcp::Info& info, Instant now) {
  LinuxTcpInfo to;
  to.state = linux_states[static_cast<std::size_t>(info.state)];
  to.options = options_of(info);
  to.window_scales = static_cast<std::uint8_t>((info.snd.wscale & 15) | (info.rcv.wscale << 4));
  to.pmtu = trace::path_mtu(info);
  to.segs_out = info.segments_out;
  to.segs_in = info.segments_in;
  to.data_segs_out = info.text_segments_out;
  to.data_segs_in = info.text_segments_in;
  to.total_rto = static_cast<std::uint16_t>(info.time_outs);
  fill_sender(info, to);
  fill_times(info, now, to);
  fill_receiver(info, to);
  fill_marks(info, to);
  return to;
}

std::size_t write_linux_tcp_info(const tcp::Info& info, Instant now, MutableBytes to) {
  const LinuxTcpInfo value = linux_tcp_info(info, now);
  const std::size_t count = std::min(to.size(), sizeof value);
  std::memcpy(to.data(), &value, count);
  return count;
}

}  // namespace acksu
