// Figures of flows.
#include "trace/flow_figures.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace acksu::trace {
namespace {

// Whether any of it was sent again, for each piece of text.
std::vector<bool> ambiguous(const Flow& flow) {
  std::vector<bool> marks(flow.text.size());
  for (const RepeatedText& again : flow.repeated) {
    auto piece =
        std::partition_point(flow.text.begin(), flow.text.end(),
                             [&](const SentText& text) { return text.end() <= again.text.seq; });
    for (; piece != flow.text.end() && piece->seq < again.text.end(); ++piece) {
      marks[static_cast<std::size_t>(piece - flow.text.begin())] = true;
    }
  }
  return marks;
}

// What has arrived, in order or behind holes.
class ArrivedText {
 public:
  explicit ArrivedText(std::int64_t acknowledged) : acknowledged_(acknowledged) {}

  // All before `ack`; returns how much of it is new.
  std::int64_t take_ack(std::int64_t ack) {
    if (ack <= acknowledged_) return 0;
    std::int64_t fresh = ack - acknowledged_;
    acknowledged_ = ack;
    while (!ranges_.empty() && ranges_.begin()->first < ack) {
      const auto [start, end] = *ranges_.begin();
      ranges_.erase(ranges_.begin());
      fresh -= std::min(end, ack) - start;
      if (end > ack) ranges_[ack] = end;
    }
    return fresh;
  }
  std::int64_t take_sack(std::int64_t start, std::int64_t end) {
    start = std::max(start, acknowledged_);
    if (start >= end) return 0;
    std::int64_t known = 0;
    auto range = ranges_.upper_bound(start);
    if (range != ranges_.begin() && std::prev(range)->second >= start) --range;
    std::int64_t from = start, to = end;
    while (range != ranges_.end() && range->first <= end) {
      known +=
          std::max<std::int64_t>(0, std::min(range->second, end) - std::max(range->first, start));
      from = std::min(from, range->first);
      to = std::max(to, range->second);
      range = ranges_.erase(range);
    }
    ranges_[from] = to;
    return end - start - known;
  }

 private:
  std::int64_t acknowledged_;
  std::map<std::int64_t, std::int64_t> ranges_;  // behind it: start, end
};

// Walks along all lists of a flow at once. Of what has one time, ACKs come first, then what the
// sender says, then what it sends.
class Counting {
 public:
  explicit Counting(const Flow& flow)
      : flow_(flow), arrived_(flow.text.empty() ? 0 : flow.text[0].seq) {}

  std::vector<UnderWay> all() {
    for (Instant at = next(); at != never; at = next()) step(at);
    return std::move(points_);
  }

 private:
  Instant next() const {
    Instant at = never;
    if (ack_ < flow_.acks.size()) at = std::min(at, flow_.acks[ack_].at);
    if (sack_ < flow_.sacks.size()) at = std::min(at, flow_.sacks[sack_].at);
    if (window_ < flow_.windows.size()) at = std::min(at, flow_.windows[window_].at);
    if (text_ < flow_.text.size()) at = std::min(at, flow_.text[text_].at);
    if (again_ < flow_.repeated.size()) at = std::min(at, flow_.repeated[again_].text.at);
    return at;
  }
  void step(Instant at) {
    for (; ack_ < flow_.acks.size() && flow_.acks[ack_].at <= at; ++ack_) {
      bytes_ -= arrived_.take_ack(std::min(flow_.acks[ack_].ack, flow_.highest));
    }
    for (; sack_ < flow_.sacks.size() && flow_.sacks[sack_].at <= at; ++sack_) {
      const SeenSack& sack = flow_.sacks[sack_];
      if (!sack.is_duplicate) bytes_ -= arrived_.take_sack(sack.start, sack.end);
    }
    for (; window_ < flow_.windows.size() && flow_.windows[window_].at <= at; ++window_) {
      bytes_ = flow_.windows[window_].in_flight;
    }
    for (; text_ < flow_.text.size() && flow_.text[text_].at <= at; ++text_) {
      bytes_ += flow_.text[text_].bytes;
    }
    for (; again_ < flow_.repeated.size() && flow_.repeated[again_].text.at <= at; ++again_) {
      // Without a word of the sender it takes the place of what was lost.
      if (!flow_.windows.empty()) bytes_ += flow_.repeated[again_].text.bytes;
    }
    bytes_ = std::max<std::int64_t>(bytes_, 0);
    points_.push_back({at, bytes_});
  }

  const Flow& flow_;
  ArrivedText arrived_;
  std::size_t ack_ = 0, sack_ = 0, window_ = 0, text_ = 0, again_ = 0;
  std::int64_t bytes_ = 0;
  std::vector<UnderWay> points_;
};

// Adds to the span that holds `at`, if any does.
void count(std::vector<std::uint64_t>& spans, const Rates& rates, Instant at, std::int64_t bytes) {
  if (at < rates.begin || bytes <= 0) return;
  const auto index = static_cast<std::size_t>((at - rates.begin) / rates.width);
  if (index < spans.size()) spans[index] += static_cast<std::uint64_t>(bytes);
}

}  // namespace

std::vector<UnderWay> under_way(const Flow& flow) { return Counting{flow}.all(); }

std::vector<RoundTrip> round_trips(const Flow& flow) {
  const std::vector<bool> was_repeated = ambiguous(flow);
  std::vector<RoundTrip> trips;
  std::size_t next = 0;
  for (const SeenAck& ack : flow.acks) {
    std::size_t behind = next;
    while (behind < flow.text.size() && flow.text[behind].end() <= ack.ack &&
           flow.text[behind].at <= ack.at) {
      ++behind;
    }
    if (behind > next && !was_repeated[behind - 1]) {
      trips.push_back({ack.at, ack.at - flow.text[behind - 1].at});
    }
    next = behind;
  }
  return trips;
}

Duration usual_round_trip(const Flow& flow) {
  std::vector<Duration> times;
  for (const RttPoint& point : flow.rtts) times.push_back(point.srtt);
  if (times.empty()) {
    for (const RoundTrip& trip : round_trips(flow)) times.push_back(trip.time);
  }
  if (times.empty()) return {};
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

Rates rates(const Flow& flow, Instant begin, Instant end, Duration width) {
  Rates rates{begin, width, {}, {}};
  const auto spans = static_cast<std::size_t>((end - begin) / width) + 1;
  rates.sent.resize(spans);
  rates.acknowledged.resize(spans);
  for (const SentText& text : flow.text) count(rates.sent, rates, text.at, text.bytes);
  for (const RepeatedText& again : flow.repeated) {
    count(rates.sent, rates, again.text.at, again.text.bytes);
  }
  std::int64_t acknowledged = flow.text.empty() ? 0 : flow.text[0].seq;
  for (const SeenAck& ack : flow.acks) {
    const std::int64_t up_to = std::min(ack.ack, flow.highest);  // a FIN is no text
    count(rates.acknowledged, rates, ack.at, up_to - acknowledged);
    acknowledged = std::max(acknowledged, up_to);
  }
  return rates;
}

std::vector<LimitSpan> limit_spans(const Flow& flow, Instant begin, Instant end) {
  std::vector<LimitSpan> spans;
  for (std::size_t i = 0; i < flow.limits.size(); ++i) {
    const Instant from = std::max(begin, flow.limits[i].at);
    const Instant to = i + 1 < flow.limits.size() ? std::min(end, flow.limits[i + 1].at) : end;
    if (from < to) spans.push_back({from, to, flow.limits[i].reason});
  }
  return spans;
}

}  // namespace acksu::trace
