// Congestion window validation (RFC 7661): how much of the window was in use lately (pipeACK), and
// since when that is too little to say anything about the rest. Two halves of the sampling period
// stand for its samples, so the value may be forgotten early, but never late.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/seq.h"
#include "base/time.h"

namespace acksu::tcp {

class WindowValidation {
 public:
  // RFC 7661 4.1, and 4.4.1 after a repair: nothing is known about the use of the window.
  void begin(Seq una) {
    const std::uint32_t flight_size = flight_size_;
    *this = {};
    flight_size_ = flight_size;
    from_ = until_ = una;
  }
  void begin(Seq una, Instant now, Duration srtt) {
    begin(una);
    half_ends_ = now + half_of(srtt);
  }

  // What was under way when text last left, or could not.
  void note_flight(std::uint32_t bytes) { flight_size_ = bytes; }
  std::uint32_t flight_size() const { return flight_size_; }

  // ---- pipeACK (RFC 7661 4.2)
  bool is_round_over(Seq una) const { return is_at_or_after(una, until_); }
  // What an ACK finds: it ends a round trip.
  struct Use {
    Seq una, nxt;  // after it
    std::uint32_t cwnd;
    Instant now;
    Duration srtt;
  };
  // Takes a sample: what was acknowledged in this round trip.
  void end_round(const Use& use) {
    const Seq una = use.una, nxt = use.nxt;
    // The round began with nothing under way. All that followed in the first round trip belongs to
    // it, and only the first of that is acknowledged, or nothing yet.
    if (una == from_ || (from_ == until_ && una != nxt)) {
      until_ = nxt;
      return;
    }
    if (half_ends_ == never || use.now >= half_ends_) begin_half(use.now, use.srtt);
    recent_ = std::max(recent_, bytes_between(from_, una));
    from_ = una;
    until_ = nxt;
    judge(use);
  }
  // RFC 7661 4.2 (b): the largest sample of the sampling period.
  std::uint32_t pipe_ack(Instant now, Duration srtt) const {
    if (now < half_ends_) return std::max(recent_, earlier_);
    return now < half_ends_ + half_of(srtt) ? recent_ : 0;
  }

  // ---- The non-validated phase (RFC 7661 4.3, 4.4)
  bool is_non_validated() const { return since_ != never; }
  // Nothing is under way, and text is about to leave: cheap to ask, and true only if it may have
  // been idle.
  bool may_have_idled(Instant now) const { return now >= half_ends_; }
  // True: for longer than the sampling period nothing was sent.
  bool take_idleness(Instant now, Duration srtt) {
    const Instant idle_since = half_ends_ + half_of(srtt);
    if (now < idle_since) return false;
    recent_ = earlier_ = 0;
    since_ = std::min(since_, idle_since);
    return true;
  }
  // How many whole non-validated periods are over (RFC 7661 4.5.2).
  std::int64_t take_periods(Instant now, Duration period) {
    if (!is_non_validated() || now - since_ < period) return 0;
    const std::int64_t periods = (now - since_) / period;
    since_ += periods * period;
    return periods;
  }
  void leave() { since_ = never; }

  // ---- Congestion in the non-validated phase (RFC 7661 4.4.1)
  // Returns what was in use: max(pipeACK, LossFlightSize).
  std::uint32_t begin_repair(std::uint32_t flight_size, Instant now, Duration srtt) {
    used_ = std::max(pipe_ack(now, srtt), flight_size);
    repaired_ = 0;
    leave();
    return used_;
  }
  bool is_repairing() const { return used_ > 0; }
  // Text was sent again that had been sent once.
  void on_repaired(std::uint32_t bytes) { repaired_ += bytes; }
  // RFC 7661 4.4.1 (b).
  std::uint32_t window_after_repair(std::uint32_t mss) const {
    return std::max((used_ - std::min(used_, repaired_)) / 2, mss);
  }

  void digest(Digest& digest) const {
    digest.add(half_ends_);
    digest.add(since_);
    digest.add_together(from_, until_);
    digest.add_together(recent_, earlier_);
    digest.add_together(used_, repaired_);
    digest.add_together(flight_size_);
  }

 private:
  // RFC 7661 4.2: the sampling period is max(3 RTT, 1 s).
  static Duration half_of(Duration srtt) { return std::max<Duration>(3 * srtt, 1s) / 2; }
  void begin_half(Instant now, Duration srtt) {
    earlier_ = half_ends_ != never && now < half_ends_ + half_of(srtt) ? recent_ : 0;
    recent_ = 0;
    half_ends_ = now + half_of(srtt);
  }
  // What is under way is not acknowledged yet, but what fills half of the window makes no sender
  // leave the validated phase: in slow start the samples are behind.
  void judge(const Use& use) {
    // RFC 7661 4.4 (a).
    const std::uint32_t half = use.cwnd / 2;
    if (std::max(recent_, earlier_) >= half) {
      leave();
    } else if (since_ == never && flight_size_ < half) {
      since_ = use.now;
    }
  }

  Instant half_ends_ = never;               // never: there is no sample (RFC 7661's undefined)
  Instant since_ = never;                   // the window counts as not validated
  Seq from_, until_;                        // of the sample that is taken
  std::uint32_t recent_ = 0, earlier_ = 0;  // the largest samples of this half and the one before
  std::uint32_t flight_size_ = 0;
  std::uint32_t used_ = 0, repaired_ = 0;  // while a loss is repaired that was found in the phase
};

}  // namespace acksu::tcp
