// HTTP/1.1 messages without any input or output: heads are parsed strictly and within limits,
// bodies are read by content length, by chunks or until the end (RFC 9110, RFC 9112). Left out on
// purpose: trailers' meaning, transfer codings other than chunked, obsolete line folding, bare line
// feeds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace acksu::http {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

// What a head says about the message it stands before.
struct Head {
  std::uint8_t minor_version = 1;  // HTTP/1.0 or HTTP/1.1
  std::vector<Header> headers;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool keeps_alive = true;  // RFC 9112 section 9.3, from the version and `Connection`

  // The value of the first header of that name (names know no case), or null.
  const std::string* find(std::string_view name) const;
};

struct Request : Head {
  std::string method;
  std::string target;  // as written: "/index.html?x=1"
};

struct Response : Head {
  std::uint16_t status = 200;
  std::string reason;
};

struct Limits {
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t max_headers = 100;
  std::uint64_t max_body_bytes = 1ull << 40;
};

enum class Fault : std::uint8_t {
  none,
  incomplete,  // more bytes are needed
  bad_start_line,
  bad_version,
  bad_header,
  bad_content_length,
  bad_line_end,  // a line feed without its carriage return
  bad_chunk,
  bad_target,  // RFC 9112 section 3.2
  bad_host,
  unexpected_coding,  // RFC 9112 section 6.1: in HTTP/1.0
  target_too_long,
  head_too_large,
  body_too_large,
  missing_host,  // RFC 9112 section 3.2
  unknown_coding,
  cut_short,  // the peer ended in the middle of a message
};
const char* sentence(Fault fault);
// The status a server answers with: 400, 413, 414, 431, 501 or 505.
std::uint16_t status_for(Fault fault);
const char* reason_for(std::uint16_t status);  // "Not Found"; "Unknown" for others

// Looks for a whole head at the front of `text`: `none` and its length with the empty line,
// `incomplete`, or a fault.
Fault find_head(std::string_view text, const Limits& limits, std::size_t& length);
// Parse a whole head, as found by find_head().
Fault parse_request(std::string_view head, const Limits& limits, Request& request);
Fault parse_response(std::string_view head, const Limits& limits, Response& response);

// The head as text, with its empty line. `headers` are written as they are; nothing is added.
std::string to_text(const Request& request);
std::string to_text(const Response& response);

// A body that a response sends: any part of it can be asked for at any time.
class Body {
 public:
  virtual ~Body() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `to` from `offset` on; returns how many bytes, 0 when there are no more.
  virtual std::size_t read_at(std::uint64_t offset, MutableBytes to) const = 0;
};
std::shared_ptr<const Body> body_of(std::string text);

// Takes bytes of a body as they come.
using BodySink = std::function<void(Bytes)>;

// Reads one body whose framing a head has told (RFC 9112 section 6.3).
class BodyReader {
 public:
  enum class Framing : std::uint8_t { none, length, chunked, until_end };

  BodyReader() = default;
  BodyReader(Framing framing, std::uint64_t length, std::uint64_t max_bytes);

  // Takes what belongs to the body from the front of `text`, gives it to `sink` and returns how
  // many bytes it took. Stops at the body's end and at a fault.
  std::size_t take(std::string_view text, const BodySink& sink);
  // The peer has ended: that is the end of the body, or a fault.
  void take_end();

  bool is_done() const { return is_done_; }
  Fault fault() const { return fault_; }
  std::uint64_t bytes() const { return bytes_; }  // of the body, so far

 private:
  enum class Step : std::uint8_t { size, text, text_end, trailer };

  std::size_t take_text(std::string_view text, const BodySink& sink);
  std::size_t take_line(std::string_view text);
  void on_line(std::string_view line);
  void fail(Fault fault);

  Framing framing_ = Framing::none;
  Step step_ = Step::size;
  bool is_done_ = true;
  Fault fault_ = Fault::none;
  std::uint64_t left_ = 0;  // of the body or of this chunk
  std::uint64_t bytes_ = 0;
  std::uint64_t max_bytes_ = 0;
  std::string line_;              // part of a line that is not complete
  std::uint64_t line_bytes_ = 0;  // of all chunk sizes and trailers
};

// The body that follows a request's head, or a response's (`is_bare`: to HEAD), by RFC 9112 section
// 6.3.
BodyReader body_after(const Request& request, const Limits& limits);
BodyReader body_after(const Response& response, bool is_bare, const Limits& limits);

// A whole response from bytes as they come.
class ResponseReader {
 public:
  // `is_head_request`: the response has no body whatever its head says.
  explicit ResponseReader(Limits limits = {}, bool is_head_request = false)
      : limits_(limits), is_head_request_(is_head_request) {}

  // Bytes behind the response's end are ignored.
  void take(Bytes bytes, const BodySink& sink);
  void take_end();

  bool has_head() const { return has_head_; }
  const Response& response() const { return response_; }
  std::uint64_t body_bytes() const { return body_.bytes(); }
  bool is_done() const { return has_head_ && body_.is_done(); }
  Fault fault() const { return fault_ != Fault::none ? fault_ : body_.fault(); }

 private:
  void take_head();

  Limits limits_;
  bool is_head_request_;
  bool has_head_ = false;
  Fault fault_ = Fault::none;
  unsigned interim_responses_ = 0;
  std::string input_;
  Response response_;
  BodyReader body_;
};

// http://host[:port][/target]
struct Url {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 80;
  std::string target = "/";

  // As the Host header says it: "www.example.test", "[2001:db8::1]:8080".
  std::string authority() const;
};
std::optional<Url> parse_url(std::string_view text);

}  // namespace acksu::http
