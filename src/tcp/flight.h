// What a sender remembers about text that is under way beyond the pieces themselves: RACK and the
// tail loss probe, the rate of a repair, what it takes to take it back, and how much of the window
// was used. A connection has this once it has sent text, until it is idle and has nothing to
// remember.
#pragma once

#include <cstdint>

#include "base/box.h"
#include "base/digest.h"
#include "base/time.h"
#include "tcp/accurate_ecn.h"
#include "tcp/delivery_log.h"
#include "tcp/held_back.h"
#include "tcp/pacer.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/send_times.h"
#include "tcp/tail_probe.h"
#include "tcp/undo.h"
#include "tcp/window_validation.h"

namespace acksu::tcp {

// RFC 5682, while a time-out is in doubt.
enum class Frto : std::uint8_t {
  off,
  repeated,  // the oldest text went again
  probing,   // an ACK came, and new text goes
};

struct Flight {
  Rack rack;
  TailProbe tail_probe;
  Prr prr;
  Undo undo;
  Pacer pacer;
  WindowValidation validation;
  HeldBack held_back;
  Box<DeliveryLog> log;     // for algorithms with a model of the path
  Box<MarkFeedback> marks;  // with accurate ECN
  Instant rto_at = never;   // when the retransmission timer is due, whichever runs
  Instant look_at = never;  // RFC 8985: when reordering explains no more what is missing
  Seq reduced_until;        // the end of the window that was reduced for a mark (RFC 3168 6.1.2)
  SendTimes times;
  std::uint64_t again_bytes = 0;     // sent more than once: for people
  std::uint32_t again_segments = 0;  // modulo 2^32
  Frto frto = Frto::off;
  bool is_tail_probe_owed = false;
  bool is_reduced_for_marks = false;

  // While all is acknowledged: nothing in it tells the next text more than the handshake has.
  bool is_forgettable() const {
    const bool is_quiet = frto == Frto::off && !is_tail_probe_owed && !tail_probe.is_under_way() &&
                          !undo.is_possible() && !is_reduced_for_marks;
    const bool is_path_plain = again_bytes == 0 && !rack.has_seen_reordering() && !marks;
    return is_quiet && is_path_plain && !log && !pacer.is_on() && !validation.is_repairing() &&
           times.was_never_held_up();
  }
  // No loss is looked for, doubted, or may be taken back.
  bool is_calm() const {
    return frto == Frto::off && look_at == never && !tail_probe.is_under_way() &&
           !undo.is_possible() && !held_back.is_one();
  }
  void on_recovery_over(Seq nxt) {
    rack.on_recovery_over();
    undo.on_recovery_over(nxt);
    frto = Frto::off;
  }
  void on_time_out() {
    tail_probe.forget();
    validation.leave();  // RFC 7661 4.4 (d)
    look_at = never;
    frto = Frto::off;
    is_tail_probe_owed = false;
  }
  void digest(Digest& digest) const {
    rack.digest(digest);
    tail_probe.digest(digest);
    prr.digest(digest);
    undo.digest(digest);
    if (pacer.is_on()) pacer.digest(digest);
    validation.digest(digest);
    held_back.digest(digest);
    if (log) log->digest(digest);
    if (marks) marks->digest(digest);
    digest.add(rto_at);
    digest.add(look_at);
    digest.add_together(reduced_until, frto, is_tail_probe_owed, is_reduced_for_marks);
  }
};

}  // namespace acksu::tcp
