// Cutting packets.
#include "host/fragmenter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/checksum.h"
#include "wire/reader.h"
#include "wire/upper_header.h"

namespace acksu {
namespace {

using wire::FragmentHeader;
using wire::Ipv4Header;
using wire::Ipv6Header;
using wire::NextHeader;

// The part [offset, offset + length) of a chain.
BufferChain part_of(const BufferChain& chain, std::uint32_t offset, std::uint32_t length) {
  BufferChain part = chain;
  part.drop_back(chain.size() - offset - length);
  part.drop_front(offset);
  return part;
}

// How many bytes of `text` stand in the first slice behind the headers: the transport header, since
// a frame's first slice holds all headers.
std::uint32_t bytes_beside_headers(std::uint8_t protocol, const BufferChain& text,
                                   std::uint32_t at_most) {
  if (text.is_empty()) return 0;
  const Bytes beginning = text[0].bytes();
  return std::min({wire::upper_header_bytes(protocol, beginning), text.size(), at_most});
}

// RFC 791 3.1: options whose highest bit is set go into every fragment. Writes them, padded to
// words; returns the bytes. The options were read before, so that their lengths are right.
std::uint32_t copied_options(Bytes options, MutableBytes to) {
  wire::Reader reader(options);
  std::uint32_t length = 0;
  while (reader.remaining() > 0) {
    const std::size_t at = reader.position();
    const std::uint8_t type = reader.u8();
    if (type == 0) break;
    if (type == 1) continue;
    const std::uint32_t bytes = std::max<std::uint32_t>(reader.u8(), 2);
    reader.bytes(bytes - 2);
    if (reader.failed()) break;
    if ((type & 0x80) == 0) continue;
    std::copy_n(options.begin() + static_cast<std::ptrdiff_t>(at), bytes, to.begin() + length);
    length += bytes;
  }
  while (length % 4 != 0) to[length++] = 0;
  return length;
}

// Header bytes of the fragments of one IPv4 packet.
struct Ipv4Heads {
  std::array<std::uint8_t, 60> first{};
  std::array<std::uint8_t, 60> later{};
  std::uint32_t first_bytes = 0;
  std::uint32_t later_bytes = 0;
};

Ipv4Heads heads_of(const Ipv4Header& header, const BufferChain& packet) {
  Ipv4Heads heads;
  heads.first_bytes = header.header_bytes;
  part_of(packet, 0, header.header_bytes)
      .copy_to(MutableBytes(heads.first).first(header.header_bytes));
  heads.later = heads.first;
  const Bytes options =
      Bytes(heads.first).subspan(Ipv4Header::size, header.header_bytes - Ipv4Header::size);
  heads.later_bytes = Ipv4Header::size +
                      copied_options(options, MutableBytes(heads.later).subspan(Ipv4Header::size));
  heads.later[0] = static_cast<std::uint8_t>(0x40 | heads.later_bytes / 4);
  return heads;
}

// Puts length, place and checksum into an IPv4 header.
void finish_head(MutableBytes head, std::uint32_t total_length, std::uint32_t offset_bytes,
                 bool more_fragments) {
  store_be16(&head[2], static_cast<std::uint16_t>(total_length));
  store_be16(&head[6],
             static_cast<std::uint16_t>(offset_bytes / 8 | (more_fragments ? 0x2000u : 0u)));
  store_be16(&head[10], 0);
  store_be16(&head[10], sum_of(head).checksum());
}

}  // namespace

std::vector<BufferChain> fragments_of(const Ipv4Header& header, const BufferChain& packet,
                                      std::uint32_t mtu_bytes, std::uint32_t headroom_bytes) {
  ACKSU_ASSERT(packet.size() == header.total_length);
  ACKSU_ASSERT(mtu_bytes >= least_mtu_v4 && mtu_bytes < packet.size());
  BufferPool& pool = *packet[0].pool();
  const Ipv4Heads heads = heads_of(header, packet);
  const BufferChain text = part_of(packet, header.header_bytes, header.payload_bytes());
  std::vector<BufferChain> fragments;
  std::uint32_t at = 0;
  while (at < text.size()) {
    const bool is_first = at == 0;
    const std::uint32_t head_bytes = is_first ? heads.first_bytes : heads.later_bytes;
    const Bytes head = Bytes(is_first ? heads.first : heads.later).first(head_bytes);
    const std::uint32_t length = std::min((mtu_bytes - head_bytes) & ~7u, text.size() - at);
    const bool is_last = at + length == text.size();
    const bool has_transport = is_first && header.fragment_offset_bytes == 0;
    const std::uint32_t beside =
        has_transport ? bytes_beside_headers(header.protocol, text, length) : 0;
    Slice slice = pool.allocate(headroom_bytes + head_bytes + beside);
    const MutableBytes to = slice.writable().subspan(headroom_bytes);
    std::copy(head.begin(), head.end(), to.begin());
    part_of(text, at, beside).copy_to(to.subspan(head_bytes));
    finish_head(to.first(head_bytes), head_bytes + length, header.fragment_offset_bytes + at,
                !is_last || header.more_fragments);
    BufferChain& fragment = fragments.emplace_back(std::move(slice));
    fragment.append(part_of(text, at + beside, length - beside));
    at += length;
  }
  return fragments;
}

namespace {

// RFC 8200 4.5: the headers that every router on the way looks at are in each fragment.
struct Unfragmentable {
  std::uint32_t bytes = Ipv6Header::size;
  std::uint32_t place = 6;  // of the octet that names what follows
  std::uint8_t next = 0;
};

Unfragmentable unfragmentable_of(Bytes beginning) {
  Unfragmentable part;
  part.next = beginning[part.place];
  std::uint8_t next = part.next;
  for (std::uint32_t at = Ipv6Header::size; at + 8 <= beginning.size();) {
    const bool is_hop_by_hop = next == NextHeader::hop_by_hop;
    const bool is_routing = next == NextHeader::routing;
    if (!is_hop_by_hop && !is_routing && next != NextHeader::destination_options) break;
    const std::uint32_t place = at;
    next = beginning[at];
    at += (beginning[at + 1] + 1u) * 8;
    // Destination options count only if a routing header follows.
    if (is_hop_by_hop || is_routing) part = {at, place, next};
  }
  return part;
}

}  // namespace

std::vector<BufferChain> fragments_of(const Ipv6Header& header,
                                      const wire::ExtensionHeaders& extensions,
                                      const BufferChain& packet, const Ipv6Cut& cut) {
  ACKSU_ASSERT(cut.mtu_bytes >= Ipv6Header::least_mtu && !extensions.fragment);
  ACKSU_ASSERT(packet.size() == header.total_length() && packet.size() > cut.mtu_bytes);
  std::vector<std::uint8_t> chain(extensions.upper_offset);
  part_of(packet, 0, extensions.upper_offset).copy_to(chain);
  const Unfragmentable unfragmentable = unfragmentable_of(chain);
  chain.resize(unfragmentable.bytes);
  chain[unfragmentable.place] = NextHeader::fragment;
  const std::uint32_t head_bytes = unfragmentable.bytes + FragmentHeader::size;
  const BufferChain text =
      part_of(packet, unfragmentable.bytes, packet.size() - unfragmentable.bytes);
  const std::uint32_t moved = extensions.upper_offset - unfragmentable.bytes;
  const BufferChain upper = part_of(text, moved, text.size() - moved);
  const std::uint32_t room = (cut.mtu_bytes - head_bytes) & ~7u;
  const std::uint32_t all_headers = moved + bytes_beside_headers(extensions.protocol, upper, room);
  ACKSU_ASSERT(head_bytes < cut.mtu_bytes && all_headers <= room);  // RFC 7112 5

  std::vector<BufferChain> fragments;
  for (std::uint32_t at = 0; at < text.size();) {
    const std::uint32_t length = std::min(room, text.size() - at);
    const std::uint32_t beside = at == 0 ? all_headers : 0;
    Slice slice = packet[0].pool()->allocate(cut.headroom_bytes + head_bytes + beside);
    const MutableBytes to = slice.writable().subspan(cut.headroom_bytes);
    std::copy(chain.begin(), chain.end(), to.begin());
    store_be16(&to[4], static_cast<std::uint16_t>(head_bytes - Ipv6Header::size + length));
    const FragmentHeader fragment{unfragmentable.next, static_cast<std::uint16_t>(at),
                                  at + length < text.size(), cut.identification};
    write(fragment, to.subspan(unfragmentable.bytes));
    part_of(text, at, beside).copy_to(to.subspan(head_bytes));
    BufferChain& out = fragments.emplace_back(std::move(slice));
    out.append(part_of(text, at + beside, length - beside));
    at += length;
  }
  return fragments;
}

}  // namespace acksu
