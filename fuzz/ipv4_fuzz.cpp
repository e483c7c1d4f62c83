// IPv4 headers: what is read without options is written as it was, and packets print.
#include "fuzz/fuzz.h"
#include "wire/ipv4.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Octets bytes(data, data + size);
  fuzz::print_packet(bytes);
  // Inputs rarely have right checksums, so they are given one.
  if (size >= 20) {
    const std::size_t header_bytes = std::min<std::size_t>((bytes[0] & 15u) * 4, size);
    store_be16(&bytes[10], 0);
    store_be16(&bytes[10], sum_of(Bytes(bytes).first(header_bytes)).checksum());
  }
  const fuzz::Input input(bytes);
  fuzz::print_packet(input.bytes());
  wire::Ipv4Header header;
  wire::read_quoted(input.bytes(), header);
  if (read(input.bytes(), header) != Drop::none) return 0;
  ACKSU_ASSERT(header.header_bytes >= 20 && header.header_bytes <= header.total_length);
  ACKSU_ASSERT(header.total_length <= size);
  ACKSU_ASSERT(std::uint32_t{header.fragment_offset_bytes} + header.payload_bytes() <= 0xffff);
  if (header.header_bytes != wire::Ipv4Header::size) return 0;
  std::uint8_t room[20];
  ACKSU_ASSERT(write(header, room) == 20);
  wire::Ipv4Header again;
  fuzz::Octets rewritten(input.bytes().begin(), input.bytes().end());
  std::copy_n(room, 20, rewritten.begin());
  ACKSU_ASSERT(read(rewritten, again) == Drop::none && again == header);
  return 0;
}
