// What a frame leaves to a device, or a device has left to us, in the layout of virtio that Linux
// uses for TAP devices and packet sockets: a checksum that is not complete, a TCP segment that is
// to be cut into many.
#pragma once

#include <array>
#include <cstdint>

#include "host/frame.h"
#include "os/pieces.h"

namespace acksu::os {

inline constexpr std::size_t offload_header_bytes = 10;

// In front of a frame that goes out. A frame that the device splits gets headers of its own, whose
// checksum covers no more than the addresses, as the device wants it; those of the frame stay as
// they are, because others may see them.
class OutgoingOffload {
 public:
  // `is_bare`: packets without an Ethernet header. The pieces refer to this object and the frame.
  // False: the frame is to be split, and is no TCP segment.
  bool describe(const Frame& frame, bool is_bare, Pieces& pieces);

 private:
  // Ethernet with a tag, IPv6, TCP with all its options.
  static constexpr std::size_t most_headers = 14 + 4 + 40 + 60;

  std::array<std::uint8_t, offload_header_bytes + most_headers> bytes_;
};

// What the header in front of a frame that came says about it.
void take_offload(Bytes header, Frame& frame);

// Whether the checksum of the TCP segment or UDP datagram in an Ethernet frame covers no more than
// the addresses: who sent it leaves the rest to a device.
bool has_partial_checksum(Bytes frame);

}  // namespace acksu::os
