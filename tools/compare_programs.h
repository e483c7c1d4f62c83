// The programs of a comparison: each pair brings the same text from one host to another, by TCP or
// by UDP, and tells how that went.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "host/application.h"
#include "host/host.h"

namespace acksu::tools {

struct Received {
  std::uint64_t bytes = 0;        // different ones
  std::uint32_t pieces = 0;       // that reads gave, or datagrams
  bool is_ordered = true;         // each piece was the one behind the last
  bool is_complete_told = false;  // the protocol said that this was all
  Instant first = never, last = never;
};

inline constexpr std::uint16_t compare_port = 7;

// Connects, writes all, closes.
class StreamSender final : public Application {
 public:
  StreamSender(Endpoint to, std::uint64_t bytes) : to_(to), left_(bytes) {}
  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<StreamSender>(*this);
  }

 private:
  void write(Host& host, Instant now);

  Endpoint to_;
  std::uint64_t left_;
  Handle socket_;
};

// Accepts one connection, reads to its end, closes.
class StreamReceiver final : public Application {
 public:
  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<StreamReceiver>(*this);
  }
  const Received& received() const { return received_; }

 private:
  Handle listener_, socket_;
  Received received_;
};

// Sends a datagram each `pause`, numbered, and never hears what became of them.
class DatagramSender final : public Application {
 public:
  static constexpr std::uint32_t piece_bytes = 1448;  // of text: as much as a segment carries

  DatagramSender(Endpoint to, std::uint64_t bytes) : to_(to), left_(bytes) {}
  void start(Host& host, Instant now) override;
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return due_; }
  void on_time(Host& host, Instant now) override;
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DatagramSender>(*this);
  }

 private:
  static constexpr Duration pause = 100us;

  Endpoint to_;
  std::uint64_t left_;
  std::uint32_t number_ = 0;
  Handle socket_;
  Instant due_ = never;
};

class DatagramReceiver final : public Application {
 public:
  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DatagramReceiver>(*this);
  }
  const Received& received() const { return received_; }

 private:
  Handle socket_;
  std::set<std::uint32_t> numbers_;
  std::uint32_t next_ = 0;
  Received received_;
};

}  // namespace acksu::tools
