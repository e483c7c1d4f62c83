// At the door of several hosts that share their addresses: whose a frame is.
//
// Flows go where they are steered to, and with them the ICMP errors that quote them and the
// fragments of their packets: later fragments follow the first one, and wait for it when they come
// before. What speaks of addresses or to groups concerns all: ARP, neighbour discovery, IGMP, MLD,
// multicast and broadcast datagrams. All else is the first shard's: echoes, DHCP, other protocols,
// and what cannot be read, which it counts.
//
// Nobody can make a spreader hold much: places for packets in fragments are overwritten by others,
// and of too many frames that wait the oldest is lost.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/digest.h"
#include "host/frame.h"
#include "host/link_kind.h"
#include "host/steering.h"

namespace acksu {

struct Steered {
  std::uint32_t shard = 0;  // or `everybody`
  Frame frame;
};

class Spreader {
 public:
  static constexpr std::uint32_t everybody = 0xffff'ffff;
  static constexpr std::size_t most_waiting = 64;

  // `kind`: of the link that frames come by: Ethernet, with tags or without, or bare packets.
  Spreader(const Steering& steering, LinkKind kind) : steering_(steering), kind_(kind) {}

  // Appends the frame and, behind a first fragment, those that have waited for it; or nothing: it
  // waits itself.
  void steer(Frame frame, std::vector<Steered>& out);

  const Steering& steering() const { return steering_; }
  void digest(Digest& digest) const;
  std::size_t waiting() const { return waiting_.size(); }
  // Fragments whose first one did not come in time.
  std::uint64_t lost() const { return lost_; }

 private:
  // What a frame says about its way. Fragments have the name of their packet, which is not 0.
  struct Way {
    std::uint32_t shard = 0;
    std::uint64_t packet = 0;
    bool is_first = true;
  };
  struct Trail {
    std::uint64_t packet = 0;
    std::uint32_t shard = 0;
  };
  struct Waiting {
    std::uint64_t packet = 0;
    Frame frame;
  };
  // Where a packet begins in its frame.
  struct Place {
    const BufferChain& frame;
    std::uint32_t offset = 0;
    bool is_for_group = false;  // by its MAC address

    Bytes beginning() const { return frame.front().subspan(offset); }
    std::uint32_t size() const { return frame.size() - offset; }
  };
  struct Upper;

  Way way_of(const BufferChain& frame) const;
  Way way_of_v4(const Place& packet) const;
  Way way_of_v6(const Place& packet) const;
  std::uint32_t shard_of(const Upper& upper) const;
  std::uint32_t shard_of_icmp(const Upper& upper) const;
  std::uint32_t shard_of_icmpv6(const Upper& upper) const;
  std::uint32_t shard_of_quoted(std::uint8_t protocol, const FourTuple& flow) const;
  void follow_first(const Way& way, std::vector<Steered>& out);
  void keep(const Way& way, Frame frame);

  Steering steering_;
  LinkKind kind_;
  std::array<Trail, 512> trails_{};  // by bits of the packet's name
  std::deque<Waiting> waiting_;      // oldest first
  std::uint64_t lost_ = 0;
};

}  // namespace acksu
