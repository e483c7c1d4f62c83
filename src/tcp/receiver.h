// The receiving half of a connection: the receive sequence variables, the offered window, the text
// that the application has not read, what arrived too early, time stamps (RFC 7323), and what ACKs
// are owed. Knows nothing of the sending half.
//
//      nxt                      edge
//   ----|---- offered window -----|----
#pragma once

#include "base/box.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/ring.h"
#include "base/segment.h"
#include "tcp/accurate_ecn.h"
#include "tcp/ack_policy.h"
#include "tcp/context.h"
#include "tcp/ecn.h"
#include "tcp/info.h"
#include "tcp/opening.h"
#include "tcp/reading_pace.h"
#include "tcp/reassembler.h"

namespace acksu::tcp {

class Receiver {
 public:
  Receiver(const Settings& settings, std::uint32_t mss);

  // ---- Handshake
  void agree_on(const Agreement& agreement, const Settings& settings);
  // The peer's SYN, at `irs`. `offered_window`: what our SYN or SYN+ACK offered, from irs + 1 on.
  void on_syn(Seq irs, std::uint32_t offered_window);
  void set_ts_recent(std::uint32_t value, Instant now);
  void set_buffer(BufferSize size);
  std::uint32_t capacity() const { return capacity_; }

  Seq irs() const { return irs_; }
  Seq nxt() const { return nxt_; }
  std::uint32_t window() const { return bytes_between(nxt_, edge_); }
  bool is_ended() const { return is_ended_; }

  // ---- Judging
  // RFC 9293 3.10.7.4 first: some of the segment lies in the window.
  bool is_acceptable(const Segment& segment) const;
  // RFC 5961 3.2: whether a reset of that number is worth a thought.
  bool is_in_window(Seq seq) const { return seq == nxt_ || is_within(seq, nxt_, window()); }
  // RFC 7323 5.3 R1: the time stamp is older than one seen before.
  bool is_old_by_timestamp(const Segment& segment, Instant now) const;
  bool has_timestamps() const { return has_timestamps_; }
  bool has_scaling() const { return has_scaling_; }
  std::uint32_t ts_recent() const { return ts_recent_; }
  // RFC 7323 4.3: of an acceptable segment.
  void take_timestamp(const Segment& segment, Instant now);

  // ---- Acting, on an acceptable segment. Takes the text that is new; returns why some was not
  // taken.
  Drop take_text(Segment& segment, Context& context, Timers& timers);
  // RFC 3168, RFC 9768: whether routers have marked it; before its text is taken.
  bool take_marks(const Segment& segment, Context& context);
  // RFC 9768: a SYN or SYN+ACK of the peer's, again perhaps.
  void hear_syn(const Segment& segment) {
    if (accurate_) accurate_->on_syn(segment);
  }
  void use_precise_marks(bool is_precise) { marks_.be_precise(is_precise); }
  // Text that comes next, and all of it into the window, while nothing waits behind a hole.
  bool is_all_news(const Segment& segment) const {
    return segment.seq == nxt_ && !early_ && !is_fin_known_ && segment.text.size() <= window();
  }
  // The same, and neither its time stamp nor marks forbid it.
  bool is_plain(const Segment& segment, Instant now) const {
    return is_all_news(segment) && !marks_.has_ecn() &&
           has_timestamps_ == segment.options.has_timestamps && !is_old_by_timestamp(segment, now);
  }
  // `take_text` of such a segment.
  Drop take_next(Segment& segment, Context& context, Timers& timers);
  // True once, when the FIN's turn has come. `may_wait`: its ACK.
  bool take_fin(bool may_wait = false);
  // Where text came before, and there is a window still, as on Linux.
  bool may_ack_of_fin_wait() const { return has_text_behind_syn_ && window() > 1; }
  // Moves the edge behind text in order that is longer than the window, or behind a FIN. False:
  // something waits to be read.
  bool stretch_window(const Segment& segment);
  // A segment that is not acceptable: to be answered; what of it was here before is reported as a
  // duplicate (RFC 2883).
  void on_duplicate(const Segment& segment);
  // RFC 2883 4.1: a SYN that has come again with an ACK is a duplicate like any other.
  void on_syn_again(const Segment& segment) { report_duplicate({segment.seq, segment.seq + 1}); }

  // ---- Reading. Copies; owes a window update when that is worth one. Who has read all is offered
  // more, if the path asks for it.
  std::uint32_t read(MutableBytes bytes, Context& context);
  // The same without a copy: views of what has arrived, at most so many bytes of it.
  BufferChain read_shared(std::uint32_t most, Context& context);
  std::uint32_t unread_bytes() const { return unread_bytes_; }
  Seq next_to_read() const { return nxt_ - (is_ended_ ? 1u : 0u) - unread_bytes_; }
  // Copies and takes nothing, `skipped` bytes behind the front.
  std::uint32_t peek(std::uint32_t skipped, MutableBytes bytes) const;

  // ---- ACKs
  AckPolicy& acks() { return acks_; }
  const AckPolicy& acks() const { return acks_; }
  // ACK, window, time stamp and SACK of a segment that leaves.
  void fill(Segment& segment, std::uint32_t mss, const Context& context);
  // RFC 9768 3.2.2.1: of our own SYN+ACK, or of the ACK of the peer's; after `fill`.
  void fill_handshake(Segment& segment, bool is_first, AccEcnOptions telling);
  bool has_accurate_ecn() const { return static_cast<bool>(accurate_); }
  EcnMode ecn_mode() const {
    if (accurate_) return EcnMode::accurate;
    return marks_.has_ecn() ? EcnMode::classic : EcnMode::none;
  }
  std::uint8_t ace() const { return accurate_ ? accurate_->ace() : std::uint8_t{0}; }
  // The time stamp alone, for a reset.
  void stamp(Segment& segment, const Context& context) const;
  // A segment that the peer will take an ACK from has left (a probe is none).
  void on_ack_sent(const Segment& segment, Context& context, Timers& timers);
  // The window field of a segment with SYN; of one with ACK the peer's SYN, and its text, are in
  // it.
  std::uint16_t syn_window() const;
  std::uint16_t offer_syn_window();

  // Gives back what arrived too early: nobody will wait for it any more.
  void forget_early(Context& context) {
    if (!early_) return;
    early_->clear(context);
    early_.reset();
  }
  void clear(Context& context) {
    if (!unread_.is_empty()) drop_unread(context);
    forget_early(context);
  }
  void describe(Info& info) const;
  std::uint8_t shift() const { return shift_; }
  std::uint32_t mss() const { return mss_; }  // as our SYN offers it
  void digest(Digest& digest) const;

 private:
  void drop_unread(Context& context);
  void trim(Seq& seq, BufferChain& text);
  void take_in_order(const BufferChain& text, Context& context, Drop& drop);
  void take_what_waited(Context& context);
  void take_early(Seq seq, const BufferChain& text, Context& context, Drop& drop);
  void hold(HeldText held, Context& context);
  void report_duplicate(SackBlock block);
  // receiver_reading.cpp
  void pop_unread(Context& context);
  void on_read(std::uint32_t count, Context& context);
  void fit_buffer(Context& context);
  void grow(std::uint32_t bytes, Context& context);
  std::uint32_t possible_window() const;
  std::uint32_t least_opening(std::uint32_t possible, std::uint32_t mss) const;
  std::uint16_t offer_window(std::uint32_t mss);
  std::uint32_t option_room(std::uint32_t text_bytes, std::uint32_t mss) const;
  void report_sacks(Segment& segment, std::uint32_t mss) const;
  // receiver_fin.cpp
  Drop hear_end(Seq start, Seq end, bool has_fin, Context& context);
  bool has_early_text_behind(Seq end) const { return early_ && is_after(early_->end(), end); }
  // receiver_ecn.cpp
  void fill_marks(Segment& segment, std::uint32_t mss, AccEcnOptions telling);
  void take_marks_again(const Segment& segment);

  Ring<HeldText> unread_;
  Box<Reassembler> early_;
  Box<ReadingPace> pace_;      // while the buffer may grow
  Box<MarkCounter> accurate_;  // with accurate ECN
  Instant ts_recent_at_{};
  std::uint32_t unread_bytes_ = 0;
  std::uint32_t capacity_;
  std::uint32_t mss_;
  Seq irs_, nxt_, edge_;
  Seq last_ack_sent_;
  Seq fin_at_;
  SackBlock duplicate_;  // to report in the next ACK
  std::uint32_t ts_recent_ = 0;
  AckPolicy acks_;
  MarkEcho marks_;
  std::uint8_t shift_ = 0;
  bool has_timestamps_ : 1 = false;
  bool has_scaling_ : 1 = false;
  bool has_sack_ : 1 = false;
  bool has_duplicate_ : 1 = false;
  bool is_fin_known_ : 1 = false;
  bool is_ended_ : 1 = false;
  bool has_text_behind_syn_ : 1 = false;
  bool is_stretched_ : 1 = false;  // for the segment that arrives
  bool may_grow_ : 1;              // the buffer
  bool buffers_whole_segments_ : 1;
  bool offers_all_room_ : 1;
};

}  // namespace acksu::tcp
