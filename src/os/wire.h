// The way between a host and the world outside: something that frames come from and go to in
// bursts, without blocking: TAP devices, message sockets, packet sockets, AF_XDP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/frame.h"

namespace acksu::os {

struct WireCounters {
  std::uint64_t frames_in = 0, bytes_in = 0;
  std::uint64_t frames_out = 0, bytes_out = 0;
  std::uint64_t too_long_in = 0;   // larger than the largest frame; not passed on
  std::uint64_t short_writes = 0;  // the device took part of a frame
  std::uint64_t refused_out = 0;   // the device took none of it: it is down, or the frame is bad
  std::uint64_t queue_full = 0;    // times that the device took no more for now
  std::uint64_t ring_full_in = 0;  // frames that came while the ring shared with us had no room
};

class Wire {
 public:
  virtual ~Wire() = default;

  // To wait on: readable when frames have come, writable when there is room for more.
  virtual int descriptor() const = 0;
  // Appends up to `max_frames` frames that have come. Returns how many; when it returns
  // `max_frames` there may be more.
  virtual std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) = 0;
  // Sends frames in order. Returns how many are done with, sent or refused by the device; fewer
  // than given means that its queue is full for now.
  virtual std::size_t send(std::span<const Frame> frames) = 0;
  // Why the wire carries nothing any more; empty while it works.
  virtual const std::string& failure() const = 0;
  virtual const WireCounters& counters() const = 0;
  // The largest IP packet that it splits itself, of TCP; 0: it does not.
  virtual std::uint32_t max_split_bytes() const { return 0; }
};

}  // namespace acksu::os
