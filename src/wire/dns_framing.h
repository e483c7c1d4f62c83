// DNS messages in a stream, each behind its length in two octets (RFC 1035 section 4.2.2, RFC 7766
// section 8).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace acksu::wire {

inline std::vector<std::uint8_t> framed(const std::vector<std::uint8_t>& message) {
  std::vector<std::uint8_t> bytes(2);
  store_be16(bytes.data(), static_cast<std::uint16_t>(message.size()));
  bytes.insert(bytes.end(), message.begin(), message.end());
  return bytes;
}

// Holds at most one message that is not whole, and what came with its last octets.
class DnsFraming {
 public:
  void take(Bytes bytes) { held_.insert(held_.end(), bytes.begin(), bytes.end()); }
  // The next whole message.
  std::optional<std::vector<std::uint8_t>> next() {
    if (held_.size() < 2) return std::nullopt;
    const std::size_t whole = std::size_t{2} + load_be16(held_.data());
    if (held_.size() < whole) return std::nullopt;
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(whole);
    const std::vector<std::uint8_t> message(held_.begin() + 2, end);
    held_.erase(held_.begin(), end);
    return message;
  }
  Bytes held() const { return held_; }

 private:
  std::vector<std::uint8_t> held_;
};

}  // namespace acksu::wire
