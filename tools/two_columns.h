// A table that holds two things against each other, in English or Korean.
#pragma once

#include <cstdio>
#include <string>

#include "trace/text.h"

namespace acksu::tools {

class TwoColumns {
 public:
  explicit TwoColumns(bool is_korean) : is_korean_(is_korean) {}

  const char* say(const char* english, const char* korean) const {
    return is_korean_ ? korean : english;
  }
  std::string yes(bool is_true) const { return is_true ? say("yes", "예") : say("no", "아니요"); }
  static std::string time(Instant at, Instant from) {
    return at == never ? "-" : trace::fixed_milliseconds(Instant{at - from}) + " ms";
  }

  void line(const std::string& what, const std::string& first, const std::string& second) const {
    std::printf("  %s%s%s\n", trace::padded(what, 36).c_str(), right(first).c_str(),
                right(second).c_str());
  }
  static void paragraph(const std::string& words) {
    std::printf("\n");
    for (const std::string& line : trace::wrapped(words, 96)) std::printf("  %s\n", line.c_str());
  }

 private:
  static std::string right(const std::string& text) {
    const std::size_t width = trace::width_of(text);
    return std::string(width < 18 ? 18 - width : 0, ' ') + text;
  }

  bool is_korean_;
};

}  // namespace acksu::tools
