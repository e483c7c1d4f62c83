// The receiving half: judging by window and time stamp, taking text, and offering the window.
#include "tcp/receiver.h"

#include <algorithm>
#include <cstring>

namespace acksu::tcp {
namespace {

constexpr std::uint32_t sack_option_bytes = 4;  // with two NOPs; and 8 for each block
constexpr std::uint32_t all_option_bytes = 40;
constexpr Duration timestamp_lifetime = std::chrono::days{24};  // RFC 7323 5.5

}  // namespace

Receiver::Receiver(const Settings& settings, std::uint32_t mss)
    : capacity_(settings.receive_buffer.first),
      mss_(mss),
      acks_(settings),
      may_grow_(settings.receive_buffer.grows()),
      buffers_whole_segments_(settings.buffers_whole_segments),
      offers_all_room_(settings.offers_all_room) {}

// ---- Handshake ----------------------------------------------------------------------------------

void Receiver::agree_on(const Agreement& agreement, const Settings& settings) {
  shift_ = agreement.receive_shift;
  has_scaling_ = agreement.window_scaling;
  may_grow_ = may_grow_ && has_scaling_;
  has_timestamps_ = agreement.timestamps;
  has_sack_ = agreement.sack;
  if (buffers_whole_segments_) [[unlikely]] {
    const std::uint32_t segment = std::min(agreement.peer_mss, mss_);
    capacity_ = (capacity_ + segment - 1) / segment * segment;
  }
  marks_.agree_on(agreement.ecn.mode);
  if (agreement.ecn.mode != EcnMode::accurate) return;
  accurate_.make(agreement.ecn);
  if (reserves_counts(agreement.ecn, settings)) accurate_->reserve();
}

void Receiver::on_syn(Seq irs, std::uint32_t offered_window) {
  irs_ = irs;
  nxt_ = last_ack_sent_ = irs + 1;
  edge_ = nxt_ + offered_window;
}

void Receiver::set_buffer(BufferSize size) {
  capacity_ = size.first;
  may_grow_ = size.grows();
  pace_.reset();
}

void Receiver::set_ts_recent(std::uint32_t value, Instant now) {
  ts_recent_ = value;
  ts_recent_at_ = now;
}

// ---- Judging ------------------------------------------------------------------------------------

bool Receiver::is_acceptable(const Segment& segment) const {
  const std::uint32_t length = segment.length();
  if (length == 0) {
    // The right edge itself is let in: a peer that has filled our window sends its ACKs from there,
    // and their news must not be lost. (The RFC's test is strict; nothing but the ACK is taken.)
    return bytes_between(nxt_, segment.seq) <= window();
  }
  if (window() == 0) return false;
  // It begins or ends in the window, or holds all of it.
  return is_within(segment.seq, nxt_, window()) || is_within(segment.end() - 1, nxt_, window()) ||
         is_within(nxt_, segment.seq, length);
}

bool Receiver::stretch_window(const Segment& segment) {
  is_stretched_ = false;  // one that was stretched for may have been dropped then
  const Seq end_of_text = segment.end() - (segment.has(Flags::fin) ? 1u : 0u);
  if (is_at_or_before(segment.end(), edge_)) return true;
  const bool is_in_order = is_at_or_before(segment.seq, nxt_) && is_at_or_after(end_of_text, nxt_);
  if (is_after(end_of_text, edge_) && unread_bytes_ > 0) return false;
  if (!is_in_order) return true;
  is_stretched_ = is_after(end_of_text, edge_);
  edge_ = segment.end();
  return true;
}

bool Receiver::is_old_by_timestamp(const Segment& segment, Instant now) const {
  if (!has_timestamps_ || !segment.options.has_timestamps) return false;
  const auto age = static_cast<std::int32_t>(segment.options.timestamps.value - ts_recent_);
  return age < 0 && now - ts_recent_at_ < timestamp_lifetime;
}

void Receiver::take_timestamp(const Segment& segment, Instant now) {
  if (!has_timestamps_ || !segment.options.has_timestamps) return;
  // RFC 7323 4.3 (A), (B), (C), 5.2 (a): of the earliest segment that we have not yet acknowledged.
  if (is_after(segment.seq, last_ack_sent_)) return;
  // Newer, or the old one has outlived its meaning: PAWS was asked before.
  set_ts_recent(segment.options.timestamps.value, now);
}

// ---- Text ---------------------------------------------------------------------------------------

Drop Receiver::take_text(Segment& segment, Context& context, Timers& timers) {
  ACKSU_ASSERT(!is_ended_);
  Seq seq = segment.seq + (segment.has(Flags::syn) ? 1u : 0u);
  const Seq end = seq + segment.text.size();
  Drop drop = hear_end(seq, end, segment.has(Flags::fin), context);
  if (pace_) pace_->on_echo(segment.options.timestamps.echo_reply, context.now);
  BufferChain text = std::move(segment.text);
  if (!text.is_empty()) trim(seq, text);
  if (text.is_empty()) {
    if (segment.has(Flags::fin) && end != nxt_) acks_.on_out_of_order();
    return drop;
  }
  if (seq != nxt_) {
    take_early(seq, text, context, drop);  // RFC 9293 MAY-13, SHLD-31
    acks_.on_out_of_order();
    return drop;
  }
  if (!segment.has(Flags::syn)) has_text_behind_syn_ = true;
  const std::uint32_t length = text.size();
  const bool is_hole_filled = static_cast<bool>(early_);
  const bool is_untrimmed = early_ && seq == segment.seq;
  const auto known = is_untrimmed ? early_->held_within(seq, end) : std::nullopt;
  if (known) report_duplicate(*known);  // RFC 2883 4.2: the first part, if trim() found none
  take_in_order(text, context, drop);
  if (is_stretched_) {
    acks_.on_stretched(context, timers);
  } else {
    acks_.on_in_order(length, mss_, context, timers);
  }
  if (early_) take_what_waited(context);
  if (is_hole_filled || drop != Drop::none) acks_.owe();  // RFC 5681 4.2 (b)
  return drop;
}

Drop Receiver::take_next(Segment& segment, Context& context, Timers& timers) {
  if (pace_) pace_->on_echo(segment.options.timestamps.echo_reply, context.now);
  has_text_behind_syn_ = true;
  const std::uint32_t length = segment.text.size();
  Drop drop = Drop::none;
  take_in_order(segment.text, context, drop);
  segment.text.clear();
  acks_.on_in_order(length, mss_, context, timers);
  if (drop != Drop::none) acks_.owe();
  return drop;
}

//        nxt      edge
//   ------|---------|--------
//   known |  taken  | cut off
void Receiver::trim(Seq& seq, BufferChain& text) {
  if (is_before(seq, nxt_)) {
    const std::uint32_t known = std::min(bytes_between(seq, nxt_), text.size());
    report_duplicate({seq, seq + known});
    text.drop_front(known);
    seq += known;
  }
  const std::uint32_t room = is_at_or_after(edge_, seq) ? bytes_between(seq, edge_) : 0;
  if (text.size() > room) text.drop_back(text.size() - room);
}

// What was offered is taken, as far as there is memory. For text in order what came early gives way
// (RFC 2018 8 (a): the sender keeps it until it is acknowledged).
void Receiver::take_in_order(const BufferChain& text, Context& context, Drop& drop) {
  for (std::uint32_t i = 0; i < text.count(); ++i) {
    HeldText held;
    bool is_held = hold_text(text[i], held, context);
    if (!is_held && early_) {
      ++context.counters.early_text_forgotten;
      forget_early(context);
      is_held = hold_text(text[i], held, context);
    }
    if (!is_held) {
      drop = Drop::tcp_memory_full;
      return;
    }
    nxt_ += held.text.size();
    hold(std::move(held), context);
  }
}

void Receiver::hold(HeldText held, Context& context) {
  unread_bytes_ += held.text.size();
  if (!unread_.is_empty() && unread_.back().text.join(held.text)) {
    // Both are parts of one block, which a writer on this machine has shared: charged once.
    context.memory.give_back(held.charged);
    return;
  }
  if (!unread_.is_empty() && held.text.size() <= unread_.back().text.spare() &&
      unread_.back().text.pinned_bytes() <= BufferPool::class_bytes[0]) {
    // Small text joins the small text before it.
    Slice& last = unread_.back().text;
    last = context.pool.growable(std::move(last));
    const MutableBytes to = last.grow(held.text.size());
    std::memcpy(to.data(), held.text.bytes().data(), to.size());
    context.memory.give_back(held.charged);
    return;
  }
  unread_.push_back(context.pool, std::move(held));
}

void Receiver::take_what_waited(Context& context) {
  while (std::optional<HeldText> held = early_->take_at(nxt_, context)) {
    nxt_ += held->text.size();
    hold(std::move(*held), context);
  }
  if (pace_) pace_->on_hole_filled();
  if (early_->is_empty()) early_.reset();
}

void Receiver::take_early(Seq seq, const BufferChain& text, Context& context, Drop& drop) {
  ++context.counters.out_of_order_segments;
  Reassembler& early = early_.make();
  early.allow((capacity_ >> 20) * context.settings.max_out_of_order_pieces);
  const Reassembler::Outcome outcome = early.insert(seq, text, context);
  if (outcome.is_refused) drop = Drop::tcp_reassembly_full;
  has_duplicate_ = has_duplicate_ || outcome.duplicate;
  if (outcome.duplicate) duplicate_ = *outcome.duplicate;
  if (early_->is_empty()) early_.reset();
}

// Only what lies before RCV.NXT has been received: to report more would be a lie that the peer
// could not tell from an ordinary SACK.
void Receiver::on_duplicate(const Segment& segment) {
  acks_.owe();
  const Seq start = segment.seq;  // SYNs are challenged instead
  const Seq end = earlier(start + segment.text.size(), nxt_);
  if (is_after(end, start)) report_duplicate({start, end});
  take_marks_again(segment);
}

// Whoever retransmitted in vain learns it at once (RFC 2883 4 (1)).
void Receiver::report_duplicate(SackBlock block) {
  acks_.owe();
  has_duplicate_ = true;
  duplicate_ = block;
}

// ---- ACKs ---------------------------------------------------------------------------------------

std::uint16_t Receiver::syn_window() const {
  return static_cast<std::uint16_t>(std::min(capacity_, 0xffffu));
}

std::uint16_t Receiver::offer_syn_window() {
  const std::uint32_t free_bytes = capacity_ > unread_bytes_ ? capacity_ - unread_bytes_ : 0;
  const std::uint32_t field = std::max(window(), std::min(free_bytes, 0xffffu));
  edge_ = later(edge_, nxt_ + field);
  last_ack_sent_ = nxt_;
  return static_cast<std::uint16_t>(std::min(field, 0xffffu));
}

// RFC 9293 MAY-8: what is free, as far as the header's field can say so.
std::uint32_t Receiver::possible_window() const {
  const std::uint32_t free_bytes = capacity_ > unread_bytes_ ? capacity_ - unread_bytes_ : 0;
  return std::min(free_bytes, 0xffffu << shift_);
}

// BSD tells of any room once it is a segment, or a quarter of the buffer.
std::uint32_t Receiver::least_opening(std::uint32_t possible, std::uint32_t mss) const {
  const bool is_large = possible >= std::min(capacity_ / 4, mss);
  return offers_all_room_ && is_large ? 1 : std::min(capacity_ / 2, mss);
}

// RFC 9293 3.8.6.2.2: the right edge moves by half the buffer or a segment at least (MUST-39), and
// never to the left (SHLD-14): where scaling cuts off low bits, the field is rounded up. Segments
// smaller than the scale would be let in for ever by that, so when the buffer and an eighth are
// given away the field is rounded down (RFC 7323 2.4); what was offered before is still taken.
std::uint16_t Receiver::offer_window(std::uint32_t mss) {
  const std::uint32_t offered = window();
  const std::uint32_t possible = possible_window();
  const bool is_worthwhile =
      possible >= offered && possible - offered >= least_opening(possible, mss);
  const std::uint32_t wanted = is_worthwhile ? possible : offered;
  std::uint32_t field = wanted >> shift_;  // RFC 7323 2.3 (b)
  const std::uint32_t above = (field + 1) << shift_;
  const bool may_round_up = unread_bytes_ + above <= capacity_ + capacity_ / 8;
  if ((field << shift_) < offered && may_round_up) ++field;
  field = std::min(field, 0xffffu);
  const Seq edge = nxt_ + (field << shift_);
  if (is_after(edge, edge_)) edge_ = edge;  // RFC 7323 2.4 (1), (2)
  return static_cast<std::uint16_t>(field);
}

void Receiver::fill(Segment& segment, std::uint32_t mss, const Context& context) {
  segment.flags.set(Flags::ack);
  segment.ack = nxt_;
  segment.window = offer_window(mss);
  last_ack_sent_ = nxt_;
  if (marks_.is_owed()) fill_marks(segment, mss, context.settings.acc_ecn_options);
  stamp(segment, context);
  report_sacks(segment, mss);
}

// RFC 7323 3.2 (c), (a).
void Receiver::stamp(Segment& segment, const Context& context) const {
  if (!has_timestamps_) return;
  segment.options.has_timestamps = true;
  segment.options.timestamps = {timestamp_at(context.now, context.timestamp_offset), ts_recent_};
}

void Receiver::on_ack_sent(const Segment& segment, Context& context, Timers& timers) {
  has_duplicate_ = false;  // RFC 2883 4 (2): reported once, or not at all when text left no room
  const bool is_pure = segment.length() == 0;
  if (is_pure && acks_.is_owed() && early_) ++context.counters.duplicate_acks_out;
  acks_.on_ack_sent(is_pure, context, timers);
}

// What a segment may still carry in options.
std::uint32_t Receiver::option_room(std::uint32_t text_bytes, std::uint32_t mss) const {
  const std::uint32_t room = all_option_bytes - (has_timestamps_ ? timestamp_option_bytes : 0);
  if (text_bytes == 0) return room;
  return std::min(room, mss > text_bytes ? mss - text_bytes : 0);
}

// RFC 2018 4 (a), (b); the first block may report a duplicate (RFC 2883). Full segments of text
// leave no room for it.
void Receiver::report_sacks(Segment& segment, std::uint32_t mss) const {
  if (!has_sack_ || (!early_ && !has_duplicate_)) return;
  const std::uint32_t told = segment.options.acc_ecn.bytes();
  const std::uint32_t set_aside = told > 0 && accurate_->has_room() ? whole_option_bytes : 0;
  const std::uint32_t all = option_room(segment.text.size(), mss + set_aside);
  const std::uint32_t bytes = all - std::min(all, told);
  if (bytes < sack_option_bytes + 8) return;
  const std::uint32_t room = (bytes - sack_option_bytes) / 8;
  SegmentOptions& options = segment.options;
  if (has_duplicate_) options.sack.push_back(duplicate_);
  if (early_) early_->report(options, static_cast<std::uint8_t>(room));
}

// ---- Looking ------------------------------------------------------------------------------------

void Receiver::drop_unread(Context& context) {
  for (std::uint32_t i = 0; i < unread_.size(); ++i) context.memory.give_back(unread_[i].charged);
  unread_.clear();
  unread_bytes_ = 0;
}

void Receiver::describe(Info& info) const {
  info.rcv = {.irs = irs_,
              .nxt = nxt_,
              .wnd = window(),
              .unread_bytes = unread_bytes_,
              .out_of_order_bytes = early_ ? early_->bytes() : 0,
              .wscale = shift_,
              .buffer_bytes = capacity_,
              .mss = mss_,
              .largest_segment = acks_.largest_segment(),
              .is_ended = is_ended_};
  if (!accurate_) return;
  info.has_accurate_ecn = true;
  info.rcv.marks = accurate_->counts();
}

void Receiver::digest(Digest& digest) const {
  marks_.digest(digest);
  if (accurate_) accurate_->digest(digest);
  for (std::uint32_t i = 0; i < unread_.size(); ++i) digest.add(unread_[i].text.bytes());
  if (early_) early_->digest(digest);
  if (pace_) pace_->digest(digest);
  digest.add_together(capacity_, may_grow_, is_fin_known_, has_duplicate_);
  digest.add(ts_recent_at_);
  digest.add_together(irs_, nxt_);
  digest.add_together(edge_, last_ack_sent_);
  digest.add_together(ts_recent_, is_fin_known_ ? fin_at_ : Seq{});
  if (has_duplicate_) digest.add_together(duplicate_.start, duplicate_.end);
  acks_.digest(digest);
}

}  // namespace acksu::tcp
