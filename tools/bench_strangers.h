// Frames of strangers for the benchmarks: made once, then sent at full speed.
#pragma once

#include <vector>

#include "tools/bench_sockets.h"

namespace acksu::tools {

// Segments with these flags to the first listener, each of an address and a port of its own, which
// nobody answers for.
std::vector<Frame> spoofed_segments(BufferPool& pool, Flags flags, std::uint32_t count);
// First fragments of datagrams, each of another one, whose rest never comes.
std::vector<Frame> lone_fragments(BufferPool& pool, std::uint32_t count);
// Every second octet of what the client of `pair` could send next, each in a segment of its own;
// `pair` must be without time stamps.
std::vector<Frame> every_second_octet(BenchWire& wire, const SocketPair& pair, std::uint32_t count);

}  // namespace acksu::tools
