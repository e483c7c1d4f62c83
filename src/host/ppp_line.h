// A line of PPP below a link of a host, and what it has agreed on. The link's frames are pieces of
// a stream of octets then; whoever looks at frames sees what stands between two flags, without
// escapes and checksum.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/buffer.h"
#include "host/counters.h"
#include "host/frame.h"
#include "host/ppp_session.h"

namespace acksu {

struct PppLine {
  PppSession session;
  PppNews ipv4{};  // without addresses while there is none
  PppNews ipv6{};
  PppNews::Failure failure = PppNews::Failure::none;  // why it went down last

  // Up to `most` frames of the session itself.
  void emit(std::vector<Frame>& frames, std::size_t most, BufferPool& pool, HostCounters& counters);
  // From `first` on there are packets, which become frames; those of a protocol that the line does
  // not carry now are lost (neighbour_unresolved).
  void frame(std::vector<Frame>& frames, std::size_t first, BufferPool& pool,
             HostCounters& counters) const;
};

// A frame that was made for a line, as those who look see it.
Frame without_framing(const Frame& framed, BufferPool& pool);

}  // namespace acksu
