// What a host holds for each of its links.
#pragma once

#include <optional>
#include <utility>

#include "base/index_list.h"
#include "host/frame.h"
#include "host/frame_queue.h"
#include "host/link_kind.h"
#include "host/membership.h"
#include "host/neighbours.h"
#include "host/ppp_line.h"
#include "wire/ethernet.h"

namespace acksu {

// Where a packet leaves, and who wants to know if it cannot.
struct Outlet {
  LinkId link = 0;
  Neighbours::Hop hop;
  Neighbours::Sender sender;
  std::uint16_t ether_type = wire::EtherType::ipv4;
};

struct Memberships {
  Membership igmp;
  Membership mld;
};

// RFC 903: what a host that asks has been told. The first answer counts.
struct ReverseAnswer {
  IpAddress address;  // ours
  IpAddress server;
};

struct Link {
  Link(const MacAddress& our_mac, LinkKind its_kind, Neighbours of_this_link, Memberships groups)
      : mac(our_mac),
        kind(its_kind),
        neighbours(std::move(of_this_link)),
        igmp(std::move(groups.igmp)),
        mld(std::move(groups.mld)) {}

  // Writes Ethernet's header before a packet; false: nobody knows that MAC address yet.
  bool address(Frame& frame, Neighbours::Hop hop, std::uint16_t ether_type, Instant now) {
    const MacAddress* const to = neighbours.mac_of(hop, now);
    if (to == nullptr) [[unlikely]]
      return false;
    wire::write(wire::EthernetHeader{*to, mac, ether_type}, frame.bytes[0].writable());
    return true;
  }

  void remember_good(IpAddress source, IpAddress destination) {
    good_source = source;
    good_destination = destination;
    const bool is_v4 = source.is_v4() && destination.is_v4();
    good_v4 = is_v4 ? std::uint64_t{source.as_v4()} << 32 | destination.as_v4() : 0;
  }
  void forget_good() { remember_good({}, {}); }

  MacAddress mac;  // ours
  LinkKind kind = LinkKind::ethernet;
  Neighbours neighbours;
  IndexList ready;   // connections with something to say, in turn
  FrameQueue queue;  // replies, datagrams, ARP
  // What was judged last and found good, because most packets come from where the last one came.
  IpAddress good_source;
  IpAddress good_destination;
  std::uint64_t good_v4 = 0;  // both, as they stand in a header of IPv4; 0: they are not of it
  IpAddress probed;           // RFC 5227: to be ours if nobody else has it; any: nothing is
  bool is_contested = false;  // somebody else has it, or wants it
  std::optional<Instant> defended;  // when all were last told that an address is ours, not theirs
  bool asks_address = false;        // by RARP
  std::optional<ReverseAnswer> told_address;
  IpAddress last_next_hop;  // and its name, because most packets go where the last one went
  Neighbours::Hop last_hop;
  Membership igmp;             // in groups of IPv4
  Membership mld;              // and of IPv6
  std::optional<PppLine> ppp;  // on a link of that kind
};

}  // namespace acksu
