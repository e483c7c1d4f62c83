// What a network card, or a system before it, does with a large packet: segments of TCP that fit.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace acksu::packetdrill {

using PacketBytes = std::vector<std::uint8_t>;

// IP packets with at most so much text each, their TCP checksums zero: whoever is told the packets
// does not look at them. CWR stays on the first, FIN and PSH on the last. 0: as it is.
std::vector<PacketBytes> cut_packet(Bytes packet, std::uint32_t text_bytes);

}  // namespace acksu::packetdrill
