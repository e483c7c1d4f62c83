// A frame on its way in: as far as it was read, and why it goes no further.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/buffer.h"
#include "base/drop.h"
#include "base/segment.h"
#include "host/frame.h"
#include "wire/arp.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace acksu {

struct Arrival {
  enum class Kind : std::uint8_t {
    nothing,
    arp,
    icmp,
    igmp,
    udp,
    faulty,  // with options that are none
    other,   // of a protocol that the host does not speak itself
    tcp,
    fragment,
    transit,
    icmp_v6,
    udp_v6,
    other_v6,
    fragment_v6,
    transit_v6,
    faulty_v6,
  };

  Kind kind = Kind::nothing;
  Drop drop = Drop::none;
  LinkId link = 0;
  std::uint8_t followers = 0;  // of the arrivals right behind this one: in one run with it
  bool is_group = false;  // sent to more than one host: nobody answers errors or resets to that
  bool is_checksum_trusted = false;
  bool is_transit = false;     // for somebody else, or to be translated first
  Ecn ecn = Ecn::not_capable;  // of TCP's packet
  std::uint32_t hash = 0;      // of `tuple`
  wire::ArpPacket arp;
  wire::Ipv4Header ip;          // of IPv4
  FourTuple tuple;              // TCP
  Segment segment;              // TCP
  BufferChain packet;           // all but TCP: from the IP header on
  bool was_fragmented = false;  // put together from fragments
  // IPv6
  wire::Ipv6Header ip_v6;
  wire::ExtensionHeaders extensions;
  Drop fault = Drop::none;  // of a faulty packet whose source may be told
};

// The arrivals of one burst. They are used again and again, and mean nothing between two calls: a
// copied host begins with new ones.
class ArrivalBurst {
 public:
  static constexpr std::size_t most = 32;

  ArrivalBurst() = default;
  ArrivalBurst(const ArrivalBurst&) {}
  ArrivalBurst& operator=(const ArrivalBurst&) { return *this; }

  // count <= most
  std::span<Arrival> first(std::size_t count) {
    if (arrivals_ == nullptr) [[unlikely]]
      arrivals_ = std::make_unique<Arrival[]>(most);
    return {arrivals_.get(), count};
  }

 private:
  std::unique_ptr<Arrival[]> arrivals_;  // `most`
};

}  // namespace acksu
