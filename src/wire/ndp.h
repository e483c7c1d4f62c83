// Neighbour discovery for IPv6 over Ethernet (RFC 4861): solicitations, advertisements and
// redirects with their options: link-layer addresses, prefixes, MTU, resolvers (RFC 8106) and
// nonces (RFC 3971 section 5.3.2, RFC 7527). Other options are skipped. No secure discovery.
//
// Each `read` takes an ICMPv6 message of its type whose checksum was verified, and checks what
// RFC 4861 has checked before a message may have any effect.
// Drops: ndp_bad_hop_limit, ndp_bad_code, ndp_malformed, ndp_bad_option, ndp_bad_source,
// ndp_bad_destination, ndp_bad_target, ndp_fragmented.
//
// Each `write` writes a whole ICMPv6 message with its checksum and returns its bytes; the room is
// at least `largest_ndp_message` bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "wire/icmpv6.h"

namespace acksu::wire {

inline constexpr std::uint8_t ndp_hop_limit = 255;          // sent with, and checked
inline constexpr std::uint32_t largest_ndp_message = 1240;  // bytes: fits the least MTU

// The packet that carried a message.
struct NdpCarrier {
  IpAddress source;
  IpAddress destination;
  std::uint8_t hop_limit = 0;
  bool was_fragmented = false;
};

// At most `capacity` of a kind; what is beyond is not taken (a bound for floods).
template <class T, std::uint32_t capacity>
struct Few {
  std::array<T, capacity> items{};
  std::uint32_t count = 0;

  constexpr void add(const T& item) {
    if (count < capacity) items[count++] = item;
  }
  constexpr const T* begin() const { return items.data(); }
  constexpr const T* end() const { return items.data() + count; }
  constexpr bool operator==(const Few&) const = default;
};

struct PrefixInformation {  // RFC 4861 4.6.2
  Prefix prefix;
  bool is_on_link = false;
  bool is_for_addresses = false;  // "autonomous": hosts may make addresses of it
  Duration valid{};               // `forever` for infinity
  Duration preferred{};
  constexpr bool operator==(const PrefixInformation&) const = default;
};

struct Resolvers {  // RFC 8106 5.1
  Few<IpAddress, 3> addresses;
  Duration lifetime{};
  constexpr bool operator==(const Resolvers&) const = default;
};

using Nonce = std::array<std::uint8_t, 6>;  // RFC 7527 4.1

struct RouterSolicitation {
  std::optional<MacAddress> source_mac;
  constexpr bool operator==(const RouterSolicitation&) const = default;
};

struct RouterAdvertisement {
  std::uint8_t hop_limit = 0;  // for packets of hosts; 0: not said
  bool is_managed = false;     // addresses by DHCPv6
  bool has_other = false;      // other things by DHCPv6
  Duration lifetime{};         // as default router; 0: it is none
  Duration reachable{};        // 0: not said
  Duration retransmit{};       // 0: not said
  std::optional<MacAddress> source_mac;
  std::optional<std::uint32_t> mtu;  // bytes, as told: the caller judges it
  Few<PrefixInformation, 16> prefixes;
  Few<Resolvers, 2> resolvers;
  constexpr bool operator==(const RouterAdvertisement&) const = default;
};

struct NeighbourSolicitation {
  IpAddress target;
  std::optional<MacAddress> source_mac;
  std::optional<Nonce> nonce;
  constexpr bool operator==(const NeighbourSolicitation&) const = default;
};

struct NeighbourAdvertisement {
  IpAddress target;
  bool is_router = false;
  bool is_solicited = false;
  bool overrides = false;
  std::optional<MacAddress> target_mac;
  constexpr bool operator==(const NeighbourAdvertisement&) const = default;
};

struct Redirect {
  IpAddress target;       // the better next hop, or the destination itself: it is on this link
  IpAddress destination;  // of the packets it is about
  std::optional<MacAddress> target_mac;
  BufferChain quote;  // the packet that caused it, as far as it fits; may be empty
};

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, RouterSolicitation& out);
Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, RouterAdvertisement& out);
Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, NeighbourSolicitation& out);
Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, NeighbourAdvertisement& out);
Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, Redirect& out);

std::uint32_t write(const RouterSolicitation& ndp, const PseudoHeader& pseudo, MutableBytes room);
std::uint32_t write(const RouterAdvertisement& ndp, const PseudoHeader& pseudo, MutableBytes room);
std::uint32_t write(const NeighbourSolicitation& ndp, const PseudoHeader& pseudo,
                    MutableBytes room);
std::uint32_t write(const NeighbourAdvertisement& ndp, const PseudoHeader& pseudo,
                    MutableBytes room);
std::uint32_t write(const Redirect& ndp, const PseudoHeader& pseudo, MutableBytes room);

}  // namespace acksu::wire
