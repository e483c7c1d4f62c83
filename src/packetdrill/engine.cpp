// Virtual time for threads: who goes on when, and what leaves the host meanwhile.
#include "packetdrill/engine.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "packetdrill/cut_packet.h"

namespace acksu::packetdrill {
namespace {

constexpr Duration clock_step = 1us;
constexpr Duration oversleep = 20us;
// Of virtual time, for a packet; of real time, for a thread that has been woken.
constexpr Duration most_wait = 24h;
constexpr std::chrono::seconds longest_hold{2};
// Of real time, for the one who waits in a call; commands of scripts take less.
constexpr std::chrono::seconds most_silence{10};
constexpr std::chrono::milliseconds moment{3};
constexpr std::size_t frames_at_once = 64;

Instant real_time() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

// A stranger's packet is nobody's business there: only what sockets say, and echoes.
bool is_chatter(Bytes packet) {
  constexpr std::uint8_t igmp = 2, icmpv6 = 58, hop_options = 0, first_group = 130;
  if (packet.size() < 20) return true;
  if (packet[0] >> 4 == 4) return packet[9] == igmp;
  if (packet.size() <= 40) return true;
  if (packet[6] == hop_options) return true;
  return packet[6] == icmpv6 && packet[40] >= first_group;
}

}  // namespace

Engine::Engine(HostSettings settings, HostSecrets secrets)
    : now_(real_time()),
      pool_(std::make_shared<BufferPool>()),
      host_(std::move(settings), secrets, pool_) {
  for (const IpAddress any : {IpAddress::v4(0), IpAddress{}}) {
    static_cast<void>(host_.add_route({any, 0}, {.link = 0, .next_hop = {}}, now_));
  }
}

void Engine::enter() {
  returning_.erase(std::this_thread::get_id());
  changed_.notify_all();
  refresh();
}

// Time stands still until that thread says something again.
void Engine::leave() { returning_.insert(std::this_thread::get_id()); }

void Engine::note_change() {
  ++changes_;
  changed_.notify_all();
}

// Lets the host say whatever it has to say now, and wakes who may want to know.
void Engine::settle_host() {
  bool is_changed = false;
  for (bool has_more = true; has_more;) {
    if (host_.deadline() <= now_) host_.on_time(now_);
    while (const std::optional<SocketEvent> event = host_.next_event()) {
      hear(*event);
      is_changed = true;
    }
    frames_.clear();
    has_more =
        host_.emit(0, frames_, frames_at_once, now_) == frames_at_once || host_.deadline() <= now_;
    for (const Frame& frame : frames_) {
      const PacketBytes packet = frame.bytes.flatten();
      if (is_mute_ || is_chatter(packet)) continue;
      for (PacketBytes& piece : cut_packet(packet, frame.segment_bytes)) {
        departures_.push_back({now_, std::move(piece)});
      }
    }
  }
  if (follow()) is_changed = true;
  if (is_changed) note_change();
}

// False: nobody is there any more who would let time pass.
bool Engine::await_change(Lock& lock, const Waiter& waiter) {
  return changed_.wait_for(lock, most_silence,
                           [&] { return waiter.seen != changes_ || waiter.until <= now_; });
}

// Until all that have been woken wait again, or have come back.
void Engine::await_others(Lock& lock) {
  const auto is_quiet = [this] {
    const auto waits = [this](const Waiter& waiter) {
      return waiter.seen == changes_ && waiter.until > now_;
    };
    const bool is_nobody_back =
        returning_.empty() ||
        (returning_.size() == 1 && returning_.contains(std::this_thread::get_id()));
    return is_nobody_back && std::all_of(waiters_.begin(), waiters_.end(), waits);
  };
  if (!changed_.wait_for(lock, longest_hold, is_quiet)) returning_.clear();
}

Instant Engine::next_deadline() const {
  Instant result = host_.deadline();
  for (const Waiter& waiter : waiters_) result = earliest(result, waiter.until);
  return result;
}

void Engine::advance_to(Lock& lock, Instant time) {
  for (;;) {
    await_others(lock);
    const Instant next = next_deadline();
    if (next > time) break;
    now_ = std::max(now_, next);
    settle_host();
    changed_.notify_all();  // a waiter's own time may have come
  }
  now_ = std::max(now_, time);
}

void Engine::arrive(Bytes packet) {
  Lock lock(mutex_);
  enter();
  Frame frame;
  frame.bytes = BufferChain{pool_->copy_of(packet)};
  host_.absorb(0, {&frame, 1}, now_);
  settle_host();
}

std::optional<Departure> Engine::next_departure() {
  Lock lock(mutex_);
  enter();
  const Instant limit = later_by(now_, most_wait);
  for (;;) {
    await_others(lock);
    if (!departures_.empty()) {
      Departure result = std::move(departures_.front());
      departures_.pop_front();
      return result;
    }
    const Instant next = next_deadline();
    if (next > limit) return std::nullopt;
    now_ = std::max(now_, next);
    settle_host();
    changed_.notify_all();
  }
}

// Whose call has ended needs a moment of real time to tell the others what came of it.
void Engine::sleep(Duration duration) {
  Lock lock(mutex_);
  if (std::exchange(is_somebody_back_, false)) {
    lock.unlock();
    std::this_thread::sleep_for(moment);
    lock.lock();
  }
  enter();
  advance_to(lock, now_ + duration + oversleep);
}

Instant Engine::read_clock() {
  Lock lock(mutex_);
  if (returning_.erase(std::this_thread::get_id()) > 0) {
    is_somebody_back_ = true;
    changed_.notify_all();
    return now_;
  }
  advance_to(lock, now_ + clock_step);
  return now_;
}

}  // namespace acksu::packetdrill
