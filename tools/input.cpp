// The library opens a directory as if it were a file, and fails when it reads.
#include "tools/input.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace acksu::tools {

std::string problem_of_input(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return std::strerror(EISDIR);
  errno = 0;
  const std::ifstream file{path, std::ios::binary};
  if (file) return {};
  return errno == 0 ? "it cannot be opened" : std::strerror(errno);
}

std::ifstream open_input(const std::string& path) {
  const std::string problem = problem_of_input(path);
  std::ifstream file;
  if (problem.empty()) file.open(path, std::ios::binary);
  if (file.is_open()) return file;
  throw std::runtime_error{"cannot read " + path + ": " + problem};
}

}  // namespace acksu::tools
