// Each part begins with its first frame or move.
#include "tools/journey_headings.h"

#include "tools/journey_events.h"
#include "trace/datagram_text.h"
#include "wire/address.h"
#include "wire/icmpv6.h"
#include "wire/ppp_control.h"

namespace acksu::tools {
namespace {

using trace::FrameKind;
using trace::FrameRecord;

bool is_release(const FrameRecord& frame) {
  const std::string words =
      trace::datagram_text(frame.summary, frame.text(), trace::Language::english);
  return words.starts_with("DHCPRELEASE");
}

bool is_probe(const FrameRecord& frame) {
  return frame.summary.kind == FrameKind::arp && frame.summary.arp.sender_ip.is_any();
}

// A question about somebody else: no probe and no announcement.
bool is_arp_question(const FrameRecord& frame) {
  return frame.summary.kind == FrameKind::arp && !is_probe(frame) &&
         frame.summary.arp.operation == wire::ArpPacket::Operation::request &&
         frame.summary.arp.sender_ip != frame.summary.arp.target_ip;
}

std::uint32_t first_move(const trace::Trace& view, tcp::State to) {
  return first_event(view, [to](const trace::Event& event) {
    const auto* moved = std::get_if<trace::Moved>(&event.what);
    return moved != nullptr && moved->row.to == to;
  });
}

bool is_ndp(const FrameRecord& frame, std::uint8_t type) {
  return frame.summary.kind == FrameKind::icmpv6 && frame.summary.icmp_type == type;
}

// Whether somebody has the address that a host is about to take.
bool is_joining(const FrameRecord& frame) {
  return is_ndp(frame, wire::Icmpv6Type::neighbour_solicitation) &&
         frame.summary.tuple.local.address.is_any();
}

// To the group of those whose address ends alike: the MAC address is not known.
bool is_ndp_question(const FrameRecord& frame) {
  return is_ndp(frame, wire::Icmpv6Type::neighbour_solicitation) &&
         !frame.summary.tuple.local.address.is_any() &&
         wire::is_multicast(frame.summary.tuple.remote.address);
}

// To somebody whose MAC address is known: is it still so?
bool is_ndp_check(const FrameRecord& frame) {
  return is_ndp(frame, wire::Icmpv6Type::neighbour_solicitation) &&
         !wire::is_multicast(frame.summary.tuple.remote.address);
}

std::string ndp_title(const trace::Trace& view, std::uint32_t event, const Output& output) {
  const auto& sent = std::get<trace::FrameSent>(view.events[event].what);
  wire::Reader message(view.frames[sent.frame].text());
  const std::string target = to_string(wire::read_ipv6(message));
  return output.language() == trace::Language::korean
             ? "NDP: " + target + "의 MAC 주소는?"
             : "NDP: which MAC address has " + target + "?";
}

std::string arp_title(const trace::Trace& view, std::uint32_t event, const Output& output) {
  const auto& sent = std::get<trace::FrameSent>(view.events[event].what);
  const std::string target = to_string(view.frames[sent.frame].summary.arp.target_ip);
  return output.language() == trace::Language::korean
             ? "ARP: " + target + "의 MAC 주소는?"
             : "ARP: which MAC address has " + target + "?";
}

// How the laptop comes to an address: what DHCP and ARP do for IPv4, NDP does for IPv6.
// Of PPP: the first of that protocol with that code.
std::uint32_t first_of_ppp(const trace::Trace& view, std::uint16_t protocol, wire::PppCode code) {
  return first_sent(view, [&](const FrameRecord& frame) {
    wire::PppFrame ppp;
    return frame.summary.kind == FrameKind::ppp && read(frame.bytes, ppp) == Drop::none &&
           ppp.protocol == protocol && !ppp.information.empty() &&
           ppp.information[0] == static_cast<std::uint8_t>(code);
  });
}

template <class Add>
void add_line(const trace::Trace& view, const Output& output, Add&& add) {
  using wire::PppCode, wire::PppProtocol;
  add(first_of_ppp(view, PppProtocol::lcp, PppCode::configure_request),
      output.say("LCP: both ends agree on the line", "LCP: 양 끝이 선의 사용법에 합의"));
  add(first_of_ppp(view, PppProtocol::ipcp, PppCode::configure_request),
      output.say("IPCP: which addresses have we?", "IPCP: 우리의 주소는?"));
  add(first_of_ppp(view, PppProtocol::lcp, PppCode::terminate_request),
      output.say("LCP: the laptop hangs up", "LCP: 노트북이 선을 끊음"));
}

template <class Add>
void add_joining(const trace::Trace& view, const Output& output, Add&& add) {
  add(first_sent(view, is_dhcp),
      output.say("DHCP: the laptop joins the network", "DHCP: 노트북이 네트워크에 들어옴"));
  add(first_sent(view, is_probe), output.say("ARP: does nobody else have this address?",
                                             "ARP: 이 주소를 쓰는 곳이 없는지 확인"));
  const std::uint32_t question = first_sent(view, is_arp_question);
  if (question != trace::nobody) add(question, arp_title(view, question, output));
  add(first_sent(view, is_joining), output.say("NDP: does nobody else have this address?",
                                               "NDP: 이 주소를 쓰는 곳이 없는지 확인"));
  const auto asks_routers = [](const FrameRecord& frame) {
    return is_ndp(frame, wire::Icmpv6Type::router_solicitation);
  };
  add(first_sent(view, asks_routers),
      output.say("NDP: which network is this? (SLAAC)", "NDP: 여기는 어떤 네트워크? (SLAAC)"));
  const std::uint32_t solicitation = first_sent(view, is_ndp_question);
  if (solicitation != trace::nobody) add(solicitation, ndp_title(view, solicitation, output));
  add(first_sent(view, is_ndp_check),
      output.say("NDP: are you still there?", "NDP: 아직 거기 있나?"));
}

}  // namespace

std::vector<trace::Heading> headings(const trace::Trace& view, const Output& output) {
  std::vector<trace::Heading> found;
  const auto add = [&found](std::uint32_t event, std::string text) {
    if (event != trace::nobody) found.push_back({event, std::move(text)});
  };
  add_line(view, output, add);
  add_joining(view, output, add);
  add(first_sent(view, is_dns),
      output.say("DNS: which address has this name?", "DNS: 이 이름의 주소는?"));
  add(first_sent(view, [](const auto& frame) { return frame.summary.is_tcp(Flags::syn); }),
      output.say("three-way handshake", "연결 설정: 세 번 악수 (3-way handshake)"));
  add(first_sent(view,
                 [](const auto& frame) {
                   return has_tcp_text(frame) && frame.summary.tuple.local.port > 1023;
                 }),
      output.say("HTTP request", "HTTP 요청"));
  add(first_sent(view,
                 [](const auto& frame) {
                   return has_tcp_text(frame) && frame.summary.tuple.local.port < 1024;
                 }),
      output.say("HTTP response", "HTTP 응답"));
  const std::uint32_t closing = first_move(view, tcp::State::fin_wait_1);
  const std::uint32_t fin =
      first_sent(view, [](const auto& frame) { return frame.summary.is_tcp(Flags::fin); });
  add(closing != trace::nobody ? closing : fin,
      output.say("four-way handshake: both sides close",
                 "연결 해제: 네 번 악수 (4-way handshake)"));
  add(first_move(view, tcp::State::time_wait), output.say("TIME-WAIT", "TIME-WAIT"));
  add(first_sent(view, is_release),
      output.say("DHCP: the laptop gives its address back", "DHCP: 노트북이 주소를 돌려줌"));
  return found;
}

}  // namespace acksu::tools
