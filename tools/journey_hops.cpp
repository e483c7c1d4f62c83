// A column a hop. Of a request that was lost on the way and sent again, the one that arrived.
#include "tools/journey_hops.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "tools/journey_events.h"

namespace acksu::tools {
namespace {

using trace::FrameRecord;
using trace::Row;
using trace::Style;
using Network = sim::HomeNetwork;

constexpr std::size_t first_column = 10, column_width = 18;

std::string hex16(std::uint16_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%04x", value);
  return text;
}

// 16 bits of a header, as they are on the wire.
std::uint16_t field(const FrameRecord& frame, std::size_t offset) {
  return load_be16(frame.bytes.data() + offset);
}

// A link of bare packets has none.
std::string mac_text(const FrameRecord& frame, const MacAddress& mac) {
  return has_ethernet(frame.link_kind) ? to_string(mac) : "-";
}

struct HopLine {
  const char* name;
  std::function<std::string(const FrameRecord&)> value;
};

std::string checksum_of_tcp(const FrameRecord& frame) {
  constexpr std::size_t offset = 16;
  return hex16(field(frame, frame.summary.link_bytes + frame.summary.network_bytes + offset));
}

// IPv6 has no checksum of its own.
void add_ip_lines(std::vector<HopLine>& lines, bool is_ipv6, const Output& output) {
  constexpr std::size_t ip_checksum = 10;
  lines.push_back({is_ipv6 ? output.say("hop limit", "홉 제한") : "TTL",
                   [](const auto& f) { return std::to_string(f.summary.hops_left); }});
  if (is_ipv6) return;
  lines.push_back({output.say("IP sum", "IP 체크섬"), [](const auto& f) {
                     return hex16(field(f, f.summary.link_bytes + ip_checksum));
                   }});
}

std::vector<HopLine> lines_of(bool is_ipv6, const Output& output) {
  std::vector<HopLine> lines{{output.say("MAC from", "MAC 출발"),
                              [](const auto& f) { return mac_text(f, f.summary.ethernet.source); }},
                             {output.say("MAC to", "MAC 도착"), [](const auto& f) {
                                return mac_text(f, f.summary.ethernet.destination);
                              }}};
  add_ip_lines(lines, is_ipv6, output);
  const std::vector<HopLine> above{
      {output.say("IP from", "IP 출발"),
       [](const auto& f) { return to_string(f.summary.tuple.local.address); }},
      {output.say("port from", "출발 포트"),
       [](const auto& f) { return std::to_string(f.summary.tuple.local.port); }},
      {output.say("IP to", "IP 도착"),
       [](const auto& f) { return to_string(f.summary.tuple.remote.address); }},
      {output.say("port to", "도착 포트"),
       [](const auto& f) { return std::to_string(f.summary.tuple.remote.port); }},
      {output.say("TCP sum", "TCP 체크섬"), checksum_of_tcp},
      {"seq", [](const auto& f) { return std::to_string(f.summary.tcp.seq.value()); }},
      {output.say("text", "데이터"),
       [&output](const auto& f) {
         return std::to_string(f.summary.text_bytes) + output.say(" bytes", "바이트");
       }},
  };
  lines.insert(lines.end(), above.begin(), above.end());
  return lines;
}

// A value that is too wide for a column stands once, where it is the same on all hops.
void put_values(Row& row, const std::vector<std::string>& values, const Output& output) {
  const bool is_same = std::equal(values.begin() + 1, values.end(), values.begin());
  if (is_same && trace::width_of(values.front()) >= column_width) {
    row.put(first_column + 1, values.front());
    row.put(first_column + 2 * column_width + 6,
            output.say("(the same on every hop)", "(모든 홉에서 같음)"), Style::faint);
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_changed = i > 0 && values[i] != values[i - 1];
    const std::size_t column = first_column + i * column_width;
    if (is_changed) row.put(column, "*", Style::warning);
    row.put(column + 1, trace::cut_to_width(values[i], column_width - 1),
            is_changed ? Style::warning : Style::plain);
  }
}

void print_table(const JourneyNetwork& network, const std::vector<std::uint32_t>& path,
                 const Output& output) {
  const trace::Trace& trace = network.trace();
  Row hops{100}, times{100};
  times.put(0, output.say("left (ms)", "출발(ms)"), Style::faint);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::size_t column = first_column + i * column_width;
    const std::string hop = output.say("hop ", "홉 ") + std::to_string(i + 1);
    hops.put(column + 1, hop, Style::bold);
    times.put(column + 1, trace::fixed_milliseconds(trace.frames[path[i]].sent), Style::faint);
  }
  output.print(hops.print(output.has_colour()) + times.print(output.has_colour()));
  const bool is_ipv6 = trace.frames[path.front()].summary.is_ipv6;
  for (const HopLine& line : lines_of(is_ipv6, output)) {
    Row row{100};
    row.put(0, line.name);
    std::vector<std::string> values;
    for (const std::uint32_t frame : path) values.push_back(line.value(trace.frames[frame]));
    put_values(row, values, output);
    output.print(row.print(output.has_colour()));
  }
}

// What routers change.
void print_changes(const trace::Summary& first, const trace::Summary& last, std::size_t with_macs,
                   const Output& output) {
  const bool is_korean = output.language() == trace::Language::korean, is_ipv6 = first.is_ipv6;
  const std::string ttls = std::to_string(first.hops_left),
                    ttl_end = std::to_string(last.hops_left), hops = std::to_string(with_macs);
  const std::string sum = is_ipv6 ? "; IPv6 has no checksum that would have to follow."
                                  : ", so the IP checksum is new too.";
  const std::string korean_sum =
      is_ipv6 ? " IPv6에는 다시 계산할 체크섬이 없습니다." : " IP 체크섬도 다시 계산됩니다.";
  output.print_paragraph(
      is_korean ? "* 앞 홉과 달라진 것. MAC 주소는 홉마다 새것입니다 (" + hops +
                      "쌍): 다음 한 홉만 가리키니까요. " + (is_ipv6 ? "홉 제한은" : "TTL은") +
                      " 라우터마다 1씩 줄어듭니다 (" + ttls + " → " + ttl_end + ")." + korean_sum
                : "* differs from the hop before. MAC addresses are new on each hop (" + hops +
                      " pairs): they name the next hop only. Each router takes 1 off the " +
                      (is_ipv6 ? "hop limit (" : "TTL (") + ttls + " → " + ttl_end + ")" + sum);
}

void print_meaning(const JourneyNetwork& network, const std::vector<std::uint32_t>& path,
                   const Output& output) {
  const trace::Summary& first = network.trace().frames[path.front()].summary;
  const trace::Summary& last = network.trace().frames[path.back()].summary;
  const bool is_korean = output.language() == trace::Language::korean;
  const std::string inside = to_string(first.tuple.local), outside = to_string(last.tuple.local);
  const auto with_macs = std::ranges::count_if(path, [&](std::uint32_t frame) {
    return has_ethernet(network.trace().frames[frame].link_kind);
  });
  print_changes(first, last, static_cast<std::size_t>(with_macs), output);
  if (first.is_ipv6) {
    output.print_paragraph(
        is_korean
            ? "주소, 포트, TCP 체크섬, 순서 번호, 데이터는 끝까지 그대로입니다: 모든 호스트가 "
              "인터넷 전체에서 쓸 수 있는 주소를 가지므로 NAT가 필요 없습니다."
            : "Addresses, ports, TCP's checksum, sequence number and text stay as they are "
              "from end to end: each host has an address of its own on the whole Internet, "
              "so nobody has to translate.");
    return;
  }
  output.print_paragraph(
      is_korean ? "출발지 주소와 포트는 NAT에서 한 번만 바뀝니다: " + inside + " → " + outside +
                      " (사설 주소는 인터넷에서 쓸 수 없음). TCP 체크섬은 주소도 포함하므로 함께 "
                      "바뀝니다. 목적지, 순서 번호, 데이터는 끝까지 그대로입니다."
                : "The source " + inside + " becomes " + outside +
                      " once, at the NAT (a private address is nobody's on the Internet); TCP's "
                      "checksum covers the addresses and changes with them. Destination, sequence "
                      "number and text stay as they are from end to end.");
}

}  // namespace

std::vector<std::uint32_t> request_path(const JourneyNetwork& network) {
  const trace::Trace& trace = network.trace();
  std::vector<std::uint32_t> longest;
  for (std::uint32_t i = 0; i < trace.frames.size(); ++i) {
    const FrameRecord& frame = trace.frames[i];
    if (frame.sender != Network::laptop || !has_tcp_text(frame)) continue;
    std::vector<std::uint32_t> path = network.paths().path_of(i);
    if (path.size() > longest.size()) longest = std::move(path);
  }
  return longest;
}

void print_hops(const JourneyNetwork& network, const Output& output) {
  const std::vector<std::uint32_t> path = request_path(network);
  if (path.empty()) return;
  output.print("\n" +
               output.styled(output.say("  The request on each hop: the same packet, "
                                        "given on by four routers",
                                        "  홉마다 본 요청: 라우터 넷이 이어 나르는 같은 패킷"),
                             Style::bold) +
               "\n\n");
  print_table(network, path, output);
  output.print("\n");
  print_meaning(network, path, output);
}

}  // namespace acksu::tools
