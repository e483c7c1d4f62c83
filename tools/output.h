// Where journeys and scenarios are shown: the options that they share, and the files they write.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "trace/ladder.h"

namespace acksu::tools {

// The whole of a file; "-" is standard output. Throws std::runtime_error with a sentence.
void write_file(const std::string& path, const void* bytes, std::size_t count);

class Output {
 public:
  void add_options(CLI::App& command);
  // Throws UsageError for options that exclude each other.
  void check() const;

  trace::Language language() const;
  const char* say(const char* english, const char* korean) const {
    return trace::say(language(), english, korean);
  }
  // Escape codes: on a terminal, unless --no-color or the NO_COLOR of the environment is given.
  bool has_colour() const;
  bool shows_all() const { return shows_all_; }
  // Standard output, or standard error when a file takes its place.
  std::FILE* text() const { return json_ == "-" || pcap_ == "-" || plot_ == "-" ? stderr : stdout; }
  void print(const std::string& words) const { std::fputs(words.c_str(), text()); }
  // A paragraph of at most 96 columns, two columns in.
  void print_paragraph(const std::string& words) const;
  std::string styled(const std::string& words, trace::Style style) const {
    return trace::styled(words, style, has_colour());
  }
  trace::LadderOptions ladder() const;

  // The files that were asked for. With several traces the captures after the first one are named
  // NAME-2, NAME-3. Throws std::runtime_error with a sentence.
  void write_files(const std::vector<const trace::Trace*>& traces) const;

 private:
  void write_plot(const std::string& path, const trace::Trace& trace) const;

  std::string language_ = "en";
  bool has_no_colour_ = false;
  bool shows_all_ = false;
  std::string pcap_;
  std::string json_;
  std::string plot_;
};

}  // namespace acksu::tools
