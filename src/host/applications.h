// Several applications on one host, as one: each is told everything, and takes what is its own.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "host/application.h"

namespace acksu {

class Applications : public Application {
 public:
  Applications() = default;
  Applications(const Applications& other) {
    for (const auto& each : other.members_) members_.push_back(each->clone());
  }
  Applications& operator=(const Applications&) = delete;

  // To be called before they are started. Returns it, as what it is.
  template <class T>
  T& add(std::unique_ptr<T> application) {
    T& added = *application;
    members_.push_back(std::move(application));
    return added;
  }
  std::size_t size() const { return members_.size(); }
  Application& operator[](std::size_t i) { return *members_[i]; }
  const Application& operator[](std::size_t i) const { return *members_[i]; }

  void start(Host& host, Instant now) override {
    for (const auto& each : members_) each->start(host, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    for (const auto& each : members_) each->on_event(host, event, now);
  }
  Instant deadline() const override {
    Instant result = never;
    for (const auto& each : members_) result = earliest(result, each->deadline());
    return result;
  }
  void on_time(Host& host, Instant now) override {
    for (const auto& each : members_) {
      if (each->deadline() <= now) each->on_time(host, now);
    }
  }
  void stop(Host& host, Instant now) override {
    for (const auto& each : members_) each->stop(host, now);
  }
  bool is_done() const override {
    for (const auto& each : members_) {
      if (!each->is_done()) return false;
    }
    return true;
  }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<Applications>(*this);
  }
  void digest(Digest& digest) const override {
    for (const auto& each : members_) each->digest(digest);
  }

 private:
  std::vector<std::unique_ptr<Application>> members_;
};

}  // namespace acksu
