// A trace as a capture that Wireshark reads: each frame once, where and when it left its host, with
// what it meant as a comment: the sender's state, what became of it, the moves it caused and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/event.h"

namespace acksu::trace {

// The bytes of a whole file. One interface a host, in their order, and behind them one more for
// each host with links of the other type (Ethernet, or bare IP); frames that nobody was seen to
// send stand where they arrived. What a host says to itself is on no wire, and left out.
std::vector<std::uint8_t> pcapng(const Trace& trace);

// The same in parts, for runs without an end: what stands before the first frame, and the frames of
// the events from `first_event` on.
std::vector<std::uint8_t> pcapng_head(const Trace& trace);
void append_frames(std::vector<std::uint8_t>& file, const Trace& trace, std::size_t first_event);

// The comment of one frame, in English, one line a fact.
std::string frame_comment(const Trace& trace, std::uint32_t frame);

}  // namespace acksu::trace
