// The stage of a journey: the home network of the simulator with programs on its hosts (DHCP and
// DNS at the home router, DNS and a web server far away), where everything is recorded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/http.h"
#include "sim/home_network.h"
#include "tools/journey_laptop.h"
#include "trace/hops.h"
#include "trace/recorder.h"
#include "trace/text.h"

namespace acksu::tools {

struct JourneyPlan {
  std::uint64_t seed = 1;
  sim::DirectionSettings hop{.delay = 2ms};  // of each hop
  http::Url url{};
  std::uint64_t page_bytes = 5000;
  LinkKind home_link = LinkKind::ethernet;  // ethernet, vlan, ip or ppp
  bool is_ipv6 = false;                     // only where `home_link` has Ethernet
  Duration time_wait = 1min;                // 2 MSL
  tcp::CongestionAlgorithm congestion = tcp::Settings{}.congestion;

  // A line between two ends that broadcasts nothing: the provider has told the address.
  bool has_fixed_address() const { return home_link == LinkKind::ip; }
  // Or the line tells it.
  bool is_on_line() const { return home_link == LinkKind::ppp; }
  // By DHCP.
  bool gives_leases() const { return !is_ipv6 && has_ethernet(home_link); }
};

class JourneyNetwork : private sim::FrameWatcher {
 public:
  explicit JourneyNetwork(const JourneyPlan& plan);
  JourneyNetwork(const JourneyNetwork&) = delete;
  JourneyNetwork& operator=(const JourneyNetwork&) = delete;

  // From the laptop without an address to the last resource given back.
  void run();

  // ---- After it has run
  const JourneyPlan& plan() const { return plan_; }
  const sim::World& world() const { return world_; }
  const trace::Trace& trace() const { return recorder_.trace(); }
  const trace::Paths& paths() const { return *paths_; }
  // One hop, or the two ends (0), with the names of hosts in that language.
  trace::Trace view(std::uint32_t hop, trace::Language language) const;
  const Traveller& laptop() const;
  // What the laptop was given; nothing: it never was.
  const std::optional<Prefix>& laptop_address() const { return laptop_address_; }
  // Why there is no page, as a sentence; empty: it came whole.
  std::string problem() const;

 private:
  void install_services();
  void install_laptop();
  void observe();
  bool is_over() const;
  void on_frame(Instant, sim::Port, Way, const Frame&) override {}
  void on_lost(Instant now, sim::Port port, const Frame& frame) override;

  JourneyPlan plan_;
  sim::World world_;
  trace::Recorder recorder_;
  std::unique_ptr<trace::Paths> paths_;
  std::optional<Prefix> laptop_address_;
};

// Of a link of one of its hosts, of the family of the journey; nothing: it has none.
std::optional<Prefix> address_of(const JourneyNetwork& network, sim::HostId host, LinkId link);

// "home router", "집 공유기".
std::string host_name(const sim::World& world, sim::HostId host, trace::Language language);

}  // namespace acksu::tools
