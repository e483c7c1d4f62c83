// Domain names (RFC 1035 section 3.1, RFC 2181 section 11): any octets in labels, compared without
// case (RFC 4343), kept as they were spelled. Left out on purpose: internationalised names (the
// caller gives their ASCII form).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

class DnsName {
 public:
  static constexpr std::size_t max_octets = 255;       // with lengths and the root's zero
  static constexpr std::size_t max_label_octets = 63;  // without its length

  DnsName() = default;  // the root

  // "www.example.com", with or without a dot at its end; "\." and "\\" are plain octets, "\123" is
  // the octet of that decimal number. "." is the root. Nothing for what is no name.
  static std::optional<DnsName> parse(std::string_view text);
  // The name under which RFC 1035 section 3.5 (in-addr.arpa) and RFC 3596 section 2.5 (ip6.arpa)
  // keep the name of an address.
  static DnsName of_address(IpAddress address);

  // Reads a name that starts at `position` of a message and sets `position` behind it. Pointers
  // may only lead backwards, and not into the header. Drops: dns_truncated, dns_bad_name; then
  // neither argument is of use.
  static Drop read(Bytes message, std::size_t& position, DnsName& out);

  // Length and octets of each label, and the root's zero.
  Bytes octets() const {
    return {reinterpret_cast<const std::uint8_t*>(wire_.data()), wire_.size()};
  }
  bool is_root() const { return wire_.size() == 1; }
  std::size_t labels() const;  // without the root
  // Without the first label; the root stays the root.
  DnsName parent() const;
  // "www" and "example.com" is "www.example.com"; nothing when that is too long.
  std::optional<DnsName> within(const DnsName& domain) const;
  // True for the zone itself and for all below it.
  bool is_in(const DnsName& zone) const;
  // In lower case.
  DnsName folded() const;
  // The same name with the case of each letter chosen by one bit of `bits`, used again and again.
  DnsName spelled_by(std::uint64_t bits) const;
  bool is_spelled_like(const DnsName& other) const { return wire_ == other.wire_; }

  bool operator==(const DnsName& other) const;
  std::weak_ordering operator<=>(const DnsName& other) const;

 private:
  bool add_label(std::string_view label);  // before the root's zero

  std::string wire_ = std::string(1, '\0');
};

// As parse() reads it, without a dot at its end; "." for the root.
std::string to_string(const DnsName& name);

}  // namespace acksu::wire
