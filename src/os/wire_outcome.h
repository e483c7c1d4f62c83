// What became of one frame, and what an error of a device means for it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "host/frame.h"
#include "os/wire.h"

namespace acksu::os {

enum class WireOutcome {
  taken,
  not_taken,    // the device is down, or does not want this one: go on with the next
  nothing_now,  // nothing has come, or there is no room
  failed,       // the wire carries nothing any more
};

// Of read and write on a device; says in `failure` why it failed.
WireOutcome outcome_of(const char* what, int error, std::string& failure);
// What the kernel says about the interface of a socket when its frames end; an interface that goes
// down is told of once, and may come up again, or is deleted.
void look_for_error(int socket, unsigned interface, std::string& failure);

// Frames one by one, as `receive_one` puts them there, until there are no more for now.
template <class ReceiveOne>
std::size_t receive_each(std::vector<Frame>& frames, std::size_t most, ReceiveOne&& receive_one) {
  const std::size_t before = frames.size();
  while (frames.size() - before < most) {
    const WireOutcome outcome = receive_one(frames);
    if (outcome == WireOutcome::nothing_now || outcome == WireOutcome::failed) break;
  }
  return frames.size() - before;
}

// Frames one by one; how many need not be offered again: all, once the wire has failed.
template <class SendOne>
std::size_t send_each(std::span<const Frame> frames, WireCounters& counters, SendOne&& send_one) {
  for (std::size_t done = 0; done < frames.size(); ++done) {
    const WireOutcome outcome = send_one(frames[done]);
    if (outcome == WireOutcome::failed) break;
    if (outcome != WireOutcome::nothing_now) continue;
    ++counters.queue_full;
    return done;
  }
  return frames.size();
}

}  // namespace acksu::os
