// A program that needs an address first: gets one by DHCP, then runs a program that is made for
// that lease, and gives the lease back when the program is done.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "api/dhcp_service.h"

namespace acksu {

class Online : public Application {
 public:
  // Makes the program once there is an address. It may be copied and called again: keep no
  // references in it to what one copy of a world owns.
  using Make = std::function<std::unique_ptr<Application>(const DhcpLease&)>;

  Online(DhcpServiceSettings settings, Make make, Duration patience = 30s)
      : dhcp_(std::move(settings)), make_(std::move(make)), patience_(patience) {}
  Online(const Online& other)
      : dhcp_(other.dhcp_),
        make_(other.make_),
        patience_(other.patience_),
        give_up_(other.give_up_),
        program_(other.program_ ? other.program_->clone() : nullptr) {}
  Online& operator=(const Online&) = delete;

  void start(Host& host, Instant now) override {
    give_up_ = later_by(now, patience_);
    dhcp_.start(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    dhcp_.on_event(host, event, now);
    if (program_) program_->on_event(host, event, now);
    advance(host, now);
  }
  void on_reply(Host& host, const EchoReply& reply, Instant now) override {
    if (program_) program_->on_reply(host, reply, now);
    advance(host, now);
  }
  Instant deadline() const override {
    const Instant waiting = earliest(dhcp_.deadline(), give_up_);
    return program_ ? earliest(waiting, program_->deadline()) : waiting;
  }
  void on_time(Host& host, Instant now) override {
    if (dhcp_.deadline() <= now) dhcp_.on_time(host, now);
    if (program_ && program_->deadline() <= now) program_->on_time(host, now);
    if (give_up_ <= now) stop(host, now);
    advance(host, now);
  }
  void stop(Host& host, Instant now) override {
    give_up_ = never;
    if (program_) program_->stop(host, now);
    dhcp_.stop(host, now);
  }
  bool is_done() const override { return dhcp_.is_done() && (!program_ || program_->is_done()); }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Online>(*this); }
  void digest(Digest& digest) const override {
    dhcp_.digest(digest);
    if (program_) program_->digest(digest);
  }

  const DhcpService& dhcp() const { return dhcp_; }
  // Null: there was no address.
  Application* program() const { return program_.get(); }

 private:
  void advance(Host& host, Instant now) {
    if (!program_ && dhcp_.lease() && !dhcp_.is_done()) {
      give_up_ = never;
      program_ = make_(*dhcp_.lease());
      program_->start(host, now);
    }
    if (program_ && program_->is_done()) dhcp_.stop(host, now);
  }

  DhcpService dhcp_;
  Make make_;
  Duration patience_;
  Instant give_up_ = never;
  std::unique_ptr<Application> program_;
};

}  // namespace acksu
