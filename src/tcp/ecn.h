// Explicit congestion notification (RFC 3168) of one connection's receiving half: which ACKs echo
// that a mark has arrived. (With accurate ECN all tell, and `MarkCounter` knows what.) With DCTCP
// (RFC 8257 3.2) each ACK says whether the last text was marked; a change is acknowledged at once,
// so that the sender can count marked bytes. Left out on purpose: the ACK of what waited before the
// change; it errs by a segment.
#pragma once

#include "base/digest.h"
#include "base/segment.h"
#include "tcp/ecn_mode.h"

namespace acksu::tcp {

class MarkEcho {
 public:
  void agree_on(EcnMode mode) {
    has_ecn_ = mode != EcnMode::none;
    is_owed_ = mode == EcnMode::accurate;
  }
  void be_precise(bool is_precise) { is_precise_ = is_precise; }
  bool has_ecn() const { return has_ecn_; }
  bool is_precise() const { return is_precise_; }

  // Acceptable text has arrived. True: it is to be acknowledged at once.
  bool on_text(const Segment& segment) {
    const bool is_marked = segment.ecn == Ecn::congestion_experienced;
    const bool was_owed = is_owed_;
    if (is_precise_) {
      is_owed_ = is_marked;
    } else {
      // RFC 3168 6.1.3: until the sender says that it has heard; a new mark begins anew.
      if (segment.has(Flags::cwr)) is_owed_ = false;
      if (is_marked) is_owed_ = true;
    }
    return is_owed_ != was_owed;
  }
  bool is_owed() const { return is_owed_; }
  void digest(Digest& digest) const { digest.add_together(has_ecn_, is_precise_, is_owed_); }

 private:
  bool has_ecn_ : 1 = false;
  bool is_precise_ : 1 = false;
  bool is_owed_ : 1 = false;
};

}  // namespace acksu::tcp
