// A web server as an application of a host: answers GET and HEAD from a map of pages or from a
// function (RFC 9110, RFC 9112). It sends its FIN behind the response and reads on until the
// peer's; or, told so, lets the client close first. Left out on purpose: request bodies (read and
// forgotten), dates of answers (a stack without a clock may not send one, RFC 9110 section 6.6.1),
// compression.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "api/http_page.h"
#include "base/result.h"
#include "host/application.h"

namespace acksu::http {

struct ServerSettings {
  Endpoint local{{}, 80};
  std::uint32_t backlog = 0;          // 0: the host's default
  std::uint32_t fast_open_limit = 0;  // 0: no Fast Open; GET and HEAD may come twice
  // Of more the one that has longest been without a whole request gives way; else they wait in the
  // backlog.
  std::uint32_t max_sessions = 4096;
  bool keeps_alive = false;   // several requests a connection, when the client agrees
  bool closes_first = true;   // else waits for the client's FIN after a last response
  Duration idle_limit = 60s;  // without a byte moved, a session is aborted
  Duration head_limit = 10s;  // from the first byte of a request's head to its last
  // A response of so many bytes may take its size by this, and `idle_limit` more.
  std::uint64_t min_bytes_per_second = 240;
  Duration answer_after = 0ms;  // time the application takes for a page
  Duration close_after = 0ms;   // time it takes to notice the client's FIN
  Limits limits{.max_body_bytes = 1 << 20};
};

struct ServerCounters {
  std::uint64_t gave_way = 0;  // of those that failed
  std::uint64_t accepted = 0, requests = 0, refused_requests = 0, finished = 0, failed = 0;
  std::uint64_t body_bytes = 0;
};

class Server : public Application {
 public:
  Server(ServerSettings settings, PageSource source);

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  // Stops listening and closes what waits for a request; other sessions go on to their end.
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return is_stopped_ && sessions_.empty(); }
  std::unique_ptr<Application> clone() const override;
  void digest(Digest& digest) const override;

  // Why it could not listen; `none` while it does.
  Error error() const { return error_; }
  const ServerCounters& counters() const { return counters_; }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  enum class Stage : std::uint8_t { head, body, answering, writing, draining, closing };

  struct Session {
    Handle socket;
    Stage stage = Stage::head;
    Instant due = never;           // idle limit, or when the pause of the stage is over
    Instant touched{};             // when bytes last moved; a head must be whole within the limit
    bool is_ended = false;         // the peer has closed its side
    bool is_last = false;          // no request after this one
    std::string input;             // read and not yet used
    Instant must_end = never;      // of this head or this response, whatever moves
    BodyReader request_body;       // read and forgotten
    std::uint64_t skip_bytes = 0;  // while draining, how many more may come
    Request request;
    std::string head;  // of the response, and how much of it and of the body was written
    std::size_t head_written = 0;
    std::shared_ptr<const Body> body;
    std::uint64_t body_written = 0;
  };
  using Sessions = std::map<Handle, Session>;

  void accept_all(Host& host, Instant now);
  void advance(Host& host, Session& session, Instant now);
  bool step(Host& host, Session& session, Instant now);
  bool read_some(Host& host, Session& session, Instant now);
  bool take_head(Host& host, Session& session, Instant now);
  bool skip_body(Host& host, Session& session, Instant now);
  void begin_answer(Session& session, Instant now);
  void answer_request(Session& session, Instant now);
  void refuse(Session& session, std::uint16_t status, std::string why, Instant now);
  void answer(Session& session, const Page& page, Instant now);
  Instant limit_of(const Session& session) const;
  bool write_some(Host& host, Session& session, Instant now);
  Result<std::uint32_t> write_body(Host& host, Session& session, Instant now);
  bool finish_response(Host& host, Session& session, Instant now);
  bool drain(Host& host, Session& session, Instant now);
  void on_due(Host& host, Session& session, Instant now);
  void set_due(Session& session, Instant due);
  Session* dawdler();
  void end(Host& host, Session& session, bool is_clean, Instant now);

  ServerSettings settings_;
  PageSource source_;
  Handle listener_;
  Error error_ = Error::none;
  bool is_stopped_ = false;
  bool may_accept_ = false;  // a connection may wait to be accepted
  Sessions sessions_;
  std::set<std::pair<Instant, Handle>> dues_;
  ServerCounters counters_;
};

}  // namespace acksu::http
