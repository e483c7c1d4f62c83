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
    digest.add((std::uint64_t{alpha} << 32) | window_end.value());
    digest.add((std::uint64_t{acked} << 32) | marked);
    digest.add(has_begun ? 1u : 0u);
  }
};

}  // namespace acksu::tcp
