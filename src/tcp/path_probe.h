// Packetisation-layer path MTU discovery (RFC 4821, RFC 8899 for TCP): for paths that take less
// than the links say and do not tell. When full segments are lost again and again the MSS falls to
// one that passes nearly everywhere; from there larger segments of real text are tried. One that is
// acknowledged raises the MSS; one that is lost says nothing about congestion.
//
//   low (passes) < size (under way) <= high (may pass) <= ceiling (agreed on)
//
// A connection has this record only once its path was found to take less.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/seq.h"
#include "base/time.h"

namespace acksu::tcp {

// Sizes are bytes of text in a segment.
class PathProbe {
 public:
  void begin(std::uint32_t ceiling);
  bool has_begun() const { return ceiling_ != 0; }
  // After the handshake, when the ceiling is known better.
  void agree_on(std::uint32_t peer_mss, std::uint32_t option_bytes);

  // Full segments do not pass: search at once.
  void on_black_hole();
  // ICMP has said what passes (RFC 8201 4): more is tried only when that is old.
  void on_told(Instant now);

  // The next size to try when `low` passes; 0: none now. All of it first, then half ways.
  std::uint32_t next_size(std::uint32_t low, Instant now);
  void on_sent(Seq start, std::uint32_t size);
  bool is_under_way() const { return size_ != 0; }
  bool is_at(Seq seq) const { return size_ != 0 && start_ == seq; }
  Seq start() const { return start_; }
  std::uint32_t size() const { return size_; }
  // Whether all of it is acknowledged; then it passes, and nothing is under way any more.
  bool take_passed(Seq una);
  // RFC 8899 5.1.2: one loss may have another cause, two are a verdict.
  void on_lost();
  // Lost with much else: no verdict.
  void forget() { size_ = 0; }
  // Some of what begins there goes again, smaller: its ACK would say nothing of the probe.
  void on_sent_again(Seq from, Seq to) {
    if (is_under_way() && is_before(from, start_ + size_) && is_after(to, start_)) forget();
  }

  void digest(Digest& digest) const;

 private:
  void settle(Instant now);

  std::uint32_t ceiling_ = 0, high_ = 0;
  std::uint32_t size_ = 0;  // of what is under way; 0: nothing is
  Seq start_;
  std::uint8_t losses_ = 0;  // of that size
  Instant next_search_{};    // not before
};

}  // namespace acksu::tcp
