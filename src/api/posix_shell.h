// Sockets that block, for programs with threads: one host in real time, a thread of its own that
// carries its wires and its timers, and calls that any thread may make. Who has to wait sleeps in
// the kernel until something has happened to a socket of this host, or its patience is over.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

#include "api/posix_sockets.h"
#include "os/clock.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"

namespace acksu::posix {

struct ShellSettings {
  HostSettings host;
  HostSecrets secrets;
  SocketsSettings sockets{};
  Duration ending_limit = 2s;  // how long connections may take to end when the shell does
};

class Shell {
 public:
  using Call = std::function<Outcome(Sockets& sockets, Instant now)>;

  // One wire for each link of the host, in their order, made with that pool.
  Shell(ShellSettings settings, std::vector<std::unique_ptr<os::Wire>> wires,
        std::shared_ptr<BufferPool> pool);
  // Closes all sockets, and waits for what was written as long as the settings allow. No other
  // thread may be in a call.
  ~Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  // Makes a call, and makes it again whenever something has happened, until it is over, or has
  // waited for as long as it says, or for `limit`. One about a descriptor is over when that is
  // closed, also where its number has been given anew.
  Outcome run(const Call& call, Duration limit = forever, int descriptor = -1);
  // The same for a call that may end or change what others wait for: they look again.
  Outcome run_and_wake(const Call& call);
  // What was written leaves first, as far as the network lets it: as on Linux it is not lost where
  // text that nobody has read makes this a reset.
  Outcome close(int descriptor);

 private:
  struct Port {
    std::unique_ptr<os::Wire> wire;
    std::vector<Frame> unsent;  // what emit() gave and the wire has not taken: from `sent` on
    std::size_t sent = 0;

    bool is_full() const { return sent < unsent.size(); }
  };

  void carry();  // the thread
  void tell_events();
  bool speak(Instant now);
  bool emit(Instant now);
  static bool flush(Port& port);
  void wait(Instant until, std::unique_lock<std::mutex>& lock);
  void absorb(const std::vector<pollfd>& waited);
  void call_carrier();
  bool is_ended(Instant now) const;
  void end(Instant now);

  std::mutex mutex_;  // guards all that follows, but for what says otherwise
  std::condition_variable changed_;
  std::shared_ptr<BufferPool> pool_;
  Duration ending_limit_;
  Host host_;
  Sockets sockets_;
  std::vector<Port> ports_;
  std::vector<Frame> burst_;
  Instant planned_{};             // when the carrier looks again by itself
  Instant ending_until_ = never;  // `never`: not ending
  const os::SteadyClock clock_;
  const os::UniqueDescriptor bell_;  // wakes the carrier: an eventfd
  std::thread carrier_;
};

}  // namespace acksu::posix
