// What all fuzz targets share: a target is a file that defines LLVMFuzzerTestOneInput, libFuzzer's
// entry. It feeds one format's readers with the input and checks what they promise; a broken
// promise ends the program.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/drop.h"
#include "wire/header_sum.h"
#include "wire/print.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace acksu::fuzz {

using Octets = std::vector<std::uint8_t>;

inline const wire::PseudoHeader ends_v4{IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 2)};
inline const IpAddress source_v6{0xfe80'0000'0000'0000, 1},
    destination_v6{0xfe80'0000'0000'0000, 2};
inline const wire::PseudoHeader ends_v6{source_v6, destination_v6};

// The bytes in a block of exactly their size, so that a sanitizer sees who looks past them.
class Input {
 public:
  explicit Input(Bytes bytes) : bytes_(bytes.begin(), bytes.end()) { bytes_.shrink_to_fit(); }
  Bytes bytes() const { return bytes_; }

 private:
  Octets bytes_;
};

// An input taken piece by piece: what a target with a state does next. Behind its end all is zero.
class Choices {
 public:
  explicit Choices(Bytes bytes) : left_(bytes) {}

  bool is_done() const { return left_.empty(); }
  std::uint8_t octet() {
    if (left_.empty()) return 0;
    const std::uint8_t octet = left_.front();
    left_ = left_.subspan(1);
    return octet;
  }
  Bytes bytes(std::size_t most) {
    const Bytes bytes = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(bytes.size());
    return bytes;
  }

 private:
  Bytes left_;
};

// The same in two slices, cut at `at`; nothing is promised about the bytes around them.
inline BufferChain chain_of(BufferPool& pool, Bytes bytes, std::size_t at) {
  at = std::min(at, bytes.size());
  BufferChain chain;
  if (at > 0) chain.append(pool.copy_of(bytes.first(at)));
  if (at < bytes.size()) chain.append(pool.copy_of(bytes.subspan(at)));
  return chain;
}
inline BufferChain chain_of(BufferPool& pool, Bytes bytes) {
  return chain_of(pool, bytes, bytes.size());
}

// Every field that is shown lies inside of what was opened.
inline void check_places(const std::vector<wire::Layer>& layers, std::size_t size) {
  for (const wire::Layer& layer : layers) {
    ACKSU_ASSERT(layer.offset + layer.length <= size);
    for (const wire::Field& field : layer.fields) ACKSU_ASSERT(field.offset + field.length <= size);
  }
}

inline void print_packet(Bytes packet) {
  check_places(wire::open_packet(packet), packet.size());
  check_places(wire::open_packet(packet, wire::Language::korean), packet.size());
  ACKSU_ASSERT(!wire::summary_of_packet(packet).empty());
}

}  // namespace acksu::fuzz
