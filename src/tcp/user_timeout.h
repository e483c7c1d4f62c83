// The user timeout option (RFC 5482): how long each end waits for an acknowledgement, told to the
// other, so that neither gives a connection up that its peer still believes in. Off by default.
// Left out on purpose: a half-open record neither hears nor tells it; the first segment of the
// connection does (section 3 asks for both).
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "tcp/settings.h"

namespace acksu::tcp {

// RFC 5482 3.3, 3.4: a bit that says minutes instead of seconds, and fifteen of a number; 0 is no
// time.
struct UserTimeout {
  static constexpr std::uint16_t minutes = 0x8000, largest = 0x7fff;

  // The next that the option can say: never shorter.
  static std::uint16_t option_of(Duration timeout) {
    const auto in = [](std::int64_t count) {
      return static_cast<std::uint16_t>(std::clamp<std::int64_t>(count, 1, largest));
    };
    if (timeout <= largest * Duration{1s}) {
      return in(std::chrono::ceil<std::chrono::seconds>(timeout).count());
    }
    return minutes | in(std::chrono::ceil<std::chrono::minutes>(timeout).count());
  }
  static Duration duration_of(std::uint16_t option) {
    const Duration unit = (option & minutes) != 0 ? Duration{1min} : Duration{1s};
    return (option & largest) * unit;
  }
  // RFC 5482 3.1: USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)).
  static Duration adopted(Duration ours, Duration theirs, const Settings& settings) {
    return std::min(settings.most_user_timeout,
                    std::max({ours, theirs, settings.least_user_timeout}));
  }
};

}  // namespace acksu::tcp
