// What stands behind the C header's `struct acksu_stack`, and how calls of C end.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <memory>

#include "api/posix_shell.h"

struct acksu_stack {
  std::unique_ptr<acksu::posix::Shell> shell;
};

namespace acksu::posix {

// -1 and errno, or the value.
inline ssize_t end_call(const Outcome& outcome) {
  if (outcome) return static_cast<ssize_t>(outcome.value);
  errno = outcome.error;
  return -1;
}

inline int end_short_call(const Outcome& outcome) { return static_cast<int>(end_call(outcome)); }

}  // namespace acksu::posix
