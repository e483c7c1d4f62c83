// acksu compare on a real wire.
#pragma once

#include <cstdint>
#include <string>

#include "tools/compare_echo.h"
#include "tools/real_host.h"

namespace acksu::tools {

struct WireComparison {
  RealHostOptions host;
  std::string target;  // of the echo service: an address, with or without a port
  std::uint64_t size = 0;
  EchoComparison::Protocols protocols{};
  bool is_korean = false;
};

// Prints what both came to. Throws UsageError, and std::runtime_error when the wire fails or TCP
// did not bring everything back. The exit code.
int compare_on_wire(const WireComparison& comparison);

}  // namespace acksu::tools
