// What each host of the network runs, and how the journey ends.
#include "tools/journey_network.h"

#include <array>
#include <utility>

#include "api/http_server.h"
#include "host/applications.h"

namespace acksu::tools {
namespace {

using Network = sim::HomeNetwork;

// What a program needs to think; also keeps ACKs apart from what follows them.
constexpr Duration thinking = 5ms;
// No program gives up before TCP does.
constexpr Duration patience = 1h;
constexpr Duration longest_journey = 12h;
constexpr Duration laptop_comes = 40s;  // into a network that advertises itself
constexpr unsigned dns_rounds = 6;      // of questions, where many frames are lost

// A page of exactly `size` bytes.
std::string page_of(std::uint64_t size) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<title>acksu</title>\n"
      "<p>This page came over a TCP connection that you can see.</p>\n";
  for (std::uint64_t line = 1; page.size() < size; ++line) {
    page += "<p>Line " + std::to_string(line) + " of a page that needs several segments.</p>\n";
  }
  page.resize(size);
  return page;
}

sim::HomeNetworkSettings settings_of(const JourneyPlan& plan) {
  sim::HomeNetworkSettings settings;
  settings.hops.fill(plan.hop);
  settings.home_link = plan.home_link;
  settings.laptop_has_address = plan.has_fixed_address();
  settings.has_ipv4 = !plan.is_ipv6;
  settings.has_ipv6 = plan.is_ipv6;
  settings.congestion = plan.congestion;
  settings.msl = plan.time_wait / 2;
  return settings;
}

DnsZone zone_of(const wire::DnsName& name, bool is_ipv6) {
  DnsZone zone;
  zone.origin = name;
  zone.soa.minimum = 300;
  wire::DnsRecord record;
  record.owner = name;
  record.ttl = 300;
  record.type = is_ipv6 ? wire::DnsType::aaaa : wire::DnsType::a;
  record.data = is_ipv6 ? Network::web_address_v6 : Network::web_address;
  zone.records = {record};
  return zone;
}

std::unique_ptr<Application> dhcp_of_home() {
  DhcpServerServiceSettings dhcp;
  dhcp.server.address = {Network::lan_address, 24};
  dhcp.server.first = Network::laptop_address;
  dhcp.server.last = IpAddress::v4(192, 168, 7, 199);
  dhcp.server.routers = {Network::lan_address};
  dhcp.server.name_servers = {Network::lan_address};
  return std::make_unique<DhcpServerService>(std::move(dhcp));
}

std::unique_ptr<Application> dns_of_home(const JourneyPlan& plan) {
  const bool is_ipv6 = plan.is_ipv6;
  DnsServiceSettings dns;
  // An IPv6 address is still being tried when this begins to listen, and a line not up.
  dns.local = {plan.gives_leases() || plan.has_fixed_address() ? Network::lan_address : IpAddress{},
               53};
  dns.server.forwards = true;
  dns.server.clients = {is_ipv6 ? Network::home_prefix_v6
                                : Prefix{IpAddress::v4(192, 168, 7, 0), 24}};
  dns.server.resolver.servers = {{is_ipv6 ? Network::dns_address_v6 : Network::dns_address, 53}};
  dns.server.resolver.rounds = dns_rounds;
  return std::make_unique<DnsService>(std::move(dns));
}

// With IPv6 the router itself tells what DHCP would.
std::unique_ptr<Application> home_services(const JourneyPlan& plan) {
  auto services = std::make_unique<Applications>();
  if (plan.gives_leases()) services->add(dhcp_of_home());
  services->add(dns_of_home(plan));
  return services;
}

const char* korean_name(sim::HostId host) {
  constexpr std::array names{"노트북",         "집 공유기", "ISP 라우터 1", "ISP 라우터 2",
                             "서버 쪽 라우터", "웹 서버",   "DNS 서버"};
  return names[host];
}

}  // namespace

std::string host_name(const sim::World& world, sim::HostId host, trace::Language language) {
  return language == trace::Language::korean ? korean_name(host) : world.host(host).settings().name;
}

JourneyNetwork::JourneyNetwork(const JourneyPlan& plan)
    : plan_(plan), world_(sim::home_network(plan.seed, settings_of(plan))) {
  world_.watch(this);
  // Listeners of DNS are nobody's connection.
  recorder_.keep_only(
      [](const FourTuple& tuple) { return tuple.local.port != 53 || tuple.remote.port != 0; });
  install_services();
  if (plan_.is_ipv6) {
    // The laptop comes when the router has told everybody else about itself.
    world_.run_until(Instant{} + laptop_comes);
    observe();
  } else {
    observe();
    world_.step();  // they listen before anybody asks
  }
  install_laptop();
}

void JourneyNetwork::observe() {
  for (sim::HostId id = 0; id < world_.host_count(); ++id) {
    Host& host = world_.host(id);
    const HostSettings& settings = host.settings();
    const auto& addresses = settings.links[host.wires() - 1].addresses;
    const std::string address = addresses.empty() ? "" : to_string(addresses.front().address);
    host.observe(recorder_.observer(id, settings.name, address, trace::link_kinds(settings)));
  }
}

void JourneyNetwork::install_services() {
  http::ServerSettings serves;
  serves.local.port = plan_.url.port;
  serves.closes_first = false;
  serves.answer_after = thinking;
  serves.close_after = thinking;
  serves.idle_limit = patience;
  const std::string path = plan_.url.target.substr(0, plan_.url.target.find('?'));
  http::PageSource pages = http::pages({{path, page_of(plan_.page_bytes)}});
  world_.install(Network::web_server, std::make_unique<http::Server>(serves, std::move(pages)));
  world_.install(Network::home_router, home_services(plan_));
  DnsServiceSettings dns;
  if (const auto name = wire::DnsName::parse(plan_.url.host)) {
    dns.server.zones = {zone_of(*name, plan_.is_ipv6)};
  }
  world_.install(Network::dns_server, std::make_unique<DnsService>(std::move(dns)));
}

void JourneyNetwork::install_laptop() {
  TravellerSettings traveller{.is_ipv6 = plan_.is_ipv6};
  FetchSettings& fetch = traveller.fetch;
  fetch.name = plan_.url.host;
  fetch.names.resolver.rounds = dns_rounds;
  // This network has one family only.
  fetch.names.lookup.wants_v4 = !plan_.is_ipv6;
  fetch.names.lookup.wants_v6 = plan_.is_ipv6;
  fetch.client.server.port = plan_.url.port;
  fetch.client.host = plan_.url.authority();
  fetch.client.target = plan_.url.target;
  fetch.client.ask_after = thinking;
  fetch.client.close_after = thinking;
  fetch.client.idle_limit = patience;
  traveller.dhcp.client.host_name = "laptop";
  traveller.dhcp.client.max_start_delay = Duration{};
  traveller.dhcp.probes = 1;
  traveller.thinks = thinking;
  traveller.is_on_line = plan_.is_on_line();
  if (plan_.has_fixed_address()) {
    traveller.fixed = DhcpLease{.address = Network::laptop_address,
                                .prefix_length = 24,
                                .name_servers = {Network::lan_address}};
  }
  world_.install(Network::laptop, std::make_unique<Traveller>(std::move(traveller)));
}

const Traveller& JourneyNetwork::laptop() const {
  return *static_cast<const Traveller*>(world_.application(Network::laptop));
}

// The page is there or never will be, and TCP has forgotten the connection on both sides.
bool JourneyNetwork::is_over() const {
  if (laptop().fetch() == nullptr || !laptop().fetch()->is_done()) return false;
  for (const sim::HostId end : {Network::laptop, Network::web_server}) {
    const HostHoldings held = world_.host(end).holdings();
    if (held.connections + held.half_open + held.time_wait > 0) return false;
  }
  return true;
}

void JourneyNetwork::run() {
  const Instant latest = world_.now() + longest_journey;
  while (!is_over() && world_.now() < latest && world_.step()) {
  }
  laptop_address_ = laptop().address();
  // The laptop leaves first, so that somebody still hears that it gives its address back.
  world_.application(Network::laptop)->stop(world_.host(Network::laptop), world_.now());
  world_.run_until(world_.now() + 1s);
  world_.stop();
  // A router that advertises is never quiet, nor one that waits for the laptop's next call.
  if (!plan_.is_ipv6 && !plan_.is_on_line()) world_.run_until_quiet(24h);
  paths_ = std::make_unique<trace::Paths>(recorder_.trace());
}

trace::Trace JourneyNetwork::view(std::uint32_t hop, trace::Language language) const {
  std::array<sim::Port, 2> ends{sim::Port{Network::laptop, 0}, sim::Port{Network::web_server, 0}};
  if (hop > 0) ends = Network::ends_of(hop);
  const auto [left, right] = ends;
  trace::Trace view = hop == 0 ? trace::ends_view(trace(), paths(), left.host, right.host)
                               : trace::link_view(trace(), paths(), {left.host, left.link},
                                                  {right.host, right.link});
  for (std::size_t i = 0; i < 2; ++i) {
    view.hosts[i].name = host_name(world_, ends[i].host, language);
    const std::optional<Prefix> address = address_of(*this, ends[i].host, ends[i].link);
    if (address) view.hosts[i].address = to_string(address->address);
  }
  return view;
}

std::optional<Prefix> address_of(const JourneyNetwork& network, sim::HostId host, LinkId link) {
  if (host == Network::laptop) return network.laptop_address();
  const bool is_line = host == Network::home_router && link == 0 && network.plan().is_on_line();
  if (is_line) return Prefix{Network::lan_address, 32};
  const auto& addresses = network.world().host(host).settings().links[link].addresses;
  return addresses.empty() ? std::nullopt : std::optional{addresses.front()};
}

std::string JourneyNetwork::problem() const {
  const Fetch* fetch = laptop().fetch();
  if (fetch == nullptr) return "the laptop got no address";
  const http::Client& client = fetch->client();
  if (fetch->verdict() != DnsVerdict::found) {
    return "the name was not found: " + std::string{name(fetch->verdict())};
  }
  if (fetch->error() != Error::none) return sentence(fetch->error());
  if (client.error() != Error::none) return sentence(client.error());
  if (client.fault() != http::Fault::none) return http::sentence(client.fault());
  if (!client.has_succeeded()) return "there was no time left";
  return client.response().status == 200 ? "" : "the server answered with an error";
}

void JourneyNetwork::on_lost(Instant now, sim::Port port, const Frame& frame) {
  const std::uint32_t sender = port.is_of_switch() ? trace::nobody : port.host;
  recorder_.lost(now, sender, frame.bytes.flatten(), "lost");
}

}  // namespace acksu::tools
