// HTTP/1.1 bodies: content length, chunks (RFC 9112 section 7.1), until the end.
#include <algorithm>

#include "api/http.h"
#include "api/http_words.h"
#include "base/assert.h"

namespace acksu::http {
namespace {

constexpr std::size_t max_line_bytes = 1024;  // of a chunk's size or of a trailer
// What chunk sizes and trailers may take in all, beside the body: a byte of body in a kilobyte of
// extensions is no body.
constexpr std::uint64_t max_overhead_bytes = 16 * 1024;
constexpr std::uint64_t max_overhead_factor = 8;
constexpr unsigned max_interim_responses = 16;

// chunk-size [ chunk-ext ]; extensions are ignored. RFC 9112 section 7.1.1 lets blanks stand before
// an extension; readers disagree about them, so they are refused.
std::optional<std::uint64_t> parse_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    if (digits == 15) return std::nullopt;
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
  }
  const std::string_view rest = line.substr(digits);
  if (digits == 0 || (!rest.empty() && rest[0] != ';')) return std::nullopt;
  if (!std::all_of(rest.begin(), rest.end(), is_field_character)) return std::nullopt;
  return size;
}

// A field line whose meaning nobody asks for (RFC 9112 section 7.1.2).
bool is_trailer(std::string_view line) {
  const std::size_t colon = line.find(':');
  return colon != std::string_view::npos && is_token(line.substr(0, colon)) &&
         std::all_of(line.begin(), line.end(), is_field_character);
}

std::string_view view(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

BodyReader::BodyReader(Framing framing, std::uint64_t length, std::uint64_t max_bytes)
    : framing_(framing), is_done_(false), left_(length), max_bytes_(max_bytes) {
  if (framing == Framing::none || (framing == Framing::length && length == 0)) is_done_ = true;
  if (framing == Framing::length && length > max_bytes) fail(Fault::body_too_large);
  if (framing == Framing::until_end) left_ = ~0ull;
}

void BodyReader::fail(Fault fault) {
  fault_ = fault;
  is_done_ = true;
}

std::size_t BodyReader::take(std::string_view text, const BodySink& sink) {
  std::size_t taken = 0;
  while (!is_done_ && taken < text.size()) {
    const std::string_view rest = text.substr(taken);
    const bool is_text = framing_ != Framing::chunked || step_ == Step::text;
    taken += is_text ? take_text(rest, sink) : take_line(rest);
  }
  return taken;
}

std::size_t BodyReader::take_text(std::string_view text, const BodySink& sink) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), left_));
  if (bytes_ + count > max_bytes_) {
    fail(Fault::body_too_large);
    return 0;
  }
  if (sink) sink(bytes_of(text.substr(0, count)));
  bytes_ += count;
  if (framing_ == Framing::until_end) return count;
  left_ -= count;
  if (left_ > 0) return count;
  if (framing_ == Framing::length) is_done_ = true;
  step_ = Step::text_end;
  return count;
}

std::size_t BodyReader::take_line(std::string_view text) {
  const std::size_t end = text.find('\n');
  const std::size_t count = end == std::string_view::npos ? text.size() : end + 1;
  line_ += text.substr(0, count);
  line_bytes_ += count;
  const bool is_too_much = line_bytes_ > max_overhead_bytes + max_overhead_factor * bytes_;
  if (line_.size() > max_line_bytes || is_too_much) {
    fail(Fault::bad_chunk);
  } else if (line_.ends_with("\r\n")) {
    on_line(std::string_view{line_}.substr(0, line_.size() - 2));
    line_.clear();
  } else if (line_.ends_with('\n')) {
    fail(Fault::bad_line_end);
  }
  return count;
}

void BodyReader::on_line(std::string_view line) {
  if (step_ == Step::text_end) {
    if (!line.empty()) return fail(Fault::bad_chunk);
    step_ = Step::size;
  } else if (step_ == Step::trailer) {
    if (!line.empty() && !is_trailer(line)) return fail(Fault::bad_chunk);
    is_done_ = line.empty();
  } else {
    const std::optional<std::uint64_t> size = parse_chunk_size(line);
    if (!size) return fail(Fault::bad_chunk);
    left_ = *size;
    step_ = left_ == 0 ? Step::trailer : Step::text;
  }
}

void BodyReader::take_end() {
  if (is_done_) return;
  if (framing_ != Framing::until_end) return fail(Fault::cut_short);
  is_done_ = true;
}

void ResponseReader::take(Bytes bytes, const BodySink& sink) {
  if (fault() != Fault::none || is_done()) return;
  if (has_head_) {
    body_.take(view(bytes), sink);
    return;
  }
  input_ += view(bytes);
  take_head();
  if (!has_head_) return;
  const std::string rest = std::move(input_);
  input_ = {};
  body_.take(rest, sink);
}

void ResponseReader::take_head() {
  while (!has_head_ && fault_ == Fault::none) {
    std::size_t length = 0;
    const Fault found = find_head(input_, limits_, length);
    if (found == Fault::incomplete) return;
    fault_ = found;
    if (fault_ == Fault::none) {
      fault_ = parse_response(std::string_view{input_}.substr(0, length), limits_, response_);
    }
    input_.erase(0, length);
    // RFC 9110 section 15.2: interim responses come before the one that was asked for.
    has_head_ = fault_ == Fault::none && response_.status >= 200;
    const bool is_endless = !has_head_ && ++interim_responses_ > max_interim_responses;
    if (is_endless && fault_ == Fault::none) fault_ = Fault::head_too_large;
  }
  if (has_head_) body_ = body_after(response_, is_head_request_, limits_);
}

BodyReader body_after(const Request& request, const Limits& limits) {
  using Framing = BodyReader::Framing;
  const std::uint64_t length = request.content_length.value_or(0);
  const Framing framing = request.is_chunked ? Framing::chunked : Framing::length;
  return {framing, length, limits.max_body_bytes};
}

BodyReader body_after(const Response& response, bool is_bare, const Limits& limits) {
  using Framing = BodyReader::Framing;
  Framing framing = response.content_length ? Framing::length : Framing::until_end;
  if (response.is_chunked) framing = Framing::chunked;
  if (is_bare || response.status == 204 || response.status == 304) framing = Framing::none;
  return {framing, response.content_length.value_or(0), limits.max_body_bytes};
}

void ResponseReader::take_end() {
  if (fault() != Fault::none || is_done()) return;
  if (!has_head_) {
    fault_ = Fault::cut_short;
  } else {
    body_.take_end();
  }
}

}  // namespace acksu::http
