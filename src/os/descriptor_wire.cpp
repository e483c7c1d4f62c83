// Frames by read(2) and writev(2), one call each, until the descriptor has no more.
#include "os/descriptor_wire.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace acksu::os {
namespace {

constexpr std::size_t max_pieces = 64;

std::size_t gather(const BufferChain& chain, std::array<iovec, max_pieces>& pieces) {
  for (std::uint32_t i = 0; i < chain.count(); ++i) {
    const Bytes bytes = chain[i].bytes();
    pieces[i] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  }
  return chain.count();
}

ssize_t write_frame(int descriptor, const BufferChain& chain) {
  std::array<iovec, max_pieces> pieces;
  if (chain.count() <= max_pieces) {
    return writev(descriptor, pieces.data(), static_cast<int>(gather(chain, pieces)));
  }
  const std::vector<std::uint8_t> flat = chain.flatten();
  return write(descriptor, flat.data(), flat.size());
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
  const std::size_t before = frames.size();
  while (failure_.empty() && frames.size() - before < max_frames) {
    const Outcome outcome = receive_one(frames);
    if (outcome == Outcome::nothing_now || outcome == Outcome::failed) break;
  }
  return frames.size() - before;
}

DescriptorWire::Outcome DescriptorWire::receive_one(std::vector<Frame>& frames) {
  // One byte more than allowed tells a frame that is too long from one that just fits.
  Slice slice = pool_->allocate(max_frame_bytes_ + 1);
  const ssize_t result = read(descriptor_.get(), slice.writable().data(), slice.size());
  if (result < 0) return on_error("reading", errno);
  if (result == 0) {
    failure_ = "the other end of the wire is closed";
    return Outcome::failed;
  }
  const auto bytes = static_cast<std::uint32_t>(result);
  if (bytes > max_frame_bytes_) {
    ++counters_.too_long_in;
    return Outcome::not_taken;
  }
  slice.drop_back(slice.size() - bytes);
  ++counters_.frames_in;
  counters_.bytes_in += bytes;
  frames.emplace_back().bytes.append(std::move(slice));
  return Outcome::taken;
}

std::size_t DescriptorWire::send(std::span<const Frame> frames) {
  std::size_t done = 0;
  for (const Frame& frame : frames) {
    if (!failure_.empty()) break;
    const Outcome outcome = send_one(frame);
    if (outcome == Outcome::nothing_now) {
      ++counters_.queue_full;
      break;
    }
    ++done;
  }
  // Nothing will take the frames of a wire that has failed.
  return failure_.empty() ? done : frames.size();
}

DescriptorWire::Outcome DescriptorWire::send_one(const Frame& frame) {
  const ssize_t result = write_frame(descriptor_.get(), frame.bytes);
  if (result < 0) {
    const Outcome outcome = on_error("writing", errno);
    if (outcome == Outcome::not_taken) ++counters_.refused_out;
    return outcome;
  }
  if (static_cast<std::size_t>(result) != frame.bytes.size()) {
    ++counters_.short_writes;
    return Outcome::not_taken;
  }
  ++counters_.frames_out;
  counters_.bytes_out += static_cast<std::uint64_t>(result);
  return Outcome::taken;
}

DescriptorWire::Outcome DescriptorWire::on_error(const char* what, int error) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS: return Outcome::nothing_now;
    case EINTR:
    case EIO:       // the interface is down: it may come up again
    case EINVAL:    // the device does not take such a frame
    case EMSGSIZE:  // nor one so long
      return Outcome::not_taken;
    case EBADFD:
    case EFAULT:  // what a TAP device says once its interface is gone
      failure_ = "the interface was deleted";
      return Outcome::failed;
    default:
      failure_ = std::string{what} + " failed: " + std::strerror(error);
      return Outcome::failed;
  }
}

}  // namespace acksu::os
