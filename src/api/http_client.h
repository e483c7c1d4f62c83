// A web client as an application of a host: fetches one URL and closes (RFC 9110, RFC 9112). Left
// out on purpose: redirects, proxies, several requests a connection.
#pragma once

#include <string>

#include "api/http.h"
#include "base/error.h"
#include "host/application.h"

namespace acksu::http {

struct ClientSettings {
  Endpoint server{};
  std::string host{};  // for the Host header; empty: the server's address
  std::string method = "GET";
  std::string target = "/";
  bool keeps_alive = false;    // else asks with `Connection: close`
  bool closes_first = true;    // at the response's end; else waits for the server's FIN
  Duration ask_after = 0ms;    // time the application takes to ask once connected
  Duration close_after = 0ms;  // time it takes to close once it has all
  Duration idle_limit = 60s;   // without a byte for so long, gives up
  ConnectOptions connect{};    // with Fast Open it asks before it is connected
  Limits limits{};
};

class Client : public Application {
 public:
  enum class Stage : std::uint8_t { idle, connecting, connected, reading, read, closing, done };

  // `sink` takes the body as it comes; it may be null.
  Client(ClientSettings settings, BodySink sink);

  void start(Host& host, Instant now) override;
  // Instead of start(): asks on a connection that is established already, and owns it from now on.
  void start_on(Host& host, Handle connection, Instant now);
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override { return due_; }
  void on_time(Host& host, Instant now) override;
  // Closes the connection, whatever is still to come.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return stage_ == Stage::done; }
  std::unique_ptr<Application> clone() const override;
  void digest(Digest& digest) const override;

  Stage stage() const { return stage_; }
  // The whole response has arrived.
  bool has_succeeded() const { return reader_.is_done() && fault() == Fault::none; }
  // Why the connection failed; `none` while it has not.
  Error error() const { return error_; }
  // What was wrong with the response.
  Fault fault() const { return reader_.fault(); }
  bool has_head() const { return reader_.has_head(); }
  const Response& response() const { return reader_.response(); }
  std::uint64_t body_bytes() const { return reader_.body_bytes(); }
  Handle socket() const { return socket_; }  // dead once it has closed

 private:
  void write_request(Host& host, Instant now);
  void read_all(Host& host, Instant now);
  void take_end(Host& host, Instant now);
  void on_response(Host& host, Instant now);
  void begin_close(Host& host, Instant now);
  void finish(Host& host, Instant now);
  void fail(Host& host, Error error, Instant now);

  ClientSettings settings_;
  BodySink sink_;
  Handle socket_;
  Stage stage_ = Stage::idle;
  Instant due_ = never;
  Error error_ = Error::none;
  bool is_ended_ = false;  // the server has closed its side
  std::string request_;
  std::size_t request_written_ = 0;
  ResponseReader reader_;
};

}  // namespace acksu::http
