// A connection's part in Fast Open (RFC 7413): text of ours in a SYN, and a server's that speaks
// before the handshake is over.
#include <algorithm>

#include "tcp/connection.h"
#include "tcp/fast_open.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t most_option_bytes = 40;  // of a SYN, which has nearly all of them

// What our SYN has said of it.
FastOpenOption said_by(FastOpenUse use) {
  constexpr std::uint8_t some_cookie[FastOpenOption::least] = {};
  switch (use) {
    case FastOpenUse::asked: return *FastOpenOption::of({});
    case FastOpenUse::asked_by_experiment: return FastOpenOption::of({})->as_experimental();
    case FastOpenUse::shown:
    case FastOpenUse::offered: return *FastOpenOption::of(some_cookie);
    default: return {};
  }
}

}  // namespace

// ---- A client -----------------------------------------------------------------------------------

// RFC 7413 4.2.2 (b): the first SYN only; when it is sent again it is a plain one.
void Connection::fill_fast_open(Segment& segment, Context& context) {
  fast_open_ = FastOpenUse::none;
  if (context.fast_open == nullptr) return;
  const auto attempt = context.fast_open->cache.attempt(tuple_, context.now, context.settings);
  if (!attempt) return;
  const std::uint32_t room = fast_open_room(*attempt);
  segment.options.fast_open = attempt->option;
  if (attempt->option.is_request()) {
    const bool is_experimental = attempt->option.is_experimental();
    fast_open_ = is_experimental ? FastOpenUse::asked_by_experiment : FastOpenUse::asked;
    ++context.counters.fast_open_asked;
    return;
  }
  if (attempt->option.has_cookie()) fast_open_ = FastOpenUse::shown;
  if (!sender_.has_unsent() || room == 0) return;
  sender_.take_syn_text(segment, room, context);
  fast_open_ = attempt->option.has_cookie() ? FastOpenUse::offered : FastOpenUse::offered_bare;
  ++context.counters.fast_open_sent;
}

// RFC 7413 4.1.3: the MSS that the server told, or the default; less what options take.
std::uint32_t Connection::fast_open_room(const FastOpenCache::Attempt& attempt) const {
  if (attempt.option.is_request()) return 0;
  const std::uint32_t unknown =
      attempt.option.has_cookie() ? default_mss_of(tuple_) : receiver_.mss();
  const std::uint32_t mss =
      std::min(attempt.mss == 0 ? unknown : std::uint32_t{attempt.mss}, receiver_.mss());
  return mss > most_option_bytes ? mss - most_option_bytes : 0;
}

void Connection::hold_syn() {
  if (state_ == State::syn_sent && segments_out_ == 0) is_handshake_owed_ = false;
}

void Connection::send_syn() {
  if (state_ == State::syn_sent && segments_out_ == 0) is_handshake_owed_ = true;
}

// The SYN+ACK has come.
void Connection::hear_of_fast_open(const Segment& segment, Context& context) {
  const bool is_taken = is_after(segment.ack, sender_.iss() + 1);
  const bool was_text_sent =
      fast_open_ == FastOpenUse::offered || fast_open_ == FastOpenUse::offered_bare;
  // After a SYN was lost it is not known what the peer has heard.
  const bool is_heard = retransmissions_ == 0 || segment.options.fast_open.has_cookie();
  context.fast_open->cache.on_answer({.said = is_heard ? said_by(fast_open_) : FastOpenOption{},
                                      .option = segment.options.fast_open,
                                      .mss = segment.options.mss,
                                      .was_text_sent = was_text_sent,
                                      .was_text_taken = is_taken},
                                     context);
  was_syn_text_taken_ = is_taken && segment.ack == sender_.nxt();
  fast_open_ = FastOpenUse::none;
}

// It has not, or the way there is closed.
void Connection::doubt_fast_open(Context& context) {
  const bool is_plain = fast_open_ == FastOpenUse::none || fast_open_ == FastOpenUse::wanted ||
                        fast_open_ == FastOpenUse::renews;
  if (is_plain) return;
  context.fast_open->cache.on_lost(context);
}

// RFC 7413 4.2.2 (c): the SYN+ACK acknowledges all text of the SYN, some of it or none. What it
// does not is sent as if it never was.
void Connection::take_ack_of_syn_text(const Segment& segment, Context& context) {
  if (is_after(segment.ack, sender_.una())) {
    const AckReport report = sender_.on_ack(segment, context, timers_);
    bytes_acked_ += report.acked_bytes;
    if (sender_.is_all_acked()) tell_news(News::all_acked);
  }
  sender_.take_back_syn_text(context, timers_);
}

// ---- A server -----------------------------------------------------------------------------------

Drop Connection::take_fast_open(Segment& syn, bool is_cookie_old, Context& context) {
  bind(context);
  ++segments_in_;
  ++context.counters.fast_open_accepted;
  was_syn_text_taken_ = !syn.text.is_empty();
  if (was_syn_text_taken_) ++text_segments_in_;
  if (is_cookie_old) fast_open_ = FastOpenUse::renews;
  sender_.speak_early();
  sender_.take_syn_window(syn);
  is_handshake_owed_ = true;
  tell_news(News::writable);
  if (syn.text.is_empty()) return Drop::none;
  const Seq before = receiver_.nxt();
  const Drop drop = receiver_.take_text(syn, context, timers_);
  bytes_received_ += bytes_between(before, receiver_.nxt());
  tell_news(News::readable);
  return drop;
}

void Connection::fill_fast_open_answer(Segment& segment, Context& context) {
  receiver_.on_ack_sent(segment, context, timers_);
  if (fast_open_ != FastOpenUse::renews || context.fast_open == nullptr) return;
  segment.options.fast_open = context.fast_open->keys.cookie_for(
      {tuple_.remote.address, tuple_.local.address}, context.now, context.settings);
  ++context.counters.fast_open_given;
}

bool Connection::is_repeated_syn(const Segment& segment) const {
  constexpr std::uint16_t judged = Flags::syn | Flags::ack | Flags::rst | Flags::fin;
  return is_opened_fast() && (segment.flags.bits & judged) == Flags::syn &&
         segment.seq == receiver_.irs();
}

// Asked of no reset.
// RFC 9768 3.2.2.1: whoever sends it again wants to be told once more how it arrived.
bool Connection::is_repeated_syn_ack(const Segment& segment) const {
  return receiver_.has_accurate_ecn() && segment.has(Flags::syn) && segment.has(Flags::ack) &&
         segment.seq == receiver_.irs() && sender_.is_ack_of_syn(segment.ack);
}

// A SYN+ACK was not answered. Whoever the cookie was stolen from is not to be troubled more than
// by a half-open record.
bool Connection::is_fast_open_over(const Settings& settings) const {
  return is_opened_fast() && retransmissions_ >= settings.syn_ack_retries;
}

}  // namespace acksu::tcp
