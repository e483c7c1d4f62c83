// Each part begins with its first frame or move.
#include "tools/journey_headings.h"

#include "tools/journey_events.h"
#include "trace/datagram_text.h"

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

std::string arp_title(const trace::Trace& view, std::uint32_t event, const Output& output) {
  const auto& sent = std::get<trace::FrameSent>(view.events[event].what);
  const std::string target = to_string(view.frames[sent.frame].summary.arp.target_ip);
  return output.language() == trace::Language::korean
             ? "ARP: " + target + "의 MAC 주소는?"
             : "ARP: which MAC address has " + target + "?";
}

}  // namespace

std::vector<trace::Heading> headings(const trace::Trace& view, const Output& output) {
  std::vector<trace::Heading> found;
  const auto add = [&found](std::uint32_t event, std::string text) {
    if (event != trace::nobody) found.push_back({event, std::move(text)});
  };
  add(first_sent(view, is_dhcp),
      output.say("DHCP: the laptop joins the network", "DHCP: 노트북이 네트워크에 들어옴"));
  add(first_sent(view, is_probe), output.say("ARP: does nobody else have this address?",
                                             "ARP: 이 주소를 쓰는 곳이 없는지 확인"));
  const std::uint32_t question = first_sent(view, is_arp_question);
  if (question != trace::nobody) add(question, arp_title(view, question, output));
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
