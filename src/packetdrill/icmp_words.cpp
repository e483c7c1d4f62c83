// house: table
// The words by type and code (RFC 792, 1122 3.2.2.1, 1191, 4443).
#include "packetdrill/icmp_words.h"

#include <array>

#include "wire/icmp.h"
#include "wire/icmpv6.h"

namespace acksu::packetdrill {
namespace {

struct Row {
  bool is_v4;
  std::uint8_t type;
  const char* type_word;
  std::uint8_t code;
  const char* code_word;
};

using V4 = wire::IcmpType;
using V6 = wire::Icmpv6Type;
using Code6 = wire::Unreachable6Code;

constexpr std::array rows{
    Row{true, V4::destination_unreachable, "unreachable", 0, "net_unreachable"},
    Row{true, V4::destination_unreachable, "unreachable", 1, "host_unreachable"},
    Row{true, V4::destination_unreachable, "unreachable", 2, "protocol_unreachable"},
    Row{true, V4::destination_unreachable, "unreachable", 3, "port_unreachable"},
    Row{true, V4::destination_unreachable, "unreachable", 4, "frag_needed"},
    Row{true, V4::destination_unreachable, "unreachable", 5, "source_route_failed"},
    Row{true, V4::destination_unreachable, "unreachable", 6, "net_unknown"},
    Row{true, V4::destination_unreachable, "unreachable", 7, "host_unknown"},
    Row{true, V4::destination_unreachable, "unreachable", 8, "source_host_isolated"},
    Row{true, V4::destination_unreachable, "unreachable", 9, "net_prohibited"},
    Row{true, V4::destination_unreachable, "unreachable", 10, "host_prohibited"},
    Row{true, V4::destination_unreachable, "unreachable", 11, "net_unreachable_for_tos"},
    Row{true, V4::destination_unreachable, "unreachable", 12, "host_unreachable_for_tos"},
    Row{true, V4::destination_unreachable, "unreachable", 13, "packet_filtered"},
    Row{true, V4::destination_unreachable, "unreachable", 14, "precedence_violation"},
    Row{true, V4::destination_unreachable, "unreachable", 15, "precedence_cutoff"},
    Row{true, V4::source_quench, "source_quench", 0, ""},
    Row{true, V4::redirect, "redirect", 0, ""},
    Row{true, V4::time_exceeded, "time_exceeded", 0, ""},
    Row{true, V4::time_exceeded, "time_exceeded", 0, "ttl_exceeded_in_transit"},
    Row{true, V4::time_exceeded, "time_exceeded", 1, "fragment_reassembly_time_exceeded"},
    Row{true, V4::parameter_problem, "parameter_problem", 0, ""},
    Row{true, 8, "echo_request", 0, ""},
    Row{true, 0, "echo_reply", 0, ""},
    Row{false, V6::destination_unreachable, "unreachable", Code6::no_route, "no_route"},
    Row{false, V6::destination_unreachable, "unreachable", Code6::no_route, "net_unreachable"},
    Row{false, V6::destination_unreachable, "unreachable", 1, "admin_prohibited"},
    Row{false, V6::destination_unreachable, "unreachable", 2, "not_neighbour"},
    Row{false, V6::destination_unreachable, "unreachable", Code6::address, "address_unreachable"},
    Row{false, V6::destination_unreachable, "unreachable", Code6::port, "port_unreachable"},
    Row{false, V6::packet_too_big, "packet_too_big", 0, ""},
    Row{false, V6::time_exceeded, "time_exceeded", 0, "exceeded_hop_limit"},
    Row{false, V6::time_exceeded, "time_exceeded", 1, "exceeded_frag_time"},
    Row{false, V6::parameter_problem, "parameter_problem", 0, "header_field"},
    Row{false, V6::parameter_problem, "parameter_problem", 1, "unknown_next_header"},
    Row{false, V6::parameter_problem, "parameter_problem", 2, "unknown_option"},
    Row{false, V6::echo_request, "echo_request", 0, ""},
    Row{false, V6::echo_reply, "echo_reply", 0, ""},
};

}  // namespace

std::optional<IcmpNumbers> icmp_numbers(bool is_v4, std::string_view type, std::string_view code) {
  for (const Row& row : rows) {
    if (row.is_v4 != is_v4 || row.type_word != type) continue;
    if (code.empty()) return IcmpNumbers{row.type, 0};
    if (row.code_word == code) return IcmpNumbers{row.type, row.code};
  }
  return std::nullopt;
}

IcmpWords icmp_words(bool is_v4, IcmpNumbers numbers) {
  for (const Row& row : rows) {
    const bool is_it = row.is_v4 == is_v4 && row.type == numbers.type && row.code == numbers.code;
    if (is_it) return {row.type_word, row.code_word};
  }
  return {"type " + std::to_string(numbers.type), "code " + std::to_string(numbers.code)};
}

}  // namespace acksu::packetdrill
