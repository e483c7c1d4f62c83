// The program on the laptop of a journey: joins the network by DHCP, or has an address there from
// the beginning, looks the server's name up, and fetches a page. It keeps its address until it is
// told to stop.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "api/dhcp_service.h"
#include "api/fetch.h"

namespace acksu::tools {

class Traveller : public Application {
 public:
  // The name servers of `fetch` are those of the lease.
  Traveller(DhcpServiceSettings dhcp, FetchSettings fetch, Duration thinks)
      : dhcp_(std::move(dhcp)), settings_(std::move(fetch)), thinks_(thinks) {}
  // What a lease would tell is known.
  Traveller(DhcpLease fixed, FetchSettings fetch, Duration thinks)
      : fixed_(std::move(fixed)), settings_(std::move(fetch)), thinks_(thinks) {}

  void start(Host& host, Instant now) override {
    if (dhcp_) dhcp_->start(host, now);
    plan(now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (dhcp_) dhcp_->on_event(host, event, now);
    if (fetch_) fetch_->on_event(host, event, now);
    plan(now);
  }
  Instant deadline() const override {
    const Instant due = earliest(dhcp_ ? dhcp_->deadline() : never, begins_at_);
    return fetch_ ? earliest(due, fetch_->deadline()) : due;
  }
  void on_time(Host& host, Instant now) override {
    if (dhcp_ && dhcp_->deadline() <= now) dhcp_->on_time(host, now);
    if (fetch_ && fetch_->deadline() <= now) fetch_->on_time(host, now);
    plan(now);
    if (begins_at_ <= now) begin(host, now);
  }
  void stop(Host& host, Instant now) override {
    begins_at_ = never;
    if (fetch_) fetch_->stop(host, now);
    if (dhcp_) dhcp_->stop(host, now);
  }
  bool is_done() const override {
    return (!dhcp_ || dhcp_->is_done()) && (!fetch_ || fetch_->is_done());
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Traveller>(*this); }
  void digest(Digest& digest) const override {
    if (dhcp_) dhcp_->digest(digest);
    if (fetch_) fetch_->digest(digest);
  }

  // Nothing: it has no address yet.
  std::optional<DhcpLease> lease() const { return dhcp_ ? dhcp_->lease() : fixed_; }
  // Null: it never had an address.
  const Fetch* fetch() const { return fetch_ ? &*fetch_ : nullptr; }

 private:
  void plan(Instant now) {
    const bool may_begin = lease() && !fetch_ && begins_at_ == never;
    if (may_begin) begins_at_ = now + thinks_;
  }
  void begin(Host& host, Instant now) {
    begins_at_ = never;
    const DhcpLease held = *lease();
    for (const IpAddress& server : held.name_servers) {
      settings_.names.resolver.servers.push_back({server, 53});
    }
    fetch_.emplace(settings_, nullptr);
    fetch_->start(host, now);
  }

  std::optional<DhcpService> dhcp_;
  std::optional<DhcpLease> fixed_;
  FetchSettings settings_;
  Duration thinks_;
  Instant begins_at_ = never;
  std::optional<Fetch> fetch_;
};

}  // namespace acksu::tools
