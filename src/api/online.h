// A program that needs an address first: gets one by DHCP or RARP, by what routers advertise, or
// waits until one that was given was tried; then runs a program that is made for what the network
// told, and gives a lease back when the program is done.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/autoconfiguration.h"
#include "api/dhcp_service.h"
#include "api/reverse_arp.h"

namespace acksu {

// What a network tells those who come to it.
struct NetworkInformation {
  std::vector<IpAddress> name_servers;
  std::string domain;  // where short names are; empty: not told
};

struct OnlineSettings {
  std::optional<DhcpServiceSettings> dhcp{};
  std::optional<ReverseArpSettings> rarp{};  // in the place of `dhcp`
  std::optional<AutoconfigurationSettings> ipv6{};
  Duration patience = 30s;  // for an address
  Duration grace = 3s;      // for the other family's, once there is one
};

class Online : public Application {
 public:
  // Makes the program once there is an address. It may be copied and called again: keep no
  // references in it to what one copy of a world owns.
  using Make = std::function<std::unique_ptr<Application>(const NetworkInformation&)>;

  Online(OnlineSettings settings, Make make)
      : settings_(std::move(settings)),
        dhcp_(settings_.dhcp.value_or(DhcpServiceSettings{})),
        rarp_(settings_.rarp.value_or(ReverseArpSettings{})),
        ipv6_(settings_.ipv6.value_or(AutoconfigurationSettings{})),
        make_(std::move(make)) {}
  Online(const Online& other)
      : settings_(other.settings_),
        dhcp_(other.dhcp_),
        rarp_(other.rarp_),
        ipv6_(other.ipv6_),
        make_(other.make_),
        give_up_(other.give_up_),
        waits_until_(other.waits_until_),
        is_stopped_(other.is_stopped_),
        program_(other.program_ ? other.program_->clone() : nullptr) {}
  Online& operator=(const Online&) = delete;

  void start(Host& host, Instant now) override {
    give_up_ = later_by(now, settings_.patience);
    if (settings_.dhcp) dhcp_.start(host, now);
    if (settings_.rarp) rarp_.start(host, now);
    if (settings_.ipv6) ipv6_.start(host, now);
    advance(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (settings_.dhcp) dhcp_.on_event(host, event, now);
    if (settings_.ipv6) ipv6_.on_event(host, event, now);
    if (program_) program_->on_event(host, event, now);
    advance(host, now);
  }
  Instant deadline() const override {
    Instant due = earliest(give_up_, waits_until_);
    if (settings_.dhcp) due = earliest(due, dhcp_.deadline());
    if (settings_.rarp) due = earliest(due, rarp_.deadline());
    if (settings_.ipv6) due = earliest(due, ipv6_.deadline());
    return program_ ? earliest(due, program_->deadline()) : due;
  }
  void on_time(Host& host, Instant now) override {
    if (settings_.dhcp && dhcp_.deadline() <= now) dhcp_.on_time(host, now);
    if (settings_.rarp && rarp_.deadline() <= now) rarp_.on_time(host, now);
    if (settings_.ipv6 && ipv6_.deadline() <= now) ipv6_.on_time(host, now);
    if (program_ && program_->deadline() <= now) program_->on_time(host, now);
    if (give_up_ <= now) stop(host, now);
    advance(host, now);
  }
  void stop(Host& host, Instant now) override {
    give_up_ = waits_until_ = never;
    is_stopped_ = true;
    if (program_) program_->stop(host, now);
    leave(host, now);
  }
  bool is_done() const override {
    const bool has_left = (!settings_.dhcp || dhcp_.is_done()) &&
                          (!settings_.rarp || rarp_.is_done()) &&
                          (!settings_.ipv6 || ipv6_.is_done());
    return has_left && (!program_ || program_->is_done());
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Online>(*this); }
  void digest(Digest& digest) const override {
    dhcp_.digest(digest);
    rarp_.digest(digest);
    ipv6_.digest(digest);
    if (program_) program_->digest(digest);
  }

  // Why there could be no address at all; `none`: it was tried.
  Error error() const {
    if (dhcp_.error() != Error::none) return dhcp_.error();
    return rarp_.error() != Error::none ? rarp_.error() : ipv6_.error();
  }
  // Null: there was no address.
  Application* program() const { return program_.get(); }

 private:
  bool wants_v4() const { return settings_.dhcp.has_value() || settings_.rarp.has_value(); }
  bool has_v4() const {
    return settings_.rarp ? rarp_.address().has_value() : settings_.dhcp && dhcp_.lease();
  }
  bool has_v6() const { return settings_.ipv6 && ipv6_.configuration(); }

  NetworkInformation told() const {
    NetworkInformation told;
    if (has_v6()) {
      told = {ipv6_.configuration()->name_servers, ipv6_.configuration()->domain};
    }
    if (!has_v4() || settings_.rarp) return told;
    for (const IpAddress& server : dhcp_.lease()->name_servers) told.name_servers.push_back(server);
    if (told.domain.empty()) told.domain = dhcp_.lease()->domain;
    return told;
  }
  // Both, or one and no patience for the other.
  bool may_begin(Instant now) {
    const bool is_complete = has_v4() == wants_v4() && has_v6() == settings_.ipv6.has_value();
    if (is_complete) return true;
    if (!has_v4() && !has_v6()) return false;
    if (waits_until_ == never) waits_until_ = later_by(now, settings_.grace);
    return waits_until_ <= now;
  }
  void advance(Host& host, Instant now) {
    if (!program_ && !is_stopped_ && may_begin(now)) {
      give_up_ = waits_until_ = never;
      program_ = make_(told());
      program_->start(host, now);
    }
    if (program_ && program_->is_done()) leave(host, now);
  }
  void leave(Host& host, Instant now) {
    if (settings_.dhcp) dhcp_.stop(host, now);
    if (settings_.rarp && !rarp_.is_done()) rarp_.stop(host, now);
    if (settings_.ipv6 && !ipv6_.is_done()) ipv6_.stop(host, now);
  }

  OnlineSettings settings_;
  DhcpService dhcp_;
  ReverseArp rarp_;
  Autoconfiguration ipv6_;
  Make make_;
  Instant give_up_ = never;
  Instant waits_until_ = never;
  bool is_stopped_ = false;
  std::unique_ptr<Application> program_;
};

}  // namespace acksu
