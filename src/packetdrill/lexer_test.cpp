// Tokens: which is taken where several could begin.
#include "packetdrill/lexer.h"

#include <gtest/gtest.h>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

std::string kinds(std::string_view text) {
  std::string all;
  for (const Token& token : tokens_of(text)) {
    const char* const names[] = {"word", "int", "dec", "string", "command", "code",
                                 "addr", "opt", "...", "",       "end"};
    const bool is_sign = token.kind == TokenKind::sign;
    all += (all.empty() ? "" : " ") +
           (is_sign ? token.text : std::string{names[static_cast<std::size_t>(token.kind)]});
  }
  return all;
}

TEST(Lexer, TakesTheLongestToken) {
  EXPECT_EQ(kinds("+0...0.200 read(3)"), "+ int ... dec word ( int ) end");
  EXPECT_EQ(kinds("P. 1:1001(1000)"), "word . int : int ( int ) end");
  EXPECT_EQ(kinds("SW.1 .5 -1 -"), "word dec dec int - end");
  EXPECT_EQ(kinds("192.0.2.1 > 2001:db8::1"), "addr > addr end");
  EXPECT_EQ(kinds("fd4 a1b2 0x1f 0xz"), "word word int word end");
  EXPECT_EQ(kinds("--tolerance_usecs=5 \"a\\\"b\" `c`"), "opt = int string command end");
}

TEST(Lexer, CountsLinesAcrossCommentsAndTextsOfSeveralLines) {
  const std::vector<Token> tokens = tokens_of("a // x\n# y\n/* z */ `c\nd` %{ e\n }% f");
  ASSERT_EQ(tokens.size(), 5u);
  EXPECT_EQ(tokens[1].line, 3u);
  EXPECT_EQ(tokens[1].text, "c\nd");
  EXPECT_EQ(tokens[2].text, " e\n ");
  EXPECT_EQ(tokens[3].line, 5u);
}

TEST(Lexer, ReadsNumbers) {
  const std::vector<Token> tokens = tokens_of("-7 0xffffffffffffffff 0x10 4294967295");
  EXPECT_EQ(tokens[0].number, -7);
  EXPECT_EQ(tokens[1].number, -1);
  EXPECT_EQ(tokens[2].number, 16);
  EXPECT_EQ(tokens[3].number, 4294967295);
  EXPECT_EQ(kinds("99999999999999999999"), "word end");
}

TEST(Lexer, SaysWhereSomethingHasNoEnd) {
  for (const char* text : {"a\n\"b", "\n`b", "\n/* b", "\n%{ b"}) {
    try {
      tokens_of(text);
      FAIL() << text;
    } catch (const Mistake& mistake) {
      EXPECT_EQ(mistake.line(), 2u) << text;
    }
  }
}

}  // namespace
}  // namespace acksu::packetdrill
