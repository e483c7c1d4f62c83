// What the commands on a real wire share: their options, and a host that runs on the wire.
#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/capture.h"
#include "api/dhcp_service.h"
#include "api/name_service.h"
#include "api/online.h"
#include "host/host.h"
#include "os/event_loop.h"
#include "os/wire.h"
#include "tools/buffer_options.h"
#include "tools/congestion_option.h"
#include "tools/real_wire.h"
#include "tools/status_printer.h"

namespace acksu::tools {

struct RealHostOptions {
  std::string wire;
  std::vector<std::string> addresses;  // also "dhcp", "rarp", "slaac" and "auto"
  bool uses_dhcp = false;              // as "auto", but the first address is enough to begin
  std::vector<std::string> gateways;   // one a family
  std::vector<std::string> name_servers;
  std::vector<std::string> search;
  std::string mac;  // empty: from the address
  std::uint32_t mtu = 1500;
  std::optional<std::uint32_t> vlan;  // the number of a virtual LAN
  std::optional<double> user_timeout_s;
  bool tells_user_timeout = false;
  std::optional<std::string> time_wait;
  std::string congestion = default_congestion();
  std::string ecn = "answer";
  bool has_pacing = false;
  bool has_offloads = false;
  bool polls_busily = false;
  BufferOptions buffers;
  std::string pcap;
  std::string json;
  std::string plot;
  bool prints_stats = false;
  std::optional<double> status_s;  // between two tables of the connections

  std::vector<const CLI::Option*> all;  // as they were added to the command
};

// Both `--wire` and `--address` can be left out where a simulated home can take their place.
void add_real_host_options(CLI::App& command, RealHostOptions& options,
                           bool is_wire_required = true);
// Throws UsageError for any of them that was given where there is no wire, except those `taken`.
void refuse_wire_options(const RealHostOptions& options,
                         std::initializer_list<std::string_view> taken = {});

// The settings that the options ask for. Throws UsageError.
HostSettings settings_of(const RealHostOptions& options);

// Whom to ask for names: as the options say, else as the network does. Throws UsageError.
NameServiceSettings names_of(const RealHostOptions& options,
                             const NetworkInformation* told = nullptr);

// Why RARP gave no address, and what to do.
const char* rarp_problem(Error error);

// How the host comes to its addresses; nothing: it has them from the beginning.
std::optional<OnlineSettings> joining_of(const RealHostOptions& options);
// The addresses that were given, as text.
std::string addresses_text(const RealHostOptions& options);
// The same with a port behind each, or what stands for an address that is asked for.
std::string endpoints_text(const RealHostOptions& options, std::uint16_t port);

// A host on its wire and the loop that runs it. Throws UsageError and std::runtime_error.
class RealHost {
 public:
  explicit RealHost(RealHostOptions options);
  ~RealHost();

  // Runs until the application is done or Ctrl-C; prints what was asked for. Throws when the wire
  // fails. False when connections were still open at the end. The application is started while
  // there is no address yet that has to be asked for.
  bool run(Application& application);
  // The same for one that gets its address by itself.
  bool run_alone(Application& application);
  // Asks a run to stop as Ctrl-C does.
  void stop() { loop_.stop(); }

  Host& host() { return host_; }
  const RealHostOptions& options() const { return options_; }

 private:
  const HostSettings& settings_for_wire();
  void begin_capture();
  void end_round();
  void print_stats() const;

  RealHostOptions options_;
  HostSettings settings_;
  std::shared_ptr<BufferPool> pool_;
  std::unique_ptr<os::Wire> wire_;
  Host host_;
  std::optional<DhcpService> dhcp_;
  std::optional<ReverseArp> rarp_;
  std::optional<Autoconfiguration> ipv6_;
  os::EventLoop loop_;
  std::unique_ptr<Capture> capture_;
  std::optional<StatusPrinter> status_;
  bool was_refused_ = false;  // an address by RARP
};

}  // namespace acksu::tools
