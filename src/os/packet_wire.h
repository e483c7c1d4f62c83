// A network interface by a packet socket: what it receives comes by a ring that the kernel shares
// (TPACKET_V2: a frame can be read as soon as it has come; blocks of V3 are given up late), what is
// sent goes in bursts by sendmmsg(2). PACKET_VNET_HDR: segments of up to 64 KiB either way, and
// checksums that the kernel has not completed.
//
// The kernel sees the same frames. It is silent where the address is not one of its own: ours has a
// MAC address of its own, so that the interface is made to take all that comes (promiscuous) while
// the socket is open.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>

#include "base/buffer.h"
#include "os/mapping.h"
#include "os/offload.h"
#include "os/tap.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"

namespace acksu::os {

class PacketWire final : public Wire {
 public:
  static OpenedWire open(const std::string& interface, std::shared_ptr<BufferPool> pool);

  int descriptor() const override { return socket_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override;
  std::uint32_t max_split_bytes() const override { return 65535; }

 private:
  PacketWire(UniqueDescriptor socket, unsigned interface, Mapping ring,
             std::shared_ptr<BufferPool> pool);
  void take(const std::uint8_t* slot, std::vector<Frame>& frames);
  std::size_t describe(std::span<const Frame> frames);

  static constexpr std::size_t burst = 64;

  UniqueDescriptor socket_;
  unsigned interface_;  // its index
  Mapping ring_;
  std::shared_ptr<BufferPool> pool_;
  std::size_t next_ = 0;  // slot to be read
  std::array<OutgoingOffload, burst> offloads_;
  std::array<Pieces, burst> pieces_;
  std::array<mmsghdr, burst> messages_;
  std::string failure_;
  mutable WireCounters counters_;  // the kernel tells its own when it is asked
};

}  // namespace acksu::os
