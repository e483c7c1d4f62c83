// Opening real wires.
#include "tools/real_wire.h"

#include <cstdio>
#include <stdexcept>

#include "os/entropy.h"
#include "os/line_wire.h"
#include "os/tap.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

constexpr std::string_view ppp_prefix = "ppp:";

// What stands behind "ppp:", as os::open_line takes it. Throws UsageError.
std::string line_of(const std::string& name) {
  const std::string line = name.substr(ppp_prefix.size());
  if (os::is_line(line)) return line;
  throw UsageError{"'" + name +
                   "' is no line; write ppp:exec:COMMAND, ppp:pty:PATH or ppp:unix:PATH"};
}

os::OpenedWire open_any(const std::string& name, std::uint32_t mtu,
                        const std::shared_ptr<BufferPool>& pool, bool has_offloads) {
  if (name.starts_with(ppp_prefix)) return os::open_line(line_of(name), pool);
  os::ParsedWire parsed = os::parse_wire(name);
  if (!parsed.name) throw UsageError{parsed.problem};
  parsed.name->has_offloads = has_offloads;
  return os::open_wire(*parsed.name, mtu, pool);
}

}  // namespace

IpAddress address_of(const std::string& text) {
  const std::optional<IpAddress> address = parse_ip(text);
  if (!address || !address->is_v4()) throw UsageError{"'" + text + "' is no IPv4 address"};
  return *address;
}

Prefix prefix_of(const std::string& text) {
  const std::optional<Prefix> prefix = parse_prefix(text);
  if (!prefix || !prefix->address.is_v4()) {
    throw UsageError{"'" + text + "' is no IPv4 address with a prefix, such as 10.9.0.2/24"};
  }
  return *prefix;
}

MacAddress mac_for(IpAddress address) {
  MacAddress mac{{0x02, 0x00}};
  store_be32(mac.octets.data() + 2, address.as_v4());
  return mac;
}

LinkKind link_kind_of(const std::string& name) {
  if (name.starts_with(ppp_prefix)) {
    line_of(name);
    return LinkKind::ppp;
  }
  const os::ParsedWire parsed = os::parse_wire(name);
  if (!parsed.name) throw UsageError{parsed.problem};
  return parsed.name->link_kind();
}

std::unique_ptr<os::Wire> open_wire(const std::string& name, std::uint32_t mtu,
                                    const std::shared_ptr<BufferPool>& pool, bool has_offloads) {
  os::OpenedWire opened = open_any(name, mtu, pool, has_offloads);
  if (!opened.wire) throw std::runtime_error{opened.problem};
  if (!opened.note.empty()) std::fprintf(stderr, "acksu: %s\n", opened.note.c_str());
  return std::move(opened.wire);
}

HostSecrets take_secrets() {
  const std::optional<HostSecrets> taken = os::take_secrets();
  if (!taken) throw std::runtime_error{"the system gives no random bytes"};
  return *taken;
}

}  // namespace acksu::tools
