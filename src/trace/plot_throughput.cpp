// Rates over time: what was sent, and what the other end has acknowledged, in equal spans that are
// at least about a round trip long.
#include <algorithm>

#include "trace/flow_figures.h"
#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr Tenths throughput_height = 1300;

Duration span_width(const Canvas& canvas) {
  const std::int64_t all = nanoseconds(canvas.end - canvas.begin);
  const std::int64_t least = all / 120 + 1, most = std::max(least, all / 40);
  const std::int64_t wanted = std::clamp(nanoseconds(usual_round_trip(canvas.flow)), least, most);
  return Duration{nice_step(wanted)};
}

std::int64_t bits_a_second(std::uint64_t bytes, Duration width) {
  constexpr std::uint64_t most = 1'000'000'000'000;
  const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>(1, nanoseconds(width)));
  const std::uint64_t bits = std::min(bytes, most) * 8;
  // Without an overflow where bytes are many.
  const std::uint64_t rate =
      bits > 1'000'000'000 ? bits / span * 1'000'000'000 + bits % span * 1'000 / span * 1'000'000
                           : bits * 1'000'000'000 / span;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(rate, std::uint64_t{1} << 60));
}

StepLine rate_line(const Canvas& canvas, const Rates& all, const std::vector<std::uint64_t>& spans,
                   const Axis& values) {
  StepLine line;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Instant at = all.begin + static_cast<std::int64_t>(i) * all.width;
    if (at <= canvas.end) line.add(canvas.x(at), values.at(bits_a_second(spans[i], all.width)));
  }
  return line;
}

}  // namespace

Tenths draw_throughput(Canvas& canvas, Tenths top) {
  const Duration width = span_width(canvas);
  const Rates all = rates(canvas.flow, canvas.begin, canvas.end, width);
  std::uint64_t largest = 0;
  for (const std::uint64_t bytes : all.sent) largest = std::max(largest, bytes);
  for (const std::uint64_t bytes : all.acknowledged) largest = std::max(largest, bytes);
  const std::int64_t most = bits_a_second(largest, width);
  if (most == 0) return 0;
  const Box box{panel_left, top + head_height, panel_right, top + head_height + throughput_height};
  const Axis values({0, most + most / 12 + 1}, box.bottom, box.top);
  const AxisUnit unit = rate_unit(most);
  const bool is_receiver = canvas.flow.vantage == Vantage::receiver;
  const std::string spans =
      canvas.say("in spans of ", "구간 ") + with_unit(nanoseconds(width), time_unit(width));
  draw_head(canvas, top,
            {canvas.say("throughput, ", "처리량, ") + std::string{unit.name},
             {{Swatch::area, "rate", canvas.say("acknowledged", "확인됨")},
              {Swatch::line, "sent-rate",
               (is_receiver ? canvas.say("arrived", "도착") : canvas.say("sent", "보냄")) +
                   (" (" + spans + ")")}}});
  draw_times(canvas, box);
  draw_frame(canvas, box, values, unit);
  canvas.svg.begin_clip(box);
  const Tenths right = canvas.x(canvas.end);
  canvas.svg.path(rate_line(canvas, all, all.acknowledged, values).area_to(right, box.bottom),
                  "rate");
  canvas.svg.path(rate_line(canvas, all, all.sent, values).path_to(right), "sent-rate");
  canvas.svg.end_group();
  return head_height + throughput_height + 240;
}

}  // namespace acksu::trace
