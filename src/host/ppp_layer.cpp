// One control protocol of PPP: judging packets, moving, acting.
#include "host/ppp_layer.h"

#include <algorithm>

namespace acksu {

using wire::PppCode;
using wire::PppControl;
using wire::PppOption;

namespace {

// Enough for what one arrival can cause; who sends no more than it receives never has more.
constexpr std::size_t most_packets = 16;
// RFC 1661 section 5.6: a rejected packet is cut to what the peer can surely take.
constexpr std::size_t most_rejected_bytes = 1500 - PppControl::header_bytes;

}  // namespace

void PppLayer::step(PppEvent event, PppNegotiator& negotiator, Instant now) {
  const PppStep step = ppp_step(state_, event);
  if (!step.is_possible) return;
  const PppState before = state_;
  state_ = step.next;
  const bool sends_request = (step.actions & PppDo::scr) != 0;
  const bool was_quiet = !has_restart_timer(before);
  if (was_quiet && sends_request) {
    naks_sent_ = naks_taken_ = 0;
    negotiator.begin();
  }
  act(step, negotiator);
  if (!has_restart_timer(state_)) {
    due_ = never;
  } else if (was_quiet || (step.actions & (PppDo::scr | PppDo::str | PppDo::zrc)) != 0) {
    due_ = later_by(now, times_.restart_interval);
  }
}

void PppLayer::set_counter(PppStep step) {
  const bool ends = (step.actions & PppDo::str) != 0;
  if ((step.actions & PppDo::irc) != 0) {
    tries_left_ = ends ? times_.max_terminate : times_.max_configure;
  }
  if ((step.actions & PppDo::zrc) != 0) tries_left_ = 0;
  const bool is_try = ends || (step.actions & PppDo::scr) != 0;
  if (is_try && tries_left_ > 0) --tries_left_;
}

void PppLayer::act(PppStep step, PppNegotiator& negotiator) {
  const auto is_to = [&](std::uint16_t action) { return (step.actions & action) != 0; };
  if (is_to(PppDo::tld)) news_.push_back(News::down);
  set_counter(step);
  if (is_to(PppDo::scr)) send_request(negotiator);
  if (is_to(PppDo::sca)) negotiator.grant(reply_.options);
  if (is_to(PppDo::sca | PppDo::scn)) send(reply_);
  if (is_to(PppDo::str)) send({.code = PppCode::terminate_request, .id = next_id()});
  if (is_to(PppDo::sta)) send({.code = PppCode::terminate_ack, .id = reply_.id});
  if (is_to(PppDo::scj)) {
    send({.code = PppCode::code_reject, .id = next_id(), .data = rejected_});
  }
  if (is_to(PppDo::tlu)) news_.push_back(News::up);
  if (is_to(PppDo::tlf)) news_.push_back(News::finished);
}

// RFC 1661 section 5.1: a request keeps its identifier while it is the same and unanswered.
void PppLayer::send_request(const PppNegotiator& negotiator) {
  std::vector<PppOption> wishes = negotiator.wishes();
  if (!awaits_answer_ || wishes != request_.options) request_.id = next_id();
  request_.options = std::move(wishes);
  awaits_answer_ = true;
  send(request_);
}

void PppLayer::send(const PppControl& packet) {
  if (to_send_.size() < most_packets) to_send_.push_back(to_bytes(packet));
}

std::optional<std::vector<std::uint8_t>> PppLayer::next_packet() {
  if (to_send_.empty()) return std::nullopt;
  std::vector<std::uint8_t> packet = std::move(to_send_.front());
  to_send_.pop_front();
  return packet;
}

std::optional<PppLayer::News> PppLayer::next_news() {
  if (news_.empty()) return std::nullopt;
  const News news = news_.front();
  news_.pop_front();
  return news;
}

void PppLayer::on_time(PppNegotiator& negotiator, Instant now) {
  while (due_ <= now) {
    step(tries_left_ > 0 ? PppEvent::time_out : PppEvent::last_time_out, negotiator, now);
  }
}

Drop PppLayer::take(const PppControl& packet, PppNegotiator& negotiator, Instant now) {
  if (state_ == PppState::initial || state_ == PppState::starting) return Drop::ppp_unexpected;
  reply_ = {.id = packet.id};
  switch (packet.code) {
    case PppCode::configure_request: step(judge(packet, negotiator), negotiator, now); break;
    case PppCode::configure_ack:
    case PppCode::configure_nak:
    case PppCode::configure_reject: {
      if (!is_answer(packet)) return Drop::ppp_wrong_answer;
      awaits_answer_ = false;
      const bool is_ack = packet.code == PppCode::configure_ack;
      if (!is_ack) learn(packet, negotiator);
      step(is_ack ? PppEvent::ack : PppEvent::nak, negotiator, now);
      break;
    }
    case PppCode::terminate_request: step(PppEvent::terminate_request, negotiator, now); break;
    case PppCode::terminate_ack: step(PppEvent::terminate_ack, negotiator, now); break;
    case PppCode::code_reject: {
      // RFC 1661 section 4.3: without the codes up to Code-Reject there is no going on.
      const bool is_needed = !packet.data.empty() && packet.data[0] >= 1 &&
                             packet.data[0] <= static_cast<std::uint8_t>(PppCode::code_reject);
      step(is_needed ? PppEvent::fatal_reject : PppEvent::bearable_reject, negotiator, now);
      break;
    }
    default: return Drop::ppp_unexpected;
  }
  return Drop::none;
}

void PppLayer::take_unknown(Bytes packet, PppNegotiator& negotiator, Instant now) {
  const Bytes kept = packet.first(std::min(packet.size(), most_rejected_bytes));
  rejected_.assign(kept.begin(), kept.end());
  step(PppEvent::unknown_code, negotiator, now);
  rejected_.clear();
}

// RFC 1661 sections 5.2 to 5.4: to our last request, with options as we sent them.
bool PppLayer::is_answer(const PppControl& packet) const {
  if (!awaits_answer_ || packet.id != request_.id) return false;
  if (packet.code == PppCode::configure_ack) return packet.options == request_.options;
  if (packet.code == PppCode::configure_nak) return !packet.options.empty();
  auto at = request_.options.begin();
  for (const PppOption& option : packet.options) {
    at = std::find(at, request_.options.end(), option);
    if (at++ == request_.options.end()) return false;
  }
  return !packet.options.empty();
}

// A peer that goes on asking for other values than we take does without the option.
void PppLayer::learn(const PppControl& answer, PppNegotiator& negotiator) {
  const bool is_nak = answer.code == PppCode::configure_nak;
  if (is_nak) ++naks_taken_;
  for (const PppOption& option : answer.options) {
    if (is_nak && naks_taken_ <= 2 * times_.max_failure) {
      negotiator.take_nak(option);
    } else {
      negotiator.take_reject(option.type);
    }
  }
}

// Prepares the answer (RFC 1661 sections 5.1 to 5.4).
PppEvent PppLayer::judge(const PppControl& request, PppNegotiator& negotiator) {
  using Verdict = PppNegotiator::Judgement::Verdict;
  std::vector<PppOption> better, not_taken, rejected;
  for (const PppOption& option : request.options) {
    PppNegotiator::Judgement judgement = negotiator.judge(option);
    if (judgement.verdict == Verdict::reject) rejected.push_back(option);
    if (judgement.verdict != Verdict::nak) continue;
    better.push_back(std::move(judgement.better));
    not_taken.push_back(option);
  }
  if (rejected.empty() && better.empty()) {
    reply_.code = PppCode::configure_ack;
    reply_.options = request.options;
    naks_sent_ = 0;
    return PppEvent::good_request;
  }
  reply_.code = PppCode::configure_reject;
  reply_.options = std::move(rejected);
  if (!reply_.options.empty()) return PppEvent::bad_request;
  // RFC 1661 section 4.6, Max-Failure: what does not converge is rejected.
  const bool converges = naks_sent_ < times_.max_failure;
  if (converges) {
    ++naks_sent_;
    reply_.code = PppCode::configure_nak;
  }
  reply_.options = std::move(converges ? better : not_taken);
  return PppEvent::bad_request;
}

void PppLayer::digest(Digest& digest) const {
  digest.add(static_cast<std::uint64_t>(state_));
  digest.add(due_);
  digest.add(std::uint64_t{tries_left_} << 32 | naks_sent_ << 16 | naks_taken_);
  digest.add(std::uint64_t{last_id_} << 1 | (awaits_answer_ ? 1u : 0u));
  digest.add(to_bytes(request_));
  for (const auto& packet : to_send_) digest.add(Bytes(packet));
  digest.add(news_.size());
}

}  // namespace acksu
