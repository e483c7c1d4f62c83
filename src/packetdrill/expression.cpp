// Expressions as a script writes them.
#include "packetdrill/expression.h"

namespace acksu::packetdrill {
namespace {

std::string joined(const std::vector<Expression>& parts, const char* between) {
  std::string text;
  for (const Expression& part : parts) text += (text.empty() ? "" : between) + to_string(part);
  return text;
}

}  // namespace

const Expression* Expression::part(std::string_view name) const {
  for (const Expression& candidate : parts) {
    if (candidate.kind != Kind::named) continue;
    const std::string_view theirs = candidate.text;
    if (theirs.substr(0, theirs.find('(')) == name) return &candidate.parts[0];
  }
  return nullptr;
}

std::string to_string(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::ellipsis: return "...";
    case Expression::Kind::integer: return std::to_string(expression.number);
    case Expression::Kind::word: return expression.text;
    case Expression::Kind::string: return "\"" + expression.text + "\"";
    case Expression::Kind::list: return "[" + joined(expression.parts, ", ") + "]";
    case Expression::Kind::structure: return "{" + joined(expression.parts, ", ") + "}";
    case Expression::Kind::either: return joined(expression.parts, "|");
    case Expression::Kind::named: return expression.text + "=" + to_string(expression.parts[0]);
    case Expression::Kind::call:
      return expression.text + "(" + joined(expression.parts, ", ") + ")";
  }
  return "";
}

}  // namespace acksu::packetdrill
