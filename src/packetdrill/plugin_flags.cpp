// The words of --so_flags, and the host that they describe.
#include "packetdrill/plugin_flags.h"

#include <algorithm>
#include <charconv>

#include "api/linux_profile.h"

namespace acksu::packetdrill {
namespace {

constexpr std::uint32_t largest_split = 65535;  // bytes of a packet that a device may cut

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> read_choice(std::string_view text, std::string_view yes, std::string_view no) {
  if (text == yes) return true;
  if (text == no) return false;
  return std::nullopt;
}

// Whether the word is one of ours, with a value that can be meant.
bool take_word(std::string_view name, std::string_view value, PluginFlags& flags) {
  if (name == "local") {
    const auto prefix = parse_prefix(value);
    if (prefix) flags.local.push_back(*prefix);
    return prefix.has_value();
  }
  if (name == "mtu") {
    const auto mtu = read_number(value);
    if (mtu && *mtu >= 68 && *mtu <= 65535) flags.mtu = *mtu;
    return mtu == flags.mtu;
  }
  if (name == "sysctls") {
    const auto choice = read_choice(value, "yes", "no");
    flags.reads_sysctls = choice.value_or(false);
    return choice.has_value();
  }
  if (name != "profile") return false;
  const auto choice = read_choice(value, "linux", "acksu");
  flags.is_like_linux = choice.value_or(false);
  return choice.has_value();
}

}  // namespace

ParsedFlags parse_flags(std::string_view text) {
  ParsedFlags parsed;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view value = word.substr(std::min(equals + 1, word.size()));
    if (take_word(word.substr(0, equals), value, parsed.flags)) continue;
    parsed.problem = "acksu: --so_flags: cannot use '" + std::string{word} +
                     "'; known are local=ADDRESS/BITS, mtu=BYTES, sysctls=no, "
                     "profile=acksu";
    return parsed;
  }
  if (parsed.flags.local.empty()) {
    parsed.flags.local = {*parse_prefix("192.168.0.1/16"), *parse_prefix("fd3d:a0b:17d6::1/64")};
  }
  return parsed;
}

HostSettings settings_of(const PluginFlags& flags) {
  HostSettings settings;
  settings.name = "packetdrill";
  LinkSettings link;
  link.name = "tun0";
  link.kind = LinkKind::ip;
  link.mtu = flags.mtu;
  link.addresses = flags.local;
  link.ipv6.believes_routers = false;
  link.ipv6.duplicate_probes = 0;
  link.ipv6.router_solicitations = 0;
  settings.links = {link};
  if (flags.is_like_linux) {
    settings.links[0].max_split_bytes = largest_split;
    settings.tcp.grows_by_delivery = true;
    use_linux_profile(settings);
  }
  return settings;
}

}  // namespace acksu::packetdrill
