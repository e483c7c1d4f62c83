// IPv6 addresses inside headers, and what kinds of addresses there are (RFC 4291 section 2.4).
#pragma once

#include "base/address.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

template <std::uint32_t offset, std::uint32_t count>
constexpr IpAddress ipv6_at(const Fixed<count>& header) {
  const std::uint64_t high =
      std::uint64_t{header.template be32<offset>()} << 32 | header.template be32<offset + 4>();
  return {high, std::uint64_t{header.template be32<offset + 8>()} << 32 |
                    header.template be32<offset + 12>()};
}

template <std::uint32_t offset, std::uint32_t count>
constexpr void put_ipv6_at(const FixedRoom<count>& header, IpAddress address) {
  header.template be32<offset>(static_cast<std::uint32_t>(address.high() >> 32));
  header.template be32<offset + 4>(static_cast<std::uint32_t>(address.high()));
  header.template be32<offset + 8>(static_cast<std::uint32_t>(address.low() >> 32));
  header.template be32<offset + 12>(static_cast<std::uint32_t>(address.low()));
}

// The next 16 bytes; :: and a failed reader when they are not all there.
constexpr IpAddress read_ipv6(Reader& reader) { return ipv6_at<0>(reader.take<16>()); }
constexpr void write_ipv6(Writer& writer, IpAddress address) {
  put_ipv6_at<0>(writer.take<16>(), address);
}

// ff00::/8 and 224.0.0.0/4.
constexpr bool is_multicast(IpAddress address) {
  return address.is_v4() ? address.as_v4() >> 28 == 0xe : address.high() >> 56 == 0xff;
}
// fe80::/10.
// RFC 4291 2.7.1: everybody on the link, and the routers there.
inline constexpr IpAddress all_systems_v4 = IpAddress::v4(224, 0, 0, 1);
inline constexpr IpAddress all_nodes_v6{0xff02'0000'0000'0000, 1};
inline constexpr IpAddress all_routers_v6{0xff02'0000'0000'0000, 2};
constexpr bool is_link_local_v6(IpAddress address) { return address.high() >> 54 == 0xfe80 >> 6; }

// RFC 4291 2.7.1: ff02::1:ffXX:XXXX, where those with the same last 24 bits listen.
constexpr IpAddress solicited_node_group(IpAddress address) {
  return {0xff02'0000'0000'0000, 0x0000'0001'ff00'0000 | (address.low() & 0xff'ffff)};
}
// RFC 2464 7: the MAC address of an IPv6 group.
constexpr MacAddress mac_of_group_v6(IpAddress group) {
  const auto octet = [&](unsigned shift) {
    return static_cast<std::uint8_t>(group.low() >> shift);
  };
  return {{0x33, 0x33, octet(24), octet(16), octet(8), octet(0)}};
}
// RFC 1112 6.4: the MAC address of an IPv4 group.
constexpr MacAddress mac_of_group_v4(IpAddress group) {
  const auto octet = [&](unsigned shift) {
    return static_cast<std::uint8_t>(group.as_v4() >> shift);
  };
  return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(octet(16) & 0x7f), octet(8), octet(0)}};
}

}  // namespace acksu::wire
