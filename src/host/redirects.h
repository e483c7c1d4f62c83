// Better first hops that a router has told of (RFC 1122 3.2.2.2, RFC 4861 8.3). Each is a route to
// one destination in the host's table, so that a lookup costs what it did; it is given up after a
// while, and when nobody answers there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/time.h"
#include "host/routes.h"
#include "host/settings.h"

namespace acksu {

struct BetterHop {
  LinkId link = 0;
  IpAddress destination;
  IpAddress gateway;  // the destination itself: it is on the link
};

// RFC 1122 3.3.1.2 (b).
class Redirects {
 public:
  explicit Redirects(const RedirectSettings& settings) : settings_(settings) {}

  // The oldest of too many gives way. False: the host has a route of its own to just there.
  bool add(Routes& routes, const BetterHop& better, Instant now);
  // Its route is gone. False: there was none.
  bool forget(Routes& routes, IpAddress destination);

  std::size_t size() const { return entries_.size(); }
  Instant deadline() const { return entries_.empty() ? never : entries_.front().until; }
  // A destination whose entry is too old, to be forgotten now.
  std::optional<IpAddress> expired(Instant now) const {
    if (now < deadline()) return std::nullopt;
    return entries_.front().destination;
  }
  void digest(Digest& digest) const;

 private:
  // Larger than those of routes that somebody has set by hand, which go first.
  static constexpr std::uint32_t metric = 1024;

  struct Entry {
    IpAddress destination;
    Instant until = never;
  };
  static Prefix prefix_of(IpAddress destination) {
    return {destination, static_cast<std::uint8_t>(destination.is_v4() ? 32 : 128)};
  }

  RedirectSettings settings_;
  std::vector<Entry> entries_;  // the oldest first
};

}  // namespace acksu
