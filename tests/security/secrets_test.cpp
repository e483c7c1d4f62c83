// Secrets of a host: where they come from, and where they never go.
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "api/capture.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

std::string octets_of(std::uint64_t word, bool is_big_endian) {
  std::string octets;
  for (unsigned i = 0; i < 8; ++i)
    octets += static_cast<char>(word >> (is_big_endian ? 56 - 8 * i : 8 * i));
  return octets;
}

std::string hex_of(const std::string& octets) {
  std::string hex;
  for (const char octet : octets) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(octet));
    hex += digits;
  }
  return hex;
}

// SECURITY I4: what is captured and traced of a connection holds no secret, in
// no spelling.
TEST(Secrets, StandInNoCaptureAndNoTrace) {
  constexpr std::uint64_t words[] = {0x1c3a'5e79'9b2d'4f68, 0xd7b6'95f4'73a2'51c0,
                                     0x8f1e'6d2c'4b5a'3978};
  Pair pair;
  pair.b = Host(Pair::settings(2), {{words[0], words[1]}, words[2]}, pair.pool);
  const std::filesystem::path top = testing::TempDir();
  const std::string paths[] = {top / "acksu-secrets.pcapng", top / "acksu-secrets.json"};
  Capture capture{"b", "10.0.0.2/24"};
  ASSERT_TRUE(capture.write_pcapng(paths[0]) && capture.write_json(paths[1]));
  pair.b.observe(capture.observer());
  const auto [at_a, at_b] = pair.establish();
  ASSERT_TRUE(pair.b.write(at_b, bytes_of("hello"), pair.now));
  pair.pass(1s);
  pair.a.close(at_a, pair.now);
  pair.b.close(at_b, pair.now);
  pair.pass(2min);
  ASSERT_TRUE(capture.finish());
  for (const std::string& path : paths) {
    std::ifstream file{path, std::ios::binary};
    const std::string text = (std::ostringstream{} << file.rdbuf()).str();
    EXPECT_GT(text.size(), 1000u);
    for (const std::uint64_t word : words) {
      for (const bool is_big_endian : {false, true}) {
        const std::string octets = octets_of(word, is_big_endian);
        EXPECT_EQ(text.find(octets), std::string::npos) << path;
        EXPECT_EQ(text.find(hex_of(octets)), std::string::npos) << path;
      }
      EXPECT_EQ(text.find(std::to_string(word)), std::string::npos) << path;
    }
    std::filesystem::remove(path);
  }
}

// SECURITY I5: nobody makes a host without saying what its secrets are.
TEST(Secrets, AHostHasNoneByDefault) {
  static_assert(!std::is_default_constructible_v<Host>);
  static_assert(!std::is_constructible_v<Host, HostSettings, std::shared_ptr<BufferPool>>);
  static_assert(
      std::is_constructible_v<Host, HostSettings, HostSecrets, std::shared_ptr<BufferPool>>);
  // Two hosts with other secrets begin with other numbers.
  Pair pair;
  std::vector<Seq> first;
  for (const std::uint64_t key : {1ull, 2ull}) {
    pair.a = Host(Pair::settings(1), {{key, 7}, 3}, pair.pool);
    const Handle handle = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
    first.push_back(pair.a.info(handle)->snd.iss);
  }
  EXPECT_NE(first[0], first[1]);
}

}  // namespace
}  // namespace acksu
