// A DHCP server for one network (RFC 2131 section 4.3) as a value without sockets: a pool of
// addresses, fixed ones, and what each client was given. A client keeps its address as long as
// nobody else needs it. Left out on purpose: relays, several networks, probing an address before it
// is offered (clients probe), storing leases.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/dhcp_client.h"
#include "wire/dhcp.h"

namespace acksu {

struct DhcpServerSettings {
  Prefix address;         // of this server, and the network it serves
  IpAddress first, last;  // of the pool, both included, in that network
  struct Fixed {
    MacAddress hardware;
    IpAddress address;  // in the network, inside or outside of the pool
  };
  std::vector<Fixed> fixed{};
  std::vector<IpAddress> routers{};
  std::vector<IpAddress> name_servers{};
  std::vector<wire::DhcpRoute> routes{};
  std::string domain{};
  std::optional<std::uint16_t> mtu{};
  Duration lease = 12h;           // at least ten seconds
  Duration offer_lifetime = 30s;  // an offer not taken by then is none
  Duration quarantine = 10min;    // of an address that a client declined
  std::size_t max_offers = 64;    // not yet taken; a stranger with many names gets no more
  std::size_t max_quarantined = 16;
};

struct DhcpServerCounters {
  std::uint64_t offers = 0, acks = 0, naks = 0, declined = 0, released = 0;
  DropCounters refused;
};

class DhcpServer {
 public:
  // What an address is to this server. An expired one stays with its client until it is needed.
  enum class Use : std::uint8_t { offered, leased, quarantined, expired };
  struct Binding {
    Use use = Use::offered;
    std::string client;  // RFC 2131 section 4.2: the octets of its identifier, or of its hardware
    MacAddress hardware;
    Instant until = never;
  };

  explicit DhcpServer(DhcpServerSettings settings);

  // ---- IN: a datagram to port 67. The drop was counted.
  Drop on_datagram(Bytes message, Instant now);

  // ---- OUT
  std::optional<DhcpDatagram> next_datagram();

  // ---- TIME
  Instant deadline() const { return dues_.empty() ? never : dues_.begin()->first; }
  void on_time(Instant now);

  const std::map<IpAddress, Binding>& bindings() const { return bindings_; }
  const DhcpServerCounters& counters() const { return counters_; }
  void digest(Digest& digest) const;

 private:
  using Client = std::string;

  Drop on_discover(const wire::DhcpMessage& message, Instant now);
  Drop on_request(const wire::DhcpMessage& message, Instant now);
  Drop on_selection(const wire::DhcpMessage& message, Instant now);
  Drop on_claim(const wire::DhcpMessage& message, IpAddress claimed, Instant now);
  Drop on_decline(const wire::DhcpMessage& message, Instant now);
  Drop on_release(const wire::DhcpMessage& message, Instant now);
  Drop on_inform(const wire::DhcpMessage& message);

  std::optional<IpAddress> fixed_for(const wire::DhcpMessage& message) const;
  bool is_in_pool(IpAddress address) const;
  bool is_free_for(IpAddress address, const Client& client) const;
  std::optional<IpAddress> address_for(const wire::DhcpMessage& message);
  std::optional<IpAddress> unused_address();
  std::size_t count(Use use) const { return counts_[static_cast<std::size_t>(use)]; }
  void bind(IpAddress address, const Binding& binding);
  void unbind(IpAddress address);
  Binding* binding_of(const Client& client, IpAddress address);

  void grant(const wire::DhcpMessage& message, IpAddress address, Instant now);
  void answer(const wire::DhcpMessage& to, wire::DhcpMessage message);
  wire::DhcpMessage reply_to(const wire::DhcpMessage& message, wire::DhcpType type) const;
  void configure(wire::DhcpMessage& reply) const;

  DhcpServerSettings settings_;
  std::map<IpAddress, Binding> bindings_;
  std::map<Client, IpAddress> by_client_;
  std::set<std::pair<Instant, IpAddress>> dues_;     // of what is not expired
  std::set<std::pair<Instant, IpAddress>> expired_;  // the longest ago first
  std::size_t counts_[4] = {};                       // by use
  std::uint32_t next_unused_;                        // below it, all of the pool was given once
  std::deque<DhcpDatagram> to_send_;
  DhcpServerCounters counters_;
};

}  // namespace acksu
