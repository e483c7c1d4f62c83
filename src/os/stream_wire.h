// A wire over a UNIX stream socket: Ethernet frames one behind another, each with its length in
// four bytes before it (big-endian), as QEMU's `-netdev stream` and passt speak. It connects to
// whoever listens, or listens itself, and then waits for the next one when somebody has gone.
//
// A stream keeps no frames apart: what was sent or received in part is gone on with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"

namespace acksu::os {

class StreamWire final : public Wire {
 public:
  // What QEMU and passt send is shorter; a larger length is no length.
  static constexpr std::uint32_t longest_frame = 4096 + 65536;  // bytes

  // Take the descriptor over and make it non-blocking: a connected socket, or one that listens,
  // whose path is removed at the end. `max_frame_bytes` is the largest frame that is passed on,
  // Ethernet header included.
  static std::unique_ptr<StreamWire> connected(UniqueDescriptor socket,
                                               std::uint32_t max_frame_bytes,
                                               std::shared_ptr<BufferPool> pool);
  static std::unique_ptr<StreamWire> listening(UniqueDescriptor socket, std::string path,
                                               std::uint32_t max_frame_bytes,
                                               std::shared_ptr<BufferPool> pool);
  ~StreamWire() override;

  int descriptor() const override { return peer_ ? peer_.get() : listener_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  // When fewer frames are done with than were given, the next call begins with the rest. While
  // nobody has come to a wire that listens, frames are refused.
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override { return counters_; }

 private:
  StreamWire(std::uint32_t max_frame_bytes, std::shared_ptr<BufferPool> pool);

  void accept_peer();
  void lose_peer(std::string why);
  bool fill();
  bool take_frame(std::vector<Frame>& frames);
  bool send_rest_of(const Frame& frame);
  Bytes unread() const { return Bytes{received_}.subspan(read_from_, read_to_ - read_from_); }

  UniqueDescriptor listener_;
  UniqueDescriptor peer_;
  std::string path_;  // to be removed
  std::uint32_t max_frame_bytes_;
  std::shared_ptr<BufferPool> pool_;
  std::vector<std::uint8_t> received_;  // [read_from_, read_to_) is not taken yet
  std::size_t read_from_ = 0, read_to_ = 0;
  std::uint32_t skipped_ = 0;   // bytes still to come of a frame that is too long
  std::size_t sent_bytes_ = 0;  // of the next frame to be sent, its length included
  std::string failure_;
  WireCounters counters_;
};

}  // namespace acksu::os
