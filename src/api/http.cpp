// Strict parsing and writing of HTTP/1.1 heads (RFC 9112 sections 2 to 6), and URLs.
#include "api/http.h"

#include <algorithm>

#include "api/http_words.h"

namespace acksu::http {
namespace {

// The next line without its end; `rest` keeps what follows. The head is known to be whole.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

Fault parse_version(std::string_view text, Head& head) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return Fault::bad_start_line;
  }
  if (text[5] != '1') return Fault::bad_version;
  head.minor_version = text[7] == '0' ? 0 : 1;
  return Fault::none;
}

Fault take_content_length(std::string_view value, Head& head) {
  std::uint64_t length = 0;
  if (!parse_number(value, length)) return Fault::bad_content_length;
  // RFC 9112 section 6.3: two of them make the framing a guess; even equal ones are refused.
  if (head.content_length) return Fault::bad_content_length;
  head.content_length = length;
  return Fault::none;
}

Fault take_transfer_coding(std::string_view value, Head& head) {
  if (head.is_chunked || !is_same_name(value, "chunked")) return Fault::unknown_coding;
  head.is_chunked = true;
  return Fault::none;
}

void take_connection(std::string_view value, Head& head) {
  for_each_element(value, [&head](std::string_view option) {
    if (is_same_name(option, "close")) head.keeps_alive = false;
    if (is_same_name(option, "keep-alive") && head.minor_version == 0) head.keeps_alive = true;
  });
}

Fault take_header(std::string_view line, Head& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Fault::bad_header;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  // RFC 9112 section 5.1: no space before the colon; section 5.2: no folded lines.
  if (!is_token(name)) return Fault::bad_header;
  if (!std::all_of(value.begin(), value.end(), is_field_character)) return Fault::bad_header;
  head.headers.push_back({std::string{name}, std::string{value}});
  if (is_same_name(name, "content-length")) return take_content_length(value, head);
  if (is_same_name(name, "transfer-encoding")) return take_transfer_coding(value, head);
  if (is_same_name(name, "connection")) take_connection(value, head);
  return Fault::none;
}

Fault take_headers(std::string_view lines, const Limits& limits, Head& head) {
  head.keeps_alive = head.minor_version >= 1;
  while (true) {
    const std::string_view line = next_line(lines);
    if (line.empty()) break;
    if (head.headers.size() == limits.max_headers) return Fault::head_too_large;
    if (const Fault fault = take_header(line, head); fault != Fault::none) return fault;
  }
  // RFC 9112 section 6.1: HTTP/1.0 has no transfer codings; somebody on the way understood less.
  if (head.is_chunked && head.minor_version == 0) return Fault::unexpected_coding;
  // RFC 9112 section 6.1: both together are a sign of request smuggling.
  if (head.is_chunked && head.content_length) return Fault::bad_content_length;
  if (head.content_length.value_or(0) > limits.max_body_bytes) return Fault::body_too_large;
  return Fault::none;
}

// RFC 9112 section 3.2: where a request may be sent. An absolute form becomes the path in it.
Fault normalise_target(Request& request) {
  if (request.target.starts_with('/')) return Fault::none;
  if (request.target == "*") return request.method == "OPTIONS" ? Fault::none : Fault::bad_target;
  if (request.method == "CONNECT") return Fault::none;
  const std::optional<Url> url = parse_url(request.target);
  if (!url) return Fault::bad_target;
  request.target = url->target;
  // RFC 9112 section 3.2.2: what the target says counts, not the header.
  for (Header& header : request.headers) {
    if (is_same_name(header.name, "host")) header.value = url->host;
  }
  return Fault::none;
}

// RFC 9110 section 7.2: a name or an address, and perhaps a port. Who else reads the message must
// not see another host in it.
bool is_host(std::string_view text) {
  constexpr std::string_view others = "-._~:[]%!$&'()*+;=";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool is_letter = lower(c) >= 'a' && lower(c) <= 'z';
    return is_letter || is_digit(c) || others.find(c) != std::string_view::npos;
  });
}

void write_headers(const Head& head, std::string& text) {
  for (const Header& header : head.headers) text += header.name + ": " + header.value + "\r\n";
  text += "\r\n";
}

std::string version_of(const Head& head) {
  return head.minor_version == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

class TextBody : public Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  std::size_t read_at(std::uint64_t offset, MutableBytes to) const override {
    if (offset >= text_.size()) return 0;
    return text_.copy(reinterpret_cast<char*>(to.data()), to.size(),
                      static_cast<std::size_t>(offset));
  }

 private:
  std::string text_;
};

}  // namespace

const std::string* Head::find(std::string_view name) const {
  for (const Header& header : headers) {
    if (is_same_name(header.name, name)) return &header.value;
  }
  return nullptr;
}

const char* sentence(Fault fault) {
  switch (fault) {
    case Fault::none: return "all is well";
    case Fault::incomplete: return "more bytes are needed";
    case Fault::bad_start_line: return "the first line is not HTTP";
    case Fault::bad_version: return "the version of HTTP is not 1";
    case Fault::bad_header: return "a header is malformed";
    case Fault::bad_content_length: return "the content length is malformed or contradicts itself";
    case Fault::bad_line_end: return "a line ends without a carriage return";
    case Fault::bad_chunk: return "a chunk is malformed";
    case Fault::bad_target: return "the target is not one of this method's";
    case Fault::bad_host: return "the host is not a name or an address";
    case Fault::unexpected_coding: return "HTTP/1.0 has no transfer codings";
    case Fault::target_too_long: return "the first line is longer than the limit";
    case Fault::head_too_large: return "the head is larger than the limit";
    case Fault::body_too_large: return "the body is larger than the limit";
    case Fault::missing_host: return "the request names no host";
    case Fault::unknown_coding: return "the transfer coding is not known";
    case Fault::cut_short: return "the peer ended in the middle of a message";
  }
  return "unknown";
}

std::uint16_t status_for(Fault fault) {
  switch (fault) {
    case Fault::head_too_large: return 431;
    case Fault::body_too_large: return 413;
    case Fault::target_too_long: return 414;
    case Fault::unknown_coding: return 501;
    case Fault::bad_version: return 505;
    default: return 400;
  }
}

const char* reason_for(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

Fault find_head(std::string_view text, const Limits& limits, std::size_t& length) {
  const std::string_view seen = text.substr(0, limits.max_head_bytes);
  for (std::size_t at = seen.find('\n'); at != std::string_view::npos;
       at = seen.find('\n', at + 1)) {
    if (at == 0 || seen[at - 1] != '\r') return Fault::bad_line_end;
    if (at >= 3 && seen[at - 2] == '\n') {
      length = at + 1;
      return Fault::none;
    }
  }
  if (text.size() < limits.max_head_bytes) return Fault::incomplete;
  const bool has_line = seen.find('\n') != std::string_view::npos;
  return has_line ? Fault::head_too_large : Fault::target_too_long;
}

Fault parse_request(std::string_view head, const Limits& limits, Request& request) {
  request = Request{};
  const std::string_view line = next_line(head);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first) return Fault::bad_start_line;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  const bool is_printable_target =
      !request.target.empty() &&
      std::all_of(request.target.begin(), request.target.end(), is_printable);
  if (!is_token(request.method) || !is_printable_target) return Fault::bad_start_line;
  Fault fault = parse_version(line.substr(last + 1), request);
  if (fault == Fault::none) fault = take_headers(head, limits, request);
  if (fault != Fault::none) return fault;
  if (const Fault bad = normalise_target(request); bad != Fault::none) return bad;
  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const Header& h) { return is_same_name(h.name, "host"); });
  // RFC 9112 section 3.2: exactly one Host, which only HTTP/1.0 may leave out.
  if (hosts > 1 || (hosts == 0 && request.minor_version >= 1)) return Fault::missing_host;
  return hosts == 0 || is_host(*request.find("host")) ? Fault::none : Fault::bad_host;
}

Fault parse_response(std::string_view head, const Limits& limits, Response& response) {
  response = Response{};
  const std::string_view line = next_line(head);
  if (line.size() < 12 || line[8] != ' ') return Fault::bad_start_line;
  if (const Fault fault = parse_version(line.substr(0, 8), response); fault != Fault::none) {
    return fault;
  }
  if (!parse_number(line.substr(9, 3), response.status) || response.status < 100) {
    return Fault::bad_start_line;
  }
  if (line.size() > 12 && line[12] != ' ') return Fault::bad_start_line;
  if (line.size() > 13) response.reason = line.substr(13);
  if (!std::all_of(response.reason.begin(), response.reason.end(), is_field_character)) {
    return Fault::bad_start_line;
  }
  return take_headers(head, limits, response);
}

std::string to_text(const Request& request) {
  std::string text = request.method + " " + request.target + " " + version_of(request) + "\r\n";
  write_headers(request, text);
  return text;
}

std::string to_text(const Response& response) {
  std::string text =
      version_of(response) + " " + std::to_string(response.status) + " " + response.reason + "\r\n";
  write_headers(response, text);
  return text;
}

std::shared_ptr<const Body> body_of(std::string text) {
  return std::make_shared<const TextBody>(std::move(text));
}

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == 80 ? name : name + ":" + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t path = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, path);
  std::string_view target = text.substr(path);
  target = target.substr(0, target.find('#'));
  Url url;
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t host_end = is_bracketed ? authority.find(']') : authority.find(':');
  url.host = is_bracketed
                 ? authority.substr(1, host_end == std::string_view::npos ? 0 : host_end - 1)
                 : authority.substr(0, host_end);
  if (host_end == std::string_view::npos) {
    authority = {};
  } else {
    authority.remove_prefix(host_end + (is_bracketed ? 1 : 0));
  }
  if (!authority.empty()) {
    if (authority.front() != ':' || !parse_number(authority.substr(1), url.port) || url.port == 0) {
      return std::nullopt;
    }
  }
  if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), is_printable) ||
      url.host.find('@') != std::string::npos) {
    return std::nullopt;
  }
  if (!std::all_of(target.begin(), target.end(), is_printable)) return std::nullopt;
  url.target = target.starts_with('/') ? std::string{target} : "/" + std::string{target};
  return url;
}

}  // namespace acksu::http
