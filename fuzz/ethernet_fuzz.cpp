// Ethernet headers, VLAN tags and ARP packets: what is read is written as it was; frames print.
#include "fuzz/fuzz.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/vlan.h"

using namespace acksu;

namespace {

template <class Header>
void check_rewritten(const Header& header, Bytes bytes) {
  std::uint8_t room[64] = {};
  const std::uint32_t written = write(header, room);
  ACKSU_ASSERT(std::equal(room, room + written, bytes.begin()));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  const Bytes frame = input.bytes();
  fuzz::check_places(wire::open(frame), size);
  ACKSU_ASSERT(!wire::summary_of_frame(frame).empty());
  wire::EthernetHeader ethernet;
  if (read(frame, ethernet) != Drop::none) return 0;
  check_rewritten(ethernet, frame);
  const Bytes rest = frame.subspan(wire::EthernetHeader::size);
  wire::VlanTag tag;
  if (read(rest, tag) == Drop::none) check_rewritten(tag, rest);
  wire::ArpPacket arp;
  if (read(rest, arp) == Drop::none) check_rewritten(arp, rest);
  if (read_reverse(rest, arp) == Drop::none) check_rewritten(arp, rest);
  return 0;
}
