// RACK (RFC 8985): a transmission is lost when one that was made later has arrived, and a little
// time for reordering has passed since.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "base/segment.h"
#include "base/seq.h"
#include "base/time.h"
#include "tcp/delivery.h"

namespace acksu::tcp {

// What the reordering window depends on beside RACK's own state.
struct RackView {
  std::uint32_t sacked_pieces = 0;
  bool is_recovering = false;
  Duration srtt{};
};

class Rack {
 public:
  // What the handshake took, before any text.
  void take_handshake(Duration rtt, Instant now) { min_rtt_.add(rtt, now); }
  // RFC 8985 6.2 steps 1 to 3. `is_echo_older`: the peer's time stamp echoes one from before the
  // latest of what was sent again.
  void on_delivery(const Delivery& delivery, Instant now, bool is_echo_older);
  // Step 4: the peer has reported text that arrived twice, so the window was too small.
  void on_duplicate_report(Seq nxt);
  // What was taken for lost had only been overtaken.
  void on_reordering_seen() { has_seen_reordering_ = true; }
  void on_progress(Seq una);
  void on_recovery_over();

  bool has_latest() const { return latest_.has_value(); }
  const Transmission& latest() const { return *latest_; }
  // How long after its transmission a piece may still arrive before one that was sent later tells
  // of its loss. Never nothing: on a path without delay what was just sent is not lost yet.
  Duration patience(const RackView& view) const {
    return std::max<Duration>(rtt_ + reordering_window(view), 1us);
  }
  Duration min_rtt() const { return min_rtt_.value(); }
  bool has_seen_reordering() const { return has_seen_reordering_; }
  // From the end of what was overtaken to the end of what was first, at most; for people.
  std::uint32_t reordering_bytes() const { return reordering_bytes_; }
  std::uint32_t reorderings() const { return reorderings_; }  // ACKs that told of any
  void digest(Digest& digest) const;

 private:
  // The least of the last five to ten minutes.
  class WindowedMinimum {
   public:
    void add(Duration sample, Instant now);
    Duration value() const { return std::min(current_, previous_); }
    void digest(Digest& digest) const;

   private:
    Duration current_ = Duration::max(), previous_ = Duration::max();
    Instant since_{};
  };

  void take(const Transmission& transmission, Instant now);
  Duration reordering_window(const RackView& view) const;

  std::optional<Transmission> latest_;  // that has arrived
  Duration rtt_{};                      // of that one
  WindowedMinimum min_rtt_;
  std::optional<Seq> highest_arrived_;
  std::uint32_t reordering_bytes_ = 0, reorderings_ = 0;
  Seq duplicate_round_;  // one report counts in a round
  std::uint8_t multiplier_ = 1;
  std::uint8_t persistence_ = 0;  // recoveries for which the larger window stays
  bool has_seen_reordering_ = false;
  bool is_in_duplicate_round_ = false;
};

}  // namespace acksu::tcp
