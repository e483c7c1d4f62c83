// DNS on a host: a resolver for the programs there, and a server that answers with authority or
// asks on (RFC 1034, RFC 1035, RFC 7766).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/resolver_sockets.h"
#include "host/application.h"
#include "host/dns_server.h"
#include "host/name_lookup.h"

namespace acksu {

struct NameServiceSettings {
  ResolverSettings resolver{};  // with the servers to ask
  LookupSettings lookup{};
};

// An application by itself, or a part of one that passes its calls on. It asks when it is asked to,
// and is always done.
class NameService : public Application {
 public:
  explicit NameService(NameServiceSettings settings) : settings_(std::move(settings)) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override { return resolver_ ? resolver_->deadline() : never; }
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return true; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<NameService>(*this);
  }
  void digest(Digest& digest) const override;

  // ---- Once it is started
  // All addresses of a name as people write it; `next_news` tells them. Errors: those of
  // NameLookup::look_up.
  Result<std::uint32_t> look_up(std::string_view name, Host& host, Instant now);
  std::optional<LookupNews> next_news() { return lookup_.next_news(); }
  // Records of one type; `next_answer` tells them. Errors: those of Resolver::ask.
  Result<std::uint32_t> ask(const wire::DnsQuestion& question, Host& host, Instant now);
  std::optional<DnsAnswer> next_answer();
  // As a lease brings them.
  void set_servers(std::vector<Endpoint> servers, Host& host, Instant now);
  const Resolver& resolver() const { return *resolver_; }

 private:
  void settle(Host& host, Instant now);

  NameServiceSettings settings_;
  std::optional<Resolver> resolver_;  // from the start on
  NameLookup lookup_;
  ResolverSockets sockets_;
  std::deque<DnsAnswer> answers_;
};

struct DnsServiceSettings {
  Endpoint local{{}, 53};
  DnsServerSettings server{};
  std::size_t max_streams = 64;
  Duration stream_idle_limit = 10s;  // RFC 7766 section 6.2.3
};

class DnsService : public Application {
 public:
  explicit DnsService(DnsServiceSettings settings) : settings_(std::move(settings)) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_; }
  std::unique_ptr<Application> clone() const override {
    return std::make_unique<DnsService>(*this);
  }
  void digest(Digest& digest) const override;

  // Why there are no sockets; `none` while there are.
  Error error() const { return error_; }
  const DnsServer* server() const { return server_ ? &*server_ : nullptr; }

 private:
  struct Stream {
    std::uint64_t number = 0;
    DnsClient client;
    wire::DnsFraming questions;
    std::vector<std::uint8_t> unsent;  // answers, with their lengths
    std::size_t unanswered = 0;
    bool is_ended = false;  // the client asks no more
    Instant idle_until = never;
  };
  using Streams = std::map<Handle, Stream>;

  void hear_datagrams(Host& host, Instant now);
  void accept_all(Host& host, Instant now);
  void hear_stream(Host& host, Streams::iterator place, Instant now);
  void settle(Host& host, Instant now);
  void send(Host& host, const DnsReply& reply, Instant now);
  // False: the stream has failed.
  bool write(Host& host, Streams::iterator place, Instant now);
  void end(Host& host, Streams::iterator place, Instant now);

  DnsServiceSettings settings_;
  std::optional<DnsServer> server_;  // from the start on
  ResolverSockets upstream_;
  Handle socket_, listener_;
  Streams streams_;
  std::map<std::uint64_t, Handle> by_number_;
  std::uint64_t next_number_ = 1;
  Error error_ = Error::none;
  bool is_stopped_ = false;
};

}  // namespace acksu
