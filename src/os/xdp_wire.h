// A queue of a network interface by AF_XDP: frames lie in memory that is shared with the kernel, or
// with the card, and rings say which.
// Leaves out on purpose: segments that the device cuts (AF_XDP has no way to say so), frames of
// more than one buffer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "os/tap.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"
#include "os/xdp_program.h"
#include "os/xdp_ring.h"

namespace acksu::os {

// What a socket is made of.
struct XdpSocket {
  UniqueDescriptor descriptor;
  Mapping frames;  // the shared memory
  XdpRing<std::uint64_t> fill, completion;
  XdpRing<xdp_desc> rx, tx;
  int error = 0;                 // errno; 0: it is bound
  const char* failed_step = "";  // in words

  static XdpSocket open(unsigned interface, unsigned queue, std::uint16_t flags);
};

class XdpWire final : public Wire {
 public:
  // Tries the driver without copies, the driver with copies, then what the kernel does for all
  // drivers; the note says which it is.
  static OpenedWire open(const WireName& name, std::shared_ptr<BufferPool> pool);

  int descriptor() const override { return socket_.descriptor.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override;

 private:
  XdpWire(XdpProgram program, XdpSocket socket, bool is_veth, std::shared_ptr<BufferPool> pool);
  void take(Bytes bytes, std::vector<Frame>& frames);
  void reclaim();
  void wake_sender();

  XdpProgram program_;
  XdpSocket socket_;
  unsigned interface_ = 0;        // its index
  UniqueDescriptor promiscuous_;  // makes the card take frames for other MAC addresses
  bool is_veth_;
  std::shared_ptr<BufferPool> pool_;
  std::vector<std::uint64_t> free_;  // places for frames to be sent
  std::string failure_;
  mutable WireCounters counters_;  // the kernel tells its own when it is asked
};

}  // namespace acksu::os
