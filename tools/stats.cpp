// Counters by their names.
#include "tools/stats.h"

#include <cstdio>
#include <string>

#include "trace/limits.h"

namespace acksu::tools {

void print_count(const char* name, std::uint64_t count) {
  if (count == 0) return;
  std::fprintf(stderr, "%14llu  %s\n", static_cast<unsigned long long>(count), name);
}

void print_counters(const HostCounters& counters) {
  for (const tcp::CounterName& each : tcp::counter_names) {
    print_count((std::string{"TCP: "} + each.name).c_str(), counters.tcp.*each.value);
  }
  for (std::size_t i = 1; i < drop_reasons; ++i) {
    const auto drop = static_cast<Drop>(i);
    print_count((std::string{"dropped: "} + name(drop)).c_str(), counters.drops[drop]);
  }
}

void print_limits(const Host& host) {
  const std::string text = trace::limits_text(host.limits(), trace::Language::english);
  if (!text.empty()) std::fprintf(stderr, "acksu: at its limits: %s\n", text.c_str());
}

}  // namespace acksu::tools
