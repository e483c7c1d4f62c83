// A DNS server and a DHCP server from the command line.
#include "tools/serve_network.h"

#include <cstdio>
#include <sstream>

#include "api/dhcp_service.h"
#include "api/name_service.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

using wire::DnsName;
using wire::DnsRecord;
using wire::DnsType;

constexpr std::uint32_t record_ttl_s = 60;

DnsName name_of(const std::string& text) {
  const std::optional<DnsName> name = DnsName::parse(text);
  if (!name) throw UsageError{"'" + text + "' is no domain name"};
  return *name;
}

// "PREFERENCE EXCHANGE", "PRIORITY WEIGHT PORT TARGET".
wire::DnsData service_of(DnsType type, const std::string& data) {
  std::istringstream words{data};
  std::uint16_t first = 0, weight = 0, port = 0;
  std::string target;
  words >> first;
  if (type == DnsType::srv) words >> weight >> port;
  words >> target;
  if (!words || target.empty()) {
    throw UsageError{"'" + data + "' is no data of a record of type " + to_string(type)};
  }
  if (type == DnsType::mx) return wire::DnsMx{first, name_of(target)};
  return wire::DnsSrv{first, weight, port, name_of(target)};
}

DnsRecord record_of(const std::string& text) {
  std::istringstream words{text};
  std::string owner, type_name, data;
  words >> owner >> type_name;
  std::getline(words >> std::ws, data);
  const std::optional<DnsType> type = wire::parse_dns_type(type_name);
  if (!type || data.empty()) {
    throw UsageError{"'" + text + "' is no record such as 'www.home.test A 10.9.0.7'"};
  }
  DnsRecord record{name_of(owner), *type, wire::dns_class_in, record_ttl_s, {}};
  const std::optional<IpAddress> address = parse_ip(data);
  if (*type == DnsType::a || *type == DnsType::aaaa) {
    if (!address || address->is_v4() != (*type == DnsType::a)) {
      throw UsageError{"'" + data + "' is no address of a record of type " + to_string(*type)};
    }
    record.data = *address;
  } else if (*type == DnsType::txt) {
    std::vector<std::string> strings;  // of at most 255 octets each
    for (std::size_t at = 0; at < data.size(); at += 255) strings.push_back(data.substr(at, 255));
    record.data = wire::DnsText{strings};
  } else if (*type == DnsType::cname || *type == DnsType::ptr || *type == DnsType::ns) {
    record.data = name_of(data);
  } else if (*type == DnsType::srv || *type == DnsType::mx) {
    record.data = service_of(*type, data);
  } else {
    throw UsageError{"--record takes A, AAAA, CNAME, MX, NS, PTR, SRV and TXT, not " +
                     to_string(*type)};
  }
  return record;
}

DnsServiceSettings dns_of(const RealHostOptions& host, const NetworkServiceOptions& options) {
  DnsServiceSettings dns;
  DnsZone zone;
  for (const std::string& text : options.records) zone.records.push_back(record_of(text));
  if (!zone.records.empty()) {
    zone.origin = options.zone.empty() ? zone.records[0].owner.parent() : name_of(options.zone);
    for (const DnsRecord& record : zone.records) {
      if (record.owner.is_in(zone.origin)) continue;
      throw UsageError{to_string(record.owner) + " is not in the zone " + to_string(zone.origin) +
                       "; say --zone"};
    }
    dns.server.zones = {zone};
  }
  if (options.forwards_names) {
    dns.server.forwards = true;
    dns.server.clients = settings_of(host).links[0].addresses;
    dns.server.resolver = names_of(host).resolver;
    if (dns.server.resolver.servers.empty()) throw UsageError{"--forward needs --dns SERVER"};
  }
  return dns;
}

DhcpServerServiceSettings dhcp_of(const RealHostOptions& host,
                                  const NetworkServiceOptions& options) {
  const std::size_t dash = options.leases.find('-');
  if (dash == std::string::npos) {
    throw UsageError{"'" + options.leases + "' is no range such as 10.9.0.100-10.9.0.150"};
  }
  DhcpServerServiceSettings dhcp;
  const HostSettings settings = settings_of(host);
  for (const Prefix& prefix : settings.links[0].addresses) {
    if (prefix.address.is_v4()) dhcp.server.address = prefix;
  }
  dhcp.server.first = address_of(options.leases.substr(0, dash));
  dhcp.server.last = address_of(options.leases.substr(dash + 1));
  const Prefix& network = dhcp.server.address;
  if (!network.contains(dhcp.server.first) || !network.contains(dhcp.server.last) ||
      dhcp.server.last < dhcp.server.first) {
    throw UsageError{options.leases + " is no range of the network of --address"};
  }
  dhcp.server.routers = {network.address};
  const bool serves_names = !options.records.empty() || options.forwards_names;
  if (serves_names) dhcp.server.name_servers = {network.address};
  return dhcp;
}

}  // namespace

void add_network_service_options(CLI::App& command, NetworkServiceOptions& options) {
  command
      .add_option("--record", options.records,
                  "Serve this name by DNS, such as 'www.home.test A 10.9.0.7'; again for more")
      ->allow_extra_args(false);
  command.add_option("--zone", options.zone, "The domain of these names");
  command.add_flag("--forward", options.forwards_names,
                   "Ask the servers of --dns for other names, for this network");
  command.add_option("--leases", options.leases, "Lease these addresses by DHCP: FIRST-LAST");
}

int serve_network(const RealHostOptions& host_options, const NetworkServiceOptions& options) {
  if (const auto joining = joining_of(host_options); joining && joining->dhcp) {
    throw UsageError{"who serves a network has an --address of its own"};
  }
  Applications services;
  const DnsService* dns = nullptr;
  const DhcpServerService* dhcp = nullptr;
  if (!options.records.empty() || options.forwards_names) {
    dns = &services.add(std::make_unique<DnsService>(dns_of(host_options, options)));
  }
  if (!options.leases.empty()) {
    dhcp = &services.add(std::make_unique<DhcpServerService>(dhcp_of(host_options, options)));
  }
  RealHost host{host_options};
  std::printf("serving %s at %s on %s; Ctrl-C ends it\n",
              dhcp == nullptr  ? "names"
              : dns == nullptr ? "addresses"
                               : "names and addresses",
              addresses_text(host_options).c_str(), host_options.wire.c_str());
  std::fflush(stdout);
  host.run(services);
  if (dns != nullptr && dns->server() != nullptr) {
    std::printf("%llu questions answered\n",
                static_cast<unsigned long long>(dns->server()->counters().answered));
  }
  if (dhcp != nullptr) {
    std::printf("%llu leases given or renewed\n",
                static_cast<unsigned long long>(dhcp->server().counters().acks));
  }
  return 0;
}

}  // namespace acksu::tools
