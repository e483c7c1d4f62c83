// Calls inferred from segments. A write ends where its text was pushed, and was made when the first
// of it was sent.
#include "sim/replay_script.h"

#include <algorithm>
#include <optional>

namespace acksu::sim {
namespace {

constexpr std::uint32_t most_missing = 1u << 24;

class ScriptWriter {
 public:
  ScriptWriter(const RecordedFlow& flow, End end) : flow_(flow), end_(end) {}

  ReplayScript write() {
    script_.is_listening = end_ == End::server && flow_.first(end_, Flags::syn) != nullptr;
    for (std::size_t i = 0; i < flow_.segments.size(); ++i) {
      const RecordedSegment& segment = flow_.segments[i];
      if (segment.from != end_) {
        if (segment.has(Flags::ack)) acked_ = segment.segment.ack;
        add(segment.at, ReplayStep::Kind::arrival).segment = i;
      } else {
        look_for_nagle(segment);
        infer(segment, i);
      }
    }
    return std::move(script_);
  }

 private:
  ReplayStep& add(Instant at, ReplayStep::Kind kind) {
    ReplayStep& step = script_.steps.emplace_back();
    step.at = at;
    step.kind = kind;
    return step;
  }

  void infer(const RecordedSegment& segment, std::size_t index) {
    if (segment.has(Flags::rst)) return infer_abort(segment);
    if (segment.has(Flags::syn)) {
      if (!next_ && !segment.has(Flags::ack)) add(segment.at, ReplayStep::Kind::connect);
      if (!next_) next_ = segment.segment.seq + 1;
      return;
    }
    if (!next_) return;
    infer_write(segment);
    if (segment.has(Flags::fin) && !is_closed_) {
      is_closed_ = true;
      infer_end(segment, index);
    }
  }
  // A FIN in the segment that ends a write was there when that was written.
  void infer_end(const RecordedSegment& segment, std::size_t index) {
    ReplayStep step;
    step.kind = resets_after(index) ? ReplayStep::Kind::close : ReplayStep::Kind::shut_down;
    step.at = segment.at;
    auto place = script_.steps.end();
    if (last_write_ && !segment.text.empty()) {
      place = script_.steps.begin() + static_cast<std::ptrdiff_t>(*last_write_ + 1);
      step.at = script_.steps[*last_write_].at;
    }
    script_.steps.insert(place, std::move(step));
  }
  // RFC 9293 3.7.4, as Minshall refined it.
  void look_for_nagle(const RecordedSegment& segment) {
    const bool is_small = segment.text_bytes() % flow_.largest_text() != 0;
    if (!is_small || segment.has(Flags::syn)) return;
    const bool is_new = !small_end_ || is_after(segment.text_end(), *small_end_);
    if (is_new && small_end_ && (!acked_ || is_after(*small_end_, *acked_))) {
      script_.has_nagle = false;
    }
    if (is_new) small_end_ = segment.text_end();
  }
  // Text that is new; what is missing before it was not captured.
  void infer_write(const RecordedSegment& segment) {
    const Seq begin = segment.segment.seq;
    if (is_after(begin, *next_ + most_missing)) return;  // of another connection
    if (!is_closed_ && is_after(segment.text_end(), *next_) && !segment.text.empty()) {
      if (!open_write_) {
        last_write_ = open_write_ = script_.steps.size();
        add(segment.at, ReplayStep::Kind::write);
      }
      std::vector<std::uint8_t>& text = script_.steps[*open_write_].text;
      if (is_after(begin, *next_)) text.resize(text.size() + bytes_between(*next_, begin));
      const std::uint32_t known = is_before(begin, *next_) ? bytes_between(begin, *next_) : 0;
      text.insert(text.end(), segment.text.begin() + known, segment.text.end());
      next_ = segment.text_end();
    }
    // Where a repeated segment ends with a push nothing new was pushed.
    if (segment.has(Flags::psh) && segment.text_end() == *next_) open_write_.reset();
  }
  // A reset before its FIN is an abort of the application; one for want of a listener is none.
  void infer_abort(const RecordedSegment& segment) {
    if (!next_ || is_closed_) return;
    is_closed_ = true;
    add(segment.at, ReplayStep::Kind::abort);
  }
  bool resets_after(std::size_t index) const {
    return std::any_of(
        flow_.segments.begin() + static_cast<std::ptrdiff_t>(index), flow_.segments.end(),
        [this](const RecordedSegment& each) { return each.from == end_ && each.has(Flags::rst); });
  }

  const RecordedFlow& flow_;
  End end_;
  ReplayScript script_;
  std::optional<Seq> next_;                // behind all text that was seen
  std::optional<std::size_t> open_write_;  // a step whose text has not been pushed
  std::optional<std::size_t> last_write_;
  std::optional<Seq> small_end_, acked_;
  bool is_closed_ = false;
};

}  // namespace

ReplayScript script_of(const RecordedFlow& flow, End end) {
  return ScriptWriter(flow, end).write();
}

}  // namespace acksu::sim
