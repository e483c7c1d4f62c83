// Joining what was seen to flows.
#include "trace/flows.h"

#include <algorithm>

namespace acksu::trace {
namespace {

FourTuple turned(const FourTuple& tuple) { return {tuple.remote, tuple.local}; }

// RFC 2883 section 4: the first block, when it is behind nothing, or part of the second.
bool is_duplicate_report(const SackBlocks& blocks, Seq ack) {
  const SackBlock& first = blocks[0];
  if (is_before(first.start, ack)) return true;
  if (blocks.size() < 2) return false;
  const SackBlock& second = blocks[1];
  return is_at_or_after(first.start, second.start) && is_at_or_after(second.end, first.end);
}

bool has_ended(const Flow& flow) {
  return std::any_of(flow.marks.begin(), flow.marks.end(), [](const Mark& mark) {
    return mark.kind == Mark::Kind::fin || mark.kind == Mark::Kind::rst;
  });
}

}  // namespace

Instant Flow::last() const {
  Instant last = began;
  if (!text.empty()) last = std::max(last, text.back().at);
  if (!repeated.empty()) last = std::max(last, repeated.back().text.at);
  if (!acks.empty()) last = std::max(last, acks.back().at);
  if (!marks.empty()) last = std::max(last, marks.back().at);
  return last;
}

bool Flows::is_full() {
  if (points_ < most_points_) return false;
  ++left_out_;
  return true;
}

Flows::Held& Flows::held(Instant at, std::uint32_t place, const FourTuple& tuple) {
  const Key key{tuple, place};
  if (const auto found = by_key_.find(key); found != by_key_.end()) return flows_[found->second];
  points_ += points_of_flow;
  Held& made = flows_.emplace_back();
  made.key = key;
  made.flow.tuple = tuple;
  if (const auto name = names_.find(place); name != names_.end()) made.flow.place = name->second;
  made.flow.began = at;
  if (const auto other = by_key_.find({turned(tuple), place}); other != by_key_.end()) {
    made.flow.began = flows_[other->second].flow.began;
  }
  by_key_[key] = flows_.size() - 1;
  return made;
}

// After its end a SYN of another number begins another connection of that name. While it lives, it
// may be anybody's.
void Flows::begin_anew_on_syn(const Sighting& sighting, const Summary& summary) {
  Held& before = held(sighting.at, sighting.place, summary.tuple);
  const bool is_other = before.has_isn && before.isn != summary.tcp.seq;
  Held& back = held(sighting.at, sighting.place, turned(summary.tuple));
  const bool is_over = has_ended(before.flow) || has_ended(back.flow);
  if (is_other && is_over && !summary.tcp.has(Flags::ack)) {
    by_key_.erase({summary.tuple, sighting.place});
    by_key_.erase({turned(summary.tuple), sighting.place});
  }
  Held& now = held(sighting.at, sighting.place, summary.tuple);
  now.has_isn = true;
  now.isn = summary.tcp.seq;
}

void Flows::on_segment(const Sighting& sighting, const Summary& summary) {
  if (summary.kind != FrameKind::tcp) return;
  if (is_full()) return;
  ++points_;
  if (summary.tcp.has(Flags::syn)) begin_anew_on_syn(sighting, summary);
  const SegmentNumbers numbers = numbers_[sighting.place].next(summary);
  Flow& mine = held(sighting.at, sighting.place, summary.tuple).flow;
  const auto mark = [&](std::uint16_t flag, Mark::Kind kind) {
    if (summary.tcp.has(flag)) mine.marks.push_back({sighting.at, numbers.seq, kind});
  };
  mark(Flags::syn, Mark::Kind::syn);
  mark(Flags::fin, Mark::Kind::fin);
  mark(Flags::rst, Mark::Kind::rst);
  // RFC 9293 3.8.6.1, 3.8.4: just before what the other end waits for.
  const bool is_probe =
      summary.is_pure_ack() && !mine.acks.empty() && numbers.seq + 1 == mine.acks.back().ack;
  if (is_probe) mine.marks.push_back({sighting.at, numbers.seq, Mark::Kind::probe});
  if (summary.text_bytes > 0) take_text(sighting, summary, numbers.seq, mine);
  if (summary.tcp.has(Flags::ack) && !summary.tcp.has(Flags::rst)) {
    Flow& theirs = held(sighting.at, sighting.place, turned(summary.tuple)).flow;
    take_ack(sighting, summary, numbers, theirs);
  }
}

// Of a segment that reaches beyond all that passed before, only that part is new.
void Flows::take_text(const Sighting& sighting, const Summary& summary, std::int64_t seq,
                      Flow& flow) {
  const std::int64_t end = seq + summary.text_bytes;
  const bool is_first = flow.segments == 0;
  const std::int64_t old_end = is_first ? seq : std::clamp(flow.highest, seq, end);
  ++flow.segments;
  flow.text_bytes += summary.text_bytes;
  if (old_end > seq) {
    const auto bytes = static_cast<std::uint32_t>(old_end - seq);
    flow.repeated.push_back({{sighting.at, seq, bytes}, std::string{sighting.cause}});
    flow.repeated_bytes += bytes;
    ++flow.repeated_segments;
  }
  if (end > old_end) {
    flow.text.push_back({sighting.at, old_end, static_cast<std::uint32_t>(end - old_end)});
  }
  flow.highest = is_first ? end : std::max(flow.highest, end);
}

void Flows::take_ack(const Sighting& sighting, const Summary& summary,
                     const SegmentNumbers& numbers, Flow& flow) {
  flow.acks.push_back({sighting.at, numbers.ack, numbers.ack + numbers.window_bytes});
  const SackBlocks& blocks = summary.tcp.options.sack;
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    const bool is_duplicate = i == 0 && is_duplicate_report(blocks, summary.tcp.ack);
    flow.sacks.push_back({sighting.at, numbers.ack + (blocks[i].start - summary.tcp.ack),
                          numbers.ack + (blocks[i].end - summary.tcp.ack), is_duplicate});
  }
}

// ---- From inside --------------------------------------------------------------------------------

void Flows::on_end(Instant at, std::uint32_t place, const FourTuple& tuple) {
  if (is_full()) return;
  held(at, place, tuple).flow.vantage = Vantage::sender;
  held(at, place, turned(tuple)).flow.vantage = Vantage::receiver;
}

void Flows::on_window(Instant at, std::uint32_t place, const FourTuple& tuple, WindowPoint point) {
  if (is_full()) return;
  ++points_;
  point.at = at;
  Flow& flow = held(at, place, tuple).flow;
  flow.vantage = Vantage::sender;
  flow.windows.push_back(point);
}

void Flows::on_rtt(Instant at, std::uint32_t place, const FourTuple& tuple, RttPoint point) {
  if (is_full()) return;
  ++points_;
  point.at = at;
  Flow& flow = held(at, place, tuple).flow;
  flow.vantage = Vantage::sender;
  flow.rtts.push_back(point);
}

void Flows::on_limit(Instant at, std::uint32_t place, const FourTuple& tuple,
                     tcp::LimitedBy reason) {
  if (is_full()) return;
  std::vector<LimitPoint>& limits = held(at, place, tuple).flow.limits;
  if (!limits.empty() && limits.back().reason == reason) return;
  ++points_;
  limits.push_back({at, reason});
}

void Flows::take(const Trace& trace, std::size_t first_event) {
  for (std::uint32_t host = 0; host < trace.hosts.size(); ++host) {
    name_place(host, trace.hosts[host].name);
  }
  for (std::size_t i = first_event; i < trace.events.size(); ++i) {
    take_event(trace, trace.events[i]);
  }
}

void Flows::take_event(const Trace& trace, const Event& event) {
  if (const auto* sent = std::get_if<FrameSent>(&event.what)) {
    const FrameRecord& frame = trace.frames[sent->frame];
    const char* cause = frame.retransmission == nullptr ? "" : frame.retransmission;
    on_segment({event.at, event.host, cause}, frame.summary);
  } else if (const auto* arrived = std::get_if<FrameArrived>(&event.what)) {
    const FrameRecord& frame = trace.frames[arrived->frame];
    const Arrival& arrival = frame.arrivals[arrived->arrival];
    const bool is_taken = arrival.verdict == Drop::none && !arrival.is_corrupted() &&
                          frame.link_kind != LinkKind::loopback;  // it left here, too
    if (is_taken) on_segment({event.at, event.host, {}}, frame.summary);
  } else if (const auto* moved = std::get_if<Moved>(&event.what)) {
    on_end(event.at, event.host, moved->tuple);
  } else if (const auto* window = std::get_if<CongestionChanged>(&event.what)) {
    const tcp::CongestionSample& sample = window->sample;
    on_window(event.at, event.host, window->tuple,
              {{}, sample.cwnd_bytes, sample.ssthresh_bytes, sample.in_flight_bytes});
  } else if (const auto* rtt = std::get_if<RttMeasured>(&event.what)) {
    on_rtt(event.at, event.host, rtt->tuple,
           {{}, rtt->sample.sample, rtt->sample.srtt, rtt->sample.rto});
  } else if (const auto* silence = std::get_if<FellSilent>(&event.what)) {
    on_limit(event.at, event.host, silence->tuple, silence->reason);
  }
}

// ---- Captures of several interfaces -------------------------------------------------------------

void Flows::join_places() {
  std::map<FourTuple, std::vector<Held*>> seen;
  for (Held& one : flows_) seen[one.flow.tuple].push_back(&one);
  for (const auto& [tuple, ones] : seen) {
    std::map<std::uint32_t, std::vector<Held*>> by_isn;  // connections of one name
    for (Held* one : ones) {
      if (one->has_isn) by_isn[one->isn.value()].push_back(one);
    }
    if (by_isn.size() < 2) {  // who saw no SYN has seen the same one
      join(ones);
    } else {
      for (const auto& [isn, same] : by_isn) join(same);
    }
  }
}

void Flows::join(const std::vector<Held*>& ones) {
  Held* text = nullptr;
  Held* acks = nullptr;
  for (Held* one : ones) {
    const Flow& flow = one->flow;
    if (!flow.text.empty() && (!text || flow.text[0].at < text->flow.text[0].at)) text = one;
    if (!flow.acks.empty() && (!acks || flow.acks[0].at > acks->flow.acks[0].at)) acks = one;
  }
  if (ones.size() < 2 || text == nullptr) return;
  if (acks != nullptr && acks != text) {
    text->flow.acks = std::move(acks->flow.acks);
    text->flow.sacks = std::move(acks->flow.sacks);
  }
  for (Held* one : ones) one->is_joined = one != text;
}

// ---- Asking -------------------------------------------------------------------------------------

std::vector<const Flow*> Flows::ranked() const {
  const bool has_ends = std::any_of(flows_.begin(), flows_.end(), [](const Held& held) {
    return held.flow.vantage != Vantage::capture;
  });
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    const Held& held = flows_[i];
    const bool is_shown = !has_ends || held.flow.vantage != Vantage::capture;
    if (held.flow.segments > 0 && is_shown && !held.is_joined) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    const Flow &a = flows_[i].flow, &b = flows_[j].flow;
    if (a.text_bytes != b.text_bytes) return a.text_bytes > b.text_bytes;
    const bool is_a = a.vantage == Vantage::sender, is_b = b.vantage == Vantage::sender;
    return is_a != is_b ? is_a : i < j;
  });
  std::vector<const Flow*> ranked;
  for (const std::size_t i : order) ranked.push_back(&flows_[i].flow);
  return ranked;
}

}  // namespace acksu::trace
