// List scheduling: each host's events are a queue; of the heads that may be drawn the earliest is.
// A departure may be drawn whole when its arrival stands at the head of its queue. When only
// crossing frames are left, one is drawn in two pieces.
#include "trace/rows.h"

#include <algorithm>
#include <deque>
#include <span>

#include "base/assert.h"

namespace acksu::trace {
namespace {

using Kind = LadderRow::Kind;

class Scheduler {
 public:
  explicit Scheduler(const Trace& trace)
      : trace_(trace), queues_(trace.hosts.size() + 1), is_split_(trace.frames.size()) {
    for (const FrameRecord& frame : trace.frames) {
      if (frame.sender == nobody || frame.is_lost()) continue;
      shortest_way_ = std::min(shortest_way_, frame.arrivals.front().at - frame.sent);
    }
    for (std::uint32_t i = 0; i < trace.events.size(); ++i) {
      queues_[queue_of(trace.events[i])].push_back(i);
    }
    // Frames of those who are not hosts may have been noted down before their time.
    for (auto& queue : queues_) {
      std::sort(queue.begin(), queue.end(), [&trace](std::uint32_t a, std::uint32_t b) {
        const Event& left = trace.events[a];
        const Event& right = trace.events[b];
        // Silence follows what was said at the same instant.
        const bool is_silent_left = std::holds_alternative<FellSilent>(left.what);
        const bool is_silent_right = std::holds_alternative<FellSilent>(right.what);
        if (left.at != right.at) return left.at < right.at;
        return is_silent_left != is_silent_right ? is_silent_right : a < b;
      });
    }
  }

  std::vector<LadderRow> run() {
    while (true) {
      const std::uint32_t next = earliest_head([this](std::uint32_t e) { return may_draw(e); });
      if (next != nobody) {
        draw(next);
        continue;
      }
      const std::uint32_t blocked =
          earliest_head([this](std::uint32_t e) { return sent(e) != nullptr; });
      if (blocked == nobody) return std::move(rows_);
      split(blocked);
    }
  }

 private:
  std::size_t queue_of(const Event& event) const {
    return event.host == nobody ? trace_.hosts.size() : event.host;
  }
  const Event& event(std::uint32_t index) const { return trace_.events[index]; }
  const FrameSent* sent(std::uint32_t index) const {
    return std::get_if<FrameSent>(&event(index).what);
  }
  const FrameArrived* arrived(std::uint32_t index) const {
    return std::get_if<FrameArrived>(&event(index).what);
  }

  template <class Condition>
  std::uint32_t earliest_head(Condition&& condition) const {
    std::uint32_t best = nobody;
    for (const auto& queue : queues_) {
      if (queue.empty() || !condition(queue.front())) continue;
      const std::uint32_t head = queue.front();
      const bool is_earlier = best == nobody || event(head).at < event(best).at ||
                              (event(head).at == event(best).at && head < best);
      if (is_earlier) best = head;
    }
    return best;
  }

  // The head of the queue in which the frame arrives, if it is that very arrival.
  std::uint32_t arrival_head(std::uint32_t frame) const {
    const FrameRecord& record = trace_.frames[frame];
    const auto& queue = queues_[record.arrivals.front().host];
    if (queue.empty()) return nobody;
    const FrameArrived* head = arrived(queue.front());
    const bool is_it = head != nullptr && head->frame == frame && head->arrival == 0;
    return is_it ? queue.front() : nobody;
  }

  bool may_draw(std::uint32_t index) const {
    if (const FrameSent* departure = sent(index)) {
      const FrameRecord& frame = trace_.frames[departure->frame];
      return frame.is_lost() || is_late(frame) || arrival_head(departure->frame) != nobody;
    }
    if (const FrameArrived* arrival = arrived(index)) {
      const bool has_departure = trace_.frames[arrival->frame].sender != nobody;
      return !has_departure || arrival->arrival > 0 || is_split_[arrival->frame];
    }
    return !std::holds_alternative<Remark>(event(index).what) || is_next_of_all(index);
  }

  // A word stands between what was before it and what comes after, on every column.
  bool is_next_of_all(std::uint32_t index) const {
    return earliest_head([](std::uint32_t) { return true; }) == index;
  }

  // Under way for so long that its two ends do not belong into one row.
  bool is_late(const FrameRecord& frame) const {
    return frame.arrivals.front().at - frame.sent > shortest_way_ + Duration{400ms};
  }

  LadderRow frame_row(Kind kind, std::uint32_t index, std::uint32_t frame, std::uint32_t arrival) {
    const FrameRecord& record = trace_.frames[frame];
    LadderRow row;
    row.kind = kind;
    row.event = index;
    row.frame = frame;
    row.arrival = arrival;
    row.from = record.sender;
    row.left_at = row.right_at = record.sent;
    if (!record.is_lost()) {
      row.to = record.arrivals[arrival].host;
      row.right_at = record.arrivals[arrival].at;
    }
    return row;
  }

  void draw(std::uint32_t index) {
    queues_[queue_of(event(index))].pop_front();
    LadderRow row;
    if (const FrameSent* departure = sent(index)) {
      const FrameRecord& record = trace_.frames[departure->frame];
      if (!record.is_lost() && is_late(record)) {
        is_split_[departure->frame] = true;
        rows_.push_back(frame_row(Kind::departure, index, departure->frame, 0));
        return;
      }
      const Kind without_arrival = trace_.was_lost(record) ? Kind::lost : Kind::departure;
      row = frame_row(record.is_lost() ? without_arrival : Kind::whole, index, departure->frame, 0);
      if (!record.is_lost()) queues_[record.arrivals.front().host].pop_front();
    } else if (const FrameArrived* arrival = arrived(index)) {
      row = frame_row(Kind::arrival, index, arrival->frame, arrival->arrival);
    } else {
      const bool is_remark = std::holds_alternative<Remark>(event(index).what);
      row.kind = is_remark ? Kind::remark : Kind::event;
      row.event = index;
      row.from = event(index).host;
      row.left_at = row.right_at = event(index).at;
    }
    rows_.push_back(row);
  }

  void split(std::uint32_t index) {
    const std::uint32_t frame = sent(index)->frame;
    const Arrival& arrival = trace_.frames[frame].arrivals.front();
    draw_departure(index);
    // Two that leave at nearly the same time look alike: both in two pieces.
    const auto& queue = queues_[arrival.host];
    if (queue.empty() || sent(queue.front()) == nullptr) return;
    const Duration half_way = (arrival.at - trace_.frames[frame].sent) / 2;
    const Event& theirs = event(queue.front());
    const bool is_alike = theirs.at < trace_.frames[frame].sent + half_way;
    if (is_alike && goes_to(queue.front(), rows_.back().from)) draw_departure(queue.front());
  }

  bool goes_to(std::uint32_t index, std::uint32_t host) const {
    const FrameRecord& record = trace_.frames[sent(index)->frame];
    return !record.is_lost() && record.arrivals.front().host == host;
  }

  void draw_departure(std::uint32_t index) {
    queues_[queue_of(event(index))].pop_front();
    const std::uint32_t frame = sent(index)->frame;
    is_split_[frame] = true;
    rows_.push_back(frame_row(Kind::departure, index, frame, 0));
  }

  const Trace& trace_;
  std::vector<std::deque<std::uint32_t>> queues_;  // by host; the last one: remarks
  std::vector<bool> is_split_;                     // by frame
  Duration shortest_way_ = forever - Duration{1s};
  std::vector<LadderRow> rows_;
};

// Numbers are given in the order in which segments were sent, whatever the order of rows.
void number_all(const Trace& trace, std::vector<LadderRow>& rows) {
  Numbers numbers;
  std::vector<SegmentNumbers> by_frame(trace.frames.size());
  for (const Event& event : trace.events) {
    std::uint32_t frame = nobody;
    if (const auto* sent = std::get_if<FrameSent>(&event.what)) frame = sent->frame;
    if (const auto* arrived = std::get_if<FrameArrived>(&event.what)) {
      if (trace.frames[arrived->frame].sender == nobody) frame = arrived->frame;
    }
    if (frame == nobody || trace.frames[frame].summary.kind != FrameKind::tcp) continue;
    by_frame[frame] = numbers.next(trace.frames[frame].summary);
  }
  for (LadderRow& row : rows) {
    if (row.frame != nobody) row.numbers = by_frame[row.frame];
  }
}

bool is_drawn_always(const LadderRow& row) {
  return row.kind == Kind::lost || row.kind == Kind::event || row.kind == Kind::remark;
}

// Text and acknowledgments of an undisturbed transfer.
bool is_quiet(const Trace& trace, const LadderRow& row) {
  if (is_drawn_always(row)) return false;
  const FrameRecord& frame = trace.frames[row.frame];
  constexpr std::uint16_t special = Flags::syn | Flags::fin | Flags::rst | Flags::urg;
  const bool is_plain = frame.summary.kind == FrameKind::tcp &&
                        (frame.summary.tcp.flags.bits & special) == 0 &&
                        frame.summary.tcp.options.sack.size() == 0;
  const bool is_accepted = !frame.is_lost() && frame.arrivals.size() == 1 &&
                           frame.arrivals[0].verdict == Drop::none &&
                           frame.arrivals[0].changed_bytes.empty();
  return is_plain && is_accepted && frame.sender != nobody && frame.retransmission == nullptr &&
         !row.numbers.is_window_news;
}

void count(const Trace& trace, const LadderRow& row, LadderRow& into) {
  const Summary& summary = trace.frames[row.frame].summary;
  LadderRow::Way& way = into.ways[row.from < row.to ? 0 : 1];
  if (summary.text_bytes == 0) {
    ++way.acks;
    return;
  }
  if (way.segments == 0) way.first = row.numbers.seq;
  ++way.segments;
  way.bytes += summary.text_bytes;
  way.end = row.numbers.seq + summary.text_bytes;
}

// One row for all these.
LadderRow join(const Trace& trace, std::span<const LadderRow> rows, Kind kind) {
  LadderRow joined = rows.front();
  joined.kind = kind;
  for (LadderRow::Way& way : joined.ways) way = {};
  for (const LadderRow& row : rows) {
    // In a fold each frame counts where it arrives.
    const bool is_half = row.kind == Kind::departure || row.kind == Kind::burst;
    if (kind == Kind::burst || !is_half) count(trace, row, joined);
  }
  return joined;
}

bool is_same_burst(const Trace& trace, const LadderRow& a, const LadderRow& b) {
  return a.kind == Kind::departure && b.kind == Kind::departure && a.from == b.from &&
         a.to == b.to && is_quiet(trace, a) && is_quiet(trace, b) &&
         trace.frames[a.frame].summary.text_bytes > 0 &&
         trace.frames[b.frame].summary.text_bytes > 0 &&
         trace.frames[a.frame].summary.tuple == trace.frames[b.frame].summary.tuple;
}

std::vector<LadderRow> with_bursts(const Trace& trace, const std::vector<LadderRow>& rows) {
  constexpr std::size_t smallest_burst = 3;
  std::vector<LadderRow> result;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i + 1;
    while (end < rows.size() && is_same_burst(trace, rows[i], rows[end])) ++end;
    if (end - i >= smallest_burst) {
      result.push_back(join(trace, std::span{rows}.subspan(i, end - i), Kind::burst));
      i = end;
    } else {
      result.push_back(rows[i++]);
    }
  }
  return result;
}

}  // namespace

std::vector<LadderRow> rows_of(const Trace& trace) {
  std::vector<LadderRow> rows = Scheduler{trace}.run();
  number_all(trace, rows);
  return rows;
}

std::vector<LadderRow> folded(const Trace& trace, const std::vector<LadderRow>& all_rows) {
  constexpr std::size_t kept_before = 5, kept_after = 3, worth_it = 4;
  const std::vector<LadderRow> rows = with_bursts(trace, all_rows);
  std::vector<LadderRow> result;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i;
    while (end < rows.size() && is_quiet(trace, rows[end])) ++end;
    if (end - i < kept_before + kept_after + worth_it) {
      end = std::max(end, i + 1);
      while (i < end) result.push_back(rows[i++]);
      continue;
    }
    const std::size_t fold_first = i + kept_before, fold_end = end - kept_after;
    while (i < fold_first) result.push_back(rows[i++]);
    result.push_back(
        join(trace, std::span{rows}.subspan(fold_first, fold_end - fold_first), Kind::fold));
    for (i = fold_end; i < end;) result.push_back(rows[i++]);
  }
  return result;
}

}  // namespace acksu::trace
