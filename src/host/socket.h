// Names and options of sockets, and what a host tells their owner.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/error.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/frame.h"
#include "tcp/connection_options.h"

namespace acksu {

enum class SocketKind : std::uint8_t { connection, listener, udp, raw };

// The name of a socket. Once the socket is closed the name is dead for ever: calls answer
// `Error::bad_handle`.
struct Handle {
  static constexpr std::uint32_t no_index = 0xffff'ffff;
  std::uint32_t index = no_index;
  std::uint32_t generation = 0;
  SocketKind kind = SocketKind::connection;

  constexpr explicit operator bool() const { return index != no_index; }
  constexpr auto operator<=>(const Handle&) const = default;
};

// What happened to a socket since its owner was last told. Several may be set.
struct Readiness {
  static constexpr std::uint8_t readable = 1;    // text, a datagram or the end can be read
  static constexpr std::uint8_t writable = 2;    // there is room to write again
  static constexpr std::uint8_t acceptable = 4;  // a listener has a connection to accept
  // The same bit of a connection: the peer has urgent text, or more of it (RFC 9293 3.8.5), which
  // may not have arrived yet; `info().rcv.urgent_bytes` says how far it reaches.
  static constexpr std::uint8_t urgent = 4;
  static constexpr std::uint8_t connected = 8;  // an active open has succeeded
  static constexpr std::uint8_t ended =
      16;  // the peer has closed its side; unread text may still be there
  static constexpr std::uint8_t failed = 32;  // the connection is over; `Host::error_of` says why
  static constexpr std::uint8_t all_acked =
      64;  // everything written, and the FIN if closed, was acknowledged
  // Text was sent again and again without an answer, or ICMP said why (`Host::soft_error_of`): RFC
  // 9293 SHLD-9, MUST-47, SHLD-20.
  static constexpr std::uint8_t in_doubt = 128;
  std::uint8_t bits = 0;

  constexpr bool has(std::uint8_t bit) const { return (bits & bit) != 0; }
};

struct SocketEvent {
  Handle socket;
  Readiness readiness;
};

// Which of IPv4 and IPv6 a socket hears that is bound to any address.
enum class IpVersions : std::uint8_t { both, v4_only, v6_only };

constexpr bool includes(IpVersions versions, IpAddress address) {
  return versions == IpVersions::both || (versions == IpVersions::v4_only) == address.is_v4();
}

struct ListenOptions {
  std::uint32_t backlog = 0;  // connections ready and not yet accepted; 0: the host's default
  // Takes text of SYNs with a good cookie (RFC 7413) before the handshake is over, which may come
  // twice: at most so many such connections at a time; 0: no Fast Open.
  std::uint32_t fast_open_limit = 0;
  // Of its cookies, as `tcp::Settings::fast_open_key`; none: the host's.
  std::optional<SipKey> fast_open_key{};
  IpVersions versions = IpVersions::both;
  std::uint32_t most_mss = 0;  // text bytes of a segment, told and sent at most; 0: as the link has
  // Accepts connections only once they have text (or their end), until the SYN+ACK has been timed
  // so often (each time is twice as long as the one before); 0: at once.
  std::uint8_t deferral = 0;
  // The address need not be ours: nothing comes for it until it is.
  bool binds_freely = false;
  // Others that say so, too, may listen at the very same name: connections are spread over them by
  // a keyed hash of their names.
  bool shares_name = false;
};

struct ConnectOptions {
  std::optional<Endpoint> local;  // port 0: ephemeral (RFC 6056)
  // What is written before the next emit goes with the SYN, once a first connection has learned a
  // cookie of that server (RFC 7413). The server's application may get it twice.
  bool fast_open = false;
  std::uint32_t most_mss = 0;  // as that of ListenOptions
};

// Changed at any time by `Host::set_options`. Listeners pass theirs on to what they accept.
using tcp::ConnectionOptions;

// Given when a UDP socket is opened, or changed by `Host::set_udp_options`.
struct UdpOptions {
  // Hears only what comes by this link, and speaks by it whatever routes say; from 0.0.0.0 while
  // the host has no address there. Fixed when the socket is opened.
  std::optional<LinkId> link{};
  // With `link`: while it has no IPv4 address, hears what comes to its MAC address, whatever IP
  // address that is for. One of them may be being offered.
  bool hears_offers = false;
  bool allows_broadcast = false;
  bool dont_fragment = false;   // a datagram that is too long is an error, not fragments
  bool omits_checksum = false;  // RFC 1122 4.1.3.4; IPv4 only
  bool needs_checksum = false;  // drops datagrams without one
  bool binds_freely = false;    // as that of ListenOptions; nothing leaves from there either
  // Drops datagrams that came in fragments: a stranger can put a second one of his own behind the
  // first (RFC 8900 3.7).
  bool refuses_fragments = false;
  std::uint8_t ttl = 0;               // 0: the host's; 1 to a group (RFC 1112 section 6.1)
  std::uint32_t max_queue_bytes = 0;  // received and not yet read; 0: the host's
  IpVersions versions = IpVersions::both;
};

// What a socket asks of a name besides the name.
struct Binding {
  SocketKind kind;
  IpVersions versions;
  std::optional<LinkId> link{};  // the only one it hears
  bool is_free = false;          // the address need not be ours
};

// A multicast group on one link: the same address on another link is another group.
struct GroupName {
  IpAddress group;
  LinkId link = 0;
  bool operator==(const GroupName&) const = default;
};

// Where a datagram goes.
struct DatagramTarget {
  Endpoint remote;
  std::optional<IpAddress> source{};  // an address of ours; nothing: the socket's, or the route's
  std::optional<MacAddress> mac{};    // who is known to be there: nobody is asked (DHCP)
};

struct Datagram {
  Endpoint from;
  Endpoint to;
  std::uint32_t length = 0;  // bytes
  LinkId link = 0;           // by which it came
  std::uint8_t ttl = 0;      // that was left of it
  Instant received{};
};

// What ICMP said about a datagram (RFC 1122 4.1.3.3), or about a packet of a raw socket.
struct DatagramError {
  Error error = Error::none;    // port, host or network unreachable, ttl exceeded, message too long
  Endpoint remote;              // where it was sent; without a port if that was a raw socket
  IpAddress reporter;           // who says so
  std::uint32_t mtu_bytes = 0;  // of message_too_long, the next hop's; 0: not told
};

// What tells echo requests of one host apart (RFC 792).
struct EchoName {
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
};

// An answer to `Host::ping`.
struct EchoReply {
  IpAddress from;
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  std::uint32_t payload_bytes = 0;
  std::uint8_t ttl = 0;
  Instant received{};
};

}  // namespace acksu
