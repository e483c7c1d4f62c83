// Tokens, one after the other, by their first characters.
#include "packetdrill/lexer.h"

#include <algorithm>
#include <charconv>

#include "base/address.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_address_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> all() {
    for (skip_blank(); at_ < text_.size(); skip_blank()) take_token();
    add(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void advance(std::size_t count) {
    const std::string_view taken = rest().substr(0, count);
    line_ += static_cast<std::uint32_t>(std::count(taken.begin(), taken.end(), '\n'));
    at_ += taken.size();
  }

  void skip_blank() {
    for (;;) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        advance(1);
      } else if (rest().starts_with("//") || c == '#') {
        advance(std::min(rest().find('\n'), rest().size()));
      } else if (rest().starts_with("/*")) {
        advance(length_to("*/", 2, "a comment"));
      } else {
        return;
      }
    }
  }

  // From here to the end of the next `closing`, which stands at `from` or later.
  std::size_t length_to(std::string_view closing, std::size_t from, const char* what) const {
    const std::size_t place = rest().find(closing, from);
    if (place == std::string_view::npos) {
      throw Mistake{line_, std::string{what} + " without an end"};
    }
    return place + closing.size();
  }

  // Of a quoted text, with its quotes; a backslash takes its character with it.
  std::size_t quoted_length(char quote, const char* what) const {
    for (std::size_t i = 1; at_ + i < text_.size(); ++i) {
      if (peek(i) == quote) return i + 1;
      if (peek(i) == '\\') ++i;
    }
    throw Mistake{line_, std::string{what} + " without an end"};
  }

  void add(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, std::string{rest().substr(0, length)}, 0, line_});
    advance(length);
  }

  // Without `margin` characters at either end.
  void add_inside(TokenKind kind, std::size_t length, std::size_t margin) {
    add(kind, length);
    std::string& text = tokens_.back().text;
    text = text.substr(margin, text.size() - 2 * margin);
  }

  void take_token() {
    const char c = peek();
    if (c == '"') return add_inside(TokenKind::string, quoted_length('"', "a string"), 1);
    if (c == '`') return add_inside(TokenKind::command, quoted_length('`', "a command"), 1);
    if (rest().starts_with("%{")) return add_inside(TokenKind::code, length_to("}%", 2, "code"), 2);
    if (rest().starts_with("...")) return add(TokenKind::ellipsis, 3);
    if (rest().starts_with("--") && is_word_character(peek(2))) return take_option();
    const std::size_t address = address_length(), number = number_length(), word = word_length();
    if (address > std::max(number, word)) return add(TokenKind::address, address);
    if (number >= word && number > 0) return take_number(number);
    if (word > 0) return take_word(word);
    add(TokenKind::sign, 1);
  }

  void take_option() {
    advance(2);
    add(TokenKind::option, word_length());
  }

  std::size_t word_length() const {
    std::size_t length = 0;
    while (is_word_character(peek(length))) ++length;
    return length;
  }

  std::size_t digits_from(std::size_t start) const {
    std::size_t length = start;
    while (is_digit(peek(length))) ++length;
    return length - start;
  }

  // "-12", "12", "1.5", ".5"; 0: no number begins here.
  std::size_t number_length() const {
    const std::size_t sign = peek() == '-' ? 1 : 0, whole = digits_from(sign);
    const std::size_t point = sign + whole;
    const std::size_t fraction = peek(point) == '.' ? digits_from(point + 1) : 0;
    if (fraction > 0) return point + 1 + fraction;
    return whole > 0 ? point : 0;
  }

  // Sequence numbers like 1:1001 are none, an address of IPv6 has eight groups or "::".
  std::size_t address_length() const {
    std::size_t longest = 0;
    while (is_address_character(peek(longest))) ++longest;
    for (std::size_t length = longest; length > 1; --length) {
      if (parse_ip(rest().substr(0, length))) return length;
    }
    return 0;
  }

  void take_number(std::size_t length) {
    const bool has_point = rest().substr(0, length).find('.') != std::string_view::npos;
    add(has_point ? TokenKind::decimal : TokenKind::integer, length);
    Token& token = tokens_.back();
    if (has_point) return;
    read_integer(token, token.text, 10);
  }

  void take_word(std::size_t length) {
    add(TokenKind::word, length);
    Token& token = tokens_.back();
    if (length < 3 || !token.text.starts_with("0x")) return;
    const std::string_view digits = std::string_view{token.text}.substr(2);
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return;
    token.kind = TokenKind::integer;
    read_integer(token, digits, 16);
  }

  static void read_integer(Token& token, std::string_view digits, int base) {
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.number, base);
    if (error == std::errc{}) return;
    std::uint64_t wide = 0;  // 0xffffffffffffffff: a word of 64 bits
    const auto [_, again] =
        std::from_chars(digits.data(), digits.data() + digits.size(), wide, base);
    if (again != std::errc{}) token.kind = TokenKind::word;  // digits all the same
    token.number = static_cast<std::int64_t>(wide);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) { return Lexer{text}.all(); }

}  // namespace acksu::packetdrill
