// epoll: which of many descriptors are ready, level- and edge-triggered, without looking at all.
#include "api/posix_epoll.h"

#include <algorithm>

#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::uint32_t flag_bits = EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP;
constexpr std::uint32_t always_watched = EPOLLERR | EPOLLHUP;

void queue_watch(EventPoll& epoll, int descriptor) {
  const auto place = epoll.watched.find(descriptor);
  if (place == epoll.watched.end() || place->second.is_queued) return;
  place->second.is_queued = true;
  epoll.queue.push_back(descriptor);
}

void drop_watch(EventPoll& epoll, int descriptor) {
  epoll.watched.erase(descriptor);
  std::erase(epoll.queue, descriptor);
}

// What poll(2) may say after such an event.
std::uint32_t bits_behind(Readiness readiness) {
  std::uint32_t bits = 0;
  if (readiness.has(Readiness::readable | Readiness::acceptable)) bits |= EPOLLIN | EPOLLRDNORM;
  if (readiness.has(Readiness::readable | Readiness::urgent)) bits |= EPOLLPRI;
  if (readiness.has(Readiness::writable)) bits |= EPOLLOUT | EPOLLWRNORM;
  const std::uint8_t anything = Readiness::connected | Readiness::ended | Readiness::failed;
  return readiness.has(anything) ? ~0u : bits;
}

}  // namespace

EventPoll* Sockets::find_epoll(int descriptor) {
  Description* const description = find(descriptor);
  return description == nullptr || !description->epoll ? nullptr : &*description->epoll;
}

Outcome Sockets::epoll_create(int flags) {
  if ((flags & ~EPOLL_CLOEXEC) != 0) return Outcome::failed(EINVAL);
  Description description;
  description.epoll.make();
  description.closes_on_exec = (flags & EPOLL_CLOEXEC) != 0;
  return place(std::move(description));
}

Outcome Sockets::epoll_ctl(int epoll, int operation, int descriptor, const epoll_event* event) {
  Description* const watched = find(descriptor);
  if (find(epoll) == nullptr || watched == nullptr) return Outcome::failed(EBADF);
  EventPoll* const events = find_epoll(epoll);
  if (events == nullptr || epoll == descriptor || watched->epoll) return Outcome::failed(EINVAL);
  if (event == nullptr && operation != EPOLL_CTL_DEL) return Outcome::failed(EFAULT);
  const auto place = events->watched.find(descriptor);
  const bool is_there = place != events->watched.end();
  switch (operation) {
    case EPOLL_CTL_ADD:
      if (is_there) return Outcome::failed(EEXIST);
      events->watched[descriptor] = {.events = event->events, .data = event->data};
      watched->watchers.push_back(epoll);
      break;
    case EPOLL_CTL_MOD:
      if (!is_there) return Outcome::failed(ENOENT);
      place->second.events = event->events;
      place->second.data = event->data;
      place->second.is_disabled = false;
      break;
    case EPOLL_CTL_DEL:
      if (!is_there) return Outcome::failed(ENOENT);
      drop_watch(*events, descriptor);
      std::erase(watched->watchers, epoll);
      return Outcome::of(0);
    default: return Outcome::failed(EINVAL);
  }
  queue_watch(*events, descriptor);  // it may be ready already
  return Outcome::of(0);
}

Outcome Sockets::epoll_wait(int epoll, std::span<epoll_event> room, Instant now) {
  if (find(epoll) == nullptr) return Outcome::failed(EBADF);
  EventPoll* const events = find_epoll(epoll);
  if (events == nullptr || room.empty()) return Outcome::failed(EINVAL);
  hear_all();
  std::size_t count = 0;
  for (std::size_t left = events->queue.size(); left > 0 && count < room.size(); --left) {
    const int descriptor = events->queue.front();
    events->queue.pop_front();
    EventPoll::Watch& watch = events->watched.at(descriptor);
    watch.is_queued = false;
    const std::uint32_t news = news_of(watch, descriptor, now);
    if (news == 0) continue;
    room[count++] = {.events = news, .data = watch.data};
    if ((watch.events & EPOLLONESHOT) != 0) watch.is_disabled = true;
    const bool is_level = (watch.events & (EPOLLET | EPOLLONESHOT)) == 0;
    if (is_level) queue_watch(*events, descriptor);
  }
  Outcome outcome = Outcome::of(static_cast<std::int64_t>(count));
  if (count == 0) outcome.waits_for = POLLIN;
  return outcome;
}

std::uint32_t Sockets::news_of(const EventPoll::Watch& watch, int descriptor, Instant now) {
  if (watch.is_disabled) return 0;
  const auto ready = static_cast<std::uint32_t>(readiness(descriptor, now));
  return ready & ((watch.events & ~flag_bits) | always_watched);
}

bool Sockets::has_epoll_news(EventPoll& epoll, Instant now) {
  hear_all();
  return std::any_of(epoll.queue.begin(), epoll.queue.end(), [&](int descriptor) {
    return news_of(epoll.watched.at(descriptor), descriptor, now) != 0;
  });
}

// ---- What wakes them ----------------------------------------------------------------------------

void Sockets::hold(Description& description, Handle handle) {
  description.handle = handle;
  by_handle_[handle] = description.number;
  description.stamps.reset();
  watch_arrivals(description, 0);
}

void Sockets::let_go(Description& description) {
  by_handle_.erase(description.handle);
  description.handle = {};
}

void Sockets::hear(const SocketEvent& event) {
  const auto place = by_handle_.find(event.socket);
  if (place == by_handle_.end()) return;
  std::uint32_t bits = bits_behind(event.readiness);
  const Description* const heard = find(place->second);
  const bool has_lent = heard != nullptr && heard->lending && !heard->lending->lent.empty();
  if (has_lent && event.readiness.has(Readiness::all_acked)) bits |= EPOLLERR;  // all is back
  wake(place->second, bits);
}

void Sockets::hear_all() {
  while (const std::optional<SocketEvent> event = host_->next_event()) hear(*event);
}

void Sockets::wake(int descriptor, std::uint32_t bits) {
  Description* const description = find(descriptor);
  if (description == nullptr) return;
  for (const int watcher : description->watchers) {
    EventPoll& epoll = *find_epoll(watcher);
    const std::uint32_t wanted = epoll.watched.at(descriptor).events | always_watched;
    if ((wanted & bits) != 0) queue_watch(epoll, descriptor);
  }
}

// Before a descriptor is closed.
void Sockets::stop_watching(int descriptor, Description& description) {
  for (const int watcher : description.watchers) drop_watch(*find_epoll(watcher), descriptor);
  if (!description.epoll) return;
  for (const auto& [watched, watch] : description.epoll->watched) {
    std::erase(find(watched)->watchers, descriptor);
  }
}

}  // namespace acksu::posix
