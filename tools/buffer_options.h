// The options of commands whose connections have buffers: how large they are, and how much of what
// was written may be unsent.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>

#include "tcp/settings.h"
#include "tools/amounts.h"
#include "tools/commands.h"

namespace acksu::tools {

struct BufferOptions {
  std::string receive = "auto", send = "auto";
  std::optional<std::string> notsent_lowat;
};

inline void add_buffer_options(CLI::App& command, BufferOptions& options) {
  command
      .add_option(
          "--receive-buffer", options.receive,
          "Of each connection: a size such as 256kB, auto, or auto:16MiB (grows up to that)")
      ->capture_default_str();
  command.add_option("--send-buffer", options.send, "The same for what is written")
      ->capture_default_str();
  command.add_option("--notsent-lowat", options.notsent_lowat,
                     "Take no more to send while so much is unsent, such as 64kB");
}

// "auto", "auto:MOST" or a size. Throws UsageError.
inline tcp::BufferSize buffer_size_of(const std::string& text, tcp::BufferSize usual) {
  if (text == "auto") return usual;
  const bool grows = text.starts_with("auto:");
  const std::uint32_t bytes = parse_size(grows ? text.substr(5) : text);
  if (bytes == 0) throw UsageError{"a buffer of nothing holds nothing; write a size such as 256kB"};
  return grows ? tcp::BufferSize{std::min(bytes, usual.first), bytes} : tcp::BufferSize{bytes};
}

inline void set_buffers(const BufferOptions& options, tcp::Settings& settings) {
  settings.receive_buffer = buffer_size_of(options.receive, settings.receive_buffer);
  settings.send_buffer = buffer_size_of(options.send, settings.send_buffer);
  if (options.notsent_lowat) settings.notsent_lowat_bytes = parse_size(*options.notsent_lowat);
}

}  // namespace acksu::tools
