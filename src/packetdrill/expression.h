// What stands in the arguments and results of a system call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acksu::packetdrill {

struct Expression {
  enum class Kind : std::uint8_t {
    ellipsis,   // ...: whatever
    integer,    // 4
    word,       // SOCK_STREAM, NULL
    string,     // "text"; several one after the other are one
    list,       // [a, b]
    structure,  // {a, b} or {name=a, name=b}
    either,     // a|b
    named,      // name=a; `text` is the name, with what stands in its brackets: "msg_iov(1)"
    call        // name(a)
  };

  Kind kind = Kind::ellipsis;
  std::string text;         // of a word, string, name or call
  std::int64_t number = 0;  // of an integer
  std::vector<Expression> parts{};

  bool is_ellipsis() const { return kind == Kind::ellipsis; }
  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
  // The part of that name, whatever stands in the name's brackets; null: there is none.
  const Expression* part(std::string_view name) const;
  bool operator==(const Expression&) const = default;
};

// As a script would write it.
std::string to_string(const Expression& expression);

}  // namespace acksu::packetdrill
