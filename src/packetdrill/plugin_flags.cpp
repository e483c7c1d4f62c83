// The words of --so_flags, and the host that they describe.
#include "packetdrill/plugin_flags.h"

#include <algorithm>
#include <charconv>

namespace acksu::packetdrill {
namespace {

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
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
  if (name != "sysctls" || (value != "yes" && value != "no")) return false;
  flags.reads_sysctls = value == "yes";
  return true;
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
                     "'; known are local=ADDRESS/BITS, mtu=BYTES, sysctls=no";
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
  return settings;
}

}  // namespace acksu::packetdrill
