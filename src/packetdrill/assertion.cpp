// Expressions by precedence, from the weakest (or) to the strongest (a call), and statements.
#include "packetdrill/assertion.h"

#include <algorithm>

#include "packetdrill/mistake.h"
#include "packetdrill/python_tokens.h"

namespace acksu::packetdrill {
namespace {

using Tuple = std::vector<Value>;

Value truth(bool value) { return {std::int64_t{value}}; }

struct BinarySign {
  const char* text;
  int strength;  // larger binds more tightly
};

constexpr BinarySign binary_signs[] = {{"|", 1}, {"^", 2}, {"&", 3}, {"<<", 4}, {">>", 4},
                                       {"+", 5}, {"-", 5}, {"*", 6}, {"//", 6}, {"%", 6}};
constexpr const char* comparing_signs[] = {"==", "!=", "<=", ">=", "<", ">"};
constexpr int deepest_code = 64;

class PythonReader {
 public:
  PythonReader(std::vector<PythonToken> tokens, std::map<std::string, Value>& variables,
               const Names& names)
      : tokens_(std::move(tokens)), variables_(variables), names_(names) {}

  // What is not so; empty: all is.
  std::string run() {
    while (peek().kind != Kind::end) {
      if (accept(Kind::end_of_statement)) continue;
      if (std::string failure = statement(); !failure.empty()) return failure;
      if (!accept(Kind::end_of_statement)) fail("the end of a statement");
    }
    return "";
  }
  std::string take_printed() { return std::move(printed_); }

 private:
  using Kind = PythonToken::Kind;

  const PythonToken& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool accept(Kind kind) { return accept_if(peek().kind == kind); }
  bool accept_sign(std::string_view sign) {
    return accept_if(peek().kind == Kind::sign && peek().text == sign);
  }
  bool accept_name(std::string_view name) {
    return accept_if(peek().kind == Kind::name && peek().text == name);
  }
  bool accept_if(bool condition) {
    if (condition) ++at_;
    return condition;
  }
  [[noreturn]] void fail(const std::string& wanted) const {
    const bool is_visible = peek().kind != Kind::end && peek().kind != Kind::end_of_statement;
    throw Mistake{peek().line, "code: " + wanted + " expected, not " +
                                   (is_visible ? "'" + peek().text + "'" : "its end")};
  }

  std::string statement() {
    const std::size_t start = at_;
    if (accept_name("assert")) return assertion(start + 1);
    if (accept_name("pass")) return "";
    const bool is_assignment = peek().kind == Kind::name && peek(1).kind == Kind::sign &&
                               peek(1).text.ends_with('=') && peek(1).text != "==";
    if (is_assignment) {
      assign();
    } else {
      expression();
    }
    return "";
  }

  std::string assertion(std::size_t start) {
    const Value value = expression();
    const std::size_t end = at_;
    std::string message;
    if (accept_sign(",")) message = to_string(expression());
    if (value.is_true()) return "";
    std::string text;
    for (std::size_t i = start; i < end; ++i) text += (text.empty() ? "" : " ") + tokens_[i].text;
    return "assert " + text + (message.empty() ? "" : ": " + message);
  }

  void assign() {
    const std::string name = tokens_[at_++].text;
    const std::string sign = tokens_[at_++].text;
    Value value = expression();
    if (sign.size() == 2) value = binary(sign.substr(0, 1), value_of(name), value);
    variables_[name] = value;
  }

  Value value_of(const std::string& name) const {
    if (const auto known = variables_.find(name); known != variables_.end()) return known->second;
    if (const std::optional<std::int64_t> number = names_(name)) return {*number};
    throw Mistake{peek().line, "code: nothing is called '" + name + "'"};
  }

  Value expression() {
    if (++depth_ > deepest_code) fail("something less deep");
    Value value = conjunction();
    while (accept_name("or")) {
      const Value other = conjunction();
      if (!value.is_true()) value = other;
    }
    --depth_;
    return value;
  }

  Value conjunction() {
    Value value = negation();
    while (accept_name("and")) {
      const Value other = negation();
      if (value.is_true()) value = other;
    }
    return value;
  }

  Value negation() {
    if (!accept_name("not")) return comparison();
    return truth(!negation().is_true());
  }

  // a <= b < c: each pair holds.
  Value comparison() {
    Value left = arithmetic(1);
    bool holds = true, is_any = false;
    for (std::string sign = take_comparing(); !sign.empty(); sign = take_comparing()) {
      const Value right = arithmetic(1);
      holds = compare(sign, left, right) && holds;
      left = right;
      is_any = true;
    }
    return is_any ? truth(holds) : left;
  }

  std::string take_comparing() {
    for (const char* const sign : comparing_signs) {
      if (accept_sign(sign)) return sign;
    }
    return "";
  }

  bool compare(const std::string& sign, const Value& left, const Value& right) const {
    if (sign == "==") return left == right;
    if (sign == "!=") return left != right;
    const std::int64_t a = number(left), b = number(right);
    if (sign == "<=") return a <= b;
    if (sign == ">=") return a >= b;
    return sign == "<" ? a < b : a > b;
  }

  std::int64_t number(const Value& value) const {
    if (const auto* number = std::get_if<std::int64_t>(&value.held)) return *number;
    throw Mistake{peek().line, "code: '" + to_string(value) + "' is no number"};
  }

  Value arithmetic(int least) {
    Value left = unary();
    for (const BinarySign* sign = binary_sign(least); sign != nullptr; sign = binary_sign(least)) {
      ++at_;
      const Value right = arithmetic(sign->strength + 1);
      left = binary(sign->text, left, right);
    }
    return left;
  }

  const BinarySign* binary_sign(int least) const {
    if (peek().kind != Kind::sign) return nullptr;
    for (const BinarySign& sign : binary_signs) {
      if (sign.strength >= least && peek().text == sign.text) return &sign;
    }
    return nullptr;
  }

  Value binary(const std::string& sign, const Value& left, const Value& right) const {
    if (sign == "%" && std::holds_alternative<std::string>(left.held)) return {format(left, right)};
    const auto a = static_cast<std::uint64_t>(number(left));
    const auto b = static_cast<std::uint64_t>(number(right));
    const auto result = [](std::uint64_t value) { return Value{static_cast<std::int64_t>(value)}; };
    switch (sign[0]) {
      case '|': return result(a | b);
      case '^': return result(a ^ b);
      case '&': return result(a & b);
      case '<': return result(a << (b & 63));
      case '>': return {number(left) >> (b & 63)};
      case '+': return result(a + b);
      case '-': return result(a - b);
      case '*': return result(a * b);
      default: return divide(sign[0] == '%', number(left), number(right));
    }
  }

  // As Python does: rounded down.
  Value divide(bool is_rest, std::int64_t a, std::int64_t b) const {
    if (b == 0) throw Mistake{peek().line, "code: division by zero"};
    std::int64_t quotient = a / (b == -1 ? 1 : b), rest = a % (b == -1 ? 1 : b);
    if (b == -1) return {is_rest ? 0 : 0 - quotient};
    if (rest != 0 && (rest < 0) != (b < 0)) {
      rest += b;
      --quotient;
    }
    return {is_rest ? rest : quotient};
  }

  // 'cwnd=%d' % n, '%d of %d' % (a, b)
  std::string format(const Value& left, const Value& right) const {
    const std::string& text = std::get<std::string>(left.held);
    const auto* tuple = std::get_if<Tuple>(&right.held);
    std::size_t next = 0;
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%' || i + 1 == text.size()) {
        result += text[i];
        continue;
      }
      if (text[++i] == '%') {
        result += '%';
      } else if (tuple == nullptr) {
        result += to_string(right);
      } else if (next < tuple->size()) {
        result += to_string((*tuple)[next++]);
      }
    }
    return result;
  }

  Value unary() {
    if (accept_sign("-")) return {std::int64_t{0} - number(unary())};
    if (accept_sign("+")) return unary();
    if (accept_sign("~")) return {~number(unary())};
    return primary();
  }

  Value primary() {
    const PythonToken& token = peek();
    if (accept(Kind::number)) return {token.number};
    if (accept(Kind::string)) return {token.text};
    if (accept_sign("(")) return parenthesis();
    if (!accept(Kind::name)) fail("a value");
    if (accept_sign("(")) return call(token.text);
    if (token.text == "True") return truth(true);
    if (token.text == "False" || token.text == "None") return truth(false);
    return value_of(token.text);
  }

  Tuple values_up_to_bracket(bool& has_comma) {
    Tuple values;
    while (!accept_sign(")")) {
      values.push_back(expression());
      has_comma = accept_sign(",") || has_comma;
      if (peek().kind == Kind::end) fail("')'");
    }
    return values;
  }

  Value parenthesis() {
    bool has_comma = false;
    Tuple values = values_up_to_bracket(has_comma);
    if (has_comma || values.size() != 1) return {std::move(values)};
    return std::move(values[0]);
  }

  Value call(const std::string& name) {
    bool has_comma = false;
    const Tuple values = values_up_to_bracket(has_comma);
    if (name == "print") {
      for (const Value& value : values) printed_ += to_string(value) + " ";
      printed_ += "\n";
      return truth(false);
    }
    if (values.empty()) fail("a value in the brackets of " + name);
    std::vector<std::int64_t> numbers;
    for (const Value& value : values) numbers.push_back(number(value));
    if (name == "min") return {*std::min_element(numbers.begin(), numbers.end())};
    if (name == "max") return {*std::max_element(numbers.begin(), numbers.end())};
    if (name == "abs") return {numbers[0] < 0 ? 0 - numbers[0] : numbers[0]};
    if (name == "int") return {numbers[0]};
    throw Mistake{peek().line, "code: this reads no '" + name + "()'"};
  }

  std::vector<PythonToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::map<std::string, Value>& variables_;
  const Names& names_;
  std::string printed_;
};

}  // namespace

bool Value::is_true() const {
  if (const auto* number = std::get_if<std::int64_t>(&held)) return *number != 0;
  if (const auto* text = std::get_if<std::string>(&held)) return !text->empty();
  return !std::get<Tuple>(held).empty();
}

std::string to_string(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.held)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value.held)) return *text;
  std::string list;
  for (const Value& each : std::get<Tuple>(value.held)) {
    list += (list.empty() ? "" : ", ") + to_string(each);
  }
  return "(" + list + ")";
}

std::string Assertions::run(std::string_view code, std::uint32_t line, const Names& names) {
  PythonReader reader{python_tokens(code, line), variables_, names};
  std::string failure = reader.run();
  printed_ += reader.take_printed();
  return failure;
}

}  // namespace acksu::packetdrill
