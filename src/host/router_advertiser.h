// When a router advertises itself on a link, and what it says (RFC 4861 section 6.2, RFC 8106). It
// advertises to all: who asks waits at most half a second, and many who ask get one answer.
//
// Left out on purpose: lifetimes that count down, and a last advertisement when it stops.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/ipv6_settings.h"
#include "host/secret_numbers.h"
#include "wire/ndp.h"

namespace acksu {

class RouterAdvertiser {
 public:
  RouterAdvertiser(const AdvertisingSettings& settings, SipKey key)
      : settings_(settings), numbers_(key) {}

  // Nothing before; from now on, if it is to advertise at all.
  void begin(Instant now) {
    if (has_begun_ || !settings_.is_on) return;
    has_begun_ = true;
    next_ = now;
  }
  void on_solicitation(Instant now) {
    if (!has_begun_) return;
    // RFC 4861 6.2.6: not at once, and not more often than every three seconds.
    const Instant soon = later_by(now, numbers_.between(Duration{}, most_delay));
    next_ = earliest(next_, has_spoken_ ? std::max(soon, later_by(last_, least_distance)) : soon);
  }
  // It is to advertise, and nobody has let it begin.
  bool is_to_begin() const { return settings_.is_on && !has_begun_; }
  Instant deadline() const { return next_; }
  // True: advertise now.
  bool on_time(Instant now) {
    if (next_ > now) return false;
    last_ = now;
    has_spoken_ = true;
    Duration wait = numbers_.between(settings_.min_interval, settings_.max_interval);
    // RFC 4861 6.2.4: the first ones come sooner.
    if (initial_left_ > 0) {
      --initial_left_;
      wait = std::min(wait, initial_interval);
    }
    next_ = later_by(now, std::max(wait, least_distance));
    return true;
  }
  // What to say; the caller adds the MAC address.
  wire::RouterAdvertisement advertisement() const;

  void digest(Digest& digest) const {
    digest.add(next_);
    digest.add(last_);
    digest.add(std::uint64_t{initial_left_} << 8 | (has_begun_ ? 2u : 0u) |
               (has_spoken_ ? 1u : 0u));
    numbers_.digest(digest);
  }

 private:
  static constexpr Duration most_delay = 500ms;      // MAX_RA_DELAY_TIME
  static constexpr Duration least_distance = 3s;     // MIN_DELAY_BETWEEN_RAS
  static constexpr Duration initial_interval = 16s;  // MAX_INITIAL_RTR_ADVERT_INTERVAL

  AdvertisingSettings settings_;
  SecretNumbers numbers_;
  Instant next_ = never;
  Instant last_{};
  std::uint8_t initial_left_ = 3;  // MAX_INITIAL_RTR_ADVERTISEMENTS
  bool has_begun_ = false;
  bool has_spoken_ = false;
};

}  // namespace acksu
