// The packets by which PPP's ends agree: LCP (RFC 1661 section 5), IPCP (RFC 1332) and IPV6CP
// (RFC 5072), which share one form. What is not understood is kept as it came, to be rejected.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/drop.h"
#include "wire/ppp_frame.h"

namespace acksu::wire {

enum class PppCode : std::uint8_t {
  configure_request = 1,
  configure_ack = 2,
  configure_nak = 3,
  configure_reject = 4,
  terminate_request = 5,
  terminate_ack = 6,
  code_reject = 7,
  protocol_reject = 8,  // from here on only of LCP
  echo_request = 9,
  echo_reply = 10,
  discard_request = 11,
};

struct LcpOption {
  static constexpr std::uint8_t mru = 1, control_map = 2, authentication = 3, quality = 4,
                                magic = 5, compress_protocol = 7, compress_address = 8;
};
struct IpcpOption {
  static constexpr std::uint8_t addresses = 1,  // of both ends; no longer used
      compression = 2, address = 3, first_name_server = 129,
                                second_name_server = 131;  // RFC 1877
};
struct Ipv6cpOption {
  static constexpr std::uint8_t interface_id = 1;
};

// One option. Those that we know are numbers of 0, 2, 4 or 8 octets.
struct PppOption {
  std::uint8_t type = 0;
  std::vector<std::uint8_t> data;

  static PppOption number(std::uint8_t type, std::uint64_t value, std::size_t octets);
  // Its value; nothing unless it has exactly that many octets (at most 8).
  std::optional<std::uint64_t> number(std::size_t octets) const;
  bool operator==(const PppOption&) const = default;
};

struct PppControl {
  static constexpr std::uint32_t header_bytes = 4;

  PppCode code = PppCode::configure_request;
  std::uint8_t id = 0;
  std::vector<PppOption> options{};     // of the four Configure codes
  std::uint16_t rejected_protocol = 0;  // of Protocol-Reject
  std::uint32_t magic = 0;              // of Echo and Discard
  std::vector<std::uint8_t> data{};     // of all but the Configure codes: what follows

  bool has_options() const { return code <= PppCode::configure_reject; }
  bool has_magic() const { return code >= PppCode::echo_request; }
  bool operator==(const PppControl&) const = default;
};

// RFC 1332 section 2 and RFC 5072 section 3: network protocols use codes 1 to 7.
bool is_known_code(std::uint16_t protocol, std::uint8_t code);

// Reads the information of a frame of `protocol`; padding behind the packet is ignored. Drops:
// ppp_malformed, ppp_bad_option (its length runs past the end, or is less than its own header),
// ppp_unknown_code (`out` has its id, and all that follows as data).
Drop read(Bytes information, std::uint16_t protocol, PppControl& out);
std::vector<std::uint8_t> to_bytes(const PppControl& packet);

}  // namespace acksu::wire
