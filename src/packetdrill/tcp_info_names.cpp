// house: table
// Fields by name, and how to read each.
#include "packetdrill/tcp_info_names.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstring>

#include "api/linux_tcp_info.h"

namespace acksu::packetdrill {
namespace {

using Reader = std::int64_t (*)(const LinuxTcpInfo& info);

template <auto field>
std::int64_t value_of(const LinuxTcpInfo& info) {
  return static_cast<std::int64_t>(info.*field);
}

struct NamedField {
  const char* name;
  Reader read;
};

using I = LinuxTcpInfo;

constexpr NamedField named_fields[] = {
    {"state", value_of<&I::state>},
    {"ca_state", value_of<&I::ca_state>},
    {"retransmits", value_of<&I::retransmits>},
    {"probes", value_of<&I::probes>},
    {"backoff", value_of<&I::backoff>},
    {"options", value_of<&I::options>},
    {"snd_wscale", [](const I& info) { return std::int64_t{info.window_scales & 15}; }},
    {"rcv_wscale", [](const I& info) { return std::int64_t{info.window_scales >> 4}; }},
    {"delivery_rate_app_limited", [](const I& info) { return std::int64_t{info.bits & 1}; }},
    {"fastopen_client_fail", [](const I& info) { return std::int64_t{info.bits >> 1 & 3}; }},
    {"rto", value_of<&I::rto>},
    {"ato", value_of<&I::ato>},
    {"snd_mss", value_of<&I::snd_mss>},
    {"rcv_mss", value_of<&I::rcv_mss>},
    {"unacked", value_of<&I::unacked>},
    {"sacked", value_of<&I::sacked>},
    {"lost", value_of<&I::lost>},
    {"retrans", value_of<&I::retrans>},
    {"fackets", value_of<&I::fackets>},
    {"last_data_sent", value_of<&I::last_data_sent>},
    {"last_ack_sent", value_of<&I::last_ack_sent>},
    {"last_data_recv", value_of<&I::last_data_recv>},
    {"last_ack_recv", value_of<&I::last_ack_recv>},
    {"pmtu", value_of<&I::pmtu>},
    {"rcv_ssthresh", value_of<&I::rcv_ssthresh>},
    {"rtt", value_of<&I::rtt>},
    {"rttvar", value_of<&I::rttvar>},
    {"snd_ssthresh", value_of<&I::snd_ssthresh>},
    {"snd_cwnd", value_of<&I::snd_cwnd>},
    {"advmss", value_of<&I::advmss>},
    {"reordering", value_of<&I::reordering>},
    {"rcv_rtt", value_of<&I::rcv_rtt>},
    {"rcv_space", value_of<&I::rcv_space>},
    {"total_retrans", value_of<&I::total_retrans>},
    {"pacing_rate", value_of<&I::pacing_rate>},
    {"max_pacing_rate", value_of<&I::max_pacing_rate>},
    {"bytes_acked", value_of<&I::bytes_acked>},
    {"bytes_received", value_of<&I::bytes_received>},
    {"segs_out", value_of<&I::segs_out>},
    {"segs_in", value_of<&I::segs_in>},
    {"notsent_bytes", value_of<&I::notsent_bytes>},
    {"min_rtt", value_of<&I::min_rtt>},
    {"data_segs_in", value_of<&I::data_segs_in>},
    {"data_segs_out", value_of<&I::data_segs_out>},
    {"delivery_rate", value_of<&I::delivery_rate>},
    {"busy_time", value_of<&I::busy_time>},
    {"rwnd_limited", value_of<&I::rwnd_limited>},
    {"sndbuf_limited", value_of<&I::sndbuf_limited>},
    {"delivered", value_of<&I::delivered>},
    {"delivered_ce", value_of<&I::delivered_ce>},
    {"delivered_e1_bytes", value_of<&I::delivered_e1_bytes>},
    {"delivered_e0_bytes", value_of<&I::delivered_e0_bytes>},
    {"delivered_ce_bytes", value_of<&I::delivered_ce_bytes>},
    {"received_ce", value_of<&I::received_ce>},
    {"received_e1_bytes", value_of<&I::received_e1_bytes>},
    {"received_e0_bytes", value_of<&I::received_e0_bytes>},
    {"received_ce_bytes", value_of<&I::received_ce_bytes>},
    {"bytes_sent", value_of<&I::bytes_sent>},
    {"bytes_retrans", value_of<&I::bytes_retrans>},
    {"dsack_dups", value_of<&I::dsack_dups>},
    {"reord_seen", value_of<&I::reord_seen>},
    {"rcv_ooopack", value_of<&I::rcv_ooopack>},
    {"snd_wnd", value_of<&I::snd_wnd>},
};

}  // namespace

std::optional<std::int64_t> tcp_info_field(const std::string& name, int descriptor,
                                           Machine& machine) {
  constexpr std::size_t prefix_bytes = std::char_traits<char>::length("tcpi_");
  if (!name.starts_with("tcpi_")) return std::nullopt;
  LinuxTcpInfo info;
  std::uint8_t bytes[sizeof info]{};
  const posix::Outcome outcome =
      machine.sockets().getsockopt(descriptor, {IPPROTO_TCP, TCP_INFO}, bytes, machine.now());
  if (!outcome) return std::nullopt;
  std::memcpy(&info, bytes, sizeof info);
  for (const NamedField& field : named_fields) {
    if (name.compare(prefix_bytes, std::string::npos, field.name) == 0) return field.read(info);
  }
  return std::nullopt;
}

}  // namespace acksu::packetdrill
