// Finding things in the trace of a journey.
#pragma once

#include <cstdint>

#include "trace/event.h"

namespace acksu::tools {

// The first event for which `f` is true, or nobody.
template <class F>
std::uint32_t first_event(const trace::Trace& trace, F&& f) {
  for (std::uint32_t i = 0; i < trace.events.size(); ++i) {
    if (f(trace.events[i])) return i;
  }
  return trace::nobody;
}

// The first frame that was sent and for which `f` is true: its event, or nobody.
template <class F>
std::uint32_t first_sent(const trace::Trace& trace, F&& f) {
  return first_event(trace, [&](const trace::Event& event) {
    const auto* sent = std::get_if<trace::FrameSent>(&event.what);
    return sent != nullptr && f(trace.frames[sent->frame]);
  });
}

// The first frame for which `f` is true, or nobody.
template <class F>
std::uint32_t first_frame(const trace::Trace& trace, F&& f) {
  for (std::uint32_t i = 0; i < trace.frames.size(); ++i) {
    if (f(trace.frames[i])) return i;
  }
  return trace::nobody;
}

inline Instant time_of(const trace::Trace& trace, std::uint32_t event) {
  return event == trace::nobody ? never : trace.events[event].at;
}

// When that host's connection first came to that state.
inline Instant move_time(const trace::Trace& trace, std::uint32_t host, tcp::State to) {
  return time_of(trace, first_event(trace, [&](const trace::Event& event) {
                   const auto* moved = std::get_if<trace::Moved>(&event.what);
                   return moved != nullptr && event.host == host && moved->row.to == to;
                 }));
}

// A segment of TCP with text.
inline bool has_tcp_text(const trace::FrameRecord& frame) {
  return frame.summary.kind == trace::FrameKind::tcp && frame.summary.text_bytes > 0;
}
inline bool has_port(const trace::FrameRecord& frame, std::uint16_t port) {
  return frame.summary.kind == trace::FrameKind::udp &&
         (frame.summary.tuple.local.port == port || frame.summary.tuple.remote.port == port);
}
inline bool is_dhcp(const trace::FrameRecord& frame) {
  return has_port(frame, 67) || has_port(frame, 68);
}
inline bool is_dns(const trace::FrameRecord& frame) { return has_port(frame, 53); }

}  // namespace acksu::tools
