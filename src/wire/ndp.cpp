// Reading NDP messages and judging them as RFC 4861 sections 6.1, 7.1 and 8.1 ask.
#include "wire/ndp.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/address.h"
#include "wire/mac.h"
#include "wire/ndp_options.h"

namespace acksu::wire {
namespace {

// The payload in one piece: it is so unless somebody sent it in parts.
class Whole {
 public:
  explicit Whole(const BufferChain& payload) {
    if (payload.count() == 1) {
      bytes_ = payload[0].bytes();
    } else {
      copy_ = payload.flatten();
      bytes_ = copy_;
    }
  }
  Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> copy_;
  Bytes bytes_;
};

// What all messages have in common (RFC 4861 6.1.1, RFC 6980 5).
Drop judge(const Icmpv6Message& message, const NdpCarrier& carrier) {
  if (carrier.hop_limit != ndp_hop_limit) return Drop::ndp_bad_hop_limit;
  if (carrier.was_fragmented) return Drop::ndp_fragmented;
  return message.code != 0 ? Drop::ndp_bad_code : Drop::none;
}

Duration seconds(std::uint32_t value) {
  return value == 0xffff'ffff ? forever : Duration{std::chrono::seconds{value}};
}

void take_mac(const NdpOption& option, std::optional<MacAddress>& out) {
  Reader reader(option.body);
  const auto body = reader.take<6>();
  // RFC 2464 6: exactly 6 bytes; RFC 1812 3.3.2: nobody's own address is a group address.
  if (reader.remaining() == 0 && !out && !mac_at<0>(body).is_group()) out = mac_at<0>(body);
}

// RFC 4861 4.6.2; an option of another length is none of ours.
void take_prefix(const NdpOption& option, RouterAdvertisement& out) {
  Reader reader(option.body);
  const auto body = reader.take<30>();
  if (reader.failed() || reader.remaining() > 0 || body.u8<0>() > 128) return;
  PrefixInformation information;
  information.prefix = {ipv6_at<14>(body), body.u8<0>()};
  information.is_on_link = (body.u8<1>() & 0x80) != 0;
  information.is_for_addresses = (body.u8<1>() & 0x40) != 0;
  information.valid = seconds(body.be32<2>());
  information.preferred = seconds(body.be32<6>());
  out.prefixes.add(information);
}

void take_mtu(const NdpOption& option, RouterAdvertisement& out) {
  Reader reader(option.body);
  const auto body = reader.take<6>();
  if (reader.remaining() == 0 && !out.mtu) out.mtu = body.be32<2>();
}

// RFC 8106 5.1: an even number of units follows the first.
void take_resolvers(const NdpOption& option, RouterAdvertisement& out) {
  Reader reader(option.body);
  const auto head = reader.take<6>();
  if (reader.remaining() == 0 || reader.remaining() % 16 != 0) return;
  Resolvers resolvers;
  resolvers.lifetime = seconds(head.be32<2>());
  while (reader.remaining() > 0) resolvers.addresses.add(read_ipv6(reader));
  out.resolvers.add(resolvers);
}

void take(const NdpOption& option, RouterSolicitation& out) {
  if (option.type == NdpOption::source_mac) take_mac(option, out.source_mac);
}

void take(const NdpOption& option, RouterAdvertisement& out) {
  switch (option.type) {
    case NdpOption::source_mac: return take_mac(option, out.source_mac);
    case NdpOption::prefix_information: return take_prefix(option, out);
    case NdpOption::mtu: return take_mtu(option, out);
    case NdpOption::resolvers: return take_resolvers(option, out);
    default: return;
  }
}

void take(const NdpOption& option, NeighbourSolicitation& out) {
  if (option.type == NdpOption::source_mac) take_mac(option, out.source_mac);
  if (option.type != NdpOption::nonce || option.body.size() != std::tuple_size_v<Nonce>) return;
  out.nonce.emplace();
  std::copy(option.body.begin(), option.body.end(), out.nonce->begin());
}

void take(const NdpOption& option, NeighbourAdvertisement& out) {
  if (option.type == NdpOption::target_mac) take_mac(option, out.target_mac);
}

// RFC 4861 6.1, 7.1: all options have a length that is not zero; unknown ones are skipped.
template <class Message>
Drop take_options(Reader& reader, Message& out) {
  NdpOption option;
  while (reader.remaining() > 0) {
    if (!take_option(reader, option)) return Drop::ndp_bad_option;
    take(option, out);
  }
  return Drop::none;
}

// A solicitation's own address: a probe for duplicates comes from nobody and asks a group.
Drop judge_solicitation(const NdpCarrier& carrier, const NeighbourSolicitation& ndp) {
  if (!carrier.source.is_any())
    return is_multicast(carrier.source) ? Drop::ndp_bad_source : Drop::none;
  // RFC 4861 7.1.1: to a solicited-node group, and without a source link-layer address.
  if (carrier.destination != solicited_node_group(ndp.target)) return Drop::ndp_bad_destination;
  return ndp.source_mac ? Drop::ndp_bad_option : Drop::none;
}

}  // namespace

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, RouterSolicitation& out) {
  out = {};
  Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  const Whole whole(message.payload);
  Reader reader(whole.bytes());
  drop = take_options(reader, out);
  if (drop != Drop::none) return drop;
  if (is_multicast(carrier.source)) return Drop::ndp_bad_source;
  // RFC 4861 6.1.1: nobody's link-layer address cannot be told.
  return carrier.source.is_any() && out.source_mac ? Drop::ndp_bad_option : Drop::none;
}

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, RouterAdvertisement& out) {
  out = {};
  const Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  // RFC 4861 6.1.2: routers speak from their link-local address.
  if (!is_link_local_v6(carrier.source)) return Drop::ndp_bad_source;
  const Whole whole(message.payload);
  Reader reader(whole.bytes());
  const auto timers = reader.take<8>();
  if (reader.failed()) return Drop::ndp_malformed;
  out.hop_limit = static_cast<std::uint8_t>(message.rest >> 24);
  out.is_managed = (message.rest & 0x80'0000) != 0;
  out.has_other = (message.rest & 0x40'0000) != 0;
  out.lifetime = std::chrono::seconds{message.rest & 0xffff};
  out.reachable = std::chrono::milliseconds{timers.be32<0>()};
  out.retransmit = std::chrono::milliseconds{timers.be32<4>()};
  return take_options(reader, out);
}

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, NeighbourSolicitation& out) {
  out = {};
  Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  const Whole whole(message.payload);
  Reader reader(whole.bytes());
  out.target = read_ipv6(reader);
  if (reader.failed()) return Drop::ndp_malformed;
  if (is_multicast(out.target) || out.target.is_any() || out.target.is_v4())
    return Drop::ndp_bad_target;
  drop = take_options(reader, out);
  return drop != Drop::none ? drop : judge_solicitation(carrier, out);
}

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, NeighbourAdvertisement& out) {
  out = {};
  const Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  const Whole whole(message.payload);
  Reader reader(whole.bytes());
  out.target = read_ipv6(reader);
  if (reader.failed()) return Drop::ndp_malformed;
  if (is_multicast(out.target) || out.target.is_any() || out.target.is_v4())
    return Drop::ndp_bad_target;
  if (carrier.source.is_any() || is_multicast(carrier.source)) return Drop::ndp_bad_source;
  out.is_router = (message.rest & 0x8000'0000) != 0;
  out.is_solicited = (message.rest & 0x4000'0000) != 0;
  out.overrides = (message.rest & 0x2000'0000) != 0;
  // RFC 4861 7.1.2: nobody asked for what is told to all.
  if (out.is_solicited && is_multicast(carrier.destination)) return Drop::ndp_bad_destination;
  return take_options(reader, out);
}

Drop read(const Icmpv6Message& message, const NdpCarrier& carrier, Redirect& out) {
  out = {};
  const Drop drop = judge(message, carrier);
  if (drop != Drop::none) return drop;
  if (!is_link_local_v6(carrier.source)) return Drop::ndp_bad_source;
  const Whole whole(message.payload);
  Reader reader(whole.bytes());
  out.target = read_ipv6(reader);
  out.destination = read_ipv6(reader);
  if (reader.failed()) return Drop::ndp_malformed;
  // RFC 4861 8.1: about one host, and to a router of this link or to that host itself.
  if (is_multicast(out.destination) || out.destination.is_any()) return Drop::ndp_bad_destination;
  if (!is_link_local_v6(out.target) && out.target != out.destination) return Drop::ndp_bad_target;
  NdpOption option;
  while (reader.remaining() > 0) {
    if (!take_option(reader, option)) return Drop::ndp_bad_option;
    if (option.type == NdpOption::target_mac) take_mac(option, out.target_mac);
    if (option.type != NdpOption::redirected_header || !out.quote.is_empty()) continue;
    out.quote = message.payload;  // by reference: behind the option's 6 reserved bytes
    out.quote.drop_back(static_cast<std::uint32_t>(reader.remaining()));
    out.quote.drop_front(out.quote.size() - static_cast<std::uint32_t>(option.body.size()) + 6);
  }
  return Drop::none;
}

}  // namespace acksu::wire
