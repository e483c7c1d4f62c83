// What an epoll descriptor watches: which descriptors, for what, and which of them may be ready.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <map>

namespace acksu::posix {

struct EventPoll {
  struct Watch {
    std::uint32_t events = 0;  // EPOLL..., flags included
    epoll_data_t data{};
    bool is_queued = false;    // in `queue`
    bool is_disabled = false;  // EPOLLONESHOT has told once
  };

  std::map<int, Watch> watched;  // by descriptor
  // Those that something has happened to since they were last found without news, the oldest first.
  // A level-triggered one stays until it is found so.
  std::deque<int> queue;
};

}  // namespace acksu::posix
