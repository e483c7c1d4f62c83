// acksu router: a router between two real wires, with address translation, addresses (DHCP) and
// names (DNS) for those inside.
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "api/dhcp_service.h"
#include "api/name_service.h"
#include "host/applications.h"
#include "os/event_loop.h"
#include "tools/commands.h"
#include "tools/real_wire.h"

namespace acksu::tools {
namespace {

constexpr LinkId inner_link = 0, outer_link = 1;

struct RouterOptions {
  std::string lan, wan;  // WIRE,ADDRESS/PREFIX
  std::string gateway;
  std::string name_server;
  bool is_translating = false, gives_addresses = false;
  bool prints_stats = false;
};

// One end of the router, as the command line names it.
struct RouterEnd {
  std::string wire;
  Prefix address;
};

RouterEnd end_of(const std::string& text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos) {
    throw UsageError{"'" + text + "' is no wire with an address, such as tap:lan0,192.168.7.1/24"};
  }
  return {text.substr(0, comma), prefix_of(text.substr(comma + 1))};
}

LinkSettings link_of(const RouterEnd& end) {
  LinkSettings link;
  link.name = end.wire;
  link.kind = link_kind_of(end.wire);
  link.mac = mac_for(end.address.address);
  link.addresses = {end.address};
  return link;
}

HostSettings settings_of(const RouterOptions& options) {
  const RouterEnd inside = end_of(options.lan), outside = end_of(options.wan);
  HostSettings settings;
  settings.name = "router";
  settings.links = {link_of(inside), link_of(outside)};
  settings.forwards = true;
  if (!options.gateway.empty()) settings.gateway = address_of(options.gateway);
  if (options.is_translating) {
    settings.translation = TranslationSettings{.outside = outer_link, .nat = {}, .forwards = {}};
    settings.translation->nat.external = {outside.address.address};
  }
  return settings;
}

// Stays until Ctrl-C: a router has nothing of its own to do.
class Standing : public Application {
 public:
  void start(Host&, Instant) override {}
  void on_event(Host&, const SocketEvent&, Instant) override {}
  void stop(Host&, Instant) override { is_stopped_ = true; }
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Standing>(*this); }

 private:
  bool is_stopped_ = false;
};

// All of the LAN but the router, its network's first addresses left to those who have fixed ones.
DhcpServerSettings dhcp_settings(const Prefix& address, bool has_names) {
  if (address.length > 28) throw UsageError{"--dhcp needs a LAN of 16 addresses or more"};
  const std::uint32_t hosts = 0xffff'ffffu >> address.length;
  const std::uint32_t network = address.address.as_v4() & ~hosts;
  DhcpServerSettings settings;
  settings.address = address;
  settings.first = IpAddress::v4(network + hosts / 3);
  settings.last = IpAddress::v4(network + hosts - 1);
  settings.routers = {address.address};
  if (has_names) settings.name_servers = {address.address};
  return settings;
}

DnsServerSettings dns_settings(const Prefix& address, const std::string& upstream) {
  DnsServerSettings settings;
  settings.forwards = true;
  settings.clients = {address};
  settings.resolver.servers = {{address_of(upstream), 53}};
  return settings;
}

Applications applications_for(const RouterOptions& options, const Prefix& address) {
  Applications all;
  all.add(std::make_unique<Standing>());
  const bool has_names = !options.name_server.empty();
  if (options.gives_addresses) {
    all.add(std::make_unique<DhcpServerService>(
        DhcpServerServiceSettings{inner_link, dhcp_settings(address, has_names)}));
  }
  if (has_names) {
    DnsServiceSettings settings;
    settings.local.address = address.address;
    settings.server = dns_settings(address, options.name_server);
    all.add(std::make_unique<DnsService>(settings));
  }
  return all;
}

void print_stats(const Host& host) {
  const HostCounters& counters = host.counters();
  const auto row = [](const std::string& name, std::uint64_t value) {
    if (value == 0) return;
    std::fprintf(stderr, "%14llu  %s\n", static_cast<unsigned long long>(value), name.c_str());
  };
  row("frames in", counters.frames_in);
  row("frames out", counters.frames_out);
  row("packets passed on", counters.packets_forwarded);
  if (const Nat* const nat = host.translation()) {
    row("packets translated on their way out", nat->counters().outward);
    row("packets translated on their way in", nat->counters().inward);
    row("flows that were forgotten", nat->counters().expired);
  }
  for (std::size_t i = 1; i < drop_reasons; ++i) {
    const auto drop = static_cast<Drop>(i);
    row(std::string{"dropped: "} + name(drop), counters.drops[drop]);
  }
}

int run(const RouterOptions& options) {
  const HostSettings settings = settings_of(options);
  const auto pool = std::make_shared<BufferPool>();
  const auto inner =
      open_wire(settings.links[inner_link].name, settings.links[inner_link].mtu, pool);
  const auto outer =
      open_wire(settings.links[outer_link].name, settings.links[outer_link].mtu, pool);
  Host host{settings, take_secrets(), pool};
  os::EventLoop loop{host};
  loop.attach(*inner);
  loop.attach(*outer);
  Applications applications =
      applications_for(options, settings.links[inner_link].addresses.front());
  loop.add(applications);
  std::printf("routing between %s and %s%s; Ctrl-C ends it\n",
              settings.links[inner_link].name.c_str(), settings.links[outer_link].name.c_str(),
              options.is_translating ? ", translating" : "");
  std::fflush(stdout);
  const os::Ending ending = loop.run();
  if (options.prints_stats) print_stats(host);
  const bool is_failed = ending == os::Ending::wire_failed || ending == os::Ending::system_failed;
  if (is_failed) throw std::runtime_error{loop.failure()};
  return 0;
}

}  // namespace

void add_router(CLI::App& program) {
  CLI::App* command = program.add_subcommand("router", "Route between two real wires");
  auto options = std::make_shared<RouterOptions>();
  command->add_option("--lan", options->lan, "The inside: WIRE,ADDRESS/PREFIX")->required();
  command->add_option("--wan", options->wan, "The outside: WIRE,ADDRESS/PREFIX")->required();
  command->add_option("--gateway", options->gateway, "Next hop for all that is on no link");
  command->add_flag("--nat", options->is_translating, "Translate those inside (NAT44)");
  command->add_flag("--dhcp", options->gives_addresses, "Give addresses to those inside (DHCP)");
  command->add_option("--dns", options->name_server,
                      "Answer questions for names inside, by asking this server");
  command->add_flag("--stats", options->prints_stats, "Print counters at the end");
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
