// IGMP messages: what is read survives being written.
#include "fuzz/fuzz.h"
#include "wire/igmp.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Octets bytes(data, data + size);
  const wire::MembershipCarrier carrier{IpAddress::v4(10, 0, 0, 1), 1, true};
  wire::MembershipMessage message;
  wire::read_igmp(fuzz::Input(bytes).bytes(), carrier, message);
  // Inputs rarely have right checksums, so they are given one.
  if (size >= 4) {
    store_be16(&bytes[2], 0);
    store_be16(&bytes[2], sum_of(bytes).checksum());
  }
  if (wire::read_igmp(fuzz::Input(bytes).bytes(), carrier, message) != Drop::none) return 0;
  fuzz::Octets room(igmp_bytes(message));
  ACKSU_ASSERT(room.size() <= size || message.version < 3);
  ACKSU_ASSERT(write_igmp(message, room) == room.size());
  wire::MembershipMessage again;
  ACKSU_ASSERT(wire::read_igmp(room, carrier, again) == Drop::none && again == message);
  return 0;
}
