// The options of a TCP header, between '<' and '>'.
#include <array>

#include "packetdrill/parser.h"

namespace acksu::packetdrill {
namespace {

using Data = std::vector<std::uint8_t>;

constexpr std::size_t most_option_bytes = 40;

void append(Data& data, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) data.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "a1b2c3d4"; nothing there: no bytes.
void append_digits(Data& data, Cursor& cursor) {
  if (!cursor.is(TokenKind::word) && !cursor.is(TokenKind::integer)) return;
  const Token& token = cursor.take();
  if (token.text.size() % 2 != 0) throw Mistake{token.line, "an odd number of digits"};
  for (std::size_t i = 0; i < token.text.size(); i += 2) {
    const int high = digit_of(token.text[i]), low = digit_of(token.text[i + 1]);
    if (high < 0 || low < 0) throw Mistake{token.line, "'" + token.text + "' is not hexadecimal"};
    data.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
}

TcpOption parse_number_option(Cursor& cursor, std::uint8_t kind, int bytes) {
  TcpOption option{kind};
  const std::uint64_t most = (std::uint64_t{1} << 8 * bytes) - 1;
  append(option.data, cursor.take_number(most, "the option's value"), bytes);
  return option;
}

TcpOption parse_sack(Cursor& cursor) {
  TcpOption option{TcpOption::sack};
  while (cursor.is(TokenKind::integer)) {
    append(option.data, cursor.take_number_of<std::uint32_t>("a left edge"), 4);
    cursor.expect(':');
    append(option.data, cursor.take_number_of<std::uint32_t>("a right edge"), 4);
  }
  if (option.data.empty()) cursor.fail("a block");
  return option;
}

TcpOption parse_timestamps(Cursor& cursor) {
  TcpOption option{TcpOption::timestamps};
  if (!cursor.accept_word("val")) cursor.fail("val");
  append(option.data, cursor.take_number_of<std::uint32_t>("a time stamp"), 4);
  if (!cursor.accept_word("ecr")) cursor.fail("ecr");
  append(option.data, cursor.take_number_of<std::uint32_t>("a time stamp"), 4);
  return option;
}

// ECN e0b 1 ceb 0 e1b 1: which count comes first says which of both options it is.
TcpOption parse_acc_ecn(Cursor& cursor) {
  constexpr std::array zero{"e0b", "ceb", "e1b"}, one{"e1b", "ceb", "e0b"};
  const bool is_one = cursor.peek().is_word("e1b");
  TcpOption option{is_one ? TcpOption::acc_ecn_1 : TcpOption::acc_ecn_0};
  for (const char* name : is_one ? one : zero) {
    if (!cursor.accept_word(name)) break;
    append(option.data, cursor.take_number((1u << 24) - 1, "a count"), 3);
  }
  if (option.data.empty()) cursor.fail("e0b or e1b");
  return option;
}

TcpOption parse_digits_option(Cursor& cursor, std::uint8_t kind) {
  TcpOption option{kind};
  if (kind == TcpOption::experiment) append(option.data, fast_open_experiment, 2);
  append_digits(option.data, cursor);
  return option;
}

TcpOption parse_option_named(Cursor& cursor) {
  if (cursor.accept_word("nop")) return {TcpOption::nop};
  if (cursor.accept_word("eol")) return {TcpOption::eol};
  if (cursor.accept_word("mss")) return parse_number_option(cursor, TcpOption::mss, 2);
  if (cursor.accept_word("wscale")) return parse_number_option(cursor, TcpOption::window_scale, 1);
  if (cursor.accept_word("sackOK")) return {TcpOption::sack_permitted};
  if (cursor.accept_word("sack")) return parse_sack(cursor);
  if (cursor.accept_word("TS")) return parse_timestamps(cursor);
  if (cursor.accept_word("md5")) return parse_digits_option(cursor, TcpOption::md5);
  if (cursor.accept_word("FO")) return parse_digits_option(cursor, TcpOption::fast_open);
  if (cursor.accept_word("FOEXP")) return parse_digits_option(cursor, TcpOption::experiment);
  if (cursor.accept_word("ECN")) return parse_acc_ecn(cursor);
  cursor.fail("an option of TCP");
}

}  // namespace

TcpOptions parse_tcp_options(Cursor& cursor) {
  TcpOptions options;
  std::size_t bytes = 0;
  do {
    const TcpOption& option = options.emplace_back(parse_option_named(cursor));
    bytes += option.kind <= TcpOption::nop ? 1 : 2 + option.data.size();
  } while (cursor.accept(','));
  if (bytes > most_option_bytes) cursor.fail("no more than 40 bytes of options");
  cursor.expect('>');
  return options;
}

}  // namespace acksu::packetdrill
