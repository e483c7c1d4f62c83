// acksu explore: all that can happen between two real hosts within bounds, and whether every
// promise is kept; or the shortest way to break one, as a ladder and as a packetdrill script.
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/explored_story.h"
#include "sim/explorer.h"
#include "sim/sweep.h"
#include "tools/commands.h"
#include "tools/explore_parts.h"
#include "tools/output.h"

namespace acksu::tools {
namespace {

using sim::CounterExample;
using sim::ExploreCounts;
using sim::Explorer;
using sim::ExploreSettings;

constexpr std::uint64_t slice = 1'000'000;  // transitions between two looks at the clock
constexpr std::uint64_t most_searched = 20'000'000;

struct ExploreArguments {
  ExploreSettings settings;
  std::string drops = "0";
  std::string open = "any";
  std::vector<std::string> never;
  bool has_no_aborts = false;
  std::uint64_t most_states = 100'000'000;
  std::string script;
  std::string shard, out;
  std::size_t parts = 256;
  std::vector<std::string> sum;
};

std::uint32_t number_in(const std::string& text, const char* mistake) {
  if (text.empty() || text.size() > 3 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    throw UsageError{mistake};
  }
  return static_cast<std::uint32_t>(std::stoul(text));
}

tcp::State state_named(const std::string& text) {
  for (std::size_t i = 0; i < tcp::state_count; ++i) {
    if (text == name(static_cast<tcp::State>(i))) return static_cast<tcp::State>(i);
  }
  throw UsageError{"--never wants two states as RFC 9293 writes them, such as CLOSING CLOSING"};
}

ExploreSettings settings_of(const ExploreArguments& arguments) {
  ExploreSettings settings = arguments.settings;
  settings.drops = arguments.drops == "any"
                       ? ExploreSettings::any_number
                       : number_in(arguments.drops, "--drops wants a number up to 99, or any");
  const bool is_too_much = arguments.drops != "any" && settings.drops > 99;
  if (is_too_much || settings.duplicates > 99 || settings.time_outs > 99) {
    throw UsageError{"--drops, --duplicates and --timeouts want numbers up to 99"};
  }
  if (arguments.open == "passive") settings.opening = sim::ExploredOpening::passive;
  if (arguments.open == "crossing") settings.opening = sim::ExploredOpening::crossing;
  settings.may_abort = !arguments.has_no_aborts;
  if (!arguments.never.empty()) {
    settings.never_first = state_named(arguments.never[0]);
    settings.never_second = state_named(arguments.never[1]);
  }
  return settings;
}

// "2 drops, 1 duplicate, 2 time-outs a side, ..."
std::string bounds_of(const ExploreSettings& settings) {
  const auto count = [](std::uint32_t number, const char* what) {
    const std::string text =
        number == ExploreSettings::any_number ? "any number of" : std::to_string(number);
    return text + " " + what + (number == 1 ? "" : "s");
  };
  std::string text = count(settings.drops, "drop") + ", " +
                     count(settings.duplicates, "duplicate") + ", " +
                     count(settings.time_outs, "time-out") + " a side, " +
                     count(settings.data, "segment") + " of text a side";
  if (settings.waits > 0) text += ", " + count(settings.waits, "wait") + " a side";
  if (settings.may_abort) text += ", aborts";
  return text;
}

void print_ends(const sim::TwoEnds& ends) {
  std::printf("A was in %u states and B in %u, with %u different segments; the stack ran %" PRIu64
              " times, %" PRIu64 " times for a second history, with the same outcome\n",
              ends.graph(0).size(), ends.graph(1).size(), ends.book().size(),
              ends.graph(0).transitions() + ends.graph(1).transitions(),
              ends.graph(0).audited() + ends.graph(1).audited());
}

int print_broken(const CounterExample& found, const ExploreArguments& arguments) {
  const ExploreSettings settings = settings_of(arguments);
  std::optional<CounterExample> example = sim::find_shortest(settings, most_searched);
  if (!example) example = found;
  const sim::Story story = tell(*example, settings);
  std::fputs(story.ladder.c_str(), stdout);
  std::printf("%zu steps%s%s\n", example->steps.size(),
              example->is_shortest ? ", and there is no shorter way" : "",
              story.is_true ? "" : "; but played again it came to something else");
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string& script = story.scripts[side];
    if (arguments.script.empty()) {
      std::printf("\n%s", script.c_str());
    } else {
      write_file(arguments.script + (side == 0 ? "-a.pkt" : "-b.pkt"), script.data(),
                 script.size());
    }
  }
  return 1;
}

// False: too many states.
template <typename Search>
bool run_on(Search& search, std::uint64_t most_states) {
  auto told = std::chrono::steady_clock::now();
  while (search.advance(slice)) {
    const ExploreCounts counts = search.counts();
    if (counts.states > most_states) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - told < std::chrono::seconds{10}) continue;
    told = now;
    std::fprintf(stderr, "%" PRIu64 " states, %" PRIu64 " transitions so far, %" PRIu64 " MB\n",
                 counts.states, counts.transitions, search.held_bytes() >> 20);
  }
  return true;
}

// All that could make it another exploration.
std::string name_of(const ExploreArguments& arguments) {
  const ExploreSettings settings = settings_of(arguments);
  std::string name = bounds_of(settings) + "; opened " + arguments.open;
  if (settings.accepts_late) name += ", late accepts";
  if (settings.is_sack_on) name += ", SACK";
  if (settings.has_timestamps) name += ", time stamps";
  if (settings.has_scaling) name += ", scaling";
  if (settings.delays_acks) name += ", delayed ACKs";
  if (settings.data > 0) name += ", text of " + std::to_string(settings.text_bytes);
  if (settings.window_bytes > 0) name += ", windows of " + std::to_string(settings.window_bytes);
  return name;
}

int explore_parts(const ExploreArguments& arguments) {
  const ExploreSettings settings = settings_of(arguments);
  const Shard shard = Shard::of(arguments.shard);
  if (settings.drops == ExploreSettings::any_number) {
    throw UsageError{"parts can be added where --drops is a number"};
  }
  Explorer explorer{settings};
  const sim::Parts parts = explorer.split(arguments.parts);
  if (explorer.found()) return print_broken(*explorer.found(), arguments);
  PartLine line{.bounds = name_of(arguments), .of = parts.parts.size()};
  line.before = parts.executions_before;
  const std::set<std::uint64_t> done = parts_done(arguments.out, line);
  std::uint64_t count = 0;
  for (line.part = shard.index; line.part < line.of; line.part += shard.count) {
    if (done.contains(line.part)) continue;
    const ExploreCounts before = explorer.counts();
    explorer.begin(parts.parts[line.part]);
    const bool is_finished = run_on(explorer, arguments.most_states);
    if (explorer.found()) return print_broken(*explorer.found(), arguments);
    const ExploreCounts counts = explorer.counts();
    if (!is_finished) {
      std::printf("part %" PRIu64 " has more than %" PRIu64 " states\n", line.part, counts.states);
      return 1;
    }
    line.executions = parts.parts[line.part].ways * counts.executions;
    line.states = counts.states - before.states;
    line.transitions = counts.transitions - before.transitions;
    append(arguments.out, line);
    ++count;
  }
  std::printf("%" PRIu64 " parts of %" PRIu64 " explored: every promise was kept\n", count,
              line.of);
  return 0;
}

// Where any number may be lost executions are not counted, for what one does another does, too.
std::string executions_of(const ExploreCounts& counts, const ExploreSettings& settings) {
  if (settings.drops == ExploreSettings::any_number) return "all";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", counts.executions);
  return text;
}

template <typename Search>
int finish(Search& search, const ExploreArguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const bool is_finished = run_on(search, arguments.most_states);
  if (search.found()) return print_broken(*search.found(), arguments);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const ExploreSettings& settings = search.ends().settings();
  const ExploreCounts counts = search.counts();
  std::printf("%s; opened %s\n", bounds_of(settings).c_str(), arguments.open.c_str());
  print_ends(search.ends());
  std::printf("%" PRIu64 " situations where all is over, %" PRIu64
              " where only more time-outs would go on; %" PRIu64 " MB\n",
              counts.ended, counts.bounded, search.held_bytes() >> 20);
  if (!is_finished) {
    std::printf("%" PRIu64 " states, %" PRIu64
                " transitions in %.1f s, and not finished: "
                "no promise was broken so far\n",
                counts.states, counts.transitions, seconds.count());
    return 1;
  }
  std::printf("%" PRIu64 " states, %" PRIu64
              " transitions, %s executions covered in %.1f s: "
              "every promise was kept, and from each state both sides reach CLOSED\n",
              counts.states, counts.transitions, executions_of(counts, settings).c_str(),
              seconds.count());
  return 0;
}

int explore(const ExploreArguments& arguments) {
  if (!arguments.sum.empty()) return sum_parts(arguments.sum);
  if (arguments.out.empty() != arguments.shard.empty()) {
    throw UsageError{"--shard I/N and --out FILE go together"};
  }
  if (!arguments.out.empty()) return explore_parts(arguments);
  const ExploreSettings settings = settings_of(arguments);
  if (settings.drops == ExploreSettings::any_number) {
    sim::Sweep sweep{settings};
    return finish(sweep, arguments);
  }
  Explorer explorer{settings};
  explorer.begin();
  return finish(explorer, arguments);
}

void add_bounds(CLI::App& command, ExploreArguments& arguments) {
  ExploreSettings& settings = arguments.settings;
  command.add_option("--drops", arguments.drops, "N  Segments that may be lost; or any");
  command.add_option("--duplicates", settings.duplicates, "N  Segments that may arrive once more");
  command.add_option("--timeouts", settings.time_outs,
                     "N  Of each side: timers that may say that something is lost");
  command.add_option("--data", settings.data, "N  Segments of text that each side may write");
  command.add_option("--waits", settings.waits,
                     "N  Of each side: how often time may pass until right before its timer");
  command
      .add_option("--open", arguments.open,
                  "B listens (passive), connects too (crossing), or does one of these (any)")
      ->check(CLI::IsMember({"passive", "crossing", "any"}));
  command.add_flag("--no-aborts", arguments.has_no_aborts, "Applications close, and never abort");
  command.add_flag("--late-accepts", settings.accepts_late,
                   "A connection may wait to be accepted, or be refused by closing the listener");
}

void add_parts(CLI::App& command, ExploreArguments& arguments) {
  command.add_option("--shard", arguments.shard,
                     "I/N  Of the parts only each N-th, from the I-th on; with --out");
  command.add_option("--out", arguments.out,
                     "FILE  One JSON object a line and part; parts that it has are not done again");
  command.add_option("--parts", arguments.parts, "N  At least so many; the same for all shards")
      ->check(CLI::Range(1, 100'000));
  command.add_option("--sum", arguments.sum, "FILE...  What the parts of these files are together");
}

}  // namespace

void add_explore(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "explore", "Visit all that can happen between two hosts within bounds");
  auto arguments = std::make_shared<ExploreArguments>();
  ExploreSettings& settings = arguments->settings;
  add_bounds(*command, *arguments);
  command->add_flag("--sack", settings.is_sack_on, "With selective acknowledgements");
  command->add_flag("--timestamps", settings.has_timestamps, "With time stamps");
  command->add_flag("--scaling", settings.has_scaling, "With window scaling");
  command->add_flag("--delayed-acks", settings.delays_acks, "From the first segment on");
  command->add_option("--text", settings.text_bytes, "BYTES  Of each segment of text")
      ->check(CLI::Range(1, 1000));
  command->add_option("--window", settings.window_bytes, "BYTES  Of both receive buffers")
      ->check(CLI::Range(1, 65535));
  command->add_option("--audit", settings.audited_one_of,
                      "N  One in so many states of a host met again is run again; 0: none");
  command
      ->add_option("--never", arguments->never,
                   "STATE STATE  Claim that A and B are never in these states at once")
      ->expected(2);
  command->add_option("--most-states", arguments->most_states, "N  Gives up after so many");
  command->add_option("--script", arguments->script,
                      "NAME  A broken promise goes to NAME-a.pkt and NAME-b.pkt");
  add_parts(*command, *arguments);
  on_run(*command, [arguments] { return explore(*arguments); });
}

}  // namespace acksu::tools
