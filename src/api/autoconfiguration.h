// A link that gets its IPv6 address from what routers advertise (RFC 4862), and learns who resolves
// names from them (RFC 8106) or, where they say so, from DHCPv6 (RFC 8415 section 6.1). Or one
// whose addresses were given, and are only to be tried.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/application.h"
#include "host/dhcpv6_client.h"
#include "host/frame.h"

namespace acksu {

struct Ipv6Configuration {
  Prefix address;    // ready to be used
  IpAddress router;  // any: none is known
  std::vector<IpAddress> name_servers{};
  std::string domain{};  // the first one told; empty: none
};

struct AutoconfigurationSettings {
  LinkId link = 0;
  bool asks_routers = true;     // else it waits for an address that was given
  Duration dhcp_patience = 3s;  // for DHCPv6, where routers tell of no resolver
};

class Autoconfiguration : public Application {
 public:
  explicit Autoconfiguration(AutoconfigurationSettings settings = {}) : settings_(settings) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  // The host tells nobody when an address is ready: it is looked at from time to time until then.
  Instant deadline() const override {
    return client_ ? earliest(next_look_, client_->deadline()) : next_look_;
  }
  void on_time(Host& host, Instant now) override;
  // The address stays: routers said how long.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<Autoconfiguration>(*this);
  }
  void digest(Digest& digest) const override;

  // Why the link has no IPv6; `none` while it has.
  Error error() const { return error_; }
  // Once there is an address, and all that routers told of.
  const std::optional<Ipv6Configuration>& configuration() const { return configuration_; }

 private:
  void look(Host& host, Instant now);
  void begin_dhcp(Host& host, Instant now);
  void settle(Host& host, Instant now);

  AutoconfigurationSettings settings_;
  Error error_ = Error::none;
  Instant began_{};
  Instant next_look_ = never;
  Instant dhcp_until_ = never;  // what DHCPv6 says is waited for
  bool is_stopped_ = false;
  std::optional<Dhcpv6Client> client_;
  Handle socket_;
  Dhcpv6Information told_;
  std::optional<Ipv6Configuration> configuration_;
};

}  // namespace acksu
