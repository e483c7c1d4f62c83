// A learning bridge (IEEE 802.1D without the spanning tree) for worlds: which MAC address lives
// behind which port is learned from what arrives, forgotten after a time, and bounded; what goes to
// nobody known goes to everybody else. It has no addresses of its own and says nothing.
//
// Left out on purpose: the spanning tree. A loop of switches does not hang the world, because it
// drops what has crossed too many switches, but until then every broadcast is multiplied. VLANs are
// not looked at.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/index_list.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/frame.h"

namespace acksu::sim {

struct SwitchSettings {
  std::string name = "switch";
  std::uint8_t ports = 8;
  std::uint32_t max_addresses = 1024;  // known at once; when full, nothing is learned for a time
  Duration ageing = 300s;              // IEEE 802.1D 7.9.2, recommended
};

struct SwitchCounters {
  std::uint64_t forwarded = 0;    // to the one port where the destination lives
  std::uint64_t flooded = 0;      // to all ports but its own
  std::uint64_t filtered = 0;     // the destination lives where the frame came from
  std::uint64_t malformed = 0;    // too short, or from a group address
  std::uint64_t link_local = 0;   // to 01:80:c2:00:00:0x, which never goes further
  std::uint64_t looping = 0;      // crossed too many switches
  std::uint64_t not_learned = 0;  // because the table was full
};

class Switch {
 public:
  explicit Switch(SwitchSettings settings) : settings_(std::move(settings)) {}

  // A frame that arrives at `port`. Appends the ports that it leaves by.
  void absorb(LinkId port, const Frame& frame, Instant now, std::vector<LinkId>& out);
  // The same for one that has crossed too many switches: it ends here.
  void drop_looping() { ++counters_.looping; }

  const SwitchSettings& settings() const { return settings_; }
  const SwitchCounters& counters() const { return counters_; }
  // Where an address lives, as far as is known at `now`.
  std::optional<LinkId> port_of(const MacAddress& address, Instant now) const;
  std::uint32_t addresses() const { return entries_.size(); }  // old ones included
  void digest(Digest& digest) const;

 private:
  struct Entry {
    MacAddress address;
    LinkId port = 0;
    Instant seen{};
    IndexLinks links;
  };

  bool is_old(const Entry& entry, Instant now) const {
    return now >= later_by(entry.seen, settings_.ageing);
  }
  void learn(const MacAddress& address, LinkId port, Instant now);
  auto links_of() {
    return [this](std::uint32_t index) -> IndexLinks& { return entries_[index].links; };
  }

  SwitchSettings settings_;
  SwitchCounters counters_;
  Slab<Entry> entries_;
  std::map<MacAddress, std::uint32_t> by_address_;
  IndexList oldest_first_;  // by when they were seen
};

}  // namespace acksu::sim
