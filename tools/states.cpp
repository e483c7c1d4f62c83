// acksu states: TCP's state machine as the table that the stack runs on, for reading or drawing.
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "tcp/state.h"
#include "tools/commands.h"

namespace acksu::tools {

void add_states(CLI::App& program) {
  static const std::map<std::string, tcp::TableFormat> formats{
      {"text", tcp::TableFormat::text},
      {"mermaid", tcp::TableFormat::mermaid},
      {"dot", tcp::TableFormat::dot}};
  CLI::App* command = program.add_subcommand(
      "states", "Print TCP's states and every move between them, as the stack knows them");
  auto format = std::make_shared<std::string>("text");
  command->add_option("--format", *format, "text, mermaid (for Markdown) or dot (for Graphviz)")
      ->check(CLI::IsMember({"text", "mermaid", "dot"}))
      ->capture_default_str();
  on_run(*command, [format] {
    std::fputs(tcp::print_table(formats.at(*format)).c_str(), stdout);
    return 0;
  });
}

}  // namespace acksu::tools
