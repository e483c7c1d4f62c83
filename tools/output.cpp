// Options of what is shown, and files.
#include "tools/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "tools/commands.h"
#include "trace/flows.h"
#include "trace/json.h"
#include "trace/pcapng.h"
#include "trace/plot.h"

namespace acksu::tools {
namespace {

// "run.pcapng" and 2 give "run-2.pcapng".
std::string numbered(const std::string& path, std::size_t number) {
  if (number == 1 || path == "-") return path;  // pcapng files may follow each other
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  const std::size_t at = has_ending ? dot : path.size();
  return path.substr(0, at) + "-" + std::to_string(number) + path.substr(at);
}

}  // namespace

void write_file(const std::string& path, const void* bytes, std::size_t count) {
  std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  bool is_good = file != nullptr && std::fwrite(bytes, 1, count, file) == count;
  if (file == stdout) {
    is_good = std::fflush(file) == 0 && is_good;
  } else if (file != nullptr) {
    is_good = std::fclose(file) == 0 && is_good;
  }
  if (is_good) return;
  const std::string problem = std::strerror(errno);
  if (file == stdout) std::clearerr(stdout);  // it is told here
  throw std::runtime_error{"cannot write to " + (file == stdout ? "standard output" : path) + ": " +
                           problem};
}

void Output::add_options(CLI::App& command) {
  command.add_option("--lang", language_, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  command.add_flag("--all", shows_all_,
                   "Fold nothing; show each timer, RTT and congestion window too");
  command.add_flag("--no-color", has_no_colour_, "No colours, also on a terminal");
  command
      .add_option("--pcap", pcap_, "Write a capture (pcapng) for Wireshark; - is standard output")
      ->type_name("FILE");
  command.add_option("--json", json_, "Write the events as JSON lines; - is standard output")
      ->type_name("FILE");
  command.add_option("--plot", plot_, "Draw the connection with the most text (SVG)")
      ->type_name("FILE");
}

void Output::check() const {
  if ((json_ == "-") + (pcap_ == "-") + (plot_ == "-") > 1) {
    throw UsageError{"only one of --pcap, --json and --plot can be standard output"};
  }
}

trace::Language Output::language() const {
  return language_ == "ko" ? trace::Language::korean : trace::Language::english;
}

bool Output::has_colour() const {
  return !has_no_colour_ && std::getenv("NO_COLOR") == nullptr && isatty(fileno(text())) == 1;
}

void Output::print_paragraph(const std::string& words) const {
  for (const std::string& line : trace::wrapped(words, 96)) print("  " + line + "\n");
}

trace::LadderOptions Output::ladder() const {
  return {.language = language(), .has_colour = has_colour(), .shows_all = shows_all_};
}

void Output::write_plot(const std::string& path, const trace::Trace& trace) const {
  trace::Flows flows;
  flows.take(trace, 0);
  const std::vector<const trace::Flow*> ranked = flows.ranked();
  if (ranked.empty()) throw std::runtime_error{path + ": no connection in it has text to draw"};
  trace::PlotOptions options;
  options.language = language();
  const std::string picture = trace::plot(*ranked.front(), options);
  write_file(path, picture.data(), picture.size());
}

void Output::write_files(const std::vector<const trace::Trace*>& traces) const {
  std::string lines;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    if (!pcap_.empty()) {
      const std::vector<std::uint8_t> file = trace::pcapng(*traces[i]);
      write_file(numbered(pcap_, i + 1), file.data(), file.size());
    }
    if (!json_.empty()) lines += trace::json_lines(*traces[i]);
    if (!plot_.empty()) write_plot(numbered(plot_, i + 1), *traces[i]);
  }
  if (!json_.empty()) write_file(json_, lines.data(), lines.size());
}

}  // namespace acksu::tools
