// What the ladder says beside a host's column about an event that is no frame.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "trace/event.h"
#include "trace/text.h"

namespace acksu::trace {

class NoteTaker {
 public:
  // Whether the ladder draws it: moves, memory, timers that fire or that people wait for, and why
  // nothing is sent when that is news. To be asked once about each event, in order; `all`: nearly
  // everything.
  bool wants(const Event& event, bool all);
  std::string text(const Event& event, Language language, std::size_t columns) const;
  Style style(const Event& event) const;

 private:
  using Connection = std::pair<std::uint32_t, FourTuple>;
  bool wants_timer(const TimerChanged& timer, bool all) const;

  std::map<Connection, tcp::LimitedBy> silences_;
};

const char* timer_name(tcp::Timer timer, Language language);
std::string silence_text(tcp::LimitedBy reason, Language language);

}  // namespace acksu::trace
