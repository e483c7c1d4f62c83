// SipHash of input of any length.
#include "base/siphash.h"

namespace acksu {
namespace {

// Up to eight bytes as a little-endian number.
std::uint64_t load_le(Bytes bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) word = (word << 8) | bytes[i];
  return word;
}

template <int word_rounds, int end_rounds>
std::uint64_t hash_words(SipKey key, std::span<const std::uint64_t> words) {
  SipHash<word_rounds, end_rounds> hash{key};
  for (const std::uint64_t word : words) hash.add(word);
  return hash.finish();
}

}  // namespace

std::uint64_t siphash_2_4(SipKey key, Bytes bytes) {
  SipHash<2, 4> hash{key};
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) hash.add(load_le(bytes.first(8)));
  return hash.finish(load_le(bytes), static_cast<unsigned>(bytes.size()));
}

std::uint64_t siphash_1_3(SipKey key, std::span<const std::uint64_t> words) {
  return hash_words<1, 3>(key, words);
}

std::uint64_t siphash_2_4(SipKey key, std::span<const std::uint64_t> words) {
  return hash_words<2, 4>(key, words);
}

}  // namespace acksu
