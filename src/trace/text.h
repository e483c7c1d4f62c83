// Text for people in a terminal: how wide it is, numbers with groups of digits, and a row of cells
// that is painted piece by piece. Colours are escape codes that only `Row::print` knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "wire/print.h"

namespace acksu::trace {

using wire::Language;

// One of two phrases.
inline const char* say(Language language, const char* english, const char* korean) {
  return language == Language::korean ? korean : english;
}

// The next code point of UTF-8 text; `at` moves behind it. A broken byte counts as itself.
char32_t next_code_point(std::string_view text, std::size_t& at);
// Terminal columns: Hangul and other wide characters take two, combining marks none.
std::size_t width_of(char32_t code_point);
std::size_t width_of(std::string_view text);
// As much of the front as fits into `columns`.
std::string_view cut_to_width(std::string_view text, std::size_t columns);
// With spaces behind, up to `columns`.
std::string padded(std::string_view text, std::size_t columns);
// Breaks text at spaces into lines of at most `columns`.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

std::string grouped(std::uint64_t number);  // 17,520
std::string grouped_signed(std::int64_t number);
std::string fixed_milliseconds(Instant at);     // "1.042 ms", "3,000.000 ms"
std::string short_duration(Duration duration);  // "60 s", "200 ms", "1.5 ms", "40 us"

enum class Style : std::uint8_t {
  plain,
  faint,
  bold,
  open,
  close,
  text,
  bad,
  warning,
  note,
  link,
};
// The escape code that begins a style; empty for plain.
const char* escape_of(Style style);
std::string styled(std::string_view text, Style style, bool has_colour);

// One line of a drawing.
class Row {
 public:
  explicit Row(std::size_t columns) : cells_(columns) {}

  std::size_t columns() const { return cells_.size(); }
  // Paints over what was there; what does not fit is cut off.
  void put(std::size_t column, std::string_view text, Style style = Style::plain);
  // Ends at `column`, which it includes.
  void put_right(std::size_t column, std::string_view text, Style style = Style::plain);
  void fill(std::size_t from, std::size_t to, std::string_view glyph, Style style);  // [from, to)
  // Without spaces at the end, and with its line end.
  std::string print(bool has_colour) const;

 private:
  struct Cell {
    std::string glyph = " ";  // empty: the second half of the wide one before
    Style style = Style::plain;
  };
  std::vector<Cell> cells_;
};

}  // namespace acksu::trace
