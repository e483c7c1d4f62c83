// acksu replay: what acksu would have said in a connection that was captured.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "api/linux_profile.h"
#include "sim/replay.h"
#include "tools/amounts.h"
#include "tools/capture_report.h"
#include "tools/commands.h"
#include "tools/input.h"
#include "tools/replay_report.h"

namespace acksu::tools {
namespace {

struct ReplayArguments {
  std::string input;
  std::string end;
  std::string tolerance = "5ms";
  std::vector<std::string> ignored;
  std::string connection;
  bool is_like_linux = false;
  bool is_json = false;
  bool is_sum = false;
  bool is_strict = false;
};

std::vector<std::uint8_t> read_whole(const std::string& path) {
  std::ifstream file = open_input(path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

sim::ReplaySettings settings_of(const ReplayArguments& arguments) {
  sim::ReplaySettings settings;
  if (arguments.is_like_linux) use_linux_profile(settings.host);
  if (!arguments.end.empty()) {
    settings.end = arguments.end == "client" ? sim::End::client : sim::End::server;
  }
  settings.tolerance = parse_duration(arguments.tolerance);
  for (const std::string& ignored : arguments.ignored) {
    for (std::size_t i = 0; i < sim::difference_names.size(); ++i) {
      if (ignored == sim::difference_names[i]) {
        settings.ignored |= static_cast<std::uint8_t>(1u << i);
      }
    }
  }
  return settings;
}

std::vector<sim::RecordedFlow> read_flows(const std::string& path) {
  const std::vector<std::uint8_t> file = read_whole(path);
  if (!wire::PcapReader::is_capture(file)) {
    throw UsageError{path + " is no capture (pcap, pcapng)"};
  }
  trace::CapturePackets packets(file);
  std::vector<sim::RecordedFlow> flows = sim::recorded_flows(packets);
  const trace::CaptureReading& reading = packets.reading();
  tell_of_reading("replay", path, "played", reading);
  if (flows.empty()) throw UsageError{path + " has no packet of TCP"};
  return flows;
}

std::string name_of(const sim::RecordedFlow& flow) {
  return to_string(flow.tuple.local) + "-" + to_string(flow.tuple.remote);
}

// Whether it was played and went otherwise.
bool replay_one(const sim::RecordedFlow& flow, const sim::ReplaySettings& settings,
                const ReplayArguments& arguments) {
  const sim::Replay replay = sim::replay_flow(flow, settings);
  if (arguments.is_json) {
    std::fputs(replay_json(replay).c_str(), stdout);
    return !replay.is_same();
  }
  const char* end = replay.end == sim::End::client ? "client" : "server";
  std::printf("%s: acksu is the %s, %s\n", name_of(flow).c_str(), end,
              to_string(replay.own).c_str());
  if (flow.missing_bytes > 0) {
    std::printf("%llu bytes of text were not captured: zeros stand for them\n",
                static_cast<unsigned long long>(flow.missing_bytes));
  }
  if (!arguments.is_sum) std::fputs(replay_ladder(replay).c_str(), stdout);
  std::printf("%s\n", replay_sum(replay).c_str());
  return !replay.is_same();
}

int run(const ReplayArguments& arguments) {
  const sim::ReplaySettings settings = settings_of(arguments);
  std::size_t played = 0, named = 0, otherwise = 0;
  const std::vector<sim::RecordedFlow> flows = read_flows(arguments.input);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const sim::RecordedFlow& flow = flows[i];
    const std::string& wanted = arguments.connection;
    if (!wanted.empty() && wanted != std::to_string(i + 1) && wanted != name_of(flow)) continue;
    ++named;
    if (const char* problem = flow.problem()) {
      std::fprintf(stderr, "acksu replay: %s is not played: %s\n", name_of(flow).c_str(), problem);
      continue;
    }
    ++played;
    if (replay_one(flow, settings, arguments)) ++otherwise;
  }
  if (named == 0) {
    throw UsageError{"there is no connection '" + arguments.connection + "' in " + arguments.input};
  }
  if (played == 0) throw std::runtime_error{"no connection of " + arguments.input + " was played"};
  return arguments.is_strict && otherwise > 0 ? 1 : 0;
}

}  // namespace

void add_replay(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "replay", "Play one end of captured connections, and mark what acksu does otherwise");
  auto arguments = std::make_shared<ReplayArguments>();
  command->add_option("FILE", arguments->input, "The capture, pcap or pcapng")->required();
  command
      ->add_option("--end", arguments->end,
                   "Which end acksu plays (default: the one near which it was captured)")
      ->check(CLI::IsMember({"client", "server"}));
  command->add_option("--connection", arguments->connection,
                      "Only this one: its number in the capture, or CLIENT-SERVER");
  command
      ->add_option("--tolerance", arguments->tolerance, "A difference of time that is none, as 5ms")
      ->capture_default_str();
  command
      ->add_option("--ignore", arguments->ignored,
                   "No differences: flags,ack,window,length,options,time")
      ->delimiter(',')
      ->check(CLI::IsMember(
          std::vector<std::string>(sim::difference_names.begin(), sim::difference_names.end())));
  command->add_flag("--like-linux", arguments->is_like_linux, "With the settings of Linux");
  command->add_flag("--sum", arguments->is_sum, "Only the sum of each connection");
  command->add_flag("--strict", arguments->is_strict, "Exit with 1 if anything is otherwise");
  command->add_flag("--json", arguments->is_json, "JSON lines instead of a ladder");
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
