// Every block of the special-purpose registries on every kind of link: as source and as destination
// of what comes in, of what passes, and of what the host itself sends.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/ppp_frame.h"
#include "wire/udp.h"

namespace acksu::martians_test {
namespace {

using Blocks = std::set<std::string>;
using Octets = std::vector<std::uint8_t>;

// What IP itself reserves (the verdicts that are expected, written by hand).
const Blocks no_source{"0.0.0.0/8",   "127.0.0.0/8", "192.0.0.170/32",     "192.0.0.171/32",
                       "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "::/128",
                       "::1/128",     "ff00::/8"};
const Blocks no_way_from{"169.254.0.0/16", "fe80::/10"};  // that a router would let pass
const Blocks no_destination{"0.0.0.0/8", "192.0.0.170/32", "192.0.0.171/32", "240.0.0.0/4",
                            "::/128"};
const Blocks of_one_link{"169.254.0.0/16", "fe80::/10",          "127.0.0.0/8", "::1/128",
                         "224.0.0.0/4",    "255.255.255.255/32", "ff00::/8"};
// And what is no more than documentation or not given out, for who is strict.
const Blocks only_on_paper{"192.0.0.0/24", "192.0.2.0/24",  "198.51.100.0/24", "203.0.113.0/24",
                           "2001::/23",    "2001:db8::/32", "3fff::/20"};

bool holds(const Blocks& blocks, const AddressKind& kind) {
  return blocks.contains(to_string(kind.prefix));
}

// An address of that block and of none that is smaller.
IpAddress one_of(const AddressKind& kind) {
  const IpAddress first = kind.prefix.address;
  for (const std::uint64_t more : {0x5ull, 0x0ull, 0x64ull, 0x1'0005ull, 0x10'0005ull}) {
    const IpAddress address{first.high(), first.low() + more};
    if (special_kind(address) == &kind) return address;
  }
  const IpAddress deep{first.high() | 0x0000'0100'0000'0000, 5};
  EXPECT_EQ(special_kind(deep), &kind) << kind.name;
  return deep;
}

constexpr IpAddress ours = IpAddress::v4(10, 0, 0, 1);
constexpr IpAddress ours_v6{0x2600'0000'0000'0000, 1};
constexpr IpAddress good = IpAddress::v4(10, 0, 0, 7);
constexpr IpAddress good_v6{0x2600'0000'0000'0000, 7};
constexpr IpAddress far = IpAddress::v4(8, 8, 8, 8);
constexpr IpAddress far_v6{0x2a00'0000'0000'0000, 8};

// A host with two links of bare packets or of the kind in question, and whoever is on the first.
class Scene {
 public:
  explicit Scene(LinkKind kind, bool forwards = false, Martians martians = Martians::reserved)
      : kind_(kind), host(settings(kind, forwards, martians), {{1, 2}, 3}, pool) {
    if (kind == LinkKind::ppp) bring_up();
    host.add_address(0, {ours_v6, 64}, now);
    host.add_address(1, {{0x2600'0001'0000'0000, 1}, 64}, now);
    // A line of PPP has made itself the way to everywhere.
    host.add_route({IpAddress::v4(0), 0}, {.link = 1, .next_hop = {}}, now);
    host.add_route({{}, 0}, {.link = 1, .next_hop = {}}, now);
    host.on_time(now);
    said(0);
    said(1);
  }

  // What became of a UDP datagram from the first link: the one reason that was counted, or none.
  Drop give(IpAddress source, IpAddress destination) {
    const DropCounters before = host.counters().drops;
    Frame frame{.bytes = BufferChain(pool->copy_of(framed(packet(source, destination))))};
    host.absorb(0, std::span(&frame, 1), now);
    for (std::size_t i = 1; i < drop_reasons; ++i) {
      const auto drop = static_cast<Drop>(i);
      if (drop != Drop::icmp_rate_limited && host.counters().drops[drop] != before[drop]) {
        return drop;
      }
    }
    return Drop::none;
  }
  // Whether it was passed on to the second link.
  bool passes(IpAddress source, IpAddress destination) {
    const std::uint64_t before = host.counters().packets_forwarded;
    give(source, destination);
    said(0);
    said(1);
    return host.counters().packets_forwarded != before;
  }
  std::size_t said(LinkId link) {
    std::vector<Frame> frames;
    return host.emit(link, frames, 1000, now);
  }

 private:
  static HostSettings settings(LinkKind kind, bool forwards, Martians martians) {
    HostSettings settings;
    settings.forwards = forwards;
    settings.martians = martians;
    settings.icmp_errors_per_second = 0;  // nobody is told anything here
    LinkSettings first{.name = "first", .mac = {{2, 0, 0, 0, 0, 1}}, .addresses = {{ours, 24}}};
    first.kind = kind;
    if (kind == LinkKind::ppp) {
      first.mac = {};
      first.addresses.clear();
    }
    first.ipv6.is_on = true;
    first.ipv6.duplicate_probes = 0;
    first.ipv6.router_solicitations = 0;
    LinkSettings second{
        .name = "second", .mac = {}, .addresses = {{IpAddress::v4(10, 1, 0, 1), 24}}};
    second.kind = LinkKind::ip;
    second.ipv6 = first.ipv6;
    settings.links = {first, second};
    return settings;
  }
  // The other end of the line gives us the address that we have on other links, too.
  void bring_up() {
    HostSettings other = settings(LinkKind::ppp, false, Martians::reserved);
    other.links[0].ppp.ipv4.local = good;
    other.links[0].ppp.ipv4.remote = ours;
    Host peer(other, {{4, 5}, 6}, pool);
    for (int i = 0; i < 20; ++i) {
      std::vector<Frame> frames;
      host.emit(0, frames, 100, now);
      peer.absorb(0, frames, now);
      frames.clear();
      peer.emit(0, frames, 100, now);
      host.absorb(0, frames, now);
    }
    ASSERT_TRUE(host.routes().is_ours_on(0, ours));
  }
  static Octets packet(IpAddress source, IpAddress destination) {
    const std::uint32_t header = source.is_v4() ? 20 : 40;
    Octets bytes(header + 8);
    const MutableBytes room(bytes);
    if (source.is_v4()) {
      wire::write(wire::Ipv4Header{.total_length = 28,
                                   .ttl = 9,
                                   .protocol = wire::IpProtocol::udp,
                                   .source = source,
                                   .destination = destination},
                  room);
    } else {
      wire::write(wire::Ipv6Header{.payload_length = 8,
                                   .next_header = wire::IpProtocol::udp,
                                   .hop_limit = 9,
                                   .source = source,
                                   .destination = destination},
                  room);
    }
    wire::UdpDatagram datagram;
    datagram.source_port = datagram.destination_port = 4000;
    wire::write_udp(datagram, {source, destination}, room.subspan(header));
    return bytes;
  }
  Octets framed(const Octets& bytes) const {
    const bool is_v4 = bytes[0] >> 4 == 4;
    if (kind_ == LinkKind::ip) return bytes;
    if (kind_ == LinkKind::ppp) {
      Octets frame(wire::ppp_frame_limit(bytes.size()));
      wire::PppFramer framer(frame, {}, is_v4 ? wire::PppProtocol::ipv4 : wire::PppProtocol::ipv6);
      framer.put(bytes);
      frame.resize(framer.finish());
      return frame;
    }
    const bool is_tagged = kind_ == LinkKind::vlan;
    Octets frame(is_tagged ? 18 : 14);
    const std::uint16_t type = is_v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
    wire::write(
        wire::EthernetHeader{
            {{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 7}}, is_tagged ? std::uint16_t{0x8100} : type},
        frame);
    if (is_tagged) {
      store_be16(&frame[14], 1);
      store_be16(&frame[16], type);
    }
    frame.insert(frame.end(), bytes.begin(), bytes.end());
    return frame;
  }

  LinkKind kind_;

 public:
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Instant now{1s};
  Host host;
};

class MartiansOn : public testing::TestWithParam<LinkKind> {};

// SECURITY E6: each block as source and as destination of what comes from a link of each kind.
// RFC 1122 3.2.1.3 (3), (4).
TEST_P(MartiansOn, OfEachBlockAreDroppedWhenTheyComeIn) {
  Scene scene(GetParam());
  ASSERT_EQ(scene.give(good, ours), Drop::udp_no_socket);
  ASSERT_EQ(scene.give(good_v6, ours_v6), Drop::udp_no_socket);
  EXPECT_EQ(scene.give(ours, ours), Drop::ip_bad_source) << "our own address from a wire";
  EXPECT_EQ(scene.give(ours_v6, ours_v6), Drop::ip_bad_source);
  for (const AddressKind& kind : address_kinds()) {
    const IpAddress address = one_of(kind);
    const bool is_v4 = address.is_v4();
    EXPECT_EQ(scene.give(address, is_v4 ? ours : ours_v6),
              holds(no_source, kind) ? Drop::ip_bad_source : Drop::udp_no_socket)
        << to_string(kind.prefix);
    Drop drop = Drop::ip_not_for_us;
    if (is_multicast(address)) drop = Drop::ip_group_not_joined;
    if (address == IpAddress::v4(0xffff'ffff)) drop = Drop::udp_no_socket;  // to all on the link
    EXPECT_EQ(scene.give(is_v4 ? good : good_v6, address), drop) << to_string(kind.prefix);
  }
}

// SECURITY E6, H6: and what a router lets pass.
// RFC 1122 3.1 (a), RFC 1812 5.3.7.
TEST_P(MartiansOn, OfEachBlockAreNotPassedOn) {
  Scene scene(GetParam(), true);
  ASSERT_TRUE(scene.passes(good, far));
  ASSERT_TRUE(scene.passes(good_v6, far_v6));
  for (const AddressKind& kind : address_kinds()) {
    const IpAddress address = one_of(kind);
    const bool is_v4 = address.is_v4();
    EXPECT_EQ(scene.passes(address, is_v4 ? far : far_v6),
              !holds(no_source, kind) && !holds(no_way_from, kind))
        << to_string(kind.prefix);
    EXPECT_EQ(scene.passes(is_v4 ? good : good_v6, address),
              !holds(no_destination, kind) && !holds(of_one_link, kind))
        << to_string(kind.prefix);
  }
}

// SECURITY E6: who is strict drops what is not in use by anybody.
TEST_P(MartiansOn, OfDocumentationAreDroppedWhereSettingsSayAll) {
  Scene scene(GetParam(), true, Martians::all);
  for (const AddressKind& kind : address_kinds()) {
    const IpAddress address = one_of(kind);
    const bool is_v4 = address.is_v4();
    if (holds(only_on_paper, kind)) {
      EXPECT_FALSE(scene.passes(address, is_v4 ? far : far_v6)) << to_string(kind.prefix);
      EXPECT_FALSE(scene.passes(is_v4 ? good : good_v6, address)) << to_string(kind.prefix);
    } else if (kind.is_global && !is_multicast(address)) {
      EXPECT_TRUE(scene.passes(address, is_v4 ? far : far_v6)) << to_string(kind.prefix);
      EXPECT_TRUE(scene.passes(is_v4 ? good : good_v6, address)) << to_string(kind.prefix);
    }
  }
}

// SECURITY E6: what the host itself sends: nothing to an address that is none, nothing from one
// that is not ours, and nothing of the loopback to a wire.
// RFC 1122 3.2.1.3 (2), (g), 4.1.3.6.
TEST_P(MartiansOn, OfEachBlockAreNotSentTo) {
  Scene scene(GetParam());
  const Handle socket = *scene.host.open_udp({{}, 4000}, {.allows_broadcast = true}, scene.now);
  for (const AddressKind& kind : address_kinds()) {
    const IpAddress address = one_of(kind);
    const Error error = scene.host.send_to(socket, {address, 9}, {}, scene.now);
    const bool is_unspecified = address.is_any();
    if (is_unspecified || holds(no_destination, kind)) {
      EXPECT_NE(error, Error::none) << to_string(kind.prefix);
    } else {
      EXPECT_EQ(error, Error::none) << to_string(kind.prefix);
    }
    const std::size_t left = scene.said(0) + scene.said(1);
    if (is_loopback(address) || error != Error::none) {
      EXPECT_EQ(left, 0u) << to_string(kind.prefix);
    }
    const IpAddress to = address.is_v4() ? far : far_v6;
    // Of the loopback it is ours, but on no wire; the unspecified address asks for the route's.
    if (is_loopback(address) || is_unspecified) continue;
    EXPECT_NE(
        scene.host.send_datagram(socket, {.remote = {to, 9}, .source = address}, {}, scene.now),
        Error::none)
        << to_string(kind.prefix);
  }
}

INSTANTIATE_TEST_SUITE_P(EachKindOfLink, MartiansOn,
                         testing::Values(LinkKind::ethernet, LinkKind::vlan, LinkKind::ip,
                                         LinkKind::ppp),
                         [](const auto& tested) { return std::string(name(tested.param)); });

// What a host says to itself may have addresses of the loopback, and those of its own.
TEST(MartiansOnTheLoopback, AreTheHostsOwn) {
  Scene scene(LinkKind::ip);
  const Handle socket = *scene.host.open_udp({{}, 4000}, {}, scene.now);
  for (const IpAddress address :
       {IpAddress::v4(127, 0, 0, 1), IpAddress::v4(127, 9, 9, 9), IpAddress{0, 1}, ours, ours_v6}) {
    ASSERT_EQ(scene.host.send_to(socket, {address, 4000}, {}, scene.now), Error::none);
    scene.host.on_time(scene.now);
    EXPECT_TRUE(scene.host.receive_from(socket, {})) << to_string(address);
    EXPECT_EQ(scene.said(0) + scene.said(1), 0u);
  }
}

}  // namespace
}  // namespace acksu::martians_test
