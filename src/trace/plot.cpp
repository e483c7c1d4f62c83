// The page of a plot: title, panels, notes. Colours keep apart for most eyes, on light ground and
// on dark.
#include "trace/plot.h"

#include <algorithm>

#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr const char* style_sheet =
    "text{font:12px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#222}\n"
    ".title{font-size:16px;font-weight:600}.sub{fill:#555}.note{fill:#555;font-size:11px}\n"
    ".head{font-weight:600}.tick{font-size:11px;fill:#555}\n"
    ".ground{fill:#fff}.frame{fill:none;stroke:#888}.grid{stroke:#888;stroke-opacity:.25}\n"
    "path{fill:none}\n"
    ".sent{stroke:#3584c8;stroke-width:1.6}.again{stroke:#e0442c;stroke-width:3.2}\n"
    ".ack{stroke:#2f9e63;stroke-width:1.4}.edge,.peer{stroke:#9a6fc4;stroke-width:1.3}\n"
    ".sack{stroke:#e3a21a;stroke-width:1.2;stroke-opacity:.75}\n"
    ".dsack{stroke:#d64f9b;stroke-width:2.6}\n"
    ".mark{stroke:#777;stroke-width:6;stroke-linecap:round}\n"
    ".probe{stroke:#e3a21a;stroke-width:6;stroke-linecap:round}\n"
    ".cwnd{stroke:#3584c8;stroke-width:1.8}\n"
    ".ssthresh{stroke:#e07b1a;stroke-width:1.4;stroke-dasharray:6 4}\n"
    ".flight{fill:#2f9e63;fill-opacity:.35}\n"
    ".rtt{stroke:#3584c8;stroke-width:2.6;stroke-linecap:round;stroke-opacity:.8}\n"
    ".srtt{stroke:#2f9e63;stroke-width:1.5}.rto{stroke:#e0442c;stroke-width:1.4}\n"
    ".rate{fill:#2f9e63;fill-opacity:.4}.sent-rate{stroke:#3584c8;stroke-width:1.3}\n"
    ".by-application{fill:#a5abb3}.by-peer{fill:#9a6fc4}.by-cwnd{fill:#3584c8}\n"
    ".by-nagle{fill:#e3a21a}.by-cork{fill:#a1693a}.by-pacing{fill:#22a7a0}\n"
    ".by-handshake{fill:#d9dce0}.by-link{fill:#d64f9b}\n"
    "@media(prefers-color-scheme:dark){text{fill:#e4e6ea}.sub,.note,.tick{fill:#aab0b8}\n"
    ".ground{fill:#17191d}.by-handshake{fill:#4a4f57}}\n";

constexpr Tenths title_height = 620;
constexpr Tenths note_height = 170;

std::string title_of(const Flow& flow) {
  return to_string(flow.tuple.local) + " → " + to_string(flow.tuple.remote);
}

// From the first text to the ACK of the last, or to the last text where none was seen.
Duration time_of_text(const Flow& flow) {
  if (flow.text.empty()) return {};
  Instant end = flow.text.back().at;
  if (!flow.repeated.empty()) end = std::max(end, flow.repeated.back().text.at);
  for (const SeenAck& ack : flow.acks) {
    if (ack.ack < flow.highest) continue;
    end = std::max(end, ack.at);
    break;
  }
  return end - flow.text.front().at;
}

std::string rate_text(std::uint64_t bytes, Duration time) {
  const std::int64_t microseconds = time / 1us;
  if (microseconds <= 0) return {};
  const auto span = static_cast<std::uint64_t>(microseconds);
  const std::uint64_t limited = std::min<std::uint64_t>(bytes, 1'000'000'000'000);
  const auto rate = static_cast<std::int64_t>(limited * 8'000'000 / span);
  return ", " + with_unit(rate, rate_unit(rate));
}

// "2.1 %", of parts in a whole.
std::string share(std::uint64_t part, std::uint64_t whole) {
  const std::uint64_t tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string vantage_text(const Canvas& canvas) {
  const Flow& flow = canvas.flow;
  switch (flow.vantage) {
    case Vantage::capture: return canvas.say("from a capture", "캡처에서");
    case Vantage::sender:
      return canvas.say("seen by the sender", "보내는 쪽에서 봄") +
             (flow.place.empty() ? "" : ", " + flow.place);
    case Vantage::receiver:
      return canvas.say("seen by the receiver", "받는 쪽에서 봄") +
             (flow.place.empty() ? "" : ", " + flow.place);
  }
  return {};
}

std::string subtitle_of(const Canvas& canvas) {
  const Flow& flow = canvas.flow;
  const std::uint64_t bytes = flow.text_bytes - flow.repeated_bytes;
  const Duration time = time_of_text(flow);
  std::string words = grouped(bytes) + canvas.say(" bytes in ", "바이트, ") +
                      with_unit(nanoseconds(time), time_unit(time)) + rate_text(bytes, time);
  words += "  ·  " + grouped(flow.segments) + canvas.say(" segments with text", "개 세그먼트");
  if (flow.repeated_segments > 0) {
    words += ", " + grouped(flow.repeated_segments) + canvas.say(" again (", "개 재전송 (") +
             share(flow.repeated_segments, flow.segments) + ")";
  }
  return words + "  ·  " + vantage_text(canvas);
}

std::vector<std::string> notes_of(const Canvas& canvas) {
  std::vector<std::string> notes;
  if (canvas.flow.vantage == Vantage::capture) {
    notes.emplace_back(canvas.say(
        "From packets only: what is under way and the round trips are estimated; the congestion "
        "window, the time-out and what held the sender back are not in a capture.",
        "패킷만 봄: 전송 중인 양과 왕복 시간은 추정이며, 혼잡 윈도우, 재전송 시간, 멈춘 이유는 "
        "캡처에 없습니다."));
  }
  if (canvas.flow.vantage == Vantage::receiver) {
    notes.emplace_back(canvas.say(
        "Seen where the text arrives: the sender's windows, times and limits are inside the other "
        "end.",
        "데이터가 도착하는 곳에서 봄: 보내는 쪽의 윈도우와 시간, 멈춘 이유는 상대 안에 있습니다."));
  }
  if (canvas.options.left_out > 0) {
    notes.push_back(grouped(canvas.options.left_out) +
                    canvas.say(" later events were left out: there were too many.",
                               "개의 나중 사건은 너무 많아 빠졌습니다."));
  }
  return notes;
}

Canvas canvas_for(const Flow& flow, const PlotOptions& options, Svg& svg) {
  const Instant last = std::max(flow.last(), flow.began + 1us);
  const Instant begin = later_by(flow.began, options.from.value_or(Duration::zero()));
  Instant end = options.to ? std::min(last, later_by(flow.began, *options.to)) : last;
  end = std::max(end, begin + 1ns);
  // A little room, so that what is last does not stand on the frame.
  const Duration room = options.to ? Duration::zero() : (end - begin) / 60;
  const Axis time({nanoseconds(begin), nanoseconds(end + room)}, panel_left, panel_right);
  return {flow, options, svg, time, begin, end + room};
}

}  // namespace

std::string plot(const Flow& flow, const PlotOptions& options) {
  Svg drawn, page;
  Canvas canvas = canvas_for(flow, options, drawn);
  Tenths y = title_height;
  if (options.shows_sequence) y += draw_sequence(canvas, y);
  if (options.shows_limits) y += draw_limits(canvas, y);
  if (options.shows_windows) y += draw_windows(canvas, y);
  if (options.shows_rtt) y += draw_rtt(canvas, y);
  if (options.shows_throughput) y += draw_throughput(canvas, y);
  for (const std::string& note : notes_of(canvas)) {
    y += note_height;
    drawn.text({panel_left, y - 60}, note, "note");
  }
  const Box box{0, 0, plot_width, y + 100};
  page.rectangle(box, "ground");
  page.text({panel_left, 260}, title_of(flow), "title");
  page.text({panel_left, 460}, subtitle_of(canvas), "sub");
  page.append(drawn);
  return page.finish(box, title_of(flow), style_sheet);
}

}  // namespace acksu::trace
