// The two hosts of pair_test.h with IPv6 only: 2001:db8::1 and 2001:db8::2, which is what each of
// them has besides its link-local address.
#pragma once

#include <algorithm>

#include "host/pair_test.h"
#include "wire/address.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"

namespace acksu {

inline constexpr MacAddress mac_of_a{{2, 0, 0, 0, 0, 1}};
inline constexpr MacAddress mac_of_b{{2, 0, 0, 0, 0, 2}};
inline constexpr MacAddress mac_of_attacker{{2, 0, 0, 0, 0, 0x66}};

inline constexpr IpAddress a_v6{0x2001'0db8'0000'0000, 1};
inline constexpr IpAddress b_v6{0x2001'0db8'0000'0000, 2};

class PairV6 : public Pair {
 public:
  // `probes` of duplicate address detection: with none addresses are ready at once.
  static HostSettings settings(std::uint8_t number, std::uint8_t probes = 0) {
    HostSettings settings = Pair::settings(number);
    LinkSettings& link = settings.links.front();
    link.addresses = {{IpAddress{0x2001'0db8'0000'0000, number}, 64}};
    link.ipv6.duplicate_probes = probes;
    link.ipv6.router_solicitations = 0;
    return settings;
  }

  explicit PairV6(HostSettings of_a = settings(1), HostSettings of_b = settings(2))
      : Pair(std::move(of_a), std::move(of_b)) {}

  Ends establish_v6(std::uint16_t port = 80) {
    const Handle listener = *b.listen({{}, port}, {}, now);
    const Handle at_a = *a.connect({b_v6, port}, {}, now);
    settle();
    const Handle at_b = *b.accept(listener, now);
    EXPECT_EQ(b.close(listener, now), Error::none);
    settle();
    return {at_a, at_b};
  }

  static IpAddress link_local_of(const Host& host) {
    return host.ipv6().on(0).addresses.link_local().value_or(IpAddress{});
  }
  static bool is_ready(const Host& host, IpAddress address) {
    return host.ipv6().on(0).addresses.is_ours(address);
  }

  // ---- Frames of the test's own
  struct Carrier {
    IpAddress source;
    IpAddress destination;
    MacAddress from = mac_of_attacker;
    MacAddress to = mac_of_a;
    std::uint8_t hop_limit = 255;
  };

  Frame frame_of(const Carrier& carrier, std::uint8_t next_header, Bytes payload) {
    Slice bytes = pool->allocate(54 + static_cast<std::uint32_t>(payload.size()));
    const MutableBytes room = bytes.writable();
    wire::write(wire::EthernetHeader{carrier.to, carrier.from, wire::EtherType::ipv6}, room);
    wire::write(wire::Ipv6Header{.payload_length = static_cast<std::uint16_t>(payload.size()),
                                 .next_header = next_header,
                                 .hop_limit = carrier.hop_limit,
                                 .source = carrier.source,
                                 .destination = carrier.destination},
                room.subspan(14));
    std::copy(payload.begin(), payload.end(), room.begin() + 54);
    return Frame{.bytes = BufferChain(std::move(bytes))};
  }
  template <class Ndp>
  Frame ndp_frame(const Carrier& carrier, const Ndp& ndp) {
    std::vector<std::uint8_t> message(wire::largest_ndp_message);
    message.resize(wire::write(ndp, {carrier.source, carrier.destination}, message));
    return frame_of(carrier, wire::NextHeader::icmpv6, message);
  }
  // The first eight bytes of a message, its checksum aside.
  struct Icmpv6Head {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t rest = 0;
  };
  Frame icmp_frame(const Carrier& carrier, const Icmpv6Head& head, Bytes payload) {
    std::vector<std::uint8_t> message(8 + payload.size());
    message[0] = head.type;
    message[1] = head.code;
    store_be32(&message[4], head.rest);
    std::copy(payload.begin(), payload.end(), message.begin() + 8);
    wire::sign_icmpv6(message, {carrier.source, carrier.destination});
    return frame_of(carrier, wire::NextHeader::icmpv6, message);
  }
  Drop give(Host& host, Frame frame) { return drop_of(host, std::move(frame), now); }
  // What a host has to say by itself now.
  std::vector<Frame> said_by(Host& host) {
    std::vector<Frame> frames;
    host.emit(0, frames, 1000, now);
    return frames;
  }
};

// Header and ICMPv6 message of a frame, or nothing.
struct SeenIcmpv6 {
  wire::EthernetHeader ethernet;
  wire::Ipv6Header ip;
  wire::Icmpv6Message message;

  static std::optional<SeenIcmpv6> in(const Frame& frame) {
    SeenIcmpv6 seen;
    BufferChain packet = frame.bytes;
    if (wire::read(packet.front(), seen.ethernet) != Drop::none) return std::nullopt;
    if (seen.ethernet.type != wire::EtherType::ipv6) return std::nullopt;
    packet.drop_front(14);
    if (wire::read(packet.front(), packet.size(), seen.ip) != Drop::none) return std::nullopt;
    if (seen.ip.next_header != wire::NextHeader::icmpv6) return std::nullopt;
    packet.drop_front(40);
    const wire::PseudoHeader pseudo{seen.ip.source, seen.ip.destination};
    if (wire::read_icmpv6(std::move(packet), pseudo, false, seen.message) != Drop::none) {
      return std::nullopt;
    }
    return seen;
  }
  wire::NdpCarrier carrier() const { return {ip.source, ip.destination, ip.hop_limit, false}; }
};

}  // namespace acksu
