// The end of a program whose own promise was broken.
#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace acksu {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "acksu: broken promise: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace acksu
