// Plays a script: one event after the other, in virtual time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "packetdrill/assertion.h"
#include "packetdrill/calls.h"
#include "packetdrill/commands.h"
#include "packetdrill/report.h"

namespace acksu::packetdrill {

class Player {
 public:
  // Throws Mistake for options that mean nothing. `script` must outlive it.
  Player(const Script& script, const std::vector<ScriptOption>& more);

  Report play();
  // All that happened; for ladders and captures.
  const trace::Trace& trace() const { return machine_->trace(); }
  Instant origin() const { return start_; }

 private:
  // A call that has not returned yet.
  struct Blocked {
    const Event* event;
    const SystemCall* call;
    Attempt attempt;
    Instant until;        // SO_RCVTIMEO and the like
    posix::Outcome last;  // what it would return now
    Duration due;         // when the script wants it to return; the script's time
  };

  void play_event(const Event& event);
  // When the event is to happen.
  Instant time_of(const Event& event);
  void wait_for(const Event& event);

  void play_packet(const Event& event, const PacketLine& line);
  void say(const Event& event, const PacketLine& line, Conversation& conversation);
  void expect(const Event& event, const PacketLine& line, Conversation& conversation);
  HeardPacket next_heard(const Event& event, const PacketLine& line,
                         const Conversation& conversation);
  void compare(const Event& event, const PacketLine& line, const HeardPacket& heard);
  void check_time(const Event& event, const PacketLine& line, Instant actual) const;

  void play_call(const Event& event, const SystemCall& call);
  void finish(const Event& event, const SystemCall& call, const Attempt& attempt,
              const posix::Outcome& outcome) const;
  void try_blocked();
  void go_on();
  void await_blocked();

  void play_command(const Event& event, const Command& command);
  void answer(const Event& event, const StateQuestion& question) const;
  void play_code(const Event& event, const Code& code);
  std::optional<std::int64_t> name_in_code(const std::string& name) const;

  double seconds(Instant instant) const;
  [[noreturn]] void fail(const Event& event, const std::string& sentence,
                         std::vector<std::string> details = {}) const;

  const Script& script_;
  PlayOptions options_;
  Commands commands_;
  std::unique_ptr<Machine> machine_;
  Conversations conversations_;
  std::unique_ptr<Calls> calls_;
  Assertions assertions_;
  std::optional<Blocked> blocked_;
  std::optional<Attempt> going_on_;
  Instant start_{};
  Instant event_time_{};     // of the event that is played
  Instant event_end_{};      // of its range
  Instant previous_{};       // of the event before
  bool is_anchored_ = true;  // the event before stood at a time of its own
};

}  // namespace acksu::packetdrill
