// A script of packetdrill's language as tokens. Which token begins somewhere depends on nothing but
// the text: the longest that fits is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acksu::packetdrill {

struct Token {
  enum class Kind : std::uint8_t {
    word,      // socket, S, TCP_NODELAY
    integer,   // 12, -1, 0x1f
    decimal,   // .5, 0.250; kept as text, to be read without rounding
    string,    // "text", without its quotes
    command,   // `text`, without its quotes
    code,      // %{ text }%, without its brackets
    address,   // 192.0.2.1, 2001:db8::1
    option,    // --name
    ellipsis,  // ...
    sign,      // any other character
    end
  };

  Kind kind = Kind::end;
  std::string text;  // as it stands there
  std::int64_t number = 0;
  std::uint32_t line = 1;  // of its first character

  bool is(char sign) const { return kind == Kind::sign && text[0] == sign; }
  bool is_word(std::string_view word) const { return kind == Kind::word && text == word; }
};

using TokenKind = Token::Kind;

// The last token is `end`. Throws Mistake: a string, command, code or comment without an end.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace acksu::packetdrill
