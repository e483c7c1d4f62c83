// What travels over a link: the bytes of one frame, or of one large frame that the device splits.
#pragma once

#include <cstdint>

#include "base/buffer.h"

namespace acksu {

// A cache line: bursts are arrays of these.
struct alignas(64) Frame {
  BufferChain bytes;  // the first slice holds all headers
  std::uint32_t segment_bytes =
      0;  // generic segmentation: TCP text bytes a segment on the wire; 0: not to be split
  bool is_checksum_verified =
      false;  // set by a device driver that verified it; never by what the frame says
};

static_assert(sizeof(Frame) == 64);

// Index of a link of a host, in the order of its settings.
using LinkId = std::uint8_t;

}  // namespace acksu
