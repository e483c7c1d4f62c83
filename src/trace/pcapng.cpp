// Comments out of the effects that a frame's arrivals had.
#include "trace/pcapng.h"

#include <algorithm>

#include "trace/label.h"
#include "trace/note.h"
#include "wire/pcapng.h"

namespace acksu::trace {
namespace {

void add_line(std::string& text, const std::string& line) {
  text += (text.empty() ? "" : "\n") + line;
}

std::string host_name(const Trace& trace, std::uint32_t host) {
  return host == nobody ? "outside" : trace.hosts[host].name;
}

void add_fate(const Trace& trace, const FrameRecord& frame, std::string& text) {
  if (trace.was_lost(frame)) {
    add_line(text, frame.loss == nullptr ? std::string{"lost on the way"}
                                         : "lost on the way: " + std::string{frame.loss});
  }
  for (const Arrival& arrival : frame.arrivals) {
    const std::string who = host_name(trace, arrival.host);
    if (arrival.is_corrupted()) add_line(text, who + " got it corrupted");
    if (arrival.is_marked) add_line(text, who + " got it with a mark of congestion");
    if (arrival.verdict != Drop::none) {
      add_line(text, who + ": " + verdict_text(arrival.verdict, Language::english));
    }
  }
  if (frame.arrivals.size() > 1) add_line(text, "arrived more than once");
}

// Of a capture.
struct Interface {
  std::uint32_t host = 0;
  wire::LinkType type = wire::LinkType::ethernet;
  const char* more = "";  // behind the host's name
};

wire::LinkType type_of(LinkKind kind) {
  if (kind == LinkKind::ppp) return wire::LinkType::ppp;
  return has_ethernet(kind) ? wire::LinkType::ethernet : wire::LinkType::raw_ip;
}

// The first of each host in their order, then those for links of other types.
std::vector<Interface> interfaces_of(const Trace& trace) {
  std::vector<Interface> first, more;
  for (std::uint32_t host = 0; host < trace.hosts.size(); ++host) {
    const std::vector<LinkKind>& links = trace.hosts[host].links;
    std::vector<Interface> of_host;
    const auto add = [&](bool is_there, wire::LinkType type, const char* name) {
      if (is_there) of_host.push_back({host, type, of_host.empty() ? "" : name});
    };
    const auto has = [&links](LinkKind kind) { return std::ranges::count(links, kind) > 0; };
    const bool is_bare_only = has(LinkKind::ip) || has(LinkKind::ppp);
    add(std::ranges::any_of(links, has_ethernet) || !is_bare_only, wire::LinkType::ethernet, "");
    add(has(LinkKind::ip), wire::LinkType::raw_ip, " (ip)");
    add(has(LinkKind::ppp), wire::LinkType::ppp, " (ppp)");
    first.push_back(of_host.front());
    more.insert(more.end(), of_host.begin() + 1, of_host.end());
  }
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// What a reader of captures wants to know about an effect; empty for all else.
std::string effect_text(const Event& event) {
  constexpr std::size_t any_width = 1000;
  const bool is_told = std::holds_alternative<Moved>(event.what) ||
                       std::holds_alternative<MemoryChanged>(event.what) ||
                       std::holds_alternative<FellSilent>(event.what);
  return is_told ? NoteTaker{}.lines(event, Language::english, any_width).front() : std::string{};
}

}  // namespace

std::string frame_comment(const Trace& trace, std::uint32_t frame) {
  const FrameRecord& record = trace.frames[frame];
  std::string text;
  if (record.sender_state) {
    add_line(text, host_name(trace, record.sender) + " is in " + tcp::name(*record.sender_state));
  }
  if (record.retransmission != nullptr) {
    add_line(text, std::string{"sent again: "} + record.retransmission);
  }
  add_fate(trace, record, text);
  for (const std::uint32_t index : record.effects) {
    const Event& event = trace.events[index];
    const std::string effect = effect_text(event);
    if (!effect.empty()) add_line(text, host_name(trace, event.host) + ": " + effect);
  }
  return text;
}

std::vector<std::uint8_t> pcapng_head(const Trace& trace) {
  std::vector<std::uint8_t> file;
  wire::append_section(file);
  for (const Interface& each : interfaces_of(trace)) {
    wire::append_interface(file, each.type, trace.hosts[each.host].name + each.more);
  }
  return file;
}

void append_frames(std::vector<std::uint8_t>& file, const Trace& trace, std::size_t first_event) {
  const std::vector<Interface> interfaces = interfaces_of(trace);
  for (std::size_t i = first_event; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    std::uint32_t frame = nobody;
    if (const auto* sent = std::get_if<FrameSent>(&event.what)) frame = sent->frame;
    if (const auto* arrived = std::get_if<FrameArrived>(&event.what)) {
      const bool is_first = arrived->arrival == 0;
      if (is_first && trace.frames[arrived->frame].sender == nobody) frame = arrived->frame;
    }
    if (frame == nobody || trace.frames[frame].link_kind == LinkKind::loopback) continue;
    const wire::LinkType type = type_of(trace.frames[frame].link_kind);
    const auto place = std::ranges::find_if(interfaces, [&](const Interface& each) {
      return each.host == event.host && each.type == type;
    });
    if (place == interfaces.end()) continue;
    const auto interface = static_cast<std::uint32_t>(place - interfaces.begin());
    const std::string comment = frame_comment(trace, frame);
    wire::append_packet(file, {.interface = interface, .time = event.at, .comment = comment},
                        Bytes{trace.frames[frame].bytes});
  }
}

std::vector<std::uint8_t> pcapng(const Trace& trace) {
  std::vector<std::uint8_t> file = pcapng_head(trace);
  append_frames(file, trace, 0);
  return file;
}

}  // namespace acksu::trace
