// Names of Linux's sysctls, and what each means here.
#include "packetdrill/sysctl.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "packetdrill/freebsd_sysctl.h"
#include "tcp/congestion_name.h"

namespace acksu::packetdrill {
namespace {

using Numbers = std::vector<std::uint64_t>;

// "4096 540000 15728640", "0x70403"
std::optional<Numbers> numbers_of(const std::string& text) {
  Numbers numbers;
  for (std::size_t at = text.find_first_not_of(" \t\""); at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \t\"", at), text.size());
    const bool is_hexadecimal = text.compare(at, 2, "0x") == 0;
    std::uint64_t number = 0;
    const char* const first = text.data() + at + (is_hexadecimal ? 2 : 0);
    const auto [stop, error] =
        std::from_chars(first, text.data() + end, number, is_hexadecimal ? 16 : 10);
    if (error != std::errc{} || stop != text.data() + end) return std::nullopt;
    numbers.push_back(number);
    at = text.find_first_not_of(" \t\"", end);
  }
  if (numbers.empty()) return std::nullopt;
  return numbers;
}

std::uint32_t limited(std::uint64_t number) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, 0xffff'ffff));
}
Duration seconds(std::uint64_t number) {
  return std::chrono::seconds{std::min<std::uint64_t>(number, 1u << 30)};
}

// SYNs go out after 1, 2, 4 ... seconds; behind the last one its time runs out, too.
Duration patience_of_retries(Duration first, std::uint64_t retries) {
  return first * ((std::int64_t{1} << std::min<std::uint64_t>(retries + 1, 20)) - 1);
}

// tcp_ecn of Linux: what it asks for, and what it answers.
tcp::EcnPolicy policy_of(std::uint64_t number) {
  switch (number) {
    case 1: return tcp::EcnPolicy::ask_classic;
    case 2: return tcp::EcnPolicy::answer_classic;
    case 4: return tcp::EcnPolicy::ask;
    case 5: return tcp::EcnPolicy::answer;
    case 3: return tcp::EcnPolicy::ask_accurate;
    default: return tcp::EcnPolicy::off;
  }
}

// tcp_ecn_option: never, where there is something to tell, always.
tcp::AccEcnOptions acc_ecn_options_of(std::uint64_t number) {
  if (number == 0) return tcp::AccEcnOptions::none;
  return number == 1 ? tcp::AccEcnOptions::of_news : tcp::AccEcnOptions::in_all;
}

using TcpSetter = void (*)(const Numbers& numbers, tcp::Settings& tcp);

struct NumericSysctl {
  const char* name;
  std::size_t numbers;
  TcpSetter set;
};

// house: each row is one name.
constexpr NumericSysctl numeric_sysctls[] = {
    {"tcp_rmem", 3,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.receive_buffer = {limited(n[1]), limited(std::max(n[1], n[2]))};
     }},
    {"tcp_wmem", 3,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.send_buffer = {limited(n[1]), limited(std::max(n[1], n[2]))};
     }},
    {"tcp_timestamps", 1, [](const Numbers& n, tcp::Settings& tcp) { tcp.timestamps = n[0] != 0; }},
    {"tcp_sack", 1, [](const Numbers& n, tcp::Settings& tcp) { tcp.sack = n[0] != 0; }},
    {"tcp_window_scaling", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.window_scaling = n[0] != 0; }},
    {"tcp_ecn", 1, [](const Numbers& n, tcp::Settings& tcp) { tcp.ecn = policy_of(n[0]); }},
    {"tcp_ecn_option", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.acc_ecn_options = acc_ecn_options_of(n[0]); }},
    {"tcp_syn_retries", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       const Duration linear = tcp.initial_rto * tcp.linear_syns;
       tcp.r2_syn = linear + patience_of_retries(tcp.initial_rto, n[0]);
     }},
    {"tcp_syn_linear_timeouts", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(n[0], 127));
       tcp.r2_syn += tcp.initial_rto * (std::int64_t{most} - tcp.linear_syns);
       tcp.linear_syns = most;
     }},
    {"tcp_rto_max_ms", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.max_rto = std::chrono::milliseconds{std::max(1u, limited(n[0]))};
     }},
    {"tcp_rto_min_us", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.min_rto = std::chrono::microseconds{std::max(1u, limited(n[0]))};
     }},
    {"tcp_synack_retries", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.syn_ack_retries = limited(n[0]); }},
    {"tcp_fin_timeout", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.fin_wait_2 = seconds(n[0]); }},
    {"tcp_keepalive_time", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.keepalive_idle = seconds(n[0]); }},
    {"tcp_keepalive_intvl", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.keepalive_interval = seconds(n[0]); }},
    {"tcp_keepalive_probes", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.keepalive_probes = limited(n[0]); }},
    {"tcp_slow_start_after_idle", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.non_validated_period = n[0] != 0 ? Duration::zero() : forever;
     }},
    {"tcp_notsent_lowat", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.notsent_lowat_bytes = limited(n[0]); }},
    {"tcp_mtu_probing", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.probes_path_mtu = n[0] != 0; }},
    {"tcp_base_mss", 1, [](const Numbers& n, tcp::Settings& tcp) { tcp.base_mss = limited(n[0]); }},
    {"tcp_syncookies", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.syn_cookies = n[0] != 0; }},
    {"tcp_max_syn_backlog", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.max_half_open = limited(n[0]); }},
    {"tcp_max_tw_buckets", 1,
     [](const Numbers& n, tcp::Settings& tcp) { tcp.max_time_wait = limited(n[0]); }},
    {"tcp_min_tso_segs", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.least_split_segments = std::max(1u, limited(n[0]));
     }},
    {"tcp_fastopen", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       const bool asks = (n[0] & 1) != 0, serves = (n[0] & 2) != 0;
       tcp.max_fast_open_cookies = asks ? tcp::Settings{}.max_fast_open_cookies : 0;
       tcp.fast_open_asks_no_cookie = asks && (n[0] & 4) != 0;
       tcp.fast_open_limit = serves && (n[0] & 0x400) != 0 ? tcp.default_backlog : 0;
       tcp.fast_open_needs_cookie = !serves || (n[0] & 0x200) == 0;
     }},
    {"tcp_invalid_ratelimit", 1,
     [](const Numbers& n, tcp::Settings& tcp) {
       tcp.challenge_interval = std::chrono::milliseconds{limited(n[0])};
     }},
};

// What acksu does not have, or always does, whatever they are set to.
constexpr const char* sysctls_without_effect[] = {"tcp_abc",
                                                  "tcp_app_win",
                                                  "tcp_autocorking",
                                                  "tcp_challenge_ack_limit",
                                                  "tcp_dsack",
                                                  "tcp_early_retrans",
                                                  "tcp_ecn_fallback",
                                                  "tcp_ecn_option_beacon",
                                                  "tcp_fack",

                                                  "tcp_fastopen_blackhole_timeout_sec",

                                                  "tcp_frto",
                                                  "tcp_limit_output_bytes",
                                                  "tcp_low_latency",
                                                  "tcp_min_rtt_wlen",
                                                  "tcp_moderate_rcvbuf",
                                                  "tcp_no_metrics_save",
                                                  "tcp_no_ssthresh_metrics_save",
                                                  "tcp_pacing_ca_ratio",
                                                  "tcp_pacing_ss_ratio",
                                                  "tcp_recovery",
                                                  "tcp_reordering",
                                                  "tcp_retrans_collapse",
                                                  "tcp_rfc1337",
                                                  "tcp_stdurg",
                                                  "tcp_thin_linear_timeouts",
                                                  "tcp_tso_rtt_log",
                                                  "tcp_tso_win_divisor",
                                                  "tcp_tw_reuse",
                                                  "tcp_workaround_signed_windows"};

std::string_view short_name(std::string_view name) {
  const std::size_t place = name.find_last_of("./");
  return place == std::string_view::npos ? name : name.substr(place + 1);
}

// a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4: four words of 32 bits; behind a comma an older key.
SysctlVerdict set_fast_open_key(const std::string& value, tcp::Settings& tcp) {
  std::uint32_t words[4] = {};
  const std::string_view text = std::string_view{value}.substr(0, value.find(','));
  std::size_t at = 0;
  for (std::uint32_t& word : words) {
    const char* const first = text.data() + std::min(at, text.size());
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), word, 16);
    if (error != std::errc{}) return SysctlVerdict::bad_value;
    at = static_cast<std::size_t>(end - text.data()) + 1;
  }
  tcp.fast_open_key =
      SipKey{std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
  return SysctlVerdict::applied;
}

SysctlVerdict set_congestion(const std::string& value, tcp::Settings& tcp) {
  const auto algorithm = tcp::congestion_named(value == "reno" ? "newreno" : value);
  if (!algorithm) return SysctlVerdict::bad_value;
  tcp.congestion = *algorithm;
  return SysctlVerdict::applied;
}

}  // namespace

SysctlVerdict set_sysctl(std::string_view name, const std::string& value, HostSettings& settings) {
  if (is_freebsd_sysctl(name)) return set_freebsd_sysctl(name, value, settings);
  const std::string_view wanted = short_name(name);
  if (wanted == "tcp_congestion_control") return set_congestion(value, settings.tcp);
  if (wanted == "tcp_fastopen_key") return set_fast_open_key(value, settings.tcp);
  const std::optional<Numbers> numbers = numbers_of(value);
  if (wanted == "ip_default_ttl") {
    if (!numbers || (*numbers)[0] == 0 || (*numbers)[0] > 255) return SysctlVerdict::bad_value;
    settings.ttl = static_cast<std::uint8_t>((*numbers)[0]);
    return SysctlVerdict::applied;
  }
  for (const NumericSysctl& each : numeric_sysctls) {
    if (each.name != wanted) continue;
    if (!numbers || numbers->size() < each.numbers) return SysctlVerdict::bad_value;
    each.set(*numbers, settings.tcp);
    return SysctlVerdict::applied;
  }
  const bool is_known =
      std::any_of(std::begin(sysctls_without_effect), std::end(sysctls_without_effect),
                  [&](const char* known) { return wanted == known; });
  return is_known ? SysctlVerdict::without_effect : SysctlVerdict::unknown;
}

const std::vector<SysctlLine>& usual_sysctls() {
  static const std::vector<SysctlLine> lines{
      {"tcp_rmem", "4096 540000 15728640"},
      {"tcp_wmem", "4096 262144 4194304"},
      {"tcp_timestamps", "1"},
      {"tcp_syn_retries", "5"},
      {"tcp_synack_retries", "5"},
      {"tcp_sack", "1"},
      {"tcp_congestion_control", "cubic"},
      {"tcp_slow_start_after_idle", "0"},
      {"tcp_ecn", "0"},
      {"tcp_notsent_lowat", "4294967295"},
      {"tcp_syncookies", "1"},
      {"tcp_min_tso_segs", "2"},
      {"tcp_fastopen", "0x70403"},
      {"tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"}};
  return lines;
}

}  // namespace acksu::packetdrill
