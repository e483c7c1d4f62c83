// The parts of a roll that more than one file throws dice for.
#pragma once

#include <cstdint>
#include <string>

#include "sim/dice.h"
#include "sim/roll.h"

namespace acksu::sim {

inline constexpr std::uint16_t server_port = 80;

HostSettings roll_host(Dice& dice, const std::string& name, std::uint8_t number, bool is_gentle);
DirectionSettings roll_direction(Dice& dice, bool is_gentle);
Plan roll_plan(Dice& dice, const Roll& roll);
// How it ends when it may end in any way.
void roll_any_ending(Dice& dice, Plan& plan);
void roll_meddlers(Dice& dice, Roll& roll);
// What stands between client and server, who else is there, and which family they speak. Comes
// last: it gives all that was rolled before its addresses.
void roll_topology(Dice& dice, Roll& roll);
// So that no second copy comes when connections of the same name are possible again.
void limit_old_duplicates(Roll& roll);
// Buffers that grow, and losses in bursts.
void roll_buffers(Dice& dice, Roll& roll);

void roll_fast_open(Dice& dice, Roll& roll);

}  // namespace acksu::sim
