// The names of the reasons, made of the enumerators themselves.
#include "base/drop.h"

#include <numeric>
#include <string_view>

namespace acksu {
namespace {

struct Name {
  char text[32] = {};
};

consteval Name spaced(std::string_view enumerator) {
  Name name;
  for (std::size_t i = 0; i < enumerator.size(); ++i) {
    name.text[i] = enumerator[i] == '_' ? ' ' : enumerator[i];
  }
  return name;
}

struct Named {
  Drop drop;
  Name name;
};

#define ACKSU_ROW(enumerator) \
  Named { Drop::enumerator, spaced(#enumerator) }

constexpr Named names[] = {
    ACKSU_ROW(none),
    ACKSU_ROW(ethernet_truncated),
    ACKSU_ROW(ethernet_not_for_us),
    ACKSU_ROW(ethernet_unknown_type),
    ACKSU_ROW(vlan_bad_id),
    ACKSU_ROW(vlan_untagged),
    ACKSU_ROW(vlan_other),
    ACKSU_ROW(arp_malformed),
    ACKSU_ROW(arp_conflict),
    ACKSU_ROW(arp_unsolicited),
    ACKSU_ROW(neighbour_queue_full),
    ACKSU_ROW(neighbour_unresolved),
    ACKSU_ROW(ppp_bad_fcs),
    ACKSU_ROW(ppp_too_long),
    ACKSU_ROW(ppp_aborted),
    ACKSU_ROW(ppp_runt),
    ACKSU_ROW(ppp_malformed),
    ACKSU_ROW(ppp_bad_option),
    ACKSU_ROW(ppp_unknown_code),
    ACKSU_ROW(ppp_unknown_protocol),
    ACKSU_ROW(ppp_unexpected),
    ACKSU_ROW(ppp_wrong_answer),
    ACKSU_ROW(ppp_wrong_magic),
    ACKSU_ROW(ppp_own_message),
    ACKSU_ROW(ip_truncated),
    ACKSU_ROW(ip_bad_version),
    ACKSU_ROW(ip_bad_header_length),
    ACKSU_ROW(ip_bad_total_length),
    ACKSU_ROW(ip_bad_checksum),
    ACKSU_ROW(ip_bad_option),
    ACKSU_ROW(ip_source_route),
    ACKSU_ROW(ip_bad_fragment),
    ACKSU_ROW(ip_fragment),
    ACKSU_ROW(ip_bad_source),
    ACKSU_ROW(ip_not_for_us),
    ACKSU_ROW(ip_group_not_joined),
    ACKSU_ROW(ip_unknown_protocol),
    ACKSU_ROW(ip_no_route),
    ACKSU_ROW(ip_mapped_address),
    ACKSU_ROW(ip_header_order),
    ACKSU_ROW(ip_header_limit),
    ACKSU_ROW(ip_option_limit),
    ACKSU_ROW(ip_unknown_option),
    ACKSU_ROW(ip_routing_header),
    ACKSU_ROW(ip_header_chain),
    ACKSU_ROW(fragment_tiny),
    ACKSU_ROW(fragment_duplicate),
    ACKSU_ROW(fragment_overlap),
    ACKSU_ROW(fragment_past_end),
    ACKSU_ROW(fragment_dead),
    ACKSU_ROW(fragment_too_many),
    ACKSU_ROW(fragment_too_large),
    ACKSU_ROW(fragment_mixed_ecn),
    ACKSU_ROW(fragment_memory_full),
    ACKSU_ROW(fragment_timeout),
    ACKSU_ROW(icmp_malformed),
    ACKSU_ROW(icmp_bad_checksum),
    ACKSU_ROW(icmp_unknown_type),
    ACKSU_ROW(icmp_rate_limited),
    ACKSU_ROW(icmp_unmatched),
    ACKSU_ROW(ndp_malformed),
    ACKSU_ROW(ndp_bad_hop_limit),
    ACKSU_ROW(ndp_bad_code),
    ACKSU_ROW(ndp_bad_option),
    ACKSU_ROW(ndp_bad_source),
    ACKSU_ROW(ndp_bad_destination),
    ACKSU_ROW(ndp_bad_target),
    ACKSU_ROW(ndp_fragmented),
    ACKSU_ROW(ndp_unsolicited),
    ACKSU_ROW(ndp_conflict),
    ACKSU_ROW(ndp_own_message),
    ACKSU_ROW(ndp_limit),
    ACKSU_ROW(ndp_not_believed),
    ACKSU_ROW(membership_malformed),
    ACKSU_ROW(membership_bad_hop_limit),
    ACKSU_ROW(membership_bad_source),
    ACKSU_ROW(membership_bad_group),
    ACKSU_ROW(membership_no_router_alert),
    ACKSU_ROW(udp_malformed),
    ACKSU_ROW(udp_bad_checksum),
    ACKSU_ROW(udp_no_socket),
    ACKSU_ROW(udp_queue_full),
    ACKSU_ROW(tcp_truncated),
    ACKSU_ROW(tcp_bad_data_offset),
    ACKSU_ROW(tcp_bad_checksum),
    ACKSU_ROW(tcp_malformed_option),
    ACKSU_ROW(tcp_bad_address),
    ACKSU_ROW(tcp_port_zero),
    ACKSU_ROW(tcp_no_connection),
    ACKSU_ROW(tcp_no_ack),
    ACKSU_ROW(tcp_out_of_window),
    ACKSU_ROW(tcp_paws),
    ACKSU_ROW(tcp_no_timestamp),
    ACKSU_ROW(tcp_reset_out_of_window),
    ACKSU_ROW(tcp_reset_challenged),
    ACKSU_ROW(tcp_syn_challenged),
    ACKSU_ROW(tcp_ack_too_old),
    ACKSU_ROW(tcp_ack_of_unsent),
    ACKSU_ROW(tcp_text_after_close),
    ACKSU_ROW(tcp_text_after_fin),
    ACKSU_ROW(tcp_reassembly_full),
    ACKSU_ROW(tcp_memory_full),
    ACKSU_ROW(tcp_bad_flags),
    ACKSU_ROW(tcp_half_open_full),
    ACKSU_ROW(tcp_backlog_full),
    ACKSU_ROW(tcp_bad_cookie),
    ACKSU_ROW(tcp_time_wait),
    ACKSU_ROW(ip_not_forwardable),
    ACKSU_ROW(ip_ttl_expired),
    ACKSU_ROW(ip_too_big),
    ACKSU_ROW(ip_unreachable),
    ACKSU_ROW(nat_fragment),
    ACKSU_ROW(nat_protocol),
    ACKSU_ROW(nat_truncated),
    ACKSU_ROW(nat_filtered),
    ACKSU_ROW(nat_host_quota),
    ACKSU_ROW(nat_table_full),
    ACKSU_ROW(nat_ports_full),
    ACKSU_ROW(nat_tcp_not_syn),
    ACKSU_ROW(nat_icmp_unmatched),
    ACKSU_ROW(filter_denied),
    ACKSU_ROW(filter_table_full),
    ACKSU_ROW(dns_truncated),
    ACKSU_ROW(dns_bad_name),
    ACKSU_ROW(dns_bad_record),
    ACKSU_ROW(dns_trailing_bytes),
    ACKSU_ROW(dns_not_an_answer),
    ACKSU_ROW(dns_not_a_question),
    ACKSU_ROW(dns_unexpected),
    ACKSU_ROW(dns_wrong_server),
    ACKSU_ROW(dns_wrong_id),
    ACKSU_ROW(dns_wrong_question),
    ACKSU_ROW(dns_wrong_case),
    ACKSU_ROW(dns_unrelated_record),
    ACKSU_ROW(dns_not_served),
    ACKSU_ROW(dns_queue_full),
    ACKSU_ROW(dhcp_truncated),
    ACKSU_ROW(dhcp_bad_header),
    ACKSU_ROW(dhcp_bad_option),
    ACKSU_ROW(dhcp_no_type),
    ACKSU_ROW(dhcp_wrong_transaction),
    ACKSU_ROW(dhcp_wrong_client),
    ACKSU_ROW(dhcp_wrong_server),
    ACKSU_ROW(dhcp_unexpected),
    ACKSU_ROW(dhcp_bad_lease),
    ACKSU_ROW(dhcp_no_address),
    ACKSU_ROW(dhcp_wrong_network),
    ACKSU_ROW(dhcp_queue_full),
    ACKSU_ROW(link_queue_full),
    ACKSU_ROW(reply_queue_full),
};

#undef ACKSU_ROW

consteval bool every_reason_has_its_row() {
  if (std::size(names) != drop_reasons) return false;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    if (static_cast<std::size_t>(names[i].drop) != i) return false;
  }
  return true;
}
static_assert(every_reason_has_its_row());

}  // namespace

const char* name(Drop drop) {
  const auto index = static_cast<std::size_t>(drop);
  return index < drop_reasons ? names[index].name.text : "unknown";
}

std::uint64_t DropCounters::total() const {
  return std::accumulate(counts_.begin() + 1, counts_.end(), std::uint64_t{0});
}

}  // namespace acksu
