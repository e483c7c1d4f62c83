// Writing SVG, and drawing many points in few words: what falls on the same half pixel is drawn
// once. Coordinates are tenths of a pixel.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/axis.h"

namespace acksu::trace {

struct Point {
  Tenths x = 0, y = 0;
};
struct Box {
  Tenths left = 0, top = 0, right = 0, bottom = 0;
  Tenths width() const { return right - left; }
  Tenths height() const { return bottom - top; }
};

inline constexpr Tenths half_pixel = 5;

// "12.5", "-3".
std::string pixels(Tenths length);
// With what XML reserves written as entities, and what XML 1.0 does not know left out.
std::string escaped(std::string_view text);

class Svg {
 public:
  // The whole picture, of all that was drawn.
  std::string finish(Box box, std::string_view title, std::string_view style) const;

  // Each with the class `css`, and a tooltip unless `title` is empty.
  void rectangle(const Box& box, std::string_view css, std::string_view title = {});
  void line(Point from, Point to, std::string_view css);
  void path(std::string_view data, std::string_view css, std::string_view title = {});
  // `anchor`: start, middle or end.
  void text(Point at, std::string_view words, std::string_view css,
            std::string_view anchor = "start");
  // What stands between them is cut off at `box`. Each group has a number of its own.
  void begin_clip(const Box& box);
  void begin_group(std::string_view css);
  void end_group() { text_ += "</g>\n"; }
  void append(const Svg& other) { text_ += other.text_; }

 private:
  void end_element(std::string_view title, std::string_view element);

  std::string text_;
  int clips_ = 0;
};

// A line of steps: from each point on its value holds. Of the points in one column of half a pixel
// the first, the least, the greatest and the last are drawn. Points come from left to right.
class StepLine {
 public:
  void add(Tenths x, Tenths y);
  bool is_empty() const { return !has_any_; }
  // Up to `right`; empty if there was no point. As an area it is closed along `bottom`.
  std::string path_to(Tenths right);
  std::string area_to(Tenths right, Tenths bottom);

 private:
  void flush();
  void vertical(Tenths y);

  std::string data_;
  bool has_any_ = false;
  Tenths first_x_ = 0, x_ = 0, y_ = 0;  // y_: what is drawn
  Tenths least_ = 0, greatest_ = 0, last_ = 0;
};

// Dots; those on the same pixel once.
class Dots {
 public:
  void add(Tenths x, Tenths y);
  std::string path() const { return data_; }

 private:
  std::set<std::pair<Tenths, Tenths>> drawn_;
  std::string data_;
};

// Vertical bars, such as text over time. A bar that follows one in the same column and touches it
// becomes part of it.
struct Bar {
  Tenths x = 0, top = 0, bottom = 0;
  std::size_t first = 0, last = 0;  // what it stands for, by the caller's count
};
class Bars {
 public:
  // `index` rises.
  void add(Tenths x, Tenths top, Tenths bottom, std::size_t index);
  const std::vector<Bar>& all() const { return bars_; }
  static std::string path(const Bar& bar, Tenths least_height);

 private:
  std::vector<Bar> bars_;
};

}  // namespace acksu::trace
