// Sums of headers taken while they are read or written, and of pseudo headers (RFC 9293 3.1,
// RFC 768, RFC 8200 8.1). Words are 32 bits wide: modulo 0xffff their sum is that of 16-bit words.
#pragma once

#include <bit>
#include <cstdint>

#include "base/address.h"
#include "base/checksum.h"
#include "wire/reader.h"

namespace acksu::wire {

class HeaderSum {
 public:
  // A big-endian word of the header; at most 2^32 of them.
  constexpr void add(std::uint32_t word) { sum_ += word; }
  // The sum of some words.
  constexpr void add_all(std::uint64_t words) { sum_ += words; }
  // Only whole words: bytes.size() is a multiple of 4.
  constexpr void add_words(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += 4) add(load_be32(bytes.data() + at));
  }

  // 2^16 and 2^32 are 1 modulo 0xffff: each half is added to the other, and what is carried out of
  // the lower sum into the upper one is what the upper one has lost: these sums wrap on purpose.
  constexpr Sum folded() const {
    const auto sum = static_cast<std::uint32_t>((sum_ + std::rotl(sum_, 32)) >> 32);
    return Sum{static_cast<std::uint16_t>((sum + std::rotl(sum, 16)) >> 16)};
  }
  // Of a header with its checksum, or of all that one covers: whether it is right.
  constexpr bool is_whole() const { return sum_ % 0xffff == 0 && sum_ != 0; }

 private:
  std::uint64_t sum_ = 0;
};

// What the checksums of TCP and UDP cover besides their own bytes. One way for both families: the
// 0xffff in an IPv4-mapped address is a zero of one's complement, so what remains is the sum of the
// IPv4 address.
class PseudoHeader {
 public:
  constexpr PseudoHeader() = default;
  constexpr PseudoHeader(IpAddress source, IpAddress destination)
      : addresses_(source.sum_of_words() + destination.sum_of_words()), is_v4_(source.is_v4()) {}

  // Both addresses are known to be of IPv4: nothing but them needs to be summed.
  static constexpr PseudoHeader between_v4(IpAddress source, IpAddress destination) {
    PseudoHeader pseudo;
    pseudo.addresses_ = std::uint64_t{source.as_v4()} + destination.as_v4();
    pseudo.is_v4_ = true;
    return pseudo;
  }

  constexpr bool is_v4() const { return is_v4_; }

  // `length_bytes` of header and text.
  constexpr void add_to(HeaderSum& sum, std::uint8_t protocol, std::uint32_t length_bytes) const {
    sum.add_all(addresses_ + protocol + length_bytes);
  }

 private:
  std::uint64_t addresses_ = 0;
  bool is_v4_ = false;
};

}  // namespace acksu::wire
