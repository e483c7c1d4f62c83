// HTTP: heads that are accepted mean the same after they were written; bodies and responses are the
// same whether they come at once or byte by byte.
// SECURITY G5, G6, G7, I7: any bytes as a request, as a response, and as a body in chunks.
#include <string>

#include "api/http.h"
#include "fuzz/fuzz.h"

using namespace acksu;
using namespace acksu::http;

namespace {

constexpr Limits limits{.max_head_bytes = 2048, .max_headers = 16, .max_body_bytes = 3000};

// What a body was read as.
struct Reading {
  std::string text;
  std::size_t taken = 0;
  Fault fault = Fault::none;
  bool is_done = false;
  bool operator==(const Reading&) const = default;
};

Reading read_body(BodyReader reader, std::string_view text, std::size_t step) {
  Reading reading;
  const BodySink sink = [&](Bytes bytes) {
    reading.text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  while (reading.taken < text.size() && !reader.is_done() && reader.fault() == Fault::none) {
    const std::string_view part = text.substr(reading.taken, step);
    const std::size_t taken = reader.take(part, sink);
    ACKSU_ASSERT(taken <= part.size());
    reading.taken += taken;
    if (taken == 0) break;
  }
  reader.take_end();
  reading.fault = reader.fault();
  reading.is_done = reader.is_done();
  ACKSU_ASSERT(reader.bytes() == reading.text.size() && reading.text.size() <= 3000);
  return reading;
}

void check_body(const BodyReader& reader, std::string_view text) {
  const Reading whole = read_body(reader, text, text.size());
  const Reading parts = read_body(reader, text, 1);
  // What was taken of a faulty message says nothing.
  ACKSU_ASSERT(whole.fault == parts.fault);
  if (whole.fault == Fault::none) ACKSU_ASSERT(whole == parts);
}

template <class Message, class Parse>
void check_again(const Message& message, Parse parse) {
  Message again;
  const std::string text = to_text(message);
  // What was written with a space more may be too long, but is never misread.
  const Fault fault = parse(text, Limits{}, again);
  ACKSU_ASSERT(fault == Fault::none && to_text(again) == text);
  ACKSU_ASSERT(again.headers == message.headers);
  ACKSU_ASSERT(again.content_length == message.content_length);
  ACKSU_ASSERT(again.is_chunked == message.is_chunked);
  // RFC 9112 section 6.1: never both.
  ACKSU_ASSERT(!message.is_chunked || !message.content_length);
}

void read_whole_response(std::string_view text) {
  for (const bool is_head : {false, true}) {
    ResponseReader whole(limits, is_head), parts(limits, is_head);
    std::string of_whole, of_parts;
    const Bytes bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    whole.take(bytes, [&](Bytes part) { of_whole.append(part.begin(), part.end()); });
    for (const std::uint8_t& octet : bytes) {
      parts.take({&octet, 1}, [&](Bytes part) { of_parts.append(part.begin(), part.end()); });
    }
    whole.take_end();
    parts.take_end();
    ACKSU_ASSERT(whole.fault() == parts.fault() && whole.is_done() == parts.is_done());
    if (whole.fault() == Fault::none) ACKSU_ASSERT(of_whole == of_parts);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const std::string_view view = text;
  read_whole_response(view);
  check_body(BodyReader(BodyReader::Framing::chunked, 0, limits.max_body_bytes), view);
  parse_url(view);
  std::size_t length = 0;
  if (find_head(view, limits, length) != Fault::none) return 0;
  ACKSU_ASSERT(length <= size);
  Request request;
  if (parse_request(view.substr(0, length), limits, request) == Fault::none) {
    check_again(request, parse_request);
    check_body(body_after(request, limits), view.substr(length));
  }
  Response response;
  if (parse_response(view.substr(0, length), limits, response) == Fault::none) {
    check_again(response, parse_response);
    check_body(body_after(response, false, limits), view.substr(length));
  }
  return 0;
}
