// What RFC 1122 section 3.2.1.3 and RFC 4291 section 2.5 keep from hosts.
#include "tools/address_checks.h"

#include <algorithm>

#include "host/address_kinds.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

// Null: it is one machine's.
const char* why_nobodys(IpAddress address) {
  if (is_multicast(address)) return "is a group's address, not one machine's";
  if (address.is_v4() && address.as_v4() == 0xffff'ffff) {
    return "is the broadcast address, not one machine's";
  }
  if (address.is_any() || (address.is_v4() && address.as_v4() >> 24 == 0)) {
    return "stands for no address, not for a machine's";
  }
  if (address.is_v4() && address.as_v4() >> 28 == 0xf) return "is reserved, and no machine's";
  return nullptr;
}

// RFC 3021: a network of two addresses, or of one, has none to spare for these.
const char* why_the_networks(const Prefix& own) {
  if (!own.address.is_v4() || own.length > 30) return nullptr;
  const std::uint32_t hosts = 0xffff'ffffu >> own.length;
  const std::uint32_t host = own.address.as_v4() & hosts;
  if (host == 0) return "is the address of the network itself; write a host's";
  if (host == hosts) return "is the broadcast address of the network; write a host's";
  return nullptr;
}

}  // namespace

void check_own_address(const Prefix& own) {
  const char* problem = why_nobodys(own.address);
  if (problem == nullptr && is_loopback(own.address)) {
    problem = "never leaves a host, so it is none on a wire";
  }
  if (problem == nullptr) problem = why_the_networks(own);
  if (problem != nullptr) throw UsageError{to_string(own) + " " + problem};
}

void check_card(const MacAddress& mac) {
  if (mac.is_group()) throw UsageError{to_string(mac) + " is a group's MAC address, not a card's"};
  if (mac == MacAddress{}) throw UsageError{to_string(mac) + " is no card's MAC address"};
}

void check_gateway(IpAddress gateway, std::span<const Prefix> own) {
  const std::string name = "the gateway " + to_string(gateway);
  const char* const problem = why_nobodys(gateway);
  if (problem != nullptr) throw UsageError{name + " " + problem};
  if (is_loopback(gateway)) throw UsageError{name + " never leaves a host"};
  const auto is_own = [&](const Prefix& each) { return each.address == gateway; };
  if (std::any_of(own.begin(), own.end(), is_own)) {
    throw UsageError{name + " is this host's own address; write the router's"};
  }
  const auto is_of_family = [&](const Prefix& each) {
    return each.address.is_v4() == gateway.is_v4();
  };
  const auto is_near = [&](const Prefix& each) {
    return is_of_family(each) && each.contains(gateway);
  };
  if (is_link_local(gateway) || std::none_of(own.begin(), own.end(), is_of_family)) return;
  if (std::any_of(own.begin(), own.end(), is_near)) return;
  throw UsageError{name + " is in the network of no --address, so it cannot be reached"};
}

void check_server(IpAddress server) {
  const char* const problem = why_nobodys(server);
  if (problem != nullptr) throw UsageError{"the server " + to_string(server) + " " + problem};
}

}  // namespace acksu::tools
