// Addresses as text and back. Printing follows RFC 5952; parsing takes the forms of RFC 4291
// section 2.2, and for IPv4 nothing but four decimal octets. Zone identifiers (RFC 4007) are left
// out.
#include "base/address.h"

#include <charconv>

namespace acksu {
namespace {

using Groups = std::array<std::uint16_t, 8>;

template <class Number>
void append_number(std::string& text, Number number, int base) {
  char digits[8];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, unsigned{number}, base);
  text.append(digits, end);
}

void append_hex_pair(std::string& text, std::uint8_t octet) {
  constexpr char digits[] = "0123456789abcdef";
  text += digits[octet >> 4];
  text += digits[octet & 15];
}

constexpr bool is_digit(char c, unsigned base) {
  if (c >= '0' && c <= '9') return true;
  return base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

// Takes a number of 1 to `most_digits` digits off the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, unsigned base,
                                         std::size_t most_digits) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count], base)) ++count;
  if (count == 0 || count > most_digits) return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + count, number, static_cast<int>(base));
  text.remove_prefix(count);
  return number;
}

// A decimal number without a leading zero, at most `largest`, at the front of `text`.
std::optional<std::uint32_t> take_decimal(std::string_view& text, std::uint32_t largest) {
  const bool leads_with_zero = text.starts_with('0');
  const std::size_t before = text.size();
  const auto number = take_number(text, 10, 5);
  if (!number || *number > largest) return std::nullopt;
  if (leads_with_zero && before - text.size() > 1) return std::nullopt;
  return number;
}

// The decimal number that is all of `text`.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t largest) {
  const auto number = take_decimal(text, largest);
  return text.empty() ? number : std::nullopt;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t value = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && !take_char(text, '.')) return std::nullopt;
    const auto number = take_decimal(text, 255);
    if (!number) return std::nullopt;
    value = (value << 8) | *number;
  }
  if (!text.empty()) return std::nullopt;
  return value;
}

// Some groups of IPv6 text between colons, as many as were there.
struct SomeGroups {
  Groups groups{};
  unsigned count = 0;

  bool add(std::uint32_t group) {
    if (count == groups.size()) return false;
    groups[count++] = static_cast<std::uint16_t>(group);
    return true;
  }
};

// "2001:db8:1", "" or, where `may_end_in_v4`, "ffff:10.0.0.1".
std::optional<SomeGroups> parse_groups(std::string_view text, bool may_end_in_v4) {
  SomeGroups result;
  if (text.empty()) return result;
  while (true) {
    if (may_end_in_v4 && text.find(':') == text.npos && text.find('.') != text.npos) {
      const auto v4 = parse_v4(text);
      if (!v4 || !result.add(*v4 >> 16) || !result.add(*v4 & 0xffff)) return std::nullopt;
      return result;
    }
    const auto group = take_number(text, 16, 4);
    if (!group || !result.add(*group)) return std::nullopt;
    if (text.empty()) return result;
    if (!take_char(text, ':')) return std::nullopt;
  }
}

IpAddress join(const Groups& groups) {
  std::uint64_t half[2] = {0, 0};
  for (unsigned i = 0; i < groups.size(); ++i) half[i / 4] = (half[i / 4] << 16) | groups[i];
  return {half[0], half[1]};
}

Groups split(IpAddress address) {
  Groups groups;
  for (unsigned i = 0; i < groups.size(); ++i) {
    const std::uint64_t half = i < 4 ? address.high() : address.low();
    groups[i] = static_cast<std::uint16_t>(half >> (48 - 16 * (i % 4)));
  }
  return groups;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == text.npos) {
    const auto all = parse_groups(text, true);
    if (!all || all->count != all->groups.size()) return std::nullopt;
    return join(all->groups);
  }
  const auto front = parse_groups(text.substr(0, gap), false);
  const auto back = parse_groups(text.substr(gap + 2), true);
  // RFC 4291 section 2.2: "::" stands for one or more groups of zeros.
  if (!front || !back || front->count + back->count >= 8) return std::nullopt;
  Groups groups = front->groups;
  for (unsigned i = 0; i < back->count; ++i) groups[8 - back->count + i] = back->groups[i];
  return join(groups);
}

struct Run {
  unsigned first = 0;
  unsigned count = 0;
};

// RFC 5952 section 4.2: the longest run of zero groups, the first of equal ones, and never a single
// group.
Run run_to_shorten(const Groups& groups) {
  Run best;
  Run current;
  for (unsigned i = 0; i < groups.size(); ++i) {
    if (groups[i] != 0) {
      current = {i + 1, 0};
      continue;
    }
    ++current.count;
    if (current.count > best.count) best = current;
  }
  return best.count >= 2 ? best : Run{8, 0};
}

std::string v4_to_string(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    append_number(text, static_cast<std::uint8_t>(value >> shift), 10);
    if (shift > 0) text += '.';
  }
  return text;
}

std::string v6_to_string(IpAddress address) {
  const Groups groups = split(address);
  const Run gap = run_to_shorten(groups);
  std::string text;
  for (unsigned i = 0; i < groups.size(); ++i) {
    if (i == gap.first) {
      text += "::";
      i += gap.count - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_number(text, groups[i], 16);
  }
  return text;
}

// The upper `count` bits set.
constexpr std::uint64_t upper_bits(unsigned count) {
  if (count == 0) return 0;
  return count >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - count);
}

}  // namespace

bool Prefix::contains(IpAddress other) const {
  if (address.is_v4() != other.is_v4()) return false;
  const unsigned bits = address.is_v4() ? 96u + length : length;
  const std::uint64_t high_mask = upper_bits(bits);
  const std::uint64_t low_mask = bits > 64 ? upper_bits(bits - 64) : 0;
  return ((address.high() ^ other.high()) & high_mask) == 0 &&
         ((address.low() ^ other.low()) & low_mask) == 0;
}

std::string to_string(const MacAddress& address) {
  std::string text;
  for (const std::uint8_t octet : address.octets) {
    if (!text.empty()) text += ':';
    append_hex_pair(text, octet);
  }
  return text;
}

std::string to_string(IpAddress address) {
  return address.is_v4() ? v4_to_string(address.as_v4()) : v6_to_string(address);
}

std::string to_string(const Endpoint& endpoint) {
  std::string text = to_string(endpoint.address);
  if (!endpoint.address.is_v4()) text = '[' + text + ']';  // RFC 5952 section 6
  text += ':';
  append_number(text, endpoint.port, 10);
  return text;
}

std::string to_string(const Prefix& prefix) {
  std::string text = to_string(prefix.address) + '/';
  append_number(text, prefix.length, 10);
  return text;
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress address;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < address.octets.size(); ++i) {
    if (i > 0 && !take_char(text, ':')) return std::nullopt;
    std::string_view pair = text.substr(0, 2);
    const auto octet = take_number(pair, 16, 2);
    if (!octet || !pair.empty()) return std::nullopt;
    address.octets[i] = static_cast<std::uint8_t>(*octet);
    text.remove_prefix(2);
  }
  return address;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find(':') != text.npos) return parse_v6(text);
  const auto value = parse_v4(text);
  if (!value) return std::nullopt;
  return IpAddress::v4(*value);
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = parse_decimal(text.substr(slash + 1), address->is_v4() ? 32 : 128);
  if (!length) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool is_bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  // Brackets belong to IPv6 and only to IPv6.
  if (is_bracketed != (host.find(':') != host.npos)) return std::nullopt;
  const auto address = parse_ip(host);
  const auto port = parse_decimal(text.substr(colon + 1), 65535);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

}  // namespace acksu
