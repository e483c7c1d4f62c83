// The words of opened frames, in English and Korean, by key.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wire/print.h"

namespace acksu::wire {

struct Words {
  std::string_view key;
  std::string_view english_name;
  std::string_view korean_name;
  std::string_view english_meaning;  // may be empty
  std::string_view korean_meaning;
};

// All of them.
std::span<const Words> all_words();
// The name of a layer or a field; the key itself when it has none.
std::string_view word_name(std::string_view key, Language language);
// What a field or a value means; empty when there is nothing to say.
std::string_view word_meaning(std::string_view key, Language language);

}  // namespace acksu::wire
