// Frames, ticks and legends.
#include "trace/plot_panel.h"

#include <algorithm>

namespace acksu::trace {
namespace {

constexpr Tenths letter = 68;  // the width of one, about, in the legend's size
constexpr Tenths swatch_width = 140;

Tenths width_in_picture(std::string_view words, Tenths of_letter) {
  return static_cast<Tenths>(width_of(words)) * of_letter;
}

void draw_swatch(Svg& svg, Tenths x, Tenths y, const LegendEntry& entry) {
  switch (entry.swatch) {
    case Swatch::line: svg.line({x, y}, {x + swatch_width, y}, entry.css); break;
    case Swatch::bar: svg.line({x + 70, y - 45}, {x + 70, y + 45}, entry.css); break;
    case Swatch::area: svg.rectangle({x, y - 45, x + swatch_width, y + 45}, entry.css); break;
    case Swatch::dot: svg.path("M" + pixels(x + 70) + " " + pixels(y) + "h0", entry.css); break;
  }
}

// The distance of ticks.
std::int64_t step_of(const std::vector<std::int64_t>& ticks) {
  return ticks.size() < 2 ? 1 : ticks[1] - ticks[0];
}

}  // namespace

std::string Canvas::time_text(Instant at) const {
  constexpr AxisUnit seconds{1'000'000'000, "s"};
  return in_unit(nanoseconds(at - flow.began), seconds, 1000) + " s";
}

void draw_head(Canvas& canvas, Tenths top, const PanelHead& head) {
  const Tenths line = top + 130;
  canvas.svg.text({panel_left, line}, head.title, "head");
  Tenths x = panel_left + width_in_picture(head.title, 72) + 200;
  for (const LegendEntry& entry : head.legend) {
    draw_swatch(canvas.svg, x, line - 40, entry);
    x += swatch_width + 60;
    canvas.svg.text({x, line}, entry.words, "legend");
    x += width_in_picture(entry.words, letter) + 150;
  }
}

void draw_frame(Canvas& canvas, const Box& box, const Axis& values, AxisUnit unit) {
  const auto most = static_cast<std::size_t>(std::max<Tenths>(2, box.height() / 420));
  const std::vector<std::int64_t> ticks = values.ticks(most);
  const std::int64_t step = step_of(ticks);
  for (const std::int64_t tick : ticks) {
    const Tenths y = values.at(tick);
    canvas.svg.line({box.left, y}, {box.right, y}, "grid");
    // On a logarithmic axis each has the digits that it needs itself.
    const std::int64_t digits = values.is_logarithmic() ? tick : step;
    canvas.svg.text({box.left - 60, y + 40}, in_unit(tick, unit, digits), "tick", "end");
  }
  canvas.svg.rectangle(box, "frame");
}

void draw_times(Canvas& canvas, const Box& box) {
  const Axis since(
      {nanoseconds(canvas.begin - canvas.flow.began), nanoseconds(canvas.end - canvas.flow.began)},
      panel_left, panel_right);
  const std::vector<std::int64_t> ticks = since.ticks(10);
  const AxisUnit unit = time_unit(Duration{since.range().to});
  for (const std::int64_t tick : ticks) {
    const Tenths x = since.at(tick);
    canvas.svg.line({x, box.top}, {x, box.bottom}, "grid");
    const std::string words = in_unit(tick, unit, step_of(ticks)) + " " + unit.name;
    canvas.svg.text({x, box.bottom + 140}, words, "tick", x > panel_right - 200 ? "end" : "middle");
  }
}

}  // namespace acksu::trace
