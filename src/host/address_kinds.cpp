// house: table
// The special-purpose blocks, and what follows from them. Multicast is no special-purpose block of
// the registries and stands here so that one look is enough.
#include "host/address_kinds.h"

#include <array>
#include <cstddef>

#include "base/assert.h"

namespace acksu {
namespace {

constexpr Prefix v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, unsigned d_and_length) {
  return {IpAddress::v4(a, b, c, static_cast<std::uint8_t>(d_and_length >> 8)),
          static_cast<std::uint8_t>(d_and_length & 0xff)};
}
constexpr unsigned of(unsigned d, unsigned length) { return (d << 8) | length; }

constexpr Prefix v6(std::uint64_t high, std::uint64_t low, std::uint8_t length) {
  return {IpAddress{high, low}, length};
}

constexpr bool T = true;
constexpr bool F = false;

//                source, destination, forwarded, global, reserved
constexpr AddressKind rows[] = {
    {v4(192, 0, 0, of(8, 32)), "IPv4 dummy address", T, F, F, F, F},          // RFC 7600
    {v4(192, 0, 0, of(9, 32)), "PCP anycast", T, T, T, T, F},                 // RFC 7723
    {v4(192, 0, 0, of(10, 32)), "TURN anycast", T, T, T, T, F},               // RFC 8155
    {v4(192, 0, 0, of(170, 32)), "NAT64/DNS64 discovery", F, F, F, F, T},     // RFC 8880
    {v4(192, 0, 0, of(171, 32)), "NAT64/DNS64 discovery", F, F, F, F, T},     // RFC 8880
    {v4(192, 88, 99, of(2, 32)), "6a44 relay anycast", T, T, T, F, F},        // RFC 6751
    {v4(255, 255, 255, of(255, 32)), "limited broadcast", F, T, F, F, T},     // RFC 919
    {v4(192, 0, 0, of(0, 29)), "IPv4 service continuity", T, T, T, F, F},     // RFC 7335
    {v4(192, 0, 0, of(0, 24)), "IETF protocol assignments", F, F, F, F, F},   // RFC 6890
    {v4(192, 0, 2, of(0, 24)), "documentation (TEST-NET-1)", F, F, F, F, F},  // RFC 5737
    {v4(192, 31, 196, of(0, 24)), "AS112-v4", T, T, T, T, F},                 // RFC 7535
    {v4(192, 52, 193, of(0, 24)), "AMT", T, T, T, T, F},                      // RFC 7450
    {v4(192, 175, 48, of(0, 24)), "direct delegation AS112", T, T, T, T, F},  // RFC 7534
    {v4(198, 51, 100, of(0, 24)), "documentation (TEST-NET-2)", F, F, F, F, F},
    {v4(203, 0, 113, of(0, 24)), "documentation (TEST-NET-3)", F, F, F, F, F},
    {v4(169, 254, 0, of(0, 16)), "link local", T, T, F, F, T},           // RFC 3927
    {v4(192, 168, 0, of(0, 16)), "private use", T, T, T, F, F},          // RFC 1918
    {v4(198, 18, 0, of(0, 15)), "benchmarking", T, T, T, F, F},          // RFC 2544
    {v4(172, 16, 0, of(0, 12)), "private use", T, T, T, F, F},           // RFC 1918
    {v4(100, 64, 0, of(0, 10)), "shared address space", T, T, T, F, F},  // RFC 6598
    {v4(0, 0, 0, of(0, 8)), "this network", T, F, F, F, T},              // RFC 791
    {v4(10, 0, 0, of(0, 8)), "private use", T, T, T, F, F},              // RFC 1918
    {v4(127, 0, 0, of(0, 8)), "loopback", F, F, F, F, T},                // RFC 1122
    {v4(224, 0, 0, of(0, 4)), "multicast", F, T, F, T, T},               // RFC 1112
    {v4(240, 0, 0, of(0, 4)), "reserved", F, F, F, F, T},                // RFC 1112

    {v6(0, 0, 128), "unspecified", T, F, F, F, T},                                      // RFC 4291
    {v6(0, 1, 128), "loopback", F, F, F, F, T},                                         // RFC 4291
    {v6(0x2001'0001'0000'0000, 1, 128), "PCP anycast", T, T, T, T, F},                  // RFC 7723
    {v6(0x2001'0001'0000'0000, 2, 128), "TURN anycast", T, T, T, T, F},                 // RFC 8155
    {v6(0x2001'0001'0000'0000, 3, 128), "DNS-SD registration anycast", T, T, T, T, F},  // RFC 9665
    {v6(0x0064'ff9b'0000'0000, 0, 96), "IPv4-IPv6 translation", T, T, T, T, F},         // RFC 6052
    {v6(0x0100'0000'0000'0000, 0, 64), "discard only", T, T, T, F, F},                  // RFC 6666
    {v6(0x0100'0000'0000'0001, 0, 64), "dummy prefix", T, F, F, F, F},                  // RFC 9780
    {v6(0x0064'ff9b'0001'0000, 0, 48), "local IPv4-IPv6 translation", T, T, T, F, F},   // RFC 8215
    {v6(0x2001'0002'0000'0000, 0, 48), "benchmarking", T, T, T, F, F},                  // RFC 5180
    {v6(0x2001'0004'0112'0000, 0, 48), "AS112-v6", T, T, T, T, F},                      // RFC 7535
    {v6(0x2620'004f'8000'0000, 0, 48), "direct delegation AS112", T, T, T, T, F},       // RFC 7534
    {v6(0x2001'0000'0000'0000, 0, 32), "Teredo", T, T, T, F, F},                        // RFC 4380
    {v6(0x2001'0003'0000'0000, 0, 32), "AMT", T, T, T, T, F},                           // RFC 7450
    {v6(0x2001'0db8'0000'0000, 0, 32), "documentation", F, F, F, F, F},                 // RFC 3849
    {v6(0x2001'0020'0000'0000, 0, 28), "ORCHIDv2", T, T, T, T, F},                      // RFC 7343
    {v6(0x2001'0030'0000'0000, 0, 28), "drone remote ID", T, T, T, T, F},               // RFC 9374
    {v6(0x2001'0000'0000'0000, 0, 23), "IETF protocol assignments", F, F, F, F, F},     // RFC 2928
    {v6(0x3fff'0000'0000'0000, 0, 20), "documentation", F, F, F, F, F},                 // RFC 9637
    {v6(0x2002'0000'0000'0000, 0, 16), "6to4", T, T, T, F, F},                          // RFC 3056
    {v6(0x5f00'0000'0000'0000, 0, 16), "segment routing identifiers", T, T, T, F, F},   // RFC 9602
    {v6(0xfe80'0000'0000'0000, 0, 10), "link local", T, T, F, F, T},                    // RFC 4291
    {v6(0xff00'0000'0000'0000, 0, 8), "multicast", F, T, F, T, T},                      // RFC 4291
    {v6(0xfc00'0000'0000'0000, 0, 7), "unique local", T, T, T, F, F},                   // RFC 4193
};

constexpr bool is_below(std::uint64_t bits, std::uint64_t prefix, unsigned length) {
  return length == 0 || (bits ^ prefix) >> (64 - length) == 0;
}

constexpr bool holds(const AddressKind& kind, IpAddress address) {
  const IpAddress first = kind.prefix.address;
  const unsigned length = kind.prefix.length;
  if (address.is_v4() != first.is_v4()) return false;
  if (address.is_v4()) return (address.as_v4() ^ first.as_v4()) >> (32 - length) == 0;
  if (length <= 64) return is_below(address.high(), first.high(), length);
  return address.high() == first.high() && is_below(address.low(), first.low(), length - 64);
}

consteval bool longer_come_before_shorter() {
  for (std::size_t i = 1; i < std::size(rows); ++i) {
    if (rows[i - 1].prefix.address.is_v4() != rows[i].prefix.address.is_v4()) continue;
    if (rows[i - 1].prefix.length < rows[i].prefix.length) return false;
  }
  return true;
}
static_assert(longer_come_before_shorter());

// RFC 6890 2.2.1: what is no destination is neither forwarded nor global.
consteval bool rows_agree_with_themselves() {
  for (const AddressKind& row : rows) {
    if (!row.may_be_destination && (row.may_be_forwarded || row.is_global)) return false;
  }
  return true;
}
static_assert(rows_agree_with_themselves());

// For each first octet, of IPv4 and of IPv6, the first row with a block in it: most addresses of
// packets are in none, or in the only one, and this says so at once.
constexpr std::uint8_t no_kind = 0xff;
static_assert(std::size(rows) < no_kind);
using FirstRows = std::array<std::uint8_t, 256>;
consteval FirstRows first_rows_by_octet(bool is_v4) {
  FirstRows result{};
  result.fill(no_kind);
  for (std::size_t row = std::size(rows); row-- > 0;) {
    const IpAddress address = rows[row].prefix.address;
    const unsigned length = rows[row].prefix.length;
    if (address.is_v4() != is_v4) continue;
    const unsigned octet = static_cast<unsigned>(
        is_v4 ? address.as_v4() >> 24 : static_cast<std::uint32_t>(address.high() >> 56));
    const unsigned count = length >= 8 ? 1 : 1u << (8 - length);
    for (unsigned i = 0; i < count; ++i) result[octet + i] = static_cast<std::uint8_t>(row);
  }
  return result;
}
constexpr FirstRows v4_rows = first_rows_by_octet(true);
constexpr FirstRows v6_rows = first_rows_by_octet(false);

bool is_dropped(const AddressKind& kind, Martians martians) {
  return kind.is_reserved || martians == Martians::all;
}

}  // namespace

std::span<const AddressKind> address_kinds() { return rows; }

const AddressKind* special_kind(IpAddress address) {
  const bool is_v4 = address.is_v4();
  const std::uint8_t first = is_v4 ? v4_rows[address.as_v4() >> 24] : v6_rows[address.high() >> 56];
  if (first == no_kind) return nullptr;
  for (std::size_t row = first; row < std::size(rows); ++row) {
    if (holds(rows[row], address)) return &rows[row];
  }
  return nullptr;
}

AddressScope address_scope(IpAddress address) {
  if (address.is_v4()) {
    // RFC 6724 3.2: private addresses are global; link-local and loopback ones are link-local.
    if (is_link_local(address) || is_loopback(address)) return AddressScope::link_local;
    if (!is_multicast(address)) return AddressScope::global;
    if ((address.as_v4() >> 8) == 0xe00000) return AddressScope::link_local;  // RFC 5771 4
    return (address.as_v4() >> 24) == 239 ? AddressScope::site_local : AddressScope::global;
  }
  if (is_multicast(address)) {
    const auto scope = static_cast<std::uint8_t>((address.high() >> 48) & 0xf);
    if (scope <= 1) return AddressScope::interface_local;
    return scope >= 14 ? AddressScope::global : static_cast<AddressScope>(scope);
  }
  // RFC 6724 3.1: the loopback address counts as link-local, unique local ones as global.
  if (is_link_local(address) || is_loopback(address)) return AddressScope::link_local;
  return (address.high() >> 54) == 0x3fb ? AddressScope::site_local : AddressScope::global;
}

bool is_martian_source(IpAddress address, Martians martians) {
  const AddressKind* kind = special_kind(address);
  if (kind == nullptr) return false;
  // RFC 1122 3.2.1.3: {0, 0} only while a host learns its own address.
  if (!kind->may_be_destination && kind->is_reserved) return true;
  return !kind->may_be_source && is_dropped(*kind, martians);
}

bool is_martian_destination(IpAddress address, Martians martians) {
  const AddressKind* kind = special_kind(address);
  return kind != nullptr && !kind->may_be_destination && is_dropped(*kind, martians);
}

bool may_be_forwarded(IpAddress source, IpAddress destination, Martians martians) {
  if (is_martian_source(source, martians)) return false;
  const AddressKind* from = special_kind(source);
  const AddressKind* to = special_kind(destination);
  // RFC 4291 2.5.6, RFC 3927 7: link-local addresses of either end stay on their link.
  if (from != nullptr && from->is_reserved && !from->may_be_forwarded) return false;
  return to == nullptr || to->may_be_forwarded || !is_dropped(*to, martians);
}

}  // namespace acksu
