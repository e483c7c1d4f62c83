// The program on the laptop of a journey: joins the network (by DHCP; with IPv6 by what the router
// advertises; on a line of PPP by what that has agreed on), or has an address there from the
// beginning, looks the server's name up, and fetches a page. It keeps its address until it is told
// to stop.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "api/autoconfiguration.h"
#include "api/dhcp_service.h"
#include "api/fetch.h"

namespace acksu::tools {

struct TravellerSettings {
  bool is_ipv6 = false;
  DhcpServiceSettings dhcp{};
  // What a lease would tell is known: there is nothing to join.
  std::optional<DhcpLease> fixed{};
  bool is_on_line = false;  // of PPP, which tells it
  FetchSettings fetch{};    // its name servers are those of the network
  Duration thinks = 5ms;    // before it fetches
};

class Traveller : public Application {
 public:
  explicit Traveller(TravellerSettings settings)
      : settings_(std::move(settings)), dhcp_(settings_.dhcp) {}

  void start(Host& host, Instant now) override {
    if (joining()) joining()->start(host, now);
    if (settings_.is_on_line) look(host, now);
    plan(now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (joining()) joining()->on_event(host, event, now);
    if (fetch_) fetch_->on_event(host, event, now);
    plan(now);
  }
  Instant deadline() const override {
    const Instant joins_at = joining() ? joining()->deadline() : looks_at_;
    const Instant due = earliest(joins_at, begins_at_);
    return fetch_ ? earliest(due, fetch_->deadline()) : due;
  }
  void on_time(Host& host, Instant now) override {
    if (joining() && joining()->deadline() <= now) joining()->on_time(host, now);
    if (fetch_ && fetch_->deadline() <= now) fetch_->on_time(host, now);
    if (looks_at_ <= now) look(host, now);
    plan(now);
    if (begins_at_ <= now) begin(host, now);
  }
  void stop(Host& host, Instant now) override {
    begins_at_ = looks_at_ = never;
    if (fetch_) fetch_->stop(host, now);
    if (settings_.is_on_line) host.close_line(0, now);
    if (joining()) joining()->stop(host, now);
  }
  bool is_done() const override {
    return (!joining() || joining()->is_done()) && (!fetch_ || fetch_->is_done());
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Traveller>(*this); }
  void digest(Digest& digest) const override {
    if (joining()) joining()->digest(digest);
    if (fetch_) fetch_->digest(digest);
  }

  // What it was given; nothing: not yet, or given back.
  std::optional<Prefix> address() const {
    if (settings_.is_ipv6) {
      const auto& found = autoconfiguration_.configuration();
      return found ? std::optional{found->address} : std::nullopt;
    }
    const auto& lease = held();
    return lease ? std::optional{Prefix{lease->address, lease->prefix_length}} : std::nullopt;
  }
  // Null: it never had an address.
  const Fetch* fetch() const { return fetch_ ? &*fetch_ : nullptr; }

 private:
  // Null: it has its address from the beginning.
  Application* joining() {
    if (settings_.is_ipv6) return &autoconfiguration_;
    return settings_.fixed || settings_.is_on_line ? nullptr : &dhcp_;
  }
  const Application* joining() const { return const_cast<Traveller*>(this)->joining(); }
  const std::optional<DhcpLease>& held() const {
    return settings_.fixed ? settings_.fixed : dhcp_.lease();
  }
  const std::vector<IpAddress>& name_servers() const {
    return settings_.is_ipv6 ? autoconfiguration_.configuration()->name_servers
                             : held()->name_servers;
  }

  // Whether the line has told an address.
  void look(Host& host, Instant now) {
    constexpr Duration look_interval = 5ms;
    const PppNews& told = host.line(0)->ipv4;
    looks_at_ = told.local.is_any() ? later_by(now, look_interval) : never;
    if (told.local.is_any()) return;
    settings_.fixed =
        DhcpLease{.address = told.local, .prefix_length = 32, .name_servers = told.name_servers};
  }
  void plan(Instant now) {
    const bool may_begin = address() && !fetch_ && begins_at_ == never;
    if (may_begin) begins_at_ = now + settings_.thinks;
  }
  void begin(Host& host, Instant now) {
    begins_at_ = never;
    FetchSettings fetch = settings_.fetch;
    for (const IpAddress& server : name_servers()) {
      fetch.names.resolver.servers.push_back({server, 53});
    }
    fetch_.emplace(std::move(fetch), nullptr);
    fetch_->start(host, now);
  }

  TravellerSettings settings_;
  DhcpService dhcp_;
  Autoconfiguration autoconfiguration_;
  Instant looks_at_ = never;
  Instant begins_at_ = never;
  std::optional<Fetch> fetch_;
};

}  // namespace acksu::tools
