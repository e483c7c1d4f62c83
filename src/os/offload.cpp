// Headers of virtio in front of frames.
#include "os/offload.h"

#include <algorithm>
#include <cstring>

#include "base/checksum.h"
#include "wire/ethernet.h"

namespace acksu::os {
namespace {

// As virtio_net_hdr of <linux/virtio_net.h>, which is no C++; numbers in the machine's byte order.
struct VirtioHeader {
  static constexpr std::uint8_t needs_checksum = 1, is_valid = 2;
  static constexpr std::uint8_t no_segments = 0, tcp_v4 = 1, tcp_v6 = 4;

  std::uint8_t flags = 0;
  std::uint8_t kind = no_segments;
  std::uint16_t headers_bytes = 0;
  std::uint16_t segment_bytes = 0;
  std::uint16_t checksum_start = 0, checksum_offset = 0;
};
static_assert(sizeof(VirtioHeader) == offload_header_bytes);

constexpr std::size_t tag_bytes = 4;
constexpr std::size_t smallest_ipv4 = 20, ipv6_bytes = 40, smallest_tcp = 20;
constexpr std::size_t checksum_at = 16, offset_at = 12;  // in a TCP header
constexpr std::size_t udp_checksum_at = 6;
constexpr std::uint8_t tcp_number = 6, udp_number = 17;

// Where the headers of a TCP segment stand in a frame.
struct Places {
  bool is_v4 = false;
  std::size_t ip = 0, tcp = 0, text = 0;
};

bool find_ip(Bytes front, bool is_bare, Places& places) {
  std::uint16_t type = wire::EtherType::ipv4;
  if (!is_bare) {
    places.ip = wire::EthernetHeader::size;
    if (front.size() < places.ip + tag_bytes) return false;
    type = load_be16(front.data() + places.ip - 2);
    if (type == wire::EtherType::vlan) {
      places.ip += tag_bytes;
      type = load_be16(front.data() + places.ip - 2);
    }
  } else if (!front.empty() && front[0] >> 4 == 6) {
    type = wire::EtherType::ipv6;
  }
  places.is_v4 = type == wire::EtherType::ipv4;
  return places.is_v4 || type == wire::EtherType::ipv6;
}

bool find_tcp(Bytes front, bool is_bare, Places& places) {
  if (!find_ip(front, is_bare, places)) return false;
  const std::size_t least = places.is_v4 ? smallest_ipv4 : ipv6_bytes;
  if (front.size() < places.ip + least + smallest_tcp) return false;
  const std::uint8_t* ip = front.data() + places.ip;
  if ((places.is_v4 ? ip[9] : ip[6]) != tcp_number) return false;
  places.tcp = places.ip + (places.is_v4 ? std::size_t{ip[0]} % 16 * 4 : ipv6_bytes);
  if (front.size() < places.tcp + smallest_tcp) return false;
  places.text = places.tcp + std::size_t{front[places.tcp + offset_at]} / 16 * 4;
  return front.size() >= places.text;
}

// The sum of addresses, protocol and length: what a device starts from.
Sum pseudo_sum(Bytes front, const Places& places, std::size_t upper_bytes,
               std::uint8_t protocol = tcp_number) {
  const Bytes addresses =
      places.is_v4 ? front.subspan(places.ip + 12, 8) : front.subspan(places.ip + 8, 32);
  std::array<std::uint8_t, 8> rest{};
  store_be32(rest.data(), static_cast<std::uint32_t>(upper_bytes));
  rest[7] = protocol;
  return sum_of(addresses) + sum_of(rest);
}

}  // namespace

bool OutgoingOffload::describe(const Frame& frame, bool is_bare, Pieces& pieces) {
  VirtioHeader header;
  if (frame.segment_bytes == 0) {
    std::memcpy(bytes_.data(), &header, sizeof header);
    pieces.add(Bytes{bytes_}.first(sizeof header));
    pieces.add(frame.bytes);
    return true;
  }
  const Bytes front = frame.bytes.front();
  Places places;
  if (!find_tcp(front, is_bare, places) || places.text > most_headers) return false;
  header.flags = VirtioHeader::needs_checksum;
  header.kind = places.is_v4 ? VirtioHeader::tcp_v4 : VirtioHeader::tcp_v6;
  header.headers_bytes = static_cast<std::uint16_t>(places.text);
  header.segment_bytes = static_cast<std::uint16_t>(frame.segment_bytes);
  header.checksum_start = static_cast<std::uint16_t>(places.tcp);
  header.checksum_offset = checksum_at;
  std::uint8_t* const headers = bytes_.data() + sizeof header;
  std::memcpy(bytes_.data(), &header, sizeof header);
  std::memcpy(headers, front.data(), places.text);
  const Sum sum = pseudo_sum(front, places, frame.bytes.size() - places.tcp);
  store_be16(headers + places.tcp + checksum_at, sum.folded());
  pieces.add(Bytes{bytes_}.first(sizeof header + places.text));
  pieces.add(frame.bytes, places.text);
  return true;
}

void take_offload(Bytes header, Frame& frame) {
  VirtioHeader told;
  std::memcpy(&told, header.data(), sizeof told);
  // Who has not yet summed it up is the kernel on this machine; who says that it is right is a
  // device.
  frame.is_checksum_verified =
      (told.flags & (VirtioHeader::needs_checksum | VirtioHeader::is_valid)) != 0;
  frame.segment_bytes = told.kind == VirtioHeader::no_segments ? 0 : told.segment_bytes;
}

bool has_partial_checksum(Bytes frame) {
  Places places;
  if (!find_ip(frame, false, places)) return false;
  const std::size_t header_bytes = places.is_v4 ? smallest_ipv4 : ipv6_bytes;
  if (frame.size() < places.ip + header_bytes) return false;
  const std::uint8_t* ip = frame.data() + places.ip;
  const std::uint8_t protocol = places.is_v4 ? ip[9] : ip[6];
  if (protocol != tcp_number && protocol != udp_number) return false;
  if (places.is_v4 && ip[0] != 0x45) return false;  // with options: the kernel fills none in
  const std::size_t field = protocol == tcp_number ? checksum_at : udp_checksum_at;
  const std::size_t upper = places.ip + header_bytes;
  const std::size_t end =
      places.ip + (places.is_v4 ? std::size_t{load_be16(ip + 2)} : ipv6_bytes + load_be16(ip + 4));
  if (end > frame.size() || upper + field + 2 > end) return false;
  const Sum sum = pseudo_sum(frame, places, end - upper, protocol);
  return load_be16(frame.data() + upper + field) == sum.folded();
}

}  // namespace acksu::os
