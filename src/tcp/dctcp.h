// What DCTCP (RFC 8257) remembers of a connection: how much of a window was marked.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/seq.h"

namespace acksu::tcp {

struct Dctcp {
  static constexpr std::uint32_t one = 1u << 20;  // an alpha of 1

  std::uint32_t alpha = one;            // DCTCP.Alpha: begins as if all was marked
  std::uint32_t acked = 0, marked = 0;  // bytes, in this window
  Seq window_end;
  bool has_begun = false;

  void digest(Digest& digest) const {
    digest.add_together(alpha, window_end);
    digest.add_together(acked, marked);
    digest.add_together(has_begun);
  }
};

}  // namespace acksu::tcp
