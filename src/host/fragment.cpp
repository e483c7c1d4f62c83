// Fragments made of the headers that `wire` has read.
#include "host/fragment.h"

#include <utility>

#include "base/assert.h"

namespace acksu {

Fragment Fragment::of(const wire::Ipv4Header& header, BufferChain packet) {
  ACKSU_ASSERT(packet.size() == header.total_length);
  Fragment fragment;
  fragment.source = header.source;
  fragment.destination = header.destination;
  fragment.identification = header.identification;
  fragment.protocol = header.protocol;
  fragment.ecn = header.dscp_ecn & 3;
  fragment.offset_bytes = header.fragment_offset_bytes;
  fragment.more_fragments = header.more_fragments;
  fragment.header_bytes = header.header_bytes;
  fragment.upper_offset = header.header_bytes;
  fragment.packet = std::move(packet);
  return fragment;
}

Fragment Fragment::of(const wire::Ipv6Header& header, const wire::ExtensionHeaders& extensions,
                      BufferChain packet) {
  ACKSU_ASSERT(extensions.fragment && packet.size() == header.total_length());
  Fragment fragment;
  fragment.source = header.source;
  fragment.destination = header.destination;
  fragment.identification = extensions.fragment->identification;
  fragment.protocol = extensions.protocol;
  fragment.ecn = header.traffic_class & 3;
  fragment.offset_bytes = extensions.fragment->offset_bytes;
  fragment.more_fragments = extensions.fragment->more_fragments;
  fragment.header_bytes = extensions.fragment_offset + wire::FragmentHeader::size;
  fragment.next_header_place = extensions.fragment_place;
  fragment.upper_offset = extensions.upper_offset;
  fragment.packet = std::move(packet);
  return fragment;
}

}  // namespace acksu
