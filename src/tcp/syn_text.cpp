// A connection's part in Fast Open (RFC 7413): text of ours in a SYN, and a server's that speaks
// before the handshake is over.
#include <algorithm>

#include "tcp/connection.h"
#include "tcp/fast_open.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t most_option_bytes = 40;  // of a SYN, which has nearly all of them

}  // namespace

// ---- A client -----------------------------------------------------------------------------------

// RFC 7413 4.2.2 (b): the first SYN only; when it is sent again it is a plain one.
void Connection::fill_fast_open(Segment& segment, Context& context) {
  fast_open_ = FastOpenUse::none;
  if (context.fast_open == nullptr) return;
  const auto attempt = context.fast_open->cache.attempt(tuple_, context.now);
  if (!attempt) return;
  if (attempt->option.is_request()) {
    fast_open_ = FastOpenUse::asked;
    ++context.counters.fast_open_asked;
  } else {
    // RFC 7413 4.1.3: the MSS that the server told, or the default; less what options take.
    const std::uint32_t known = attempt->mss == 0 ? default_mss_of(tuple_) : attempt->mss;
    const std::uint32_t mss = std::min(known, receiver_.mss());
    if (!sender_.has_unsent() || mss <= most_option_bytes) return;
    sender_.take_syn_text(segment, mss - most_option_bytes, context);
    if (segment.text.is_empty()) return;
    fast_open_ = FastOpenUse::offered;
    ++context.counters.fast_open_sent;
  }
  segment.options.fast_open = attempt->option;
}

// The SYN+ACK has come.
void Connection::hear_of_fast_open(const Segment& segment, Context& context) {
  const bool is_taken = is_after(segment.ack, sender_.iss() + 1);
  context.fast_open->cache.on_answer({.option = segment.options.fast_open,
                                      .mss = segment.options.mss,
                                      .was_text_sent = fast_open_ == FastOpenUse::offered,
                                      .was_text_taken = is_taken},
                                     context);
  was_syn_text_taken_ = is_taken;
  fast_open_ = FastOpenUse::none;
}

// It has not, or the way there is closed.
void Connection::doubt_fast_open(Context& context) {
  if (fast_open_ != FastOpenUse::asked && fast_open_ != FastOpenUse::offered) return;
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
  was_syn_text_taken_ = true;
  if (is_cookie_old) fast_open_ = FastOpenUse::renews;
  sender_.speak_early();
  sender_.take_syn_window(syn);
  is_handshake_owed_ = true;
  const Seq before = receiver_.nxt();
  const Drop drop = receiver_.take_text(syn, context, timers_);
  bytes_received_ += bytes_between(before, receiver_.nxt());
  tell_news(News::readable | News::writable);
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

// RFC 9768 3.2.2.1: whoever sends it again wants to be told once more how it arrived.
bool Connection::is_repeated_syn_ack(const Segment& segment) const {
  return receiver_.has_accurate_ecn() && segment.has(Flags::syn) && segment.has(Flags::ack) &&
         !segment.has(Flags::rst) && segment.seq == receiver_.irs() &&
         sender_.is_ack_of_syn(segment.ack) && segment.flags.ace() > 1;
}

// A SYN+ACK was not answered. Whoever the cookie was stolen from is not to be troubled more than
// by a half-open record.
bool Connection::is_fast_open_over(const Settings& settings) const {
  return is_opened_fast() && retransmissions_ >= settings.syn_ack_retries;
}

}  // namespace acksu::tcp
