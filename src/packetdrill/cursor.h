// A place among tokens, from which the parsers of a script take one after the other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packetdrill/lexer.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {

class Cursor {
 public:
  explicit Cursor(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool is_at_end() const { return peek().kind == Token::Kind::end; }
  bool is(Token::Kind kind) const { return peek().kind == kind; }

  const Token& take() {
    const Token& token = peek();
    if (!is_at_end()) ++at_;
    return token;
  }
  const Token& take(Token::Kind kind, const char* what) {
    if (!is(kind)) fail(what);
    return take();
  }
  bool accept(char sign) { return accept_if(peek().is(sign)); }
  bool accept_word(std::string_view word) { return accept_if(peek().is_word(word)); }
  bool accept(Token::Kind kind) { return accept_if(is(kind)); }
  void expect(char sign) {
    if (!accept(sign)) fail(std::string{"'"} + sign + "'");
  }
  // An integer of [0, most].
  std::uint64_t take_number(std::uint64_t most, const char* what) {
    const Token& token = take(Token::Kind::integer, what);
    if (token.number < 0 || static_cast<std::uint64_t>(token.number) > most) {
      throw Mistake{token.line, std::string{what} + " is at most " + std::to_string(most)};
    }
    return static_cast<std::uint64_t>(token.number);
  }
  template <class T>
  T take_number_of(const char* what) {
    return static_cast<T>(take_number(static_cast<T>(-1), what));
  }

  // What was expected here instead.
  [[noreturn]] void fail(const std::string& wanted) const {
    const std::string found = is_at_end() ? "the end" : "'" + peek().text + "'";
    throw Mistake{peek().line, wanted + " expected, not " + found};
  }

  // The rest, for whoever changes tokens before they are read.
  void replace_rest(const auto& replacement) {
    for (std::size_t i = at_; i < tokens_.size(); ++i) replacement(tokens_[i]);
  }

 private:
  bool accept_if(bool condition) {
    if (condition) take();
    return condition;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace acksu::packetdrill
