// Drawn from the hosts' own settings and tables.
#include "tools/journey_map.h"

#include <vector>

namespace acksu::tools {
namespace {

using sim::Port;
using trace::padded;
using trace::Row;
using trace::Style;
using trace::width_of;
using Network = sim::HomeNetwork;

constexpr std::size_t map_columns = 100, name_width = 16, address_width = 20;

// A line of devices, and below it where each hop begins and ends.
class Picture {
 public:
  Picture(const JourneyNetwork& network, const Output& output)
      : network_(network), output_(output) {}

  void print() {
    const char* device = output_.say("switch", "스위치");
    put_host(Network::laptop);
    if (has_ethernet(network_.plan().home_link)) put_device(device);
    for (sim::HostId id = Network::home_router; id <= Network::far_router; ++id) put_host(id);
    far_switch_ = at_ + 3 + width_of(device) / 2;
    put_device(device);
    put_host(Network::web_server);
    for (std::uint32_t hop = 1; hop <= Network::hops; ++hop) put_hop(hop);
    const std::string dns = "└─ " + name_of(Network::dns_server);
    Row below{map_columns};
    below.put(far_switch_, dns, Style::bold);
    const bool is_private = !network_.plan().is_ipv6;
    networks_.put(2,
                  is_private ? output_.say("home network (private)", "집 네트워크 (사설)")
                             : output_.say("home network", "집 네트워크"),
                  Style::faint);
    networks_.put((middles_[1] + middles_[4]) / 2 - 6, output_.say("the Internet", "인터넷"),
                  Style::faint);
    networks_.put_right(at_ - 1, output_.say("far network", "서버 쪽 네트워크"), Style::faint);
    for (const Row* row : {&networks_, &line_, &hops_, &below}) {
      output_.print(row->print(output_.has_colour()));
    }
  }

 private:
  std::string name_of(sim::HostId id) const {
    return host_name(network_.world(), id, output_.language());
  }
  void put(const std::string& name, Style style) {
    if (at_ > 2) {
      line_.put(at_, " ─ ", Style::faint);
      at_ += 3;
    }
    line_.put(at_, name, style);
    at_ += width_of(name);
  }
  void put_device(const std::string& name) { put(name, Style::faint); }
  void put_host(sim::HostId id) {
    const std::size_t before = at_ > 2 ? at_ + 3 : at_;
    put(name_of(id), Style::bold);
    middles_.push_back((before + at_) / 2);
  }

  void put_hop(std::uint32_t hop) {
    const std::size_t left = middles_[hop - 1] + 1, right = middles_[hop] - 1;
    hops_.put(left - 1, hop == 1 ? "└" : "┴", Style::faint);
    hops_.fill(left, right + 1, "─", Style::faint);
    hops_.put(right + 1, "┘", Style::faint);
    const std::string words =
        " " + std::string{output_.say("hop ", "홉 ")} + std::to_string(hop) + " ";
    hops_.put((left + right + 1 - width_of(words)) / 2 + 1, words, Style::plain);
  }

  const JourneyNetwork& network_;
  const Output& output_;
  Row networks_{map_columns}, line_{map_columns}, hops_{map_columns};
  std::size_t at_ = 2;
  std::size_t far_switch_ = 0;
  std::vector<std::size_t> middles_;  // of the hosts on the way
};

std::string plain_route(const TableRoute& route) {
  const bool is_v4 = route.target.next_hop.is_v4();
  const std::string to =
      route.prefix.length == 0 ? (is_v4 ? "0.0.0.0/0" : "::/0") : to_string(route.prefix);
  return to + " → " + to_string(route.target.next_hop);
}

// By that link and other routers; those to its own networks are plain from its addresses.
std::string routes_of(const Host& host, LinkId link) {
  std::string words;
  host.routes().table().for_each([&words, link](const TableRoute& route) {
    const bool is_by_router = route.target.link == link && !route.target.next_hop.is_any();
    if (is_by_router) words += (words.empty() ? "" : ", ") + plain_route(route);
  });
  return words;
}

std::string way_of_laptop(const JourneyPlan& plan, const Output& output) {
  if (plan.has_fixed_address()) {
    return output.say("told beforehand, as its router and DNS", "미리 정해짐 (라우터, DNS도)");
  }
  if (plan.is_on_line()) {
    return output.say("by PPP's IPCP, as its DNS", "PPP의 IPCP로 받음 (DNS도)");
  }
  return plan.is_ipv6
             ? output.say("by SLAAC; router, DNS from the same", "SLAAC로 만듦 (라우터, DNS도)")
             : output.say("by DHCP, as its router and DNS", "DHCP로 받음 (라우터, DNS도)");
}

void print_addresses(const JourneyNetwork& network, Port port, const Output& output) {
  const auto put = [&output](const std::string& text) {
    Row row{map_columns};
    row.put(4, text);
    output.print(row.print(false));
  };
  const Host& host = network.world().host(port.host);
  const std::optional<Prefix> prefix = address_of(network, port.host, port.link);
  std::string address = prefix ? to_string(*prefix) : "-";
  std::string more = port.host == Network::laptop ? way_of_laptop(network.plan(), output)
                                                  : routes_of(host, port.link);
  const LinkSettings& settings = host.settings().links[port.link];
  const std::string mac = has_ethernet(settings.kind) ? to_string(settings.mac) : "-";
  const auto& translation = host.settings().translation;
  if (translation && translation->outside == port.link) more += ", NAT";
  std::string name = port.link == 0 ? host_name(network.world(), port.host, output.language()) : "";
  // A long address has a line of its own.
  if (width_of(address) >= address_width) {
    put(padded(name, name_width) + address);
    name = address = "";
  }
  put(padded(name, name_width) + padded(address, address_width) + padded(mac, 19) + more);
}

}  // namespace

void print_map(const JourneyNetwork& network, const Output& output) {
  Picture{network, output}.print();
  output.print(
      "\n    " +
      output.styled(padded(output.say("host", "호스트"), 16) +
                        padded(output.say("IP address", "IP 주소"), 20) +
                        padded(output.say("MAC address", "MAC 주소"), 19) +
                        output.say("sends on by (route → next hop)", "경로 (목적지 → 다음 홉)"),
                    Style::faint) +
      "\n");
  for (sim::HostId id = 0; id < network.world().host_count(); ++id) {
    for (LinkId link = 0; link < network.world().host(id).wires(); ++link) {
      print_addresses(network, {id, link}, output);
    }
  }
}

}  // namespace acksu::tools
