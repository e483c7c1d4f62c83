// Whole frames that wait for their link, the oldest first. There are few links: the queue keeps its
// memory while it is empty.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "host/frame.h"

namespace acksu {

class FrameQueue {
 public:
  bool is_empty() const { return frames_.empty(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(frames_.size()) - taken_; }
  // position < size()
  const Frame& operator[](std::uint32_t position) const { return frames_[taken_ + position]; }
  void push_back(Frame&& frame) {
    if (taken_ > size()) drop_taken();
    frames_.push_back(std::move(frame));
  }
  // As many as there is room for, until there are `most`.
  void move_to(std::vector<Frame>& frames, std::size_t most) {
    std::size_t room = most > frames.size() ? most - frames.size() : 0;
    Frame* next = frames_.data() + taken_;
    Frame* const end = frames_.data() + frames_.size();
    for (; next != end && room > 0; ++next, --room) frames.push_back(std::move(*next));
    taken_ = static_cast<std::uint32_t>(next - frames_.data());
    if (next != end) return;
    frames_.clear();
    taken_ = 0;
  }

 private:
  void drop_taken() {
    frames_.erase(frames_.begin(), frames_.begin() + taken_);
    taken_ = 0;
  }

  std::vector<Frame> frames_;
  std::uint32_t taken_ = 0;  // of the first ones
};

}  // namespace acksu
