// What each kind of path does to the packets of a random world.
#include "sim/path_model.h"

#include <algorithm>

#include "sim/dice.h"

namespace acksu::sim {
namespace {

constexpr std::uint32_t packet_bytes = 1'514;

// A line slow enough for its queue to be met by worlds that move some dozen segments.
void slow_down(Dice& dice, DirectionSettings& direction) {
  direction.rate = dice.one_of<std::uint64_t>({1'000'000, 5'000'000, 20'000'000});
}

// Nothing that ends connections where the world is gentle: see `roll_direction`.
void spoil(Dice& dice, PathModel model, bool is_gentle, DirectionSettings& direction) {
  switch (model) {
    case PathModel::clean: return;
    case PathModel::loss: direction.loss = dice.between32(100, is_gentle ? 10'000 : 30'000); return;
    case PathModel::bursts:
      direction.bursts.enter = dice.between32(500, 10'000);
      direction.bursts.leave = dice.between32(100'000, 500'000);
      return;
    case PathModel::reordering:
      direction.reorder = dice.between32(1'000, 100'000);
      direction.reorder_delay = std::max<Duration>(direction.delay / 2, 1ms);
      return;
    case PathModel::jitter: direction.jitter = dice.milliseconds(1, 50); return;
    case PathModel::duplication:
      direction.duplicate = dice.between32(1'000, 100'000);
      // Not where that may open a connection which nobody answers: see `roll_fast_open`.
      if (!is_gentle) direction.duplicate_delay = dice.milliseconds(1, 5'000);
      return;
    case PathModel::corruption:
      direction.corrupt = dice.between32(100, is_gentle ? 5'000 : 30'000);
      return;
    case PathModel::shallow:
      slow_down(dice, direction);
      direction.queue_bytes = dice.between32(2, 10) * packet_bytes;
      return;
    case PathModel::deep:
      slow_down(dice, direction);
      direction.queue_bytes = 4 << 20;
      return;
    case PathModel::codel:
      slow_down(dice, direction);
      direction.has_codel = true;
      direction.has_ecn = dice.percent(50);
      return;
    case PathModel::far:
      direction.delay = dice.milliseconds(100, 300);
      direction.loss = 10'000;
      return;
  }
}

}  // namespace

std::optional<PathModel> path_model_named(std::string_view name) {
  const auto found = std::find(path_model_names.begin(), path_model_names.end(), name);
  if (found == path_model_names.end()) return std::nullopt;
  return static_cast<PathModel>(found - path_model_names.begin());
}

Roll roll(std::uint64_t seed, PathModel model) {
  Roll rolled = roll(seed);
  if (model == PathModel::bursts) rolled.is_gentle = false;  // one may outlast any patience
  Dice dice{seed ^ 0x7061'7468'6d6f'6465};  // not the numbers that the rest was made of
  for (DirectionSettings& direction : rolled.cable().directions) {
    const DirectionSettings former = direction;
    direction = {};
    direction.delay = std::min<Duration>(former.delay, 100ms);
    direction.mtu = former.mtu;
    spoil(dice, model, rolled.is_gentle, direction);
  }
  return rolled;
}

}  // namespace acksu::sim
