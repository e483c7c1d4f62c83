// SIGINT and SIGTERM by signalfd(2).
#include "os/stop_signals.h"

#include <sys/signalfd.h>

namespace acksu::os {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, &mask_before_);
  descriptor_ = UniqueDescriptor{signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)};
}

StopSignals::~StopSignals() { sigprocmask(SIG_SETMASK, &mask_before_, nullptr); }

bool StopSignals::take() {
  signalfd_siginfo information;
  return read(descriptor_.get(), &information, sizeof information) ==
         static_cast<ssize_t>(sizeof information);
}

}  // namespace acksu::os
