// story: what `acksu simulate` says of random worlds, by a program of the core alone, which
// compilers build in a fraction of the time: a digest of all frames of many seeds, or the capture
// of one.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/digest.h"
#include "sim/random_world.h"
#include "sim/recorder.h"

namespace acksu {
namespace {

using sim::RandomWorld;

// The line of `acksu simulate --seeds FROM:TO --digest`.
int print_digest(std::uint64_t from, std::uint64_t to) {
  Digest all;
  for (std::uint64_t seed = from; seed < to; ++seed) {
    RandomWorld world{seed};
    sim::FrameDigest digest;
    world.world().watch(&digest);
    if (!world.run()) return 1;
    all.add(digest.value());
  }
  std::printf("%016" PRIx64 "\n", all.value());
  return 0;
}

// The file of `acksu simulate SEED --pcap -`.
int print_capture(std::uint64_t seed) {
  RandomWorld world{seed};
  sim::Capture capture{world.world()};
  world.world().watch(&capture);
  if (!world.run()) return 1;
  const auto& bytes = capture.bytes();
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}

}  // namespace
}  // namespace acksu

int main(int count, char** words) {
  if (count == 4 && std::strcmp(words[1], "digest") == 0) {
    return acksu::print_digest(std::strtoull(words[2], nullptr, 10),
                               std::strtoull(words[3], nullptr, 10));
  }
  if (count == 3 && std::strcmp(words[1], "capture") == 0) {
    return acksu::print_capture(std::strtoull(words[2], nullptr, 10));
  }
  std::fputs("usage: story digest FROM TO | story capture SEED\n", stderr);
  return 2;
}
