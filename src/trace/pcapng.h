// A trace as a capture that Wireshark reads: each frame once, where and when it left its host, with
// what it meant as a comment: the sender's state, what became of it, the moves it caused and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/event.h"

namespace acksu::trace {

// The bytes of a whole file. One interface a host, in their order; frames that nobody was seen to
// send stand where they arrived.
std::vector<std::uint8_t> pcapng(const Trace& trace);

// The comment of one frame, in English, one line a fact.
std::string frame_comment(const Trace& trace, std::uint32_t frame);

}  // namespace acksu::trace
