// Widths after Unicode's East Asian Width (UAX 11), as far as terminals agree on it.
#include "trace/text.h"

#include <algorithm>
#include <array>

namespace acksu::trace {
namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array wide_ranges{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},
    Range{0x3400, 0x4dbf},   Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},
    Range{0xa960, 0xa97c},   Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},
    Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},
    Range{0x1f300, 0x1f64f}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd},
};
constexpr std::array combining_ranges{Range{0x0300, 0x036f}, Range{0x200b, 0x200f},
                                      Range{0xfe00, 0xfe0f}};

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::string digits_with_groups(std::string digits) {
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  if (more == 0 || at + static_cast<std::size_t>(more) > text.size()) return lead;
  char32_t c = lead & (0x3fu >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
    if ((next & 0xc0) != 0x80) return lead;
    c = (c << 6) | (next & 0x3fu);
  }
  at += static_cast<std::size_t>(more);
  return c;
}

std::size_t width_of(char32_t code_point) {
  if (is_in(combining_ranges, code_point)) return 0;
  return is_in(wide_ranges, code_point) ? 2 : 1;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += width_of(next_code_point(text, at));
  return width;
}

std::string_view cut_to_width(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    width += width_of(next_code_point(text, at));
    if (width > columns) return text.substr(0, before);
  }
  return text;
}

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t width = width_of(text);
  return std::string{text} + std::string(width < columns ? columns - width : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!line.empty() && width_of(line) + 1 + width_of(word) > columns) {
      lines.push_back(std::move(line));
      line = {};
    }
    while (width_of(word) > columns) {
      const std::string_view part = cut_to_width(word, columns);
      lines.emplace_back(part);
      word.remove_prefix(part.size());
    }
    line += (line.empty() ? "" : " ") + std::string{word};
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string grouped(std::uint64_t number) { return digits_with_groups(std::to_string(number)); }

std::string grouped_signed(std::int64_t number) {
  const auto size = static_cast<std::uint64_t>(number < 0 ? -number : number);
  return (number < 0 ? "-" : "") + grouped(size);
}

std::string fixed_milliseconds(Instant at) {
  const auto microseconds =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanoseconds(at))) / 1000;
  const std::string rest = std::to_string(1000 + microseconds % 1000).substr(1);
  return grouped(microseconds / 1000) + "." + rest;
}

std::string short_duration(Duration duration) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  constexpr std::array units{Unit{1'000'000'000, " s"}, Unit{1'000'000, " ms"}, Unit{1'000, " us"},
                             Unit{1, " ns"}};
  const std::int64_t count = nanoseconds(duration);
  for (const Unit& unit : units) {
    if (count < unit.nanoseconds && unit.nanoseconds > 1) continue;
    std::string text = grouped_signed(count / unit.nanoseconds);
    const std::int64_t thousandths =
        unit.nanoseconds == 1 ? 0 : count % unit.nanoseconds * 1000 / unit.nanoseconds;
    if (thousandths != 0) {
      text += "." + std::to_string(1000 + thousandths).substr(1);
      while (text.back() == '0') text.pop_back();
    }
    return text + unit.name;
  }
  return "0 s";
}

const char* escape_of(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::faint: return "\x1b[2m";
    case Style::bold: return "\x1b[1m";
    case Style::open: return "\x1b[1;32m";
    case Style::close: return "\x1b[1;35m";
    case Style::text: return "\x1b[36m";
    case Style::bad: return "\x1b[1;31m";
    case Style::warning: return "\x1b[33m";
    case Style::note: return "\x1b[34m";
    case Style::link: return "\x1b[2;36m";
  }
  return "";
}

std::string styled(std::string_view text, Style style, bool has_colour) {
  if (!has_colour || style == Style::plain) return std::string{text};
  return escape_of(style) + std::string{text} + "\x1b[0m";
}

void Row::put(std::size_t column, std::string_view text, Style style) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const std::size_t width = width_of(next_code_point(text, at));
    if (width == 0) continue;
    if (column + width > cells_.size()) return;
    cells_[column] = {std::string{text.substr(start, at - start)}, style};
    if (width == 2) cells_[column + 1] = {"", style};
    column += width;
  }
}

void Row::put_right(std::size_t column, std::string_view text, Style style) {
  const std::string_view part = cut_to_width(text, column + 1);
  put(column + 1 - width_of(part), part, style);
}

void Row::fill(std::size_t from, std::size_t to, std::string_view glyph, Style style) {
  for (std::size_t column = from; column < to; ++column) put(column, glyph, style);
}

std::string Row::print(bool has_colour) const {
  std::size_t end = cells_.size();
  while (end > 0 && cells_[end - 1].glyph == " ") --end;
  std::string line;
  Style style = Style::plain;
  for (std::size_t i = 0; i < end; ++i) {
    const Cell& cell = cells_[i];
    if (has_colour && cell.style != style && cell.glyph != " ") {
      if (style != Style::plain) line += "\x1b[0m";
      line += escape_of(cell.style);
      style = cell.style;
    }
    line += cell.glyph;
  }
  if (style != Style::plain) line += "\x1b[0m";
  return line + "\n";
}

}  // namespace acksu::trace
