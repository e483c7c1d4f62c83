// Tokens of Python.
#include "packetdrill/python_tokens.h"

#include <array>
#include <cctype>
#include <charconv>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

class PythonLexer {
 public:
  PythonLexer(std::string_view code, std::uint32_t line) : code_(code), line_(line) {}

  std::vector<PythonToken> all() {
    while (at_ < code_.size()) take();
    add(Kind::end_of_statement, 0);
    add(Kind::end, 0);
    return std::move(tokens_);
  }

 private:
  using Kind = PythonToken::Kind;

  std::string_view rest() const { return code_.substr(at_); }
  static bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

  void add(Kind kind, std::size_t length) {
    tokens_.push_back({kind, std::string{rest().substr(0, length)}, 0, line_});
    at_ += length;
  }

  void take() {
    const char c = code_[at_];
    if (c == '\n' || c == ';') return take_end(c);
    if (rest().starts_with("\\\n")) {
      ++line_;
      at_ += 2;
    } else if (c == '#') {
      at_ += std::min(rest().find('\n'), rest().size());
    } else if (std::isspace(static_cast<unsigned char>(c)) || c == '\\') {
      ++at_;
    } else if (std::isdigit(static_cast<unsigned char>(c))) {
      take_number();
    } else if (is_name(c)) {
      add(Kind::name, name_length());
    } else if (c == '"' || c == '\'') {
      take_string(c);
    } else {
      take_sign();
    }
  }

  void take_end(char c) {
    if (c == ';' || depth_ == 0) {
      add(Kind::end_of_statement, 1);
    } else {
      ++at_;
    }
    if (c == '\n') ++line_;
  }

  std::size_t name_length() const {
    std::size_t length = 0;
    while (at_ + length < code_.size() && is_name(code_[at_ + length])) ++length;
    return length;
  }

  void take_number() {
    add(Kind::number, name_length());
    PythonToken& token = tokens_.back();
    const bool is_hexadecimal = token.text.starts_with("0x");
    const char* const begin = token.text.data() + (is_hexadecimal ? 2 : 0);
    const char* const end = token.text.data() + token.text.size();
    const auto [stop, error] = std::from_chars(begin, end, token.number, is_hexadecimal ? 16 : 10);
    if (error != std::errc{} || stop != end) {
      throw Mistake{line_, "code: '" + token.text + "' is no integer"};
    }
  }

  void take_string(char quote) {
    const std::size_t closing = rest().find(quote, 1);
    if (closing == std::string_view::npos) throw Mistake{line_, "code: a string without an end"};
    add(Kind::string, closing + 1);
    std::string& text = tokens_.back().text;
    text = text.substr(1, text.size() - 2);
  }

  void take_sign() {
    constexpr std::array two{"==", "!=", "<=", ">=", "<<", ">>",
                             "//", "+=", "-=", "*=", "|=", "&="};
    for (const char* const sign : two) {
      if (rest().starts_with(sign)) return add(Kind::sign, 2);
    }
    const char c = code_[at_];
    if (c == '(' || c == '[') ++depth_;
    if (c == ')' || c == ']') --depth_;
    add(Kind::sign, 1);
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::uint32_t line_;
  int depth_ = 0;
  std::vector<PythonToken> tokens_;
};

}  // namespace

std::vector<PythonToken> python_tokens(std::string_view code, std::uint32_t line) {
  return PythonLexer{code, line}.all();
}

}  // namespace acksu::packetdrill
