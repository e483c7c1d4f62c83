// Whether a packet is what a line of the script says, in the script's numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "packetdrill/packet_line.h"

namespace acksu::packetdrill {

struct Difference {
  std::string what;  // "sequence number"
  std::string expected;
  std::string actual;
};

struct Comparison {
  // How long a tick of the time stamps' clock is, and how far a value may be off; nothing: values
  // are not compared.
  std::optional<std::uint32_t> most_ticks_off{};
  // Neither options nor windows: for scripts that were written for another stack.
  bool is_loose = false;
  // Options stand in this order, filled up with NOPs at these places.
  bool orders_options = true;
  // BSD lets each ACK carry a FIN that is not acknowledged yet: the ACK alone will do.
  bool wants_fin_again = true;
};

std::vector<Difference> differences(const PacketLine& expected, const PacketLine& actual,
                                    const Comparison& comparison);

// Several segments as the one that a device would have split into them, if they are: one behind the
// other, all but the last equally long, and with equal headers. Of flags, FIN and PSH are those of
// the last one, CWR that of the first.
std::optional<TcpLine> joined(const TcpLine& first, const TcpLine& next);

}  // namespace acksu::packetdrill
