// One line of a script: a segment as people speak of it. What a line does not name is filled in
// when the peer says it, and not looked at when the host is expected to say it; but flags (PSH
// apart) and the length of the text are always part of a line.
//
//   syn(0).win(32792).mss(1000)      data(1, 100).ack(1)      rst(1)      pure_ack(1).sack({{5,
//   9}})
//
// Sequence numbers count from the ISN of the side that they belong to, so a SYN stands at 0 and the
// first byte of text at 1. The value of a host's time stamps counts from the first one it sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/segment.h"

namespace acksu::sim {

class Line {
 public:
  using Number = std::int64_t;  // relative; also negative, as in a keep-alive's seq(0) before 1

  explicit Line(std::uint16_t flags) : flags_{flags} {}

  Line& seq(Number seq) { return seq_ = seq, *this; }
  Line& ack(Number ack);
  Line& win(std::uint16_t window) { return window_ = window, *this; }  // as in the header
  Line& text(std::uint32_t bytes) { return text_bytes_ = bytes, *this; }
  Line& fin() { return flags_.set(Flags::fin), *this; }
  Line& psh() { return flags_.set(Flags::psh), is_psh_named_ = true, *this; }
  Line& no_psh() { return flags_.clear(Flags::psh), is_psh_named_ = true, *this; }
  Line& urg(std::uint16_t pointer);
  // Options. With an argument of nothing: the line says that it is not there.
  Line& mss(std::uint16_t bytes) { return mss_ = bytes, *this; }
  Line& scale(std::uint8_t shift) { return scale_ = shift, *this; }
  Line& no_scale() { return scale(SegmentOptions::no_window_scale); }
  Line& sack_ok(bool is_there = true) { return sack_ok_ = is_there, *this; }
  Line& ts(std::uint32_t value) { return ts_value_ = value, has_ts_ = true, *this; }
  Line& ts(std::uint32_t value, std::uint32_t echo) { return ts_echo_ = echo, ts(value); }
  Line& no_ts() { return has_ts_ = false, *this; }
  // Fast Open: the wish for a cookie, that cookie, any cookie (of the host), or nothing of it.
  Line& asks_cookie() { return fast_open(*FastOpenOption::of({})); }
  Line& fast_open(const FastOpenOption& option) { return fast_open_ = option, *this; }
  Line& gives_cookie() { return is_giving_cookie_ = true, *this; }
  Line& no_fast_open() { return fast_open(FastOpenOption{}); }
  // AE, CWR and ECE as a number; flags like the others, so a line without it says 0.
  Line& ace(std::uint8_t value) { return flags_.set_ace(value), *this; }
  Line& ecn(Ecn codepoint) { return ecn_ = codepoint, *this; }  // of its packet
  Line& counts(const AccEcnOption& option) { return counts_ = option, *this; }
  Line& no_counts() { return counts(AccEcnOption{}); }
  // Blocks [from, to) of what the other side sent. With none: there are no blocks.
  Line& sack(std::vector<std::pair<Number, Number>> blocks) { return sack_ = blocks, *this; }
  // Only said by the peer: other bytes than the stream has there; a checksum that is wrong.
  Line& garbage() { return is_garbage_ = true, *this; }
  Line& bad_checksum() { return has_bad_checksum_ = true, *this; }

  bool is_corrupt() const { return has_bad_checksum_; }
  std::string to_string() const;

 private:
  friend class Voice;

  Flags flags_;
  bool is_psh_named_ = false;
  bool is_garbage_ = false;
  bool has_bad_checksum_ = false;
  bool is_giving_cookie_ = false;
  std::uint32_t text_bytes_ = 0;
  std::optional<Number> seq_, ack_;
  std::optional<std::uint16_t> window_, urgent_, mss_;
  std::optional<std::uint8_t> scale_;
  std::optional<bool> sack_ok_, has_ts_;
  std::optional<FastOpenOption> fast_open_;
  std::optional<Ecn> ecn_;
  std::optional<AccEcnOption> counts_;
  std::optional<std::uint32_t> ts_value_, ts_echo_;
  std::optional<std::vector<std::pair<Number, Number>>> sack_;
};

Line syn(Line::Number seq);
Line syn_ack(Line::Number seq);
Line pure_ack(Line::Number ack);
Line data(Line::Number seq, std::uint32_t bytes);  // with ACK
Line fin(Line::Number seq);                        // with ACK, no text
Line rst(Line::Number seq);                        // without ACK
Line rst_ack(Line::Number seq);
Line segment(std::uint16_t flags);  // any flags

// AccECN options of order 0 with so many counts: bytes with ECT(0), marked, with ECT(1).
AccEcnOption counts(std::uint32_t e0b);
AccEcnOption counts(std::uint32_t e0b, std::uint32_t ceb);
AccEcnOption counts(std::uint32_t e0b, std::uint32_t ceb, std::uint32_t e1b);

// Both sides of one connection as far as they were heard: turns lines into segments and compares
// segments with lines.
class Voice {
 public:
  Voice(std::uint16_t peer_port, std::uint16_t host_port, Seq peer_isn)
      : peer_port_(peer_port), host_port_(host_port), peer_isn_(peer_isn), peer_nxt_(peer_isn) {}

  // What the peer says. `now_ms` is its clock for time stamps.
  Segment speak(const Line& line, std::uint32_t now_ms, BufferPool& pool);
  // Takes note of what the host said.
  void hear(const Segment& segment);
  // What is wrong with it; empty when it is what the line says. It was heard before.
  std::string compare(const Segment& segment, const Line& line) const;
  // "SYN+ACK seq 0 ack 1 win 65535 <mss 1460, sack ok>"
  std::string print(const Segment& segment, bool is_from_host) const;

  std::uint16_t peer_port() const { return peer_port_; }
  std::uint16_t host_port() const { return host_port_; }
  Seq peer_isn() const { return peer_isn_; }
  void set_host_port(std::uint16_t port) { host_port_ = port; }

  // Byte `offset` (from 0) of what each side writes.
  static void fill_peer_text(std::uint64_t offset, MutableBytes to);
  static void fill_host_text(std::uint64_t offset, MutableBytes to);

 private:
  Seq host_isn() const { return host_isn_.value_or(Seq{0}); }
  Line::Number relative(Seq seq, bool is_from_host) const;
  SegmentOptions options_for(const Line& line, std::uint32_t now_ms) const;
  std::string compare_options(const SegmentOptions& options, const Line& line) const;
  std::string compare_text(const Segment& segment) const;
  std::string print_options(const SegmentOptions& options, bool is_from_host) const;

  std::uint16_t peer_port_;
  std::uint16_t host_port_;
  Seq peer_isn_;
  Seq peer_nxt_;                 // behind the last that the peer said
  std::optional<Seq> host_isn_;  // once heard
  Seq host_nxt_;                 // behind the last that the host said
  std::uint16_t peer_window_ = 65535;
  bool peer_offers_timestamps_ = false;  // its SYN carried them
  bool host_offers_timestamps_ = false;
  std::optional<std::uint32_t> host_ts_base_;
  std::uint32_t host_ts_ = 0;  // the last heard
};

}  // namespace acksu::sim
