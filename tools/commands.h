// What a subcommand of acksu needs: its declaration (from commands.inc), how it runs, how it fails.
//
//   void add_echo(CLI::App& program) {
//     CLI::App* command = program.add_subcommand("echo", "Print a word");
//     auto word = std::make_shared<std::string>();
//     command->add_option("WORD", *word, "What to print")->required();
//     on_run(*command, [word] {
//       std::printf("%s\n", word->c_str());
//       return 0;
//     });
//   }
//
// Exit codes: 0 done; 1 it was tried and failed (also `throw std::runtime_error{"sentence"}`);
// 2 the command line is wrong (`throw UsageError{"sentence"}`), told in one line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>

namespace acksu::tools {

// A command line that cannot be meant; the sentence says what to write instead.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs `body` when `command` is chosen; what it returns is the exit code of the program.
void on_run(CLI::App& command, std::function<int()> body);

#define COMMAND(name) void add_##name(CLI::App& program);
#include "tools/commands.inc"
#undef COMMAND

}  // namespace acksu::tools
