// Rounds of the loop: change what is due, release what has arrived, sleep, take what has come.
#include "tools/link_loop.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <span>
#include <stdexcept>
#include <utility>

namespace acksu::tools {
namespace {

using sim::Side;

constexpr std::size_t frames_a_round = 64;  // of a wire, so that the other one is heard soon
constexpr std::array both_sides{Side::a, Side::b};
constexpr Duration most_oversleep = 100us;  // that is foreseen

// Else the kernel may wake us 50 microseconds late, to wake others at once; and later, where others
// are busy and we may ask to go before them: before those, too, who were started as we were, whose
// frames we carry.
void ask_for_punctuality() {
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  sched_param parameters{};
  sched_getparam(0, &parameters);  // 0, unless we were started with real-time priority
  if (parameters.sched_priority < sched_get_priority_max(SCHED_RR)) ++parameters.sched_priority;
  sched_setscheduler(0, SCHED_RR, &parameters);
}

}  // namespace

LinkLoop::LinkLoop(sim::EmulatedLink& link, std::array<os::Wire*, 2> wires,
                   std::vector<LinkChange> changes)
    : link_(link),
      ends_{End{.wire = wires[0], .unsent = {}}, End{.wire = wires[1], .unsent = {}}},
      changes_(std::move(changes)) {}

std::string LinkLoop::run() {
  ask_for_punctuality();
  begin_ = now_ = clock_.now();
  while (true) {
    change_settings();
    const bool has_more_for_b = release(Side::a), has_more_for_a = release(Side::b);
    if (!wait(has_more_for_a || has_more_for_b)) return {};
    for (const Side side : both_sides) absorb(side);
    if (const std::string problem = failure(); !problem.empty()) return problem;
  }
}

void LinkLoop::change_settings() {
  for (; changed_ < changes_.size() && begin_ + changes_[changed_].at <= now_; ++changed_) {
    const LinkChange& change = changes_[changed_];
    for (const Side side : both_sides) {
      link_.set(side, change.settings.directions[index_of(side)], now_);
    }
    link_.cut(change.is_cut);
  }
}

// Whether more has arrived than a round takes.
bool LinkLoop::release(Side from) {
  End& end = ends_[index_of(other(from))];
  if (!end.is_full()) {
    end.unsent.clear();
    end.sent = 0;
    link_.release(from, end.unsent, frames_a_round, now_);
  }
  const std::size_t count = end.unsent.size();
  end.sent += end.wire->send(std::span{end.unsent}.subspan(end.sent));
  return !end.is_full() && count == frames_a_round;
}

void LinkLoop::absorb(Side from) {
  if (waited_[1 + index_of(from)].revents == 0) return;
  burst_.clear();
  ends_[index_of(from)].wire->receive(burst_, frames_a_round);
  for (Frame& frame : burst_) link_.take(from, std::move(frame), now_);
}

Instant LinkLoop::next_deadline() const {
  const Instant change = changed_ < changes_.size() ? begin_ + changes_[changed_].at : never;
  // A wire that takes nothing is waited for, not the frames behind.
  const bool is_stuck = ends_[0].is_full() || ends_[1].is_full();
  return is_stuck ? change : earliest(change, link_.deadline());
}

// False when a signal has come.
bool LinkLoop::wait(bool has_work) {
  waited_[0] = {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0};
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const int writable = ends_[i].is_full() ? POLLOUT : 0;
    waited_[1 + i] = {.fd = ends_[i].wire->descriptor(),
                      .events = static_cast<short>(POLLIN | writable),
                      .revents = 0};
  }
  const Instant wake_up = next_deadline();
  // What a sleep usually takes too long is taken off before; what it then ends too early is waited
  // for without sleeping.
  const Instant before = clock_.now();
  const Duration left = has_work ? 0ns : std::max<Duration>(wake_up - oversleep_ - before, 0ns);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec limit{static_cast<time_t>(seconds.count()),
                       static_cast<long>((left - seconds).count())};
  const bool is_limited = has_work || wake_up != never;
  const int result = ppoll(waited_.data(), waited_.size(), is_limited ? &limit : nullptr, nullptr);
  if (result < 0 && errno != EINTR) {
    throw std::runtime_error{std::string{"waiting for frames failed: "} + std::strerror(errno)};
  }
  now_ = clock_.now();
  if (result == 0 && left > 0ns) learn_oversleep(now_ - (before + left));
  return !signals_.take();
}

// A moving mean, which a rare long one does not move far.
void LinkLoop::learn_oversleep(Duration oversleep) {
  oversleep_ += (std::min(oversleep, most_oversleep) - oversleep_) / 16;
}

std::string LinkLoop::failure() const {
  for (const End& end : ends_) {
    if (!end.wire->failure().empty()) return end.wire->failure();
  }
  return {};
}

}  // namespace acksu::tools
