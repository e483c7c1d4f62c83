// Names and options of raw sockets: which packets they hear, and how theirs are sent.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/address.h"
#include "host/frame.h"

namespace acksu {

enum class IpVersion : std::uint8_t { v4, v6 };

// Which packets a raw socket is about.
struct RawName {
  IpVersion version = IpVersion::v4;
  std::uint8_t protocol = 0;  // of IP; of IPv6 what stands behind the extension headers
  IpAddress local{};          // any: all addresses of the host
};

// Types of ICMP or ICMPv6 messages that a raw socket hears (RFC 3542 3.2).
class IcmpTypes {
 public:
  static constexpr IcmpTypes all() { return IcmpTypes(~std::uint64_t{0}); }
  static constexpr IcmpTypes only(std::initializer_list<std::uint8_t> types) {
    IcmpTypes result(0);
    for (const std::uint8_t type : types) result.words_[type / 64u] |= bit(type);
    return result;
  }
  constexpr bool has(std::uint8_t type) const { return (words_[type / 64u] & bit(type)) != 0; }

 private:
  explicit constexpr IcmpTypes(std::uint64_t word) : words_{word, word, word, word} {}
  static constexpr std::uint64_t bit(std::uint8_t type) { return std::uint64_t{1} << (type % 64u); }

  std::array<std::uint64_t, 4> words_;
};

// Given when a raw socket is opened, or changed by `Host::set_raw_options`.
struct RawOptions {
  // Hears only what comes by this link, and speaks by it whatever routes say. Fixed when the socket
  // is opened.
  std::optional<LinkId> link{};
  // Packets are read and written with all headers of IP. Of what is written, the host sets the
  // checksum of IPv4, and a source or an identification that is zero; it cuts nothing.
  bool has_header = false;
  bool allows_broadcast = false;
  bool dont_fragment = false;      // a packet that is too long is an error, not fragments
  std::uint8_t ttl = 0;            // 0: the host's; 1 to a group
  std::uint8_t traffic_class = 0;  // of IPv6; of IPv4 its TOS
  IcmpTypes icmp_types = IcmpTypes::all();
  // Where in the payload the Internet checksum stands, an even number: the host sets it, and drops
  // what comes with a wrong one (RFC 3542 3.1). Over IPv6 it covers the pseudo header too. Of ICMP
  // and ICMPv6 it is always set, but not in what is written with its header.
  std::optional<std::uint16_t> checksum_offset{};
  std::uint32_t max_queue_bytes = 0;  // received and not yet read; 0: the host's
};

// Where a packet of a raw socket goes.
struct RawTarget {
  IpAddress remote{};
  std::optional<IpAddress> source{};  // an address of ours; nothing: the socket's, or the route's
};

// A packet that a raw socket has heard.
struct RawPacket {
  IpAddress from;
  IpAddress to;
  std::uint32_t length = 0;  // bytes, with the header where the socket wants it
  LinkId link = 0;           // by which it came
  std::uint8_t ttl = 0;      // that was left of it
  std::uint8_t traffic_class = 0;
};

}  // namespace acksu
