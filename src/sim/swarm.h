// Swarm: random worlds in which each feature is drawn on or off for all of the world, instead of
// all being a little likely in each. What one feature hides another shows while it is off (Groce et
// al., Swarm Testing, 2012). Families, ways and kinds of worlds stay as the seed says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/roll.h"

namespace acksu::sim {

// How many features there are, in the order of their names.
std::size_t feature_count();
const char* feature_name(std::size_t feature);  // "SACK"

// The world of that seed with its features switched on and off. Those that may end connections are
// off where nothing may fail (`Roll::is_gentle`). `Roll::features` says which are on.
Roll swarm_roll(std::uint64_t seed);

}  // namespace acksu::sim
