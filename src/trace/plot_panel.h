// A panel of a plot: a frame with two axes, a title and a legend, and what its maker draws into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/plot.h"
#include "trace/svg.h"

namespace acksu::trace {

// What all panels of a plot share.
struct Canvas {
  const Flow& flow;
  const PlotOptions& options;
  Svg& svg;
  Axis time;        // nanoseconds of the run
  Instant begin{};  // what is shown
  Instant end{};

  const char* say(const char* english, const char* korean) const {
    return trace::say(options.language, english, korean);
  }
  Tenths x(Instant at) const { return time.at(nanoseconds(at)); }
  bool shows(Instant at) const { return at >= begin && at <= end; }
  // "1.25 s" since the connection began.
  std::string time_text(Instant at) const;
};

enum class Swatch : std::uint8_t { line, bar, area, dot };
struct LegendEntry {
  Swatch swatch;
  const char* css;
  std::string words;
};

// Where a panel stands, and what is written around it. Returns the place of its drawing.
struct PanelHead {
  std::string title;
  std::vector<LegendEntry> legend;
};
inline constexpr Tenths plot_width = 10'000;
inline constexpr Tenths panel_left = 620, panel_right = plot_width - 140;
inline constexpr Tenths head_height = 220;

// Draws title and legend above `top + head_height`.
void draw_head(Canvas& canvas, Tenths top, const PanelHead& head);
// A frame, and ticks of values at its left, in `unit`.
void draw_frame(Canvas& canvas, const Box& box, const Axis& values, AxisUnit unit);
// Times below `box`.
void draw_times(Canvas& canvas, const Box& box);

// Each panel draws itself at `top` and returns how high it is; zero: there is nothing to show.
Tenths draw_sequence(Canvas& canvas, Tenths top);
Tenths draw_limits(Canvas& canvas, Tenths top);
Tenths draw_windows(Canvas& canvas, Tenths top);
Tenths draw_rtt(Canvas& canvas, Tenths top);
Tenths draw_throughput(Canvas& canvas, Tenths top);

}  // namespace acksu::trace
