// What the commands on a real wire share: their options, and a host that runs on the wire.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/capture.h"
#include "host/host.h"
#include "os/event_loop.h"
#include "os/wire.h"
#include "tools/real_wire.h"

namespace acksu::tools {

struct RealHostOptions {
  std::string wire;
  std::string address;
  std::string gateway;
  std::string mac;  // empty: from the address
  std::uint32_t mtu = 1500;
  std::optional<double> user_timeout_s;
  std::optional<double> time_wait_s;
  std::string pcap;
  std::string json;
  bool prints_stats = false;
};

void add_real_host_options(CLI::App& command, RealHostOptions& options);

// The settings that the options ask for. Throws UsageError.
HostSettings settings_of(const RealHostOptions& options);

// A host on its wire and the loop that runs it. Throws UsageError and std::runtime_error.
class RealHost {
 public:
  explicit RealHost(RealHostOptions options);
  ~RealHost();

  // Runs until the application is done or Ctrl-C; prints what was asked for. Throws when the wire
  // fails. False when connections were still open at the end.
  bool run(Application& application);
  // Asks a run to stop as Ctrl-C does.
  void stop() { loop_.stop(); }

  Host& host() { return host_; }

 private:
  void begin_capture();
  void print_stats() const;

  RealHostOptions options_;
  HostSettings settings_;
  std::shared_ptr<BufferPool> pool_;
  std::unique_ptr<os::Wire> wire_;
  Host host_;
  os::EventLoop loop_;
  std::unique_ptr<Capture> capture_;
};

}  // namespace acksu::tools
