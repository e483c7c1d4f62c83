// acksu addresses: what the special addresses of IPv4 and IPv6 are for, as the stack's table has
// them (RFC 6890), or what one address is.
#include <cstdio>
#include <memory>
#include <string>

#include "base/address.h"
#include "host/address_kinds.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

const char* mark(bool may) { return may ? "yes" : "-"; }

void print_heading() {
  std::printf("%-20s %-6s %-11s %-6s %-6s %s\n", "block", "source", "destination", "passed",
              "global", "what it is");
}

// What IP itself reserves is dropped when it is out of place; the rest only where settings say so.
void print(const AddressKind& kind) {
  std::printf("%-20s %-6s %-11s %-6s %-6s %s%s\n", to_string(kind.prefix).c_str(),
              mark(kind.may_be_source), mark(kind.may_be_destination), mark(kind.may_be_forwarded),
              mark(kind.is_global), kind.name, kind.is_reserved ? " *" : "");
}

void print_all() {
  print_heading();
  for (const AddressKind& kind : address_kinds()) print(kind);
  std::printf("* reserved by IP itself: always dropped where it may not be\n");
}

void print_one(const std::string& text) {
  const std::optional<IpAddress> address = parse_ip(text);
  if (!address) throw UsageError{"ADDRESS is one of IPv4 or IPv6, as 192.0.2.1 or 2001:db8::1"};
  const AddressKind* const kind = special_kind(*address);
  if (kind == nullptr) {
    std::printf("%s is an ordinary address\n", to_string(*address).c_str());
    return;
  }
  print_heading();
  print(*kind);
}

}  // namespace

void add_addresses(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "addresses", "Print which special addresses there are and what they may be used for");
  auto address = std::make_shared<std::string>();
  command->add_option("ADDRESS", *address, "Only the block that this one is in");
  on_run(*command, [address] {
    if (address->empty()) {
      print_all();
    } else {
      print_one(*address);
    }
    return 0;
  });
}

}  // namespace acksu::tools
