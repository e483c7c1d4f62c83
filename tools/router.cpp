// acksu router: a router between two real wires for IPv4 and IPv6, with address translation, a
// filter, addresses (DHCP, router advertisements) and names (DNS) for those inside.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/dhcp_service.h"
#include "api/name_service.h"
#include "host/applications.h"
#include "os/event_loop.h"
#include "tools/address_checks.h"
#include "tools/commands.h"
#include "tools/late_start.h"
#include "tools/real_wire.h"
#include "tools/stats.h"

namespace acksu::tools {
namespace {

constexpr LinkId inner_link = 0, outer_link = 1;
constexpr std::uint8_t protocol_tcp = 6, protocol_udp = 17;

struct RouterOptions {
  std::string lan, wan;               // WIRE,ADDRESS/PREFIX[,ADDRESS/PREFIX]
  std::vector<std::string> gateways;  // one of each family
  std::string name_server;
  std::vector<std::string> forwards, opened;
  std::vector<std::string> reverse;  // MAC=ADDRESS
  bool is_translating = false, gives_addresses = false;
  bool prints_stats = false;
};

// One end of the router, as the command line names it: at most one address of each family.
struct RouterEnd {
  std::string wire;
  std::optional<Prefix> v4, v6;
};

IpAddress any_address_of(const std::string& text) {
  const std::optional<IpAddress> address = parse_ip(text);
  if (!address) throw UsageError{"'" + text + "' is no IP address"};
  return *address;
}

RouterEnd end_of(const std::string& text) {
  std::istringstream parts{text};
  RouterEnd end;
  std::getline(parts, end.wire, ',');
  for (std::string part; std::getline(parts, part, ',');) {
    const std::optional<Prefix> address = parse_prefix(part);
    if (!address)
      throw UsageError{"'" + part + "' is no address with a prefix, such as 10.9.0.2/24"};
    std::optional<Prefix>& of_family = address->address.is_v4() ? end.v4 : end.v6;
    if (of_family) throw UsageError{"'" + text + "' has two addresses of one family"};
    check_own_address(*address);
    of_family = address;
  }
  if (!end.v4 && !end.v6) {
    throw UsageError{"'" + text + "' is no wire with an address, such as tap:lan0,192.168.7.1/24"};
  }
  return end;
}

LinkSettings link_of(const RouterEnd& end) {
  LinkSettings link;
  link.name = end.wire;
  link.kind = link_kind_of(end.wire);
  link.mac = mac_for(end.v4 ? end.v4->address : end.v6->address);
  if (end.v4) link.addresses.push_back(*end.v4);
  if (end.v6) link.addresses.push_back(*end.v6);
  return link;
}

// Those inside learn by it that we are their router, their network, and who resolves names.
AdvertisingSettings advertising_of(const Prefix& address, bool has_names) {
  AdvertisingSettings settings;
  settings.is_on = true;
  settings.prefixes = {{.prefix = address, .is_for_addresses = address.length == 64}};
  if (has_names) settings.resolvers = {address.address};
  return settings;
}

Endpoint endpoint_of(const std::string& text, bool is_v4, const char* mistake) {
  const std::optional<Endpoint> endpoint = parse_endpoint(text);
  if (!endpoint || endpoint->port == 0 || endpoint->address.is_v4() != is_v4) {
    throw UsageError{"'" + text + "' " + mistake};
  }
  return *endpoint;
}

// "8080=192.168.7.2:80": of TCP and UDP.
std::vector<PortForward> forwards_of(const RouterOptions& options, IpAddress outside) {
  std::vector<PortForward> forwards;
  std::set<std::uint16_t> ports;
  for (const std::string& text : options.forwards) {
    const std::size_t equals = text.find('=');
    std::uint16_t port = 0;
    const auto read =
        std::from_chars(text.data(), text.data() + std::min(equals, text.size()), port);
    const bool is_port = equals != std::string::npos && read.ec == std::errc{} && port != 0 &&
                         read.ptr == text.data() + equals;
    const char* mistake = "is no forwarded port such as 8080=192.168.7.2:80";
    if (!is_port) throw UsageError{"'" + text + "' " + mistake};
    if (!ports.insert(port).second) throw UsageError{"port " + std::to_string(port) + " twice"};
    const Endpoint inside = endpoint_of(text.substr(equals + 1), true, mistake);
    for (const std::uint8_t protocol : {protocol_tcp, protocol_udp}) {
      forwards.push_back({protocol, {outside, port}, inside});
    }
  }
  return forwards;
}

// RFC 6092: of IPv6 comes in what answers, and what was opened. IPv4 is the translator's business:
// what that has let through passes.
FilterSettings filter_of(const RouterOptions& options) {
  FilterSettings filter;
  filter.otherwise = FilterVerdict::drop;
  filter.max_flows = 1u << 18;
  filter.rules.push_back({.in_link = inner_link});
  filter.rules.push_back({.source = Prefix{IpAddress::v4(0), 0}});
  for (const std::string& text : options.opened) {
    const Endpoint inside =
        endpoint_of(text, false, "is no address and port inside, such as [2001:db8:7::2]:80");
    for (const std::uint8_t protocol : {protocol_tcp, protocol_udp}) {
      filter.rules.push_back({.destination = Prefix{inside.address, 128},
                              .protocol = protocol,
                              .destination_ports = {inside.port, inside.port}});
    }
  }
  return filter;
}

// Those inside who ask by RARP (RFC 903) are told so.
std::vector<ReverseEntry> reverse_entries_of(const RouterOptions& options, const RouterEnd& end) {
  std::vector<ReverseEntry> entries;
  for (const std::string& text : options.reverse) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::optional<MacAddress> mac = parse_mac(text.substr(0, equals));
    const std::optional<IpAddress> address =
        equals < text.size() ? parse_ip(text.substr(equals + 1)) : std::nullopt;
    if (!mac || mac->is_group() || !address || !address->is_v4()) {
      throw UsageError{"'" + text +
                       "' is no card and its address, such as "
                       "02:00:00:00:00:07=192.168.7.7"};
    }
    if (!end.v4 || !end.v4->contains(*address)) {
      throw UsageError{to_string(*address) + " is not in the network of the LAN"};
    }
    entries.push_back({*mac, *address});
  }
  return entries;
}

void set_gateways(const RouterOptions& options, HostSettings& settings) {
  std::vector<Prefix> own;
  for (const LinkSettings& link : settings.links) {
    own.insert(own.end(), link.addresses.begin(), link.addresses.end());
  }
  // On a line with two ends the other end is the next hop, whatever its address.
  const bool is_line = !has_ethernet(settings.links[outer_link].kind);
  for (const std::string& text : options.gateways) {
    const IpAddress address = any_address_of(text);
    check_gateway(address, is_line ? std::vector<Prefix>{} : own);
    std::optional<IpAddress>& gateway = address.is_v4() ? settings.gateway : settings.gateway_v6;
    if (gateway) throw UsageError{"two gateways of one family"};
    gateway = address;
  }
}

HostSettings settings_of(const RouterOptions& options) {
  const RouterEnd inside = end_of(options.lan), outside = end_of(options.wan);
  HostSettings settings;
  settings.name = "router";
  settings.links = {link_of(inside), link_of(outside)};
  settings.links[inner_link].reverse_entries = reverse_entries_of(options, inside);
  settings.forwards = true;
  set_gateways(options, settings);
  if (inside.v6) {
    settings.links[inner_link].ipv6.advertises =
        advertising_of(*inside.v6, !options.name_server.empty());
  }
  if (!options.forwards.empty() && !options.is_translating) {
    throw UsageError{"--forward needs --nat"};
  }
  if (!options.is_translating) {
    if (!options.opened.empty()) throw UsageError{"--open needs --nat: without it all is open"};
    return settings;
  }
  if (!inside.v4 || !outside.v4) throw UsageError{"--nat needs IPv4 addresses on both ends"};
  const IpAddress external = outside.v4->address;
  settings.translation = TranslationSettings{
      .outside = outer_link, .nat = {}, .forwards = forwards_of(options, external)};
  settings.translation->nat.external = {external};
  // A household is few hosts, and each may open ten thousand connections within minutes.
  settings.translation->nat.max_sessions_per_host = 16'384;
  settings.filter = filter_of(options);
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
  settings.resolver.servers = {{any_address_of(upstream), 53}};
  check_server(settings.resolver.servers[0].address);
  return settings;
}

Applications applications_for(const RouterOptions& options, const RouterEnd& inside) {
  Applications all;
  all.add(std::make_unique<Standing>());
  const bool has_names = !options.name_server.empty();
  if (options.gives_addresses) {
    if (!inside.v4) throw UsageError{"--dhcp needs an IPv4 address on the LAN"};
    all.add(std::make_unique<DhcpServerService>(
        DhcpServerServiceSettings{inner_link, dhcp_settings(*inside.v4, has_names)}));
  }
  for (const std::optional<Prefix>& address : {inside.v4, inside.v6}) {
    if (!has_names || !address) continue;
    DnsServiceSettings settings;
    settings.local.address = address->address;
    settings.server = dns_settings(*address, options.name_server);
    auto service = std::make_unique<DnsService>(settings);
    if (address->address.is_v4()) {
      all.add(std::move(service));
    } else {
      all.add(std::make_unique<LateStart>(std::move(service), inner_link, address->address));
    }
  }
  return all;
}

void print_stats(const Host& host) {
  const HostCounters& counters = host.counters();
  print_count("frames in", counters.frames_in);
  print_count("frames out", counters.frames_out);
  print_count("packets passed on", counters.packets_forwarded);
  if (const Nat* const nat = host.translation()) {
    print_count("packets translated on their way out", nat->counters().outward);
    print_count("packets translated on their way in", nat->counters().inward);
    print_count("flows that were forgotten", nat->counters().expired);
  }
  print_counters(counters);
}

int run(const RouterOptions& options) {
  const HostSettings settings = settings_of(options);
  Applications applications = applications_for(options, end_of(options.lan));
  const auto pool = std::make_shared<BufferPool>();
  const auto inner =
      open_wire(settings.links[inner_link].name, settings.links[inner_link].mtu, pool);
  const auto outer =
      open_wire(settings.links[outer_link].name, settings.links[outer_link].mtu, pool);
  Host host{settings, take_secrets(), pool};
  os::EventLoop loop{host};
  loop.attach(*inner);
  loop.attach(*outer);
  loop.add(applications);
  std::printf("routing between %s and %s%s; Ctrl-C ends it\n",
              settings.links[inner_link].name.c_str(), settings.links[outer_link].name.c_str(),
              options.is_translating ? ", translating" : "");
  std::fflush(stdout);
  const os::Ending ending = loop.run();
  if (options.prints_stats) print_stats(host);
  print_limits(host);
  const bool is_failed = ending == os::Ending::wire_failed || ending == os::Ending::system_failed;
  if (is_failed) throw std::runtime_error{loop.failure()};
  return 0;
}

}  // namespace

void add_router(CLI::App& program) {
  CLI::App* command = program.add_subcommand("router", "Route between two real wires");
  auto options = std::make_shared<RouterOptions>();
  command->add_option("--lan", options->lan, "The inside: WIRE,ADDRESS/PREFIX, for both families")
      ->required();
  command->add_option("--wan", options->wan, "The outside, alike")->required();
  command
      ->add_option("--gateway", options->gateways,
                   "Next hop for all that is on no link; again for the other family")
      ->allow_extra_args(false);
  command->add_flag("--nat", options->is_translating,
                    "Translate those inside (NAT44), and let in only answers, also of IPv6");
  command
      ->add_option("--forward", options->forwards,
                   "With --nat: PORT=ADDRESS:PORT  Who comes to that port is sent inside")
      ->allow_extra_args(false);
  command
      ->add_option("--open", options->opened,
                   "With --nat: [ADDRESS]:PORT  Who comes to that IPv6 address and port is let in")
      ->allow_extra_args(false);
  command->add_flag("--dhcp", options->gives_addresses, "Give addresses to those inside (DHCP)");
  command
      ->add_option("--rarp", options->reverse,
                   "MAC=ADDRESS  Tell that card its address when it asks (RARP); more than once")
      ->allow_extra_args(false);
  command->add_option("--dns", options->name_server,
                      "Answer questions for names inside, by asking this server");
  command->add_flag("--stats", options->prints_stats, "Print counters at the end");
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
