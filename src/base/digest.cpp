// Mixing of words into a state.
#include "base/digest.h"

#include <algorithm>

namespace acksu {
namespace {

// A bijection in which every bit of the result depends on every bit of the word (the finaliser of
// splitmix64).
constexpr std::uint64_t scramble(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
  return word ^ (word >> 31);
}

}  // namespace

// Adding a constant keeps a run of zero words from standing still.
void Digest::add(std::uint64_t word) { state_ = scramble((state_ ^ word) + 0x9e3779b97f4a7c15ull); }

void Digest::add(Bytes bytes) {
  add(std::uint64_t{bytes.size()});
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), 8);
    std::uint64_t word = 0;
    for (std::size_t i = count; i-- > 0;) word = (word << 8) | bytes[i];
    add(word);
    bytes = bytes.subspan(count);
  }
}

std::uint64_t Digest::value() const { return state_; }

}  // namespace acksu
