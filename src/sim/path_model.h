// Paths of one kind for random worlds: what a seed says about the client's cable gives way to one
// kind of trouble, rolled from the same seed, and everything else of its world stays.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/roll.h"

namespace acksu::sim {

enum class PathModel : std::uint8_t {
  clean,
  loss,         // each packet for itself, up to 3 %
  bursts,       // several packets in a row (Gilbert)
  reordering,   // up to a tenth of the packets is overtaken, by up to a quarter of the round trip
  jitter,       // the delay varies, nothing is overtaken
  duplication,  // second copies, some of them seconds later
  corruption,   // a bit is flipped
  shallow,      // a queue of two to ten packets before a slow line
  deep,         // a queue of seconds before a slow line
  codel,        // a queue that CoDel manages, which drops or marks
  far,          // 200 to 600 ms for a round trip, and 1 % of loss
};
inline constexpr std::array<std::string_view, 11> path_model_names{
    "clean",      "loss",    "bursts", "reordering", "jitter", "duplication",
    "corruption", "shallow", "deep",   "codel",      "far"};

std::optional<PathModel> path_model_named(std::string_view name);
Roll roll(std::uint64_t seed, PathModel model);

}  // namespace acksu::sim
