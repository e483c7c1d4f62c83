// What an exploration covers: the bounds of its network and its applications, and how both hosts
// are set.
#pragma once

#include <cstdint>
#include <optional>

#include "tcp/state.h"

namespace acksu::sim {

// How the second host opens. The first one always connects.
enum class ExploredOpening : std::uint8_t {
  passive,   // it listens
  crossing,  // it connects, too
  any,       // one of these
};

// A test's own network: changes a packet that leaves, as no real one may; false: the packet is
// gone.
using PacketFault = bool (*)(std::uint8_t* packet, std::size_t bytes);

struct ExploreSettings {
  static constexpr std::uint32_t any_number = 0xff;

  // Of all segments together. `any_number` of drops is a bound of its own.
  std::uint32_t drops = 0, duplicates = 0;
  // Of each side: timers that say that something is lost, before all that is under way has
  // arrived or was dropped, or after.
  std::uint32_t time_outs = 0;
  // Of each side: how often its clock moves on until right before its next timer, so that what
  // begins then ends after it.
  std::uint32_t waits = 0;
  std::uint32_t data = 0;  // pieces of text that each application may write
  std::uint32_t text_bytes = 8;
  std::uint32_t window_bytes = 0;  // receive buffer of both; 0: as hosts have it
  ExploredOpening opening = ExploredOpening::any;
  bool may_abort = true;
  bool accepts_late = false;  // a connection may wait to be accepted
  bool is_sack_on = false, has_timestamps = false, has_scaling = false;
  bool delays_acks = false;  // from the first segment on, not only after some
  // So many transitions of one host are made a second time from another history of an equal state,
  // and compared: one of so many; 0: none.
  std::uint32_t audited_one_of = 16;
  // A claim to refute: these states are never met together.
  std::optional<tcp::State> never_first, never_second;
  PacketFault fault = nullptr;
  // A test's own mistake: an end's clock is no part of what tells its states apart.
  bool forgets_the_clock = false;
};

}  // namespace acksu::sim
