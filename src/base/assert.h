// Assertions that stay on in release builds: a broken promise of ours ends the program at once.
// Never to be used on what comes from outside: that gets a `Drop` reason or an `Error`.
#pragma once

namespace acksu {

// Prints the place and the condition to standard error and aborts.
[[noreturn, gnu::cold]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace acksu

#define ACKSU_ASSERT(condition)                      \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::acksu::assertion_failed(#condition, __FILE__, __LINE__))
