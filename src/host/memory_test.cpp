// A host whose budget of memory is used up: writers wait, text that arrives is dropped and counted,
// and all of it arrives in the end.
#include <gtest/gtest.h>

#include "host/host.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

HostSettings poor(std::uint8_t number, std::uint64_t bytes) {
  HostSettings settings = Pair::settings(number);
  settings.max_memory_bytes = bytes;
  return settings;
}

std::string text_of(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(Memory, OfAWriterIsItsLimit) {
  Pair pair{poor(1, 8 * 1024)};
  const Pair::Ends ends = pair.establish();
  pair.passes = [](const Frame&, bool) { return false; };  // nothing is acknowledged
  const std::string text = text_of(100'000);
  std::size_t written = 0;
  Error error = Error::none;
  while (error == Error::none) {
    const auto count = pair.a.write(ends.at_a, bytes_of(text).subspan(written), pair.now);
    if (count) {
      written += *count;
    } else {
      error = count.error();
    }
    ASSERT_LE(pair.a.holdings().text_bytes, 8u * 1024);
  }
  EXPECT_EQ(error, Error::out_of_memory)
      << "the buffer of the connection has room: the host has not";
  EXPECT_GT(written, 0u);

  pair.passes = [](const Frame&, bool) { return true; };
  std::string read;
  for (int i = 0; i < 1000 && read.size() < text.size(); ++i) {
    pair.pass(300ms);
    read += pair.read(pair.b, ends.at_b);
    if (written == text.size()) continue;
    const auto count = pair.a.write(ends.at_a, bytes_of(text).subspan(written), pair.now);
    if (count) written += *count;
  }
  EXPECT_EQ(read, text);
}

// Two who write all that they may keep room for what the other writes: or each would drop the
// other's text, and with it wait for an ACK that nobody sends.
TEST(Memory, WritersLeaveRoomForWhatArrives) {
  for (const std::uint64_t bytes : {8'192u, 16'000u, 60'000u}) {
    Pair pair{poor(1, bytes), poor(2, bytes)};
    const Pair::Ends ends = pair.establish();
    const std::string text = text_of(90'000);
    std::size_t from_a = 0, from_b = 0;
    const auto write_all = [&](Host& host, Handle socket, std::size_t& written) {
      while (written < text.size()) {
        const auto count = host.write(socket, bytes_of(text).subspan(written), pair.now);
        if (!count) return;
        written += *count;
      }
    };
    std::string at_a, at_b;
    for (int i = 0; i < 2'000 && at_a.size() + at_b.size() < 2 * text.size(); ++i) {
      write_all(pair.a, ends.at_a, from_a);
      write_all(pair.b, ends.at_b, from_b);
      pair.pass(300ms);
      at_a += pair.read(pair.a, ends.at_a);
      at_b += pair.read(pair.b, ends.at_b);
    }
    EXPECT_EQ(at_a.size(), text.size()) << bytes;
    EXPECT_EQ(at_b.size(), text.size()) << bytes;
    EXPECT_TRUE(at_a == text && at_b == text) << bytes;
  }
}

TEST(Memory, OfAReaderHoldsBackItsPeer) {
  Pair pair{Pair::settings(1), poor(2, 8 * 1024)};
  const Pair::Ends ends = pair.establish();
  const std::string text = text_of(60'000);
  ASSERT_EQ(*pair.a.write(ends.at_a, bytes_of(text), pair.now), text.size());
  pair.settle();
  EXPECT_LE(pair.b.holdings().text_bytes, 8u * 1024);
  EXPECT_GT(pair.b.counters().drops[Drop::tcp_memory_full], 0u);
  std::string read;
  for (int i = 0; i < 1000 && read.size() < text.size(); ++i) {
    read += pair.read(pair.b, ends.at_b);
    pair.pass(300ms);
    ASSERT_LE(pair.b.holdings().text_bytes, 8u * 1024);
  }
  EXPECT_EQ(read, text) << "what was dropped was sent again";
}

}  // namespace
}  // namespace acksu
