// Frames on their way out of a host: whole ones that wait for their link, the oldest first, and the
// room that a burst has for them. There are few links: the queue keeps its memory while it is
// empty.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "host/frame.h"

namespace acksu {

// At most so many frames behind those that are there.
class FrameRoom {
 public:
  FrameRoom(std::vector<Frame>& frames, std::size_t most) : frames_(frames), left_(most) {}

  bool is_full() const { return left_ == 0; }
  template <class... Parts>
  Frame& add(Parts&&... parts) {  // it is not full
    --left_;
    ++count_;
    return frames_.emplace_back(std::forward<Parts>(parts)...);
  }
  void take_back() {  // what was added last
    ++left_;
    --count_;
    frames_.pop_back();
  }
  std::span<Frame> added() const { return {frames_.data() + frames_.size() - count_, count_}; }

 private:
  std::vector<Frame>& frames_;
  std::size_t left_;
  std::size_t count_ = 0;
};

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
  // As many as there is room for.
  void move_to(FrameRoom& room) {
    Frame* next = frames_.data() + taken_;
    Frame* const end = frames_.data() + frames_.size();
    for (; next != end && !room.is_full(); ++next) room.add(std::move(*next));
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
