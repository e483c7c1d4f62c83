// Elements of SVG, and few of them.
#include "trace/svg.h"

#include <algorithm>

#include "trace/text.h"

namespace acksu::trace {

std::string pixels(Tenths length) {
  const Tenths size = length < 0 ? -length : length;
  std::string text = (length < 0 ? "-" : "") + std::to_string(size / 10);
  if (size % 10 != 0) text += "." + std::to_string(size % 10);
  return text;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(text, at);
    const bool is_broken = at == start + 1 && c >= 0x80;
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (is_broken || (c < 0x20 && c != '\n' && c != '\t') || (c & 0xfffe) == 0xfffe ||
               (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
      result += "\xef\xbf\xbd";  // U+FFFD
    } else {
      result += text.substr(start, at - start);
    }
  }
  return result;
}

std::string Svg::finish(Box box, std::string_view title, std::string_view style) const {
  const std::string width = pixels(box.width()), height = pixels(box.height());
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height +
         "\" width=\"" + width + "\" height=\"" + height + "\" role=\"img\">\n<title>" +
         escaped(title) + "</title>\n<style>\n" + std::string{style} + "</style>\n" + text_ +
         "</svg>\n";
}

void Svg::end_element(std::string_view title, std::string_view element) {
  if (title.empty()) {
    text_ += "/>\n";
    return;
  }
  text_ += "><title>" + escaped(title) + "</title></" + std::string{element} + ">\n";
}

namespace {

std::string class_attribute(std::string_view css) {
  return css.empty() ? std::string{} : " class=\"" + std::string{css} + "\"";
}

}  // namespace

void Svg::rectangle(const Box& box, std::string_view css, std::string_view title) {
  text_ += "<rect" + class_attribute(css) + " x=\"" + pixels(box.left) + "\" y=\"" +
           pixels(box.top) + "\" width=\"" + pixels(box.width()) + "\" height=\"" +
           pixels(box.height()) + "\"";
  end_element(title, "rect");
}

void Svg::line(Point from, Point to, std::string_view css) {
  const std::string end = from.x == to.x   ? "V" + pixels(to.y)
                          : from.y == to.y ? "H" + pixels(to.x)
                                           : "L" + pixels(to.x) + " " + pixels(to.y);
  path("M" + pixels(from.x) + " " + pixels(from.y) + end, css);
}

void Svg::path(std::string_view data, std::string_view css, std::string_view title) {
  if (data.empty()) return;
  text_ += "<path" + class_attribute(css) + " d=\"" + std::string{data} + "\"";
  end_element(title, "path");
}

void Svg::text(Point at, std::string_view words, std::string_view css, std::string_view anchor) {
  text_ +=
      "<text" + class_attribute(css) + " x=\"" + pixels(at.x) + "\" y=\"" + pixels(at.y) + "\"";
  if (anchor != "start") text_ += " text-anchor=\"" + std::string{anchor} + "\"";
  text_ += ">" + escaped(words) + "</text>\n";
}

void Svg::begin_clip(const Box& box) {
  const std::string name = "clip" + std::to_string(++clips_);
  text_ += "<clipPath id=\"" + name + "\">";
  rectangle(box, "");
  text_ += "</clipPath>\n<g clip-path=\"url(#" + name + ")\">\n";
}

void Svg::begin_group(std::string_view css) { text_ += "<g" + class_attribute(css) + ">\n"; }

// ---- Lines of steps -----------------------------------------------------------------------------

void StepLine::vertical(Tenths y) {
  if (y == y_) return;
  data_ += "V" + pixels(y);
  y_ = y;
}

void StepLine::add(Tenths x, Tenths y) {
  if (!has_any_) {
    has_any_ = true;
    first_x_ = x_ = x;
    y_ = least_ = greatest_ = last_ = y;
    data_ = "M" + pixels(x) + " " + pixels(y);
    return;
  }
  if (x - x_ >= half_pixel) {
    flush();
    if (y == y_) {
      last_ = least_ = greatest_ = y;
      return;  // it goes on as it was
    }
    data_ += "H" + pixels(x);
    x_ = x;
    least_ = greatest_ = y;
  }
  least_ = std::min(least_, y);
  greatest_ = std::max(greatest_, y);
  last_ = y;
}

void StepLine::flush() {
  if (least_ < y_) vertical(least_);
  if (greatest_ > y_) vertical(greatest_);
  vertical(last_);
}

std::string StepLine::path_to(Tenths right) {
  if (!has_any_) return {};
  flush();
  if (right > x_) data_ += "H" + pixels(right);
  has_any_ = false;
  return std::move(data_);
}

std::string StepLine::area_to(Tenths right, Tenths bottom) {
  if (!has_any_) return {};
  const Tenths first = first_x_;
  return path_to(right) + "V" + pixels(bottom) + "H" + pixels(first) + "Z";
}

// ---- Dots and bars ------------------------------------------------------------------------------

void Dots::add(Tenths x, Tenths y) {
  const std::pair<Tenths, Tenths> place{x / 10, y / 10};
  if (!drawn_.insert(place).second) return;
  data_ += "M" + pixels(place.first * 10 + half_pixel) + " " +
           pixels(place.second * 10 + half_pixel) + "h0";
}

void Bars::add(Tenths x, Tenths top, Tenths bottom, std::size_t index) {
  x = x / half_pixel * half_pixel;
  if (!bars_.empty()) {
    Bar& before = bars_.back();
    const bool touches = top <= before.bottom + half_pixel && bottom >= before.top - half_pixel;
    if (before.x == x && touches) {
      before.top = std::min(before.top, top);
      before.bottom = std::max(before.bottom, bottom);
      before.last = index;
      return;
    }
  }
  bars_.push_back({x, top, bottom, index, index});
}

std::string Bars::path(const Bar& bar, Tenths least_height) {
  const Tenths missing = std::max<Tenths>(0, least_height - (bar.bottom - bar.top));
  return "M" + pixels(bar.x) + " " + pixels(bar.top - missing / 2) + "V" +
         pixels(bar.bottom + (missing + 1) / 2);
}

}  // namespace acksu::trace
