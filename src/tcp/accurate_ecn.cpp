// Counting marks, telling them, and making sense of what is told.
#include "tcp/accurate_ecn.h"

#include <algorithm>
#include <utility>

namespace acksu::tcp {
namespace {

constexpr std::uint32_t ace_cycle = 8;
constexpr std::uint32_t stretched_ack = 4 * 8;  // as `usual_packets_` counts
constexpr std::uint32_t most_usual_packets = 4096;
constexpr std::uint8_t most_contradictions = 3;

constexpr std::uint32_t since(std::uint32_t told, std::uint32_t known) {
  return (told - known) & (AccEcnOption::modulus - 1);
}

}  // namespace

AccEcnOption whole_option(const MarkCounts& counts) {
  AccEcnOption option{AccEcnOption::Order::one, AccEcnOption::most};
  option.set(0, counts.e1b);
  option.set(1, counts.ceb);
  option.set(2, counts.e0b);
  return option;
}

// ---- The data receiver --------------------------------------------------------------------------

void MarkCounter::on_syn(const Segment& segment) {
  handshake_ = segment.ecn;  // RFC 9768 3.1.5: the latest
  if (segment.options.acc_ecn.is_given()) on_option();
  if (!segment.has(Flags::ack)) return;
  if (!std::exchange(has_first_text_, true)) first_text_ = segment.ack;
  // RFC 9768 3.2.2.2: a marked SYN+ACK counts, but once, and a marked SYN never.
  if (segment.ecn != Ecn::congestion_experienced) return;
  if (!std::exchange(was_syn_ack_marked_, true)) ++counts_.cep;
}

bool MarkCounter::on_segment(const Segment& segment, std::uint32_t packets) {
  const std::uint32_t bytes = segment.text.size();
  const bool is_marked = segment.ecn == Ecn::congestion_experienced;
  if (bytes > 0 && segment.ecn != Ecn::not_capable) {
    is_news_ = true;
    (is_marked ? counts_.ceb : segment.ecn == Ecn::capable ? counts_.e0b : counts_.e1b) += bytes;
    if (is_marked) has_ce_ = true;
    if (segment.ecn == Ecn::capable) has_ect_0_ = true;
    if (segment.ecn == Ecn::capable_1) has_ect_1_ = true;
    const std::uint8_t place = is_marked ? 2 : segment.ecn == Ecn::capable ? 3 : 1;
    moved_ = std::max(moved_, place);
  }
  const bool is_change = is_marked && !std::exchange(was_marked_, is_marked);
  was_marked_ = is_marked;
  if (!is_marked || segment.has(Flags::syn)) return false;
  counts_.cep += packets;
  marked_since_ack_ =
      static_cast<std::uint8_t>(std::min<std::uint32_t>(marked_since_ack_ + packets, 0xff));
  // RFC 9768 3.2.2.5.1: with text each change, and each second mark; without text each third.
  return bytes > 0 ? is_change || marked_since_ack_ >= 2 : marked_since_ack_ >= 3;
}

// RFC 9768 3.2.3.2.2: twice in vain; perhaps ACKs are dropped for their options.
void MarkCounter::on_again(const Segment& segment, std::uint32_t packets) {
  static_cast<void>(on_segment(segment, packets));
  if (std::exchange(has_again_, true) && again_ == segment.seq) may_tell_ = false;
  again_ = segment.seq;
}

void MarkCounter::fill(Segment& segment, std::uint32_t option_room, AccEcnOptions telling) {
  segment.flags.set_ace(counts_.cep);
  marked_since_ack_ = 0;
  if (telling == AccEcnOptions::none) return;
  if (telling == AccEcnOptions::in_all) return fill_all(segment, option_room);
  const bool is_first = is_first_text(segment);
  // RFC 9768 3.2.3.2.2: the first text was lost with its option; perhaps because of it.
  if (is_first && was_first_text_told_) may_tell_ = false;
  // What is sent again, which is never marked, goes without.
  const bool is_again = !segment.text.is_empty() && segment.ecn == Ecn::not_capable;
  if (!may_tell_ || is_again || !(is_news_ || is_first)) return;
  const AccEcnOption news = option();
  if (news.bytes() > option_room) return;
  segment.options.acc_ecn = news;
  is_news_ = false;
  if (is_first) was_first_text_told_ = true;
}

// As many counts as there is room for, but all that have moved; none to who has shown none, for his
// path may drop them.
void MarkCounter::fill_all(Segment& segment, std::uint32_t option_room) {
  if (!may_tell_ || !is_told_) return;
  const AccEcnOption all = whole_option(counts_);
  const std::uint32_t least = std::max<std::uint32_t>(moved_, 1);
  for (std::uint32_t size = AccEcnOption::most; size >= least; --size) {
    AccEcnOption option{AccEcnOption::Order::one, size};
    if (option.bytes() > option_room) continue;
    for (std::uint32_t i = 0; i < size; ++i) option.set(i, all[i]);
    segment.options.acc_ecn = option;
    moved_ = 0;
    is_news_ = false;
    return;
  }
}

void MarkCounter::fill_handshake(Segment& segment, bool has_option) {
  segment.flags.set_ace(handshake_ace(handshake_));
  segment.options.acc_ecn.clear();
  if (has_option && may_tell_) segment.options.acc_ecn = whole_option(counts_);
}

// RFC 9768 3.2.3.3: all counts that have ever moved; no more of the others than their order wants.
AccEcnOption MarkCounter::option() const {
  if (has_ect_0_ && has_ect_1_) return whole_option(counts_);
  const auto order = has_ect_1_ ? AccEcnOption::Order::one : AccEcnOption::Order::zero;
  AccEcnOption option{order, has_ce_ ? 2u : 1u};
  option.set(0, has_ect_1_ ? counts_.e1b : counts_.e0b);
  option.set(1, counts_.ceb);
  return option;
}

void MarkCounter::digest(Digest& digest) const {
  counts_.digest(digest);
  digest.add_together(again_, handshake_, marked_since_ack_, moved_);
  digest.add_together(first_text_, may_tell_, has_first_text_, was_first_text_told_,
                      was_syn_ack_marked_, is_news_, was_marked_, has_ce_, has_ect_0_, has_ect_1_,
                      is_told_, has_again_);
}

// ---- What the data sender trusts ----------------------------------------------------------------

// RFC 9768 3.2.2.3: our SYN and SYN+ACK say that they cannot be marked. Whoever changes that on the
// way may do so to text, or may clear what others have marked: no more of it, but what is fed back
// still counts.
void MarkTrust::judge_codepoint(Ecn told) {
  if (told != Ecn::not_capable) may_mark = false;
}

// RFC 9768 3.2.3.2.4
void MarkTrust::judge_option(const AccEcnOption& option) {
  if (option.ect_0() == 0u || option.ect_1() == 0u) has_bad_option = true;
}

bool MarkTrust::on_syn_ack(const Segment& segment) {
  judge_option(segment.options.acc_ecn);
  const std::uint8_t ace = segment.flags.ace();
  if (ace == 0) may_mark = false;  // 3.1.5: one that crossed ours, of a peer that has given up
  const Ecn told = codepoint_of(ace).value_or(Ecn::not_capable);
  judge_codepoint(told);
  return told == Ecn::congestion_experienced;
}

// RFC 9768 Table 4
bool MarkTrust::on_handshake_ack(const Segment& segment) {
  judge_option(segment.options.acc_ecn);
  if (segment.length() > 0 || !segment.options.sack.is_empty()) return false;  // a count
  is_read = true;
  const std::uint8_t ace = segment.flags.ace();
  if (ace == 0) {
    may_mark = false;
    is_mute = true;
    return false;
  }
  const Ecn told = codepoint_of(ace).value_or(Ecn::not_capable);
  judge_codepoint(told);
  was_syn_ack_marked = told == Ecn::congestion_experienced;
  return was_syn_ack_marked;
}

bool MarkTrust::on_segment(const Segment& segment) {
  if (segment.has(Flags::syn)) return false;
  if (is_read) {
    is_read = false;
    return false;
  }
  // RFC 9768 3.2.2.4: no count begins at zero.
  if (!is_begun && segment.flags.ace() == 0) {
    may_mark = false;
    is_mute = true;
  }
  is_begun = true;
  return !is_mute;
}

// ---- The data sender ----------------------------------------------------------------------------

MarkReport MarkFeedback::on_ack(const Segment& segment, std::uint32_t delivered, std::uint32_t mss,
                                MarkTrust& trust) {
  if (is_superseded(segment, delivered)) return {};
  const std::uint32_t least = (segment.flags.ace() - counts_.cep) % ace_cycle;
  MarkReport report;
  report.packets = guess_packets(least, (delivered + mss - 1) / mss);
  if (segment.options.acc_ecn.is_given() && !trust.has_bad_option) {
    const std::uint32_t told = take_option(segment.options.acc_ecn);
    // A.2.2: that so many had been marked would make them very small.
    const bool is_plausible = told <= mss * least && told < report.packets * (mss / 2);
    if (report.packets > least && is_plausible) report.packets = least;
    reconcile(report, told, trust);
  } else {
    report.bytes = std::min(report.packets * mss, delivered);  // A.3
    guessed_bytes_ = std::min(guessed_bytes_ + report.bytes, AccEcnOption::modulus);
  }
  counts_.cep += report.packets;
  return report;
}

// A.1: an older ACK than one that was heard before. Without news, and without time stamps, there is
// no telling.
bool MarkFeedback::is_superseded(const Segment& segment, std::uint32_t delivered) {
  if (!segment.options.has_timestamps) return delivered == 0;
  const std::uint32_t stamp = segment.options.timestamps.value;
  const auto ahead = static_cast<std::int32_t>(stamp - newest_stamp_);
  if (has_stamp_ && ahead < 0) return true;
  const bool is_newer = !has_stamp_ || ahead > 0;
  newest_stamp_ = stamp;
  has_stamp_ = true;
  return delivered == 0 && !is_newer;
}

// A.2.1: the safest likely case is that the count went round as often as there was room for. Where
// ACKs are stretched at all times none is missing when one acknowledges much.
std::uint32_t MarkFeedback::guess_packets(std::uint32_t least, std::uint32_t packets) {
  const std::uint32_t most = std::min(packets, most_usual_packets);
  if (usual_packets_ == 0) usual_packets_ = static_cast<std::uint16_t>(8 * most);
  const bool is_stretched = usual_packets_ >= stretched_ack;
  if (packets > 0) {
    usual_packets_ = static_cast<std::uint16_t>(usual_packets_ - usual_packets_ / 8 + most);
  }
  if (packets <= least || is_stretched) return least;
  return packets - (packets - least) % ace_cycle;
}

// The marked bytes that it tells anew. A count that is not there has not moved (3.2.3.3).
std::uint32_t MarkFeedback::take_option(const AccEcnOption& option) {
  counts_.e0b += since(option.ect_0().value_or(counts_.e0b), counts_.e0b);
  counts_.e1b += since(option.ect_1().value_or(counts_.e1b), counts_.e1b);
  const std::uint32_t told = since(option.ce().value_or(counts_.ceb), counts_.ceb);
  counts_.ceb += told;
  return told;
}

void MarkFeedback::reconcile(MarkReport& report, std::uint32_t told, MarkTrust& trust) {
  report.bytes = told - std::min(told, guessed_bytes_);
  guessed_bytes_ = 0;
  // RFC 9768 3.2.3.2.5: bytes are marked, and no packet is. Tiny segments may have hidden a whole
  // cycle; not every time.
  contradictions_ = report.bytes > 0 && report.packets == 0 ? contradictions_ + 1 : 0;
  if (contradictions_ >= most_contradictions) trust.may_mark = false;
}

void MarkFeedback::digest(Digest& digest) const {
  counts_.digest(digest);
  digest.add_together(newest_stamp_, guessed_bytes_);
  digest.add_together(usual_packets_, contradictions_, has_stamp_);
}

}  // namespace acksu::tcp
