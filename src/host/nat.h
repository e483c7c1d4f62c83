// Translation between inside addresses and a few external ones (NAT44: RFC 3022 with ports), as RFC
// 4787, 5382, 5508 and 7857 ask: mappings that do not depend on the far end, filtering by address
// and port unless told otherwise, hairpinning, TCP states, ICMP errors translated inside out.
//
// The forwarder asks about every packet between inside and outside:
//
//   from an inside link:   nat.outbound(packet, now)  -> outward: send it on its way
//                                                        inward: it came back (hairpin)
//   from the outside link: nat.inbound(packet, now)   -> inward: send it on its way
//                                                        untouched: it is for this host itself
//
// A packet is the chain from its IPv4 header on. Reassemble fragments first, check sources and TTL
// before, and send ICMP errors about packets that do not fit after. Towards the outside stay silent
// about ports where nobody listens (RFC 5382 REQ-4: no answer to an unsolicited SYN).
//
// Left out on purpose: application-level gateways (RFC 4787 REQ-10, and the pinholes that they can
// be talked into), protocols without ports, and queries into the inside.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/nat_table.h"

namespace acksu {

struct Translation {
  enum class Verdict : std::uint8_t {
    outward,    // translated, on its way out
    inward,     // translated, on its way in
    untouched,  // nothing of ours
    dropped,
  };
  Verdict verdict = Verdict::untouched;
  Drop drop = Drop::none;
  constexpr bool operator==(const Translation&) const = default;
};

class Nat {
 public:
  struct Counters {
    std::uint64_t outward = 0, inward = 0, hairpinned = 0;
    std::uint64_t expired = 0;           // sessions that were idle for too long
    std::uint64_t tcp_not_believed = 0;  // passed on, but without effect on their session
    DropCounters drops;
  };

  Nat(const NatSettings& settings, SipKey key) : settings_(settings), table_(settings, key) {}

  // A packet that an inside host sends to the outside, or to an external address.
  Translation outbound(BufferChain& packet, Instant now);
  // A packet that arrives from outside for one of the external addresses.
  Translation inbound(BufferChain& packet, Instant now);
  // RFC 4787 REQ-9: from inside to the external endpoint of an inside host. `outbound` knows such
  // packets by itself.
  Translation hairpin(BufferChain& packet, Instant now);

  bool is_external(IpAddress address) const {
    return address.is_v4() && table_.is_external(address.as_v4());
  }
  NatTable& table() { return table_; }
  const NatTable& table() const { return table_; }

  Instant deadline() const { return table_.deadline(); }
  void on_time(Instant now) { counters_.expired += table_.expire(now); }

  const Counters& counters() const { return counters_; }
  void digest(Digest& digest) const { table_.digest(digest); }

 private:
  using Side = TcpTracker::Side;

  Translation counted(Translation translation);
  Translation send_out(NatPacket& opened, BufferChain& packet, Instant now);
  Translation send_in(NatPacket& opened, BufferChain& packet, Instant now);
  Translation send_error_out(NatPacket& opened, BufferChain& packet);
  Translation send_error_in(NatPacket& opened, BufferChain& packet);
  Translation turn_round(NatPacket& opened, BufferChain& packet, Instant now);
  bool is_for_inside(const NatPacket& opened) const;
  NatTable::Opened open_from_inside(const NatPacket& opened, const V4Flow& flow, Instant now);
  NatTable::Opened open_from_outside(const NatPacket& opened, std::uint32_t mapping, Instant now);
  void note(std::uint32_t session, const NatPacket& opened, bool is_from_inside, Instant now);
  void note_tcp(std::uint32_t session, const TrackedSegment& segment, bool is_from_inside,
                Instant now);

  NatSettings settings_;
  NatTable table_;
  Counters counters_;
};

}  // namespace acksu
