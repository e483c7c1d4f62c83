// Loss in bursts: a line that is well or ill (Gilbert 1960, Elliott 1963). Before each frame the
// line may change its state; how likely the frame is lost depends on the state.
#pragma once

#include <cstdint>

#include "base/rng.h"

namespace acksu::sim {

// Parts per million of the frames. The line is ill enter / (enter + leave) of the time, for
// 1 / leave frames in a row.
struct BurstLossSettings {
  std::uint32_t enter = 0;  // p: a well line becomes ill; 0: there are no bursts
  std::uint32_t leave = 0;  // r: an ill line becomes well
  std::uint32_t loss_ill = 1'000'000;
  std::uint32_t loss_well = 0;

  bool is_on() const { return enter > 0; }
};

class BurstLoss {
 public:
  // Whether the next frame is lost. Draws no number when there are no bursts.
  bool loses(const BurstLossSettings& settings, Rng& rng) {
    if (!settings.is_on()) return false;
    if (rng.chance(is_ill_ ? settings.leave : settings.enter)) is_ill_ = !is_ill_;
    return rng.chance(is_ill_ ? settings.loss_ill : settings.loss_well);
  }
  bool is_ill() const { return is_ill_; }

 private:
  bool is_ill_ = false;
};

}  // namespace acksu::sim
