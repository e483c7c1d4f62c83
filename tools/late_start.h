// An application that begins when an IPv6 address of its host is ready: until it was tried (RFC
// 4862 5.4) nobody can listen on it.
#pragma once

#include <memory>
#include <utility>

#include "host/application.h"
#include "host/host.h"

namespace acksu::tools {

class LateStart final : public Application {
 public:
  LateStart(std::unique_ptr<Application> inner, LinkId link, IpAddress address)
      : inner_(std::move(inner)), link_(link), address_(address) {}

  void start(Host& host, Instant now) override { on_time(host, now); }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (has_begun_) inner_->on_event(host, event, now);
  }
  Instant deadline() const override { return has_begun_ ? inner_->deadline() : next_look_; }
  void on_time(Host& host, Instant now) override {
    if (has_begun_) return inner_->on_time(host, now);
    next_look_ = later_by(now, 100ms);
    if (!host.ipv6().on(link_).addresses.is_ours(address_)) return;
    has_begun_ = true;
    inner_->start(host, now);
  }
  void stop(Host& host, Instant now) override {
    if (has_begun_) inner_->stop(host, now);
    next_look_ = never;
    is_stopped_ = true;
  }
  bool is_done() const override { return is_stopped_ && (!has_begun_ || inner_->is_done()); }
  std::unique_ptr<Application> clone() const override {
    auto copy = std::make_unique<LateStart>(inner_->clone(), link_, address_);
    copy->next_look_ = next_look_;
    copy->has_begun_ = has_begun_;
    copy->is_stopped_ = is_stopped_;
    return copy;
  }

 private:
  std::unique_ptr<Application> inner_;
  LinkId link_;
  IpAddress address_;
  Instant next_look_ = never;
  bool has_begun_ = false;
  bool is_stopped_ = false;
};

}  // namespace acksu::tools
