// The code blocks of scripts: as much of Python as assertions about a connection are made of. That
// is assert, print, assignments, and expressions of integers, strings and tuples.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace acksu::packetdrill {

struct Value {
  std::variant<std::int64_t, std::string, std::vector<Value>> held = std::int64_t{0};

  bool is_true() const;
  bool operator==(const Value&) const = default;
};

std::string to_string(const Value& value);

// What a name stands for where no statement has given it a value: a field of the connection, a
// constant. Nothing: there is no such name.
using Names = std::function<std::optional<std::int64_t>(const std::string& name)>;

class Assertions {
 public:
  // Runs a block whose first line is `line`; what it assigns stays for later ones. Returns what is
  // not so, empty if all of it holds. Throws Mistake for what is not in the language.
  std::string run(std::string_view code, std::uint32_t line, const Names& names);
  // All that was printed so far.
  const std::string& printed() const { return printed_; }

 private:
  std::map<std::string, Value> variables_;
  std::string printed_;
};

}  // namespace acksu::packetdrill
