// Drawing rows onto cells. All that is decided here is where things stand.
#include "trace/ladder.h"

#include <algorithm>
#include <map>
#include <set>

#include "trace/label.h"
#include "trace/note.h"
#include "trace/row_words.h"
#include "trace/rows.h"

namespace acksu::trace {
namespace {

using Kind = LadderRow::Kind;

class Drawing {
 public:
  Drawing(const Trace& trace, const LadderOptions& options)
      : trace_(trace),
        options_(options),
        states_(trace.hosts.size()),
        is_in_seconds_(!trace.events.empty() &&
                       trace.events.back().at - options.origin >= Duration{1000s}),
        latest_(options.origin) {
    const Instant end = trace.events.empty() ? Instant{} : trace.events.back().at;
    margin_ = std::max<std::size_t>(8, time_text(end).size());
    const std::size_t first = margin_ + 1;
    const std::size_t last = options.columns - margin_ - 2;
    const std::size_t gaps = trace.hosts.size() < 2 ? 1 : trace.hosts.size() - 1;
    for (std::size_t i = 0; i < trace.hosts.size(); ++i) {
      columns_.push_back(first + (last - first) * i / gaps);
    }
    has_ports_ = counts_several_connections();
  }

  std::string draw() {
    if (trace_.hosts.empty()) return {};
    heading();
    std::vector<LadderRow> rows = rows_of(trace_);
    std::erase_if(rows, [this](const LadderRow& row) { return !is_drawn(row); });
    if (!options_.shows_all) rows = folded(trace_, rows);
    for (std::size_t i = 0; i < rows.size();) {
      pause(rows[i]);
      heading_above(rows[i]);
      i += draw_row(rows, i);
    }
    return std::move(text_);
  }

 private:
  // ---- Which
  bool counts_several_connections() const {
    std::set<FourTuple> names;
    for (const FrameRecord& frame : trace_.frames) {
      if (frame.summary.kind == FrameKind::tcp) names.insert(canonical(frame.summary.tuple));
    }
    return names.size() > 1;
  }

  bool is_drawn(const LadderRow& row) {
    if (row.kind != Kind::event) return true;
    return notes_.wants(trace_.events[row.event], options_.shows_all);
  }

  // ---- Frame of the drawing
  std::string time_text(Instant at) const {
    const Duration since = at - options_.origin;
    return fixed_milliseconds(Instant{is_in_seconds_ ? since / 1000 : since});
  }
  std::size_t inner_end() const { return columns_.back(); }
  bool is_rightmost(std::uint32_t host) const {
    return host + 1 == trace_.hosts.size() && host > 0;
  }

  void heading() {
    Row names{options_.columns}, addresses{options_.columns};
    const char* unit = is_in_seconds_ ? "s" : "ms";
    names.put_right(margin_ - 1, unit, Style::faint);
    if (trace_.hosts.size() > 1) names.put(inner_end() + 2, unit, Style::faint);
    for (std::uint32_t i = 0; i < trace_.hosts.size(); ++i) {
      const TracedHost& host = trace_.hosts[i];
      put_at_column(names, i, host.name, Style::bold);
      put_at_column(addresses, i, host.address, Style::faint);
    }
    print(names);
    print(addresses);
    print(blank());
  }

  void heading_above(const LadderRow& row) {
    for (const Heading& heading : options_.headings) {
      if (heading.event != row.event || row.kind == Kind::arrival) continue;
      Row line = blank();
      const std::string text = "═══ " + heading.text + " ═══";
      put_centred(line, text, Style::bold);
      print(blank());
      print(line);
    }
  }

  void put_at_column(Row& row, std::uint32_t host, const std::string& text, Style style) {
    if (is_rightmost(host)) {
      row.put_right(columns_[host], text, style);
    } else {
      const std::size_t shift = host == 0 ? 0 : width_of(text) / 2;
      row.put(columns_[host] - shift, text, style);
    }
  }

  const char* rail(std::uint32_t host) const {
    bool is_open = false;
    for (const auto& [tuple, state] : states_[host]) {
      using tcp::State;
      is_open |= state == State::established || state == State::fin_wait_1 ||
                 state == State::fin_wait_2 || state == State::close_wait;
    }
    return is_open ? "┃" : states_[host].empty() ? "┊" : "│";
  }

  Row blank() const {
    Row row{options_.columns};
    for (std::uint32_t i = 0; i < trace_.hosts.size(); ++i) row.put(columns_[i], rail(i));
    return row;
  }

  // An arrow's left end has its time in the left margin, its right end in the right one.
  void put_time(Row& row, bool is_left, Instant at) {
    if (is_left) {
      row.put_right(margin_ - 1, time_text(at), Style::faint);
    } else {
      row.put(inner_end() + 2, time_text(at), Style::faint);
    }
    latest_ = std::max(latest_, at);
  }

  void print(const Row& row) { text_ += row.print(options_.has_colour); }

  // A long time in which nothing is drawn.
  void pause(const LadderRow& row) {
    const Instant at = row.kind == Kind::arrival ? row.right_at : row.left_at;
    const Duration quiet = at - latest_;
    if (text_.empty() || quiet < Duration{400ms}) return;
    Row line = blank();
    const std::string words =
        short_duration(rounded(quiet)) + say(options_.language, " later", " 뒤");
    put_centred(line, "· · ·  " + words + "  · · ·", Style::faint);
    print(line);
  }

  static Duration rounded(Duration duration) {
    const Duration unit = duration >= Duration{1s} ? Duration{100ms} : Duration{10ms};
    return (duration + unit / 2) / unit * unit;
  }

  // Between the first and the last rail.
  void put_centred(Row& row, const std::string& text, Style style) const {
    const std::size_t from = columns_.front();
    const std::size_t room = inner_end() - from - 1;
    const std::size_t width = std::min(width_of(text), room);
    row.put(from + 1 + (room - width) / 2, cut_to_width(text, room), style);
  }

  // ---- Rows. Returns how many were drawn.
  std::size_t draw_row(const std::vector<LadderRow>& rows, std::size_t index) {
    const LadderRow& row = rows[index];
    switch (row.kind) {
      case Kind::event: return notes(rows, index);
      case Kind::fold: fold(row); break;
      case Kind::remark: remark(row); break;
      default: arrow(row);
    }
    return 1;
  }

  void arrow(const LadderRow& row) {
    const FrameRecord& frame = trace_.frames[row.frame];
    Row line = blank();
    const Ends ends = ends_of(row);
    const Style style = frame_style(frame.summary);
    line.fill(ends.low + 1, ends.high, "─", style);
    if (row.kind == Kind::departure || row.kind == Kind::burst)
      fade(line, ends, !ends.is_right, style);
    if (row.kind == Kind::arrival) fade(line, ends, ends.is_right, style);
    if (row.kind != Kind::lost && row.kind != Kind::departure && row.kind != Kind::burst) {
      line.put(ends.is_right ? ends.high - 1 : ends.low + 1, ends.is_right ? "►" : "◄", style);
    }
    arrow_label(line, row, ends, style);
    if (row.kind == Kind::lost) cross(line, frame, ends);
    const bool has_arrived = row.kind == Kind::whole || row.kind == Kind::arrival;
    if (row.kind != Kind::arrival) put_time(line, ends.is_right, row.left_at);
    if (has_arrived) put_time(line, !ends.is_right, row.right_at);
    print(line);
    if (has_arrived) verdict(row);
  }

  struct Ends {
    std::size_t low, high;  // columns of the two rails
    bool is_right;          // the arrow points to the right
  };

  Ends ends_of(const LadderRow& row) const {
    std::uint32_t from = row.from, to = row.to;
    if (to == nobody) to = other_end(row);
    if (from == nobody) from = to == 0 ? 1 : to - 1;
    if (from >= trace_.hosts.size()) from = to;
    if (to >= trace_.hosts.size()) to = from;
    const bool is_right = from < to || (from == to && to == 0);
    std::size_t low = columns_[std::min(from, to)], high = columns_[std::max(from, to)];
    if (from == to) high = inner_end();
    return {low, high, is_right};
  }

  // Where a lost frame was going: to whom its address belongs, else to a neighbour.
  std::uint32_t other_end(const LadderRow& row) const {
    const FourTuple& tuple = trace_.frames[row.frame].summary.tuple;
    for (const FrameRecord& frame : trace_.frames) {
      const bool is_same_way = frame.sender == row.from && !frame.is_lost() &&
                               frame.summary.tuple.remote.address == tuple.remote.address;
      if (is_same_way) return frame.arrivals.front().host;
    }
    return row.from == 0 ? 1 : row.from - 1;
  }

  // The half of an arrow that is on the other row.
  static void fade(Row& line, const Ends& ends, bool is_left_half, Style style) {
    const std::size_t third = (ends.high - ends.low) / 4;
    if (is_left_half) {
      line.fill(ends.low + 1, ends.low + 1 + third, "┄", style);
    } else {
      line.fill(ends.high - third, ends.high, "┄", style);
    }
  }

  void arrow_label(Row& line, const LadderRow& row, const Ends& ends, Style style) {
    const FrameRecord& frame = trace_.frames[row.frame];
    std::vector<Part> parts =
        row.kind == Kind::burst
            ? burst_parts(row.ways[row.from < row.to ? 0 : 1], options_.language)
            : frame_parts(frame, row.numbers, options_.language, has_ports_);
    const bool is_copy = row.kind == Kind::arrival && row.arrival > 0;
    if (is_copy) parts.push_back({say(options_.language, "(a second time)", "(두 번째)"), 1});
    if (row.to != nobody && row.kind != Kind::burst) {
      const Arrival& arrival = frame.arrivals[row.arrival];
      if (arrival.is_marked)
        parts.push_back({say(options_.language, "(marked)", "(혼잡 표시)"), 1});
      if (arrival.is_corrupted()) {
        parts.push_back({say(options_.language, "(corrupted)", "(손상됨)"), 1});
      }
    }
    const std::size_t lost =
        row.kind == Kind::lost ? width_of(lost_text(frame, options_.language)) + 4 : 0;
    const std::size_t room = ends.high - ends.low - 7 - lost;
    const std::string label = fitted(std::move(parts), room);
    const std::size_t start = ends.is_right ? ends.low + 4 : ends.low + 4 + lost;
    const std::size_t slack = room - std::min(room, width_of(label));
    line.put(start + slack / 2 - 1, " " + label + " ", style);
  }

  void cross(Row& line, const FrameRecord& frame, const Ends& ends) {
    const std::string words = lost_text(frame, options_.language);
    const std::size_t width = width_of(words) + 4;
    if (ends.is_right) {
      line.fill(ends.high - width, ends.high, " ", Style::plain);
      line.put(ends.high - width, "×", Style::bad);
      line.put(ends.high - width + 2, words, Style::bad);
    } else {
      line.fill(ends.low + 1, ends.low + 1 + width, " ", Style::plain);
      line.put(ends.low + width, "×", Style::bad);
      line.put(ends.low + 2, words, Style::bad);
    }
  }

  void verdict(const LadderRow& row) {
    const FrameRecord& frame = trace_.frames[row.frame];
    const Drop drop = frame.arrivals[row.arrival].verdict;
    // Sent to a group of others: its card would not have let it in.
    const bool is_others = frame.summary.is_ipv6 && frame.summary.ethernet.destination.is_group();
    if (drop == Drop::ip_not_for_us && is_others) return;
    if (drop == Drop::none) return;
    Row line = blank();
    const Style style = drop == Drop::tcp_time_wait ? Style::note : Style::bad;
    put_note(line, row.to, verdict_text(drop, options_.language), style);
    print(line);
  }

  void put_note(Row& line, std::uint32_t host, const std::string& text, Style style) {
    const std::string_view part = cut_to_width(text, note_room());
    if (is_rightmost(host)) {
      line.put_right(columns_[host] - 2, part, style);
    } else {
      line.put(columns_[host] + 2, part, style);
    }
  }

  std::size_t note_room() const {
    return columns_.size() < 2 ? options_.columns - columns_[0] - 3 : columns_[1] - columns_[0] - 4;
  }

  // What else happened to that host at that time stands in the same row, as far as there is room.
  // Returns how many rows were drawn.
  std::size_t notes(const std::vector<LadderRow>& rows, std::size_t first) {
    const Event& event = trace_.events[rows[first].event];
    Row line = blank();
    if (const auto* moved = std::get_if<Moved>(&event.what)) {
      take_move(event.host, *moved);
      line = blank();
      line.put(columns_[event.host], moved->row.to == tcp::State::closed ? "┴" : "●", Style::bold);
    }
    std::vector<std::string> lines = notes_.lines(event, options_.language, note_room());
    std::size_t next = first + 1;
    while (next < rows.size() && may_join(rows[first], rows[next])) {
      const Event& more = trace_.events[rows[next].event];
      const std::string words = notes_.lines(more, options_.language, note_room()).front();
      if (width_of(lines.back()) + 3 + width_of(words) > note_room()) break;
      lines.back() += "   " + words;
      ++next;
    }
    put_time(line, !is_rightmost(event.host), event.at);
    for (const std::string& words : lines) {
      put_note(line, event.host, words, notes_.style(event));
      print(line);
      line = blank();
    }
    return next - first;
  }

  void take_move(std::uint32_t host, const Moved& moved) {
    const bool is_gone = moved.row.to == tcp::State::closed || moved.row.to == tcp::State::listen;
    if (is_gone) {
      states_[host].erase(moved.tuple);
    } else {
      states_[host][moved.tuple] = moved.row.to;
    }
  }

  bool may_join(const LadderRow& row, const LadderRow& next) const {
    return next.kind == Kind::event && next.from == row.from && next.left_at == row.left_at &&
           !std::holds_alternative<Moved>(trace_.events[next.event].what);
  }

  void fold(const LadderRow& row) {
    Row line = blank();
    const std::string words = fold_text(row, options_.language);
    put_centred(line, "…  " + words + "  …", Style::text);
    print(line);
    latest_ = std::max(latest_, row.right_at);
  }

  void remark(const LadderRow& row) {
    const auto& words = std::get<Remark>(trace_.events[row.event].what);
    const std::string& text = options_.language == Language::korean ? words.korean : words.english;
    for (const std::string& part : wrapped(text, inner_end() - columns_.front() - 5)) {
      Row line = blank();
      put_centred(line, " " + part + " ", Style::warning);
      print(line);
    }
    latest_ = std::max(latest_, row.left_at);
  }

  const Trace& trace_;
  const LadderOptions& options_;
  std::vector<std::map<FourTuple, tcp::State>> states_;  // by host; of living connections
  bool is_in_seconds_;
  bool has_ports_ = false;
  std::size_t margin_ = 8;
  std::vector<std::size_t> columns_;  // of the rails
  NoteTaker notes_;
  Instant latest_;
  std::string text_;
};

}  // namespace

std::string ladder(const Trace& trace, const LadderOptions& options) {
  return Drawing{trace, options}.draw();
}

}  // namespace acksu::trace
