// SIGINT and SIGTERM as something to wait for. While such an object lives they do not end the
// program.
#pragma once

#include <csignal>

#include "os/unique_descriptor.h"

namespace acksu::os {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Readable when a signal has come.
  int descriptor() const { return descriptor_.get(); }
  // Takes one signal; false when there is none.
  bool take();

 private:
  sigset_t mask_before_{};
  UniqueDescriptor descriptor_;
};

}  // namespace acksu::os
