// Packets as a script would write them.
#pragma once

#include <string>

#include "packetdrill/packet_line.h"

namespace acksu::packetdrill {

// "> P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>"
std::string to_string(const PacketLine& packet);
std::string to_string(
    const TcpOptions& options);  // "<...>", with its brackets; "" when there are none
std::string to_string(const TcpOption& option);
std::string flags_text(Flags flags, bool has_ace);  // "SEWA", "P.", ".5"; "-": none

}  // namespace acksu::packetdrill
