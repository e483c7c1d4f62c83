// acksu plot: a trace or a capture as a picture of one connection.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/amounts.h"
#include "tools/capture_report.h"
#include "tools/commands.h"
#include "tools/input.h"
#include "tools/output.h"
#include "tools/trace_lines.h"
#include "trace/capture_flows.h"
#include "trace/plot.h"
#include "wire/pcap_reader.h"

namespace acksu::tools {
namespace {

using trace::Flow;
using trace::Flows;

struct PlotArguments {
  std::string input;
  std::string output = "-";
  std::string connection;
  std::vector<std::string> what;
  std::string from, to;
  std::string language = "en";
  bool is_list = false;
};

// ---- Reading

void read_capture(const std::string& name, const std::string& file, Flows& flows) {
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  const trace::CaptureReading reading = trace::take_capture(bytes, flows);
  tell_of_reading("plot", name, "plotted", reading);
}

void read_lines(const std::string& name, const std::string& begin, std::istream& input,
                Flows& flows) {
  TraceLines lines{flows};
  std::string line, rest;
  std::getline(input, rest);
  try {
    lines.take(begin + rest);
    while (std::getline(input, line)) lines.take(line);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error{name + ": " + error.what()};
  }
}

void read_input(const std::string& name, std::istream& input, Flows& flows) {
  std::string begin(4, '\0');
  input.read(begin.data(), 4);
  begin.resize(static_cast<std::size_t>(input.gcount()));
  const Bytes magic{reinterpret_cast<const std::uint8_t*>(begin.data()), begin.size()};
  if (wire::PcapReader::is_capture(magic)) {
    std::string file = begin;
    file.append(std::istreambuf_iterator<char>{input}, {});
    return read_capture(name, file, flows);
  }
  if (begin.empty() || begin[0] != '{') {
    throw std::runtime_error{
        name + " is neither a trace (JSON lines of --json) nor a capture (pcap, pcapng)"};
  }
  read_lines(name, begin, input, flows);
}

void read_file(const std::string& path, Flows& flows) {
  if (path == "-") return read_input("standard input", std::cin, flows);
  std::ifstream file = open_input(path);
  read_input(path, file, flows);
}

// ---- Choosing

std::string seen_text(const Flow& flow) {
  if (flow.vantage == trace::Vantage::capture) return "capture";
  const bool is_sender = flow.vantage == trace::Vantage::sender;
  return flow.place + (is_sender ? " (sends)" : " (receives)");
}

void print_list(const std::vector<const Flow*>& flows) {
  std::printf("%3s %14s %8s  %-50s %s\n", "N", "bytes", "again", "FROM-TO", "seen by");
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const Flow& flow = *flows[i];
    const std::string name = to_string(flow.tuple.local) + "-" + to_string(flow.tuple.remote);
    std::printf("%3zu %14s %8s  %-50s %s\n", i + 1,
                trace::grouped(flow.text_bytes - flow.repeated_bytes).c_str(),
                trace::grouped(flow.repeated_segments).c_str(), name.c_str(),
                seen_text(flow).c_str());
  }
}

// "A:P-B:Q": who sends the text stands first; "A:P" is either end.
bool is_named(const Flow& flow, const std::string& words) {
  const std::string local = to_string(flow.tuple.local), remote = to_string(flow.tuple.remote);
  return words == local + "-" + remote || words == local || words == remote;
}

const Flow& choose(const std::vector<const Flow*>& flows, const PlotArguments& arguments) {
  const std::string& words = arguments.connection;
  if (flows.empty()) {
    throw std::runtime_error{arguments.input + " has no connection in which text was sent"};
  }
  if (words.empty()) return *flows.front();
  const bool is_number = words.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && words.size() < 10) {
    const std::size_t number = std::stoul(words);
    if (number >= 1 && number <= flows.size()) return *flows[number - 1];
  }
  const auto found = std::find_if(flows.begin(), flows.end(),
                                  [&](const Flow* flow) { return is_named(*flow, words); });
  if (found != flows.end()) return **found;
  throw UsageError{"there is no connection '" + words + "' in " + arguments.input +
                   "; --list names " +
                   (flows.size() == 1 ? "the one there is" : std::to_string(flows.size()))};
}

trace::PlotOptions options_of(const PlotArguments& arguments) {
  trace::PlotOptions options;
  options.language =
      arguments.language == "ko" ? trace::Language::korean : trace::Language::english;
  const auto wants = [&](const char* panel) {
    return arguments.what.empty() ||
           std::find(arguments.what.begin(), arguments.what.end(), panel) != arguments.what.end();
  };
  options.shows_sequence = wants("sequence");
  options.shows_limits = wants("limits");
  options.shows_windows = wants("window");
  options.shows_rtt = wants("rtt");
  options.shows_throughput = wants("throughput");
  if (!arguments.from.empty()) options.from = parse_duration(arguments.from);
  if (!arguments.to.empty()) options.to = parse_duration(arguments.to);
  if (options.to && *options.to <= options.from.value_or(Duration::zero())) {
    throw UsageError{"--to has to be later than --from"};
  }
  return options;
}

int run(const PlotArguments& arguments) {
  trace::PlotOptions options = options_of(arguments);
  Flows flows;
  read_file(arguments.input, flows);
  const std::vector<const Flow*> ranked = flows.ranked();
  if (arguments.is_list) {
    print_list(ranked);
    return 0;
  }
  options.left_out = flows.left_out();
  const std::string picture = trace::plot(choose(ranked, arguments), options);
  write_file(arguments.output, picture.data(), picture.size());
  return 0;
}

}  // namespace

void add_plot(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("plot", "Draw a connection of a trace or a capture (SVG)");
  auto arguments = std::make_shared<PlotArguments>();
  command
      ->add_option("INPUT", arguments->input,
                   "A trace (--json of another command), pcap or pcapng; - is standard input")
      ->required();
  command->add_option("-o,--output", arguments->output, "The picture; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option(
      "--connection", arguments->connection,
      "Which one: its number in --list, FROM-TO as there, or one end's address:port "
      "(default: the one with the most text)");
  command->add_option("--what", arguments->what, "Panels: sequence,limits,window,rtt,throughput")
      ->delimiter(',')
      ->check(CLI::IsMember({"sequence", "limits", "window", "rtt", "throughput"}));
  command->add_option("--from", arguments->from,
                      "Begin so long after the connection, such as 1.5s");
  command->add_option("--to", arguments->to, "End so long after the connection began");
  command->add_flag("--list", arguments->is_list, "Name the connections instead");
  command->add_option("--lang", arguments->language, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
