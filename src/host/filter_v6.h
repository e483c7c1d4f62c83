// IPv6 packets for the packet filter (RFC 6092). Of a packet in fragments only the first has ports:
// those behind it pass for as long as the first was let through.
#pragma once

#include "base/buffer.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/filter.h"
#include "host/frame.h"
#include "wire/ipv6.h"

namespace acksu {

// A packet from its header on, on its way between two links. Its first slice holds all headers.
struct TransitV6 {
  const BufferChain& packet;
  const wire::Ipv6Header& ip;
  LinkId in_link = 0;
  LinkId out_link = 0;
};

// As the filter takes it. A fragment behind the first stands for itself, as protocol 44. Drops:
// those of wire::read for extension headers, nat_truncated, those of read(TrackedSegment),
// icmp_malformed.
Drop read(const TransitV6& transit, FilterPacket& out);

// What the filter says of it; what cannot be read is dropped.
Filter::Judgement judge(Filter& filter, const TransitV6& transit, Instant now);

}  // namespace acksu
