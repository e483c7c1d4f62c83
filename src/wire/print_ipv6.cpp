// Opens IPv6 packets and their extension headers, and sums them up.
#include <algorithm>

#include "wire/address.h"
#include "wire/ipv6.h"
#include "wire/print_layer.h"
#include "wire/print_line.h"

namespace acksu::wire {
namespace {

std::string next_header_text(std::uint8_t next) {
  switch (next) {
    case NextHeader::hop_by_hop: return "hop-by-hop options";
    case NextHeader::routing: return "routing header";
    case NextHeader::fragment: return "fragment header";
    case NextHeader::destination_options: return "destination options";
    case NextHeader::none: return "nothing";
    default: return protocol_text(next);
  }
}

void add_next_header(LayerBuilder& layer, std::uint8_t next, std::uint32_t offset) {
  layer.add("ipv6.next_header", decimal(next), {offset, 1});
  layer.set_meaning("ipv6.next_header", next_header_text(next));
}

void add_ipv6_fields(LayerBuilder& layer, const Fixed<Ipv6Header::size>& fields) {
  const std::uint32_t first = fields.be32<0>();
  const std::uint32_t ecn = first >> 20 & 3;
  layer.add("ipv6.version", decimal(first >> 28), {0, 1});
  layer.add("ipv4.dscp", decimal(first >> 22 & 63), {0, 2});
  layer.add("ipv4.ecn", decimal(ecn), {1, 1}, "ipv4.ecn." + decimal(ecn));
  layer.add("ipv6.flow_label", decimal(first & 0xf'ffff), {1, 3});
  layer.add("ipv6.payload_length", decimal(fields.be16<4>()), {4, 2});
  add_next_header(layer, fields.u8<6>(), 6);
  layer.add("ipv6.hop_limit", decimal(fields.u8<7>()), {7, 1});
  layer.add("ipv4.source", to_string(ipv6_at<8>(fields)), {8, 16});
  layer.add("ipv4.destination", to_string(ipv6_at<24>(fields)), {24, 16});
}

// Shows options up to the first that is malformed.
void add_options(LayerBuilder& layer, Bytes header) {
  Reader reader(header);
  reader.bytes(2);
  while (reader.remaining() > 0) {
    const auto offset = static_cast<std::uint32_t>(reader.position());
    const std::uint8_t type = reader.u8();
    if (type == 0) {
      layer.add("ipv6.option.padding", "", {offset, 1});
      continue;
    }
    const std::uint8_t length = reader.u8();
    reader.bytes(length);
    if (reader.failed()) return;
    const Place place{offset, length + 2u};
    if (type == 1) {
      layer.add("ipv6.option.padding", "", place);
    } else if (type == 5) {
      layer.add("ipv6.option.router_alert", "", place);
    } else {
      layer.add("ipv6.option.unknown", decimal(type), place);
    }
  }
}

void add_fragment_fields(LayerBuilder& layer, Part part) {
  const auto bytes = part.padded<FragmentHeader::size>();
  const Fixed<FragmentHeader::size> fields(bytes);
  layer.add("ipv4.fragment_offset", decimal(fields.be16<2>() & 0xfff8u), {2, 2});
  layer.add("ipv4.more_fragments", decimal(fields.be16<2>() & 1u), {3, 1});
  layer.add("ipv6.fragment_id", hexadecimal_32(fields.be32<4>()), {4, 4});
}

std::string extension_key(std::uint8_t next) {
  switch (next) {
    case NextHeader::hop_by_hop: return "ipv6.hop_by_hop";
    case NextHeader::routing: return "ipv6.routing";
    case NextHeader::fragment: return "ipv6.fragment";
    case NextHeader::destination_options: return "ipv6.destination_options";
    default: return {};
  }
}

// What stands behind extension headers, as far as there are any.
struct Chain {
  Part rest;
  std::uint8_t next = 0;
  bool is_later_fragment = false;
};

// Opens one extension header. False when there is none, or none after it can be found.
bool open_extension(Opening& opening, Chain& chain) {
  const std::string key = extension_key(chain.next);
  if (key.empty() || chain.rest.size() == 0 || chain.is_later_fragment) return false;
  const bool is_fragment = chain.next == NextHeader::fragment;
  const auto bytes = chain.rest.padded<8>();
  const std::uint32_t length = is_fragment ? FragmentHeader::size : (bytes[1] + 1u) * 8;
  const Part header = chain.rest.first(length);
  LayerBuilder layer(opening.layers, key, header, opening.language);
  add_next_header(layer, bytes[0], 0);
  if (is_fragment) {
    add_fragment_fields(layer, header);
    chain.is_later_fragment = (load_be16(&bytes[2]) & 0xfff8u) != 0;
  } else {
    layer.add("ipv6.extension_length", decimal(length), {1, 1});
    if (chain.next == NextHeader::routing) {
      layer.add("ipv6.routing_type", decimal(bytes[2]), {2, 1});
      layer.add("ipv6.segments_left", decimal(bytes[3]), {3, 1});
    } else {
      add_options(layer, header.bytes);
    }
  }
  layer.end_header(length);
  chain.next = bytes[0];
  chain.rest = chain.rest.behind(length);
  return header.size() == length;
}

}  // namespace

std::uint32_t open_ipv6(Opening& opening, Part packet) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.ipv6" : "ipv6", packet,
                     opening.language);
  Ipv6Header header;
  ExtensionHeaders extensions;
  Drop drop = opening.is_quoted ? read_quoted(packet.bytes, header) : read(packet.bytes, header);
  if (drop == Drop::none && !opening.is_quoted) drop = read(packet.bytes, header, extensions);
  layer.set_fault(drop);
  const auto bytes = packet.padded<Ipv6Header::size>();
  const Fixed<Ipv6Header::size> fields(bytes);
  add_ipv6_fields(layer, fields);
  layer.end_header(Ipv6Header::size);
  if (packet.size() <= Ipv6Header::size || fields.u8<0>() >> 4 != 6) return packet.size();

  const Part whole = packet.first(Ipv6Header::size + fields.be16<4>());
  Chain chain{whole.behind(Ipv6Header::size), fields.u8<6>()};
  for (int headers = 0; headers < 16 && open_extension(opening, chain); ++headers) continue;
  const bool is_part = extensions.fragment && !extensions.fragment->is_atomic();
  Carrier carrier{ipv6_at<8>(fields), ipv6_at<24>(fields),
                  drop == Drop::none && !opening.is_quoted && !is_part, fields.u8<7>()};
  carrier.has_router_alert = extensions.router_alert.has_value();
  carrier.was_fragmented = extensions.fragment.has_value();
  const bool is_transport = extension_key(chain.next).empty() && !chain.is_later_fragment;
  if (is_transport && chain.rest.size() > 0)
    open_payload(opening, chain.next, chain.rest, carrier);
  else
    open_text(opening, chain.rest);
  return whole.size();
}

std::string summary(const Ipv6Header& header) {
  return "IPv6 " + to_string(header.source) + " > " + to_string(header.destination) + " " +
         next_header_text(header.next_header) + " len=" + decimal(header.total_length()) +
         " hops=" + decimal(header.hop_limit);
}

std::string ipv6_line(Bytes packet) {
  Ipv6Header header;
  ExtensionHeaders extensions;
  Drop drop = read(packet, header);
  if (drop == Drop::none) drop = read(packet, header, extensions);
  if (drop != Drop::none) return dropped("IPv6", drop);
  const std::string ends = to_string(header.source) + " > " + to_string(header.destination) + " ";
  if (extensions.fragment && !extensions.fragment->is_atomic()) {
    return "IPv6 " + ends + next_header_text(extensions.protocol) +
           " len=" + decimal(header.total_length()) +
           " id=" + hexadecimal_32(extensions.fragment->identification) + " fragment " +
           decimal(extensions.fragment->offset_bytes) +
           (extensions.fragment->more_fragments ? "+" : " last");
  }
  const Bytes payload = packet.first(header.total_length()).subspan(extensions.upper_offset);
  if (extensions.protocol != NextHeader::icmpv6)
    return ends + transport_line(payload, extensions.protocol);
  const Icmpv6Carrier carrier{header.source, header.destination, header.hop_limit,
                              extensions.router_alert.has_value()};
  return ends + icmpv6_line(payload, carrier);
}

}  // namespace acksu::wire
