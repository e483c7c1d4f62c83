// Options by name.
#include "packetdrill/play_options.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <map>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

struct VersionName {
  IpVersion version;
  const char* name;
};

constexpr std::array version_names{VersionName{IpVersion::v4, "ipv4"},
                                   VersionName{IpVersion::mapped, "ipv4-mapped-ipv6"},
                                   VersionName{IpVersion::v6, "ipv6"}};

std::uint32_t number_of(const ScriptOption& option, std::uint32_t most) {
  std::uint32_t number = 0;
  const char* const end = option.value.data() + option.value.size();
  const auto [stop, error] = std::from_chars(option.value.data(), end, number);
  if (error != std::errc{} || stop != end || number > most) {
    throw Mistake{option.line, "--" + option.name + " wants a number up to " +
                                   std::to_string(most) + ", not '" + option.value + "'"};
  }
  return number;
}

IpAddress address_of(const ScriptOption& option) {
  const std::string text = option.value.substr(0, option.value.find('/'));
  const std::optional<IpAddress> address = parse_ip(text);
  if (!address) {
    throw Mistake{option.line, "--" + option.name + ": '" + option.value + "' is no address"};
  }
  return *address;
}

std::uint16_t port_of(const ScriptOption& option) {
  return static_cast<std::uint16_t>(number_of(option, 65535));
}

std::uint32_t permil_of(const ScriptOption& option) {
  const std::size_t point = std::min(option.value.find('.'), option.value.size());
  const ScriptOption whole{option.name, option.value.substr(0, point), option.line};
  const std::string tenths = option.value.substr(std::min(point + 1, option.value.size()), 1);
  const bool has_tenths = !tenths.empty() && tenths[0] >= '0' && tenths[0] <= '9';
  return 10 * number_of(whole, 1000) +
         (has_tenths ? static_cast<std::uint32_t>(tenths[0] - '0') : 0);
}

void set_mask(PlayOptions& options, const ScriptOption& option) {
  options.prefix_bits = static_cast<std::uint8_t>(std::popcount(address_of(option).as_v4()));
}

void set_tick(PlayOptions& options, const ScriptOption& option) {
  const std::uint32_t tick = number_of(option, 1'000'000);
  options.stamp_tick = tick == 0 ? std::optional<Duration>{} : std::chrono::microseconds{tick};
}

using Setter = void (*)(PlayOptions&, const ScriptOption&);

void ignore(PlayOptions&, const ScriptOption&) {}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> all{
      {"local_ip", [](PlayOptions& o, const ScriptOption& given) { o.local = address_of(given); }},
      {"remote_ip",
       [](PlayOptions& o, const ScriptOption& given) { o.remote = address_of(given); }},
      {"gateway_ip",
       [](PlayOptions& o, const ScriptOption& given) { o.gateway = address_of(given); }},
      {"netmask_ip", set_mask},
      {"bind_port",
       [](PlayOptions& o, const ScriptOption& given) { o.bind_port = port_of(given); }},
      {"connect_port",
       [](PlayOptions& o, const ScriptOption& given) { o.connect_port = port_of(given); }},
      {"mtu", [](PlayOptions& o, const ScriptOption& given) { o.mtu = number_of(given, 65535); }},
      {"tolerance_usecs",
       [](PlayOptions& o, const ScriptOption& given) {
         o.tolerance = std::chrono::microseconds{number_of(given, 100'000'000)};
       }},
      {"tolerance_percent",
       [](PlayOptions& o, const ScriptOption& given) { o.tolerance_permil = permil_of(given); }},
      {"tcp_ts_tick_usecs", set_tick},
      {"tcp_ts_ecr_scaled",
       [](PlayOptions& o, const ScriptOption&) { o.scales_echoed_stamps = true; }},
      {"strict_segments", [](PlayOptions& o, const ScriptOption&) { o.joins_segments = false; }},
      {"loose", [](PlayOptions& o, const ScriptOption&) { o.is_loose = true; }},
      {"ip_version", ignore},  // was looked for before all others
      {"profile", ignore},     // the same
      {"define", ignore},      // is the parser's
      {"mss", ignore},         // how the kernel's tun device is told to split
      {"speed", ignore},
      {"send_omit_free", ignore},
      {"code_command", ignore},
      {"code_format", ignore},
      {"code_sockopt", ignore},
      {"init_scripts", ignore},
      {"non_fatal", ignore},
      {"debug", ignore},
      {"verbose", ignore},
  };
  return all;
}

void set(PlayOptions& options, const ScriptOption& option) {
  const auto setter = setters().find(option.name);
  if (setter == setters().end()) {
    throw Mistake{option.line, "there is no option --" + option.name};
  }
  setter->second(options, option);
}

bool is_about_freebsd(const std::string& text) {
  return text.find("net.inet.") != std::string::npos;
}

// Of the last that names one.
IpVersion version_of(const Script& script, const std::vector<ScriptOption>& more) {
  IpVersion version = IpVersion::v4;
  const auto look = [&](const ScriptOption& option) {
    if (option.name != "ip_version") return;
    const std::optional<IpVersion> named = parse_version(option.value);
    if (!named) throw Mistake{option.line, "there is no --ip_version=" + option.value};
    version = *named;
  };
  for (const ScriptOption& option : more) look(option);
  for (const ScriptOption& option : script.options) look(option);
  return version;
}

}  // namespace

const char* name(IpVersion version) {
  for (const VersionName& each : version_names) {
    if (each.version == version) return each.name;
  }
  return "";
}

std::optional<IpVersion> parse_version(const std::string& name) {
  for (const VersionName& each : version_names) {
    if (name == each.name) return each.version;
  }
  return std::nullopt;
}

Duration PlayOptions::tolerance_after(Duration since) const {
  return std::max(tolerance, since * tolerance_permil / 1000);
}

PlayOptions options_for(IpVersion version) {
  PlayOptions options;
  options.version = version;
  if (version != IpVersion::v6) {
    options.local = IpAddress::v4(192, 168, 0, 1);
    options.remote = IpAddress::v4(192, 0, 2, 1);
    options.gateway = IpAddress::v4(192, 168, 0, 1);
    options.prefix_bits = 16;
    return options;
  }
  options.local = *parse_ip("fd3d:a0b:17d6::1");
  options.remote = *parse_ip("fd3d:fa7b:d17d::1");
  options.gateway = *parse_ip("fd3d:a0b:17d6:8888::1");
  options.prefix_bits = 48;
  options.mtu = 1520;  // so that its MSS is that of IPv4 at 1500
  return options;
}

Profile profile_of(const Script& script, const std::vector<ScriptOption>& more) {
  for (const ScriptOption& option : more) {
    if (option.name != "profile") continue;
    if (option.value == "linux") return Profile::linux;
    if (option.value == "freebsd") return Profile::freebsd;
    throw Mistake{option.line, "--profile is linux or freebsd, not '" + option.value + "'"};
  }
  bool is_freebsd = script.preparation && is_about_freebsd(script.preparation->text);
  for (const Event& event : script.events) {
    const auto* const command = std::get_if<Command>(&event.action);
    is_freebsd = is_freebsd || (command != nullptr && is_about_freebsd(command->text));
  }
  return is_freebsd ? Profile::freebsd : Profile::linux;
}

PlayOptions play_options(const Script& script, const std::vector<ScriptOption>& more) {
  PlayOptions options = options_for(version_of(script, more));
  options.profile = profile_of(script, more);
  if (options.is_freebsd()) options.mtu = 1500;  // over IPv6, too
  for (const ScriptOption& option : more) set(options, option);
  for (const ScriptOption& option : script.options) set(options, option);
  if (options.local.is_v4() == options.is_v6() || options.remote.is_v4() == options.is_v6()) {
    throw Mistake{
        0, std::string{"the addresses of this script are not those of "} + name(options.version)};
  }
  return options;
}

}  // namespace acksu::packetdrill
