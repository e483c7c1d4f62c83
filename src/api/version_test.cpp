// The version that programs see is the one of the build: three numbers.
#include "acksu/version.h"

#include <gtest/gtest.h>

#include <regex>

namespace acksu {
namespace {

TEST(Version, IsThreeNumbers) {
  EXPECT_TRUE(std::regex_match(version(), std::regex{R"(\d+\.\d+\.\d+)"})) << version();
}

}  // namespace
}  // namespace acksu
