// acksu link: joins two wires by a cable that can be bad, for real hosts on both sides. The same
// model of a cable as the simulator's, in real time.
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/commands.h"
#include "tools/link_loop.h"
#include "tools/link_report.h"
#include "tools/link_settings.h"
#include "tools/output.h"
#include "tools/real_wire.h"

namespace acksu::tools {
namespace {

struct LinkOptions {
  std::array<std::string, 2> wires;
  std::vector<std::string> words;              // for both directions, as `obey` takes them
  std::array<std::string, 2> direction_words;  // for one, between blanks
  std::string schedule;
  std::string json;
  std::uint64_t seed = 1;
};

sim::CableSettings settings_of(const LinkOptions& options) {
  sim::DirectionSettings both = clean_direction();
  for (const std::string& word : options.words) obey(both, word);
  sim::CableSettings settings = sim::CableSettings::both(both);
  for (std::size_t i = 0; i < settings.directions.size(); ++i) {
    std::istringstream words{options.direction_words[i]};
    for (std::string word; words >> word;) obey(settings.directions[i], word);
    check_direction(settings.directions[i]);
    if (settings.directions[i].has_codel && settings.directions[i].rate == 0 &&
        options.schedule.empty()) {
      throw UsageError{"a line without a limit has no queue: write --rate with --codel"};
    }
  }
  return settings;
}

LinkKind kind_of(const LinkOptions& options) {
  const LinkKind kind = link_kind_of(options.wires[0]);
  const LinkKind other_kind = link_kind_of(options.wires[1]);
  if (kind == LinkKind::ppp || other_kind == LinkKind::ppp) {
    throw UsageError{"a line of PPP carries octets, not frames: give two of tap:, tun: or unix:"};
  }
  if (kind != other_kind) {
    throw UsageError{"both wires must carry the same: two of tap: and unix:, or two of tun:"};
  }
  if (options.wires[0] == options.wires[1]) {
    throw UsageError{"'" + options.wires[0] + "' is both ends: give two wires"};
  }
  return kind;
}

std::uint32_t largest_mtu_of(const sim::CableSettings& first,
                             const std::vector<LinkChange>& changes) {
  std::uint32_t largest = std::max(first.directions[0].mtu, first.directions[1].mtu);
  for (const LinkChange& change : changes) {
    for (const sim::DirectionSettings& direction : change.settings.directions) {
      largest = std::max(largest, direction.mtu);
    }
  }
  return largest;
}

int run_link(const LinkOptions& options) {
  const LinkKind kind = kind_of(options);
  const sim::CableSettings settings = settings_of(options);
  std::vector<LinkChange> changes;
  if (!options.schedule.empty()) changes = read_schedule(options.schedule, settings);
  const std::uint32_t mtu = largest_mtu_of(settings, changes);
  const auto pool = std::make_shared<BufferPool>();
  const auto wire_a = open_wire(options.wires[0], mtu, pool);
  const auto wire_b = open_wire(options.wires[1], mtu, pool);
  sim::EmulatedLink link{settings, options.seed, pool, kind};
  LinkLoop loop{link, {wire_a.get(), wire_b.get()}, std::move(changes)};
  std::fprintf(stderr, "carrying frames between %s and %s; Ctrl-C ends it\n",
               options.wires[0].c_str(), options.wires[1].c_str());
  const std::string failure = loop.run();
  const LinkReport report{
      link, {wire_a.get(), wire_b.get()}, options.wires, loop.lasted(), options.seed};
  std::fputs(table_of(report).c_str(), options.json == "-" ? stderr : stdout);
  if (!options.json.empty()) {
    const std::string json = json_of(report);
    write_file(options.json, json.data(), json.size());
  }
  if (!failure.empty()) throw std::runtime_error{failure};
  return 0;
}

void add_link_words(CLI::App& command, const std::shared_ptr<LinkOptions>& options) {
  for (const LinkWord& word : link_words()) {
    const std::string name = std::string{"--"} + word.name, plain = word.name;
    if (word.value == nullptr) {
      command.add_flag_callback(
          name, [options, plain] { options->words.push_back(plain); }, word.help);
      continue;
    }
    const auto note = [options, plain](const std::string& value) {
      options->words.push_back(plain + "=" + value);
    };
    command.add_option_function<std::string>(name, note, word.help)->type_name(word.value);
  }
}

}  // namespace

void add_link(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("link", "Join two real wires by a cable that can be bad");
  auto options = std::make_shared<LinkOptions>();
  command->add_option("A", options->wires[0], "One end: tap:NAME, tun:NAME, unix:PATH, tap:fd=N")
      ->required();
  command->add_option("B", options->wires[1], "The other end")->required();
  add_link_words(*command, options);
  command
      ->add_option("--a-to-b", options->direction_words[0],
                   "What is different in that direction: the options above without --, such as "
                   "'rate=10mbit delay=5ms codel'")
      ->type_name("WORDS");
  command->add_option("--b-to-a", options->direction_words[1], "The same of the other direction")
      ->type_name("WORDS");
  command
      ->add_option("--schedule", options->schedule,
                   "Changes over time, a line each: TIME, and WORDS as above, cut or mend")
      ->type_name("FILE");
  command->add_option("--seed", options->seed, "Of all that is random")->capture_default_str();
  command->add_option("--json", options->json, "Write the statistics as JSON, too (-: only)")
      ->type_name("FILE");
  on_run(*command, [options] { return run_link(*options); });
}

}  // namespace acksu::tools
