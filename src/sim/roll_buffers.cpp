// The dice for buffers that grow and for losses in bursts, thrown behind all else: a seed of old
// gives the same world but for this.
#include "sim/roll_parts.h"

namespace acksu::sim {
namespace {

// From less than a segment on, so that small transfers let them grow, too.
tcp::BufferSize roll_growing(Dice& dice, tcp::BufferSize usual) {
  const std::uint32_t first = dice.one_of({300u, 2'000u, 10'000u, 65'536u});
  return dice.percent(50) ? tcp::BufferSize{first, dice.between32(first, 200'000)}
                          : tcp::BufferSize{first, usual.most};
}

}  // namespace

void roll_buffers(Dice& dice, Roll& roll) {
  const tcp::Settings usual;
  for (HostSettings& host : roll.hosts) {
    tcp::Settings& tcp = host.tcp;
    if (dice.percent(40)) tcp.receive_buffer = roll_growing(dice, usual.receive_buffer);
    if (dice.percent(40)) tcp.send_buffer = roll_growing(dice, usual.send_buffer);
    if (dice.percent(25)) tcp.notsent_lowat_bytes = dice.one_of({700u, 5'000u, 50'000u});
  }
  for (DirectionSettings& direction : roll.cable().directions) {
    if (!dice.percent(15)) continue;
    direction.bursts.enter = dice.between32(1'000, roll.is_gentle ? 5'000 : 30'000);
    // A burst that outlives all retransmissions of a segment would end its connection.
    direction.bursts.leave = dice.between32(roll.is_gentle ? 600'000 : 200'000, 800'000);
  }
}

}  // namespace acksu::sim
