// Runs one host in real time: frames of its wires in bursts, its timers, its applications, and
// Ctrl-C. Sleeps until something comes or is due; an idle host costs nothing.
// Leaves out on purpose: threads. A loop, its host and its wires belong to one thread.
#pragma once

#include <poll.h>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/application.h"
#include "host/host.h"
#include "os/clock.h"
#include "os/stop_signals.h"
#include "os/wire.h"

namespace acksu::os {

struct LoopSettings {
  // How long connections may take to end once the applications are done or were asked to stop.
  Duration ending_limit = 5s;
  std::size_t burst_frames = 64;
  // Looks again at once instead of sleeping until something comes: quicker to answer, and a whole
  // core, whatever there is to do.
  bool polls_busily = false;
};

enum class Ending {
  done,           // the applications are done, and their connections have ended
  stopped,        // asked to stop by a signal; the connections have ended
  cut_short,      // by a second signal, or connections were still open when the limit had passed
  wire_failed,    // a wire carries nothing any more: see EventLoop::failure()
  system_failed,  // the system refused to wait: see EventLoop::failure()
};

class EventLoop {
 public:
  explicit EventLoop(Host& host, LoopSettings settings = {});

  // The wire of the host's next link: call once for each link, in the order of its settings. Wires
  // and applications are not owned and outlive run().
  void attach(Wire& wire);
  void add(Application& application);

  // Is called between two rounds, when the host is at rest.
  void after_round(std::function<void()> hook) { after_round_ = std::move(hook); }

  // Starts the applications and runs until all of them are done or a signal asks to stop. The
  // first SIGINT or SIGTERM asks the applications to stop, the second ends at once.
  Ending run();

  // Asks the applications to stop as the first signal does; for those who are called by run(), the
  // hook between rounds included.
  void stop() { wants_stop_ = has_work_ = true; }

  const std::string& failure() const { return failure_; }

 private:
  struct Port {
    Wire* wire;
    std::vector<Frame> unsent;  // what emit() gave and the wire has not taken: from `sent` on
    std::size_t sent = 0;

    bool is_full() const { return sent < unsent.size(); }
  };

  bool wait();
  Instant next_deadline() const;
  void take_signals();
  void begin_stop();
  void absorb();
  void tell_time();
  bool tell_events();
  bool emit();
  bool flush(Port& port);
  void note_end();
  bool hang_up();
  void end(Ending ending, std::string failure = {});

  Host& host_;
  LoopSettings settings_;
  SteadyClock clock_;
  StopSignals signals_;
  std::vector<Port> ports_;
  std::vector<Application*> applications_;
  std::function<void()> after_round_;
  std::vector<pollfd> waited_;  // the signals, then the ports
  std::vector<Frame> burst_;
  Instant now_{};
  Instant ending_deadline_ = never;  // `never`: not ending yet
  bool has_work_ = false;            // something can be done before anything comes or is due
  bool wants_stop_ = false;
  bool is_stopped_ = false;
  bool is_hanging_up_ = false;
  bool is_over_ = false;
  Ending ending_ = Ending::done;
  std::string failure_;
};

}  // namespace acksu::os
