// The same text to an echo service (RFC 862) and back, by one protocol after the other: what a
// comparison does on a real wire, where nobody else can tell what arrived.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "host/application.h"
#include "host/host.h"
#include "tools/compare_programs.h"

namespace acksu::tools {

enum class EchoProtocol : std::uint8_t { tcp, udp };

struct EchoOutcome {
  EchoProtocol protocol = EchoProtocol::tcp;
  Received received;        // what came back
  std::uint64_t twice = 0;  // datagrams that came back more than once
  Instant began{};
  Error error = Error::none;
  std::uint64_t sent = 0;                    // segments or datagrams
  std::uint64_t again = 0;                   // of these sent before
  std::uint64_t frames = 0, wire_bytes = 0;  // both ways
};

class EchoComparison final : public Application {
 public:
  using Protocols = std::array<EchoProtocol, 2>;

  EchoComparison(Endpoint to, std::uint64_t bytes, Protocols protocols);

  void start(Host& host, Instant now) override { begin(host, now); }
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override { return due_; }
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return turn_ == outcomes_.size(); }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<EchoComparison>(*this);
  }

  const std::array<EchoOutcome, 2>& outcomes() const { return outcomes_; }

 private:
  EchoOutcome& outcome() { return outcomes_[turn_]; }
  void begin(Host& host, Instant now);
  void end(Host& host, Error error, Instant now);
  void write_stream(Host& host, Instant now);
  void read_stream(Host& host, Instant now);
  void send_datagram(Host& host, Instant now);
  void take_datagrams(Host& host, Instant now);
  void count(std::uint64_t bytes, Instant now);

  Endpoint to_;
  std::uint64_t bytes_;
  std::array<EchoOutcome, 2> outcomes_{};
  std::size_t turn_ = 0;
  std::uint64_t left_ = 0;  // to be sent
  Handle socket_;
  Instant due_ = never;
  HostCounters before_;
  // Datagrams: the number of the next to be sent, of the one expected, and all that came.
  std::uint32_t number_ = 0, next_ = 0;
  std::set<std::uint32_t> numbers_;
};

}  // namespace acksu::tools
