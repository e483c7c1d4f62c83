// A trace as JSON lines: one object a line, in the order in which things happened. docs/trace.md
// names every field; names are stable, new ones may come.
#pragma once

#include <string>
#include <string_view>

#include "trace/event.h"

namespace acksu::trace {

// Lines with their line ends. The first one describes the trace.
std::string json_lines(const Trace& trace);

// Writes one JSON object after another member by member. What is not UTF-8 becomes U+FFFD.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  JsonWriter& member(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).string(value); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonWriter& flag(std::string_view name, bool value) { return key(name).boolean(value); }

  // The text so far, which is then forgotten.
  std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void put_quoted(std::string_view text);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace acksu::trace
