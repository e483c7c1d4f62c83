// Recorded segments and ours, side by side.
#include "sim/replay.h"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/replay_host.h"

namespace acksu::sim {
namespace {

// What the n-th segment of ours is compared with the n-th recorded one of: text and signals by
// their place, ACKs by what they acknowledge.
using Kind = std::tuple<std::uint16_t, std::int64_t, std::int64_t>;

Kind kind_of(const ReplayedSegment& each) {
  constexpr std::uint16_t signals = Flags::syn | Flags::fin | Flags::rst;
  const auto signal = static_cast<std::uint16_t>(each.segment.flags.bits & signals);
  const auto seq = std::int64_t{each.segment.seq.value()};
  if (each.text_bytes > 0) return {0xffff, seq, 0};
  if (signal != 0) return {signal, seq, 0};
  return {0, seq, each.segment.ack.value()};
}

// Numbers from both initial ones.
ReplayedSegment relative(ReplayedSegment each, Seq own_isn, Seq peer_isn) {
  each.segment.seq = Seq{bytes_between(own_isn, each.segment.seq)};
  if (each.segment.has(Flags::ack)) {
    each.segment.ack = Seq{bytes_between(peer_isn, each.segment.ack)};
  } else {
    each.segment.ack = {};
  }
  SackBlocks blocks;
  for (const SackBlock& block : each.segment.options.sack) {
    blocks.push_back(
        {Seq{bytes_between(peer_isn, block.start)}, Seq{bytes_between(peer_isn, block.end)}});
  }
  each.segment.options.sack = blocks;
  return each;
}

bool are_options_same(const SegmentOptions& a, const SegmentOptions& b, bool is_syn) {
  const bool are_sacks_same =
      std::equal(a.sack.begin(), a.sack.end(), b.sack.begin(), b.sack.end());
  const bool are_echoes_same =
      !a.has_timestamps || a.timestamps.echo_reply == b.timestamps.echo_reply;
  const bool are_offers_same =
      a.mss == b.mss && a.window_scale == b.window_scale && a.sack_permitted == b.sack_permitted;
  return a.has_timestamps == b.has_timestamps && are_echoes_same && are_sacks_same &&
         (!is_syn || are_offers_same);
}

// Of one time, as they stood. (std::stable_sort asks for memory by a way that C++17 gave up.)
void sort_by_time(std::vector<ReplayLine>& lines) {
  std::vector<std::pair<Instant, std::size_t>> order;
  for (std::size_t i = 0; i < lines.size(); ++i) order.emplace_back(lines[i].at(), i);
  std::sort(order.begin(), order.end());
  std::vector<ReplayLine> sorted;
  sorted.reserve(lines.size());
  for (const auto& [at, index] : order) sorted.push_back(std::move(lines[index]));
  lines = std::move(sorted);
}

class Comparison {
 public:
  Comparison(const RecordedFlow& flow, const ReplaySettings& settings, Replay& replay)
      : flow_(flow), settings_(settings), replay_(replay) {}

  void compare(const ReplayHost& host) {
    find_numbers();
    for (const ReplayedSegment& each : host.said()) {
      ours_.push_back(relative(each, host.isn().value_or(own_isn_), peer_isn_));
      unmatched_[kind_of(ours_.back())].push_back(ours_.size() - 1);
    }
    for (const RecordedSegment& each : flow_.segments) {
      if (each.from != replay_.end) {
        add_heard(each);
      } else {
        for (const ReplayedSegment& part : parts_of(each)) match(part);
      }
    }
    for (const auto& [kind, left] : unmatched_) {
      for (const std::size_t index : left) add(Likeness::only_ours, {}, ours_[index]);
    }
    sort_by_time(replay_.lines);
  }

 private:
  void find_numbers() {
    const End peer = replay_.end == End::client ? End::server : End::client;
    if (const auto* syn = flow_.first(replay_.end, Flags::syn)) own_isn_ = syn->segment.seq;
    if (const auto* syn = flow_.first(peer, Flags::syn)) peer_isn_ = syn->segment.seq;
    largest_text_ = flow_.largest_text();
  }
  // What a device split after it was recorded.
  std::vector<ReplayedSegment> parts_of(const RecordedSegment& whole) const {
    std::vector<ReplayedSegment> parts;
    std::uint32_t done = 0;
    do {
      const std::uint32_t bytes = std::min(whole.text_bytes() - done, largest_text_);
      ReplayedSegment part{whole.at, whole.segment, bytes};
      part.segment.ecn = static_cast<Ecn>(whole.dscp_ecn & 3);
      part.segment.seq += done;
      done += bytes;
      if (done < whole.text_bytes()) {
        part.segment.flags.clear(Flags::fin);
        part.segment.flags.clear(Flags::psh);
      }
      parts.push_back(relative(part, own_isn_, peer_isn_));
    } while (done < whole.text_bytes());
    return parts;
  }
  void add_heard(const RecordedSegment& each) {
    ReplayedSegment heard{each.at, each.segment, each.text_bytes()};
    add(Likeness::heard, relative(heard, peer_isn_, own_isn_), {});
  }
  void match(const ReplayedSegment& recorded) {
    const auto found = unmatched_.find(kind_of(recorded));
    if (found == unmatched_.end() || found->second.empty()) {
      return add(Likeness::only_recorded, recorded, {});
    }
    const ReplayedSegment& ours = ours_[found->second.front()];
    found->second.pop_front();
    const std::uint8_t differences = differences_of(recorded, ours);
    add(differences == 0 ? Likeness::same : Likeness::differs, recorded, ours, differences);
  }
  std::uint8_t differences_of(const ReplayedSegment& recorded, const ReplayedSegment& ours) const {
    const Segment &a = recorded.segment, &b = ours.segment;
    std::uint8_t differences = 0;
    const auto note = [&](bool is_other, std::uint8_t which) {
      if (is_other) differences |= which;
    };
    note(a.flags.bits != b.flags.bits || a.ecn != b.ecn, DifferenceBits::flags);
    note(a.ack != b.ack, DifferenceBits::ack);
    // RFC 9293 3.5.2: the window of a reset means nothing.
    note(a.window != b.window && !a.has(Flags::rst), DifferenceBits::window);
    note(recorded.text_bytes != ours.text_bytes, DifferenceBits::length);
    note(!are_options_same(a.options, b.options, a.has(Flags::syn)), DifferenceBits::options);
    const Duration late = ours.at - recorded.at;
    note(std::chrono::abs(late) > settings_.tolerance, DifferenceBits::time);
    return differences & static_cast<std::uint8_t>(~settings_.ignored);
  }
  void add(Likeness likeness, std::optional<ReplayedSegment> recorded,
           std::optional<ReplayedSegment> ours, std::uint8_t differences = 0) {
    ++replay_.counts[static_cast<std::size_t>(likeness)];
    for (std::size_t i = 0; i < difference_names.size(); ++i) {
      if ((differences >> i & 1) != 0) ++replay_.differences[i];
    }
    replay_.lines.push_back({likeness, differences, std::move(recorded), std::move(ours)});
  }

  const RecordedFlow& flow_;
  const ReplaySettings& settings_;
  Replay& replay_;
  Seq own_isn_, peer_isn_;
  std::uint32_t largest_text_ = 0xffff;
  std::vector<ReplayedSegment> ours_;
  std::map<Kind, std::deque<std::size_t>> unmatched_;  // of ours
};

}  // namespace

const char* name(Likeness likeness) {
  switch (likeness) {
    case Likeness::heard: return "heard";
    case Likeness::same: return "same";
    case Likeness::differs: return "differs";
    case Likeness::only_recorded: return "only recorded";
    case Likeness::only_ours: return "only acksu";
  }
  return "heard";
}

Replay replay_flow(const RecordedFlow& whole, const ReplaySettings& settings) {
  Replay replay;
  const auto near = [&] { return whole.seen_by(End::client).recorded_at().value_or(End::client); };
  replay.end = settings.end ? *settings.end : near();
  const RecordedFlow flow = whole.seen_by(replay.end);
  const bool is_client = replay.end == End::client;
  replay.own = is_client ? flow.tuple.local : flow.tuple.remote;
  replay.peer = is_client ? flow.tuple.remote : flow.tuple.local;
  ReplayHost host(flow, replay.end, settings_like(flow, replay.end, settings.host));
  host.play(script_of(flow, replay.end), settings.tolerance);
  replay.early_acks = host.early_acks();
  replay.unsettled = host.unsettled();
  Comparison(flow, settings, replay).compare(host);
  return replay;
}

}  // namespace acksu::sim
