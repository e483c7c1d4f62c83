// One TCP connection (RFC 9293 section 3), from an active open or a finished half-open record to
// CLOSED or TIME-WAIT. Absorb, then emit: `on_segment`, `on_time` and the calls change state only;
// `next_segment` is the one way out. After each of these its owner looks at `state`, `deadline` and
// `take_news`, and asks for segments.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/box.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/error.h"
#include "base/result.h"
#include "base/segment.h"
#include "tcp/connection_options.h"
#include "tcp/context.h"
#include "tcp/fast_open.h"
#include "tcp/info.h"
#include "tcp/opening.h"
#include "tcp/receiver.h"
#include "tcp/sender.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"

namespace acksu::tcp {

// What judging a segment came to.
struct Verdict {
  Drop drop = Drop::none;
  bool is_reset_owed = false;  // answer with `reset_for(segment)`; the connection itself goes on
};

// What happened since the owner last asked: bits with the meaning of acksu::Readiness.
struct News {
  static constexpr std::uint8_t readable = 1, writable = 2, urgent = 4, connected = 8, ended = 16,
                                failed = 32, all_acked = 64, in_doubt = 128;
};

// What a connection in TIME-WAIT leaves behind: enough to answer and to judge late segments.
struct Remains {
  FourTuple tuple;
  Seq snd_nxt, rcv_nxt;
  std::uint32_t rcv_wnd = 0;  // bytes, from rcv_nxt on
  std::uint8_t receive_shift = 0;
  bool has_timestamps = false;
  std::uint32_t timestamp_offset = 0;
  std::uint32_t ts_recent = 0;
  std::uint8_t ace = 0;      // with accurate ECN
  bool is_ack_owed = false;  // the record speaks it: the connection says nothing any more
};

// How a connection's SYN, or the answer to one, uses Fast Open (RFC 7413).
enum class FastOpenUse : std::uint8_t {
  none,
  wanted,  // by the application
  asked,   // our SYN asked for a cookie
  asked_by_experiment,
  shown,         // our SYN had a cookie, and nothing to say
  offered,       // our SYN had a cookie and text
  offered_bare,  // our SYN had text and no cookie
  renews,        // our SYN+ACK tells a new cookie
};

class Connection {
 public:
  // Active open: CLOSED -> SYN-SENT.
  Connection(const Opening& opening, Context& context);
  // Passive open, after the handshake's last ACK: starts in SYN-RECEIVED.
  Connection(const Opening& opening, const Accepted& accepted, Context& context);

  // Right after either: Fast Open. Ours: as far as the host knows a cookie when the SYN leaves,
  // what was written until then goes with it. A peer's, whose SYN had a good cookie: its text is
  // there to be read, and what is written leaves before the handshake is over.
  void want_fast_open() { fast_open_ = FastOpenUse::wanted; }
  // Before our first SYN has left: not now, but when `send_syn` says so.
  void hold_syn();
  void send_syn();
  Drop take_fast_open(Segment& syn, bool is_cookie_old, Context& context);
  // How much text our SYN may take along; 0: none.
  std::uint32_t fast_open_room(const FastOpenCache::Attempt& attempt) const;
  // Begun by a cookie, and the handshake is not over.
  bool is_opened_fast() const { return sender_.is_early() && !sender_.is_syn_acked(); }

  // ---- IN: judges, moves, acts. Takes the text out of `segment` where it is kept.
  Verdict on_segment(Segment& segment, Context& context);
  // Right after that: a segment that goes on where the last one ended and says nothing else than
  // that did. Nothing, and nothing done: it is to be judged like any other.
  std::optional<Drop> take_along(Segment& segment, Context& context);

  // ---- OUT: fills `segment`; false when there is nothing (more) to say now: `info().limited_by`
  // tells why.
  bool next_segment(Segment& segment, Context& context);
  // False: nobody needs to ask, `next_segment` has nothing to say.
  bool may_speak() const {
    return receiver_.acks().is_owed() || sender_.may_speak() || is_handshake_owed_ ||
           is_reset_owed_ || is_keepalive_owed_;
  }
  // Somebody waits for text to leave: to be told after a turn of segments.
  bool is_send_awaited() const { return is_send_awaited_; }
  void on_turn_over(Context& context) { tell_room(context); }
  void tell_silence(const Context& context) const {
    if (context.is_observed()) {
      context.observer->on_silence(context.now, tuple_, sender_.limited_by());
    }
  }

  // ---- TIME: `deadline` may only be early.
  Instant deadline() const;
  void on_time(Context& context);
  // The owner's timer is over, and there is no deadline.
  void rest(const Settings& settings) { sender_.rest(settings); }

  // ---- CALL: errors as in host/host.h.
  Result<std::uint32_t> write(Bytes bytes, Context& context);
  Result<std::uint32_t> read(MutableBytes bytes, Context& context);
  // The same without copies: a part of a block, views of what has arrived.
  Result<std::uint32_t> write_shared(Slice text, Context& context);
  Result<BufferChain> read_shared(std::uint32_t most, Context& context);
  // Copies what could be read `skipped` bytes from here on, and leaves it there.
  std::uint32_t peek(std::uint32_t skipped, MutableBytes bytes) const {
    return receiver_.peek(skipped, bytes);
  }
  // As if a write had found no room: `News::writable` is told when there is some. True: there is.
  bool await_room(Context& context);
  // RFC 9293 3.8.5: what was written so far is urgent, to its last octet. Errors as of `write`.
  Error mark_urgent(Context& context);
  void use_quick_acks(bool is_quick);
  Error end_record(Context& context);
  Error shutdown_write(Context& context);
  // The application lets go: what was written is still sent, then FIN; a reset when text is unread.
  void close(Context& context);
  // CLOSED at once; the reset it owes is what `next_segment` says last.
  void abort(Context& context);
  void set_options(const ConnectionOptions& options, Context& context);
  // ICMP said that the peer cannot be reached (RFC 5461: ends a connection only before it is
  // established), or something that never ends one.
  void on_unreachable(Error error, Context& context);
  void on_soft_error(Error error);
  // The path takes less: `mss` bytes of text without options (RFC 8201, RFC 1191).
  void lower_mss(std::uint32_t mss, Context& context);
  // The owner needs its memory for others: ends it as R2 would, with a reset.
  void give_up(Context& context);
  std::optional<Instant> window_closed_since() const { return sender_.closed_since(); }
  // Gives back all text and its charge; to be called before the connection is destroyed.
  void release(Context& context);

  State state() const { return state_; }
  const FourTuple& tuple() const { return tuple_; }
  bool is_orphan() const { return is_orphan_; }
  bool is_path_probe(const Segment& segment) const { return sender_.is_path_probe(segment.seq); }
  std::uint32_t mss() const { return sender_.mss(); }  // text bytes of a full segment
  // CLOSED, and nothing left to say.
  bool is_over() const { return state_ == State::closed && !is_reset_owed_; }
  Error error() const { return state_ == State::closed ? error_ : Error::none; }
  // What ICMP has said since the connection fell silent, while it goes on.
  Error soft_error() const { return state_ == State::closed ? Error::none : error_; }
  // Bits of `News`, once.
  std::uint8_t take_news() { return std::exchange(news_, std::uint8_t{0}); }
  // Null: it has chosen no DSCP, and no TTL.
  const ConnectionOptions* ip_options() const {
    return has_ip_options_ ? &extras_->options : nullptr;
  }
  bool has_unread() const { return receiver_.unread_bytes() > 0; }
  Remains remains() const;  // in TIME-WAIT
  Info info(const Settings& settings) const;
  void digest(Digest& digest) const;

 private:
  // arrival.cpp: the steps of RFC 9293 3.10.7.4, in its order; false ends the processing
  Verdict arrive_in_syn_sent(Segment& segment, Context& context);
  bool echoes_nothing_of_ours(const Segment& syn_ack, const Context& context) const;
  void owe_ack_of_syn_ack(Context& context);
  bool check_sequence(Segment& segment, Context& context, Verdict& verdict);
  bool is_crossing_syn_ack(const Segment& segment) const;
  bool check_timestamp(const Segment& segment, Context& context, Verdict& verdict);
  bool check_reset(const Segment& segment, Context& context, Verdict& verdict);
  bool check_syn(const Segment& segment, Context& context, Verdict& verdict);
  bool take_ack(const Segment& segment, Context& context, Verdict& verdict);
  bool take_ack_of_syn(const Segment& segment, Context& context, Verdict& verdict);
  bool check_ack(const Segment& segment, Context& context, Verdict& verdict);
  bool hear_ack(const Segment& segment, Context& context);
  bool take_text(Segment& segment, Context& context, Verdict& verdict);
  void take_fin(Context& context);
  void on_handshake_over(Context& context);
  void on_fin_acked(Context& context);
  void answer_unacceptable(const Segment& segment, Context& context);
  bool may_challenge(Context& context);
  void challenge(Context& context);
  void hear_syn_again(const Segment& segment, Context& context);

  // plain_arrival.cpp
  bool is_plain(const Segment& segment, const Context& context) const;
  Verdict take_plain(Segment& segment, Context& context);
  Drop take_next(Segment& segment, Context& context);

  // next_segment.cpp
  void fill_reset(Segment& segment, Context& context);
  void fill_handshake(Segment& segment, Context& context);
  void fill_syn(Segment& segment, Context& context);
  void fill_syn_ecn(Segment& segment, const Settings& settings);
  bool fill_text_or_ack(Segment& segment, Context& context);
  bool fill_probe(Segment& segment, const Context& context);
  Seq acceptable_seq() const;

  // syn_text.cpp
  void fill_fast_open(Segment& segment, Context& context);
  void hear_of_fast_open(const Segment& segment, Context& context);
  void doubt_fast_open(Context& context);
  void take_ack_of_syn_text(const Segment& segment, Context& context);
  void fill_fast_open_answer(Segment& segment, Context& context);
  bool is_repeated_syn(const Segment& segment) const;
  bool is_repeated_syn_ack(const Segment& segment) const;
  bool is_fast_open_over(const Settings& settings) const;

  // connection.cpp
  void use(CongestionAlgorithm algorithm, const Settings& settings);
  void bind(Context& context) const;
  void step(Event event, Context& context);
  void end(Event event, Error error, Context& context);
  void end_with_reset(Event event, Error error, Context& context);
  void settle(Context& context);
  void enter_orphanhood(Context& context);
  void await_fin(Context& context);
  void renew_patience(const Settings& settings);
  void tell_news(std::uint8_t news) { news_ |= news; }
  template <class Queue>
  Result<std::uint32_t> write_some(std::size_t size, Context& context, Queue queue);
  Error why_unreadable() const;
  Error why_closed() const { return error_ == Error::none ? Error::not_connected : error_; }
  // connection_time.cpp
  void arm_keepalive(Context& context);
  void on_retransmission_time(Context& context);
  void on_keepalive_time(Context& context);
  Duration keepalive_idle(const Settings& settings) const;
  // urgent.cpp
  void point_to_urgent(Segment& segment);
  void take_urgent(const Segment& segment);
  void follow_urgent();
  // user_timeout.cpp
  Duration own_user_timeout(const Settings& settings) const;
  void hear_user_timeout(const Segment& segment, Context& context);
  void tell_user_timeout(Segment& segment, const Context& context);
  // room.cpp
  std::uint32_t notsent_lowat(const Settings& settings) const;
  void tell_room(Context& context);
  bool has_good_room(const Settings& settings) const;

  FourTuple tuple_;
  Sender sender_;
  // Small members fill what these two end with: an idle end is to be small.
  [[no_unique_address]] Receiver receiver_;
  bool is_orphan_ : 1 = false;
  bool is_handshake_owed_ : 1 = false;  // a SYN; or the ACK of one, which is to leave alone
  bool is_reset_owed_ : 1 = false;
  bool is_keepalive_owed_ : 1 = false;
  bool is_write_blocked_ : 1 = false;
  bool is_send_awaited_ : 1 = false;     // and not only for room in the buffer
  bool was_syn_text_taken_ : 1 = false;  // that of our SYN, or of the peer's
  bool is_timeout_owed_ : 1 = false;     // our user timeout is to be told
  bool has_ip_options_ : 1 = false;      // DSCP or TTL of its own
  FastOpenUse fast_open_ = FastOpenUse::none;
  [[no_unique_address]] Timers timers_;
  std::uint16_t peer_timeout_ = 0;  // as its option says (RFC 5482); 0: not told
  State state_ = State::closed;
  Error error_ = Error::none;
  std::uint8_t news_ = 0;
  std::uint8_t keepalives_unanswered_ = 0;
  Instant last_heard_{};
  Instant next_challenge_{};
  // Once any option was set, or text was urgent.
  struct Extras {
    ConnectionOptions options;
    UrgentMarks urgent;
  };
  Box<Extras> extras_;
  std::uint64_t bytes_acked_ = 0, bytes_received_ = 0;
  std::uint32_t segments_in_ = 0, segments_out_ = 0;  // modulo 2^32
  std::uint32_t text_segments_in_ = 0, text_segments_out_ = 0;
  std::uint32_t retransmissions_ = 0;
  std::uint32_t timestamp_offset_;
};

// RFC 9293 3.10.7.1: the reset that answers a segment for which there is no connection (never one
// that is a reset).
Segment reset_for(const Segment& segment);

}  // namespace acksu::tcp
