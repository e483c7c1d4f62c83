// Opens ICMPv6 messages: echo, errors with their quotes, and neighbour discovery; and sums them up.
#include "wire/address.h"
#include "wire/icmpv6.h"
#include "wire/mac.h"
#include "wire/mld.h"
#include "wire/ndp.h"
#include "wire/ndp_options.h"
#include "wire/print_layer.h"
#include "wire/print_line.h"

namespace acksu::wire {
namespace {

bool is_ndp(std::uint8_t type) {
  return type >= Icmpv6Type::router_solicitation && type <= Icmpv6Type::redirect;
}

bool is_mld(std::uint8_t type) {
  return (type >= Icmpv6Type::mld_query && type <= Icmpv6Type::mld_done) ||
         type == Icmpv6Type::mld2_report;
}

bool is_echo(std::uint8_t type) {
  return type == Icmpv6Type::echo_request || type == Icmpv6Type::echo_reply;
}

std::string unreachable_text_v6(std::uint8_t code) {
  switch (code) {
    case Unreachable6Code::no_route: return "no route";
    case Unreachable6Code::administratively_prohibited: return "administratively prohibited";
    case Unreachable6Code::beyond_scope: return "beyond scope of source address";
    case Unreachable6Code::address: return "address unreachable";
    case Unreachable6Code::port: return "port unreachable";
    default: return "destination unreachable, code " + decimal(code);
  }
}

// ---- Fields -------------------------------------------------------------------------------------

void add_address(LayerBuilder& layer, std::string_view key, Part message, std::uint32_t offset) {
  const auto bytes = message.behind(offset).padded<16>();
  layer.add(key, to_string(ipv6_at<0>(Fixed<16>(bytes))), {offset, 16});
}

void add_prefix(LayerBuilder& layer, const NdpOption& option, Place place) {
  Reader reader(option.body);
  const auto body = reader.take<30>();
  const std::string prefix = to_string(ipv6_at<14>(body)) + "/" + decimal(body.u8<0>());
  layer.add("ndp.option.prefix", prefix, place);
  layer.add("ndp.option.prefix.on_link", decimal(body.u8<1>() >> 7), {place.offset + 3, 1});
  layer.add("ndp.option.prefix.addresses", decimal(body.u8<1>() >> 6 & 1), {place.offset + 3, 1});
  layer.add("ndp.option.prefix.valid", decimal(body.be32<2>()), {place.offset + 4, 4});
  layer.add("ndp.option.prefix.preferred", decimal(body.be32<6>()), {place.offset + 8, 4});
}

std::string addresses_text(Reader& reader) {
  std::string text;
  while (reader.remaining() >= 16) {
    if (!text.empty()) text += ", ";
    text += to_string(read_ipv6(reader));
  }
  return text;
}

void add_option(LayerBuilder& layer, const NdpOption& option, Place place) {
  Reader reader(option.body);
  const auto mac = reader.take<6>();
  switch (option.type) {
    case NdpOption::source_mac:
      return layer.add("ndp.option.source_mac", to_string(mac_at<0>(mac)), place);
    case NdpOption::target_mac:
      return layer.add("ndp.option.target_mac", to_string(mac_at<0>(mac)), place);
    case NdpOption::mtu: return layer.add("ndp.option.mtu", decimal(mac.be32<2>()), place);
    case NdpOption::prefix_information: return add_prefix(layer, option, place);
    case NdpOption::redirected_header: return layer.add("ndp.option.redirected", "", place);
    case NdpOption::nonce: return layer.add("ndp.option.nonce", "", place);
    case NdpOption::resolvers:
      return layer.add("ndp.option.resolvers", addresses_text(reader), place);
    default: return layer.add("ndp.option.unknown", decimal(option.type), place);
  }
}

void add_options(LayerBuilder& layer, Part message, std::uint32_t offset) {
  Reader reader(message.behind(offset).bytes);
  while (reader.remaining() > 0) {
    const std::uint32_t at = offset + static_cast<std::uint32_t>(reader.position());
    NdpOption option;
    if (!take_option(reader, option)) return;
    add_option(layer, option, {at, static_cast<std::uint32_t>(option.body.size()) + 2});
  }
}

void add_advertisement(LayerBuilder& layer, std::uint32_t rest, Part message) {
  const auto bytes = message.behind(8).padded<8>();
  layer.add("ndp.hop_limit", decimal(rest >> 24), {4, 1});
  layer.add("ndp.managed", decimal(rest >> 23 & 1), {5, 1});
  layer.add("ndp.other", decimal(rest >> 22 & 1), {5, 1});
  layer.add("ndp.lifetime", decimal(rest & 0xffff), {6, 2});
  layer.add("ndp.reachable", decimal(load_be32(&bytes[0])), {8, 4});
  layer.add("ndp.retransmit", decimal(load_be32(&bytes[4])), {12, 4});
}

void add_ndp(LayerBuilder& layer, std::uint8_t type, std::uint32_t rest, Part message) {
  std::uint32_t options = 8;
  if (type == Icmpv6Type::router_advertisement) {
    add_advertisement(layer, rest, message);
    options = 16;
  } else if (type != Icmpv6Type::router_solicitation) {
    if (type == Icmpv6Type::neighbour_advertisement) {
      layer.add("ndp.router", decimal(rest >> 31), {4, 1});
      layer.add("ndp.solicited", decimal(rest >> 30 & 1), {4, 1});
      layer.add("ndp.override", decimal(rest >> 29 & 1), {4, 1});
    }
    add_address(layer, "ndp.target", message, 8);
    options = type == Icmpv6Type::redirect ? 40 : 24;
    if (type == Icmpv6Type::redirect) add_address(layer, "ndp.destination", message, 24);
  }
  add_options(layer, message, options);
  layer.end_header(message.size());
}

void add_rest(LayerBuilder& layer, std::uint8_t type, std::uint32_t rest) {
  if (is_echo(type)) {
    layer.add("icmp.id", decimal(rest >> 16), {4, 2});
    layer.add("icmp.sequence", decimal(rest & 0xffff), {6, 2});
  } else if (type == Icmpv6Type::packet_too_big) {
    layer.add("icmp.mtu", decimal(rest), {4, 4});
  } else if (type == Icmpv6Type::parameter_problem) {
    layer.add("icmpv6.pointer", decimal(rest), {4, 4});
  } else {
    layer.add("icmp.rest", decimal(rest), {4, 4});
  }
}

// ---- Judging ------------------------------------------------------------------------------------

template <class Ndp>
Drop verdict(const Icmpv6Message& message, const NdpCarrier& carrier) {
  Ndp ndp;
  return read(message, carrier, ndp);
}

Drop ndp_verdict(const Icmpv6Message& message, const NdpCarrier& carrier) {
  switch (message.type) {
    case Icmpv6Type::router_solicitation: return verdict<RouterSolicitation>(message, carrier);
    case Icmpv6Type::router_advertisement: return verdict<RouterAdvertisement>(message, carrier);
    case Icmpv6Type::neighbour_solicitation:
      return verdict<NeighbourSolicitation>(message, carrier);
    case Icmpv6Type::neighbour_advertisement:
      return verdict<NeighbourAdvertisement>(message, carrier);
    default: return verdict<Redirect>(message, carrier);
  }
}

// A message of bytes that live only as long as this.
struct Held {
  BufferPool pool;
  Icmpv6Message message;

  explicit Held(Bytes bytes) {
    Reader reader(bytes);
    const auto header = reader.take<8>();
    message.type = header.u8<0>();
    message.code = header.u8<1>();
    message.rest = header.be32<4>();
    if (reader.remaining() > 0) message.payload = BufferChain{pool.copy_of(reader.rest())};
  }
};

Drop judge(Bytes bytes, const Carrier& carrier) {
  const Held held(bytes);
  if (is_ndp(held.message.type))
    return ndp_verdict(held.message, {carrier.source, carrier.destination, carrier.hop_limit,
                                      carrier.was_fragmented});
  if (!is_mld(held.message.type)) return Drop::none;
  MembershipMessage membership;
  return read_mld(held.message, {carrier.source, carrier.hop_limit, carrier.has_router_alert},
                  membership);
}

void check_sum(LayerBuilder& layer, Part message, const Carrier& carrier) {
  const auto bytes = message.padded<4>();
  const std::uint16_t stored = load_be16(&bytes[2]);
  if (!carrier.is_whole || message.size() < Icmpv6Message::header_size)
    return layer.add("icmp.checksum", hexadecimal(stored), {2, 2}, "checksum.unchecked");
  HeaderSum sum;
  carrier.pseudo().add_to(sum, NextHeader::icmpv6, message.size());
  sum.add(0xffffu & ~std::uint32_t{stored});  // takes the stored value out again
  const std::uint16_t right = (sum.folded() + sum_of(message.bytes)).checksum();
  if (!layer.add_checksum("icmp.checksum", stored, right, 2))
    layer.set_fault(Drop::icmp_bad_checksum);
}

}  // namespace

void open_icmpv6(Opening& opening, Part message, const Carrier& carrier) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.icmpv6" : "icmpv6", message,
                     opening.language);
  const auto bytes = message.padded<Icmpv6Message::header_size>();
  const std::uint8_t type = bytes[0];
  const bool is_cut = message.size() < Icmpv6Message::header_size;
  const bool is_unreachable = type == Icmpv6Type::destination_unreachable;
  layer.add("icmp.type", decimal(type), {0, 1}, "icmpv6.type." + decimal(type));
  layer.add("icmp.code", decimal(bytes[1]), {1, 1},
            is_unreachable ? "icmpv6.unreachable." + decimal(bytes[1]) : "");
  check_sum(layer, message, carrier);
  if (is_cut) layer.set_fault(Drop::icmp_malformed);
  if (!is_cut && carrier.is_whole) layer.set_fault(judge(message.bytes, carrier));
  if (is_ndp(type)) return add_ndp(layer, type, load_be32(&bytes[4]), message);
  if (is_mld(type)) {
    const std::string text = is_cut ? "" : membership_text_of(message.bytes);
    if (!text.empty()) layer.add("membership.message", text, {4, message.size() - 4});
    return layer.end_header(message.size());
  }
  add_rest(layer, type, load_be32(&bytes[4]));
  layer.end_header(Icmpv6Message::header_size);
  const Part payload = message.behind(Icmpv6Message::header_size);
  // RFC 4443 2.4: there are no errors about errors, so a quote inside a quote is just bytes.
  if (type >= 128 || opening.is_quoted) return open_text(opening, payload);
  opening.is_quoted = true;
  open_ip(opening, payload);
  opening.is_quoted = false;
}

std::string membership_text_of(Bytes bytes) {
  const Held held(bytes);
  MembershipMessage membership;
  const MembershipCarrier neighbour{{0xfe80'0000'0000'0000, 1}, 1, true};
  const Drop drop = read_mld(held.message, neighbour, membership);
  return drop == Drop::none ? membership_text(membership) : std::string{};
}

std::string icmpv6_text(std::uint8_t type, std::uint8_t code) {
  switch (type) {
    case Icmpv6Type::destination_unreachable: return unreachable_text_v6(code);
    case Icmpv6Type::packet_too_big: return "packet too big";
    case Icmpv6Type::time_exceeded:
      return code == TimeExceeded6Code::hop_limit ? "hop limit exceeded"
                                                  : "reassembly time exceeded";
    case Icmpv6Type::parameter_problem: return "parameter problem";
    case Icmpv6Type::echo_request: return "echo request";
    case Icmpv6Type::echo_reply: return "echo reply";
    default: return "type " + decimal(type) + " code " + decimal(code);
  }
}

namespace {

std::string neighbour_line(const Icmpv6Message& message, const NdpCarrier& carrier) {
  if (message.type == Icmpv6Type::neighbour_solicitation) {
    NeighbourSolicitation ndp;
    read(message, carrier, ndp);
    return "NDP who has " + to_string(ndp.target) + "?";
  }
  NeighbourAdvertisement ndp;
  read(message, carrier, ndp);
  return "NDP " + to_string(ndp.target) + " is " +
         (ndp.target_mac ? "at " + to_string(*ndp.target_mac) : "here");
}

std::string ndp_line(const Icmpv6Message& message, const NdpCarrier& carrier) {
  if (const Drop drop = ndp_verdict(message, carrier); drop != Drop::none)
    return dropped("NDP", drop);
  if (message.type == Icmpv6Type::router_solicitation) return "NDP who is a router?";
  if (message.type == Icmpv6Type::router_advertisement) {
    RouterAdvertisement ndp;
    read(message, carrier, ndp);
    std::string line = "NDP router for " + decimal(message.rest & 0xffff) + " s";
    for (const PrefixInformation& each : ndp.prefixes) line += ", " + to_string(each.prefix);
    return line;
  }
  if (message.type != Icmpv6Type::redirect) return neighbour_line(message, carrier);
  Redirect ndp;
  read(message, carrier, ndp);
  return "NDP to " + to_string(ndp.destination) + " go by " + to_string(ndp.target);
}

}  // namespace

std::string icmpv6_line(Bytes bytes, const Icmpv6Carrier& carrier) {
  if (bytes.size() < Icmpv6Message::header_size) return dropped("ICMPv6", Drop::icmp_malformed);
  const Held held(bytes);
  const Icmpv6Message& message = held.message;
  if (is_ndp(message.type))
    return ndp_line(message, {carrier.source, carrier.destination, carrier.hop_limit, false});
  if (is_mld(message.type)) {
    MembershipMessage membership;
    const Drop drop = read_mld(
        message, {carrier.source, carrier.hop_limit, carrier.has_router_alert}, membership);
    return drop == Drop::none ? "MLD " + membership_text(membership) : dropped("MLD", drop);
  }
  std::string line = "ICMPv6 " + icmpv6_text(message.type, message.code);
  if (is_echo(message.type))
    line += " id=" + decimal(message.id()) + " seq=" + decimal(message.sequence());
  if (message.type == Icmpv6Type::packet_too_big) line += " mtu=" + decimal(message.rest);
  return line + " len=" + decimal(message.payload.size());
}

}  // namespace acksu::wire
