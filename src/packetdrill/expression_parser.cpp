// Arguments and results of system calls.
#include "packetdrill/parser.h"

namespace acksu::packetdrill {
namespace {

// As deep as scripts ever nest them, and far from the end of our stack.
constexpr int deepest = 32;

class ExpressionParser {
 public:
  using Kind = Expression::Kind;

  explicit ExpressionParser(Cursor& cursor) : cursor_(cursor) {}

  Expression parse() {
    if (++depth_ > deepest) cursor_.fail("something less deep");
    Expression first = one();
    if (cursor_.peek().is('|')) {
      Expression either{Kind::either, "", 0, {std::move(first)}};
      while (cursor_.accept('|')) either.parts.push_back(one());
      first = std::move(either);
    }
    --depth_;
    return first;
  }

 private:
  Expression one() {
    const Token& token = cursor_.peek();
    switch (token.kind) {
      case Token::Kind::ellipsis: cursor_.take(); return {};
      case Token::Kind::integer: return {Kind::integer, token.text, cursor_.take().number};
      case Token::Kind::string: return string();
      case Token::Kind::word: return word();
      default: break;
    }
    if (cursor_.accept('[')) return {Kind::list, "", 0, parts_up_to(']')};
    if (cursor_.accept('{')) return {Kind::structure, "", 0, parts_up_to('}')};
    cursor_.fail("a value");
  }

  Expression string() {
    Expression text{Kind::string, ""};
    while (cursor_.is(Token::Kind::string)) text.text += cursor_.take().text;
    if (cursor_.accept(Token::Kind::ellipsis)) text.number = 1;  // and more
    return text;
  }

  Expression word() {
    Expression word{Kind::word, cursor_.take().text};
    if (cursor_.accept('(')) {
      word.kind = Kind::call;
      word.parts = parts_up_to(')');
    }
    if (!cursor_.accept('=')) return word;
    Expression named{Kind::named, to_string(word)};
    named.parts.push_back(parse());
    return named;
  }

  std::vector<Expression> parts_up_to(char closing) {
    std::vector<Expression> parts;
    while (!cursor_.accept(closing)) {
      if (!parts.empty()) cursor_.expect(',');
      parts.push_back(parse());
    }
    return parts;
  }

  Cursor& cursor_;
  int depth_ = 0;
};

}  // namespace

Expression parse_expression(Cursor& cursor) { return ExpressionParser{cursor}.parse(); }

}  // namespace acksu::packetdrill
