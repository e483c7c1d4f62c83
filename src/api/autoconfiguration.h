// A link that gets its IPv6 address from what routers advertise (RFC 4862), and learns from them
// who resolves names (RFC 8106).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "host/application.h"
#include "host/frame.h"

namespace acksu {

struct Ipv6Configuration {
  Prefix address;  // made of an advertised prefix, and tried
  IpAddress router;
  std::vector<IpAddress> name_servers;
};

class Autoconfiguration : public Application {
 public:
  explicit Autoconfiguration(LinkId link = 0) : link_(link) {}

  void start(Host& host, Instant now) override;
  void on_event(Host&, const SocketEvent&, Instant) override {}
  // The host tells nobody when an address is ready: it is looked at from time to time until then.
  Instant deadline() const override { return next_look_; }
  void on_time(Host& host, Instant now) override;
  // The address stays: routers said how long.
  void stop(Host&, Instant) override {
    next_look_ = never;
    is_stopped_ = true;
  }
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<Autoconfiguration>(*this);
  }
  void digest(Digest& digest) const override;

  // Why the link has no IPv6; `none` while it has.
  Error error() const { return error_; }
  // Once there is an address and a router.
  const std::optional<Ipv6Configuration>& configuration() const { return configuration_; }

 private:
  LinkId link_;
  Error error_ = Error::none;
  Instant began_{};
  Instant next_look_ = never;
  bool is_stopped_ = false;
  std::optional<Ipv6Configuration> configuration_;
};

}  // namespace acksu
