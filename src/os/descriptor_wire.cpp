// Frames by read(2) and writev(2), one call each, until the descriptor has no more.
#include "os/descriptor_wire.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "os/pieces.h"
#include "os/wire_outcome.h"

namespace acksu::os {
namespace {

ssize_t write_frame(int descriptor, const BufferChain& chain) {
  Pieces pieces;
  pieces.add(chain);
  return writev(descriptor, pieces.data(), static_cast<int>(pieces.count()));
}

}  // namespace

DescriptorWire::DescriptorWire(UniqueDescriptor descriptor, std::uint32_t max_frame_bytes,
                               std::shared_ptr<BufferPool> pool)
    : descriptor_(std::move(descriptor)),
      max_frame_bytes_(max_frame_bytes),
      pool_(std::move(pool)) {
  const int flags = fcntl(descriptor_.get(), F_GETFL);
  if (flags < 0 || fcntl(descriptor_.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    failure_ = std::string{"the descriptor cannot be used: "} + std::strerror(errno);
  }
}

std::size_t DescriptorWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  if (!failure_.empty()) return 0;
  return receive_each(frames, max_frames, [this](auto& into) { return receive_one(into); });
}

WireOutcome DescriptorWire::receive_one(std::vector<Frame>& frames) {
  // One byte more than allowed tells a frame that is too long from one that just fits.
  Slice slice = pool_->allocate(max_frame_bytes_ + 1);
  const ssize_t result = ::read(descriptor_.get(), slice.writable().data(), slice.size());
  if (result < 0) return outcome_of("reading", errno, failure_);
  if (result == 0) {
    failure_ = "the other end of the wire is closed";
    return WireOutcome::failed;
  }
  const auto bytes = static_cast<std::uint32_t>(result);
  if (bytes > max_frame_bytes_) {
    ++counters_.too_long_in;
    return WireOutcome::not_taken;
  }
  slice.drop_back(slice.size() - bytes);
  ++counters_.frames_in;
  counters_.bytes_in += bytes;
  frames.emplace_back().bytes.append(std::move(slice));
  return WireOutcome::taken;
}

std::size_t DescriptorWire::send(std::span<const Frame> frames) {
  if (!failure_.empty()) return frames.size();  // nothing will take them
  return send_each(frames, counters_, [this](const Frame& frame) { return send_one(frame); });
}

WireOutcome DescriptorWire::send_one(const Frame& frame) {
  const ssize_t result = write_frame(descriptor_.get(), frame.bytes);
  if (result < 0) {
    const WireOutcome outcome = outcome_of("writing", errno, failure_);
    if (outcome == WireOutcome::not_taken) ++counters_.refused_out;
    return outcome;
  }
  if (static_cast<std::size_t>(result) != frame.bytes.size()) {
    ++counters_.short_writes;
    return WireOutcome::not_taken;
  }
  ++counters_.frames_out;
  counters_.bytes_out += static_cast<std::uint64_t>(result);
  return WireOutcome::taken;
}

}  // namespace acksu::os
