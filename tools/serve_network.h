// What `acksu serve` offers to a network besides pages: names (DNS) and addresses (DHCP).
#pragma once

#include <string>
#include <vector>

#include "host/applications.h"
#include "tools/real_host.h"

namespace acksu::tools {

struct NetworkServiceOptions {
  std::vector<std::string> records;  // "www.home.test A 10.9.0.7"
  std::string zone;                  // empty: that of the first record, without its first label
  bool forwards_names = false;       // to --dns
  std::string leases;                // "10.9.0.100-10.9.0.150"

  bool is_chosen() const { return !records.empty() || forwards_names || !leases.empty(); }
};

void add_network_service_options(CLI::App& command, NetworkServiceOptions& options);

// Serves until Ctrl-C. Throws UsageError and std::runtime_error.
int serve_network(const RealHostOptions& host, const NetworkServiceOptions& options);

}  // namespace acksu::tools
