// Tests of HTTP messages: what is read, what is refused, and bodies cut at every place.
#include "api/http.h"

#include <gtest/gtest.h>

namespace acksu::http {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Fault request_fault(std::string_view text) {
  std::size_t length = 0;
  Request request;
  if (const Fault fault = find_head(text, {}, length); fault != Fault::none) return fault;
  return parse_request(text.substr(0, length), {}, request);
}

TEST(Http, ReadsARequest) {
  const std::string_view text = "GET /a?b=1 HTTP/1.1\r\nHost: x\r\nAccept:  */* \r\n\r\nrest";
  std::size_t length = 0;
  ASSERT_EQ(find_head(text, {}, length), Fault::none);
  EXPECT_EQ(text.substr(length), "rest");
  Request request;
  ASSERT_EQ(parse_request(text.substr(0, length), {}, request), Fault::none);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a?b=1");
  ASSERT_NE(request.find("ACCEPT"), nullptr);
  EXPECT_EQ(*request.find("ACCEPT"), "*/*");
  EXPECT_EQ(request.find("cookie"), nullptr);
  EXPECT_TRUE(request.keeps_alive);
}

TEST(Http, RefusesWhatIsNotARequest) {
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\n"), Fault::incomplete);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\nHost: x\n\n"), Fault::bad_line_end);
  EXPECT_EQ(request_fault("GET /\r\n\r\n"), Fault::bad_start_line);
  EXPECT_EQ(request_fault("G(T / HTTP/1.1\r\nHost: x\r\n\r\n"), Fault::bad_start_line);
  EXPECT_EQ(request_fault("GET  / HTTP/1.1\r\nHost: x\r\n\r\n"), Fault::bad_start_line);
  EXPECT_EQ(request_fault("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), Fault::bad_version);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\n\r\n"), Fault::missing_host);
  EXPECT_EQ(request_fault("GET / HTTP/1.0\r\n\r\n"), Fault::none);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), Fault::missing_host);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost : x\r\n\r\n"), Fault::bad_header);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n"), Fault::bad_header);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\x01\r\n\r\n"), Fault::bad_header);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n"),
            Fault::bad_content_length);
  EXPECT_EQ(
      request_fault("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
      Fault::bad_content_length);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"),
            Fault::bad_content_length);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
            Fault::unknown_coding);
}

TEST(Http, KeepsToItsLimits) {
  EXPECT_EQ(request_fault("GET /" + std::string(20'000, 'a')), Fault::head_too_large);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 100; ++i) many += "a: b\r\n";
  EXPECT_EQ(request_fault(many + "\r\n"), Fault::head_too_large);
}

TEST(Http, KnowsWhoKeepsAlive) {
  Request request;
  ASSERT_EQ(parse_request("GET / HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n", {}, request),
            Fault::none);
  EXPECT_FALSE(request.keeps_alive);
  ASSERT_EQ(parse_request("GET / HTTP/1.0\r\n\r\n", {}, request), Fault::none);
  EXPECT_FALSE(request.keeps_alive);
  ASSERT_EQ(parse_request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {}, request),
            Fault::none);
  EXPECT_TRUE(request.keeps_alive);
}

TEST(Http, WritesWhatItReads) {
  Response response;
  response.status = 404;
  response.reason = reason_for(404);
  response.headers = {{"Content-Length", "3"}, {"Connection", "close"}};
  const std::string text = to_text(response);
  EXPECT_EQ(text, "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
  Response again;
  ASSERT_EQ(parse_response(text, {}, again), Fault::none);
  EXPECT_EQ(again.status, 404);
  EXPECT_EQ(again.reason, "Not Found");
  EXPECT_EQ(again.headers, response.headers);
  EXPECT_EQ(again.content_length, 3u);
  EXPECT_EQ(parse_response("HTTP/1.1 200\r\n\r\n", {}, again), Fault::none);
  EXPECT_EQ(parse_response("HTTP/1.1 20 OK\r\n\r\n", {}, again), Fault::bad_start_line);
  EXPECT_EQ(parse_response("SSH-2.0-x\r\n\r\n", {}, again), Fault::bad_start_line);
}

// What a response means must not depend on how its bytes were cut.
struct Read {
  Fault fault;
  bool is_done;
  std::string body;
  bool operator==(const Read&) const = default;
};

Read read_in_pieces(std::string_view text, std::size_t piece, bool ends) {
  Read read{};
  const BodySink sink = [&read](Bytes bytes) {
    read.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  ResponseReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    reader.take(bytes_of(text.substr(at, piece)), sink);
  }
  if (ends) reader.take_end();
  read.fault = reader.fault();
  read.is_done = reader.is_done();
  return read;
}

void expect_read(std::string_view text, bool ends, const Read& expected) {
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_EQ(read_in_pieces(text, piece, ends), expected) << text << " in pieces of " << piece;
  }
}

TEST(Http, ReadsBodiesOfEveryFraming) {
  expect_read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloXX", false,
              {Fault::none, true, "hello"});
  expect_read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", true,
              {Fault::cut_short, true, "hello"});
  expect_read("HTTP/1.1 200 OK\r\n\r\nhello", false, {Fault::none, false, "hello"});
  expect_read("HTTP/1.1 200 OK\r\n\r\nhello", true, {Fault::none, true, "hello"});
  expect_read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", false,
              {Fault::none, true, ""});
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n";
  expect_read(chunked + "5;x=y\r\nhello\r\nA\r\n, chunked!\r\n0\r\nt: v\r\n\r\n", false,
              {Fault::none, true, "hello, chunked!"});
  expect_read(chunked + "5\r\nhello\r\n", true, {Fault::cut_short, true, "hello"});
  expect_read(chunked + "g\r\n", false, {Fault::bad_chunk, true, ""});
  expect_read(chunked + "1\r\nab\r\n", false, {Fault::bad_chunk, true, "a"});
  expect_read(chunked + "1\nab", false, {Fault::bad_line_end, true, ""});
  expect_read(chunked + "1111111111111111\r\n", false, {Fault::bad_chunk, true, ""});
}

TEST(Http, BodiesGiveAnyPart) {
  const auto body = body_of("0123456789");
  std::array<std::uint8_t, 4> part{};
  EXPECT_EQ(body->size(), 10u);
  EXPECT_EQ(body->read_at(8, part), 2u);
  EXPECT_EQ(part[1], '9');
  EXPECT_EQ(body->read_at(10, part), 0u);
}

TEST(Http, ReadsUrls) {
  const auto url = parse_url("http://10.9.0.1:8080/a/b?c#d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "10.9.0.1");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/a/b?c");
  EXPECT_EQ(parse_url("http://[::1]:81")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:81")->port, 81);
  EXPECT_EQ(parse_url("http://host?q")->target, "/?q");
  for (const char* bad : {"https://x/", "http://", "http://x:0/", "http://x:65536/", "http://x:/",
                          "http://[::1/", "http://x y/", "http://u@x/", "http://x/\n"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace acksu::http
