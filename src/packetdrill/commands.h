// The shell commands of scripts, as far as they set up a host: sysctl, routes, queues. No shell
// ever runs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/settings.h"
#include "tcp/state.h"

namespace acksu::packetdrill {

// sockstat ... | grep -c TIME_WAIT | grep 1: how many sockets are in that state.
struct StateQuestion {
  tcp::State state;
  std::size_t count;
};

class Commands {
 public:
  explicit Commands(HostSettings settings) : settings_(std::move(settings)) {}

  void run(const std::string& text);

  const HostSettings& settings() const { return settings_; }
  bool is_mute() const { return is_mute_; }  // the queue to the wire takes nothing
  // Once: what is known of peers is to be forgotten.
  bool take_forgetfulness() { return std::exchange(is_forgetful_, false); }
  // What scripts have asked about the host's sockets since.
  std::vector<StateQuestion> take_questions() { return std::exchange(questions_, {}); }
  // What could not be done, one sentence each, each once.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  using Words = std::vector<std::string>;

  bool run_simple(const Words& words);
  bool run_sysctl(const Words& words);
  void run_route(const Words& words);
  void run_queue(const Words& words);
  void run_grep(const Words& words);
  bool set(const std::string& name, const std::string& value);
  void note(const std::string& sentence);

  HostSettings settings_;
  bool is_mute_ = false;
  bool is_forgetful_ = false;
  std::optional<tcp::State> counted_;  // by the grep before
  std::vector<StateQuestion> questions_;
  std::vector<std::string> notes_;
};

}  // namespace acksu::packetdrill
