// An object kept as the words in which it differs from a model, another object of its type: many
// that are alike take little room like that. Bits are moved, not copied: what the object owns goes
// along, so nothing in it may point into it, and its destructor is to run where it is unfolded.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace acksu {

template <std::size_t bytes, std::uint32_t most_words>
class Folded {
 public:
  static_assert(bytes % 8 == 0 && bytes <= 512);
  using Image = std::array<unsigned char, bytes>;  // of an object

  // False: it differs in more words than there is room for, and nothing is known then.
  bool fold(const unsigned char* object, const Image& model) {
    std::uint32_t count = 0;
    differs_ = {};
    for (std::size_t at = 0; at < bytes; at += 8) {
      std::array<std::uint32_t, 2> ours, theirs;
      std::memcpy(ours.data(), object + at, 8);
      std::memcpy(theirs.data(), model.data() + at, 8);
      if (ours == theirs) continue;
      for (std::size_t i = 0; i < 2; ++i) {
        if (ours[i] == theirs[i]) continue;
        if (count == most_words) return false;
        words_[count++] = ours[i];
        differs_[at / 128] |= 1u << (at / 4 % 32 + i);
      }
    }
    return true;
  }

  void unfold(const Image& model, unsigned char* object) const {
    std::memcpy(object, model.data(), bytes);
    const std::uint32_t* next = words_.data();
    for (std::size_t part = 0; part < differs_.size(); ++part) {
      for (std::uint32_t left = differs_[part]; left != 0; left &= left - 1) {
        const auto word = part * 32 + static_cast<std::size_t>(std::countr_zero(left));
        std::memcpy(object + word * sizeof(std::uint32_t), next++, sizeof(std::uint32_t));
      }
    }
  }

 private:
  std::array<std::uint32_t, 4> differs_{};  // a bit a word
  std::array<std::uint32_t, most_words> words_{};
};

}  // namespace acksu
