// A host that asks by RARP (RFC 903) which address its card has, takes it if nobody else uses it
// (RFC 5227), and keeps it. RARP tells an address and no more: the network's size and the way out
// have to be known.
#pragma once

#include <optional>

#include "host/application.h"
#include "host/host.h"

namespace acksu {

struct ReverseArpSettings {
  LinkId link = 0;
  std::optional<unsigned> prefix_length{};  // none: as the class of the address says (RFC 791 3.2)
  std::optional<IpAddress> gateway{};
  unsigned max_requests = 4;
  Duration first_interval = 1s;  // to the second request; twice as long to each after it
  unsigned probes = 3;           // 0: the address is believed to be free
  Duration probe_interval = 250ms;
};

class ReverseArp : public Application {
 public:
  explicit ReverseArp(ReverseArpSettings settings) : settings_(settings) {}

  void start(Host& host, Instant now) override {
    interval_ = settings_.first_interval;
    ask(host, now);
  }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return next_look_; }
  void on_time(Host& host, Instant now) override {
    if (probed_) return probe(host, now);
    if (const auto& told = host.told_address(settings_.link)) {
      const unsigned length = settings_.prefix_length.value_or(class_length(told->address));
      probed_ = Prefix{told->address, static_cast<std::uint8_t>(length)};
      return probe(host, now);
    }
    if (now < next_request_) {
      next_look_ = earliest(next_request_, later_by(now, look_interval));
    } else if (requests_ < settings_.max_requests) {
      ask(host, now);
    } else {
      fail(Error::timed_out);
    }
  }
  void stop(Host& host, Instant now) override {
    if (address_) host.remove_address(settings_.link, address_->address, now);
    address_.reset();
    probed_.reset();
    next_look_ = never;
    is_over_ = true;
  }
  bool is_done() const override { return is_over_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<ReverseArp>(*this);
  }
  void digest(Digest& digest) const override {
    digest.add(next_look_);
    digest.add((std::uint64_t{probes_sent_} << 32) | requests_);
  }

  const std::optional<Prefix>& address() const { return address_; }
  // timed_out: nobody has answered. address_in_use: by another. none: it is ours, or may be yet.
  Error error() const { return error_; }

 private:
  static constexpr Duration look_interval = 5ms;

  static unsigned class_length(IpAddress address) {
    const std::uint32_t bits = address.as_v4();
    if (bits >> 31 == 0) return 8;
    return bits >> 30 == 2 ? 16 : 24;
  }
  void ask(Host& host, Instant now) {
    if (const Error error = host.ask_address(settings_.link); error != Error::none) {
      return fail(error);
    }
    ++requests_;
    next_request_ = later_by(now, interval_);
    interval_ *= 2;
    next_look_ = later_by(now, look_interval);
  }
  // RFC 5227 2.1.1
  void probe(Host& host, Instant now) {
    if (probes_sent_ > 0 && host.is_probe_contested(settings_.link)) {
      return fail(Error::address_in_use);
    }
    if (probes_sent_ == settings_.probes) return take(host, *probed_, now);
    ++probes_sent_;
    const Error error = host.probe_address(settings_.link, probed_->address, now);
    if (error != Error::none) return fail(error);
    next_look_ = later_by(now, settings_.probe_interval);
  }
  void take(Host& host, const Prefix& taken, Instant now) {
    probed_.reset();
    next_look_ = never;
    if (const Error error = host.add_address(settings_.link, taken, now); error != Error::none) {
      return fail(error);
    }
    address_ = taken;
    host.announce_address(settings_.link, taken.address);
    if (!settings_.gateway) return;
    const Prefix everywhere{IpAddress::v4(0), 0};
    const RouteTarget way{.link = settings_.link, .next_hop = *settings_.gateway};
    if (const Error error = host.add_route(everywhere, way, now); error != Error::none) fail(error);
  }
  void fail(Error error) {
    error_ = error;
    next_look_ = never;
    is_over_ = true;
  }

  ReverseArpSettings settings_;
  Duration interval_{};
  Instant next_request_ = never;
  Instant next_look_ = never;
  unsigned requests_ = 0, probes_sent_ = 0;
  std::optional<Prefix> probed_;  // told, and being asked for
  std::optional<Prefix> address_;
  Error error_ = Error::none;
  bool is_over_ = false;
};

}  // namespace acksu
