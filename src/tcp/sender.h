// The sending half of a connection: the send sequence variables, the queue, RTT, loss recovery (RFC
// 8985 with SACK, else RFC 6582), congestion control, and what one segment may carry (RFC
// 9293 3.8.6: Nagle, silly windows, probes). Knows nothing of the receiving half.
#pragma once

#include "base/box.h"
#include "base/digest.h"
#include "base/segment.h"
#include "tcp/congestion.h"
#include "tcp/context.h"
#include "tcp/flight.h"
#include "tcp/info.h"
#include "tcp/opening.h"
#include "tcp/path_probe.h"
#include "tcp/rtt.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace acksu::tcp {

// What the application and the life of the connection ask of the sender.
struct SendPolicy {
  bool nodelay = false;
  bool cork = false;
  bool more_follows = false;
  bool holds_back() const { return cork || more_follows; }
  bool may_buffer_grow = false;
  bool is_urgent = false;          // some of what is queued is: nothing waits to become more
  std::uint32_t patience_ms = 0;   // R2: how long nothing may be acknowledged
  std::uint32_t buffer_bytes = 0;  // now
};

// What an ACK changed.
struct AckReport {
  std::uint32_t acked_bytes = 0;
  bool is_fin_acked = false;
  bool is_lie = false;  // of what was never sent: nothing was changed
};

class Sender {
 public:
  Sender(const Opening& opening, const SendPolicy& policy);

  SendPolicy& policy() { return policy_; }
  const SendPolicy& policy() const { return policy_; }

  // ---- Handshake
  // Our SYN (or SYN+ACK) leaves: arms its retransmission.
  void on_syn_sent(Context& context, Timers& timers);
  bool is_syn_acked() const { return is_syn_acked_; }
  void on_syn_acked(const Segment& segment, Context& context, Timers& timers);
  // What a half-open record has seen of it.
  void take_handshake(const Accepted& accepted, const Settings& settings);
  void agree_on(const Agreement& agreement, const Settings& settings);
  // The window of a segment with SYN is never scaled (RFC 7323 2.2).
  void take_syn_window(const Segment& segment);
  // Fast Open (RFC 7413): our SYN takes text along, at most so much of it.
  void take_syn_text(Segment& segment, std::uint32_t most_bytes, Context& context);
  void take_back_syn_text(Context& context, Timers& timers);
  // Text leaves before our SYN is acknowledged, because the peer's SYN had a good cookie.
  void speak_early() { is_early_ = true; }
  bool is_early() const { return is_early_; }
  void settle_syn_text(const Segment& segment, Context& context, Timers& timers);
  bool has_ecn() const { return has_ecn_; }
  // A segment that is about to leave, whatever it is.
  void mark_any(Segment& segment) const;
  // RFC 9768 3.1.5: our text is no more to be marked, what was agreed on stays.
  void stop_marking() { trust_.may_mark = false; }

  // ---- Sequence space (RFC 9293 3.3.1)
  Seq iss() const { return iss_; }
  // When something was acknowledged, or became outstanding: the first SYN first.
  Instant last_progress() const { return last_progress_; }
  Seq una() const { return is_syn_acked_ ? queue_.una() : iss_; }
  Seq nxt() const { return queue_.nxt(); }
  Seq end() const { return queue_.end(); }  // of all that was written
  // Whether that acknowledges our SYN, alone or with text that has left.
  bool is_ack_of_syn(Seq ack) const {
    return bytes_between(iss_ + 1, ack) <= bytes_between(iss_ + 1, nxt());
  }
  std::uint32_t window() const { return wnd_; }
  std::uint32_t largest_window() const { return max_wnd_; }
  std::uint32_t window_unit() const { return 1u << send_shift_; }  // what a window is counted in
  bool has_outstanding() const { return una() != nxt(); }
  // With all acknowledged the last ACK once more is no news, nor the window that came with it ...
  bool hears_nothing() const {
    return !has_outstanding() && phase_ == Phase::open && !policy_.more_follows && !has_ecn_;
  }
  // ... but for its place (RFC 9293 3.10.7.4 fifth: SND.WL1).
  void take_place_of_window(const Segment& segment) { wl1_ = later(wl1_, segment.seq); }
  // How often the oldest of what is outstanding was sent, at most 255.
  std::uint32_t transmissions_of_oldest() const {
    return is_syn_acked_ ? queue_.front_transmissions() : syn_transmissions_;
  }
  bool has_unsent() const { return queue_.unsent() > 0; }
  std::uint32_t unsent_text() const { return queue_.unsent_text(); }
  // False: neither `next_text` nor `take_probe` has anything to say.
  bool may_speak() const { return has_unsent() || queue_.has_lost(); }
  bool is_all_acked() const { return is_syn_acked_ && queue_.queued() == 0; }

  // ---- Writing
  std::uint32_t room() const;
  void set_buffer(BufferSize size);
  // Somebody writes more than there is room for.
  void fit_buffer(Context& context);
  std::uint32_t append(Bytes bytes, Context& context);
  std::uint32_t share(Slice text, Context& context);  // the same without a copy
  void append_fin(Context& context) { queue_.append_fin(context); }
  void end_record(const Settings& settings) {
    queue_.end_record(is_like_linux(settings) && !policy_.more_follows);
  }
  bool has_fin() const { return queue_.has_fin(); }
  // Whoever writes waits for room, or waits no more: for people.
  void on_writer_waits(Instant now) {
    if (flight_ && !has_unsent() && has_outstanding()) flight_->times.become(SendWait::room, now);
  }
  void on_writer_told(Instant now) {
    if (flight_ && flight_->times.wait() == SendWait::room)
      flight_->times.become(SendWait::acks, now);
  }

  // ---- Hearing: an acceptable ACK (una - largest window <= ack <= nxt).
  AckReport on_ack(const Segment& segment, Context& context, Timers& timers);

  // ---- Sending: seq, text, FIN and PSH of the next segment that has any of these; false if none
  // may go now.
  bool next_text(Segment& segment, Context& context, Timers& timers);
  LimitedBy limited_by() const { return limited_by_; }
  // A probe of a closed window is owed: an empty segment just before the window.
  bool take_probe(Segment& segment, const Context& context);
  std::uint32_t mss() const { return mss_; }
  // The path takes less: `mss` bytes of text without options. What is under way goes again in
  // smaller segments (RFC 8201 5.4); that is no congestion.
  void lower_mss(std::uint32_t mss, const Context& context);
  // Whether what begins there is one segment, larger than `mss`.
  bool is_path_probe(Seq seq) const { return path_probe_ && path_probe_->is_at(seq); }
  bool has_sack() const { return has_sack_; }
  void use(CongestionAlgorithm algorithm, const Settings& settings);

  // ---- Time
  void on_retransmission_time(Context& context, Timers& timers);
  void on_tail_probe_time(Context& context, Timers& timers);
  void on_reordering_time(Context& context, Timers& timers);
  void on_persist_time(Context& context, Timers& timers);
  void on_cork_time() { is_cork_over_ = is_more_over_ = true; }
  void let_out_once() { is_cork_over_ = true; }
  // No timer runs any more: what nobody will miss is given back.
  void rest(const Settings& settings);
  void uncork(Context& context, Timers& timers);
  bool is_out_of_patience(Instant now) const { return now >= patience_ends(); }
  // When text was last taken by a peer that has kept its window closed since, and was asked to open
  // it; nothing: it is open, or nothing waits for it.
  std::optional<Instant> closed_since() const {
    if (probes_ == 0 || wnd_ > 0 || queue_.queued() == 0) return std::nullopt;
    return last_sent_;
  }
  // The peer was heard while its window is closed: it lives (RFC 9293 MUST-37).
  void on_sign_of_life(Instant now) { last_progress_ = now; }
  // Rearms what runs after the patience changed.
  void rearm(Context& context, Timers& timers);

  void clear(Context& context) { queue_.clear(context); }
  void describe(Info& info, const Settings& settings) const;
  void digest(Digest& digest) const;

 private:
  enum class Phase : std::uint8_t { open, fast_recovery, time_out };

  // What one ACK brings.
  struct Feedback {
    const Segment& segment;
    Delivery delivery{};
    Acked acked{};
    std::uint32_t newly_sacked = 0;    // bytes
    std::uint32_t delivered = 0;       // bytes; without SACK what duplicates say counts, too
    std::optional<SackBlock> twice{};  // text that has arrived twice (RFC 2883)
    bool is_duplicate = false;         // RFC 5681 section 2
    bool is_after_time_out = false;    // what was lost then is still being repaired
    bool is_progress() const { return acked.bytes > 0; }
  };

  // Which segments are cut and pushed, and which count as sent again, where RFCs leave it open.
  static bool is_like_linux(const Settings& settings) { return settings.least_split_segments != 0; }

  // sender.cpp
  // Of every segment with text.
  std::uint32_t option_bytes() const { return has_timestamps_ ? timestamp_option_bytes : 0; }
  std::uint32_t piece_bytes(const Settings& settings) const;
  bool has_lone_fin_under_way() const { return queue_.is_fin_alone() && queue_.outstanding() > 0; }
  // To be called before its fate is looked at.
  void write_down_fin(const Context& context) {
    if (has_lone_fin_under_way()) queue_.write_down_fin(last_sent_, context.pool);
  }
  AckReport take_ack_of_lone_fin(const Segment& segment, Context& context, Timers& timers);
  // plain.cpp
  bool is_path_plain() const;
  bool is_plain_ack(const Segment& segment) const;
  AckReport take_plain_ack(const Segment& segment, Context& context, Timers& timers);
  bool is_plain_next(const Settings& settings, const Timers& timers) const;
  void next_plain(Segment& segment, Context& context, Timers& timers);
  void take_first_window(const Segment& segment);
  bool take_window(const Segment& segment);
  bool is_duplicate(const Feedback& feedback, bool is_window_new) const;
  void on_window_opened(Context& context, Timers& timers);
  void take_sacks(Feedback& feedback, Context& context);
  void on_progress(const Feedback& feedback, Context& context);
  void take_rtt(const Acked& acked, const Segment& segment, Context& context);
  Instant retransmission_deadline(const Context& context) const;
  Instant patience_ends() const {
    return later_by(last_progress_, policy_.patience_ms * Duration{1ms});
  }
  // path_probe.cpp
  PathProbe& make_path_probe();
  void look_for_black_hole(Context& context);
  void set_path_mss(std::uint32_t mss, Context& context);
  void hear_of_path_probe(Context& context);
  bool take_path_probe_loss(std::uint32_t delivered, Context& context);
  bool next_path_probe(Segment& segment, Context& context);
  // held_back.cpp
  bool is_time_to_hold_back(std::uint32_t text_bytes, const Context& context);
  void hold_back(Segment& segment, Context& context);
  bool take_held_back_loss();
  // loss_recovery.cpp
  void recover_or_grow(const Feedback& feedback, Context& context);
  void leave_recovery(const Feedback& feedback, Context& context);
  // On a circle the past must not fall behind by half of it.
  void follow_una() {
    if (una() != recover_) recover_ = una() - 1;
  }
  void end_fast_recovery(Context& context);
  bool detect_loss(std::uint32_t delivered, Context& context);
  bool find_lost_by_rack(Context& context);
  void enter_fast_recovery(std::uint32_t delivered, Context& context);
  void begin_repair(std::uint32_t delivered, const Settings& settings);
  void reduce_by_prr(const Feedback& feedback, bool is_loss_found, Context& context);
  void grow(const Feedback& feedback, const Context& context);
  void mark_lost_on_time_out(const Context& context);
  std::uint32_t pipe() const;
  // Sequence space that is outstanding and of which nothing says that it has arrived.
  std::uint32_t undelivered() const {
    return queue_.outstanding() - queue_.sacked() - duplicate_bytes_;
  }
  RackView rack_view() const;
  // duplicates.cpp: without SACK
  void on_duplicate_ack();
  void take_duplicates_behind(const Acked& acked);
  bool find_lost_by_duplicates();
  bool may_trust_duplicates() const;
  // spurious.cpp
  void hear_of_transmissions(const Feedback& feedback, Context& context);
  bool is_reduction_refuted(const Feedback& feedback);
  void remember_window();
  void undo_reduction(Context& context);
  void doubt_time_out(const Feedback& feedback);
  // loss_timers.cpp
  void watch(Context& context, Timers& timers);
  void restart_watch(Context& context, Timers& timers);
  bool may_probe_tail() const;
  Instant tail_probe_deadline(const Context& context) const;
  void tell_congestion(const Context& context) const;
  const char* phase_name() const;
  // pace.cpp
  void begin_flight(const Context& context);
  void make_flight(const Settings& settings);
  void set_pace(const Settings& settings);
  std::uint64_t pacing_rate() const;
  bool must_keep_pace(Context& context, Timers& timers);
  void follow_model(const Feedback& feedback, std::uint32_t newly_lost, Context& context);
  void tell_model_of_loss(std::uint32_t bytes, const Context& context);
  AckSample ack_sample(const Feedback& feedback, const Context& context) const;
  // validation.cpp
  static bool validates_window(const Settings& settings) {
    return settings.non_validated_period > Duration::zero() &&
           settings.non_validated_period != forever;
  }
  bool is_validated() const;
  void validate_window(const Context& context);
  void end_non_validated_periods(const Context& context);
  void resume(const Context& context);
  void pace_unvalidated(const Context& context);
  std::uint32_t reduce_to_use(std::uint32_t flight_size, const Context& context);
  void halve_use(std::uint32_t used);
  void validate_anew(const Context& context);
  // ecn.cpp
  void mark_new_text(Segment& segment);
  void hear_marks(const Feedback& feedback, Context& context);
  void hear_counted_marks(const Feedback& feedback, Context& context);
  void hear_handshake(const Segment& segment, Context& context);
  void respond_to_marks(std::uint32_t in_flight, Context& context);
  // next_text.cpp
  bool is_repair_next();
  void note_sent(const Segment& segment, bool is_again, Context& context);
  void push_like_linux(Segment& segment, bool is_again, bool is_last);
  bool next_lost(Segment& segment, Context& context, Timers& timers);
  bool next_new(Segment& segment, Context& context, Timers& timers);
  bool next_lone_fin(Segment& segment, Context& context, Timers& timers);
  void wait_for_room(Context& context, Timers& timers);
  void note_wait(const Context& context);
  Allowance new_allowance();
  std::uint32_t worth_sending(std::uint32_t length, std::uint32_t window_room);
  bool is_held_back() const;
  std::uint32_t window_room() const;
  bool is_beyond_window() const;
  std::uint32_t largest_text() const;
  void bound_split(Allowance& allowance, const Settings& settings) const;
  void restart_after_idle(const Context& context);
  void remember_use();
  // early_text.cpp
  bool next_early(Segment& segment, Context& context, Timers& timers);

  SendQueue queue_;
  Congestion congestion_;
  RttEstimator rtt_;
  SendPolicy policy_;
  Seq iss_;
  Box<PathProbe> path_probe_;  // once the path was found to take less
  Box<Flight> flight_;         // once text was sent, until it is forgotten
  Instant last_progress_{};    // something was acknowledged, or became outstanding
  Instant last_sent_{};        // text; before that the SYN
  Duration busy_before_{};     // this flight (SendTimes)

  std::uint32_t wnd_ = 0;  // scaled
  std::uint32_t max_wnd_ = 0;
  Seq wl1_, wl2_;
  std::uint32_t mss_;
  Seq recover_;    // RFC 6582: recovery ends when this is acknowledged; later it follows SND.UNA
  Seq small_end_;  // end of the last text smaller than a full segment, or SND.UNA, for Nagle
  std::uint32_t duplicate_bytes_ = 0;     // without SACK: what duplicate ACKs say has arrived
  std::uint32_t delivered_segments_ = 0;  // of text; modulo 2^32, for people
  std::uint16_t max_split_bytes_;
  std::uint8_t send_shift_ = 0;
  std::uint8_t duplicate_acks_ = 0;
  std::uint8_t syn_transmissions_ = 0;
  std::uint8_t probes_ = 0;  // of a window that is closed
  Phase phase_ = Phase::open;
  LimitedBy limited_by_ = LimitedBy::handshake;
  bool is_syn_acked_ : 1 = false;
  bool has_sack_ : 1 = false;
  bool has_ecn_ : 1 = false;
  bool is_cwr_owed_ : 1 = false;  // the peer is to be told that its echo was heard
  bool has_timestamps_ : 1 = false;
  bool is_probe_owed_ : 1 = false;
  bool must_retransmit_ = false;     // the first retransmission of a recovery asks no window
  bool is_window_used_ : 1 = false;  // the congestion window was what limited us: it may grow
  bool is_cork_over_ : 1 = false;
  bool is_more_over_ : 1 = false;         // what was to follow has not come in time
  bool was_last_step_small_ : 1 = false;  // the last ACK of something new was one of few segments
  bool is_watch_owed_ : 1 = false;        // something was sent since the watch for losses was set
  bool is_early_ : 1 = false;             // text may leave before our SYN is acknowledged
  bool is_syn_text_back_ : 1 = false;     // that of our SYN was not taken, and goes next
  MarkTrust trust_;                       // with accurate ECN
};

}  // namespace acksu::tcp
