// Steering what comes, and carrying what others send.
#include "os/shard_wire.h"

#include <sys/epoll.h>

#include <utility>

namespace acksu::os {
namespace {

constexpr std::uint32_t device_owner = 0;  // of shards without one
constexpr std::size_t burst_of_others = 64;

void watch(int waiting, int operation, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  const int result = ::epoll_ctl(waiting, operation, descriptor, &event);
  ACKSU_ASSERT(result == 0);
}

}  // namespace

ShardWire::ShardWire(const Place& place, std::unique_ptr<Wire> device,
                     std::shared_ptr<BufferPool> pool)
    : lines_(place.lines),
      number_(place.number),
      spreader_(place.steering, place.kind),
      max_split_bytes_(place.max_split_bytes),
      device_(std::move(device)),
      pool_(std::move(pool)) {
  if (!device_) return;
  waiting_ = UniqueDescriptor{::epoll_create1(EPOLL_CLOEXEC)};
  ACKSU_ASSERT(waiting_);
  watch(waiting_.get(), EPOLL_CTL_ADD, lines_.bell(number_).descriptor(), EPOLLIN);
  watch(waiting_.get(), EPOLL_CTL_ADD, device_->descriptor(), EPOLLIN);
}

// ---- IN -----------------------------------------------------------------------------------------

// Fragments that have waited for their first one may come on top of `max_frames`.
std::size_t ShardWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  const std::size_t before = frames.size();
  lines_.bell(number_).answer();
  if (device_) take_from_device(frames, max_frames);
  const bool sends_for_others = device_ && !lines_.has_device_each();
  const bool has_more =
      sends_for_others ? send_for_others() : take_from_rings(frames, before + max_frames);
  if (has_more) lines_.bell(number_).ring();
  return frames.size() - before;
}

void ShardWire::take_from_device(std::vector<Frame>& frames, std::size_t most) {
  device_->receive(burst_, most);
  for (Frame& frame : burst_) spreader_.steer(std::move(frame), steered_);
  burst_.clear();
  for (Steered& each : steered_) {
    const bool is_for_all = each.shard == Spreader::everybody;
    for (std::uint32_t shard = 0; is_for_all && shard < lines_.shards(); ++shard) {
      if (shard != number_) give(shard, each.frame);
    }
    if (is_for_all || each.shard == number_) {
      frames.push_back(std::move(each.frame));
    } else {
      give(each.shard, each.frame);
    }
  }
  steered_.clear();
  publish();
}

// As a card does, a ring without room loses frames: a network cannot be told to wait.
void ShardWire::give(std::uint32_t shard, const Frame& frame) {
  const bool has_room = lines_.ring(number_, shard).push(frame);
  ++(has_room ? passed_on_ : lost_);
}

void ShardWire::publish() {
  for (std::uint32_t shard = 0; shard < lines_.shards(); ++shard) {
    if (shard != number_ && lines_.ring(number_, shard).publish()) lines_.bell(shard).ring();
  }
}

// Up to `most` frames in all. Whether there are more.
bool ShardWire::take_from_rings(std::vector<Frame>& frames, std::size_t most) {
  bool has_more = false;
  for (std::uint32_t from = 0; from < lines_.shards(); ++from) {
    if (from == number_) continue;
    FrameRing& ring = lines_.ring(from, number_);
    const std::size_t room = most > frames.size() ? most - frames.size() : 0;
    counters_.frames_in += ring.pop(*pool_, frames, room);
    has_more = has_more || !ring.is_empty();
  }
  return has_more;
}

// ---- OUT ----------------------------------------------------------------------------------------

// A shard without a device gives frames to the one that has it; without room for them they wait.
std::size_t ShardWire::send(std::span<const Frame> frames) {
  if (device_) {
    const std::size_t done = device_->send(frames);
    has_own_unsent_ = done < frames.size();
    wait_for_room();
    return done;
  }
  std::size_t done = 0;
  while (done < frames.size() && lines_.ring(number_, device_owner).push(frames[done])) ++done;
  counters_.frames_out += done;
  counters_.queue_full += done < frames.size();
  publish();
  return done;
}

// Whether more can be sent at once.
bool ShardWire::send_for_others() {
  flush_others();
  bool has_more = false;
  for (std::uint32_t from = 0; from < lines_.shards() && of_others_.empty(); ++from) {
    if (from == number_) continue;
    FrameRing& ring = lines_.ring(from, number_);
    ring.pop(*pool_, of_others_, burst_of_others);
    has_more = has_more || !ring.is_empty();
    flush_others();
  }
  wait_for_room();
  return has_more && of_others_.empty();
}

void ShardWire::flush_others() {
  if (of_others_.empty()) return;
  sent_ += device_->send(std::span{of_others_}.subspan(sent_));
  if (sent_ < of_others_.size()) return;
  of_others_.clear();
  sent_ = 0;
}

// Room in the device is news only while somebody waits for it.
void ShardWire::wait_for_room() {
  const bool should_wait = has_own_unsent_ || !of_others_.empty();
  if (should_wait == waits_for_room_) return;
  waits_for_room_ = should_wait;
  const std::uint32_t events = should_wait ? EPOLLIN | EPOLLOUT : EPOLLIN;
  watch(waiting_.get(), EPOLL_CTL_MOD, device_->descriptor(), events);
}

}  // namespace acksu::os
