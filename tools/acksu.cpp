// The acksu program: chooses a subcommand and turns every mistake into one line and an exit code.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "acksu/version.h"
#include "tools/commands.h"
#include "tools/number_options.h"

namespace acksu::tools {

void on_run(CLI::App& command, std::function<int()> body) {
  command.callback([body = std::move(body)] {
    if (const int code = body(); code != 0) throw CLI::RuntimeError(code);
  });
}

namespace {

constexpr int kFailed = 1;
constexpr int kWrongCommandLine = 2;

void add_commands(CLI::App& program) {
#define COMMAND(name) add_##name(program);
#include "tools/commands.inc"
#undef COMMAND
  expect_decimal_numbers(program);
}

// "acksu journey" if that is what was asked for, else "acksu".
std::string chosen_command(const CLI::App& program) {
  std::string name = program.get_name();
  const CLI::App* app = &program;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    name += " " + app->get_name();
  }
  return name;
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

int wrong_command_line(const CLI::App& program, const std::string& what) {
  const std::string command = chosen_command(program);
  std::fprintf(stderr, "%s: %s; see '%s --help'\n", command.c_str(), one_line(what).c_str(),
               command.c_str());
  return kWrongCommandLine;
}

// CLI11 calls any word that it did not expect an extra; the user wants to know which and why.
std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  // A number's digits have been looked at before.
  if (const std::string text = error.what(); text.starts_with("Could not convert: ")) {
    return text.substr(text.find(": ") + 2) + " is larger than this can be";
  }
  const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const std::vector<std::string> extras = program.remaining(true);
  if (!is_extra || extras.empty()) return error.what();
  const std::string& word = extras.front();
  if (word.starts_with("-")) return "there is no option '" + word + "' here";
  if (program.get_subcommands().empty()) return "there is no command '" + word + "'";
  return "the argument '" + word + "' is not expected";
}

int run(CLI::App& program, int argc, char** argv) {
  try {
    program.parse(argc, argv);
    if (!program.get_subcommands().empty()) return 0;
    return wrong_command_line(program, "which command? try 'acksu journey'");
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::RuntimeError& code) {
    return code.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return wrong_command_line(program, explain(program, error));
  } catch (const UsageError& error) {
    return wrong_command_line(program, error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", chosen_command(program).c_str(), error.what());
    return kFailed;
  }
}

// Whoever started us may have closed a standard stream: what is opened later must not take its
// number, and be written to.
void hold_standard_streams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    const bool is_open = fcntl(number, F_GETFD) >= 0;
    // Opened the wrong way round, so that using it still fails.
    if (!is_open) (void)open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// Whoever read our output is gone (as with `| head`), and misses nothing.
bool is_reader_gone() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

// The exit code, when all that was printed has to be written by now.
int end_output(const CLI::App& program, int code) {
  errno = 0;
  std::cout.flush();
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  const int error = errno;
  if (is_written || is_reader_gone()) return code;
  std::fprintf(stderr, "%s: standard output: %s\n", chosen_command(program).c_str(),
               error == 0 ? "not all could be written" : std::strerror(error));
  return code == 0 ? kFailed : code;
}

}  // namespace
}  // namespace acksu::tools

int main(int argc, char** argv) {
  acksu::tools::hold_standard_streams();
  CLI::App program{"acksu: a TCP/IP stack to replay and see", "acksu"};
  program.set_version_flag("--version", std::string{"acksu "} + acksu::version());
  program.require_subcommand(0, 1);
  acksu::tools::add_commands(program);
  return acksu::tools::end_output(program, acksu::tools::run(program, argc, argv));
}
