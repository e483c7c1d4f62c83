// Carries frames between two wires over an emulated link, each at its time.
#pragma once

#include <poll.h>

#include <array>
#include <string>
#include <vector>

#include "os/clock.h"
#include "os/stop_signals.h"
#include "os/wire.h"
#include "sim/emulated_link.h"
#include "tools/link_settings.h"

namespace acksu::tools {

class LinkLoop {
 public:
  // What is given is not owned.
  LinkLoop(sim::EmulatedLink& link, std::array<os::Wire*, 2> wires,
           std::vector<LinkChange> changes);

  // Until a signal comes, or a wire fails: then why, else empty.
  std::string run();

  Duration lasted() const { return clock_.now() - begin_; }

 private:
  struct End {
    os::Wire* wire;
    std::vector<Frame> unsent;  // what has arrived and the wire has not taken: from `sent` on
    std::size_t sent = 0;

    bool is_full() const { return sent < unsent.size(); }
  };

  void change_settings();
  bool release(sim::Side from);
  void absorb(sim::Side from);
  bool wait(bool has_work);
  Instant next_deadline() const;
  void learn_oversleep(Duration oversleep);
  std::string failure() const;

  sim::EmulatedLink& link_;
  std::array<End, 2> ends_;
  std::vector<LinkChange> changes_;
  std::size_t changed_ = 0;
  os::SteadyClock clock_;
  os::StopSignals signals_;
  std::array<pollfd, 3> waited_{};  // the signals, then the ends
  std::vector<Frame> burst_;
  Instant begin_{};
  Instant now_{};
  Duration oversleep_{};  // usual
};

}  // namespace acksu::tools
