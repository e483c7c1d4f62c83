// An application that follows a scenario: it acts at given times and when given things happen,
// reads what comes, and counts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/application.h"
#include "host/host.h"

namespace acksu::tools {

class Actor final : public Application {
 public:
  using Act = std::function<void(Actor&, Host&, Instant)>;

  // ---- The part. To be called before the world runs.
  Actor& at(Instant time, Act act);
  // So long after the first event that has that bit of `Readiness`.
  Actor& when(std::uint8_t readiness, Duration later, Act act);
  Actor& reads_nothing() {
    reads_ = false;
    return *this;
  }

  // ---- What acts do, with the one connection of this actor
  void listen(Host& host, std::uint16_t port, Instant now);
  void connect(Host& host, Endpoint remote, Instant now, std::uint16_t local_port = 0);
  // With Fast Open: what is written next goes with the SYN if a cookie is known.
  void connect_fast(Host& host, Endpoint remote, Instant now);
  void write(Host& host, const std::string& text, Instant now);
  // So many bytes, as fast as there is room.
  void write(Host& host, std::uint64_t bytes, Instant now);
  void shut_down(Host& host, Instant now) { host.shutdown_write(socket_, now); }
  void close(Host& host, Instant now);
  void abort(Host& host, Instant now);
  void stop_listening(Host& host, Instant now);
  // From now on; what has come is read at once.
  void read_on(Host& host, Instant now);

  // ---- How it went
  Handle socket() const { return socket_; }
  bool was_connected() const { return connected_at_ != never; }
  Instant connected_at() const { return connected_at_; }
  Instant ended_at() const { return ended_at_; }  // the peer's end was read
  Error error() const { return error_; }
  Instant failed_at() const { return failed_at_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

  // ---- Application
  void start(Host& host, Instant now) override { on_time(host, now); }
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  std::unique_ptr<Application> clone() const override { return std::make_unique<Actor>(*this); }

 private:
  struct Wait {
    std::uint8_t readiness;
    Duration later;
    Act act;
  };

  void accept(Host& host, Instant now);
  void note(Host& host, Readiness readiness, Instant now);
  void read_all(Host& host, Instant now);
  void write_some(Host& host, Instant now);
  void trigger(std::uint8_t readiness, Instant now);

  std::multimap<Instant, Act> plan_;
  std::vector<Wait> waits_;
  bool reads_ = true;
  Handle listener_;
  Handle socket_;
  Instant connected_at_ = never, ended_at_ = never, failed_at_ = never;
  Error error_ = Error::none;
  std::uint64_t bytes_read_ = 0, bytes_written_ = 0, bytes_to_write_ = 0;
};

}  // namespace acksu::tools
