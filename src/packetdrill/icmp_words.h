// What scripts call the types and codes of ICMP and ICMPv6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acksu::packetdrill {

struct IcmpNumbers {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  constexpr bool operator==(const IcmpNumbers&) const = default;
};

// Nothing: no such words in that version. `code` may be empty: 0.
std::optional<IcmpNumbers> icmp_numbers(bool is_v4, std::string_view type, std::string_view code);

struct IcmpWords {
  std::string type;
  std::string code;  // empty: the type says it all
};

// Numbers as text, where nobody calls them anything.
IcmpWords icmp_words(bool is_v4, IcmpNumbers numbers);

}  // namespace acksu::packetdrill
