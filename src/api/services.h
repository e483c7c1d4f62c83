// The small services of old as applications of a host: echo (RFC 862), discard (RFC 863), and a
// source of text (after RFC 864), to test a network and a stack with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "host/application.h"

namespace acksu {

enum class ServiceKind : std::uint8_t {
  echo,     // sends back what it reads, and closes when the peer has; datagrams too
  discard,  // reads, and closes when the peer has
  source,   // sends text without end, or so much of it and closes its side
};

struct ServiceSettings {
  ServiceKind kind = ServiceKind::echo;
  Endpoint local{{}, 7};
  std::uint32_t backlog = 0;                       // 0: the host's default
  std::uint32_t fast_open_limit = 0;               // 0: no Fast Open
  std::optional<std::uint64_t> source_bytes = {};  // a connection; nothing: without end
};

struct ServiceCounters {
  std::uint64_t accepted = 0, finished = 0, failed = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  // Refused: from what may be an echo service itself, what was not sent to one host alone, and what
  // there is no way or no memory to answer.
  std::uint64_t datagrams_in = 0, datagrams_refused = 0;
};

class Service : public Application {
 public:
  explicit Service(ServiceSettings settings);

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  // Stops listening and closes what is open.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_ && sessions_.empty(); }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Service>(*this); }
  void digest(Digest& digest) const override;

  // Why it could not listen; `none` while it does.
  Error error() const { return error_; }
  const ServiceCounters& counters() const { return counters_; }

 private:
  struct Session {
    std::vector<std::uint8_t> owed;  // read and to be echoed: from `owed_from` on
    std::size_t owed_from = 0;
    std::uint64_t sent = 0;
    bool is_ended = false;      // the peer has closed its side
    bool is_shut_down = false;  // all that a source sends was written
  };
  enum class Progress : std::uint8_t { moved, waits, finished, failed };

  void accept_all(Host& host, Instant now);
  void echo_datagrams(Host& host, Instant now);
  void serve(Host& host, Handle socket, Instant now);
  Progress step(Host& host, Handle socket, Session& session, Instant now);
  Progress read_some(Host& host, Handle socket, Session& session, Instant now);
  Progress write_owed(Host& host, Handle socket, Session& session, Instant now);
  Progress write_source(Host& host, Handle socket, Session& session, Instant now);
  Progress after_write(const Result<std::uint32_t>& written);

  ServiceSettings settings_;
  Handle listener_, datagrams_;
  Error error_ = Error::none;
  bool is_stopped_ = false;
  std::shared_ptr<const std::vector<std::uint8_t>> source_text_;  // repeated; a source's only
  std::map<Handle, Session> sessions_;
  ServiceCounters counters_;
};

}  // namespace acksu
