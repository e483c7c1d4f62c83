// Python of scripts: what holds, what does not, and what is not read.
#include "packetdrill/assertion.h"

#include <gtest/gtest.h>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

std::optional<std::int64_t> names(const std::string& name) {
  if (name == "tcpi_snd_cwnd") return 10;
  if (name == "TCP_CA_Open") return 0;
  return std::nullopt;
}

std::string run(std::string_view code) { return Assertions{}.run(code, 1, names); }

std::string mistake_in(std::string_view code) {
  try {
    run(code);
  } catch (const Mistake& mistake) {
    return std::to_string(mistake.line()) + ": " + mistake.what();
  }
  return "";
}

TEST(Assertion, HoldsOrSaysWhatItSaw) {
  EXPECT_EQ(run(" assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd "), "");
  EXPECT_EQ(run("assert tcpi_snd_cwnd == 9, tcpi_snd_cwnd"), "assert tcpi_snd_cwnd == 9: 10");
  EXPECT_EQ(run("assert tcpi_snd_cwnd < 9"), "assert tcpi_snd_cwnd < 9");
  EXPECT_EQ(run("assert 0, 'cwnd=%d of %d' % (tcpi_snd_cwnd, 20)"), "assert 0: cwnd=10 of 20");
}

TEST(Assertion, ReadsExpressionsAsPythonDoes) {
  for (const char* const code :
       {"assert 5 <= tcpi_snd_cwnd <= 20", "assert not 5 <= 20 <= 10", "assert 2 + 3 * 4 == 14",
        "assert (2 + 3) * 4 == 20", "assert -7 // 2 == -4 and -7 % 2 == 1",
        "assert 7 & 3 | 8 == 11", "assert (0x20 & 0x60) != 0", "assert 1 << 4 == 16 and ~0 == -1",
        "assert min(3, 2) == 2", "assert True and not False or None", "assert 0 or 'text'",
        "assert (1, 2) == (1, 2)"}) {
    EXPECT_EQ(run(code), "") << code;
  }
  EXPECT_NE(run("assert 7 & 3 == 8"), "");
}

TEST(Assertion, KeepsWhatIsAssignedForLaterBlocks) {
  Assertions assertions;
  EXPECT_EQ(assertions.run("cwnd = 5; n = 1 # a comment", 1, names), "");
  EXPECT_EQ(assertions.run("print(cwnd); cwnd += 5\nassert cwnd == tcpi_snd_cwnd", 1, names), "");
  EXPECT_EQ(assertions.printed(), "5 \n");
}

TEST(Assertion, GoesOnBehindABackslashAndInBrackets) {
  EXPECT_EQ(run("assert 1 + \\\n 1 == 2; assert (1 +\n 1) == 2"), "");
}

TEST(Assertion, NamesWhatItDoesNotRead) {
  EXPECT_EQ(mistake_in("assert unknown"), "1: code: nothing is called 'unknown'");
  EXPECT_EQ(mistake_in("\nimport os"), "2: code: nothing is called 'import'");
  EXPECT_EQ(mistake_in("assert 1 1"), "1: code: the end of a statement expected, not '1'");
  EXPECT_EQ(mistake_in("assert 1.5"), "1: code: the end of a statement expected, not '.'");
  EXPECT_EQ(mistake_in("assert 1 // 0"), "1: code: division by zero");
  EXPECT_EQ(mistake_in("assert open(1)"), "1: code: this reads no 'open()'");
  EXPECT_EQ(mistake_in("assert " + std::string(200, '(')),
            "1: code: something less deep expected, not '('");
}

}  // namespace
}  // namespace acksu::packetdrill
