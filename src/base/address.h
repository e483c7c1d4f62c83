// Addresses of the three layers. IPv4 addresses are held as IPv4-mapped IPv6 addresses (RFC 4291
// section 2.5.5.2), so that tables and connections know one kind only.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acksu {

struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  static constexpr MacAddress broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  constexpr bool is_group() const { return (octets[0] & 1) != 0; }
  constexpr auto operator<=>(const MacAddress&) const = default;
};

class IpAddress {
 public:
  constexpr IpAddress() = default;  // the unspecified address ::
  constexpr IpAddress(std::uint64_t high, std::uint64_t low)
      : words_{static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
               static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low)} {}

  static constexpr IpAddress v4(std::uint32_t value) {
    return {0, 0x0000'ffff'0000'0000ull | value};
  }
  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return v4((std::uint32_t{a} << 24) | (std::uint32_t{b} << 16) | (std::uint32_t{c} << 8) | d);
  }

  constexpr bool is_v4() const { return (halves()[0] | (words_[2] ^ 0xffff)) == 0; }
  constexpr std::uint32_t as_v4() const { return words_[3]; }
  constexpr std::uint64_t high() const { return (std::uint64_t{words_[0]} << 32) | words_[1]; }
  constexpr std::uint64_t low() const { return (std::uint64_t{words_[2]} << 32) | words_[3]; }
  // True for :: and 0.0.0.0, which mean "any address" when listening.
  constexpr bool is_any() const { return high() == 0 && (low() == 0 || low() == 0xffff'0000'0000); }

  // Of its four words of 32 bits, for checksums.
  constexpr std::uint64_t sum_of_words() const {
    return std::uint64_t{words_[0]} + words_[1] + words_[2] + words_[3];
  }

  constexpr bool operator==(const IpAddress& other) const { return difference(other) == 0; }
  constexpr auto operator<=>(const IpAddress&) const = default;
  // 0 for the same address.
  constexpr std::uint64_t difference(const IpAddress& other) const {
    const auto mine = halves(), theirs = other.halves();
    return (mine[0] ^ theirs[0]) | (mine[1] ^ theirs[1]);
  }

 private:
  // In whatever order: to compare.
  constexpr std::array<std::uint64_t, 2> halves() const {
    return std::bit_cast<std::array<std::uint64_t, 2>>(words_);
  }

  std::array<std::uint32_t, 4> words_{};  // 32 bits each: a four-tuple then has no padding
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  constexpr auto operator<=>(const Endpoint&) const = default;
};

// The name of a connection, seen from this end.
struct FourTuple {
  Endpoint local;
  Endpoint remote;
  constexpr auto operator<=>(const FourTuple&) const = default;
  // Asked for each segment, and nearly always true: all at once.
  constexpr bool operator==(const FourTuple& other) const {
    const auto ports = static_cast<std::uint32_t>(local.port ^ other.local.port) |
                       static_cast<std::uint32_t>(remote.port ^ other.remote.port);
    return (local.address.difference(other.local.address) |
            remote.address.difference(other.remote.address) | ports) == 0;
  }
};

// An address with the length of its network's prefix: 10.9.0.2/24.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;  // bits: 0..32 for IPv4, 0..128 for IPv6
  bool contains(IpAddress other) const;
  constexpr auto operator<=>(const Prefix&) const = default;
};

std::string to_string(const MacAddress& address);  // 02:00:00:00:00:01
std::string to_string(IpAddress address);          // 10.0.0.1, or RFC 5952 form
std::string to_string(const Endpoint& endpoint);   // 10.0.0.1:80, [2001:db8::1]:80
std::string to_string(const Prefix& prefix);       // 10.0.0.1/24

std::optional<MacAddress> parse_mac(std::string_view text);
std::optional<IpAddress> parse_ip(
    std::string_view text);  // strict: four decimal octets, or RFC 4291
std::optional<Prefix> parse_prefix(std::string_view text);
std::optional<Endpoint> parse_endpoint(std::string_view text);

}  // namespace acksu
