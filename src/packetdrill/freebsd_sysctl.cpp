// Names of FreeBSD's sysctls, and what each means here.
#include "packetdrill/freebsd_sysctl.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace acksu::packetdrill {
namespace {

constexpr std::string_view of_tcp = "net.inet.tcp.";

std::optional<std::uint32_t> number_in(const std::string& value) {
  std::uint32_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  const bool is_number = error == std::errc{} && stop == end;
  return is_number ? std::optional{number} : std::nullopt;
}

// ecn.enable: 0 never, 1 asks, 2 answers; 3 and 4 the same by accurate ECN.
tcp::EcnPolicy ecn_policy(std::uint32_t number) {
  switch (number) {
    case 1: return tcp::EcnPolicy::ask;
    case 2:
    case 4: return tcp::EcnPolicy::answer;
    case 3: return tcp::EcnPolicy::ask_accurate;
    default: return tcp::EcnPolicy::off;
  }
}

tcp::BufferSize beginning_with(std::uint32_t bytes, tcp::BufferSize before) {
  return {bytes, std::max(bytes, before.most)};
}

struct FreebsdSysctl {
  std::string_view name;  // behind net.inet.tcp.
  void (*set)(std::uint32_t number, tcp::Settings& tcp);
};

// house: each row is one name.
constexpr FreebsdSysctl freebsd_sysctls[] = {
    {"rfc1323",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.window_scaling = tcp.timestamps = n != 0; }},
    {"sack.enable", [](std::uint32_t n, tcp::Settings& tcp) { tcp.sack = n != 0; }},
    {"ecn.enable", [](std::uint32_t n, tcp::Settings& tcp) { tcp.ecn = ecn_policy(n); }},
    {"recvspace",
     [](std::uint32_t n, tcp::Settings& tcp) {
       tcp.receive_buffer = beginning_with(n, tcp.receive_buffer);
     }},
    {"sendspace", [](std::uint32_t n,
                     tcp::Settings& tcp) { tcp.send_buffer = beginning_with(n, tcp.send_buffer); }},
    {"delacktime",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.delayed_ack = std::chrono::milliseconds{n}; }},
    {"rexmit_initial",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.initial_rto = std::chrono::milliseconds{n}; }},
    {"rexmit_slop",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.min_rto = std::chrono::milliseconds{n}; }},
    {"msl", [](std::uint32_t n, tcp::Settings& tcp) { tcp.msl = std::chrono::milliseconds{n}; }},
    {"keepinit",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.r2_syn = std::chrono::milliseconds{n}; }},
    {"keepidle", [](std::uint32_t n,
                    tcp::Settings& tcp) { tcp.keepalive_idle = std::chrono::milliseconds{n}; }},
    {"keepintvl",
     [](std::uint32_t n, tcp::Settings& tcp) {
       tcp.keepalive_interval = std::chrono::milliseconds{n};
     }},
    {"keepcnt", [](std::uint32_t n, tcp::Settings& tcp) { tcp.keepalive_probes = n; }},
    {"syncookies", [](std::uint32_t n, tcp::Settings& tcp) { tcp.syn_cookies = n != 0; }},
    {"pmtud_blackhole_detection",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.probes_path_mtu = n != 0; }},
    {"tolerate_missing_ts",
     [](std::uint32_t n, tcp::Settings& tcp) { tcp.drops_unstamped = n == 0; }},
    {"fastopen.client_enable",
     [](std::uint32_t n, tcp::Settings& tcp) {
       tcp.max_fast_open_cookies = n != 0 ? tcp::Settings{}.max_fast_open_cookies : 0;
     }},
};

struct FixedSysctl {
  std::string_view name;  // behind net.inet.tcp.
  std::uint32_t number;
};

// What acksu does always as if they had these values: the number of SYNs sent again without
// options or wishes for ECN, resets and SYNs judged by RFC 5961, ...
constexpr FixedSysctl fixed_sysctls[] = {
    {"blackhole", 0},    {"insecure_rst", 0},        {"insecure_syn", 0},
    {"drop_synfin", 0},  {"rexmit_drop_options", 0}, {"path_mtu_discovery", 1},
    {"mssdflt", 536},    {"v6mssdflt", 1220},        {"syncookies_only", 0},
    {"icmp_may_rst", 1}, {"ecn.maxretries", 1},      {"hostcache.purgenow", 1},
};

}  // namespace

bool is_freebsd_sysctl(std::string_view name) {
  return name.starts_with("net.inet.") || name.starts_with("kern.ipc.");
}

SysctlVerdict set_freebsd_sysctl(std::string_view name, const std::string& value,
                                 HostSettings& settings) {
  const std::optional<std::uint32_t> number = number_in(value);
  if (!number) return SysctlVerdict::bad_value;
  if (name == "kern.ipc.maxsockbuf") {
    tcp::BufferSize& buffer = settings.tcp.receive_buffer;
    buffer.most = std::max(buffer.first, *number);
    return SysctlVerdict::applied;
  }
  if (!name.starts_with(of_tcp)) return SysctlVerdict::unknown;
  name.remove_prefix(of_tcp.size());
  for (const FreebsdSysctl& each : freebsd_sysctls) {
    if (each.name != name) continue;
    each.set(*number, settings.tcp);
    return SysctlVerdict::applied;
  }
  for (const FixedSysctl& each : fixed_sysctls) {
    if (each.name != name) continue;
    return each.number == *number ? SysctlVerdict::without_effect : SysctlVerdict::bad_value;
  }
  return SysctlVerdict::unknown;
}

}  // namespace acksu::packetdrill
