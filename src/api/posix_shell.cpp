// The carrier's rounds (time, emit, tell, wait, absorb), and calls that sleep.
#include "api/posix_shell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.h"

namespace acksu::posix {
namespace {

constexpr std::size_t burst_frames = 64;

timespec timespec_of(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

}  // namespace

Shell::Shell(ShellSettings settings, std::vector<std::unique_ptr<os::Wire>> wires,
             std::shared_ptr<BufferPool> pool)
    : pool_(std::move(pool)),
      ending_limit_(settings.ending_limit),
      host_(std::move(settings.host), settings.secrets, pool_),
      sockets_(host_, settings.sockets),
      bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  for (std::unique_ptr<os::Wire>& wire : wires) {
    ports_.push_back({.wire = std::move(wire), .unsent = {}});
  }
  ACKSU_ASSERT(ports_.size() == host_.wires() && bell_);
  carrier_ = std::thread([this] { carry(); });
}

Shell::~Shell() {
  {
    const std::lock_guard lock(mutex_);
    end(clock_.now());
    call_carrier();
  }
  carrier_.join();
}

// ---- Calls --------------------------------------------------------------------------------------

Outcome Shell::run(const Call& call, Duration limit, int descriptor) {
  std::unique_lock lock(mutex_);
  const Instant begun = clock_.now();
  const std::uint64_t serial = sockets_.serial_of(descriptor);
  while (true) {
    tell_events();  // or a call might take what others wait for
    // Its number may be another's by now.
    if (sockets_.serial_of(descriptor) != serial) return Outcome::failed(EBADF);
    const Instant now = clock_.now();
    const Outcome outcome = call(sockets_, now);
    bool has_output = host_.deadline() < planned_;
    for (std::size_t i = 0; i < ports_.size() && !has_output; ++i) {
      has_output = host_.has_output(static_cast<LinkId>(i));
    }
    if (has_output) call_carrier();
    if (outcome.is_over()) return outcome;
    const Duration patience = std::min(outcome.patience, limit);
    if (patience == forever) {
      changed_.wait(lock);
      continue;
    }
    const Duration left = later_by(begun, patience) - now;
    if (left <= Duration::zero()) return outcome;
    // By the calendar's clock: what ThreadSanitizer of g++ 12 knows how to follow.
    changed_.wait_until(lock, std::chrono::system_clock::now() + left);
  }
}

Outcome Shell::run_and_wake(const Call& call) {
  const Outcome outcome = run(call);
  changed_.notify_all();
  return outcome;
}

Outcome Shell::close(int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    speak(clock_.now());
    call_carrier();  // there may be a wire that is full now
  }
  const auto call = [&](Sockets& sockets, Instant now) { return sockets.close(descriptor, now); };
  const Outcome outcome = run(call, forever, descriptor);
  changed_.notify_all();
  return outcome;
}

// ---- The carrier --------------------------------------------------------------------------------

void Shell::carry() {
  std::unique_lock lock(mutex_);
  while (true) {
    const Instant now = clock_.now();
    const bool has_more = speak(now);
    tell_events();
    if (is_ended(now)) return;
    wait(has_more ? now : earliest(host_.deadline(), ending_until_), lock);
  }
}

void Shell::tell_events() {
  const bool has_stamps = sockets_.follow_stamps();
  if (!host_.has_event() && !has_stamps) return;
  sockets_.hear_all();
  changed_.notify_all();
}

bool Shell::speak(Instant now) {
  if (host_.deadline() <= now) host_.on_time(now);
  return emit(now);
}

// One burst a wire, so that arrivals are heard between two. Whether more can be sent at once.
bool Shell::emit(Instant now) {
  bool has_more = false;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    Port& port = ports_[i];
    if (!flush(port)) continue;
    const std::size_t count = host_.emit(static_cast<LinkId>(i), port.unsent, burst_frames, now);
    has_more = (flush(port) && count == burst_frames) || has_more;
  }
  return has_more;
}

// Whether the wire has taken all that was waiting for it; one that has failed takes all.
bool Shell::flush(Port& port) {
  const bool is_working = port.wire->failure().empty();
  if (port.is_full() && is_working) {
    port.sent += port.wire->send(std::span{port.unsent}.subspan(port.sent));
    if (port.is_full() && port.wire->failure().empty()) return false;
  }
  port.unsent.clear();
  port.sent = 0;
  return true;
}

// Sleeps without the lock.
void Shell::wait(Instant until, std::unique_lock<std::mutex>& lock) {
  std::vector<pollfd> waited{{.fd = bell_.get(), .events = POLLIN, .revents = 0}};
  for (const Port& port : ports_) {
    const bool is_working = port.wire->failure().empty();
    const int events = POLLIN | (port.is_full() ? POLLOUT : 0);
    waited.push_back({.fd = is_working ? port.wire->descriptor() : -1,
                      .events = static_cast<short>(events),
                      .revents = 0});
  }
  planned_ = until;
  const timespec limit = timespec_of(std::max<Duration>(until - clock_.now(), Duration::zero()));
  lock.unlock();
  ::ppoll(waited.data(), waited.size(), until == never ? nullptr : &limit, nullptr);
  lock.lock();
  planned_ = Instant::min();  // it looks anyway
  absorb(waited);
}

void Shell::absorb(const std::vector<pollfd>& waited) {
  if (waited.front().revents != 0) {
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t count = ::read(bell_.get(), &rings, sizeof rings);
  }
  const Instant now = clock_.now();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (waited[i + 1].revents == 0) continue;
    burst_.clear();
    ports_[i].wire->receive(burst_, burst_frames);
    if (!burst_.empty()) host_.absorb(static_cast<LinkId>(i), burst_, now);
  }
  burst_.clear();
}

void Shell::call_carrier() {
  const std::uint64_t ring = 1;
  [[maybe_unused]] const ssize_t count = ::write(bell_.get(), &ring, sizeof ring);
}

// ---- The end ------------------------------------------------------------------------------------

void Shell::end(Instant now) {
  speak(now);
  sockets_.close_all(now);
  ending_until_ = later_by(now, ending_limit_);
}

bool Shell::is_ended(Instant now) const {
  if (ending_until_ == never) return false;
  return now >= ending_until_ || host_.holdings().connections == 0;
}

}  // namespace acksu::posix
