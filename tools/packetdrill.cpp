// acksu packetdrill: plays scripts of packetdrill's language against a host of acksu in virtual
// time.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "packetdrill/mistake.h"
#include "packetdrill/parser.h"
#include "packetdrill/player.h"
#include "tools/commands.h"
#include "tools/input.h"
#include "tools/output.h"

namespace acksu::tools {
namespace {

using packetdrill::Report;
using packetdrill::ScriptOption;

struct PacketdrillArguments {
  std::vector<std::string> files;
  std::string version = "ipv4";
  std::vector<std::string> defines;
  std::string profile;
  std::optional<std::uint32_t> tolerance;
  bool is_loose = false;
  bool draws_ladder = false;
  bool is_quiet = false;
  Output output;
};

std::string text_of(const std::string& file) {
  const std::string problem = problem_of_input(file);
  if (!problem.empty()) throw UsageError{"'" + file + "' cannot be read: " + problem};
  std::ifstream stream = open_input(file);
  return {std::istreambuf_iterator<char>{stream}, {}};
}

// What stands on the command line, as a script would have it.
std::vector<ScriptOption> script_options(const PacketdrillArguments& arguments,
                                         packetdrill::IpVersion version) {
  std::vector<ScriptOption> options{{"ip_version", packetdrill::name(version)}};
  for (const std::string& define : arguments.defines) {
    if (!packetdrill::is_definition(define)) {
      throw UsageError{"--define wants NAME=VALUE, not '" + define + "'"};
    }
    options.push_back({"define", define});
  }
  if (!arguments.profile.empty()) options.push_back({"profile", arguments.profile});
  if (arguments.tolerance) {
    options.push_back({"tolerance_usecs", std::to_string(*arguments.tolerance)});
  }
  if (arguments.is_loose) options.push_back({"loose", ""});
  return options;
}

std::vector<packetdrill::IpVersion> versions(const PacketdrillArguments& arguments) {
  using packetdrill::IpVersion;
  if (arguments.version == "all") return {IpVersion::v4, IpVersion::mapped, IpVersion::v6};
  const std::optional<IpVersion> version = packetdrill::parse_version(arguments.version);
  if (version) return {*version};
  throw UsageError{"--ip-version is ipv4, ipv4-mapped-ipv6, ipv6 or all, not '" +
                   arguments.version + "'"};
}

void print_ladder(const PacketdrillArguments& arguments, const packetdrill::Player& player) {
  trace::LadderOptions options = arguments.output.ladder();
  options.origin = player.origin();
  arguments.output.print(trace::ladder(player.trace(), options) + "\n");
}

Report play_script(const PacketdrillArguments& arguments, const std::string& file,
                   packetdrill::IpVersion version) {
  const std::vector<ScriptOption> options = script_options(arguments, version);
  try {
    const packetdrill::Script script = packetdrill::parse_script(text_of(file), options);
    packetdrill::Player player{script, options};
    const Report report = player.play();
    if (arguments.draws_ladder) print_ladder(arguments, player);
    arguments.output.write_files({&player.trace()});
    return report;
  } catch (const packetdrill::Mistake& mistake) {
    Report report = packetdrill::packet_failure(mistake.line(), mistake.what(), {});
    report.is_readable = false;
    return report;
  }
}

struct Count {
  std::size_t passed = 0, failed = 0, unreadable = 0;
};

void play_file(const PacketdrillArguments& arguments, const std::string& file, Count& count) {
  const std::vector<packetdrill::IpVersion> all = versions(arguments);
  for (const packetdrill::IpVersion version : all) {
    const Report report = play_script(arguments, file, version);
    ++(report.has_passed ? count.passed : report.is_readable ? count.failed : count.unreadable);
    if (arguments.is_quiet && report.has_passed) continue;
    const std::string suffix =
        all.size() > 1 ? std::string{" ("} + packetdrill::name(version) + ")" : "";
    const char* const verdict = report.has_passed ? "passed" : "failed";
    arguments.output.print(file + suffix + ": " + verdict + "\n" + to_string(report, file));
  }
}

int play(const PacketdrillArguments& arguments) {
  arguments.output.check();
  versions(arguments);
  Count count;
  for (const std::string& file : arguments.files) play_file(arguments, file, count);
  const std::size_t total = count.passed + count.failed + count.unreadable;
  if (total > 1) {
    std::string summary = std::to_string(count.passed) + " of " + std::to_string(total) + " passed";
    if (count.unreadable > 0) {
      summary += ", " + std::to_string(count.unreadable) + " could not be played";
    }
    arguments.output.print(summary + "\n");
  }
  return count.passed == total ? 0 : 1;
}

}  // namespace

void add_packetdrill(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "packetdrill", "Play packetdrill scripts against acksu, in virtual time");
  auto arguments = std::make_shared<PacketdrillArguments>();
  command->add_option("FILE", arguments->files, "Scripts (.pkt)")->required();
  command
      ->add_option("--ip-version", arguments->version,
                   "ipv4, ipv4-mapped-ipv6, ipv6; all: each of them")
      ->capture_default_str();
  command->add_option("-D,--define", arguments->defines, "NAME=VALUE: what a word stands for")
      ->allow_extra_args(false);
  command
      ->add_option("--profile", arguments->profile,
                   "linux, freebsd: which stack the script was written for; without, its sysctls "
                   "tell")
      ->check(CLI::IsMember({"linux", "freebsd"}));
  command
      ->add_option("--tolerance-usecs", arguments->tolerance,
                   "How far off times may be, where a script does not say")
      ->check(CLI::Range(0, 100'000'000));
  command->add_flag("--loose", arguments->is_loose,
                    "Compare neither options nor windows: for scripts of another stack");
  command->add_flag("--ladder", arguments->draws_ladder, "Draw each dialogue");
  command->add_flag("--quiet", arguments->is_quiet, "Do not name scripts that passed");
  arguments->output.add_options(*command);
  on_run(*command, [arguments] { return play(*arguments); });
}

}  // namespace acksu::tools
