// One packet on several hops, and a trace as the two ends of one link saw it. A router gives a
// packet on with other MAC addresses, one hop less to live and another checksum, a translator also
// with other addresses and ports: it is known again by what they leave alone (identification,
// sequence numbers and flags, text), and by having one hop less.
//
// Left out on purpose: packets that a router cuts into fragments.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/event.h"

namespace acksu::trace {

class Paths {
 public:
  explicit Paths(const Trace& trace);

  // The frame that carried the same packet on the hop before, or after; nobody: there is none.
  std::uint32_t before(std::uint32_t frame) const { return before_[frame]; }
  std::uint32_t after(std::uint32_t frame) const { return after_[frame]; }
  // All frames of the packet of that one, from its sender to the last host that it reached.
  std::vector<std::uint32_t> path_of(std::uint32_t frame) const;

 private:
  std::vector<std::uint32_t> before_, after_;  // by frame
};

struct LinkEnd {
  std::uint32_t host = 0;
  LinkId link = 0;
};

// Two hosts, `left` as the first column; the frames that went from one to the other by these links;
// and what happened at the two, with a `Translated` where one of them gives a packet on with
// another address or port for the first time.
Trace link_view(const Trace& trace, const Paths& paths, LinkEnd left, LinkEnd right);

// The same for the two ends of a path: a packet leaves by the first hop and arrives by the last
// one, lost wherever it was lost on the way. What they say to routers and to others is left out.
Trace ends_view(const Trace& trace, const Paths& paths, std::uint32_t left, std::uint32_t right);

}  // namespace acksu::trace
