// IPv6 headers and the walk over extension headers.
#include "fuzz/fuzz.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"

using namespace acksu;

namespace {

void check_walk(Bytes packet, const wire::Ipv6Header& header) {
  wire::ExtensionHeaders extensions;
  const Drop drop = read(packet, header, extensions);
  if (extensions.problem) {
    ACKSU_ASSERT(drop != Drop::none && extensions.problem->pointer < header.total_length());
  }
  // Of a packet that lies in parts, the walk says the same or that it cannot see enough.
  for (const std::size_t cut : {std::size_t{40}, packet.size() / 2, packet.size()}) {
    if (cut < 40 || cut > packet.size()) continue;
    const fuzz::Input beginning(packet.first(cut));
    wire::ExtensionHeaders found;
    const Drop verdict = read(beginning.bytes(), header, found);
    ACKSU_ASSERT(verdict == drop || cut < header.total_length());
  }
  if (drop != Drop::none) return;
  ACKSU_ASSERT(extensions.upper_offset >= 40 && extensions.upper_offset <= header.total_length());
  ACKSU_ASSERT(packet[extensions.protocol_place] == extensions.protocol);
  if (!extensions.fragment) return;
  ACKSU_ASSERT(packet[extensions.fragment_place] == wire::NextHeader::fragment);
  std::uint8_t room[8];
  write(*extensions.fragment, room);
  wire::FragmentHeader fragment = *extensions.fragment;
  ACKSU_ASSERT(room[0] == packet[extensions.fragment_offset]);
  ACKSU_ASSERT(fragment.offset_bytes + header.total_length() - extensions.fragment_offset - 8 <=
               0xffff);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  fuzz::print_packet(input.bytes());
  wire::QuotedPacket6 quoted;
  wire::read(input.bytes(), quoted);
  wire::Ipv6Header header;
  if (read(input.bytes(), header) != Drop::none) return 0;
  ACKSU_ASSERT(header.total_length() <= size);
  std::uint8_t room[40];
  ACKSU_ASSERT(write(header, room) == 40 && std::equal(room, room + 40, data));
  check_walk(input.bytes(), header);
  return 0;
}
