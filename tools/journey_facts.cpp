// First occurrences: what was sent again later counts as such only.
#include "tools/journey_facts.h"

#include <set>

#include "tools/journey_events.h"
#include "tools/journey_hops.h"

namespace acksu::tools {
namespace {

using trace::FrameRecord;
using Network = sim::HomeNetwork;

Step step_of(const FrameRecord& frame) {
  return {frame.sent, frame.summary.tcp.seq.value(), frame.summary.tcp.ack.value()};
}

// The first segment that this host sent, not before `after`, for which `f` is true.
template <class F>
Step first_step(const trace::Trace& trace, std::uint32_t sender, Instant after, F&& f) {
  const std::uint32_t found = first_frame(trace, [&](const FrameRecord& frame) {
    return frame.sender == sender && frame.summary.kind == trace::FrameKind::tcp &&
           frame.sent >= after && f(frame);
  });
  return found == trace::nobody ? Step{} : step_of(trace.frames[found]);
}

void count_frames(const trace::Trace& trace, JourneyFacts& facts) {
  std::set<std::uint32_t> seen;  // sequence numbers of the response
  for (const FrameRecord& frame : trace.frames) {
    if (frame.sender == trace::nobody) continue;
    ++facts.frames;
    facts.frames_lost += frame.is_lost() ? 1u : 0u;
    facts.sent_again += frame.retransmission != nullptr ? 1u : 0u;
    const bool is_response = frame.sender == Network::web_server && has_tcp_text(frame);
    if (is_response && seen.insert(frame.summary.tcp.seq.value()).second) {
      ++facts.response_segments;
      facts.response_bytes += frame.summary.text_bytes;
    }
  }
}

void find_handshake(const trace::Trace& trace, JourneyFacts& facts) {
  const auto has = [](std::uint16_t flags) {
    return [flags](const FrameRecord& frame) { return frame.summary.is_tcp(flags); };
  };
  const auto is_ack = [](const FrameRecord& frame) { return frame.summary.is_pure_ack(); };
  const std::uint32_t laptop = Network::laptop, server = Network::web_server;
  facts.syn = first_step(trace, laptop, {}, has(Flags::syn));
  facts.syn_ack = first_step(trace, server, {}, has(Flags::syn));
  facts.handshake_ack = first_step(trace, laptop, facts.syn_ack.at, is_ack);
  facts.request = first_step(trace, laptop, {}, has_tcp_text);
  facts.response = first_step(trace, server, {}, has_tcp_text);
  facts.first_fin = first_step(trace, laptop, {}, has(Flags::fin));
  facts.second_fin = first_step(trace, server, {}, has(Flags::fin));
  const std::uint32_t acked = facts.first_fin.seq + 1;
  facts.fin_ack = first_step(trace, server, facts.first_fin.at, [acked](const FrameRecord& frame) {
    return frame.summary.tcp.ack.value() == acked;
  });
  facts.last_ack = first_step(trace, laptop, facts.second_fin.at, is_ack);
}

}  // namespace

JourneyFacts facts_of(const JourneyNetwork& network) {
  const trace::Trace& trace = network.trace();
  JourneyFacts facts;
  count_frames(trace, facts);
  find_handshake(trace, facts);
  const std::vector<std::uint32_t> path = request_path(network);
  if (!path.empty()) {
    const FrameRecord& first = trace.frames[path.front()];
    facts.request_bytes = first.summary.text_bytes;
    facts.request_frame_bytes = first.bytes.size();
    facts.inside = to_string(first.summary.tuple.local);
    facts.outside = to_string(trace.frames[path.back()].summary.tuple.local);
  }
  const std::uint32_t syn = first_frame(trace, [](const FrameRecord& frame) {
    return frame.sender == Network::laptop && frame.summary.is_tcp(Flags::syn);
  });
  if (syn != trace::nobody) facts.window_bytes = trace.frames[syn].summary.tcp.window;
  facts.time_wait_begins = move_time(trace, Network::laptop, tcp::State::time_wait);
  facts.time_wait_ends = move_time(trace, Network::laptop, tcp::State::closed);
  return facts;
}

}  // namespace acksu::tools
