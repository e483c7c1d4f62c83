// Reports as text.
#include "packetdrill/report.h"

namespace acksu::packetdrill {

Report packet_failure(std::uint32_t line, const std::string& sentence,
                      const std::vector<std::string>& details) {
  Report report;
  report.line = line;
  report.failure = sentence;
  report.details = details;
  return report;
}

std::vector<std::string> difference_lines(const std::string& expected, const std::string& actual,
                                          const std::vector<Difference>& differences) {
  std::vector<std::string> lines{"- " + expected, "+ " + actual};
  for (const Difference& each : differences) {
    lines.push_back(each.what + ": expected " + each.expected + ", actual " + each.actual);
  }
  return lines;
}

std::string to_string(const Report& report, const std::string& file) {
  std::string text;
  if (!report.has_passed) {
    const std::string place = report.line == 0 ? file : file + ":" + std::to_string(report.line);
    text = place + ": " + report.failure + "\n";
    for (const std::string& line : report.details) text += "    " + line + "\n";
  }
  for (const std::string& note : report.notes) text += file + ": note: " + note + "\n";
  return text;
}

}  // namespace acksu::packetdrill
