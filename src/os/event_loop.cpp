// The rounds of the loop: wait, absorb, tell time, tell events, emit.
#include "os/event_loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <span>

#include "base/assert.h"

namespace acksu::os {
namespace {

timespec as_timespec(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

}  // namespace

EventLoop::EventLoop(Host& host, LoopSettings settings) : host_(host), settings_(settings) {}

void EventLoop::attach(Wire& wire) { ports_.push_back({.wire = &wire, .unsent = {}}); }

void EventLoop::add(Application& application) { applications_.push_back(&application); }

Ending EventLoop::run() {
  ACKSU_ASSERT(ports_.size() == host_.wires());
  now_ = clock_.now();
  for (Application* application : applications_) application->start(host_, now_);
  while (!is_over_) {
    tell_time();
    tell_events();
    if (wants_stop_ && !is_stopped_) begin_stop();
    has_work_ = emit();
    has_work_ = tell_events() || has_work_;
    if (after_round_) after_round_();
    note_end();
    if (is_over_ || !wait()) break;
    absorb();
  }
  return ending_;
}

// Sleeps until a frame or a signal comes, a device has room again, or something is due.
bool EventLoop::wait() {
  waited_.clear();
  waited_.push_back({.fd = signals_.descriptor(), .events = POLLIN, .revents = 0});
  for (const Port& port : ports_) {
    const int writable = port.is_full() ? POLLOUT : 0;
    waited_.push_back({.fd = port.wire->descriptor(),
                       .events = static_cast<short>(POLLIN | writable),
                       .revents = 0});
  }
  const Instant wake_up = next_deadline();
  const Instant asked = clock_.now();
  const bool is_awake = has_work_ || settings_.polls_busily || wake_up <= asked;
  const timespec limit = as_timespec(is_awake ? 0ns : wake_up - asked);
  const bool is_limited = is_awake || wake_up != never;
  const int result = ppoll(waited_.data(), waited_.size(), is_limited ? &limit : nullptr, nullptr);
  now_ = clock_.now();
  if (result < 0 && errno != EINTR) {
    end(Ending::system_failed, std::string{"waiting for frames failed: "} + std::strerror(errno));
    return false;
  }
  if (result > 0 && waited_.front().revents != 0) take_signals();
  return !is_over_;
}

Instant EventLoop::next_deadline() const {
  Instant result = earliest(host_.deadline(), ending_deadline_);
  for (const Application* application : applications_) {
    result = earliest(result, application->deadline());
  }
  return result;
}

void EventLoop::take_signals() {
  while (signals_.take()) {
    if (is_stopped_) {
      end(Ending::cut_short);
      return;
    }
    begin_stop();
  }
}

void EventLoop::begin_stop() {
  is_stopped_ = true;
  for (Application* application : applications_) application->stop(host_, now_);
}

void EventLoop::absorb() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (waited_[i + 1].revents == 0) continue;
    burst_.clear();
    Wire& wire = *ports_[i].wire;
    wire.receive(burst_, settings_.burst_frames);
    if (!burst_.empty()) host_.absorb(static_cast<LinkId>(i), burst_, now_);
    if (wire.failure().empty()) continue;
    // The other end may close a line as soon as both have said that it ends.
    if (is_hanging_up_) end(is_stopped_ ? Ending::stopped : Ending::done);
    end(Ending::wire_failed, wire.failure());
  }
  burst_.clear();
}

void EventLoop::tell_time() {
  if (host_.deadline() <= now_) host_.on_time(now_);
  for (Application* application : applications_) {
    if (application->deadline() <= now_) application->on_time(host_, now_);
  }
}

// Whether there was anything to tell.
bool EventLoop::tell_events() {
  bool told = false;
  while (const std::optional<SocketEvent> event = host_.next_event()) {
    for (Application* application : applications_) application->on_event(host_, *event, now_);
    told = true;
  }
  return told;
}

// One burst a wire, so that arrivals are heard between two. Whether more can be sent at once.
bool EventLoop::emit() {
  bool has_more = false;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = ports_[i];
    if (!flush(port)) continue;
    const std::size_t count =
        host_.emit(static_cast<LinkId>(i), port.unsent, settings_.burst_frames, now_);
    const bool is_taken = flush(port);
    has_more = has_more || (is_taken && count == settings_.burst_frames);
  }
  return has_more;
}

// Whether the wire has taken all that was waiting for it.
bool EventLoop::flush(Port& port) {
  if (port.is_full()) {
    port.sent += port.wire->send(std::span{port.unsent}.subspan(port.sent));
    if (!port.wire->failure().empty()) end(Ending::wire_failed, port.wire->failure());
    if (port.is_full()) return false;
  }
  port.unsent.clear();
  port.sent = 0;
  return true;
}

// Ends the loop once nothing is left to do, or to hope for.
void EventLoop::note_end() {
  const bool all_done =
      std::all_of(applications_.begin(), applications_.end(),
                  [](const Application* application) { return application->is_done(); });
  if (!all_done && !is_stopped_) return;
  if (ending_deadline_ == never) ending_deadline_ = now_ + settings_.ending_limit;
  const HostHoldings holdings = host_.holdings();
  const bool is_quiet = !has_work_ && std::none_of(ports_.begin(), ports_.end(),
                                                   [](const Port& port) { return port.is_full(); });
  const bool has_ended = holdings.connections == 0 && holdings.half_open == 0 && is_quiet;
  if (has_ended && hang_up()) {
    end(is_stopped_ ? Ending::stopped : Ending::done);
  } else if (now_ >= ending_deadline_) {
    end(Ending::cut_short);
  }
}

// Ends lines of PPP in order; whether there is none that waits for its peer to agree.
bool EventLoop::hang_up() {
  bool is_over = true;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const auto link = static_cast<LinkId>(i);
    const PppLine* line = host_.line(link);
    if (line == nullptr || line->session.is_closed()) continue;
    is_over = false;
    host_.close_line(link, now_);
  }
  has_work_ = !is_over && !is_hanging_up_;
  is_hanging_up_ = !is_over;
  return is_over;
}

void EventLoop::end(Ending ending, std::string failure) {
  if (is_over_) return;
  is_over_ = true;
  ending_ = ending;
  failure_ = std::move(failure);
}

}  // namespace acksu::os
