// Sequence numbers as people count them: from the initial one of each side, so that a SYN is 0 and
// the first byte of text is 1. Also windows as they are meant, scaled (RFC 7323 section 2).
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "trace/summary.h"

namespace acksu::trace {

struct SegmentNumbers {
  std::int64_t seq = 0;  // negative: older than the connection
  std::int64_t ack = 0;
  std::uint32_t window_bytes = 0;  // scaled, but never that of a SYN
  bool is_window_news = false;     // closed, reopened, or changed a lot since it was last news
  bool is_again = false;           // all it carries was sent before
  // With accurate ECN (RFC 9768): AE, CWR and ECE, which are a count then.
  std::optional<std::uint8_t> ace;
};

class Numbers {
 public:
  // To be asked about each segment once, in the order in which they were sent.
  SegmentNumbers next(const Summary& summary);

 private:
  struct Direction {
    bool is_known = false;
    bool has_syn = false;      // its base is that of a SYN
    bool has_ended = false;    // a FIN or a RST was seen
    bool is_accurate = false;  // its SYN+ACK has agreed to accurate ECN
    Seq base;
    std::int64_t highest = 0;  // sent so far, counted from the base: a circle's turns are counted
    std::uint16_t syn_flags = 0;  // of the last SYN
    std::int64_t end = 0;         // behind all that was sent: text, SYN, FIN
    std::uint8_t window_scale = SegmentOptions::no_window_scale;
    std::uint32_t told_window = 0;
    bool has_told_window = false;
  };

  static bool agrees_to_accurate_ecn(Flags flags);
  static std::int64_t count_from_base(const Direction& direction, Seq seq);
  void take_syn(const Summary& summary, Direction& mine, Direction& theirs);
  bool is_news(Direction& direction, const Summary& summary, std::uint32_t window);

  std::map<FourTuple, Direction> directions_;  // by the sender's view
};

}  // namespace acksu::trace
