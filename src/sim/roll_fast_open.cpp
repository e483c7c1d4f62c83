// Whether a random world opens connections by TCP Fast Open, and how its hosts are set for that.
#include "sim/roll_parts.h"

namespace acksu::sim {

// Behind all else, so that a seed of old gives the same world but for this.
void roll_fast_open(Dice& dice, Roll& roll) {
  for (HostSettings& host : roll.hosts) host.tcp.tells_user_timeout = dice.percent(30);
  if (!dice.percent(35)) return;
  for (TrafficSettings& traffic : roll.traffic) {
    if (dice.percent(90)) traffic.fast_open_limit = dice.between32(1, 8);
    for (Opening& opening : traffic.openings) {
      opening.plan.opens_fast = dice.percent(90);
      opening.plan.writes_early = opening.plan.opens_fast;
    }
  }
  // A SYN with text that comes again when all is over opens a connection that nobody answers (RFC
  // 7413 2.1).
  for (Network& network : roll.topology.networks) {
    for (DirectionSettings& direction : network.cable.directions) {
      if (roll.is_gentle) direction.duplicate_delay = 0s;
    }
  }
  for (HostSettings& host : roll.hosts) {
    if (dice.percent(20)) host.tcp.fast_open_key_life = dice.one_of<Duration>({1s, 10s});
    if (dice.percent(30)) host.tcp.fast_open_pause = dice.one_of<Duration>({0s, 1s});
    if (dice.percent(10)) host.tcp.max_fast_open_cookies = dice.between32(0, 1);
  }
}

}  // namespace acksu::sim
