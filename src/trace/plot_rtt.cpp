// Round trips over time, and how long the sender waits for one at most. Of a capture the times from
// text to its ACK, as they passed.
#include <algorithm>

#include "trace/flow_figures.h"
#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr Tenths rtt_height = 1300;

struct RttRange {
  Duration least = Duration::max(), most{};
  void take(Duration value) {
    if (value <= Duration::zero()) return;
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

// From zero, unless a time-out is so long that round trips would all look the same.
Axis rtt_axis(const RttRange& range, const Box& box) {
  const std::int64_t least = nanoseconds(range.least), most = nanoseconds(range.most);
  const bool is_wide = most / 2 > least;
  if (!is_wide) return Axis({0, most + most / 10 + 1}, box.bottom, box.top);
  return Axis({least - least / 3, most + most / 3 + 1}, box.bottom, box.top, true);
}

void draw_from_inside(Canvas& canvas, const Axis& values) {
  StepLine srtt, rto;
  Dots samples;
  for (const RttPoint& point : canvas.flow.rtts) {
    if (point.at > canvas.end) break;
    const Tenths x = canvas.x(point.at);
    rto.add(x, values.at(nanoseconds(point.rto)));
    srtt.add(x, values.at(nanoseconds(point.srtt)));
    if (canvas.shows(point.at)) samples.add(x, values.at(nanoseconds(point.sample)));
  }
  canvas.svg.path(rto.path_to(canvas.x(canvas.end)), "rto");
  canvas.svg.path(samples.path(), "rtt");
  canvas.svg.path(srtt.path_to(canvas.x(canvas.end)), "srtt");
}

Tenths draw_rtt_panel(Canvas& canvas, Tenths top, const RttRange& range,
                      const std::vector<RoundTrip>& trips) {
  const Box box{panel_left, top + head_height, panel_right, top + head_height + rtt_height};
  const Axis values = rtt_axis(range, box);
  const AxisUnit unit = time_unit(range.most);
  PanelHead head{canvas.say("round trip, ", "왕복 시간, ") + std::string{unit.name}, {}};
  if (trips.empty()) {
    head.legend = {{Swatch::dot, "rtt", canvas.say("measured", "측정값")},
                   {Swatch::line, "srtt", "SRTT"},
                   {Swatch::line, "rto", "RTO"}};
  } else {
    head.legend = {{Swatch::dot, "rtt",
                    canvas.say("from text to its ACK, as they passed (from packets)",
                               "데이터에서 그 ACK까지 (패킷에서)")}};
  }
  draw_head(canvas, top, head);
  draw_times(canvas, box);
  draw_frame(canvas, box, values, unit);
  canvas.svg.begin_clip(box);
  if (trips.empty()) {
    draw_from_inside(canvas, values);
  } else {
    Dots dots;
    for (const RoundTrip& trip : trips) {
      if (canvas.shows(trip.at)) dots.add(canvas.x(trip.at), values.at(nanoseconds(trip.time)));
    }
    canvas.svg.path(dots.path(), "rtt");
  }
  canvas.svg.end_group();
  return head_height + rtt_height + 240;
}

}  // namespace

Tenths draw_rtt(Canvas& canvas, Tenths top) {
  RttRange range;
  std::vector<RoundTrip> trips;
  if (canvas.flow.vantage == Vantage::capture) trips = round_trips(canvas.flow);
  for (const RoundTrip& trip : trips) {
    if (canvas.shows(trip.at)) range.take(trip.time);
  }
  for (const RttPoint& point : canvas.flow.rtts) {
    if (!canvas.shows(point.at)) continue;
    range.take(point.sample);
    range.take(point.srtt);
    range.take(point.rto);
  }
  return range.most == Duration::zero() ? 0 : draw_rtt_panel(canvas, top, range, trips);
}

}  // namespace acksu::trace
