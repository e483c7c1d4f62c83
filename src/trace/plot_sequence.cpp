// Text over time: each segment a bar from its first byte to its last, ACKs and the edge of the
// window as lines, reports of what arrived behind holes as bars.
#include <algorithm>
#include <array>

#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr Tenths sequence_height = 3400;
constexpr std::size_t most_tooltips = 6000;  // of one kind; beyond, a file would grow too large

// What is shown, from the lowest byte to the highest, with the edge of the window where it is near.
Axis::Range sequence_range(const Canvas& canvas) {
  std::int64_t low = INT64_MAX, high = INT64_MIN, edge = INT64_MIN;
  const auto take = [&](const SentText& text) {
    if (!canvas.shows(text.at)) return;
    low = std::min(low, text.seq);
    high = std::max(high, text.end());
  };
  for (const SentText& text : canvas.flow.text) take(text);
  for (const RepeatedText& again : canvas.flow.repeated) take(again.text);
  for (const SeenAck& ack : canvas.flow.acks) {
    if (canvas.shows(ack.at)) edge = std::max(edge, ack.edge);
  }
  if (low > high) {  // no text in this time
    low = 0;
    high = std::max<std::int64_t>(canvas.flow.highest, 1);
  }
  if (low <= 1) low = 0;
  const std::int64_t part = (high - low) / 100 + 1;
  if (edge <= high + 35 * part) high = std::max(high, edge);
  return {low, high + 4 * part};
}

std::string bytes_text(const Canvas& canvas, std::int64_t from, std::int64_t to) {
  return grouped_signed(to - from) + canvas.say(" bytes, ", "바이트, ") + grouped_signed(from) +
         " – " + grouped_signed(to - 1);
}

std::string text_title(const Canvas& canvas, const Bar& bar) {
  const SentText& first = canvas.flow.text[bar.first];
  const SentText& last = canvas.flow.text[bar.last];
  const std::string bytes = bytes_text(canvas, first.seq, last.end());
  if (bar.first == bar.last) return canvas.time_text(first.at) + ": " + bytes;
  return canvas.time_text(first.at) + " – " + canvas.time_text(last.at) + ": " +
         grouped(bar.last - bar.first + 1) + canvas.say(" segments, ", "개 세그먼트, ") + bytes;
}

std::string repeated_title(const Canvas& canvas, const Bar& bar) {
  const RepeatedText& first = canvas.flow.repeated[bar.first];
  std::string title = canvas.time_text(first.text.at) + ": ";
  if (bar.first != bar.last) {
    title += grouped(bar.last - bar.first + 1) + canvas.say(" segments, ", "개 세그먼트, ");
  }
  title += bytes_text(canvas, first.text.seq, first.text.end()) + canvas.say(", again", ", 다시");
  return first.cause.empty() ? title : title + " (" + first.cause + ")";
}

struct BarStyle {
  const char* css;
  Tenths least_height;
};

// Bars with tooltips, as long as they are not too many; all of them in any case.
template <class Title>
void draw_bars(Canvas& canvas, const Bars& bars, BarStyle style, Title title) {
  if (bars.all().empty()) return;
  canvas.svg.begin_group(style.css);
  if (bars.all().size() <= most_tooltips) {
    for (const Bar& bar : bars.all()) {
      canvas.svg.path(Bars::path(bar, style.least_height), "", title(bar));
    }
  } else {
    std::string data;
    for (const Bar& bar : bars.all()) data += Bars::path(bar, style.least_height);
    canvas.svg.path(data, "");
  }
  canvas.svg.end_group();
}

void draw_sacks(Canvas& canvas, const Axis& values, bool is_duplicate, const char* css) {
  Bars bars;
  for (std::size_t i = 0; i < canvas.flow.sacks.size(); ++i) {
    const SeenSack& sack = canvas.flow.sacks[i];
    if (sack.is_duplicate != is_duplicate || !canvas.shows(sack.at)) continue;
    bars.add(canvas.x(sack.at), values.at(sack.end), values.at(sack.start), i);
  }
  draw_bars(canvas, bars, {css, is_duplicate ? 50 : 10}, [&](const Bar& bar) {
    const SeenSack& sack = canvas.flow.sacks[bar.first];
    return canvas.time_text(sack.at) + (is_duplicate ? ": D-SACK, " : ": SACK, ") +
           bytes_text(canvas, sack.start, sack.end);
  });
}

// An ACK that is older than one that was seen says nothing new.
void draw_acks(Canvas& canvas, const Axis& values) {
  StepLine acks, edges;
  std::int64_t highest = INT64_MIN;
  for (const SeenAck& ack : canvas.flow.acks) {
    if (ack.ack < highest || ack.at > canvas.end) continue;
    highest = ack.ack;
    acks.add(canvas.x(ack.at), values.at(ack.ack));
    edges.add(canvas.x(ack.at), values.at(ack.edge));
  }
  canvas.svg.path(edges.path_to(canvas.x(canvas.end)), "edge");
  canvas.svg.path(acks.path_to(canvas.x(canvas.end)), "ack");
}

void draw_text(Canvas& canvas, const Axis& values) {
  Bars text, again;
  for (std::size_t i = 0; i < canvas.flow.text.size(); ++i) {
    const SentText& each = canvas.flow.text[i];
    if (!canvas.shows(each.at)) continue;
    text.add(canvas.x(each.at), values.at(each.end()), values.at(each.seq), i);
  }
  for (std::size_t i = 0; i < canvas.flow.repeated.size(); ++i) {
    const SentText& each = canvas.flow.repeated[i].text;
    if (!canvas.shows(each.at)) continue;
    again.add(canvas.x(each.at), values.at(each.end()), values.at(each.seq), i);
  }
  draw_bars(canvas, text, {"sent", 20}, [&](const Bar& bar) { return text_title(canvas, bar); });
  draw_bars(canvas, again, {"again", 80},
            [&](const Bar& bar) { return repeated_title(canvas, bar); });
}

constexpr std::array mark_words{"SYN", "FIN", "RST", "probe"};

void draw_marks(Canvas& canvas, const Axis& values) {
  for (const Mark& mark : canvas.flow.marks) {
    if (!canvas.shows(mark.at) || !values.holds(mark.seq)) continue;
    const bool is_probe = mark.kind == Mark::Kind::probe;
    const char* word = mark_words[static_cast<std::size_t>(mark.kind)];
    const Tenths x = canvas.x(mark.at), y = values.at(mark.seq);
    canvas.svg.path("M" + pixels(x) + " " + pixels(y) + "h0", is_probe ? "probe" : "mark",
                    canvas.time_text(mark.at) + ": " + word);
    if (is_probe) continue;
    const bool is_right = x > panel_right - 400;
    canvas.svg.text({is_right ? x - 50 : x + 50, y - 30}, word, "tick", is_right ? "end" : "start");
  }
}

// Whether the edge of the window stands anywhere in the picture.
bool is_edge_shown(const Canvas& canvas, const Axis& values) {
  return std::any_of(canvas.flow.acks.begin(), canvas.flow.acks.end(), [&](const SeenAck& ack) {
    return canvas.shows(ack.at) && values.holds(ack.edge);
  });
}

PanelHead sequence_head(const Canvas& canvas, const Axis& values, AxisUnit unit) {
  const Flow& flow = canvas.flow;
  PanelHead head{canvas.say("sequence number, ", "순서 번호, ") + std::string{unit.name}, {}};
  const bool is_sender = flow.vantage == Vantage::sender;
  head.legend.push_back({Swatch::bar, "sent",
                         flow.vantage == Vantage::receiver
                             ? canvas.say("text", "데이터")
                             : canvas.say("text sent", "보낸 데이터")});
  if (!flow.repeated.empty()) {
    head.legend.push_back({Swatch::bar, "again",
                           is_sender ? canvas.say("sent again", "재전송")
                                     : canvas.say("again or late", "재전송 또는 지각")});
  }
  if (flow.acks.empty()) return head;
  head.legend.push_back({Swatch::line, "ack", canvas.say("acknowledged", "확인됨")});
  head.legend.push_back({Swatch::line, "edge",
                         is_edge_shown(canvas, values)
                             ? canvas.say("edge of the window", "윈도우 끝")
                             : canvas.say("edge of the window (above)", "윈도우 끝 (더 위)")});
  const auto has = [&](bool is_duplicate) {
    return std::any_of(flow.sacks.begin(), flow.sacks.end(),
                       [&](const SeenSack& sack) { return sack.is_duplicate == is_duplicate; });
  };
  if (has(false)) head.legend.push_back({Swatch::bar, "sack", "SACK"});
  if (has(true)) head.legend.push_back({Swatch::bar, "dsack", "D-SACK"});
  const bool has_probes = std::any_of(flow.marks.begin(), flow.marks.end(), [](const Mark& mark) {
    return mark.kind == Mark::Kind::probe;
  });
  if (has_probes) head.legend.push_back({Swatch::dot, "probe", canvas.say("probe", "확인 요청")});
  return head;
}

}  // namespace

Tenths draw_sequence(Canvas& canvas, Tenths top) {
  const Box box{panel_left, top + head_height, panel_right, top + head_height + sequence_height};
  const Axis values(sequence_range(canvas), box.bottom, box.top);
  const AxisUnit unit = byte_unit(values.range().to);
  draw_head(canvas, top, sequence_head(canvas, values, unit));
  draw_times(canvas, box);
  draw_frame(canvas, box, values, unit);
  canvas.svg.begin_clip(box);
  draw_sacks(canvas, values, false, "sack");
  draw_acks(canvas, values);
  draw_text(canvas, values);
  draw_sacks(canvas, values, true, "dsack");
  draw_marks(canvas, values);
  canvas.svg.end_group();
  return head_height + sequence_height + 240;
}

}  // namespace acksu::trace
