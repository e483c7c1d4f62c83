// Opening wires over UNIX stream sockets (see stream_wire.h), with an answer for each way in which
// that can fail.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/buffer.h"
#include "os/tap.h"

namespace acksu::os {

OpenedWire connect_unix(const std::string& path, std::uint32_t max_frame_bytes,
                        std::shared_ptr<BufferPool> pool);
// A socket that nobody listens at any more is taken over; anything else at that path stays.
OpenedWire listen_unix(const std::string& path, std::uint32_t max_frame_bytes,
                       std::shared_ptr<BufferPool> pool);

}  // namespace acksu::os
