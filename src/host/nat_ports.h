// The ports (or ICMP identifiers) of one external address and one protocol, a bit each. Who asks
// for a port gets the one it has inside where that is free and wanted, else a random one (RFC 6056)
// of the same range and parity (RFC 4787 REQ-3, REQ-4).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/box.h"
#include "base/siphash.h"

namespace acksu {

struct PortWish {
  std::uint16_t inside = 0;  // the port that the flow has inside
  bool keeps_inside = true;  // when it is free
  bool is_query = false;     // an ICMP identifier: neither range nor parity mean anything
};

class NatPorts {
 public:
  // Nothing: all that may be used are in use. Calls with the same key and number draw alike.
  std::optional<std::uint16_t> take(const PortWish& wish, SipKey key, std::uint64_t number);
  // Takes exactly that one. False: it is in use.
  bool take_exactly(std::uint16_t port);
  void release(std::uint16_t port);

  bool is_free(std::uint16_t port) const;
  std::uint32_t in_use() const { return in_use_; }

 private:
  static constexpr std::size_t words = 65536 / 64;
  struct Bits {
    std::array<std::uint64_t, NatPorts::words> of{};  // set: in use
  };
  struct Range {
    std::uint16_t first;
    std::uint16_t last;
    std::uint64_t parity;  // of a word's bits, which may be used
  };

  std::optional<std::uint16_t> draw(const Range& range, SipKey key, std::uint64_t number) const;
  std::optional<std::uint16_t> scan(const Range& range, std::uint16_t from) const;

  Box<Bits> bits_;  // made with the first port
  std::uint32_t in_use_ = 0;
};

}  // namespace acksu
