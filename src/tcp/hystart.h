// HyStart++ (RFC 9406): the end of the first slow start before the queue of the bottleneck
// overflows. When the round-trip time of a round rises, the window grows slower for some rounds
// (conservative slow start); if the rise was but a moment's, slow start goes on. Left out on
// purpose: the limit of 8 segments an ACK for senders that do not pace, for the reason in
// new_reno.cpp. Added, from the first HyStart (Ha and Rhee, 2011): ACKs that follow each other
// closely for half of a round trip say that what was sent before fills half of the path, and what
// they have released since the rest. Slow start ends there; the next round would need a queue of
// half the path, and no round trip is seen to rise before that overflows.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "tcp/ack_sample.h"

namespace acksu::tcp {

class HyStart {
 public:
  static constexpr std::uint32_t growth_divisor = 4;  // CSS_GROWTH_DIVISOR

  // For each ACK in slow start, before the window grows.
  void on_ack(const AckSample& sample);
  bool is_conservative() const { return baseline_ != forever; }
  // Conservative for CSS_ROUNDS rounds: slow start has to end.
  bool is_over() const;
  void digest(Digest& digest) const;

 private:
  void take_rtt(Duration rtt);
  void take_train(const AckSample& sample);
  void begin_round(Seq nxt);

  Seq window_end_;  // of this round: SND.NXT when it began
  Duration last_min_rtt_ = forever;
  Duration current_min_rtt_ = forever;
  Duration baseline_ = forever;          // what made it conservative
  Instant train_began_{}, train_end_{};  // ACKs that came closely
  std::uint8_t samples_ = 0;
  std::uint8_t conservative_rounds_ = 0;
  bool has_begun_ = false;
  bool has_seen_train_ = false;
};

}  // namespace acksu::tcp
