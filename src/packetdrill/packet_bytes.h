// A packet as bytes, and back. Numbers are those of the wire: who they are to a script is said in
// conversation.h.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "packetdrill/packet_line.h"

namespace acksu::packetdrill {

// A whole IP packet from `tuple.local` to `tuple.remote`, checksums and all. What an ICMP message
// quotes went the other way. Throws std::runtime_error for what that version of IP does not have.
std::vector<std::uint8_t> packet_bytes(const PacketLine& line, const FourTuple& tuple);

// A packet that was heard, with everything a line can name.
struct HeardPacket {
  Instant at{};
  FourTuple tuple;  // local: its source
  PacketLine line;
};

// Nothing: no IP, a fragment, or no protocol of the language.
std::optional<HeardPacket> read_packet(Bytes packet, Instant at);

}  // namespace acksu::packetdrill
