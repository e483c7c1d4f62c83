// A wire that is a stream of octets, which does not keep frames apart: a pseudo-terminal or a
// serial device, a UNIX socket, or a command's standard input and output. PPP makes frames of it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "os/tap.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"

namespace acksu::os {

class LineWire final : public Wire {
 public:
  // Takes the descriptor over and makes it non-blocking, and the process at the other end, which is
  // asked to end with the wire; 0: none of ours.
  LineWire(UniqueDescriptor descriptor, pid_t child, std::shared_ptr<BufferPool> pool);
  ~LineWire() override;
  LineWire(const LineWire&) = delete;
  LineWire& operator=(const LineWire&) = delete;

  int descriptor() const override { return descriptor_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  // Of a frame that was taken in part, the rest goes first next time.
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override { return counters_; }

 private:
  std::string closed();
  bool may_go_on(const char* what, int error);  // false: there is nothing, or no room, for now

  UniqueDescriptor descriptor_;
  pid_t child_;
  std::shared_ptr<BufferPool> pool_;
  std::size_t sent_bytes_ = 0;  // of the frame that comes next
  std::string failure_;
  WireCounters counters_;
};

// "exec:COMMAND" (run by /bin/sh), "pty:PATH" (a terminal or serial device, set to raw), or
// "unix:PATH" (a listening socket). Whether `text` is one of these:
bool is_line(std::string_view text);
OpenedWire open_line(std::string_view text, std::shared_ptr<BufferPool> pool);

}  // namespace acksu::os
