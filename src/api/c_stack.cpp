// Opening a stack for programs in C, from names of wires and addresses.
#include "api/c_stack.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "acksu/socket.h"
#include "os/entropy.h"
#include "os/tap.h"

namespace acksu::posix {
namespace {

// What is being put together; `problem` says what is wrong with it.
struct Opening {
  ShellSettings settings;
  std::vector<std::unique_ptr<os::Wire>> wires;
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  std::string problem;
};

// A card's own address that nobody else is likely to have.
MacAddress chance_mac(std::uint64_t seed, std::size_t link) {
  std::array<std::uint8_t, 8> octets;
  store_be64(octets.data(), seed * 0x9e37'79b9'7f4a'7c15ull + link);
  MacAddress mac{{2}};  // locally administered
  std::copy(octets.begin(), octets.begin() + 5, mac.octets.begin() + 1);
  return mac;
}

bool add_link(const acksu_link& link, Opening& opening) {
  if (link.wire == nullptr || link.addresses == nullptr) {
    opening.problem = "a link needs a wire and an address";
    return false;
  }
  const os::ParsedWire parsed = os::parse_wire(link.wire);
  if (!parsed.name) {
    opening.problem = parsed.problem;
    return false;
  }
  LinkSettings settings;
  settings.name = "link" + std::to_string(opening.wires.size());
  settings.kind = parsed.name->link_kind();
  settings.mac = chance_mac(opening.settings.secrets.seed, opening.wires.size());
  if (link.mtu != 0) settings.mtu = link.mtu;
  std::istringstream words{link.addresses};
  for (std::string word; words >> word;) {
    const std::optional<Prefix> prefix = parse_prefix(word);
    if (!prefix) {
      opening.problem = "'" + word + "' is no address with a prefix, such as 10.9.0.2/24";
      return false;
    }
    settings.addresses.push_back(*prefix);
  }
  os::OpenedWire opened = os::open_wire(*parsed.name, settings.mtu, opening.pool);
  if (!opened.wire) {
    opening.problem = opened.problem;
    return false;
  }
  opening.wires.push_back(std::move(opened.wire));
  opening.settings.host.links.push_back(std::move(settings));
  return true;
}

bool read_gateway(const char* text, bool is_v4, std::optional<IpAddress>& gateway,
                  Opening& opening) {
  if (text == nullptr) return true;
  gateway = parse_ip(text);
  if (gateway && gateway->is_v4() == is_v4) return true;
  opening.problem = std::string{"'"} + text + "' is no gateway's address";
  return false;
}

bool read_settings(const acksu_settings* settings, Opening& opening) {
  if (settings == nullptr || settings->links == nullptr || settings->link_count == 0) {
    opening.problem = "a stack needs at least one link";
    return false;
  }
  const std::optional<HostSecrets> secrets = os::take_secrets();
  if (!secrets) {
    opening.problem = "the system gives no random bytes";
    return false;
  }
  opening.settings.secrets = *secrets;
  opening.settings.host.name = "acksu";
  for (std::size_t i = 0; i < settings->link_count; ++i) {
    if (!add_link(settings->links[i], opening)) return false;
  }
  return read_gateway(settings->gateway, true, opening.settings.host.gateway, opening) &&
         read_gateway(settings->gateway_v6, false, opening.settings.host.gateway_v6, opening);
}

}  // namespace
}  // namespace acksu::posix

extern "C" {

acksu_stack* acksu_open(const acksu_settings* settings, char* problem, size_t problem_bytes) {
  acksu::posix::Opening opening;
  if (!acksu::posix::read_settings(settings, opening)) {
    if (problem != nullptr && problem_bytes > 0) {
      std::snprintf(problem, problem_bytes, "%s", opening.problem.c_str());
    }
    return nullptr;
  }
  return new acksu_stack{std::make_unique<acksu::posix::Shell>(
      std::move(opening.settings), std::move(opening.wires), std::move(opening.pool))};
}

void acksu_shut(acksu_stack* stack) { delete stack; }

}  // extern "C"
