// Sums of headers taken while they are read or written, and of pseudo headers (RFC 9293 3.1,
// RFC 768, RFC 8200 8.1). Words are 32 bits wide: modulo 0xffff their sum is that of 16-bit words.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/checksum.h"
#include "wire/reader.h"

namespace acksu::wire {

class HeaderSum {
 public:
  // A big-endian word of the header; at most 2^32 of them.
  constexpr void add(std::uint32_t word) { sum_ += word; }
  template <std::uint32_t count>
  constexpr void add(const Fixed<count>& header) {
    static_assert(count % 4 == 0);
    add_words(header.bytes());
  }
  // Only whole words: bytes.size() is a multiple of 4.
  constexpr void add_words(Bytes bytes) {
    Reader reader(bytes);
    while (reader.remaining() >= 4) add(reader.be32());
  }

  constexpr Sum folded() const {
    std::uint64_t sum = (sum_ & 0xffff'ffff) + (sum_ >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return Sum{static_cast<std::uint16_t>(sum)};
  }

 private:
  std::uint64_t sum_ = 0;
};

// What the checksums of TCP and UDP cover besides their own bytes.
struct PseudoHeader {
  IpAddress source;
  IpAddress destination;

  constexpr PseudoHeader reversed() const { return {destination, source}; }

  // `length_bytes` of header and text. One way for both families: the 0xffff in an IPv4-mapped
  // address is a zero of one's complement, so what remains is the sum of the IPv4 address.
  constexpr void add_to(HeaderSum& sum, std::uint8_t protocol, std::uint32_t length_bytes) const {
    add_to(sum, source);
    add_to(sum, destination);
    sum.add(protocol);
    sum.add(length_bytes);
  }

 private:
  static constexpr void add_to(HeaderSum& sum, IpAddress address) {
    sum.add(static_cast<std::uint32_t>(address.high() >> 32));
    sum.add(static_cast<std::uint32_t>(address.high()));
    sum.add(static_cast<std::uint32_t>(address.low() >> 32));
    sum.add(static_cast<std::uint32_t>(address.low()));
  }
};

}  // namespace acksu::wire
