// The words of the ladder.
#include "trace/label.h"

#include <algorithm>
#include <array>
#include <utility>

#include "trace/datagram_text.h"
#include "trace/ndp_text.h"
#include "wire/icmpv6.h"
#include "wire/print.h"

namespace acksu::trace {
namespace {

std::string joined(const std::vector<Part>& parts, const char* between) {
  std::string text;
  for (const Part& part : parts) {
    if (part.text.empty()) continue;
    text += (text.empty() ? "" : between) + part.text;
  }
  return text;
}

std::string ports(const Summary& summary) {
  return std::to_string(summary.tuple.local.port) + "→" + std::to_string(summary.tuple.remote.port);
}

std::string option_text(const SegmentOptions& options) {
  std::string text;
  if (options.mss != 0) text += " mss=" + std::to_string(options.mss);
  if (options.window_scale != SegmentOptions::no_window_scale) {
    text += " ws=" + std::to_string(options.window_scale);
  }
  if (options.sack_permitted) text += " sack";
  if (options.has_timestamps) text += " ts";
  return text.empty() ? text : text.substr(1);
}

std::string fast_open_text(const SegmentOptions& options) {
  if (!options.fast_open.is_given()) return {};
  return options.fast_open.is_request() ? "cookie?" : "cookie";
}

// Bytes that arrived with ECT(0), marked, and with ECT(1), as far as it says so.
std::string acc_ecn_text(const SegmentOptions& options) {
  const AccEcnOption& option = options.acc_ecn;
  std::string text;
  if (const auto bytes = option.ect_0()) text += " e0b=" + std::to_string(*bytes);
  if (const auto bytes = option.ce()) text += " ceb=" + std::to_string(*bytes);
  if (const auto bytes = option.ect_1()) text += " e1b=" + std::to_string(*bytes);
  return text.empty() ? "AccECN" : text.substr(1);
}

std::string sack_text(const Segment& segment, std::int64_t ack) {
  std::string text;
  for (std::uint8_t i = 0; i < segment.options.sack.size(); ++i) {
    const SackBlock& block = segment.options.sack[i];
    text += (i == 0 ? "sack " : " ") + std::to_string(ack + (block.start - segment.ack)) + "-" +
            std::to_string(ack + (block.end - segment.ack));
  }
  return text;
}

// The first line of text that begins an HTTP message; people recognise it.
std::string http_line(const FrameRecord& frame) {
  const Summary& summary = frame.summary;
  const std::size_t start = summary.link_bytes + summary.network_bytes + summary.transport_bytes;
  const std::size_t length =
      std::min<std::size_t>({summary.text_bytes, frame.bytes.size() - start, 60});
  const std::string text{reinterpret_cast<const char*>(frame.bytes.data() + start), length};
  const bool is_http =
      text.starts_with("GET ") || text.starts_with("HEAD ") || text.starts_with("HTTP/1.");
  if (!is_http) return {};
  const std::string line = text.substr(0, text.find_first_of("\r\n"));
  const bool is_printable =
      std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
  return is_printable ? line : std::string{};
}

std::string again_text(const FrameRecord& frame, Language language) {
  const std::string again = say(language, "again", "재전송");
  if (frame.retransmission == nullptr) return "(" + again + ")";
  const std::string cause = cause_text(frame.retransmission, language);
  const bool is_probe = std::string_view{frame.retransmission} == "window probe";
  return is_probe ? "(" + cause + ")" : "(" + again + ": " + cause + ")";
}

std::vector<Part> tcp_parts(const FrameRecord& frame, const SegmentNumbers& numbers,
                            Language language, bool has_ports) {
  const Summary& summary = frame.summary;
  const Segment& segment = summary.tcp;
  const bool is_syn = segment.has(Flags::syn);
  std::vector<Part> parts;
  Flags flags = segment.flags;
  if (numbers.ace) flags.clear(Flags::ae | Flags::cwr | Flags::ece);
  parts.push_back({to_string(flags), 0});
  if (has_ports || is_syn) parts.push_back({ports(summary), has_ports ? 2 : 6});
  parts.push_back({"seq=" + std::to_string(numbers.seq), 0});
  if (is_syn) parts.push_back({"(ISN " + std::to_string(segment.seq.value()) + ")", 4});
  if (segment.has(Flags::ack)) parts.push_back({"ack=" + std::to_string(numbers.ack), 0});
  if (summary.text_bytes > 0) parts.push_back({"len=" + std::to_string(summary.text_bytes), 0});
  if (numbers.is_window_news) parts.push_back({"win=" + std::to_string(numbers.window_bytes), 3});
  if (numbers.ace) parts.push_back({"ACE=" + std::to_string(*numbers.ace), 2});
  if (is_syn) parts.push_back({option_text(segment.options), 5});
  if (segment.options.acc_ecn.is_given()) parts.push_back({acc_ecn_text(segment.options), 4});
  if (is_syn) parts.push_back({fast_open_text(segment.options), 1});
  if (segment.options.sack.size() > 0) parts.push_back({sack_text(segment, numbers.ack), 1});
  if (summary.text_bytes > 0) parts.push_back({http_line(frame), 7});
  if (numbers.is_again || frame.retransmission != nullptr) {
    parts.push_back({again_text(frame, language), 1});
  }
  return parts;
}

std::string rarp_text(const wire::ArpPacket& arp, Language language) {
  const std::string who = to_string(arp.target_mac), address = to_string(arp.target_ip);
  const bool is_korean = language == Language::korean;
  if (arp.operation == wire::ArpPacket::Operation::reverse_request) {
    return is_korean ? "RARP  " + who + "의 IP 주소는?" : "RARP  which address has " + who + "?";
  }
  return is_korean ? "RARP  " + who + "의 IP 주소는 " + address
                   : "RARP  " + who + " has " + address;
}

std::string arp_text(const wire::ArpPacket& arp, Language language) {
  if (arp.is_reverse()) return rarp_text(arp, language);
  const std::string target = to_string(arp.target_ip);
  const std::string sender = to_string(arp.sender_ip);
  const bool is_korean = language == Language::korean;
  if (arp.operation == wire::ArpPacket::Operation::request) {
    return is_korean ? "ARP  " + target + "의 MAC 주소는?  답은 " + sender + "에게"
                     : "ARP  who has " + target + "?  tell " + sender;
  }
  const std::string mac = to_string(arp.sender_mac);
  return is_korean ? "ARP  " + sender + "의 MAC 주소는 " + mac : "ARP  " + sender + " is at " + mac;
}

const char* korean_event(tcp::Event event) {
  switch (event) {
    case tcp::Event::passive_open: return "수동 열기";
    case tcp::Event::active_open: return "능동 열기";
    case tcp::Event::syn_received: return "SYN 받음";
    case tcp::Event::syn_ack_received: return "SYN+ACK 받음";
    case tcp::Event::syn_acked: return "내 SYN이 확인됨";
    case tcp::Event::syn_in_window: return "창 안의 SYN";
    case tcp::Event::close: return "닫기";
    case tcp::Event::fin_received: return "FIN 받음";
    case tcp::Event::fin_acked: return "내 FIN이 확인됨";
    case tcp::Event::reset_received: return "RST 받음";
    case tcp::Event::reset_half_open: return "RST 받음";
    case tcp::Event::abort: return "강제 종료";
    case tcp::Event::time_out: return "시간 초과";
    case tcp::Event::time_wait_over: return "2 MSL 지남";
    case tcp::Event::recycled: return "새 것에 자리를 내줌";
    case tcp::Event::syn_reopens: return "새 SYN";
  }
  return "?";
}

// What TCP, its host and cables name in their own words, for people.
struct Cause {
  std::string_view name;
  const char* english;
  const char* korean;
};
constexpr std::array causes{
    Cause{"fast recovery", "fast recovery", "빠른 복구"},
    Cause{"loss recovery", "after a time-out", "시간 초과"},
    Cause{"window probe", "window probe", "윈도우 확인"},
    Cause{"lost", "lost", "유실"},
    Cause{"connection", "connection", "연결 기록"},
    Cause{"half-open record", "half-open record", "반쯤 열린 기록"},
    Cause{"TIME-WAIT record", "TIME-WAIT record", "TIME-WAIT 기록"},
};

// What people meet most often.
const char* korean_drop(Drop drop) {
  switch (drop) {
    case Drop::tcp_no_connection: return "그런 연결이 없음";
    case Drop::tcp_out_of_window: return "윈도우 밖의 순서 번호";
    case Drop::tcp_reset_out_of_window: return "윈도우 밖의 RST";
    case Drop::tcp_reset_challenged: return "번호가 정확하지 않은 RST, 되물음";
    case Drop::tcp_half_open_full: return "반쯤 열린 기록이 가득 참";
    case Drop::tcp_bad_checksum: return "TCP 체크섬이 틀림";
    case Drop::ip_bad_checksum: return "IP 체크섬이 틀림";
    case Drop::ip_not_for_us: return "우리 주소가 아님";
    case Drop::ip_group_not_joined: return "가입하지 않은 멀티캐스트 그룹";
    case Drop::tcp_paws: return "오래된 타임스탬프 (PAWS)";
    case Drop::tcp_ack_of_unsent: return "보낸 적 없는 것의 ACK";
    default: return name(drop);
  }
}

}  // namespace

std::string cause_text(std::string_view cause, Language language) {
  for (const Cause& known : causes) {
    if (cause == known.name) return say(language, known.english, known.korean);
  }
  return std::string{cause};
}

std::string fitted(std::vector<Part> parts, std::size_t columns) {
  while (width_of(joined(parts, " ")) > columns) {
    const auto least = std::max_element(
        parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.rank < b.rank; });
    if (least == parts.end() || least->rank == 0) break;
    parts.erase(least);
  }
  const std::string wide = joined(parts, "  ");
  if (width_of(wide) <= columns) return wide;
  return std::string{cut_to_width(joined(parts, " "), columns)};
}

namespace {

std::vector<Part> udp_parts(const FrameRecord& frame, Language language) {
  const Summary& summary = frame.summary;
  const std::string said = datagram_text(summary, frame.text(), language);
  const int rank = said.empty() ? 0 : 2;
  return {{"UDP", rank + 1},
          {ports(summary), rank},
          {said, 0},
          {"len=" + std::to_string(summary.text_bytes), rank + 2}};
}

std::vector<Part> icmpv6_parts(const FrameRecord& frame, Language language) {
  const Summary& summary = frame.summary;
  const std::string said = ndp_text(summary, frame.text(), language);
  if (!said.empty()) return {{said, 0}};
  std::vector<Part> parts{{"ICMPv6", 0},
                          {wire::icmpv6_text(summary.icmp_type, summary.icmp_code), 0}};
  if (summary.icmp_type >= wire::Icmpv6Type::echo_request &&
      summary.icmp_type <= wire::Icmpv6Type::echo_reply) {
    parts.push_back({"seq=" + std::to_string(summary.icmp_sequence), 2});
  }
  parts.push_back({"len=" + std::to_string(summary.text_bytes), 1});
  return parts;
}

// "LCP Configure-Request id=1", and what it asks for.
std::vector<Part> ppp_parts(const FrameRecord& frame) {
  const std::string line = wire::summary_of_ppp(frame.bytes);
  const std::size_t end = std::min(line.find(" <"), line.size());
  std::vector<Part> parts{{line.substr(0, end), 0}};
  if (end < line.size()) parts.push_back({line.substr(end + 1), 0});
  return parts;
}

}  // namespace

std::vector<Part> frame_parts(const FrameRecord& frame, const SegmentNumbers& numbers,
                              Language language, bool has_ports) {
  const Summary& summary = frame.summary;
  const std::string length = "len=" + std::to_string(summary.text_bytes);
  switch (summary.kind) {
    case FrameKind::tcp: return tcp_parts(frame, numbers, language, has_ports);
    case FrameKind::ppp: return ppp_parts(frame);
    case FrameKind::arp: return {{arp_text(summary.arp, language), 0}};
    case FrameKind::udp: return udp_parts(frame, language);
    case FrameKind::icmp:
      return {{"ICMP", 0},
              {wire::icmp_text(summary.icmp_type, summary.icmp_code), 0},
              {"seq=" + std::to_string(summary.icmp_sequence), 2},
              {length, 1}};
    case FrameKind::icmpv6: return icmpv6_parts(frame, language);
    case FrameKind::ip_other:
      return {{"IP", 0}, {wire::protocol_text(summary.protocol), 0}, {length, 1}};
    case FrameKind::other: return {{wire::ethertype_text(summary.ethernet.type), 0}, {length, 1}};
    case FrameKind::malformed: break;
  }
  return {{say(language, "malformed frame", "잘못된 프레임"), 0}};
}

Style frame_style(const Summary& summary) {
  if (summary.kind == FrameKind::malformed) return Style::bad;
  if (summary.kind != FrameKind::tcp) return Style::link;
  if (summary.tcp.has(Flags::rst)) return Style::bad;
  if (summary.tcp.has(Flags::syn)) return Style::open;
  if (summary.tcp.has(Flags::fin)) return Style::close;
  return summary.text_bytes > 0 ? Style::text : Style::plain;
}

const char* event_name(tcp::Event event, Language language) {
  return language == Language::korean ? korean_event(event) : tcp::name(event);
}

std::vector<std::string> move_lines(const tcp::Row& row, Language language, std::size_t columns) {
  const std::string cause =
      std::string{tcp::name(row.from)} + " --" + event_name(row.event, language) + "-->";
  const std::string effect = std::string{tcp::name(row.to)} + " [" + row.section + "]";
  const std::string whole = cause + " " + effect;
  if (width_of(whole) <= columns) return {whole};
  return {std::string{cut_to_width(cause, columns)}, std::string{cut_to_width(effect, columns)}};
}

std::string verdict_text(Drop drop, Language language) {
  if (drop == Drop::tcp_time_wait) {
    return say(language, "handled by the TIME-WAIT record", "TIME-WAIT 기록이 처리함");
  }
  return language == Language::korean ? std::string{"버림: "} + korean_drop(drop)
                                      : std::string{"dropped: "} + name(drop);
}

}  // namespace acksu::trace
