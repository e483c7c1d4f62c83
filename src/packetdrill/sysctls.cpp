// One line for each of Linux's settings that acksu has, too.
#include "packetdrill/sysctls.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <vector>

namespace acksu::packetdrill {
namespace {

class Directory {
 public:
  explicit Directory(const std::string& path) : path_(path) {}

  std::vector<std::uint32_t> numbers(const char* name) const {
    std::ifstream file(path_ + "/" + name);
    std::vector<std::uint32_t> result;
    for (std::uint64_t number = 0; file >> number;) {
      result.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(number, 0xffff'ffff)));
    }
    return result;
  }
  std::optional<std::uint32_t> number(const char* name) const {
    const auto all = numbers(name);
    return all.empty() ? std::nullopt : std::optional{all.front()};
  }
  std::string word(const char* name) const {
    std::ifstream file(path_ + "/" + name);
    std::string result;
    file >> result;
    return result;
  }

 private:
  std::string path_;
};

void read_flag(const Directory& from, const char* name, bool& flag) {
  if (const auto number = from.number(name)) flag = *number != 0;
}

void read_seconds(const Directory& from, const char* name, Duration& duration) {
  if (const auto number = from.number(name)) duration = std::chrono::seconds{*number};
}

// Linux gives three: the least, the first, and what a buffer may grow to.
void read_buffer(const Directory& from, const char* name, tcp::BufferSize& buffer) {
  const auto sizes = from.numbers(name);
  if (sizes.size() == 3) buffer = {sizes[1], std::max(sizes[1], sizes[2])};
}

void read_ecn(const Directory& from, tcp::EcnPolicy& policy) {
  const auto number = from.number("tcp_ecn");
  if (!number) return;
  switch (*number) {
    case 0: policy = tcp::EcnPolicy::off; break;
    case 1:
    case 4: policy = tcp::EcnPolicy::ask; break;
    case 3: policy = tcp::EcnPolicy::ask_accurate; break;
    default: policy = tcp::EcnPolicy::answer; break;
  }
}

void read_congestion(const Directory& from, tcp::Settings& settings) {
  const std::string word = from.word("tcp_congestion_control");
  if (word == "bbr") return;  // where that is a machine's default, scripts know nothing of it
  if (const auto named = tcp::congestion_named(word == "reno" ? "newreno" : word)) {
    settings.congestion = *named;
  }
}

}  // namespace

void read_sysctls(const std::string& directory, HostSettings& host) {
  const Directory from(directory);
  tcp::Settings& settings = host.tcp;
  read_flag(from, "tcp_timestamps", settings.timestamps);
  read_flag(from, "tcp_sack", settings.sack);
  read_flag(from, "tcp_window_scaling", settings.window_scaling);
  read_flag(from, "tcp_syncookies", settings.syn_cookies);
  read_flag(from, "tcp_mtu_probing", settings.probes_path_mtu);
  read_ecn(from, settings.ecn);
  read_congestion(from, settings);
  read_buffer(from, "tcp_rmem", settings.receive_buffer);
  read_buffer(from, "tcp_wmem", settings.send_buffer);
  if (const auto number = from.number("tcp_notsent_lowat")) settings.notsent_lowat_bytes = *number;
  if (const auto number = from.number("tcp_syn_retries")) {
    settings.r2_syn = std::chrono::seconds{(2ll << std::min(*number, 20u)) - 1};
  }
  if (const auto number = from.number("tcp_base_mss")) settings.base_mss = *number;
  if (const auto number = from.number("tcp_synack_retries")) settings.syn_ack_retries = *number;
  if (const auto number = from.number("tcp_keepalive_probes")) settings.keepalive_probes = *number;
  read_seconds(from, "tcp_keepalive_time", settings.keepalive_idle);
  read_seconds(from, "tcp_keepalive_intvl", settings.keepalive_interval);
  read_seconds(from, "tcp_fin_timeout", settings.fin_wait_2);
}

}  // namespace acksu::packetdrill
