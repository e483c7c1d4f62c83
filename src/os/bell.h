// Wakes a thread that waits for descriptors. Whoever has left something for it rings; ringing again
// before it has come costs no system call.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cstdint>

#include "base/assert.h"
#include "os/unique_descriptor.h"

namespace acksu::os {

class Bell {
 public:
  Bell() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { ACKSU_ASSERT(descriptor_); }

  // Readable from the first ring on until it is answered.
  int descriptor() const { return descriptor_.get(); }
  // By anybody, after what he has left can be seen.
  void ring() {
    if (is_rung_.exchange(true, std::memory_order_acq_rel)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t count = ::write(descriptor_.get(), &one, sizeof one);
  }
  // By the one who is called, before he looks: what is left later rings again.
  void answer() {
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t count = ::read(descriptor_.get(), &rings, sizeof rings);
    is_rung_.exchange(false, std::memory_order_acq_rel);
  }

 private:
  UniqueDescriptor descriptor_;
  std::atomic<bool> is_rung_{false};
};

}  // namespace acksu::os
