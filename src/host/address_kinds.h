// What an address may be used for: the special-purpose registries of IPv4 and IPv6 (RFC 6890,
// RFC 8190 and what was registered since) as one table with a verdict for each block, scopes as
// RFC 6724 needs them, and the martians of RFC 1812 section 5.3.7.
//
// An `IpAddress` cannot tell an IPv4 address from an IPv4-mapped IPv6 address, so ::ffff:0:0/96 is
// no row here: whoever reads IPv6 headers refuses it there.
#pragma once

#include <cstdint>
#include <span>

#include "base/address.h"

namespace acksu {

struct AddressKind {
  Prefix prefix;
  const char* name = "";
  bool may_be_source = true;
  bool may_be_destination = true;
  bool may_be_forwarded = true;  // by a router, between its links
  bool is_global = true;         // reachable beyond one administration
  bool is_reserved = false;      // by IP itself: every implementation must treat it specially
};

// All rows, longer prefixes before shorter ones of the same family, IPv4 first.
std::span<const AddressKind> address_kinds();
// The row of the longest block that holds the address; null: an ordinary unicast address.
const AddressKind* special_kind(IpAddress address);

constexpr bool is_multicast(IpAddress address) {
  return address.is_v4() ? (address.as_v4() >> 28) == 0xe : (address.high() >> 56) == 0xff;
}
constexpr bool is_loopback(IpAddress address) {
  return address.is_v4() ? (address.as_v4() >> 24) == 127
                         : address.high() == 0 && address.low() == 1;
}
constexpr bool is_link_local(IpAddress address) {  // unicast
  return address.is_v4() ? (address.as_v4() >> 16) == 0xa9fe : (address.high() >> 54) == 0x3fa;
}

// RFC 6724 section 3.1; the numbers are those of multicast scopes (RFC 7346).
enum class AddressScope : std::uint8_t {
  interface_local = 1,
  link_local = 2,
  realm_local = 3,
  admin_local = 4,
  site_local = 5,
  organization_local = 8,
  global = 14,
};
AddressScope address_scope(IpAddress address);

// How strict to be with what comes from a wire.
enum class Martians : std::uint8_t {
  reserved,  // only what IP itself reserves: documentation and test networks may be in use
  all,       // everything that the registries do not let through, as at the edge of the Internet
};
// Nobody sends from there: drop in silence. The unspecified address, from which a host may ask for
// an address of its own (DHCP, duplicate detection), is one too: ask for it before.
bool is_martian_source(IpAddress address, Martians martians);
// No packet goes there. Multicast addresses and the limited broadcast address are none.
bool is_martian_destination(IpAddress address, Martians martians);
// RFC 1812 5.3.7, RFC 4291 2.5.6: whether a router may pass a packet on to another link. Multicast
// is not: there is no multicast routing here.
bool may_be_forwarded(IpAddress source, IpAddress destination, Martians martians);

}  // namespace acksu
