// What held the sender back, as a band along time: in each column of a pixel the reason that held
// for most of it.
#include <algorithm>
#include <array>

#include "trace/flow_figures.h"
#include "trace/plot_panel.h"

namespace acksu::trace {
namespace {

constexpr Tenths band_height = 160;
constexpr std::size_t reason_count = 8;

struct ReasonName {
  const char* css;
  const char* english;
  const char* korean;
};
// In the order of tcp::LimitedBy.
constexpr std::array<ReasonName, reason_count> reason_names{{
    {"by-application", "application", "응용 프로그램"},
    {"by-peer", "peer's window", "상대 윈도우"},
    {"by-cwnd", "congestion window", "혼잡 윈도우"},
    {"by-nagle", "Nagle", "네이글"},
    {"by-cork", "cork", "코르크"},
    {"by-pacing", "pacing", "페이싱"},
    {"by-handshake", "handshake", "악수"},
    {"by-link", "link", "링크"},
}};

std::size_t index_of(tcp::LimitedBy reason) {
  return std::min(static_cast<std::size_t>(reason), reason_count - 1);
}

using Shares = std::array<std::int64_t, reason_count>;

// "37 %"; never nothing for something.
std::string percent(std::int64_t part, std::int64_t whole) {
  const std::int64_t hundredth = std::max<std::int64_t>(1, whole / 100);
  const std::int64_t count = (part + hundredth / 2) / hundredth;
  return count == 0 ? "<1 %" : std::to_string(std::min<std::int64_t>(count, 100)) + " %";
}

// For each column how much of it each reason holds, in thousandths.
std::vector<Shares> columns_of(const Canvas& canvas, const std::vector<LimitSpan>& spans) {
  constexpr std::int64_t fine = 1000;
  const auto count = static_cast<std::size_t>((panel_right - panel_left) / 10);
  std::vector<Shares> columns(count);
  const Axis axis(canvas.time.range(), 0, static_cast<Tenths>(count) * fine);
  for (const LimitSpan& span : spans) {
    std::int64_t from = axis.at(nanoseconds(span.begin));
    const std::int64_t to = axis.at(nanoseconds(span.end));
    while (from < to) {
      const std::int64_t column = from / fine;
      if (static_cast<std::size_t>(column) >= count) break;
      const std::int64_t stop = std::min(to, (column + 1) * fine);
      columns[static_cast<std::size_t>(column)][index_of(span.reason)] += stop - from;
      from = stop;
    }
  }
  return columns;
}

// The reason of most of a column; none: nothing is known of it.
std::size_t strongest(const Shares& shares) {
  const auto most = std::max_element(shares.begin(), shares.end());
  return *most == 0 ? reason_count : static_cast<std::size_t>(most - shares.begin());
}

void draw_band(Canvas& canvas, const Box& box, const std::vector<LimitSpan>& spans) {
  const std::vector<Shares> columns = columns_of(canvas, spans);
  for (std::size_t from = 0; from < columns.size();) {
    const std::size_t reason = strongest(columns[from]);
    std::size_t to = from + 1;
    while (to < columns.size() && strongest(columns[to]) == reason) ++to;
    if (reason < reason_count) {
      const Tenths left = box.left + static_cast<Tenths>(from) * 10;
      const Tenths right = box.left + static_cast<Tenths>(to) * 10;
      const char* words = canvas.say(tcp::sentence(static_cast<tcp::LimitedBy>(reason)),
                                     reason_names[reason].korean);
      canvas.svg.rectangle({left, box.top, right, box.bottom}, reason_names[reason].css, words);
    }
    from = to;
  }
}

}  // namespace

Tenths draw_limits(Canvas& canvas, Tenths top) {
  const std::vector<LimitSpan> spans = limit_spans(canvas.flow, canvas.begin, canvas.end);
  if (spans.empty()) return 0;
  Shares total{};
  std::int64_t all = 0;
  for (const LimitSpan& span : spans) {
    total[index_of(span.reason)] += nanoseconds(span.end - span.begin);
    all += nanoseconds(span.end - span.begin);
  }
  PanelHead head{canvas.say("limited by", "멈추게 한 것"), {}};
  for (std::size_t i = 0; i < reason_count; ++i) {
    if (total[i] == 0) continue;
    head.legend.push_back({Swatch::area, reason_names[i].css,
                           canvas.say(reason_names[i].english, reason_names[i].korean) +
                               (" " + percent(total[i], all))});
  }
  draw_head(canvas, top, head);
  const Box box{panel_left, top + head_height, panel_right, top + head_height + band_height};
  draw_band(canvas, box, spans);
  canvas.svg.rectangle(box, "frame");
  return head_height + band_height + 120;
}

}  // namespace acksu::trace
