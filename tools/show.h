// How a scenario is played: acts with their ladders, and findings that prove what it says. What a
// run did not show makes the command fail.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/output.h"
#include "tools/stage.h"

namespace acksu::tools {

class Show {
 public:
  Show(const Output& output, std::uint64_t seed) : output_(output), seed_(seed) {}

  // A new stage, seeded alike; the ladder of the one before is printed.
  Stage& begin();
  Stage& begin(const std::string& english, const std::string& korean);  // with a title
  // Prints the ladder of this act now, findings follow.
  void print_ladder();
  // Something that the run must have shown.
  void check(bool is_shown, const std::string& english, const std::string& korean);
  // Something that the run has shown, for the reader.
  void tell(const std::string& english, const std::string& korean);

  const Output& output() const { return output_; }
  std::vector<const trace::Trace*> traces() const;
  // What was not shown, in the order of checks; empty: all was.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void print_finding(const std::string& mark, const std::string& words) const;

  const Output& output_;
  std::uint64_t seed_;
  std::vector<std::unique_ptr<Stage>> stages_;
  bool is_printed_ = true;
  std::vector<std::string> failures_;
};

// ---- Looking at traces

bool has_moved(const trace::Trace& trace, std::uint32_t host, tcp::State from, tcp::Event event);
// How often a host was seen to send segments with all of `flags`.
std::size_t sent_count(const trace::Trace& trace, std::uint32_t host, std::uint16_t flags);
std::size_t drop_count(const trace::Trace& trace, std::uint32_t host, Drop drop);
std::size_t fired_count(const trace::Trace& trace, std::uint32_t host, tcp::Timer timer);
// Nothing is held but listeners and neighbours.
bool holds_nothing(const Host& host);

struct Scenario {
  const char* name;
  const char* english;  // what it is, in a few words
  const char* korean;
  const char* english_watch;  // what to see
  const char* korean_watch;
  void (*play)(Show&);
};
std::span<const Scenario> scenarios();

// Groups of scenarios, a file each.
void play_simultaneous_open(Show& show);
void play_simultaneous_close(Show& show);
void play_half_close(Show& show);
void play_refused_port(Show& show);
void play_lost_syn(Show& show);
void play_lost_syn_ack(Show& show);
void play_lost_last_ack(Show& show);
void play_repeated_fin(Show& show);
void play_zero_window(Show& show);
void play_tail_loss(Show& show);
void play_old_duplicate_syn(Show& show);
void play_rst_attack(Show& show);
void play_syn_flood(Show& show);
void play_fast_open(Show& show);
void play_marks(Show& show);

}  // namespace acksu::tools
