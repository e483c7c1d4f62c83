// Why a frame, a packet or a segment was not accepted. Every reason is counted and traced by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace acksu {

enum class Drop : std::uint8_t {
  none,  // not dropped
  // link
  ethernet_truncated,
  ethernet_not_for_us,
  ethernet_unknown_type,
  vlan_bad_id,
  vlan_untagged,  // on a link of a virtual LAN
  vlan_other,     // of another virtual LAN than the link's
  arp_malformed,
  arp_conflict,
  arp_unsolicited,  // an answer or announcement about somebody we did not ask for
  neighbour_queue_full,
  neighbour_unresolved,
  // PPP
  ppp_bad_fcs,  // the checksum of the frame is wrong
  ppp_too_long,
  ppp_aborted,  // by its sender, with an escape before the flag
  ppp_runt,     // too short for a protocol and a checksum
  ppp_malformed,
  ppp_bad_option,
  ppp_unknown_code,      // answered by a Code-Reject
  ppp_unknown_protocol,  // answered by a Protocol-Reject
  ppp_unexpected,        // not agreed on (yet), or the state does not wait for it
  ppp_wrong_answer,      // to something that was not asked last
  ppp_wrong_magic,       // an echo of neither end
  ppp_own_message,       // RFC 1661 6.4: came back to us
  // IPv4
  ip_truncated,
  ip_bad_version,
  ip_bad_header_length,
  ip_bad_total_length,
  ip_bad_checksum,
  ip_bad_option,
  ip_source_route,  // RFC 7126: source routes and record route
  ip_bad_fragment,  // of an illegal size or place
  ip_fragment,
  ip_bad_source,
  ip_not_for_us,
  ip_group_not_joined,  // multicast that nobody here listens to
  ip_unknown_protocol,
  ip_no_route,
  // IPv6
  ip_mapped_address,  // an IPv4 address written as IPv6
  ip_header_order,    // hop-by-hop options that are not first, or a second fragment header
  ip_header_limit,    // more extension headers, or bytes of them, than we look at
  ip_option_limit,    // RFC 8504 5.3: more options or padding in a header than we look at
  ip_unknown_option,  // that says of itself that the packet is to be dropped
  ip_routing_header,  // RFC 5095: of any type, with segments left
  ip_header_chain,    // RFC 7112: a first fragment that does not hold all headers
  // fragments
  fragment_tiny,       // RFC 1858: a first fragment that does not hold the transport header
  fragment_duplicate,  // the same bytes again
  fragment_overlap,    // RFC 5722: the whole datagram is dropped
  fragment_past_end,   // two ends, or bytes behind the end: the whole datagram is dropped
  fragment_dead,       // of a datagram that was dropped before
  fragment_too_many,
  fragment_too_large,    // header and text together are more than 65,535 bytes
  fragment_mixed_ecn,    // RFC 3168 5.3: congestion marks on what cannot have any
  fragment_memory_full,  // the oldest datagram gave way
  fragment_timeout,
  // ICMP
  icmp_malformed,
  icmp_bad_checksum,
  icmp_unknown_type,
  icmp_rate_limited,
  icmp_unmatched,
  // NDP
  ndp_malformed,
  ndp_bad_hop_limit,  // not 255: from beyond this link
  ndp_bad_code,
  ndp_bad_option,
  ndp_bad_source,
  ndp_bad_destination,
  ndp_bad_target,
  ndp_fragmented,    // RFC 6980
  ndp_unsolicited,   // an answer or announcement about somebody we did not ask for
  ndp_conflict,      // somebody claims what is ours, or another's known address
  ndp_own_message,   // RFC 7527: came back to us
  ndp_limit,         // more routers, prefixes, addresses or resolvers than we keep
  ndp_not_believed,  // redirects, and advertisements where routers are not listened to
  // multicast membership: IGMP and MLD
  membership_malformed,
  membership_bad_hop_limit,  // not 1: from beyond this link
  membership_bad_source,
  membership_bad_group,
  membership_no_router_alert,
  // UDP
  udp_malformed,
  udp_bad_checksum,
  udp_no_socket,
  udp_queue_full,
  // TCP on the wire
  tcp_truncated,
  tcp_bad_data_offset,
  tcp_bad_checksum,
  tcp_malformed_option,
  tcp_bad_address,  // broadcast, multicast, or from ourselves
  tcp_port_zero,
  // TCP rules
  tcp_no_connection,  // answered by a reset, unless it was one
  tcp_no_ack,         // RFC 9293 3.10.7.4: no ACK bit in a synchronised state
  tcp_out_of_window,  // not acceptable (RFC 9293 3.10.7.4 first)
  tcp_paws,           // RFC 7323 5.3: an old time stamp
  tcp_no_timestamp,   // RFC 7323 3.2: agreed on, but missing
  tcp_reset_out_of_window,
  tcp_reset_challenged,  // RFC 5961 3: in window, not exact
  tcp_syn_challenged,    // RFC 5961 4
  tcp_ack_too_old,       // RFC 5961 5
  tcp_ack_of_unsent,     // of what was never sent
  tcp_text_after_close,  // nobody can read it any more
  tcp_text_after_fin,
  tcp_reassembly_full,
  tcp_memory_full,
  tcp_bad_flags,  // SYN with FIN or RST
  tcp_half_open_full,
  tcp_backlog_full,
  tcp_bad_cookie,
  tcp_time_wait,  // handled by the TIME-WAIT record, no connection
  // passing on
  ip_not_forwardable,  // an address that no router lets through, or a frame for many
  ip_ttl_expired,
  ip_too_big,      // for the next link, and not to be cut
  ip_unreachable,  // a route says so
  // translation between networks, and the packet filter
  nat_fragment,    // without a transport header: to be reassembled before
  nat_protocol,    // none that is translated
  nat_truncated,   // too short for its transport header
  nat_filtered,    // from somebody whom the inside has not spoken to
  nat_host_quota,  // one inside host has too many flows
  nat_table_full,
  nat_ports_full,
  nat_tcp_not_syn,     // nothing that begins a connection
  nat_icmp_unmatched,  // an error about no flow of ours
  filter_denied,
  filter_table_full,
  // DNS
  dns_truncated,   // a field, a name or a record runs past the end
  dns_bad_name,    // RFC 9267: pointer, label or length that no name has
  dns_bad_record,  // data that is not what its type says
  dns_trailing_bytes,
  dns_not_an_answer,
  dns_not_a_question,
  dns_unexpected,  // nothing was asked there, or no more
  dns_wrong_server,
  dns_wrong_id,
  dns_wrong_question,
  dns_wrong_case,        // the letters were not sent back as they were asked
  dns_unrelated_record,  // a record that does not belong to the question
  dns_not_served,        // a question of somebody we do not serve
  dns_queue_full,
  // DHCP and DHCPv6
  dhcp_truncated,
  dhcp_bad_header,
  dhcp_bad_option,
  dhcp_no_type,  // without a message type, or not one of that direction
  dhcp_wrong_transaction,
  dhcp_wrong_client,  // for another hardware address
  dhcp_wrong_server,
  dhcp_unexpected,     // the state does not wait for it
  dhcp_bad_lease,      // address or times that no lease has
  dhcp_no_address,     // no address is left to lease
  dhcp_wrong_network,  // the client asks for what is not of this network
  dhcp_queue_full,
  // sending
  link_queue_full,
  reply_queue_full,
  count_,
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(Drop::count_);

// The name as in the enum, with spaces: "tcp bad checksum".
const char* name(Drop drop);

// Counts by reason.
class DropCounters {
 public:
  void add(Drop drop) { ++counts_[static_cast<std::size_t>(drop)]; }
  void add(const DropCounters& others) {
    for (std::size_t i = 0; i < drop_reasons; ++i) counts_[i] += others.counts_[i];
  }
  std::uint64_t operator[](Drop drop) const { return counts_[static_cast<std::size_t>(drop)]; }
  std::uint64_t total() const;  // without `none`
  bool operator==(const DropCounters&) const = default;

 private:
  std::array<std::uint64_t, drop_reasons> counts_{};
};

}  // namespace acksu
