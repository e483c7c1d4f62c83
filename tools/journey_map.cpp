// Drawn from the hosts' own settings and tables.
#include "tools/journey_map.h"

#include <vector>

namespace acksu::tools {
namespace {

using trace::padded;
using trace::Row;
using trace::Style;
using trace::width_of;
using Network = sim::HomeNetwork;

constexpr std::size_t map_columns = 100;

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
    networks_.put(2, output_.say("home network (private)", "집 네트워크 (사설)"), Style::faint);
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
  const std::string to = route.prefix.length == 0 ? "0.0.0.0/0" : to_string(route.prefix);
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

std::string line_of(const JourneyNetwork& network, sim::HostId id, LinkId link,
                    const Output& output) {
  const Host& host = network.world().host(id);
  const LinkSettings& settings = host.settings().links[link];
  std::string address = settings.addresses.empty() ? "" : to_string(settings.addresses.front());
  std::string more = routes_of(host, link);
  if (id == Network::laptop) {
    const auto& lease = network.lease();
    address = lease ? to_string(Prefix{lease->address, lease->prefix_length}) : "-";
    more = network.plan().has_fixed_address()
               ? output.say("told beforehand, as its router and DNS", "미리 정해짐 (라우터, DNS도)")
               : output.say("by DHCP, as its router and DNS", "DHCP로 받음 (라우터, DNS도)");
  }
  const auto& translation = host.settings().translation;
  if (translation && translation->outside == link) more += ", NAT";
  const std::string mac = has_ethernet(settings.kind) ? to_string(settings.mac) : "-";
  const std::string name = link == 0 ? host_name(network.world(), id, output.language()) : "";
  return padded(name, 16) + padded(address, 20) + padded(mac, 19) + more;
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
      Row row{map_columns};
      row.put(4, line_of(network, id, link, output));
      output.print(row.print(false));
    }
  }
}

}  // namespace acksu::tools
