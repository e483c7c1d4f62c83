// Connections of TCP as a capture has recorded them: their segments with text, in the order of
// time, and what can be told of where they were recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/segment.h"
#include "trace/capture_packets.h"

namespace acksu::sim {

enum class End : std::uint8_t { client, server };  // who opens it, who is opened

struct RecordedSegment {
  Instant at{};
  End from = End::client;
  std::uint32_t place = 0;    // the interface that saw it
  std::uint8_t dscp_ecn = 0;  // of the packet's header
  Segment segment;            // without text
  std::vector<std::uint8_t> text;

  bool has(std::uint16_t flag) const { return segment.has(flag); }
  std::uint32_t text_bytes() const { return static_cast<std::uint32_t>(text.size()); }
  Seq text_end() const { return segment.seq + (has(Flags::syn) ? 1u : 0u) + text_bytes(); }
};

struct RecordedFlow {
  FourTuple tuple;  // local: the client; else who spoke first
  std::vector<RecordedSegment> segments;
  std::uint64_t missing_bytes = 0;  // of text that was not captured

  const RecordedSegment* first(End from, std::uint16_t flags) const;
  // Of a segment, as both SYNs allow it.
  std::uint32_t largest_text() const;
  // Why nobody can play it again; null: it can be.
  const char* problem() const;
  // As one end has seen it, where several places saw the same: the place that was the first to see
  // what it sent, and if that saw nothing of its peer, the one that was the first to see that.
  RecordedFlow seen_by(End end) const;
  // Near whom it was recorded, as the times of its handshake tell; nothing: between both.
  std::optional<End> recorded_at() const;
};

// In the order in which they begin. A SYN with new numbers after a connection is over begins
// another one of that name.
std::vector<RecordedFlow> recorded_flows(trace::CapturePackets& packets);

}  // namespace acksu::sim
