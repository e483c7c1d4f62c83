// How large a buffer of a connection is: always the same, or as large as its path asks for.
#pragma once

#include <cstdint>

namespace acksu::tcp {

struct BufferSize {
  std::uint32_t first = 0;  // bytes, to begin with
  std::uint32_t most = 0;   // what it may grow to

  // One number is a size that stays.
  constexpr BufferSize(std::uint32_t bytes) : first(bytes), most(bytes) {}
  constexpr BufferSize(std::uint32_t first_bytes, std::uint32_t most_bytes)
      : first(first_bytes), most(most_bytes) {}

  constexpr bool grows() const { return most > first; }
  constexpr bool operator==(const BufferSize&) const = default;
};

}  // namespace acksu::tcp
