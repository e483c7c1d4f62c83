// Calls of epoll.
#include <sys/epoll.h>

#include "packetdrill/calls.h"
#include "packetdrill/linux_names.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

std::string nothing_told(const posix::Outcome&) { return ""; }

// {events=EPOLLIN, fd=4}; also ptr, u32, u64.
epoll_event event_of(const Expression& expression, std::uint32_t line) {
  const Expression* const events = expression.part("events");
  if (events == nullptr) {
    throw Mistake{line, "'" + to_string(expression) + "' is no event of epoll"};
  }
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(number_of(*events, line));
  for (const char* const name : {"fd", "ptr", "u32", "u64"}) {
    if (const Expression* const data = expression.part(name)) {
      event.data.u64 = static_cast<std::uint64_t>(number_of(*data, line));
    }
  }
  return event;
}

std::string event_text(const epoll_event& event) {
  std::string text;
  for (const char* const name :
       {"EPOLLIN", "EPOLLPRI", "EPOLLOUT", "EPOLLERR", "EPOLLHUP", "EPOLLRDHUP"}) {
    if ((event.events & static_cast<std::uint32_t>(*linux_number(name))) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string{name};
  }
  return "{events=" + (text.empty() ? "0" : text) + ", data=" + std::to_string(event.data.u64) +
         "}";
}

}  // namespace

Attempt Calls::prepare_epoll_create(const Given& given) {
  const int flags = given.call.name == "epoll_create1" ? given.integer(0) : 0;
  return made(given, [this, flags] { return machine_.sockets().epoll_create(flags); });
}

Attempt Calls::prepare_epoll_ctl(const Given& given) {
  const bool has_event = given.has(3) && !given.at(3).is_word("NULL");
  const epoll_event event = has_event ? event_of(given.at(3), given.line) : epoll_event{};
  return {[this, event, has_event, operation = given.integer(1), epoll = descriptor(given, 0),
           fd = descriptor(given, 2)] {
            return machine_.sockets().epoll_ctl(epoll, operation, fd, has_event ? &event : nullptr);
          },
          nothing_told};
}

// One event is compared, as packetdrill does.
Attempt Calls::prepare_epoll_wait(const Given& given) {
  const epoll_event wanted = event_of(given.at(1), given.line);
  const auto most = static_cast<std::size_t>(std::max(given.integer(2), 1));
  const int patience = given.integer(3);
  auto room = std::make_shared<std::vector<epoll_event>>(most);
  const auto run = [this, room, patience, epoll = descriptor(given, 0)] {
    posix::Outcome outcome = machine_.sockets().epoll_wait(epoll, *room, machine_.now());
    if (patience == 0) outcome.waits_for = 0;
    if (patience > 0) outcome.patience = std::chrono::milliseconds{patience};
    return outcome;
  };
  const auto check = [room, wanted](const posix::Outcome& outcome) -> std::string {
    if (!outcome || outcome.value == 0) return "";
    const epoll_event& told = room->front();
    if (told.events == wanted.events && told.data.u64 == wanted.data.u64) return "";
    return "expected " + event_text(wanted) + ", actual " + event_text(told);
  };
  return {run, check};
}

}  // namespace acksu::packetdrill
