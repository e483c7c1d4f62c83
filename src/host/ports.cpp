// The keyed order of ephemeral ports.
#include "host/ports.h"

#include <algorithm>

#include "base/assert.h"
#include "host/tuple.h"

namespace acksu {
namespace {

constexpr unsigned rounds = 6;

// The finaliser of splitmix64: here it need not be hard to invert, the key is a secret of this
// destination alone.
constexpr std::uint32_t mixed(std::uint64_t key, unsigned round, std::uint32_t value) {
  std::uint64_t word = key + ((std::uint64_t{round} << 32) | value) * 0x9e3779b97f4a7c15ull;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
  return static_cast<std::uint32_t>(word >> 32);
}

// (value + any 32 bits) modulo a small number, without a division.
constexpr std::uint32_t turned(std::uint32_t value, std::uint32_t by, std::uint32_t modulus) {
  const auto step = static_cast<std::uint32_t>((std::uint64_t{by} * modulus) >> 32);
  const std::uint32_t sum = value + step;
  return sum >= modulus ? sum - modulus : sum;
}

}  // namespace

EphemeralPorts::EphemeralPorts(SipKey key, std::uint16_t first, std::uint16_t last)
    : key_(key),
      first_(first),
      size_(std::uint32_t{last} - first + 1),
      rows_(1),
      last_hash_(siphash<1, 3>(key, FourTuple{})) {
  ACKSU_ASSERT(first > 0 && first <= last);
  while (rows_ * rows_ < size_) ++rows_;
  columns_ = (size_ + rows_ - 1) / rows_;
}

std::uint64_t EphemeralPorts::hash_of(const FourTuple& destination) {
  if (destination != last_hashed_) {
    last_hash_ = siphash<1, 3>(key_, destination);
    last_hashed_ = destination;
  }
  return last_hash_;
}

// Each round has an order of its own: who has seen one knows nothing about the next.
std::uint16_t EphemeralPorts::next(IpAddress local, const Endpoint& remote) {
  const std::uint64_t hash = hash_of({{local, 0}, remote});
  std::uint32_t& count = positions_[hash & (positions_.size() - 1)];
  const auto round = static_cast<std::uint16_t>(count / size_);
  const std::uint64_t key =
      round == 0 ? hash : siphash<1, 3>(key_, FourTuple{{local, round}, remote});
  const std::uint32_t offset = permuted(count % size_, key);
  const std::uint32_t whole_rounds = ~0u / size_ * size_;
  count = count + 1 == whole_rounds ? 0 : count + 1;
  return static_cast<std::uint16_t>(first_ + offset);
}

// A Feistel network on row and column; walks on while it stands outside of the range, which has
// fewer than rows_ places more.
std::uint32_t EphemeralPorts::permuted(std::uint32_t position, std::uint64_t key) const {
  do {
    std::uint32_t row = position / columns_;
    std::uint32_t column = position % columns_;
    for (unsigned round = 0; round < rounds; round += 2) {
      row = turned(row, mixed(key, round, column), rows_);
      column = turned(column, mixed(key, round + 1, row), columns_);
    }
    position = row * columns_ + column;
  } while (position >= size_);
  return position;
}

void EphemeralPorts::digest(Digest& digest) const {
  for (const std::uint32_t position : positions_) digest.add(std::uint64_t{position});
}

}  // namespace acksu
