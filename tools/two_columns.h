// Lines of a table that holds two things against each other.
#pragma once

#include <cstdio>
#include <string>

#include "trace/text.h"

namespace acksu::tools {

inline void print_two_columns(const std::string& what, const std::string& first,
                              const std::string& second) {
  const auto right = [](const std::string& text) {
    const std::size_t width = trace::width_of(text);
    return std::string(width < 18 ? 18 - width : 0, ' ') + text;
  };
  std::printf("  %s%s%s\n", trace::padded(what, 36).c_str(), right(first).c_str(),
              right(second).c_str());
}

inline void print_indented(const std::string& words) {
  std::printf("\n");
  for (const std::string& line : trace::wrapped(words, 96)) std::printf("  %s\n", line.c_str());
}

}  // namespace acksu::tools
