// acksu version: which acksu this is.
#include "acksu/version.h"

#include <cstdio>

#include "tools/commands.h"

namespace acksu::tools {

void add_version(CLI::App& program) {
  CLI::App* command = program.add_subcommand("version", "Print the version");
  on_run(*command, [] {
    std::printf("acksu %s\n", version());
    return 0;
  });
}

}  // namespace acksu::tools
