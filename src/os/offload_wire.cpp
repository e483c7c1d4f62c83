// Large frames by readv(2) and writev(2).
#include "os/offload_wire.h"

#include <sys/uio.h>

#include <cerrno>

namespace acksu::os {
namespace {

// A frame of the usual size in a block of the usual size; what is larger goes on in another.
constexpr std::uint32_t near_bytes = 2048;
constexpr std::uint32_t far_bytes = 65536 + 18;
// Less than this is copied, so that it does not keep a block for 64 KiB from being used.
constexpr std::uint32_t least_kept_bytes = 9216;

}  // namespace

OffloadWire::OffloadWire(UniqueDescriptor descriptor, bool is_bare,
                         std::shared_ptr<BufferPool> pool)
    : descriptor_(std::move(descriptor)), is_bare_(is_bare), pool_(std::move(pool)) {}

std::size_t OffloadWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  if (!failure_.empty()) return 0;
  return receive_each(frames, max_frames, [this](auto& into) { return receive_one(into); });
}

WireOutcome OffloadWire::receive_one(std::vector<Frame>& frames) {
  if (near_.is_empty()) near_ = pool_->allocate(near_bytes);
  if (far_.is_empty()) far_ = pool_->allocate(far_bytes);
  std::array<std::uint8_t, offload_header_bytes> header;
  Pieces pieces;
  pieces.add(Bytes{header});
  pieces.add(near_.bytes());
  pieces.add(far_.bytes());
  const ssize_t result = readv(descriptor_.get(), pieces.data(), static_cast<int>(pieces.count()));
  if (result < 0) return outcome_of("reading", errno, failure_);
  if (result == 0) {
    failure_ = "the other end of the wire is closed";
    return WireOutcome::failed;
  }
  if (static_cast<std::size_t>(result) <= header.size()) return WireOutcome::not_taken;
  const auto bytes = static_cast<std::uint32_t>(result) - offload_header_bytes;
  ++counters_.frames_in;
  counters_.bytes_in += bytes;
  Frame& frame = frames.emplace_back();
  take_offload(header, frame);
  if (bytes <= near_bytes) {
    near_.drop_back(near_bytes - static_cast<std::uint32_t>(bytes));
    frame.bytes.append(std::move(near_));
    return WireOutcome::taken;
  }
  const auto rest = static_cast<std::uint32_t>(bytes) - near_bytes;
  frame.bytes.append(std::move(near_));
  if (rest < least_kept_bytes) {
    frame.bytes.append(pool_->copy_of(far_.bytes().first(rest)));
  } else {
    far_.drop_back(far_bytes - rest);
    frame.bytes.append(std::move(far_));
  }
  return WireOutcome::taken;
}

std::size_t OffloadWire::send(std::span<const Frame> frames) {
  if (!failure_.empty()) return frames.size();  // nothing will take them
  return send_each(frames, counters_, [this](const Frame& frame) { return send_one(frame); });
}

WireOutcome OffloadWire::send_one(const Frame& frame) {
  OutgoingOffload offload;
  Pieces pieces;
  if (!offload.describe(frame, is_bare_, pieces)) {
    ++counters_.refused_out;
    return WireOutcome::not_taken;
  }
  const ssize_t result = writev(descriptor_.get(), pieces.data(), static_cast<int>(pieces.count()));
  if (result < 0) {
    const WireOutcome outcome = outcome_of("writing", errno, failure_);
    if (outcome == WireOutcome::not_taken) ++counters_.refused_out;
    return outcome;
  }
  ++counters_.frames_out;
  counters_.bytes_out += frame.bytes.size();
  return WireOutcome::taken;
}

}  // namespace acksu::os
