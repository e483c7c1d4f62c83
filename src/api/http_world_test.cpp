// Tests of the web server and the web client on two simulated hosts: pages of all sizes over good
// and bad cables, who closes first, several requests a connection, and clients that misbehave.
#include <gtest/gtest.h>

#include "api/http_client.h"
#include "api/http_server.h"
#include "sim/world.h"

namespace acksu::http {
namespace {

constexpr sim::HostId client = 0, server = 1;

HostSettings settings(std::uint8_t number) {
  HostSettings settings;
  LinkSettings link;
  link.mac = {{2, 0, 0, 0, 0, number}};
  link.addresses = {{IpAddress::v4(10, 0, 0, number), 24}};
  settings.links = {link};
  return settings;
}

// Sends raw bytes, and keeps all that comes back.
class RawClient final : public Application {
 public:
  RawClient(std::vector<std::string> pieces, bool ends) : pieces_(std::move(pieces)), ends_(ends) {}
  void start(Host& host, Instant now) override {
    socket_ = *host.connect({IpAddress::v4(10, 0, 0, 2), 80}, {}, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket != socket_) return;
    if (event.readiness.has(Readiness::failed)) {
      failure = host.error_of(socket_);
      host.close(socket_, now);
      return;
    }
    if (event.readiness.has(Readiness::connected)) due_ = now;
    std::array<std::uint8_t, 1024> buffer;
    while (const Result<std::uint32_t> count = host.read(socket_, buffer, now)) {
      if (*count == 0) has_ended = true;
      if (*count == 0) break;
      answer.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    if (has_ended) host.close(socket_, now);
  }
  Instant deadline() const override { return due_; }
  void on_time(Host& host, Instant now) override {
    if (next_ < pieces_.size()) {
      const std::string& piece = pieces_[next_++];
      const auto bytes = reinterpret_cast<const std::uint8_t*>(piece.data());
      if (!host.write(socket_, {bytes, piece.size()}, now)) failure = Error::would_block;
      due_ = now + 50ms;
    } else {
      if (ends_) host.shutdown_write(socket_, now);
      due_ = never;
    }
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<RawClient>(*this); }

  std::string answer;
  bool has_ended = false;
  Error failure = Error::none;

 private:
  std::vector<std::string> pieces_;
  bool ends_;
  std::size_t next_ = 0;
  Instant due_ = never;
  Handle socket_;
};

struct Web {
  explicit Web(sim::DirectionSettings direction = {.delay = 5ms}, ServerSettings serves = {},
               PageSource source = {})
      : world(1) {
    world.add_host(settings(1));
    world.add_host(settings(2));
    world.connect({client, 0}, {server, 0}, sim::CableSettings::both(direction));
    for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<char>('a' + i % 26);
    if (!source) source = pages({{"/", "hello"}, {"/large", page}, {"/empty", ""}});
    world.install(server, std::make_unique<Server>(serves, std::move(source)));
    world.step();
  }
  const Client& fetch(ClientSettings asks) {
    asks.server = {IpAddress::v4(10, 0, 0, 2), 80};
    world.install(client, std::make_unique<Client>(asks, [this](Bytes bytes) {
                    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                  }));
    EXPECT_TRUE(world.run_until_quiet(1h));
    return *static_cast<const Client*>(world.application(client));
  }
  const RawClient& send(std::vector<std::string> pieces, bool ends = true) {
    world.install(client, std::make_unique<RawClient>(std::move(pieces), ends));
    EXPECT_TRUE(world.run_until_quiet(1h));
    return *static_cast<const RawClient*>(world.application(client));
  }
  const Server& web_server() { return *static_cast<const Server*>(world.application(server)); }
  void expect_nothing_held() {
    for (const sim::HostId host : {client, server}) {
      const HostHoldings held = world.host(host).holdings();
      EXPECT_EQ(held.connections + held.half_open + held.time_wait, 0u);
      EXPECT_EQ(held.text_bytes, 0u);
    }
    EXPECT_EQ(web_server().sessions(), 0u);
  }

  sim::World world;
  std::string page = std::string(300'000, ' ');
  std::string body;
};

TEST(Web, FetchesPagesWhoeverClosesFirst) {
  for (const bool server_first : {false, true}) {
    for (const bool client_first : {false, true}) {
      if (!server_first && !client_first) continue;  // nobody would
      Web web{{.delay = 5ms}, {.closes_first = server_first}};
      const Client& asked = web.fetch({.target = "/large", .closes_first = client_first});
      EXPECT_TRUE(asked.has_succeeded());
      EXPECT_EQ(asked.response().status, 200);
      EXPECT_EQ(web.body, web.page);
      web.expect_nothing_held();
    }
  }
}

TEST(Web, FetchesThroughABadCable) {
  Web web{
      {.delay = 5ms, .loss = 50'000, .reorder = 50'000, .duplicate = 20'000, .corrupt = 20'000}};
  EXPECT_TRUE(web.fetch({.target = "/large"}).has_succeeded());
  EXPECT_EQ(web.body, web.page);
  web.expect_nothing_held();
}

TEST(Web, AnswersHeadEmptyPagesAndWhatIsNotThere) {
  EXPECT_EQ(Web{}.fetch({.method = "HEAD", .target = "/large"}).response().content_length,
            300'000u);
  Web empty;
  EXPECT_TRUE(empty.fetch({.target = "/empty"}).has_succeeded());
  EXPECT_EQ(empty.body, "");
  Web missing;
  EXPECT_EQ(missing.fetch({.target = "/missing"}).response().status, 404);
  EXPECT_EQ(missing.body, "404 Not Found\n");
  EXPECT_EQ(Web{}.fetch({.method = "POST"}).response().status, 405);
}

TEST(Web, TellsWhyNothingCame) {
  Web web;
  ClientSettings asks;
  asks.server.port = 81;
  web.world.stop();  // nobody listens any more
  EXPECT_EQ(web.fetch(asks).error(), Error::connection_refused);
  EXPECT_FALSE(web.fetch(asks).has_succeeded());
}

TEST(Web, GivesUpWhenTheServerIsSilent) {
  Web web{{.delay = 5ms}, {.answer_after = 10min}};
  const Client& asked = web.fetch({.idle_limit = 30s});
  EXPECT_EQ(asked.error(), Error::timed_out);
  web.expect_nothing_held();
}

TEST(Web, ServesSeveralRequestsAConnection) {
  Web web{{.delay = 5ms}, {.keeps_alive = true}};
  const RawClient& asked =
      web.send({"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo",
                "st: x\r\nContent-Length: 3\r\n\r\nabcGET /missing HTTP/1.1\r\n",
                "Host: x\r\nConnection: close\r\n\r\n"});
  EXPECT_TRUE(asked.has_ended);
  EXPECT_EQ(web.web_server().counters().requests, 3u);
  EXPECT_EQ(web.web_server().counters().accepted, 1u);
  EXPECT_NE(asked.answer.find("hello"), asked.answer.rfind("hello"));
  EXPECT_NE(asked.answer.find("404 Not Found"), std::string::npos);
  web.expect_nothing_held();
}

// RFC 9112 section 9.3: who speaks HTTP/1.0 is told that the connection stays, or that it ends.
TEST(Web, TellsOldClientsWhetherTheConnectionStays) {
  const std::string kept = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
  const std::string last = "GET /empty HTTP/1.0\r\n\r\n";
  Web web{{.delay = 5ms}, {.keeps_alive = true}};
  const RawClient& raw = web.send({kept, kept, last}, false);
  EXPECT_TRUE(raw.has_ended);
  const auto count_of = [&](const char* word) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = raw.answer.find(word, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(count_of("HTTP/1.1 200 OK"), 3u) << raw.answer;
  EXPECT_EQ(count_of("Connection: keep-alive\r\n"), 2u) << raw.answer;
  EXPECT_EQ(count_of("Connection: close\r\n"), 1u) << raw.answer;

  Web closing{{.delay = 5ms}, {.keeps_alive = false}};
  const RawClient& refused = closing.send({kept}, false);
  EXPECT_TRUE(refused.has_ended);
  EXPECT_NE(refused.answer.find("Connection: close\r\n"), std::string::npos) << refused.answer;
}

TEST(Web, RefusesWhatIsNoRequest) {
  const auto answer = [](std::string request) {
    Web web;
    const std::string text = web.send({std::move(request)}).answer;
    web.expect_nothing_held();
    return text.substr(0, text.find("\r\n"));
  };
  EXPECT_EQ(answer("SSH-2.0-client\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(answer("GET / HTTP/2.0\r\n\r\n"), "HTTP/1.1 505 HTTP Version Not Supported");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
            "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n"),
            "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(answer("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 414 URI Too Long");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(answer("BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"),
            "HTTP/1.1 417 Expectation Failed");
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"),
            "HTTP/1.1 413 Content Too Large");
}

// SECURITY C12.
TEST(Web, ForgetsClientsThatNeverAsk) {
  Web slow{{.delay = 5ms}, {.idle_limit = 2s}};
  EXPECT_EQ(slow.send({"GET / HT"}, false).failure, Error::connection_reset);
  EXPECT_EQ(slow.web_server().counters().failed, 1u);
  slow.expect_nothing_held();
  Web leaves;
  EXPECT_EQ(leaves.send({"GET / HT"}).answer, "");
  leaves.expect_nothing_held();
}

// Opens connections, one each millisecond for ever, that ask byte by byte and never to the end.
class SlowCrowd final : public Application {
 public:
  explicit SlowCrowd(std::size_t most) : most_(most) {}
  void start(Host&, Instant now) override { next_at_ = now; }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.readiness.has(Readiness::failed)) {
      host.close(event.socket, now);
      std::erase(open_, event.socket);
    } else if (event.readiness.has(Readiness::connected)) {
      say(host, event.socket, "GET / HTTP/1.1\r\nA: ", now);
    }
  }
  Instant deadline() const override { return next_at_; }
  void on_time(Host& host, Instant now) override {
    next_at_ = now + 1ms;
    if (open_.size() < most_) {
      open_.push_back(*host.connect({IpAddress::v4(10, 0, 0, 2), 80}, {}, now));
      ++opened;
    }
    if (!open_.empty()) say(host, open_[next_++ % open_.size()], "a", now);
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<SlowCrowd>(*this); }

  std::size_t opened = 0;

 private:
  static void say(Host& host, Handle socket, std::string_view text, Instant now) {
    static_cast<void>(
        host.write(socket, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, now));
  }

  std::size_t most_;
  std::size_t next_ = 0;
  Instant next_at_ = never;
  std::vector<Handle> open_;
};

// SECURITY C12: thousands of clients that ask a byte at a time, more than the server has places
// for, beside honest ones: those are answered as if they were alone.
TEST(WebAttack, AThousandSlowClientsHinderNoHonestOne) {
  const auto slowest_page = [](std::size_t slow_clients) {
    sim::World world{3};
    world.add_switch({.ports = 4});
    for (std::uint8_t i = 0; i < 3; ++i) {
      world.add_host(settings(static_cast<std::uint8_t>(i + 1)));
      world.connect({i, 0}, sim::Port::of_switch(0, i), sim::CableSettings::both({.delay = 5ms}));
    }
    world.install(server, std::make_unique<Server>(ServerSettings{.max_sessions = 500},
                                                   pages({{"/", "hello"}})));
    world.install(2, std::make_unique<SlowCrowd>(slow_clients));
    world.run_until(Instant{3s});
    Duration longest{};
    for (int i = 0; i < 20; ++i) {
      const Instant asked = world.now();
      ClientSettings asks;
      asks.server = {IpAddress::v4(10, 0, 0, 2), 80};
      world.install(client, std::make_unique<Client>(asks, [](Bytes) {}));
      const auto& honest = static_cast<const Client&>(*world.application(client));
      while (!honest.is_done() && world.step()) {
      }
      EXPECT_TRUE(honest.has_succeeded()) << i;
      longest = std::max(longest, world.now() - asked);
      world.run_until(world.now() + 100ms);
    }
    const auto& web_server = static_cast<const Server&>(*world.application(server));
    EXPECT_LE(web_server.sessions(), 500u);
    if (slow_clients > 0) {
      EXPECT_GE(static_cast<const SlowCrowd&>(*world.application(2)).opened, 4000u);
      EXPECT_GT(web_server.counters().gave_way, 2000u);
    }
    return longest;
  };
  EXPECT_LE(slowest_page(2000), 2 * slowest_page(0));
}

TEST(Web, SaysWhyItRefuses) {
  const std::string text = Web{}.send({"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"}).answer;
  EXPECT_TRUE(text.ends_with("400 Bad Request\nThis is refused: a header is malformed.\n")) << text;
}

TEST(Web, ReadsPastBodiesOfEveryFraming) {
  Web web{{.delay = 5ms}, {.keeps_alive = true}};
  const RawClient& asked = web.send(
      {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n0\r\nt: v\r\n",
       "\r\nGET / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nGET /missing HTTP/1.",
       "1GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"});
  EXPECT_TRUE(asked.has_ended);
  EXPECT_EQ(web.web_server().counters().requests, 3u);
  EXPECT_EQ(web.web_server().counters().refused_requests, 0u);
  EXPECT_EQ(asked.answer.find("404"), std::string::npos);
  web.expect_nothing_held();
}

// RFC 9110 section 10.1.1: nobody has to send a body that will not be used.
TEST(Web, AnswersBeforeABodyThatIsOnlyAnnounced) {
  Web web{{.delay = 5ms}, {.keeps_alive = true}};
  const RawClient& asked = web.send(
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"}, false);
  EXPECT_TRUE(asked.answer.starts_with("HTTP/1.1 405 ")) << asked.answer;
  EXPECT_NE(asked.answer.find("Connection: close"), std::string::npos);
}

TEST(Web, SendsPartsAndSparesWhatIsKnown) {
  const auto asked = [](const std::string& headers) {
    const PageSource source = [](const Request&) {
      return Page{.body = body_of("0123456789"), .headers = {}, .etag = "\"e\""};
    };
    Web web{{.delay = 5ms}, {}, source};
    return web.send({"GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n"}).answer;
  };
  const std::string part = asked("Range: bytes=2-4\r\n");
  EXPECT_TRUE(part.starts_with("HTTP/1.1 206 Partial Content\r\n")) << part;
  EXPECT_NE(part.find("Content-Range: bytes 2-4/10\r\n"), std::string::npos) << part;
  EXPECT_NE(part.find("Content-Length: 3\r\n"), std::string::npos) << part;
  EXPECT_TRUE(part.ends_with("\r\n\r\n234")) << part;
  const std::string known = asked("If-None-Match: \"e\"\r\n");
  EXPECT_TRUE(known.starts_with("HTTP/1.1 304 Not Modified\r\n")) << known;
  EXPECT_TRUE(known.ends_with("\r\n\r\n")) << known;
  EXPECT_EQ(known.find("Content-"), std::string::npos) << known;
}

// Section 1.C row C12 of the threat ledger.
// SECURITY C12: a head that never ends.
TEST(WebAttack, SlowHeads) {
  Web web{{.delay = 5ms}, {.keeps_alive = true}};
  std::vector<std::string> drops(400, "a");  // one octet each 50 ms
  drops.front() = "GET / HTTP/1.1\r\nA: ";
  EXPECT_NE(web.send(drops, false).failure, Error::none);
  EXPECT_EQ(web.web_server().counters().failed, 1u);
  EXPECT_LT(web.world.now(), Instant{} + 25s);
  web.expect_nothing_held();
}

// SECURITY C12.
TEST(Web, AcceptsNoMoreThanItsSessions) {
  Web web{{.delay = 5ms}, {.max_sessions = 0}};
  EXPECT_EQ(web.fetch({.idle_limit = 5s}).error(), Error::timed_out);
  EXPECT_EQ(web.web_server().counters().accepted, 0u);
}

}  // namespace
}  // namespace acksu::http
