// Writes for each test which mutants it reaches, and which cannot be, to the file that
// ACKSU_MUTANT_TRACE names: a line `SUITE.NAME MILLISECONDS NUMBER...`, the last line `- 0
// NUMBER...`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "mutation/schemata.h"

namespace {

using acksu_mutation::impossible;
using acksu_mutation::most;
using acksu_mutation::reached;

class Tracer : public testing::EmptyTestEventListener {
 public:
  explicit Tracer(const char* path) : file_(std::fopen(path, "w")) {}
  ~Tracer() override { std::fclose(file_); }

  void OnTestStart(const testing::TestInfo& /*test*/) override {
    std::fill(std::begin(reached), std::end(reached), false);
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    std::fprintf(file_, "%s.%s %lld", test.test_suite_name(), test.name(),
                 static_cast<long long>(test.result()->elapsed_time()));
    write(reached);
  }
  void OnTestProgramEnd(const testing::UnitTest& /*all*/) override {
    std::fprintf(file_, "- 0");
    write(impossible);
  }

 private:
  void write(const bool (&numbers)[most]) {
    for (unsigned i = 0; i < most; ++i) {
      if (numbers[i]) std::fprintf(file_, " %u", i);
    }
    std::fprintf(file_, "\n");
  }

  std::FILE* file_;
};

// Before main: GoogleTest takes listeners at any time.
[[maybe_unused]] const bool is_listening = [] {
  if (const char* path = std::getenv("ACKSU_MUTANT_TRACE"))
    testing::UnitTest::GetInstance()->listeners().Append(new Tracer(path));
  return true;
}();

}  // namespace
