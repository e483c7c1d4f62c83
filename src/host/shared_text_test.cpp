// Text that applications and host share instead of copying it: all of it arrives, is accounted for,
// and is written by nobody.
#include <gtest/gtest.h>

#include "host/pair_test.h"

namespace acksu {
namespace {

std::string pattern_text(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

std::string text_of_views(const BufferChain& views) {
  const std::vector<std::uint8_t> bytes = views.flatten();
  return {bytes.begin(), bytes.end()};
}

std::string read_views(Pair& pair, Handle at_b, std::uint32_t most = 1 << 20) {
  std::string text;
  while (true) {
    const Result<BufferChain> views = pair.b.read_shared(at_b, most, pair.now);
    if (!views || views->is_empty()) return text;
    text += text_of_views(*views);
  }
}

void close_both(Pair& pair, const Pair::Ends& ends) {
  pair.a.close(ends.at_a, pair.now);
  pair.b.close(ends.at_b, pair.now);
  pair.pass(5min);
  pair.expect_nothing_held();
}

TEST(SharedText, ArrivesWithoutACopy) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  {
    const std::string text = pattern_text(10'000);
    const Slice block = pair.pool->copy_of(bytes_of(text));
    ASSERT_EQ(*pair.a.write_shared(ends.at_a, block, pair.now), text.size());
    EXPECT_EQ(pair.a.holdings().text_bytes, block.pinned_bytes());
    pair.settle();
    EXPECT_EQ(pair.a.holdings().text_bytes, 0u) << "all is acknowledged";
    const BufferChain views = *pair.b.read_shared(ends.at_b, 100'000, pair.now);
    EXPECT_EQ(text_of_views(views), text);
    EXPECT_EQ(views[0].bytes().data(), block.bytes().data());
    EXPECT_EQ(pair.b.holdings().text_bytes, 0u);
    EXPECT_EQ(pair.b.read_shared(ends.at_b, 1, pair.now).error(), Error::would_block);
  }
  pair.heard.clear();
  close_both(pair, ends);
}

// Retransmission, splits and sums are the same as of copied text.
TEST(SharedText, ArrivesOverAWireThatLoses) {
  for (const std::uint32_t most_split : {0u, 60'000u}) {
    HostSettings settings = Pair::settings(1);
    settings.links[0].max_split_bytes = most_split;
    Pair pair{settings};
    const Pair::Ends ends = pair.establish();
    int frames = 0;
    pair.passes = [&](const Frame&, bool is_from_a) { return !is_from_a || ++frames % 5 != 0; };
    const std::string text = pattern_text(200'000);
    std::string read;
    {
      const Slice block = pair.pool->copy_of(bytes_of(text));
      std::uint32_t written = 0;
      for (int i = 0; i < 2'000 && read.size() < text.size(); ++i) {
        const std::uint32_t left = block.size() - written;
        const Slice part = block.part(written, std::min(left, 33'333u));
        if (const auto count = pair.a.write_shared(ends.at_a, part, pair.now)) written += *count;
        pair.pass(50ms);
        read += read_views(pair, ends.at_b, 777);
      }
    }
    EXPECT_TRUE(read == text) << read.size();
    EXPECT_GT(pair.a.counters().tcp.retransmitted_segments, 0u);
    pair.passes = [](const Frame&, bool) { return true; };
    pair.heard.clear();
    close_both(pair, ends);
  }
}

TEST(SharedText, WaitsForARoomAndAWindow) {
  HostSettings settings = Pair::settings(2);
  settings.tcp.receive_buffer = 5'000;
  Pair pair{Pair::settings(1), settings};
  const Pair::Ends ends = pair.establish();
  pair.a.set_options(ends.at_a, {.send_buffer_bytes = 8'000}, pair.now);
  const std::string text = pattern_text(20'000);
  std::string read;
  {
    const Slice block = pair.pool->copy_of(bytes_of(text));
    ASSERT_EQ(*pair.a.write_shared(ends.at_a, block, pair.now), 8'000u);
    EXPECT_EQ(pair.a.write_shared(ends.at_a, block.part(8'000, 100), pair.now).error(),
              Error::would_block);
    std::uint32_t written = 8'000;
    for (int i = 0; i < 100 && read.size() < text.size(); ++i) {
      pair.pass(500ms);
      read += read_views(pair, ends.at_b, 600);
      const auto count =
          pair.a.write_shared(ends.at_a, block.part(written, 20'000 - written), pair.now);
      if (count) written += *count;
    }
  }
  EXPECT_TRUE(read == text) << "a view that opens the window says so, as a copy does";
  pair.heard.clear();
  close_both(pair, ends);
}

TEST(SharedText, OfBothKindsOneBehindTheOther) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  const std::string text = pattern_text(9'000);
  ASSERT_EQ(*pair.a.write(ends.at_a, bytes_of(text).first(1'001), pair.now), 1'001u);
  {
    const Slice block = pair.pool->copy_of(bytes_of(text));
    ASSERT_EQ(*pair.a.write_shared(ends.at_a, block.part(1'001, 3'999), pair.now), 3'999u);
    ASSERT_EQ(*pair.a.write(ends.at_a, bytes_of(text).subspan(5'000, 1'003), pair.now), 1'003u);
    ASSERT_EQ(*pair.a.write_shared(ends.at_a, block.part(6'003, 2'997), pair.now), 2'997u);
  }
  EXPECT_EQ(pair.a.mark_urgent(ends.at_a, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.info(ends.at_b)->rcv.urgent_bytes, 9'000u);
  std::string read = text_of_views(*pair.b.read_shared(ends.at_b, 2'000, pair.now));
  EXPECT_EQ(pair.b.info(ends.at_b)->rcv.urgent_bytes, 7'000u);
  read += pair.read(pair.b, ends.at_b, 1'500);
  EXPECT_TRUE(read == text);
  pair.heard.clear();
  close_both(pair, ends);
}

TEST(SharedText, OfAHostWithLittleMemoryIsCopied) {
  HostSettings poor = Pair::settings(1), poor_too = Pair::settings(2);
  poor.max_memory_bytes = poor_too.max_memory_bytes = 16'000;
  Pair pair{poor, poor_too};
  const Pair::Ends ends = pair.establish();
  const std::string text = pattern_text(60'000);
  std::string read;
  {
    const Slice block = pair.pool->copy_of(bytes_of(text));
    std::uint32_t written = 0;
    for (int i = 0; i < 1'000 && read.size() < text.size(); ++i) {
      const Slice part = block.part(written, block.size() - written);
      if (const auto count = pair.a.write_shared(ends.at_a, part, pair.now)) written += *count;
      ASSERT_LE(pair.a.holdings().text_bytes, 16'000u);
      pair.pass(50ms);
      read += read_views(pair, ends.at_b);
    }
  }
  EXPECT_TRUE(read == text);
  pair.heard.clear();
  close_both(pair, ends);
}

TEST(SharedText, ErrorsAreThoseOfTheOtherCalls) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  BufferPool of_somebody_else;
  const Slice foreign = of_somebody_else.allocate(10);
  EXPECT_EQ(pair.a.write_shared(ends.at_a, foreign, pair.now).error(), Error::invalid_argument);
  EXPECT_EQ(*pair.a.write_shared(ends.at_a, {}, pair.now), 0u);
  EXPECT_EQ(pair.a.write_shared({}, {}, pair.now).error(), Error::bad_handle);
  EXPECT_EQ(pair.a.read_shared({}, 1, pair.now).error(), Error::bad_handle);
  {
    const Slice text = pair.a.pool()->copy_of(bytes_of("the end"));
    EXPECT_EQ(*pair.a.write_shared(ends.at_a, text, pair.now), 7u);
    pair.a.shutdown_write(ends.at_a, pair.now);
    EXPECT_EQ(pair.a.write_shared(ends.at_a, text, pair.now).error(), Error::is_shut_down);
  }
  pair.settle();
  EXPECT_EQ(read_views(pair, ends.at_b), "the end");
  EXPECT_TRUE(pair.b.read_shared(ends.at_b, 100, pair.now)->is_empty()) << "the peer's end";
  pair.b.abort(ends.at_b, pair.now);
  pair.settle();
  EXPECT_EQ(pair.a.read_shared(ends.at_a, 100, pair.now).error(), Error::connection_reset);
  pair.a.close(ends.at_a, pair.now);
  pair.expect_nothing_held();
}

}  // namespace
}  // namespace acksu
