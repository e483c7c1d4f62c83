// Where a program runs that looks names up: on a real wire, with an address of its own or by DHCP,
// or in a simulated home.
#pragma once

#include <functional>
#include <memory>

#include "tools/real_host.h"

namespace acksu::tools {

struct ProgramOptions {
  RealHostOptions host;
  bool is_simulated = false;
  std::uint64_t seed = 1;
};

void add_program_options(CLI::App& command, ProgramOptions& options);

// Makes the program once it is known whom to ask for names. Keeps no references.
using MakeProgram = std::function<std::unique_ptr<Application>(const NameServiceSettings&)>;

// Runs it to its end, then shows it to `look`. Throws UsageError, and std::runtime_error when there
// is no address or the wire fails.
void run_program(const ProgramOptions& options, const MakeProgram& make,
                 const std::function<void(const Application&)>& look);

}  // namespace acksu::tools
