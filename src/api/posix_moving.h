// What sending and receiving, of text and of datagrams, have in common.
#pragma once

#include <cstdint>

#include "api/posix_description.h"
#include "api/posix_outcome.h"
#include "api/posix_transfer.h"

namespace acksu::posix {

// What of the parts lies behind `done`; empty: nothing.
inline iovec part_behind(const Transfer& transfer) {
  std::size_t skipped = transfer.done;
  for (const iovec& part : transfer.parts()) {
    if (skipped >= part.iov_len) {
      skipped -= part.iov_len;
      continue;
    }
    if (part.iov_base == nullptr) return {nullptr, part.iov_len - skipped};
    return {static_cast<std::uint8_t*>(part.iov_base) + skipped, part.iov_len - skipped};
  }
  return {nullptr, 0};
}

inline bool is_nonblocking(const Description& description, const Transfer& transfer) {
  return description.is_nonblocking || (transfer.flags & MSG_DONTWAIT) != 0;
}

// What has been moved so far, or why nothing was.
inline Outcome so_far(const Transfer& transfer, int error) {
  if (transfer.done > 0) return Outcome::of(static_cast<std::int64_t>(transfer.done));
  return Outcome::failed(error);
}

inline Outcome blocked(const Transfer& transfer, short waits_for, Duration patience) {
  Outcome outcome = so_far(transfer, EAGAIN);
  outcome.waits_for = waits_for;
  outcome.patience = patience;
  return outcome;
}

}  // namespace acksu::posix
