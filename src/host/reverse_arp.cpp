// Reverse ARP (RFC 903): asking which address a card has, and answering from a list.
#include <algorithm>

#include "host/address_kinds.h"
#include "host/host.h"
#include "wire/arp.h"

namespace acksu {
namespace {

using Operation = wire::ArpPacket::Operation;

bool can_be_ours(IpAddress address) {
  return !address.is_any() && !is_multicast(address) && address != IpAddress::v4(0xffff'ffff) &&
         !is_martian_source(address, Martians::reserved);
}

}  // namespace

Error Host::ask_address(LinkId link) {
  if (link >= wires() || !has_ethernet(links_[link].kind)) return Error::invalid_argument;
  Link& asking = links_[link];
  asking.asks_address = true;
  asking.told_address.reset();
  // RFC 903: whoever asks about itself puts its own address in both places.
  send_arp(link, MacAddress::broadcast(),
           {.operation = Operation::reverse_request,
            .sender_mac = asking.mac,
            .sender_ip = IpAddress::v4(0),
            .target_mac = asking.mac,
            .target_ip = IpAddress::v4(0)});
  return Error::none;
}

Drop Host::take_rarp(const Arrival& arrival) {
  const wire::ArpPacket& arp = arrival.arp;
  Link& link = links_[arrival.link];
  if (arp.operation == Operation::reverse_reply) {
    const bool is_wanted = link.asks_address && arp.target_mac == link.mac;
    if (!is_wanted || !can_be_ours(arp.target_ip)) return Drop::rarp_unsolicited;
    link.asks_address = false;
    link.told_address = ReverseAnswer{arp.target_ip, arp.sender_ip};
    return Drop::none;
  }
  const auto& entries = settings_.links[arrival.link].reverse_entries;
  const auto known = std::ranges::find(entries, arp.target_mac, &ReverseEntry::mac);
  if (known == entries.end()) return Drop::rarp_unknown;
  const IpAddress ours = routes_.source_on(arrival.link, known->address);
  if (!ours.is_v4() || ours.is_any()) return Drop::rarp_unknown;
  send_arp(arrival.link, arp.sender_mac,
           {.operation = Operation::reverse_reply,
            .sender_mac = link.mac,
            .sender_ip = ours,
            .target_mac = arp.target_mac,
            .target_ip = known->address});
  return Drop::none;
}

}  // namespace acksu
