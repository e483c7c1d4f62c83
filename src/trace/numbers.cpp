// A new SYN begins to count anew when the connection before it has ended.
#include "trace/numbers.h"

#include <algorithm>

namespace acksu::trace {

std::int64_t Numbers::count_from_base(const Direction& direction, Seq seq) {
  const Seq highest = direction.base + static_cast<std::uint32_t>(direction.highest);
  return direction.highest + (seq - highest);
}

// RFC 9768 3.1.1, Table 2: what a SYN+ACK says that agrees. All three flags only repeat the SYN's.
bool Numbers::agrees_to_accurate_ecn(Flags flags) {
  return flags.has(Flags::ack) && flags.ace() > 1 && flags.ace() < 7;
}

void Numbers::take_syn(const Summary& summary, Direction& mine, Direction& theirs) {
  const bool is_same = mine.is_known && mine.has_syn && mine.base == summary.tcp.seq;
  if (is_same) return;
  const bool is_reopened = mine.has_syn && (mine.has_ended || theirs.has_ended);
  if (mine.has_syn && !is_reopened) return;
  mine = Direction{};
  if (is_reopened && !summary.tcp.has(Flags::ack)) theirs = Direction{};
  mine.is_known = mine.has_syn = true;
  mine.base = summary.tcp.seq;
  mine.window_scale = summary.tcp.options.window_scale;
}

SegmentNumbers Numbers::next(const Summary& summary) {
  Direction& mine = directions_[summary.tuple];
  Direction& theirs = directions_[{summary.tuple.remote, summary.tuple.local}];
  const Segment& segment = summary.tcp;
  if (segment.has(Flags::syn)) {
    take_syn(summary, mine, theirs);
  } else if (!mine.is_known) {
    mine.is_known = true;
    mine.base = segment.seq;
  }
  if (segment.has(Flags::ack) && !theirs.is_known) {
    theirs.is_known = true;
    theirs.base = segment.ack - 1;
  }
  if (segment.has(Flags::fin) || segment.has(Flags::rst)) mine.has_ended = true;

  if (segment.has(Flags::syn) && agrees_to_accurate_ecn(segment.flags)) mine.is_accurate = true;

  SegmentNumbers numbers;
  if (!segment.has(Flags::syn) && !segment.has(Flags::rst) &&
      (mine.is_accurate || theirs.is_accurate)) {
    numbers.ace = segment.flags.ace();
  }
  numbers.seq = count_from_base(mine, segment.seq);
  if (segment.has(Flags::ack)) numbers.ack = count_from_base(theirs, segment.ack);
  const bool is_normal = !segment.has(Flags::syn) && !segment.has(Flags::rst);
  if (is_normal && numbers.seq >= mine.highest) mine.highest = numbers.seq + summary.text_bytes;
  const std::int64_t end = numbers.seq + summary.text_bytes + (segment.has(Flags::syn) ? 1 : 0) +
                           (segment.has(Flags::fin) ? 1 : 0);
  // RFC 9293 section 3.5: the SYN+ACK of a simultaneous open carries the same SYN, but is new.
  constexpr std::uint16_t judged = Flags::syn | Flags::ack;
  const bool is_new_syn =
      segment.has(Flags::syn) && (segment.flags.bits & judged) != mine.syn_flags;
  numbers.is_again = end > numbers.seq && end <= mine.end && !is_new_syn;
  if (segment.has(Flags::syn)) mine.syn_flags = segment.flags.bits & judged;
  // Where a segment stands that carries nothing, nothing was sent: a forged RST stands anywhere.
  if (end > numbers.seq && !segment.has(Flags::rst)) mine.end = std::max(mine.end, end);
  const bool is_scaled = !segment.has(Flags::syn) &&
                         mine.window_scale != SegmentOptions::no_window_scale &&
                         theirs.window_scale != SegmentOptions::no_window_scale;
  numbers.window_bytes = std::uint32_t{segment.window} << (is_scaled ? mine.window_scale : 0);
  numbers.is_window_news = is_news(mine, summary, numbers.window_bytes);
  return numbers;
}

bool Numbers::is_news(Direction& direction, const Summary& summary, std::uint32_t window) {
  if (summary.tcp.has(Flags::rst)) return false;
  const std::uint32_t before = direction.told_window;
  const bool is_first = !direction.has_told_window || summary.tcp.has(Flags::syn);
  const bool has_closed = window == 0;
  const bool has_opened = before == 0 && window != 0;
  const bool is_far = window < before / 2 || window / 4 > before;
  // Only the SYN tells the window without the scale: the next one is no news for being larger.
  const bool is_news = has_closed || has_opened || is_far;
  if (is_first || is_news) {
    direction.told_window = window;
    direction.has_told_window = !summary.tcp.has(Flags::syn);
  }
  return summary.tcp.has(Flags::syn) || (is_news && !is_first) || has_closed;
}

}  // namespace acksu::trace
