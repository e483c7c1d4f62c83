// DHCP on a host (RFC 2131, RFC 5227): a client that gives a link its address and routes, and a
// server for the network of a link.
// Left out on purpose: the interface MTU option (it is told in the lease, links keep theirs), and
// defending an address once it is ours (RFC 5227 section 2.4).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "host/application.h"
#include "host/dhcp_client.h"
#include "host/dhcp_server.h"

namespace acksu {

struct DhcpServiceSettings {
  LinkId link = 0;
  DhcpClientSettings client{};  // `hardware` is taken from the link
  std::uint32_t metric = 0;     // of the routes that come with the lease
  // RFC 5227 section 1.1 has the same number and three times as long; nobody likes to wait.
  std::uint32_t probes = 3;  // 0: the address is believed to be free
  Duration probe_interval = 250ms;
  Duration farewell = 200ms;  // for which it still has the address that it gives back
};

class DhcpService : public Application {
 public:
  explicit DhcpService(DhcpServiceSettings settings) : settings_(std::move(settings)) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  // Gives the lease back, and a moment later its address and routes up.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DhcpService>(*this);
  }
  void digest(Digest& digest) const override;

  // Why there is no socket; `none` while there is one.
  Error error() const { return error_; }
  // The link has the address of this lease.
  const std::optional<DhcpLease>& lease() const { return applied_; }
  std::uint64_t conflicts() const { return conflicts_; }
  const DhcpClient* client() const { return client_ ? &*client_ : nullptr; }

 private:
  void leave(Host& host, Instant now);
  void settle(Host& host, Instant now);
  void send(Host& host, const DhcpDatagram& datagram, Instant now) const;
  void take_news(Host& host, const DhcpNews& news, Instant now);
  void probe(Host& host, Instant now);
  void apply(Host& host, const DhcpLease& lease, Instant now);
  void withdraw(Host& host, Instant now);

  DhcpServiceSettings settings_;
  std::optional<DhcpClient> client_;  // from the start on
  Handle socket_;
  Error error_ = Error::none;
  bool is_stopped_ = false;
  std::optional<DhcpLease> probed_;  // a lease whose address is being asked for
  std::uint32_t probes_sent_ = 0;
  Instant probe_due_ = never;
  Instant leaving_at_ = never;
  std::optional<DhcpLease> applied_;
  std::vector<Prefix> routes_;  // that were added for it
  std::uint64_t conflicts_ = 0;
};

struct DhcpServerServiceSettings {
  LinkId link = 0;
  DhcpServerSettings server;
};

class DhcpServerService : public Application {
 public:
  explicit DhcpServerService(DhcpServerServiceSettings settings)
      : settings_(std::move(settings)), server_(settings_.server) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override { return is_stopped_ ? never : server_.deadline(); }
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DhcpServerService>(*this);
  }
  void digest(Digest& digest) const override { server_.digest(digest); }

  // Why there is no socket; `none` while there is one.
  Error error() const { return error_; }
  const DhcpServer& server() const { return server_; }

 private:
  void settle(Host& host, Instant now);

  DhcpServerServiceSettings settings_;
  DhcpServer server_;
  Handle socket_;
  Error error_ = Error::none;
  bool is_stopped_ = false;
};

}  // namespace acksu
