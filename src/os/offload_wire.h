// A TAP or TUN device with IFF_VNET_HDR: frames of up to 64 KiB either way, which the kernel cuts
// or has not yet cut, with checksums that it completes or has not completed.
#pragma once

#include <memory>

#include "base/buffer.h"
#include "os/offload.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"
#include "os/wire_outcome.h"

namespace acksu::os {

class OffloadWire final : public Wire {
 public:
  // The device of `descriptor` is set up already. `is_bare`: packets without Ethernet.
  OffloadWire(UniqueDescriptor descriptor, bool is_bare, std::shared_ptr<BufferPool> pool);

  int descriptor() const override { return descriptor_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override { return counters_; }
  std::uint32_t max_split_bytes() const override { return 65535; }

 private:
  WireOutcome receive_one(std::vector<Frame>& frames);
  WireOutcome send_one(const Frame& frame);

  UniqueDescriptor descriptor_;
  bool is_bare_;
  std::shared_ptr<BufferPool> pool_;
  Slice near_, far_;  // where the next frame is read to: its beginning, and the rest if it is large
  std::string failure_;
  WireCounters counters_;
};

}  // namespace acksu::os
