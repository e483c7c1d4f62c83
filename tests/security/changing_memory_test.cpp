// Memory that another process changes while it is read: what is judged must be what is used, so
// everything is copied once, and only the copy is looked at.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "base/checksum.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

// Shared with a child that never stops changing it.
class ChangingMemory {
 public:
  static constexpr std::size_t bytes = 32 * 1024;

  ChangingMemory()
      : shared_(static_cast<std::uint8_t*>(
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~ChangingMemory() {
    stop();
    munmap(shared_, bytes);
  }
  std::uint8_t* data() { return shared_; }
  void start() {
    child_ = fork();
    if (child_ != 0) return;
    auto* const words = reinterpret_cast<volatile std::uint64_t*>(shared_);
    for (std::uint64_t value = 1;; ++value) words[value * 7 % (bytes / 8)] = value * 0x9e37'79b9;
  }
  void stop() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  std::uint8_t* shared_;
  pid_t child_ = 0;
};

// SECURITY I3: the sum is taken of the very bytes that are copied, in one reading of them.
TEST(ChangingMemory, IsSummedAsItIsCopied) {
  ChangingMemory memory;
  memory.start();
  std::vector<std::uint8_t> copy(ChangingMemory::bytes);
  std::size_t changed = 0;
  for (int i = 0; i < 3'000 || (changed < 100 && i < 30'000); ++i) {
    const std::size_t from = static_cast<std::size_t>(i) % 64;
    const std::size_t count = ChangingMemory::bytes - from - static_cast<std::size_t>(i) % 50;
    const Sum sum = copy_and_sum(copy.data(), {memory.data() + from, count});
    ASSERT_EQ(sum.checksum(), sum_of(Bytes{copy}.first(count)).checksum()) << i;
    changed += std::memcmp(copy.data(), memory.data() + from, count) != 0 ? 1 : 0;
  }
  EXPECT_GT(changed, 0u) << "or nothing was tried";
}

// SECURITY I3: an application's buffer that changes during a write gives text that is whole: no
// segment has a checksum of other bytes.
TEST(ChangingMemory, OfAnApplicationGivesGoodSegments) {
  ChangingMemory memory;
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle writer = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  const Handle reader = *pair.b.accept(listener, pair.now);
  memory.start();
  std::uint64_t written = 0, read = 0;
  std::vector<std::uint8_t> text(65'536);
  for (int i = 0; i < 300; ++i) {
    const auto count = pair.a.write(writer, {memory.data(), ChangingMemory::bytes}, pair.now);
    if (count) written += *count;
    pair.pass(1ms);
    while (const auto got = pair.b.read(reader, text, pair.now)) read += *got;
  }
  EXPECT_GT(written, 1'000'000u);
  EXPECT_EQ(read, written);
  EXPECT_EQ(pair.b.counters().drops[Drop::tcp_bad_checksum], 0u);
}

// SECURITY I3: frames in a ring that somebody writes again too early: what was copied is judged,
// and the text that is read is the text that was judged.
TEST(ChangingMemory, OfARingIsCopiedBeforeItIsJudged) {
  ChangingMemory memory;
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle writer = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  const Handle reader = *pair.b.accept(listener, pair.now);
  std::vector<std::uint8_t> text(4096, 'x');
  std::uint64_t read = 0, dropped = 0;
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(pair.a.write(writer, Bytes{text}.first(1000), pair.now));
    std::vector<Frame> frames;
    pair.a.emit(0, frames, 100, pair.now);
    for (const Frame& frame : frames) {
      const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
      std::memcpy(memory.data(), bytes.data(), bytes.size());
      if (i % 4 == 0) memory.start();
      Frame copy;
      copy.bytes.append(pair.pool->copy_of({memory.data(), bytes.size()}));
      memory.stop();
      const std::vector<std::uint8_t> judged = copy.bytes.flatten();
      const Drop drop = drop_of(pair.b, std::move(copy), pair.now);
      ASSERT_TRUE(drop == Drop::none || judged != bytes) << name(drop);
      dropped += drop == Drop::none ? 0 : 1;
    }
    while (const auto got = pair.b.read(reader, text, pair.now)) {
      read += *got;
      for (std::uint32_t k = 0; k < *got; ++k) ASSERT_EQ(text[k], 'x') << "a bad text was taken";
    }
    std::fill(text.begin(), text.end(), 'x');
    pair.pass(1ms);
  }
  pair.pass(10s);
  while (const auto got = pair.b.read(reader, text, pair.now)) read += *got;
  EXPECT_EQ(read, 400'000u) << dropped << " frames were dropped";
}

}  // namespace
}  // namespace acksu
