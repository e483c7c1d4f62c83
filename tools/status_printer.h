// What --status asks for: a table of the host's connections every so often, and when Ctrl-C comes.
#pragma once

#include <cstdio>
#include <memory>

#include "host/application.h"
#include "host/host.h"
#include "trace/connection_table.h"

namespace acksu::tools {

class StatusPrinter : public Application {
 public:
  explicit StatusPrinter(Duration interval) : interval_(interval) {}

  void start(Host&, Instant now) override { next_ = now + interval_; }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return next_; }
  void on_time(Host& host, Instant now) override {
    print(host, now);
    next_ = now + interval_;
  }
  void stop(Host& host, Instant now) override { print(host, now); }
  bool is_done() const override { return true; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<StatusPrinter>(*this);
  }

 private:
  static void print(const Host& host, Instant now) {
    const std::string table = trace::connection_table(host.sockets(), now);
    std::fprintf(stderr, "%s\n", table.c_str());
  }

  Duration interval_;
  Instant next_ = never;
};

}  // namespace acksu::tools
