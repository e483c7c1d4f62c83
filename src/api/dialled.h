// A program that needs a line of PPP first: waits until the line has an address or fails, then runs
// a program that is made for what the line has told.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "host/application.h"
#include "host/host.h"

namespace acksu {

class Dialled : public Application {
 public:
  // Makes the program once there is an address. It may be copied and called again: keep no
  // references in it to what one copy of a world owns.
  using Make = std::function<std::unique_ptr<Application>(const PppNews&)>;

  Dialled(LinkId link, Make make, Duration patience = 60s)
      : link_(link), make_(std::move(make)), patience_(patience) {}
  Dialled(const Dialled& other)
      : link_(other.link_),
        make_(other.make_),
        patience_(other.patience_),
        give_up_(other.give_up_),
        next_look_(other.next_look_),
        failure_(other.failure_),
        program_(other.program_ ? other.program_->clone() : nullptr) {}
  Dialled& operator=(const Dialled&) = delete;

  void start(Host& host, Instant now) override {
    give_up_ = later_by(now, patience_);
    look(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (program_) program_->on_event(host, event, now);
  }
  Instant deadline() const override { return program_ ? program_->deadline() : next_look_; }
  void on_time(Host& host, Instant now) override {
    if (program_) return program_->on_time(host, now);
    look(host, now);
  }
  void stop(Host& host, Instant now) override {
    if (program_) return program_->stop(host, now);
    next_look_ = never;
    is_over_ = true;
  }
  bool is_done() const override { return program_ ? program_->is_done() : is_over_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Dialled>(*this); }
  void digest(Digest& digest) const override {
    digest.add(next_look_);
    if (program_) program_->digest(digest);
  }

  // Null: there was no address, and this is why; none: it was stopped before.
  Application* program() const { return program_.get(); }
  PppNews::Failure failure() const { return failure_; }

 private:
  static constexpr Duration look_interval = 20ms;

  void look(Host& host, Instant now) {
    const PppLine* line = host.line(link_);
    if (line != nullptr && !line->ipv4.local.is_any()) {
      program_ = make_(line->ipv4);
      program_->start(host, now);
      return;
    }
    if (line != nullptr) failure_ = line->failure;
    const bool is_late = now >= give_up_;
    if (is_late && failure_ == PppNews::Failure::none) failure_ = PppNews::Failure::no_answer;
    is_over_ = line == nullptr || failure_ != PppNews::Failure::none;
    next_look_ = is_over_ ? never : later_by(now, look_interval);
  }

  LinkId link_;
  Make make_;
  Duration patience_;
  Instant give_up_ = never;
  Instant next_look_ = never;
  PppNews::Failure failure_ = PppNews::Failure::none;
  bool is_over_ = false;
  std::unique_ptr<Application> program_;
};

}  // namespace acksu
