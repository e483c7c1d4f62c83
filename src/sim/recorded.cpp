// Segments sorted by connections.
#include "sim/recorded.h"

#include <algorithm>
#include <array>
#include <map>

#include "trace/summary.h"

namespace acksu::sim {
namespace {

constexpr std::uint16_t syn_ack_bits = Flags::syn | Flags::ack;

// A flow that is being gathered.
struct Gathered {
  std::size_t flow = 0;
  std::array<std::optional<Seq>, 2> isns;  // by direction
  std::array<bool, 2> has_fin{};
  bool has_reset = false;

  bool is_over() const { return has_reset || (has_fin[0] && has_fin[1]); }
};

std::size_t index_of(End end) { return static_cast<std::size_t>(end); }

RecordedSegment segment_of(const trace::CapturedPacket& packet, const trace::Summary& summary) {
  RecordedSegment recorded;
  recorded.at = packet.at;
  recorded.place = packet.place;
  recorded.dscp_ecn = summary.is_ipv6 ? summary.ipv6.traffic_class : summary.ip.dscp_ecn;
  recorded.segment = summary.tcp;
  const std::size_t start =
      std::size_t{summary.link_bytes} + summary.network_bytes + summary.transport_bytes;
  if (start + summary.text_bytes <= packet.frame.size()) {
    const Bytes text = packet.frame.subspan(start, summary.text_bytes);
    recorded.text.assign(text.begin(), text.end());
  } else {
    recorded.text.assign(summary.text_bytes, 0);
  }
  return recorded;
}

// Whether that SYN begins another connection than the one that is gathered.
bool begins_anew(const Gathered& gathered, const RecordedSegment& recorded) {
  if (!recorded.has(Flags::syn) || recorded.has(Flags::ack)) return false;
  const std::optional<Seq>& isn = gathered.isns[index_of(recorded.from)];
  if (isn && *isn == recorded.segment.seq) return false;
  const bool has_syn = gathered.isns[0] || gathered.isns[1];
  return gathered.is_over() || !has_syn || isn.has_value();
}

}  // namespace

const RecordedSegment* RecordedFlow::first(End from, std::uint16_t flags) const {
  for (const RecordedSegment& each : segments) {
    if (each.from == from && (each.segment.flags.bits & flags) == flags) return &each;
  }
  return nullptr;
}

std::uint32_t RecordedFlow::largest_text() const {
  const RecordedSegment* one = first(End::client, Flags::syn);
  const RecordedSegment* other = first(End::server, Flags::syn);
  constexpr std::uint32_t unknown = 0xffff, stamps = 12;
  if (one == nullptr || other == nullptr) return unknown;
  const SegmentOptions& a = one->segment.options;
  const SegmentOptions& b = other->segment.options;
  const std::uint32_t overhead = a.has_timestamps && b.has_timestamps ? stamps : 0;
  const std::uint32_t most = std::min(a.mss, b.mss);
  return most > overhead ? most - overhead : unknown;
}

const char* RecordedFlow::problem() const {
  const RecordedSegment* syn = first(End::client, Flags::syn);
  if (syn == nullptr || syn != &segments.front() || syn->has(Flags::ack)) {
    return "the capture begins in the middle of it";
  }
  if (!syn->text.empty()) return "its SYN has text (Fast Open), which needs a cookie of then";
  return nullptr;
}

RecordedFlow RecordedFlow::seen_by(End end) const {
  std::optional<std::uint32_t> own_place, peer_place;
  bool has_both = false;
  for (const RecordedSegment& each : segments) {
    std::optional<std::uint32_t>& place = each.from == end ? own_place : peer_place;
    if (!place) place = each.place;
    has_both |= each.from != end && own_place && each.place == *own_place;
  }
  if (has_both) peer_place = own_place;
  RecordedFlow seen;
  seen.tuple = tuple;
  seen.missing_bytes = missing_bytes;
  for (const RecordedSegment& each : segments) {
    if (each.place == (each.from == end ? own_place : peer_place)) seen.segments.push_back(each);
  }
  return seen;
}

std::optional<End> RecordedFlow::recorded_at() const {
  const RecordedSegment* syn = nullptr;
  const RecordedSegment* answer = nullptr;
  for (const RecordedSegment& each : segments) {
    if (each.from == End::server && each.has(syn_ack_bits)) {
      if (answer == nullptr || each.segment.seq != answer->segment.seq) answer = &each;
    } else if (answer == nullptr && each.from == End::client && each.has(Flags::syn)) {
      syn = &each;  // the last before the answer
    } else if (answer != nullptr && each.from == End::client && !each.has(Flags::syn)) {
      if (syn == nullptr) return std::nullopt;
      const Duration to_server = answer->at - syn->at, to_client = each.at - answer->at;
      if (to_server > 2 * to_client) return End::client;
      if (to_client > 2 * to_server) return End::server;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::vector<RecordedFlow> recorded_flows(trace::CapturePackets& packets) {
  std::vector<RecordedFlow> flows;
  std::map<FourTuple, Gathered> by_name;
  for (trace::CapturedPacket packet; packets.next(packet);) {
    const trace::Summary summary = trace::summarize(packet.frame, packet.kind);
    if (summary.kind != trace::FrameKind::tcp) continue;
    RecordedSegment recorded = segment_of(packet, summary);
    const FourTuple name = trace::canonical(summary.tuple);
    auto [found, is_new] = by_name.try_emplace(name);
    Gathered& gathered = found->second;
    if (!is_new && summary.tuple != flows[gathered.flow].tuple) recorded.from = End::server;
    if (is_new || begins_anew(gathered, recorded)) {
      gathered = {};
      gathered.flow = flows.size();
      flows.emplace_back().tuple = summary.tuple;
      recorded.from = End::client;
    }
    const std::size_t way = index_of(recorded.from);
    if (recorded.has(Flags::syn)) gathered.isns[way] = recorded.segment.seq;
    gathered.has_fin[way] |= recorded.has(Flags::fin);
    gathered.has_reset |= recorded.has(Flags::rst);
    RecordedFlow& flow = flows[gathered.flow];
    flow.missing_bytes += std::min(packet.missing_bytes, summary.text_bytes);
    flow.segments.push_back(std::move(recorded));
  }
  return flows;
}

}  // namespace acksu::sim
