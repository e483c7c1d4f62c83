// Plays one end of a recorded connection again by a host of ours: what the peer sent arrives when
// it did, what the application must have done is done then (connect, accept, write, close), and
// what the host says is compared with what the recorded end said. Numbers are compared relative to
// both initial ones, and time stamps by what they echo.
//
//   const Replay replay = replay_flow(flow, {.host = settings});
//   for (const ReplayLine& line : replay.lines) ...
//
// What cannot be known: when the application read (here at once), and what it wrote before it could
// be sent (here up to the next push).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "host/settings.h"
#include "sim/recorded.h"

namespace acksu::sim {

// In which a segment of ours differs from the recorded one.
struct DifferenceBits {
  static constexpr std::uint8_t flags = 1, ack = 2, window = 4, length = 8, options = 16, time = 32;
  static constexpr std::uint8_t all = 63;
};
inline constexpr std::array<const char*, 6> difference_names{"flags",  "ack",     "window",
                                                             "length", "options", "time"};

enum class Likeness : std::uint8_t { heard, same, differs, only_recorded, only_ours };
inline constexpr std::size_t likenesses = 5;
const char* name(Likeness likeness);  // "only recorded"

// Numbers count from the initial ones: a SYN is 0.
struct ReplayedSegment {
  Instant at{};
  Segment segment;
  std::uint32_t text_bytes = 0;
};

struct ReplayLine {
  Likeness likeness = Likeness::heard;  // heard: the peer's
  std::uint8_t differences = 0;
  std::optional<ReplayedSegment> recorded;
  std::optional<ReplayedSegment> ours;

  Instant at() const { return recorded ? recorded->at : ours->at; }
};

struct ReplaySettings {
  HostSettings host{};       // its links, windows and options are set as the recorded end had them
  std::optional<End> end{};  // which is played; nothing: the one near which it was recorded
  Duration tolerance = 5ms;
  std::uint8_t ignored = 0;  // differences
};

struct Replay {
  End end = End::client;
  Endpoint own, peer;
  std::vector<ReplayLine> lines;  // in the order of time
  std::array<std::uint64_t, likenesses> counts{};
  std::array<std::uint64_t, difference_names.size()> differences{};
  std::uint64_t early_acks = 0;  // of text that our end had not yet sent: they count then
  std::uint64_t unsettled = 0;   // moments in which our end had more to say than is played in one

  std::uint64_t count(Likeness likeness) const {
    return counts[static_cast<std::size_t>(likeness)];
  }
  bool is_same() const {
    return count(Likeness::differs) + count(Likeness::only_recorded) + count(Likeness::only_ours) ==
           0;
  }
};

// Needs a flow without a problem.
Replay replay_flow(const RecordedFlow& flow, const ReplaySettings& settings);

}  // namespace acksu::sim
