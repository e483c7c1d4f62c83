// Everything is counted from the trace.
#include "tools/journey_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "tools/journey_events.h"
#include "trace/label.h"
#include "trace/layers.h"
#include "trace/limits.h"

namespace acksu::tools {
namespace {

using trace::grouped;
using trace::nobody;
using trace::padded;
using trace::Style;

using Network = sim::HomeNetwork;

constexpr std::uint32_t at_client = Network::laptop, at_server = Network::web_server;

std::string right(const std::string& text, std::size_t columns) {
  const std::size_t width = trace::width_of(text);
  return std::string(width < columns ? columns - width : 0, ' ') + text;
}

void print_title(const Output& output, const std::string& title) {
  output.print("\n" + output.styled("  " + title, Style::bold) + "\n\n");
}

// ---- Opened frames

void print_frame(const trace::Trace& trace, const trace::FrameRecord& frame,
                 const trace::SegmentNumbers& numbers, const Output& output) {
  const std::string what =
      trace::fitted(trace::frame_parts(frame, numbers, output.language(), false), 64);
  const std::string from =
      frame.sender == nobody ? std::string{"?"} : trace.hosts[frame.sender].name;
  print_title(output, trace::fixed_milliseconds(frame.sent) + " ms  " + from + ":  " + what);
  output.print(trace::open_frame(frame.bytes, {.language = output.language(),
                                               .has_colour = output.has_colour(),
                                               .shows_all = output.shows_all(),
                                               .link_kind = frame.link_kind}));
}

// The first segment with text, or else the first frame.
std::size_t most_telling_frame(const trace::Trace& trace) {
  const std::uint32_t found = first_frame(trace, has_tcp_text);
  return found == nobody ? 0 : found;
}

// ---- Bytes

struct LayerBytes {
  std::uint64_t link = 0, network = 0, transport = 0, text = 0;
  std::uint64_t all() const { return link + network + transport + text; }
};

LayerBytes bytes_sent(const trace::Trace& trace, std::uint32_t host) {
  LayerBytes bytes;
  for (const trace::FrameRecord& frame : trace.frames) {
    if (frame.sender != host) continue;
    bytes.link += frame.summary.link_bytes;
    bytes.network += frame.summary.network_bytes;
    // ICMP speaks for IP itself: it belongs to the same layer.
    const bool is_of_ip = frame.summary.kind == trace::FrameKind::icmpv6;
    (is_of_ip ? bytes.network : bytes.transport) += frame.summary.transport_bytes;
    (is_of_ip ? bytes.network : bytes.text) += frame.summary.text_bytes;
  }
  return bytes;
}

// What stands before packets on a hop.
const char* link_layer(const trace::Trace& view, std::uint64_t bytes, const Output& output) {
  const auto is_any = [&](auto test) { return std::ranges::any_of(view.frames, test); };
  if (is_any([](const auto& frame) { return frame.link_kind == LinkKind::ppp; })) {
    return output.say("link          PPP", "링크        PPP");
  }
  if (bytes == 0) return output.say("link          none", "링크        없음");
  if (is_any([](const auto& frame) { return frame.summary.vlan.has_value(); })) {
    return output.say("link          Ethernet, VLAN", "링크        이더넷, VLAN");
  }
  return output.say("link          Ethernet", "링크        이더넷");
}

const char* network_layer(const JourneyPlan& plan, const Output& output) {
  if (plan.is_ipv6) return output.say("network       IPv6, NDP", "네트워크    IPv6, NDP");
  if (!plan.gives_leases()) return output.say("network       IPv4", "네트워크    IPv4");
  return output.say("network       IPv4, ARP", "네트워크    IPv4, ARP");
}

void print_bytes(const trace::Trace& trace, const JourneyPlan& plan, const Output& output) {
  const LayerBytes out = bytes_sent(trace, 0), back = bytes_sent(trace, 1);
  struct Line {
    const char* name;
    std::uint64_t out, back;
  };
  const std::array lines{
      Line{link_layer(trace, out.link + back.link, output), out.link, back.link},
      Line{network_layer(plan, output), out.network, back.network},
      Line{output.say("transport     TCP, UDP", "전송        TCP, UDP"), out.transport,
           back.transport},
      Line{plan.gives_leases()
               ? output.say("application   HTTP, DNS, DHCP", "응용        HTTP, DNS, DHCP")
               : output.say("application   HTTP, DNS", "응용        HTTP, DNS"),
           out.text, back.text},
      Line{output.say("all", "합계"), out.all(), back.all()}};
  constexpr std::size_t column = 18;
  output.print("  " +
               padded(output.say("bytes a layer, shown hop", "계층별 바이트 (보인 홉)"), 30) +
               right(output.say("→ server", "→ 서버"), column) +
               right(output.say("→ laptop", "→ 노트북"), column) +
               right(output.say("both", "합계"), 12) + "\n");
  for (const Line& line : lines) {
    output.print("    " + padded(line.name, 28) + right(grouped(line.out), column) +
                 right(grouped(line.back), column) + right(grouped(line.out + line.back), 12) +
                 "\n");
  }
  const std::uint64_t all = out.all() + back.all(), text = out.text + back.text;
  const std::uint64_t tenths = all == 0 ? 0 : (text * 1000 + all / 2) / all;
  const std::string percent = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  output.print_paragraph(output.language() == trace::Language::korean
                             ? "이 홉을 지난 바이트의 " + percent +
                                   " %가 프로그램의 말이고 나머지는 헤더입니다."
                             : percent +
                                   " % of what went over this hop is what the applications "
                                   "said; the rest is headers.");
}

// ---- Frames

void print_hop_frames(const JourneyNetwork& network, const Output& output) {
  constexpr std::size_t name_columns = 42, column = 14;
  output.print("  " + padded(output.say("frames on each hop", "홉별 프레임"), name_columns) +
               right(output.say("→ server", "→ 서버"), column) +
               right(output.say("→ laptop", "→ 노트북"), column) +
               right(output.say("lost", "유실"), column) + "\n");
  for (std::uint32_t hop = 1; hop <= Network::hops; ++hop) {
    const trace::Trace view = network.view(hop, output.language());
    std::uint64_t sent[2] = {}, lost = 0;
    for (const trace::FrameRecord& frame : view.frames) {
      ++sent[frame.sender];
      lost += frame.is_lost() ? 1u : 0u;
    }
    const std::string name =
        std::to_string(hop) + "  " + view.hosts[0].name + " ─ " + view.hosts[1].name;
    output.print("    " + padded(name, name_columns - 2) + right(grouped(sent[0]), column) +
                 right(grouped(sent[1]), column) + right(grouped(lost), column) + "\n");
  }
}

// ---- Times

// When the client got text for the first and for the last time.
std::pair<Instant, Instant> text_times(const trace::Trace& trace) {
  std::pair<Instant, Instant> times{never, never};
  for (const trace::Event& event : trace.events) {
    const auto* arrived = std::get_if<trace::FrameArrived>(&event.what);
    if (arrived == nullptr || event.host != at_client) continue;
    if (!has_tcp_text(trace.frames[arrived->frame])) continue;
    times.first = earliest(times.first, event.at);
    times.second = event.at;
  }
  return times;
}

void print_time(const Output& output, const std::string& what, std::pair<Instant, Instant> span,
                Duration round_trip) {
  if (span.first == never || span.second == never) return;
  const Duration took = span.second - span.first;
  std::string trips;
  if (round_trip > 0ns) {
    const auto tenths = (took * 10 + round_trip / 2) / round_trip;
    trips = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    trips = right(trips, 8) + output.say(" round trips", " 왕복");
  }
  output.print("    " + padded(what, 40) + right(trace::short_duration(took), 14) + trips + "\n");
}

const char* before_syn(const JourneyPlan& plan, const Output& output) {
  if (plan.is_ipv6) return output.say("before the first SYN: NDP, DNS", "첫 SYN 전: NDP, DNS");
  if (plan.is_on_line()) return output.say("before the first SYN: PPP, DNS", "첫 SYN 전: PPP, DNS");
  if (plan.has_fixed_address()) return output.say("before the first SYN: DNS", "첫 SYN 전: DNS");
  return output.say("before the first SYN: DHCP, ARP, DNS", "첫 SYN 전: DHCP, ARP, DNS");
}

void print_times(const JourneyNetwork& network, const Output& output) {
  const trace::Trace& trace = network.trace();
  const Duration round_trip = 2 * Network::hops * network.plan().hop.delay;
  const Instant syn = time_of(
      trace, first_sent(trace, [](const auto& frame) { return frame.summary.is_tcp(Flags::syn); }));
  const Instant asked = time_of(trace, first_sent(trace, [](const auto& frame) {
                                  return frame.sender == at_client && has_tcp_text(frame);
                                }));
  const Instant closing = move_time(trace, at_client, tcp::State::fin_wait_1);
  const Instant connected = move_time(trace, at_client, tcp::State::established);
  const auto [first_text, last_text] = text_times(trace);
  const Instant begin = trace.events.empty() ? never : trace.events.front().at;
  output.print("  " + std::string{output.say("times", "걸린 시간")} + "\n");
  print_time(output, before_syn(network.plan(), output), {begin, syn}, round_trip);
  print_time(output,
             output.say("handshake: SYN to ESTABLISHED", "연결 설정: SYN부터 ESTABLISHED까지"),
             {syn, connected}, round_trip);
  print_time(output,
             output.say("request to first byte of the page", "요청부터 페이지의 첫 바이트까지"),
             {asked, first_text}, round_trip);
  print_time(output, output.say("request to last byte", "요청부터 마지막 바이트까지"),
             {asked, last_text}, round_trip);
  print_time(output, output.say("close: FIN to TIME-WAIT", "연결 해제: FIN부터 TIME-WAIT까지"),
             {closing, move_time(trace, at_client, tcp::State::time_wait)}, round_trip);
  print_time(output, output.say("TIME-WAIT: 2 MSL", "TIME-WAIT: 2 MSL"),
             {move_time(trace, at_client, tcp::State::time_wait),
              move_time(trace, at_client, tcp::State::closed)},
             {});
}

// ---- Held and given back

struct Memory {
  std::int64_t now = 0, most = 0;
  std::map<std::string, std::int64_t> by_kind;
};

Memory memory_of(const trace::Trace& trace, std::uint32_t host) {
  Memory memory;
  for (const trace::Event& event : trace.events) {
    const auto* change = std::get_if<trace::MemoryChanged>(&event.what);
    if (change == nullptr || event.host != host) continue;
    memory.now += change->bytes;
    memory.most = std::max(memory.most, memory.now);
    if (change->bytes > 0) memory.by_kind[change->what] = change->bytes;
  }
  return memory;
}

void print_memory(const JourneyNetwork& network, const Output& output) {
  const trace::Trace& trace = network.trace();
  const bool is_korean = output.language() == trace::Language::korean;
  for (const std::uint32_t host : {at_client, at_server}) {
    const Memory memory = memory_of(trace, host);
    const HostHoldings held = network.world().host(host).holdings();
    std::string kinds;
    for (const auto& [kind, bytes] : memory.by_kind) {
      kinds += (kinds.empty() ? "" : ", ") + trace::cause_text(kind, output.language()) + " " +
               trace::grouped_signed(bytes) + " B";
    }
    if (kinds.empty()) kinds = output.say("nothing", "없음");
    const std::string title = host == at_client ? output.say("held", "점유") : std::string{};
    const std::string most = trace::grouped_signed(memory.most);
    output.print("  " + padded(title, 16) +
                 padded(host_name(network.world(), host, output.language()), 12) + kinds +
                 (is_korean ? "; 최대 " + most + " B" : "; at most " + most + " B at once") + "\n");
    const std::string objects =
        grouped(held.connections + held.half_open + held.time_wait + held.listeners);
    const std::string timers = grouped(held.timers), bytes = grouped(held.text_bytes);
    const std::string left = trace::grouped_signed(memory.now);
    const std::string given = is_korean
                                  ? "끝난 뒤: 기록 " + objects + "개, 타이머 " + timers +
                                        "개, 버퍼 " + bytes + " B, 메모리 " + left + " B"
                                  : "in the end: " + objects + " records, " + timers + " timers, " +
                                        bytes + " B of buffers, " + left + " B of memory";
    output.print("  " + padded("", 28) + given + "\n");
    std::string refused =
        trace::limits_text(network.world().host(host).limits(), output.language());
    if (refused.empty()) refused = output.say("nothing", "없음");
    output.print("  " + padded("", 28) + output.say("at its limits: ", "한도에 걸린 것: ") +
                 refused + "\n");
  }
}

}  // namespace

void print_opened_frames(const trace::Trace& trace, const Output& output, bool all) {
  print_title(output,
              output.say("Encapsulation: each layer puts its header before what it is given",
                         "캡슐화: 각 계층은 위에서 받은 것 앞에 자기 헤더를 붙임"));
  output.print_paragraph(output.say(
      "The bytes of a header stand on the left, what they mean on the right. Going up, each layer "
      "takes its header off again.",
      "왼쪽은 헤더의 바이트, 오른쪽은 그 뜻입니다. 받는 쪽에서는 올라가며 각 계층이 자기 헤더를 "
      "떼어 "
      "냅니다 (역캡슐화)."));
  const std::size_t chosen = most_telling_frame(trace);
  trace::Numbers numbers;
  for (std::size_t i = 0; i < trace.frames.size(); ++i) {
    const trace::FrameRecord& frame = trace.frames[i];
    const bool is_tcp = frame.summary.kind == trace::FrameKind::tcp;
    const trace::SegmentNumbers of_frame =
        is_tcp ? numbers.next(frame.summary) : trace::SegmentNumbers{};
    if (all || i == chosen) print_frame(trace, frame, of_frame, output);
  }
}

void print_summary(const JourneyNetwork& network, const trace::Trace& view, const Output& output) {
  print_title(output, output.say("Summary", "요약"));
  print_hop_frames(network, output);
  output.print("\n");
  print_bytes(view, network.plan(), output);
  output.print("\n");
  print_times(network, output);
  output.print("\n");
  print_memory(network, output);
}

}  // namespace acksu::tools
