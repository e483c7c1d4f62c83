// One stream of typed events from all hosts of a run, in the order in which they happened, and the
// frames that they speak of. Values only: a trace outlives the hosts it was taken from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/frame.h"
#include "host/link_kind.h"
#include "host/settings.h"
#include "tcp/observer.h"
#include "trace/summary.h"

namespace acksu::trace {

inline constexpr std::uint32_t nobody = 0xffff'ffff;  // no host, no frame

struct FrameSent {
  std::uint32_t frame;  // index into Trace::frames
};
struct FrameArrived {
  std::uint32_t frame;
  std::uint32_t arrival;  // index into its arrivals
};
struct Moved {
  FourTuple tuple;
  tcp::Row row;
};
struct TimerChanged {
  FourTuple tuple;
  tcp::TimerSample sample;
};
struct CongestionChanged {
  FourTuple tuple;
  tcp::CongestionSample sample;
};
struct RttMeasured {
  FourTuple tuple;
  tcp::RttSample sample;
};
struct WindowChanged {
  FourTuple tuple;
  tcp::WindowSample sample;
};
struct FellSilent {
  FourTuple tuple;
  tcp::LimitedBy reason;
};
struct Retransmitted {
  FourTuple tuple;
  const char* cause;
};
struct MemoryChanged {
  FourTuple tuple;
  const char* what;
  std::int64_t bytes;
};
// A router gives packets on with another address or port on its outer side (NAT).
struct Translated {
  std::uint8_t protocol = 0;
  Endpoint inside;
  Endpoint outside;
};
// A word from whoever set the scene.
struct Remark {
  std::string english;
  std::string korean;
};

using What =
    std::variant<FrameSent, FrameArrived, Moved, TimerChanged, CongestionChanged, RttMeasured,
                 WindowChanged, FellSilent, Retransmitted, MemoryChanged, Translated, Remark>;

struct Event {
  Instant at{};
  std::uint32_t host = nobody;   // index into Trace::hosts
  std::uint32_t cause = nobody;  // the frame whose arrival caused it
  What what;
};

struct Arrival {
  std::uint32_t host = nobody;
  LinkId link = 0;
  Instant at{};
  Drop verdict = Drop::none;
  std::vector<std::uint8_t> changed_bytes;  // empty: arrived as it was sent
  bool is_marked = false;                   // and a router's mark is all that was changed

  bool is_corrupted() const { return !changed_bytes.empty() && !is_marked; }
};

struct FrameRecord {
  std::vector<std::uint8_t> bytes;
  Summary summary;
  std::uint32_t sender = nobody;  // `nobody`: it came from outside
  LinkId link = 0;
  LinkKind link_kind = LinkKind::ethernet;  // what stands before the packet
  Instant sent{};
  std::optional<tcp::State> sender_state;  // of its connection, when it was sent
  const char* retransmission = nullptr;    // why it was sent again
  const char* loss = nullptr;              // what became of it on the cable, where that is known
  std::vector<Arrival> arrivals;           // none: lost
  std::vector<std::uint32_t> effects;      // events that its arrivals caused: moves, timers, ...

  bool is_lost() const { return arrivals.empty(); }
  // What the innermost layer carries.
  Bytes text() const {
    const std::size_t start =
        std::size_t{summary.link_bytes} + summary.network_bytes + summary.transport_bytes;
    const std::size_t end = start + summary.text_bytes;
    return start >= end || end > bytes.size() ? Bytes{} : Bytes{bytes}.subspan(start, end - start);
  }
};

struct TracedHost {
  std::string name;
  std::string address;  // as text, for headings; may be empty
  std::vector<LinkKind> links{};

  LinkKind kind_of(LinkId link) const {
    return link < links.size() ? links[link] : LinkKind::ethernet;
  }
};

std::vector<LinkKind> link_kinds(const HostSettings& settings);

struct Trace {
  std::vector<TracedHost> hosts;
  std::vector<Event> events;
  std::vector<FrameRecord> frames;

  // With one host to look at, nobody knows what became of what it sent.
  bool was_lost(const FrameRecord& frame) const {
    return frame.is_lost() && (frame.loss != nullptr || hosts.size() > 1);
  }
};

}  // namespace acksu::trace
