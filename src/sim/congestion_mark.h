// Explicit congestion notification as a queue gives it (RFC 3168 section 5): a packet whose sender
// understands it is marked instead of dropped.
#pragma once

#include "base/buffer.h"
#include "base/segment.h"
#include "host/frame.h"
#include "host/link_kind.h"

namespace acksu::sim {

// What the ECN field of the packet in a frame says; `not_capable` too when it carries no IP packet.
Ecn ecn_codepoint(const Frame& frame, LinkKind kind);

// A copy that says "congestion experienced", the checksum of an IPv4 header mended with it. The
// frame must carry an IP packet.
Frame marked(const Frame& frame, LinkKind kind, BufferPool& pool);

}  // namespace acksu::sim
