// CoDel (RFC 8289): tells, frame by frame, when a queue has been standing for too long, so that its
// senders are told by a lost or a marked frame. Sojourn times decide, not lengths.
// Leaves out on purpose: flows (RFC 8290), and how much stands behind a frame: on a line of a fixed
// rate it is known what a frame will have waited as soon as it is taken in, but not what will
// follow. To the same end (a line is not told off for its last frame, however slow it is) no frame
// that waits for no more than one other counts as late.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/time.h"

namespace acksu::sim {

struct CodelSettings {
  // RFC 8289 5: what suits the Internet.
  Duration target = 5ms;      // of a sojourn time that may stand
  Duration interval = 100ms;  // about the longest usual round trip; at most 4 s
};

class Codel {
 public:
  // Whether the frame that leaves the queue at `now` after so long a time there must tell its
  // sender. `one_frame`: what the line needs for the largest one. Ask once a frame, in the order in
  // which they leave; when the answer costs the frame, the next one leaves at the same time.
  bool must_tell(const CodelSettings& settings, Instant now, Duration sojourn, Duration one_frame);

  void digest(Digest& digest) const;

 private:
  bool is_standing(const CodelSettings& settings, Instant now, bool is_late);

  Instant first_above_ = never;  // when the sojourn time will have been too long for an interval
  Instant drop_next_{};          // RFC 8289 5.4
  std::uint32_t count_ = 0;      // told since the state was entered
  std::uint32_t last_count_ = 0;
  bool is_dropping_ = false;
};

}  // namespace acksu::sim
