// The frame of a script: options, times, calls. Packets and expressions have parsers of their own.
#include "packetdrill/parser.h"

#include <map>
#include <set>

#include "packetdrill/conditions.h"

namespace acksu::packetdrill {
namespace {

using TimeKind = Event::TimeKind;
using Definitions = std::map<std::string, Token>;

// "0.25" to the microsecond; what is finer is cut off.
Duration time_of(const Token& token) {
  if (token.text.starts_with('-')) throw Mistake{token.line, "a time is not negative"};
  const std::size_t point = std::min(token.text.find('.'), token.text.size());
  const std::string whole = "0" + token.text.substr(0, point);
  if (whole.size() > 10) throw Mistake{token.line, "'" + token.text + "' is too long a time"};
  std::string fraction = token.text.substr(std::min(point + 1, token.text.size()), 6);
  fraction.resize(6, '0');
  return std::chrono::seconds{std::stoll(whole)} + std::chrono::microseconds{std::stoll(fraction)};
}

Duration parse_time(Cursor& cursor) {
  if (!cursor.is(TokenKind::integer) && !cursor.is(TokenKind::decimal)) cursor.fail("a time");
  return time_of(cursor.take());
}

// 1.5, +.1, *, 1~2, +1~+2
Event parse_event_time(Cursor& cursor) {
  Event event;
  event.line = cursor.peek().line;
  if (cursor.accept('*')) {
    event.time_kind = TimeKind::any;
    return event;
  }
  const bool is_relative = cursor.accept('+');
  event.time_kind = is_relative ? TimeKind::relative : TimeKind::absolute;
  event.time = parse_time(cursor);
  if (!cursor.accept('~')) return event;
  event.time_kind = is_relative ? TimeKind::relative_range : TimeKind::absolute_range;
  if (is_relative) cursor.expect('+');
  event.time_end = parse_time(cursor);
  if (event.time_end < event.time) throw Mistake{event.line, "this range of times is backwards"};
  return event;
}

// "(Operation now in progress)": for people.
void skip_note(Cursor& cursor) {
  if (!cursor.accept('(')) return;
  while (!cursor.accept(')')) {
    if (cursor.is_at_end()) cursor.fail("')'");
    cursor.take();
  }
}

SystemCall parse_call(Cursor& cursor) {
  SystemCall call;
  if (cursor.accept(TokenKind::ellipsis)) call.end = parse_time(cursor);
  call.name = cursor.take(TokenKind::word, "a packet, a call, a command or code").text;
  cursor.expect('(');
  while (!cursor.accept(')')) {
    if (!call.arguments.empty()) cursor.expect(',');
    call.arguments.push_back(parse_expression(cursor));
  }
  cursor.expect('=');
  call.result = parse_expression(cursor);
  if (cursor.is(TokenKind::word)) call.error = cursor.take().text;
  skip_note(cursor);
  return call;
}

bool is_range_or_any(TimeKind kind) {
  return kind != TimeKind::absolute && kind != TimeKind::relative;
}

Event parse_event(Cursor& cursor) {
  Event event = parse_event_time(cursor);
  if (cursor.peek().is('<') || cursor.peek().is('>')) {
    event.action = parse_packet(cursor);
  } else if (cursor.is(TokenKind::command)) {
    event.action = Command{cursor.take().text};
  } else if (cursor.is(TokenKind::code)) {
    event.action = Code{cursor.take().text};
  } else {
    event.action = parse_call(cursor);
  }
  const PacketLine* packet = std::get_if<PacketLine>(&event.action);
  if (is_range_or_any(event.time_kind) && (packet == nullptr || !packet->is_from_host)) {
    throw Mistake{event.line, "only packets of the host come at any time or in a range of times"};
  }
  return event;
}

ScriptOption parse_option(Cursor& cursor) {
  ScriptOption option{cursor.peek().text, "", cursor.peek().line};
  cursor.take();
  if (!cursor.accept('=')) return option;
  option.value = cursor.take().text;
  if (cursor.accept('=')) {
    const Token& value = cursor.take();
    const char* quote = value.kind == TokenKind::string    ? "\""
                        : value.kind == TokenKind::command ? "`"
                                                           : "";
    option.value += "=" + (quote + value.text) + quote;
  }
  return option;
}

void define(Definitions& definitions, const ScriptOption& option) {
  if (option.name != "define" && option.name != "D") return;
  const std::size_t sign = option.value.find('=');
  if (!is_definition(option.value)) {
    throw Mistake{option.line, "--define wants NAME=VALUE, not '" + option.value + "'"};
  }
  definitions[option.value.substr(0, sign)] = tokens_of(option.value.substr(sign + 1)).front();
}

std::set<std::string> names_defined(const std::vector<ScriptOption>& options) {
  std::set<std::string> names;
  for (const ScriptOption& option : options) {
    if (option.name == "define") names.insert(option.value.substr(0, option.value.find('=')));
  }
  return names;
}

}  // namespace

bool is_definition(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0 || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(sign),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Script parse_script(std::string_view text, const std::vector<ScriptOption>& more) {
  Cursor cursor{tokens_of(chosen_text(text, names_defined(more)))};
  Script script;
  while (cursor.is(TokenKind::option)) script.options.push_back(parse_option(cursor));
  Definitions definitions;
  for (const ScriptOption& option : script.options) define(definitions, option);
  for (const ScriptOption& option : more) define(definitions, option);
  cursor.replace_rest([&](Token& token) {
    const auto found = definitions.find(token.text);
    if (token.kind != TokenKind::word || found == definitions.end()) return;
    const std::uint32_t line = token.line;
    token = found->second;
    token.line = line;
  });
  if (cursor.is(TokenKind::command)) script.preparation = Command{cursor.take().text};
  while (!cursor.is_at_end() && !cursor.is(TokenKind::command)) {
    script.events.push_back(parse_event(cursor));
  }
  if (script.events.empty()) cursor.fail("an event");
  if (cursor.is(TokenKind::command)) script.cleanup = Command{cursor.take().text};
  if (!cursor.is_at_end()) cursor.fail("a time");
  return script;
}

}  // namespace acksu::packetdrill
