// All that a host holds: what is copied, hashed and compared when a host is. What it does with that
// stands in host.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/budget.h"
#include "base/buffer.h"
#include "base/timing_wheel.h"
#include "host/arrival.h"
#include "host/bound_sockets.h"
#include "host/connection_table.h"
#include "host/counters.h"
#include "host/echo.h"
#include "host/filter.h"
#include "host/identification.h"
#include "host/ipv6_network.h"
#include "host/isn.h"
#include "host/link.h"
#include "host/listener.h"
#include "host/nat.h"
#include "host/observer.h"
#include "host/path_mtu.h"
#include "host/ports.h"
#include "host/rate_limit.h"
#include "host/raw_sockets.h"
#include "host/reassembly.h"
#include "host/redirects.h"
#include "host/routes.h"
#include "host/secret_numbers.h"
#include "host/settings.h"
#include "host/socket.h"
#include "host/udp.h"
#include "tcp/cookie.h"
#include "tcp/fast_open.h"

namespace acksu {

class HostState {
 protected:
  enum class TimerOwner : std::uint32_t { connection, half_open };
  struct FreeName {
    std::uint16_t port = 0;
    ConnectionTable::Hash hash = 0;
    RecordName old;  // nothing, or in TIME-WAIT and to be taken over
  };
  // How a connection of some name would begin, and where its segments go.
  struct Path {
    tcp::Opening opening;
    Route route;
  };

  HostState(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool);
  // Compiled once: each file that knows hosts would take half as long again.
  HostState(const HostState&);
  HostState(HostState&&) noexcept;
  HostState& operator=(const HostState&);
  HostState& operator=(HostState&&) noexcept;
  ~HostState();

  static void limit_mss(tcp::Opening& opening, std::uint32_t most_mss) {
    if (most_mss != 0 && most_mss < opening.mss) opening.mss = most_mss;
  }
  static std::uint32_t timer_name(TimerOwner owner, std::uint32_t index) {
    return (static_cast<std::uint32_t>(owner) << 30) | index;
  }
  auto ready_links() {
    return [this](std::uint32_t i) -> IndexLinks& { return table_.connections()[i].ready; };
  }
  auto waiting_links() {
    return [this](std::uint32_t i) -> IndexLinks& { return table_.connections()[i].waiting; };
  }

  // Whether it answers where several hosts with one address would all answer.
  bool speaks_for_all() const { return !settings_.shard || settings_.shard->number == 0; }
  // The last of all links.
  LinkId loopback() const { return static_cast<LinkId>(links_.size() - 1); }

  std::shared_ptr<BufferPool> pool_;  // before all that may hold slices
  HostSettings settings_;
  Budget memory_;
  HostCounters counters_;
  ObserverPointer observer_;
  Routes routes_;
  Redirects redirects_;
  Reassembly reassembly_;
  std::optional<Nat> translation_;
  std::optional<Filter> filter_;
  Ipv6Network ipv6_;
  PathMtu path_mtu_;
  SipKey flow_label_key_;
  std::vector<Link> links_;
  TimingWheel wheel_;
  ConnectionTable table_;
  BoundSockets<Listener> listeners_;
  BoundSockets<UdpSocket> udp_;
  RawSockets raw_;
  InitialNumberSource initial_numbers_;
  EphemeralPorts ports_;
  tcp::Cookies cookies_;
  tcp::FastOpen fast_open_;
  EchoBook echoes_;
  RateLimit icmp_limit_;
  IdentificationSource identifications_;
  SecretNumbers application_keys_;
  Instant next_relief_{};  // memory_relief.cpp
  IndexList events_;       // sockets with news
  ArrivalBurst arrivals_;
};

}  // namespace acksu
