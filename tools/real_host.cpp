// Options of the commands on a real wire, and the host that they make.
#include "tools/real_host.h"
#include "tools/amounts.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "tools/address_checks.h"
#include "tools/commands.h"
#include "tools/real_wire.h"
#include "tools/stats.h"

namespace acksu::tools {
namespace {

MacAddress mac_of(const RealHostOptions& options, IpAddress address) {
  if (options.mac.empty()) return mac_for(address);
  const std::optional<MacAddress> mac = parse_mac(options.mac);
  if (!mac) throw UsageError{"'" + options.mac + "' is no MAC address such as 02:00:00:00:00:01"};
  check_card(*mac);
  return *mac;
}

// No address, but like one: the same wire gives the same card, so that a lease is found again.
IpAddress address_for_card(const std::string& wire) {
  std::uint32_t hash = 0x811c9dc5;  // FNV-1a
  for (const char c : wire) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x0100'0193;
  return IpAddress::v4(hash);
}

// A packet socket is given segments that nobody has cut, whether we like it or not.
bool takes_offloads(const RealHostOptions& options) {
  return options.has_offloads || options.wire.starts_with("packet:");
}

}  // namespace

NameServiceSettings names_of(const RealHostOptions& options, const NetworkInformation* told) {
  NameServiceSettings names;
  for (const std::string& server : options.name_servers) {
    const std::optional<Endpoint> endpoint = parse_endpoint(server);
    const std::optional<IpAddress> address = parse_ip(server);
    if (!endpoint && !address) throw UsageError{"'" + server + "' is no address"};
    names.resolver.servers.push_back(endpoint ? *endpoint : Endpoint{*address, 53});
    check_server(names.resolver.servers.back().address);
  }
  for (const std::string& domain : options.search) {
    const std::optional<wire::DnsName> name = wire::DnsName::parse(domain);
    if (!name) throw UsageError{"'" + domain + "' is no domain name"};
    names.lookup.search.push_back(*name);
  }
  if (told == nullptr) return names;
  if (names.resolver.servers.empty()) {
    for (const IpAddress address : told->name_servers) {
      names.resolver.servers.push_back({address, 53});
    }
  }
  if (names.lookup.search.empty() && !told->domain.empty()) {
    if (const auto name = wire::DnsName::parse(told->domain)) names.lookup.search = {*name};
  }
  return names;
}

namespace {

// What the addresses on the command line say.
struct Wishes {
  std::vector<Prefix> given;
  bool dhcp = false;
  bool slaac = false;
  std::optional<ReverseArpSettings> rarp;

  bool has_given_v6() const {
    return std::any_of(given.begin(), given.end(),
                       [](const Prefix& prefix) { return !prefix.address.is_v4(); });
  }
};

// "rarp", or "rarp/24" for a network of that size. Throws UsageError.
std::optional<ReverseArpSettings> rarp_of(const RealHostOptions& options, const std::string& text) {
  if (text != "rarp" && !text.starts_with("rarp/")) return std::nullopt;
  ReverseArpSettings rarp;
  if (text != "rarp") {
    const std::optional<Prefix> network = parse_prefix("0.0.0.0" + text.substr(4));
    if (!network) throw UsageError{"'" + text + "' is not rarp with a prefix, such as rarp/24"};
    rarp.prefix_length = network->length;
  }
  for (const std::string& gateway : options.gateways) {
    if (const auto address = parse_ip(gateway); address && address->is_v4()) {
      rarp.gateway = address;
    }
  }
  return rarp;
}

Wishes wishes_of(const RealHostOptions& options) {
  Wishes wishes;
  wishes.dhcp = wishes.slaac = options.uses_dhcp;
  for (const std::string& text : options.addresses) {
    if (text == "dhcp") {
      wishes.dhcp = true;
    } else if (text == "slaac") {
      wishes.slaac = true;
    } else if (text == "auto") {
      wishes.dhcp = wishes.slaac = true;
    } else if (const std::optional<ReverseArpSettings> rarp = rarp_of(options, text)) {
      wishes.rarp = rarp;
    } else if (const std::optional<Prefix> prefix = parse_prefix(text)) {
      check_own_address(*prefix);
      wishes.given.push_back(*prefix);
    } else {
      throw UsageError{"'" + text +
                       "' is no address with a prefix, such as 10.9.0.2/24 or "
                       "2001:db8::2/64, and not dhcp, rarp, slaac or auto"};
    }
  }
  const bool has_v4 = std::any_of(wishes.given.begin(), wishes.given.end(),
                                  [](const Prefix& prefix) { return prefix.address.is_v4(); });
  if (wishes.dhcp && has_v4) throw UsageError{"--address and --dhcp exclude each other"};
  if (wishes.rarp && (wishes.dhcp || has_v4)) {
    throw UsageError{"rarp is told the only IPv4 address: no other, and no dhcp"};
  }
  return wishes;
}

// RFC 7600: an address for who has none and is sent nothing there.
constexpr IpAddress dummy_address = IpAddress::v4(192, 0, 0, 8);

// The other end gives the address, unless a certain one is asked for.
PppSettings line_settings(const RealHostOptions& options, const std::vector<Prefix>& given) {
  PppSettings ppp;
  ppp.mru = static_cast<std::uint16_t>(options.mtu);
  // Both tries of a Terminate-Request fit in the time that an end may take.
  ppp.times.restart_interval = 2s;
  ppp.ipv4.asks_name_servers = true;
  ppp.ipv4.stand_in = dummy_address;
  if (given.empty()) return ppp;
  if (given.size() > 1 || !given[0].address.is_v4()) {
    throw UsageError{"on a line of PPP, --address is one IPv4 address, or left out"};
  }
  ppp.ipv4.local = given[0].address;
  return ppp;
}

LinkSettings link_of(const RealHostOptions& options, const Wishes& wishes) {
  LinkSettings link;
  link.name = options.wire;
  link.mtu = options.mtu;
  link.kind = link_kind_of(options.wire);
  if (options.vlan) {
    if (!has_ethernet(link.kind)) throw UsageError{"--vlan needs a wire with Ethernet frames"};
    link.kind = LinkKind::vlan;
    link.vlan.id = static_cast<std::uint16_t>(*options.vlan);
  }
  if (wishes.rarp && !has_ethernet(link.kind)) {
    throw UsageError{"rarp needs a wire with Ethernet frames: say --address"};
  }
  if (wishes.dhcp && !has_ethernet(link.kind)) {
    throw UsageError{"--dhcp needs a wire with Ethernet frames: say --address"};
  }
  if (link.kind == LinkKind::ppp) {
    if (wishes.slaac) throw UsageError{"a line of PPP gives its address by itself"};
    link.ppp = line_settings(options, wishes.given);
    return link;
  }
  link.addresses = wishes.given;
  const auto v4 = std::find_if(wishes.given.begin(), wishes.given.end(),
                               [](const Prefix& prefix) { return prefix.address.is_v4(); });
  const bool has_v4 = v4 != wishes.given.end();
  link.mac = mac_of(options, has_v4 ? v4->address : address_for_card(options.wire));
  link.ipv6.is_on = wishes.slaac;
  // Who says which addresses he wants believes nobody else about them.
  link.ipv6.believes_routers = wishes.slaac;
  return link;
}

template <class Text>
std::string joined(const std::vector<Prefix>& prefixes, const Text& text_of) {
  std::string text;
  for (const Prefix& prefix : prefixes) text += (text.empty() ? "" : " and ") + text_of(prefix);
  return text;
}

}  // namespace

const char* rarp_problem(Error error) {
  return error == Error::address_in_use
             ? "somebody else uses the address that a RARP server told: correct the server's list"
             : "no RARP server answered: one has to know this card's MAC address";
}

std::optional<OnlineSettings> joining_of(const RealHostOptions& options) {
  const Wishes wishes = wishes_of(options);
  OnlineSettings joining;
  if (options.uses_dhcp) joining.grace = Duration{};
  if (wishes.dhcp) joining.dhcp.emplace();
  joining.rarp = wishes.rarp;
  if (wishes.slaac || wishes.has_given_v6()) {
    joining.ipv6 = AutoconfigurationSettings{.asks_routers = wishes.slaac};
  }
  if (!joining.dhcp && !joining.rarp && !joining.ipv6) return std::nullopt;
  return joining;
}

std::string addresses_text(const RealHostOptions& options) {
  const Wishes wishes = wishes_of(options);
  return joined(wishes.given, [](const Prefix& each) { return to_string(each.address); });
}

std::string endpoints_text(const RealHostOptions& options, std::uint16_t port) {
  const Wishes wishes = wishes_of(options);
  if (wishes.given.empty()) return "the address it gets:" + std::to_string(port);
  // RFC 5952 section 6: an IPv6 address before a port stands in brackets.
  return joined(wishes.given,
                [&](const Prefix& each) { return to_string(Endpoint{each.address, port}); });
}

namespace {

void set_gateways(const RealHostOptions& options, HostSettings& settings) {
  // On a line with two ends the other end is the next hop, whatever its address.
  const LinkSettings& link = settings.links[0];
  const std::vector<Prefix> own = has_ethernet(link.kind) ? link.addresses : std::vector<Prefix>{};
  for (const std::string& text : options.gateways) {
    const std::optional<IpAddress> address = parse_ip(text);
    if (!address) throw UsageError{"'" + text + "' is no address"};
    check_gateway(*address, own);
    std::optional<IpAddress>& gateway = address->is_v4() ? settings.gateway : settings.gateway_v6;
    if (gateway) throw UsageError{"two gateways of one family"};
    gateway = address;
  }
}

}  // namespace

HostSettings settings_of(const RealHostOptions& options) {
  if (options.wire.empty()) throw UsageError{"--wire is required, such as --wire tap:acksu0"};
  const bool is_told = link_kind_of(options.wire) == LinkKind::ppp;
  if (options.addresses.empty() && !options.uses_dhcp && !is_told) {
    throw UsageError{"say --address, such as 10.9.0.2/24, or --dhcp"};
  }
  HostSettings settings;
  settings.name = "acksu";
  settings.links.push_back(link_of(options, wishes_of(options)));
  set_gateways(options, settings);
  if (options.user_timeout_s) {
    const Duration limit = from_seconds(*options.user_timeout_s);
    settings.tcp.r2 = settings.tcp.r2_syn = settings.tcp.r2_orphan = limit;
  }
  settings.tcp.tells_user_timeout = options.tells_user_timeout;
  if (options.time_wait) settings.tcp.msl = parse_time_wait(*options.time_wait) / 2;
  settings.tcp.pacing = options.has_pacing;
  settings.tcp.ecn = options.ecn == "ask"        ? tcp::EcnPolicy::ask
                     : options.ecn == "accurate" ? tcp::EcnPolicy::ask_accurate
                     : options.ecn == "off"      ? tcp::EcnPolicy::off
                                                 : tcp::EcnPolicy::answer;
  settings.tcp.congestion = congestion_of(options.congestion);
  set_buffers(options.buffers, settings.tcp);
  return settings;
}

RealHost::RealHost(RealHostOptions options)
    : options_(std::move(options)),
      settings_(settings_of(options_)),
      pool_(std::make_shared<BufferPool>()),
      wire_(open_wire(options_.wire, options_.mtu, pool_, takes_offloads(options_))),
      host_(settings_for_wire(), take_secrets(), pool_),
      loop_(host_, {.polls_busily = options_.polls_busily}) {
  loop_.attach(*wire_);
  begin_capture();
  // Whoever read our output may be gone: then writing fails, and connections still end in order.
  std::signal(SIGPIPE, SIG_IGN);
}

RealHost::~RealHost() = default;

const HostSettings& RealHost::settings_for_wire() {
  settings_.links[0].max_split_bytes = wire_->max_split_bytes();
  return settings_;
}

void RealHost::begin_capture() {
  if (options_.pcap.empty() && options_.json.empty() && options_.plot.empty()) return;
  // The host's own settings: it has added the link to itself.
  capture_ = std::make_unique<Capture>("acksu", addresses_text(options_),
                                       trace::link_kinds(host_.settings()));
  if (!options_.pcap.empty()) capture_->write_pcapng(options_.pcap);
  if (!options_.json.empty()) capture_->write_json(options_.json);
  if (!options_.plot.empty()) capture_->write_plot(options_.plot);
  if (!capture_->problem().empty()) throw std::runtime_error{capture_->problem()};
  host_.observe(capture_->observer());
  loop_.after_round([this] { end_round(); });
}

void RealHost::end_round() {
  if (capture_) capture_->flush();
  if (!rarp_ || rarp_->error() == Error::none || was_refused_) return;
  was_refused_ = true;
  loop_.stop();  // there will be no address
}

bool RealHost::run(Application& application) {
  if (const std::optional<OnlineSettings> joining = joining_of(options_)) {
    if (joining->dhcp) loop_.add(dhcp_.emplace(*joining->dhcp));
    if (joining->rarp) {
      loop_.add(rarp_.emplace(*joining->rarp));
      loop_.after_round([this] { end_round(); });
    }
    if (joining->ipv6) loop_.add(ipv6_.emplace(*joining->ipv6));
  }
  const bool is_clean = run_alone(application);
  if (was_refused_) throw std::runtime_error{rarp_problem(rarp_->error())};
  return is_clean;
}

bool RealHost::run_alone(Application& application) {
  loop_.add(application);
  if (options_.status_s) loop_.add(status_.emplace(from_seconds(*options_.status_s)));
  const os::Ending ending = loop_.run();
  const bool is_written = !capture_ || capture_->finish();
  if (options_.prints_stats) print_stats();
  print_limits(host_);
  if (ending == os::Ending::wire_failed) {
    throw std::runtime_error{options_.wire + ": " + loop_.failure()};
  }
  if (ending == os::Ending::system_failed) throw std::runtime_error{loop_.failure()};
  if (!is_written) throw std::runtime_error{capture_->problem()};
  return ending != os::Ending::cut_short;
}

void RealHost::print_stats() const {
  const HostCounters& counters = host_.counters();
  const os::WireCounters& wire = wire_->counters();
  print_count("frames in", counters.frames_in);
  print_count("bytes in", counters.bytes_in);
  print_count("frames out", counters.frames_out);
  print_count("bytes out", counters.bytes_out);
  print_count("frames in that were too long", wire.too_long_in);
  print_count("frames in that the ring had no room for", wire.ring_full_in);
  print_count("frames out that the device refused", wire.refused_out);
  print_count("frames out that the device cut short", wire.short_writes);
  print_count("times that the device's queue was full", wire.queue_full);
  print_counters(counters);
}

}  // namespace acksu::tools
