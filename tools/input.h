// Files that commands read.
#pragma once

#include <fstream>
#include <string>

namespace acksu::tools {

// Why a file cannot be read: a sentence of the system's; empty when it can.
std::string problem_of_input(const std::string& path);
// Throws std::runtime_error when it cannot be read.
std::ifstream open_input(const std::string& path);

}  // namespace acksu::tools
