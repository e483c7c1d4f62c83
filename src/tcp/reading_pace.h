// How much comes in one round trip to an application that reads all of it: what the receive buffer
// has to hold follows from that. A round begins with a read. With time stamps it ends when text
// comes that answers what was said after it began (RFC 7323 4.1), without them after the shortest
// time in which a whole window has come. A connection has this once it has read more than a peer
// may send at first.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/seq.h"
#include "base/time.h"

namespace acksu::tcp {

class ReadingPace {
 public:
  // Where the application stands that has just read all that was there.
  struct Place {
    Instant now;
    Seq nxt;              // behind what was read
    Seq edge;             // of the offered window
    std::uint32_t clock;  // ours, as time stamps say it
    std::uint32_t early;  // bytes that wait behind a hole
    bool has_timestamps;
  };

  // What may come before the peer has heard anything: says nothing about the path.
  static constexpr std::uint32_t first_bytes(std::uint32_t mss) { return 10 * mss; }

  void begin(const Place& place, std::uint32_t mss);
  // Text came that answers what we said at `clock`.
  void on_echo(std::uint32_t clock, Instant now) {
    if (answered_at_ == never && static_cast<std::int32_t>(clock - clock_) > 0) answered_at_ = now;
  }
  // A hole was filled: the round has taken longer than a round trip.
  void on_hole_filled() { has_waited_ = true; }
  // The bytes of a buffer in which the path's text finds room; 0: nothing new is known of that.
  std::uint32_t on_all_read(const Place& place, std::uint32_t mss);
  // The buffer has become so large: only more than was read now is news.
  void on_grown() { most_read_ = std::max(most_read_, last_read_); }
  void digest(Digest& digest) const;

 private:
  void begin_round(const Place& place);
  bool is_over(const Place& place);
  std::uint32_t bytes_of_round(const Place& place) const;

  Instant began_{}, answered_at_ = never;
  Duration shortest_window_ = Duration::max();
  Seq from_, edge_;
  std::uint32_t clock_ = 0;
  std::uint32_t early_ = 0;                      // bytes that waited when the round began
  std::uint32_t last_read_ = 0, most_read_ = 0;  // bytes in a round
  bool has_waited_ = false;
};

}  // namespace acksu::tcp
