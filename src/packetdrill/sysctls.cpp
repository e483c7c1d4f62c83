// Reading the settings of a network namespace.
#include "packetdrill/sysctls.h"

#include <charconv>
#include <filesystem>
#include <fstream>

#include "packetdrill/sysctl.h"

namespace acksu::packetdrill {
namespace {

std::string line_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

void read_sysctls(const std::string& directory, HostSettings& settings) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("tcp_")) continue;
    const std::string value = line_of(entry.path());
    // Where that is a machine's usual algorithm, scripts know nothing of it.
    if (name == "tcp_congestion_control" && value == "bbr") continue;
    static_cast<void>(set_sysctl(name, value, settings));
  }
}

bool may_clients_open_fast(const std::string& directory) {
  const std::string line = line_of(std::filesystem::path{directory} / "tcp_fastopen");
  std::uint32_t bits = 0;
  std::from_chars(line.data(), line.data() + line.size(), bits);
  return (bits & 1) != 0;
}

}  // namespace acksu::packetdrill
