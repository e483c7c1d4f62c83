// The hosts of the simulated home, and what runs on them.
#include "tools/sim_home.h"

#include "api/http_server.h"
#include "api/name_service.h"
#include "host/applications.h"

namespace acksu::tools {
namespace {

constexpr sim::HostId laptop = 0, router = 1, provider = 2, far_server = 3;
constexpr IpAddress lan_address = IpAddress::v4(192, 168, 1, 1),
                    wan_address = IpAddress::v4(203, 0, 113, 2);
constexpr IpAddress near = IpAddress::v4(203, 0, 113, 1), far = IpAddress::v4(198, 51, 100, 1);
constexpr IpAddress web_address = IpAddress::v4(198, 51, 100, 80);
constexpr Duration longest = 24h;

LinkSettings link(std::uint8_t number, std::optional<IpAddress> address) {
  LinkSettings settings;
  settings.mac = {{2, 0, 0, 0, 0, number}};
  if (address) settings.addresses = {{*address, 24}};
  return settings;
}

HostSettings host(const char* name, std::vector<LinkSettings> links) {
  HostSettings settings;
  settings.name = name;
  settings.forwards = links.size() > 1;
  settings.links = std::move(links);
  return settings;
}

DnsZone zone() {
  DnsZone zone{.origin = *wire::DnsName::parse("example")};
  const auto add = [&](const char* owner, wire::DnsType type, wire::DnsData data) {
    zone.records.push_back(
        {*wire::DnsName::parse(owner), type, wire::dns_class_in, 300, std::move(data)});
  };
  add("web.example", wire::DnsType::a, web_address);
  add("dns.example", wire::DnsType::a, web_address);
  add("alias.example", wire::DnsType::cname, *wire::DnsName::parse("web.example"));
  add("web.example", wire::DnsType::txt, wire::DnsText{{"a page of a simulated server"}});
  return zone;
}

std::unique_ptr<Application> services_of_router() {
  DhcpServerServiceSettings dhcp;
  dhcp.server.address = {lan_address, 24};
  dhcp.server.first = IpAddress::v4(192, 168, 1, 100);
  dhcp.server.last = IpAddress::v4(192, 168, 1, 150);
  dhcp.server.routers = dhcp.server.name_servers = {lan_address};
  dhcp.server.domain = "example";
  DnsServiceSettings dns;
  dns.local.address = lan_address;
  dns.server.forwards = true;
  dns.server.clients = {{lan_address, 24}};
  dns.server.resolver.servers = {{web_address, 53}};
  auto services = std::make_unique<Applications>();
  services->add(std::make_unique<DhcpServerService>(dhcp));
  services->add(std::make_unique<DnsService>(dns));
  return services;
}

std::unique_ptr<Application> services_of_server() {
  DnsServiceSettings dns;
  dns.server.zones = {zone()};
  auto services = std::make_unique<Applications>();
  services->add(std::make_unique<DnsService>(dns));
  services->add(std::make_unique<http::Server>(
      http::ServerSettings{}, http::pages({{"/", "Hello from a simulated server.\n"}})));
  return services;
}

}  // namespace

SimHome::SimHome(std::uint64_t seed) : world_(seed) {
  HostSettings translating = host("router", {link(2, lan_address), link(3, wan_address)});
  translating.gateway = near;
  translating.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
  translating.translation->nat.external = {wan_address};
  HostSettings serving = host("server", {link(6, web_address)});
  serving.gateway = far;
  world_.add_host(host("laptop", {link(1, std::nullopt)}));
  world_.add_host(std::move(translating));
  world_.add_host(host("provider", {link(4, near), link(5, far)}));
  world_.add_host(std::move(serving));
  const auto cable = [](Duration delay) { return sim::CableSettings::both({.delay = delay}); };
  world_.connect({laptop, 0}, {router, 0}, cable(1ms));
  world_.connect({router, 1}, {provider, 0}, cable(4ms));
  world_.connect({provider, 1}, {far_server, 0}, cable(10ms));
  world_.install(router, services_of_router());
  world_.install(far_server, services_of_server());
}

const Online& SimHome::run(Online::Make make) {
  auto made =
      std::make_unique<Online>(OnlineSettings{.dhcp = DhcpServiceSettings{}}, std::move(make));
  const Online& online = *made;
  world_.install(laptop, std::move(made));
  const Instant end = world_.now() + longest;
  while (!online.is_done() && world_.now() < end && world_.step()) {
  }
  return online;
}

}  // namespace acksu::tools
