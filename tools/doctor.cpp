// acksu doctor: what this machine allows, and how to get what is missing.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "os/machine.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

void print_table(const std::vector<os::Finding>& findings) {
  for (const os::Finding& finding : findings) {
    std::printf("%-3s  %-20s %s\n", finding.is_available ? "yes" : "no", finding.name.c_str(),
                finding.detail.c_str());
    if (!finding.is_available && !finding.remedy.empty()) {
      std::printf("     %-20s to get it: %s\n", "", finding.remedy.c_str());
    }
  }
}

void print_taps(const std::vector<std::string>& taps) {
  for (const std::string& name : taps) {
    std::printf("     %-20s here already: --wire tap:%s\n", "", name.c_str());
  }
}

void print_json(const std::vector<os::Finding>& findings, const std::vector<std::string>& taps) {
  nlohmann::json result;
  for (const os::Finding& finding : findings) {
    result["findings"].push_back({{"name", finding.name},
                                  {"available", finding.is_available},
                                  {"detail", finding.detail},
                                  {"remedy", finding.remedy}});
  }
  result["taps"] = taps;
  std::printf("%s\n", result.dump().c_str());
}

}  // namespace

void add_doctor(CLI::App& program) {
  CLI::App* command = program.add_subcommand("doctor", "Say what this machine allows");
  auto is_json = std::make_shared<bool>(false);
  command->add_flag("--json", *is_json, "Print one JSON object");
  on_run(*command, [is_json] {
    const std::vector<os::Finding> findings = os::examine_machine();
    const std::vector<std::string> taps = os::usable_taps();
    if (*is_json) {
      print_json(findings, taps);
    } else {
      print_table(findings);
      print_taps(taps);
    }
    return 0;
  });
}

}  // namespace acksu::tools
