// SYN-RECEIVED of a listener, as a record of 32 bytes: what a SYN brought and our SYN+ACK said
// (RFC 9293 3.10.7.2 and 3.10.7.4, RFC 5961 section 3, RFC 7323). It becomes a `Connection` when
// the SYN+ACK is acknowledged. The owner keeps its name and its timer, and sends what it answers.
//
// Left out on purpose: text of a SYN is not kept (RFC 9293 3.10.7.2 lets us; the peer sends it
// again), a spoofed SYN must not cost memory.
#pragma once

#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "base/drop.h"
#include "base/segment.h"
#include "tcp/answer.h"
#include "tcp/opening.h"
#include "tcp/settings.h"
#include "tcp/state.h"

namespace acksu::tcp {

// RFC 9293 3.10.7.2: what a listener without a record makes of a segment.
struct ListenVerdict {
  Drop drop = Drop::none;  // none: a SYN to answer
  Answer answer = Answer::nothing;
};
ListenVerdict judge_in_listen(const Segment& segment);

class HalfOpen {
 public:
  struct Verdict {
    Drop drop = Drop::none;
    Answer answer = Answer::nothing;
    bool is_accepted = false;  // our SYN is acknowledged: make the connection, give it this
    std::optional<Event> end = std::nullopt;  // back to LISTEN by that event: forget the record
  };

  // LISTEN --syn_received--> SYN-RECEIVED. `opening` holds our ISS and the offset of our time
  // stamps; `receive_buffer` is what connections of that listener will have.
  HalfOpen(const Segment& syn, const Opening& opening, BufferSize receive_buffer,
           const Settings& settings);

  Verdict on_segment(const Segment& segment, Instant now, const Settings& settings);

  // The SYN+ACK to send now. `mss`: what our link takes, as in `Opening`.
  Segment syn_ack(const FourTuple& tuple, std::uint32_t mss, Instant now);
  // An ACK of what we have, also as a challenge.
  Segment ack(const FourTuple& tuple, Instant now) const;

  // How long after a SYN+ACK to wait for its ACK.
  Duration time_out(const Settings& settings) const;
  // That time is over. True: it may be sent again, for it was not `retries` times yet; false: given
  // up.
  bool on_time(std::uint32_t retries);
  // A SYN that came again was answered so lately that the ACK may be under way: not to be given up
  // yet. No peer makes it so for ever.
  bool is_answer_awaited(Instant now, const Settings& settings) const;
  // A listener that wants connections with text only, until so many times are over: our SYN is
  // acknowledged, and that is all. True: so it waits.
  bool defer(const Segment& segment, std::uint8_t time_outs);
  bool is_deferred(std::uint8_t time_outs) const { return is_acked_ && time_outs_ < time_outs; }

  Seq iss() const { return iss_; }
  Seq irs() const { return irs_; }
  std::uint32_t offered_window_bytes() const { return offered_window_; }
  std::uint32_t timestamp_offset() const { return timestamp_offset_; }
  // The peer's SYN had a Fast Open option: the SYN+ACK may give a cookie.
  bool is_cookie_wanted() const { return is_cookie_wanted_; }
  // By the experimental kind: so is it to be given.
  bool is_wish_experimental() const { return is_wish_experimental_; }
  // What the connection is made from when `now` its SYN+ACK was acknowledged.
  Accepted accepted(Instant now) const;
  void digest(Digest& digest) const;

 private:
  bool is_repeated_syn(const Segment& segment) const;
  Verdict repeat(const Segment& syn);
  void hear_ecn(const Segment& syn);
  void fill_ecn(Segment& syn_ack);
  Verdict refuse(Drop drop, Instant now, const Settings& settings);
  std::optional<Drop> check_sequence(const Segment& segment, const Settings& settings) const;
  Verdict take_reset(const Segment& segment, Instant now, const Settings& settings);
  static std::uint32_t microseconds(Instant now);

  Seq iss_;
  Seq irs_;
  std::uint32_t timestamp_offset_;
  std::uint32_t ts_recent_;
  std::uint32_t sent_ = 0;  // when the SYN+ACK left, in microseconds: for its round trip time
  AnswerLimit limit_;
  std::uint16_t peer_mss_;
  std::uint16_t offered_window_;
  std::uint8_t send_shift_ : 4;
  std::uint8_t receive_shift_ : 4;
  bool window_scaling_ : 1;
  bool timestamps_ : 1;
  bool sack_ : 1;
  bool is_cookie_wanted_ : 1;
  EcnMode ecn_mode_ : 2;
  Ecn heard_ : 2;  // with the peer's latest SYN
  bool may_mark_ : 1 = true;
  bool is_wish_experimental_ : 1;
  bool tells_counts_ : 1;               // the first SYN+ACK has an AccECN option
  std::uint8_t transmissions_ : 5 = 0;  // of our SYN+ACK
  std::uint8_t time_outs_ : 6 = 0;
  bool is_told_ : 1 = false;  // what ended the handshake had an AccECN option
  bool is_acked_ : 1 = false;
};
static_assert(sizeof(HalfOpen) <= 32);

// The receive window as a SYN or SYN+ACK says it: never scaled (RFC 7323 2.2).
std::uint16_t syn_window(BufferSize receive_buffer);

}  // namespace acksu::tcp
