// What the application takes of text that has arrived, or looks at: a copy, or views of it. What is
// free again is offered to the peer, and who reads all that comes is offered more.
#include <algorithm>
#include <cstring>

#include "tcp/receiver.h"

namespace acksu::tcp {

std::uint32_t Receiver::read(MutableBytes bytes, Context& context) {
  std::uint32_t count = 0;
  while (count < bytes.size() && !unread_.is_empty()) {
    HeldText& front = unread_.front();
    const auto part =
        static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size() - count, front.text.size()));
    std::memcpy(bytes.data() + count, front.text.bytes().data(), part);
    count += part;
    front.text.drop_front(part);
    if (front.text.is_empty()) pop_unread(context);
  }
  on_read(count, context);
  return count;
}

// What the views pin is charged to nobody any more: as with a copy, it is the application's.
BufferChain Receiver::read_shared(std::uint32_t most, Context& context) {
  BufferChain views;
  while (views.size() < most && !unread_.is_empty()) {
    Slice& front = unread_.front().text;
    const std::uint32_t part = std::min(most - views.size(), front.size());
    views.append(front.part(0, part));
    front.drop_front(part);
    if (front.is_empty()) pop_unread(context);
  }
  on_read(views.size(), context);
  return views;
}

std::uint32_t Receiver::peek(std::uint32_t skipped, MutableBytes bytes) const {
  std::uint32_t count = 0;
  const std::uint32_t pieces = unread_.size();
  for (std::uint32_t i = 0; i < pieces && count < bytes.size(); ++i) {
    const Bytes text = unread_[i].text.bytes();
    const std::size_t unwanted = std::min<std::size_t>(skipped, text.size());
    skipped -= static_cast<std::uint32_t>(unwanted);
    const std::size_t part = std::min(text.size() - unwanted, bytes.size() - count);
    if (part == 0) continue;
    std::memcpy(bytes.data() + count, text.data() + unwanted, part);
    count += static_cast<std::uint32_t>(part);
  }
  return count;
}

void Receiver::pop_unread(Context& context) {
  context.memory.give_back(unread_.front().charged);
  unread_.pop_front();
}

void Receiver::on_read(std::uint32_t count, Context& context) {
  unread_bytes_ -= count;
  if (may_grow_ && unread_bytes_ == 0) fit_buffer(context);
  // A window update is worth a segment when it at least doubles what the peer may send, by no silly
  // amount (MUST-39).
  const std::uint32_t offered = window();
  const std::uint32_t possible = possible_window();
  const std::uint32_t worthwhile = std::max(std::min(capacity_ / 2, mss_), offered);
  if (!is_ended_ && possible > offered && possible - offered >= worthwhile) acks_.owe();
}

// A larger buffer is of use only to an application that reads all that comes.
void Receiver::fit_buffer(Context& context) {
  const ReadingPace::Place place{.now = context.now,
                                 .nxt = nxt_,
                                 .edge = edge_,
                                 .clock = timestamp_at(context.now, context.timestamp_offset),
                                 .early = early_ ? early_->bytes() : 0,
                                 .has_timestamps = has_timestamps_};
  if (pace_) {
    const std::uint32_t wanted = pace_->on_all_read(place, mss_);
    if (wanted > capacity_) grow(wanted, context);
  } else if (bytes_between(irs_, nxt_) > ReadingPace::first_bytes(mss_)) {
    pace_.make().begin(place, mss_);
  }
}

// A buffer is a promise: the host must be able to keep it, and others like it.
void Receiver::grow(std::uint32_t bytes, Context& context) {
  const std::uint32_t most = std::min(context.settings.receive_buffer.most, 0xffffu << shift_);
  const std::uint32_t size = affordable_buffer(std::min(bytes, most), context);
  if (size <= capacity_) return;
  capacity_ = size;
  ++context.counters.buffers_grown;
  pace_->on_grown();
  if (capacity_ < most) return;
  may_grow_ = false;
  pace_.reset();
}

}  // namespace acksu::tcp
