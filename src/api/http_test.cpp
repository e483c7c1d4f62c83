// Tests of HTTP messages: what is read, what is refused, and bodies cut at every place.
#include "api/http.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

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

TEST(Http, ReadsTargetsOfEveryForm) {
  const auto target = [](const std::string& line) {
    Request request;
    const Fault fault = parse_request(line + " HTTP/1.1\r\nHost: x\r\n\r\n", {}, request);
    return fault == Fault::none ? request.target + " at " + *request.find("host")
                                : std::string{sentence(fault)};
  };
  EXPECT_EQ(target("GET /a?b"), "/a?b at x");
  EXPECT_EQ(target("GET http://other:81/a?b"), "/a?b at other");  // RFC 9112 section 3.2.2
  EXPECT_EQ(target("OPTIONS *"), "* at x");
  EXPECT_EQ(target("CONNECT x:80"), "x:80 at x");
  for (const char* bad : {"GET *", "GET a", "GET x:80", "GET https://x/", "GET ?a", "GET http://"})
    EXPECT_EQ(target(bad), sentence(Fault::bad_target)) << bad;
}

// RFC 9110 5.6.2.
bool is_token_octet(char octet) {
  return std::isalnum(static_cast<unsigned char>(octet)) != 0 ||
         (octet != 0 && std::string_view{"!#$%&'*+-.^_`|~"}.find(octet) != std::string_view::npos);
}

// Section 1.G row G5 of the threat ledger: two readers of these would see different messages, or a
// message where the other sees none. None of them is read.
// SECURITY G5: heads that two readers cut differently.
TEST(HttpAttack, RequestSmuggling) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::string te = "Transfer-Encoding: chunked\r\n", cl = "Content-Length: 5\r\n";
  std::vector<std::string> vectors;
  const auto add = [&](const std::string& headers) { vectors.push_back(start + headers + "\r\n"); };
  // two framings
  add(cl + te);
  add(te + cl);
  add(cl + cl);
  add(cl + "Content-Length: 6\r\n");
  add(te + te);
  // lengths that are read in different ways
  for (const char* value : {"", "+5", "-5", "5,5", "5, 5", "5 5", "0x5", "5.0", "5e1", "\"5\"",
                            "5;", "05 ,", ",5", "99999999999999999999", "18446744073709551616",
                            "\x0b"
                            "5",
                            "5\x0c", "5\t5",
                            "\xc2\xa0"
                            "5"})
    add("Content-Length: " + std::string{value} + "\r\n");
  // codings that one understands and the other does not
  for (const char* value : {"", "xchunked", "chunkedx", "chunked, chunked", "chunked, identity",
                            "identity, chunked", "gzip, chunked", "chunked;q=1", "\"chunked\"",
                            "chunked,", ",chunked", "chun ked", "identity",
                            "\x0b"
                            "chunked",
                            "chunked\x0b", "chunked\x01", "'chunked'", "x", "chunked\xff"})
    add("Transfer-Encoding: " + std::string{value} + "\r\n");
  // names that one understands and the other does not
  for (const char* name :
       {"Transfer-Encoding ", " Transfer-Encoding", "\tTransfer-Encoding", "Transfer-Encoding\t",
        "Transfer Encoding", "Transfer-Encoding\x0b", "Transfer-Encoding\x01",
        "\x01Transfer-Encoding", "Transfer-Encoding\xc2", "Transfer-Encoding\"",
        "(Transfer-Encoding", "Content-Length ", " Content-Length", "Content-Length\t",
        "Content\xad-Length", ""})
    add(std::string{name} + ": chunked\r\n");
  // lines that end for one and go on for the other
  for (const char* header :
       {"A: b\nTransfer-Encoding: chunked\r\n", "A: b\rTransfer-Encoding: chunked\r\n",
        "A: b\r\n Transfer-Encoding: chunked\r\n", "A: b\r\n\tchunked\r\n", "Transfer-Encoding\r\n",
        "Transfer-Encoding:\n chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n", "A\r\n", "\n",
        "A: b\r\r\n", "A: \r\n\n", "A: b\n\r\n", ": b\r\n", "A: b\x7f\r\n"})
    add(header);
  vectors.push_back(start + std::string{"A: b", 4} + std::string(1, '\0') + "\r\n\r\n");
  // HTTP/1.0 knows no codings
  vectors.push_back("POST / HTTP/1.0\r\nHost: x\r\n" + te + "\r\n");
  // start lines
  for (const char* line : {"GET / HTTP/1.1 ",
                           "GET /  HTTP/1.1",
                           " GET / HTTP/1.1",
                           "GET\t/ HTTP/1.1",
                           "GET /\tHTTP/1.1",
                           "GET / HTTP/1.1\r",
                           "GET / http/1.1",
                           "GET / HTTP/01.1",
                           "GET / HTTP/1.10",
                           "GET / HTTP/1.",
                           "GET / HTTP/1,1",
                           "GET / HTTP/1.1\x0b",
                           "GET /\x01 HTTP/1.1",
                           "GET /a b HTTP/1.1",
                           "GET /",
                           "GET",
                           "",
                           "GET / HTTP/0.9",
                           "GET / HTTP/3.0",
                           "GET \xff HTTP/1.1",
                           "\rGET / HTTP/1.1",
                           "G\"T / HTTP/1.1",
                           "GET /\x7f HTTP/1.1",
                           "GET / XTTP/1.1"})
    vectors.push_back(std::string{line} + "\r\nHost: x\r\n\r\n");
  // hosts that are two
  for (const char* header :
       {"Host: x\r\nHost: x\r\n", "Host: x\r\nhost: y\r\n", "Host: x, y\r\n", "Host: x y\r\n",
        "Host: x/y\r\n", "Host: u@x\r\n", "Host: x#\r\n", "Host: x?\r\n", "Host: x\\y\r\n",
        "Host: x\x80\r\n", "Host: <x>\r\n", "Hos: x\r\n"})
    vectors.push_back("GET / HTTP/1.1\r\n" + std::string{header} + "\r\n");
  // every octet that no name has, at every end and inside of one; and that no value has
  for (int octet = 0; octet < 256; ++octet) {
    const char each = static_cast<char>(octet);
    if (each != ':' && !is_token_octet(each)) {
      for (const std::size_t place : {0u, 8u, 17u})
        add(std::string{"Transfer-Encoding"}.insert(place, 1, each) + ": chunked\r\n");
    }
    const bool is_control = (octet < 0x20 && each != '\t') || octet == 0x7f;
    if (is_control) {
      add("A: b" + std::string(1, each) + "c\r\n");
      add("Content-Length: 5" + std::string(1, each) + "\r\n");
      add("Content-Length: " + std::string(1, each) + "5\r\n");
    }
  }
  EXPECT_GT(vectors.size(), 700u);
  for (const std::string& vector : vectors) {
    const Fault fault = request_fault(vector);
    EXPECT_NE(fault, Fault::none) << vector;
    EXPECT_NE(fault, Fault::incomplete) << vector;
    EXPECT_GE(status_for(fault), 400) << vector;
  }
  // and next to them, what is read
  for (const std::string& good :
       {start + te, start + cl, start + "Content-Length:5\r\n",
        start + "Content-Length: 0000000005 \r\n", start + "transfer-ENCODING: \t CHUNKED \r\n"})
    EXPECT_EQ(request_fault(good + "\r\n"), Fault::none) << good;
}

Fault body_fault(std::string_view text) {
  Request request;
  request.is_chunked = true;
  BodyReader body = body_after(request, {});
  while (!text.empty() && !body.is_done()) text.remove_prefix(body.take(text, nullptr));
  body.take_end();
  return body.fault();
}

// SECURITY G5, G7: chunk sizes that are no numbers, or too large.
TEST(HttpAttack, ChunkSmuggling) {
  for (const std::string& bad : std::vector<std::string>{"5 \r\nhello\r\n0\r\n\r\n",
                                                         "5 ;x\r\nhello\r\n0\r\n\r\n",
                                                         " 5\r\nhello\r\n0\r\n\r\n",
                                                         "0x5\r\nhello\r\n0\r\n\r\n",
                                                         "+5\r\nhello\r\n0\r\n\r\n",
                                                         "-5\r\nhello\r\n0\r\n\r\n",
                                                         "5\nhello\r\n0\r\n\r\n",
                                                         "5\r\nhello\n0\r\n\r\n",
                                                         "5\r\nhello0\r\n\r\n",
                                                         "5\r\nhello\r\n0\r\n\n",
                                                         "5;a\nb\r\nhello\r\n0\r\n\r\n",
                                                         "5;a\rb\r\nhello\r\n0\r\n\r\n",
                                                         "5;\x01\r\nhello\r\n0\r\n\r\n",
                                                         "\r\n0\r\n\r\n",
                                                         ";x\r\n0\r\n\r\n",
                                                         "5_\r\nhello\r\n0\r\n\r\n",
                                                         "10000000000000005\r\nhello\r\n0\r\n\r\n",
                                                         "0\r\nbad trailer\r\n\r\n",
                                                         "0\r\n: x\r\n\r\n",
                                                         "0\r\n a: b\r\n\r\n",
                                                         "0\r\na: \x01\r\n\r\n",
                                                         "5\r\nhello\r\n"}) {
    EXPECT_NE(body_fault(bad), Fault::none) << bad;
  }
  EXPECT_EQ(body_fault("5;x=\"y\"\r\nhello\r\n0;z\r\nTrailer: v\r\n\r\n"), Fault::none);
  EXPECT_EQ(body_fault("005\r\nhello\r\n000\r\n\r\n"), Fault::none);
}

// Section 1.G row G6: what takes much to send and says little.
// SECURITY G6.
TEST(HttpAttack, FieldBombs) {
  std::string extensions, trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) extensions += "1;" + std::string(500, 'x') + "\r\na\r\n";
  EXPECT_EQ(body_fault(extensions + "0\r\n\r\n"), Fault::bad_chunk);
  for (int i = 0; i < 10'000; ++i) trailers += "a: b\r\n";
  EXPECT_EQ(body_fault(trailers + "\r\n"), Fault::bad_chunk);
  std::string small;
  for (int i = 0; i < 10'000; ++i) small += "1\r\na\r\n";
  EXPECT_EQ(body_fault(small + "0\r\n\r\n"), Fault::none);
  ResponseReader reader;
  std::string interim;
  for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  reader.take(bytes_of(interim), nullptr);
  EXPECT_EQ(reader.fault(), Fault::head_too_large);
}

TEST(Http, KeepsToItsLimits) {
  EXPECT_EQ(request_fault("GET /" + std::string(20'000, 'a')), Fault::target_too_long);
  EXPECT_EQ(request_fault("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a')),
            Fault::head_too_large);
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
