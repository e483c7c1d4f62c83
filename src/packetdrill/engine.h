// A host in virtual time, with threads that wait for it: time passes only while somebody sleeps or
// waits for a packet, and never while a call that was woken has not yet been heard of again. So a
// script takes as long as its commands, and the same calls give the same packets at the same times.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "api/posix_outcome.h"
#include "base/bytes.h"
#include "base/time.h"
#include "host/host.h"

namespace acksu::packetdrill {

// A packet that left the host.
struct Departure {
  Instant time{};
  std::vector<std::uint8_t> bytes;
};

class Engine {
 public:
  using Lock = std::unique_lock<std::mutex>;
  Engine(HostSettings settings, HostSecrets secrets);
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // One whole IP packet from the wire.
  void arrive(Bytes packet);
  // The next packet to the wire, which time goes on to; nothing: none will come.
  std::optional<Departure> next_departure();
  // What sleeps a little longer than asked need not be asked again and again.
  void sleep(Duration duration);
  // Goes on by a little each time, so that whoever spins comes to an end.
  Instant read_clock();

  // Something quick that is no call.
  template <typename Look>
  auto with_lock(Look look) {
    const Lock lock(mutex_);
    return look();
  }

  // Makes a call under the lock, `attempt(now)`, and again after each change until it is over, or
  // was waited for as long as it says.
  template <typename Attempt>
  posix::Outcome call(Attempt attempt) {
    Lock lock(mutex_);
    enter();
    const Instant begin = now_;
    posix::Outcome outcome = attempt(now_);
    settle_host();
    note_change();
    if (outcome.is_over()) return outcome;
    const auto waiter = waiters_.insert(waiters_.end(), {changes_, never});
    for (;;) {
      waiter->until = later_by(begin, outcome.patience);
      if (outcome.is_over() || waiter->until <= now_) break;
      if (!await_change(lock, *waiter)) break;
      outcome = attempt(now_);
      waiter->seen = changes_;
      settle_host();
      changed_.notify_all();
    }
    waiters_.erase(waiter);
    leave();
    return outcome;
  }

 protected:
  // Before each call from outside.
  virtual void refresh() {}
  virtual void hear(const SocketEvent&) {}
  // After the host has heard and said something. True: there is news that is no event.
  virtual bool follow() { return false; }

  // The queue to the wire takes nothing.
  void set_mute(bool is_mute) { is_mute_ = is_mute; }
  Host& host() { return host_; }
  const Host& host() const { return host_; }

 private:
  struct Waiter {
    std::uint64_t seen = 0;
    Instant until = never;
  };

  void enter();
  void leave();
  void note_change();
  void settle_host();
  bool await_change(Lock& lock, const Waiter& waiter);
  void await_others(Lock& lock);
  void advance_to(Lock& lock, Instant time);
  Instant next_deadline() const;

  std::mutex mutex_;
  std::condition_variable changed_;
  Instant now_;
  std::shared_ptr<BufferPool> pool_;
  Host host_;
  std::deque<Departure> departures_;
  std::vector<Frame> frames_;
  std::uint64_t changes_ = 0;
  std::list<Waiter> waiters_;
  std::set<std::thread::id> returning_;  // woken, and not heard of since
  bool is_somebody_back_ = false;        // heard of again, a moment ago
  bool is_mute_ = false;
};

}  // namespace acksu::packetdrill
