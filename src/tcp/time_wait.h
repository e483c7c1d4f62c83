// TIME-WAIT as a record of 20 bytes: enough to acknowledge a repeated FIN, to refuse late segments
// and to give its name to a newer SYN (RFC 9293 3.10.7.4, RFC 1337, RFC 6191). The owner keeps its
// name, and all records in the order of their ends: 2 MSL is the same for all.
//
// Left out on purpose: nothing restarts the wait but the peer's FIN, so that a stranger cannot hold
// the record for ever.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/segment.h"
#include "tcp/answer.h"
#include "tcp/settings.h"

namespace acksu::tcp {

struct Remains;

class TimeWait {
 public:
  struct Verdict {
    Drop drop = Drop::tcp_time_wait;
    Answer answer = Answer::nothing;
    bool is_restarted = false;  // 2 MSL begin again
    bool is_reopened = false;   // a newer SYN may have the name: forget the record, then LISTEN
  };

  explicit TimeWait(const Remains& remains);

  Verdict on_segment(const Segment& segment, Instant now, const Settings& settings);
  // An ACK of all that the peer sent.
  Segment ack(const FourTuple& tuple, std::uint32_t timestamp_offset, Instant now) const;

  // An ISN for the next connection of this name, as near to `wanted` as may be (RFC
  // 9293 3.6.1 (1), RFC 6191 section 2): beyond all that this one has sent.
  Seq iss_beyond(Seq wanted) const;
  // RFC 6191, for the other side: our own SYN would be seen to be newer than all we have sent.
  bool has_timestamps() const { return has_timestamps_; }
  Seq snd_nxt() const { return snd_nxt_; }
  Seq rcv_nxt() const { return rcv_nxt_; }
  std::uint32_t window_bytes() const {
    return std::uint32_t{window_} << shift_;
  }  // from rcv_nxt on
  void digest(Digest& digest) const;

 private:
  bool is_newer(const Segment& syn, const Settings& settings) const;
  bool is_old(const Segment& segment) const;
  bool is_acceptable(const Segment& segment) const;
  Verdict challenge(Drop drop, Instant now, const Settings& settings);

  Seq snd_nxt_;
  Seq rcv_nxt_;
  std::uint32_t ts_recent_;
  AnswerLimit limit_;
  std::uint16_t window_;  // as in the header: scaled
  std::uint8_t shift_;
  bool has_timestamps_ : 1;
  std::uint8_t ace_ : 3;
};
static_assert(sizeof(TimeWait) <= 20);

}  // namespace acksu::tcp
