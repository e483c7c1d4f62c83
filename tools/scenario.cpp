// acksu scenario: what TCP does in situations that textbooks describe, drawn from a live run that
// proves what it says.
#include <cstdio>
#include <memory>
#include <string>

#include "tools/commands.h"
#include "tools/show.h"

namespace acksu::tools {
namespace {

struct ScenarioArguments {
  std::string name;
  bool is_list = false;
  std::uint64_t seed = 1;
  Output output;
};

void print_list(const Output& output) {
  std::size_t longest = 0;
  for (const Scenario& scenario : scenarios()) {
    longest = std::max(longest, std::string{scenario.name}.size());
  }
  for (const Scenario& scenario : scenarios()) {
    const std::string name = trace::padded(scenario.name, longest + 2);
    output.print(output.styled(name, trace::Style::bold) +
                 output.say(scenario.english, scenario.korean) + "\n");
  }
}

const Scenario& find(const std::string& name) {
  for (const Scenario& scenario : scenarios()) {
    if (name == scenario.name) return scenario;
  }
  throw UsageError{"there is no scenario '" + name + "'; 'acksu scenario --list' names them"};
}

int play(const ScenarioArguments& arguments) {
  arguments.output.check();
  const Scenario& scenario = find(arguments.name);
  const Output& output = arguments.output;
  output.print(output.styled(std::string{scenario.name}, trace::Style::bold) + ": " +
               output.say(scenario.english, scenario.korean) + "\n\n");
  output.print_paragraph(output.say(scenario.english_watch, scenario.korean_watch));
  output.print("\n");
  Show show{output, arguments.seed};
  scenario.play(show);
  show.print_ladder();
  output.write_files(show.traces());
  for (const std::string& failure : show.failures()) {
    std::fprintf(stderr, "acksu scenario: this run did not show: %s\n", failure.c_str());
  }
  return show.failures().empty() ? 0 : 1;
}

int run(const ScenarioArguments& arguments) {
  if (arguments.is_list) {
    print_list(arguments.output);
    return 0;
  }
  if (arguments.name.empty()) {
    throw UsageError{"which scenario? 'acksu scenario --list' names them"};
  }
  return play(arguments);
}

}  // namespace

void add_scenario(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "scenario", "Play a situation that textbooks describe, and prove what is said of it");
  auto arguments = std::make_shared<ScenarioArguments>();
  command->add_option("NAME", arguments->name, "Which one; --list names them");
  command->add_flag("--list", arguments->is_list, "Name all scenarios");
  command->add_option("--seed", arguments->seed, "Of all that is random")->capture_default_str();
  arguments->output.add_options(*command);
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
