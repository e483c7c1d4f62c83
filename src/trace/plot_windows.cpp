// Windows over time: the congestion window, its threshold, what is under way, and what the peer
// offers. Of a capture only the last two, and what is under way from the packets.
#include <algorithm>

#include "tcp/congestion.h"
#include "trace/flow_figures.h"
#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr Tenths windows_height = 1600;

struct WindowLines {
  std::vector<UnderWay> flight;
  bool is_inside = false;  // the congestion window is known
  bool has_threshold = false;
  std::int64_t largest = 0;
};

WindowLines window_lines(const Canvas& canvas) {
  const Flow& flow = canvas.flow;
  WindowLines lines;
  lines.is_inside = !flow.windows.empty();
  if (flow.vantage != Vantage::receiver) lines.flight = under_way(flow);
  for (const UnderWay& point : lines.flight) {
    if (canvas.shows(point.at)) lines.largest = std::max(lines.largest, point.bytes);
  }
  for (const WindowPoint& point : flow.windows) {
    if (!canvas.shows(point.at)) continue;
    lines.largest = std::max<std::int64_t>(lines.largest, point.cwnd);
    lines.has_threshold |= point.ssthresh != tcp::no_ssthresh;
  }
  if (lines.largest > 0) return lines;
  for (const SeenAck& ack : flow.acks) {
    if (canvas.shows(ack.at)) lines.largest = std::max(lines.largest, ack.edge - ack.ack);
  }
  return lines;
}

PanelHead windows_head(const Canvas& canvas, const WindowLines& lines, AxisUnit unit) {
  PanelHead head{canvas.say("windows, ", "윈도우, ") + std::string{unit.name}, {}};
  if (lines.is_inside) {
    head.legend.push_back({Swatch::line, "cwnd", "cwnd"});
    if (lines.has_threshold) head.legend.push_back({Swatch::line, "ssthresh", "ssthresh"});
  }
  if (!lines.flight.empty()) {
    head.legend.push_back({Swatch::area, "flight",
                           lines.is_inside ? canvas.say("in flight", "전송 중")
                                           : canvas.say("sent, not acknowledged (from packets)",
                                                        "보내고 확인 전 (패킷에서)")});
  }
  head.legend.push_back({Swatch::line, "peer", canvas.say("offered window", "제공된 윈도우")});
  return head;
}

void draw_flight(Canvas& canvas, const Axis& values, const WindowLines& lines) {
  StepLine flight;
  for (const UnderWay& point : lines.flight) {
    if (point.at <= canvas.end) flight.add(canvas.x(point.at), values.at(point.bytes));
  }
  canvas.svg.path(flight.area_to(canvas.x(canvas.end), values.at(0)), "flight");
}

void draw_offered(Canvas& canvas, const Axis& values) {
  StepLine offered;
  std::int64_t highest = INT64_MIN;
  for (const SeenAck& ack : canvas.flow.acks) {
    if (ack.ack < highest || ack.at > canvas.end) continue;
    highest = ack.ack;
    offered.add(canvas.x(ack.at), values.at(ack.edge - ack.ack));
  }
  canvas.svg.path(offered.path_to(canvas.x(canvas.end)), "peer");
}

void draw_congestion(Canvas& canvas, const Axis& values) {
  StepLine cwnd, threshold;
  for (const WindowPoint& point : canvas.flow.windows) {
    if (point.at > canvas.end) break;
    cwnd.add(canvas.x(point.at), values.at(point.cwnd));
    if (point.ssthresh == tcp::no_ssthresh) continue;
    threshold.add(canvas.x(point.at), values.at(point.ssthresh));
  }
  canvas.svg.path(threshold.path_to(canvas.x(canvas.end)), "ssthresh");
  canvas.svg.path(cwnd.path_to(canvas.x(canvas.end)), "cwnd");
}

}  // namespace

Tenths draw_windows(Canvas& canvas, Tenths top) {
  const WindowLines lines = window_lines(canvas);
  if (lines.largest == 0) return 0;
  const Box box{panel_left, top + head_height, panel_right, top + head_height + windows_height};
  const Axis values({0, lines.largest + lines.largest / 12 + 1}, box.bottom, box.top);
  const AxisUnit unit = byte_unit(values.range().to);
  draw_head(canvas, top, windows_head(canvas, lines, unit));
  draw_times(canvas, box);
  draw_frame(canvas, box, values, unit);
  canvas.svg.begin_clip(box);
  draw_flight(canvas, values, lines);
  draw_offered(canvas, values);
  draw_congestion(canvas, values);
  canvas.svg.end_group();
  return head_height + windows_height + 240;
}

}  // namespace acksu::trace
