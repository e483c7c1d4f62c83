// The state machine of RFC 8289 section 5, one frame at a time.
#include "sim/codel.h"

#include <algorithm>

namespace acksu::sim {
namespace {

// Rounded down, bit by bit: the same on every machine.
std::uint64_t square_root(std::uint64_t number) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= number) root |= bit;
  }
  return root;
}

// RFC 8289 5: interval / sqrt(count) after the last one.
Instant control_law(Instant last, Duration interval, std::uint32_t count) {
  constexpr Duration longest = 4s;
  const auto whole = static_cast<std::uint64_t>(nanoseconds(std::min(interval, longest)));
  return last + Duration{static_cast<std::int64_t>(square_root(whole * whole / count))};
}

}  // namespace

bool Codel::must_tell(const CodelSettings& settings, Instant now, Duration sojourn,
                      Duration one_frame) {
  const bool is_late = sojourn >= settings.target && sojourn > one_frame;
  if (!is_standing(settings, now, is_late)) {
    is_dropping_ = false;
    return false;
  }
  if (is_dropping_) {
    if (now < drop_next_) return false;
    ++count_;
    drop_next_ = control_law(drop_next_, settings.interval, count_);
    return true;
  }
  is_dropping_ = true;
  // RFC 8289 5: back soon, the rate that held the queue down the last time is where to begin.
  const std::uint32_t delta = count_ - last_count_;
  const bool is_back_soon = delta > 1 && now - drop_next_ < 16 * settings.interval;
  count_ = is_back_soon ? delta : 1;
  last_count_ = count_;
  drop_next_ = control_law(now, settings.interval, count_);
  return true;
}

// RFC 8289 5: whether all frames of an interval came late.
bool Codel::is_standing(const CodelSettings& settings, Instant now, bool is_late) {
  if (!is_late) {
    first_above_ = never;
    return false;
  }
  if (first_above_ == never) {
    first_above_ = now + settings.interval;
    return false;
  }
  return now >= first_above_;
}

void Codel::digest(Digest& digest) const {
  digest.add(first_above_);
  digest.add(drop_next_);
  digest.add((std::uint64_t{count_} << 32) | last_count_);
  digest.add(is_dropping_ ? 1 : 0);
}

}  // namespace acksu::sim
