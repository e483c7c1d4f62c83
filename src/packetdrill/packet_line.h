// A packet as a script speaks of it: what it names is filled in when the peer sends it, and
// compared when the host is expected to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/segment.h"

namespace acksu::packetdrill {

// An option of TCP as it stands in a header. Sequence numbers and time stamps in it are a script's.
struct TcpOption {
  enum Number : std::uint8_t {
    eol = 0,
    nop = 1,
    mss = 2,
    window_scale = 3,
    sack_permitted = 4,
    sack = 5,
    timestamps = 8,
    md5 = 19,
    fast_open = 34,
    acc_ecn_0 = 172,
    acc_ecn_1 = 174,
    experiment = 254  // 0xf989: Fast Open (RFC 7413 4.1.1, RFC 6994)
  };

  std::uint8_t kind = nop;
  std::vector<std::uint8_t> data{};  // behind its length
  bool operator==(const TcpOption&) const = default;
};

using TcpOptions = std::vector<TcpOption>;

inline constexpr std::uint16_t fast_open_experiment = 0xf989;

struct TcpLine {
  std::uint16_t source_port = 0;  // 0: the connection's
  std::uint16_t destination_port = 0;
  Flags flags;
  bool has_ace = false;  // AE, CWR and ECE are one number, and compared as one
  std::uint32_t seq = 0;
  std::uint32_t bytes = 0;
  bool is_anywhere = false;  // `seq` is not compared; a SYN there begins at 0
  std::uint32_t ack = 0;
  std::optional<std::uint16_t> window;
  std::uint16_t urgent_pointer = 0;
  std::optional<TcpOptions> options{TcpOptions{}};  // nothing: whatever there is
};

struct UdpLine {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t bytes = 0;
};

// What an ICMP error quotes.
struct Quote {
  enum class Protocol : std::uint8_t { tcp, udp, raw };
  Protocol protocol = Protocol::tcp;
  std::uint32_t seq = 0;
  std::uint32_t bytes = 0;
};

struct IcmpLine {
  std::string type;  // unreachable, time_exceeded ...
  std::string code;  // frag_needed; empty: 0
  std::optional<std::uint32_t> mtu;
  std::uint16_t echo_id = 0;
  Quote quote;
};

// Of the IP header around it.
struct IpFields {
  enum class Tos : std::uint8_t { any, ecn, ect, all };
  Tos tos_check = Tos::any;  // which bits of `tos` are meant; ect: ECT(0) or ECT(1)
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;                     // 0: not named
  std::optional<std::uint32_t> flow_label;  // of IPv6
};

// One more header around a packet.
struct OuterHeader {
  IpFields fields;
  IpAddress source;
  IpAddress destination;
};

struct PacketLine {
  bool is_from_host = false;
  std::vector<OuterHeader> outer{};  // the outermost first
  IpFields ip{};
  std::variant<TcpLine, UdpLine, IcmpLine> content{};
};

}  // namespace acksu::packetdrill
