// Parts of summary lines, one a format; each says why its bytes would be dropped.
#pragma once

#include <string>

#include "wire/igmp.h"
#include "wire/print.h"

namespace acksu::wire {

std::string digits_of(Bytes bytes);                 // "0badcafe"
std::string dropped(const char* layer, Drop drop);  // "IPv4 dropped: ip truncated"
std::string transport_line(Bytes bytes, std::uint8_t protocol);
std::string ipv6_line(Bytes packet);
std::string igmp_line(Bytes message);
// `rest` is what stands behind an Ethernet header.
std::string summary_of_carried(const EthernetHeader& header, Bytes rest);
std::string vlan_line(const EthernetHeader& header, Bytes rest);
// Of a message whose packet has these ends; `carrier` is judged, too.
struct Icmpv6Carrier {
  IpAddress source;
  IpAddress destination;
  std::uint8_t hop_limit = 0;
  bool has_router_alert = false;
};
std::string icmpv6_line(Bytes message, const Icmpv6Carrier& carrier);
// "query v2 of all groups", "report v3 239.1.2.3 now exclude {}", ...
std::string membership_text(const MembershipMessage& message);
// The same of an MLD message, whoever sent it; empty when it is malformed.
std::string membership_text_of(Bytes icmpv6_message);

}  // namespace acksu::wire
