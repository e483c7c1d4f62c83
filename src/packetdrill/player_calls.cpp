// Playing system calls, also those that block; commands; code.
#include <algorithm>
#include <cstdio>

#include "packetdrill/failure.h"
#include "packetdrill/linux_names.h"
#include "packetdrill/mistake.h"
#include "packetdrill/player.h"
#include "packetdrill/tcp_info_names.h"

namespace acksu::packetdrill {
namespace {

constexpr Duration most_blocked = 10s;  // so much longer than expected a call may block

// "4", "-1 EAGAIN"
std::string result_text(const posix::Outcome& outcome) {
  if (outcome.error == 0) return std::to_string(outcome.value);
  return "-1 " + error_name(outcome.error);
}

std::string wanted_text(const SystemCall& call) {
  return to_string(call.result) + (call.error.empty() ? "" : " " + call.error);
}

std::string call_text(const SystemCall& call) {
  std::string text;
  for (const Expression& each : call.arguments) {
    text += (text.empty() ? "" : ", ") + to_string(each);
  }
  return call.name + "(" + text + ")";
}

}  // namespace

void Player::play_call(const Event& event, const SystemCall& call) {
  Attempt attempt = calls_->prepare(call, event.line);
  const posix::Outcome outcome = attempt.run();
  if (!outcome.is_over() && attempt.goes_on) {
    going_on_ = std::move(attempt);
    machine_->speak();
    return;
  }
  if (!outcome.is_over() && call.end) {
    const Duration due = (event_time_ - event.time) - start_ + *call.end;
    blocked_ =
        Blocked{&event,  &call, std::move(attempt), later_by(machine_->now(), outcome.patience),
                outcome, due};
    machine_->speak();
    return;
  }
  machine_->speak();
  if (!outcome.is_over()) {
    fail(event, call.name + "() has blocked", {"- " + call_text(call) + " = " + wanted_text(call)});
  }
  finish(event, call, attempt, outcome);
}

void Player::finish(const Event& event, const SystemCall& call, const Attempt& attempt,
                    const posix::Outcome& outcome) const {
  const bool fails = call.result.kind == Expression::Kind::integer && call.result.number < 0;
  bool is_right = fails == (outcome.error != 0);
  // EWOULDBLOCK is EAGAIN.
  if (is_right && fails && !call.error.empty())
    is_right = outcome.error == linux_number(call.error);
  if (is_right && !fails && !attempt.makes_descriptor && !call.result.is_ellipsis()) {
    is_right = outcome.value == number_of(call.result, event.line);
  }
  if (!is_right) {
    fail(event, call.name + "() has returned " + result_text(outcome),
         {"- " + call_text(call) + " = " + wanted_text(call),
          "+ " + call_text(call) + " = " + result_text(outcome)});
  }
  const std::string difference = attempt.check(outcome);
  if (!difference.empty()) fail(event, call.name + "(): " + difference);
}

// Something may have changed: the call that has not returned is made again.
void Player::try_blocked() {
  if (!blocked_) return;
  blocked_->last = blocked_->attempt.run();
  const Instant now = machine_->now();
  if (!blocked_->last.is_over() && now < blocked_->until) return;
  const Blocked done = *std::exchange(blocked_, std::nullopt);
  const Instant due = start_ + done.due;
  const Duration tolerance = options_.tolerance_after(done.due - (event_time_ - start_));
  if (now < due - tolerance || now > due + tolerance) {
    char sentence[120];
    std::snprintf(sentence, sizeof sentence, "%s() has returned at %.6f s, expected at %.6f s",
                  done.call->name.c_str(), seconds(now), seconds(due));
    fail(*done.event, sentence);
  }
  finish(*done.event, *done.call, done.attempt, done.last);
  machine_->speak();
}

void Player::go_on() {
  if (!going_on_ || !going_on_->run().is_over()) return;
  going_on_.reset();
  machine_->speak();
}

void Player::await_blocked() {
  if (!blocked_) return;
  const Event& event = *blocked_->event;
  const Instant limit = std::max(machine_->now(), start_ + blocked_->due) + most_blocked;
  while (blocked_) {
    const Instant next = std::min(limit, blocked_->until);
    if (machine_->step(next)) continue;
    try_blocked();
    if (machine_->now() >= limit) break;
  }
  if (blocked_) fail(event, blocked_->call->name + "() has not returned");
}

void Player::play_command(const Event& event, const Command& command) {
  commands_.run(command.text);
  machine_->set_mute(commands_.is_mute());
  machine_->host().set_tcp(commands_.settings().tcp);
  if (commands_.take_forgetfulness()) machine_->host().forget_fast_open();
  for (const StateQuestion& question : commands_.take_questions()) answer(event, question);
}

void Player::answer(const Event& event, const StateQuestion& question) const {
  const std::vector<tcp::Info> all = machine_->host().sockets();
  const auto count = static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const tcp::Info& info) { return info.state == question.state; }));
  if (count == question.count) return;
  fail(event, "sockets in " + std::string{tcp::name(question.state)} + ": expected " +
                  std::to_string(question.count) + ", actual " + std::to_string(count));
}

void Player::play_code(const Event& event, const Code& code) {
  const std::string failure = assertions_.run(
      code.text, event.line, [this](const std::string& name) { return name_in_code(name); });
  if (!failure.empty()) fail(event, failure);
}

std::optional<std::int64_t> Player::name_in_code(const std::string& name) const {
  if (!name.starts_with("tcpi_")) return linux_number(name);
  const std::optional<int> descriptor = calls_->tested_descriptor();
  if (!descriptor) return std::nullopt;
  return tcp_info_field(name, *descriptor, *machine_);
}

}  // namespace acksu::packetdrill
