// The options of TCP headers, exhaustively (a zero or short length has looped or over-read many
// stacks): against a plain model, with exact ends of memory.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <memory>

#include "wire/tcp.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::are_equal;
using test::model_of_options;
using test::OptionModel;

using HeaderBytes = std::array<std::uint8_t, largest_tcp_header>;

HeaderBytes header_of(unsigned data_offset, std::uint8_t fill) {
  HeaderBytes header;
  header.fill(fill);
  store_be32(&header[0], 0xc000'0050);
  header[12] = static_cast<std::uint8_t>(data_offset << 4);
  header[13] = Flags::ack;
  return header;
}

// True if the parser says what the model says about the first `size` bytes.
testing::AssertionResult is_read_as_modelled(Bytes packet) {
  Segment segment;
  std::uint32_t header_bytes = 0;
  const Drop drop = read_tcp_header(packet, segment, header_bytes);
  if (packet.size() < tcp_header_size) {
    if (drop == Drop::tcp_truncated) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not truncated";
  }
  const std::size_t data_offset = (packet[12] >> 4) * 4u;
  if (data_offset < tcp_header_size || data_offset > packet.size()) {
    if (drop == Drop::tcp_bad_data_offset) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not a bad data offset";
  }
  const OptionModel model =
      model_of_options(packet.data() + tcp_header_size, data_offset - tcp_header_size);
  if (drop != (model.is_legal ? Drop::none : Drop::tcp_malformed_option))
    return testing::AssertionFailure() << name(drop);
  if (model.is_legal && !are_equal(segment.options, model.options))
    return testing::AssertionFailure() << "other options";
  return testing::AssertionSuccess();
}

// SECURITY A1: 256 kinds, 256 lengths, 40 places.
// RFC 9293 MUST-4, MUST-64, MUST-7.
TEST(TcpOptions, EveryKindAndLengthAtEveryOffset) {
  for (const std::uint8_t behind : std::array<std::uint8_t, 3>{0x00, 0x01, 0xff}) {
    // On the heap, so that a sanitizer sees a read past the end.
    const auto header = std::make_unique<HeaderBytes>(header_of(15, behind));
    for (std::size_t offset = tcp_header_size; offset < largest_tcp_header; ++offset) {
      for (unsigned kind = 0; kind < 256; ++kind) {
        (*header)[offset] = static_cast<std::uint8_t>(kind);
        for (unsigned length = 0; length < 256; ++length) {
          if (offset + 1 < header->size())
            (*header)[offset + 1] = static_cast<std::uint8_t>(length);
          ASSERT_TRUE(is_read_as_modelled(*header)) << offset << " " << kind << " " << length;
        }
      }
      if (offset + 1 < header->size()) (*header)[offset + 1] = behind;
      (*header)[offset] = 1;  // what stands before the next offset is no operation
    }
  }
}

// SECURITY A1, A2: headers of every length, cut everywhere.
TEST(TcpOptions, EveryDataOffsetAndTruncation) {
  for (unsigned data_offset = 0; data_offset < 16; ++data_offset) {
    for (std::size_t size = 0; size <= largest_tcp_header; ++size) {
      const auto exact = std::make_unique<std::uint8_t[]>(size);
      for (unsigned kind = 0; kind < 10; ++kind) {
        for (unsigned length = 0; length < 64; ++length) {
          HeaderBytes header = header_of(data_offset, 1);
          header[tcp_header_size] = static_cast<std::uint8_t>(kind);
          header[tcp_header_size + 1] = static_cast<std::uint8_t>(length);
          std::copy_n(header.begin(), size, exact.get());
          ASSERT_TRUE(is_read_as_modelled({exact.get(), size}))
              << data_offset << " " << size << " " << kind << " " << length;
        }
      }
    }
  }
}

TEST(TcpOptions, RandomMixturesAreReadAsModelled) {
  EXPECT_TRUE(rc::check([] {
    const auto data_offset = *rc::gen::inRange(5u, 16u);
    HeaderBytes header = header_of(data_offset, 0);
    // Small numbers make kinds and lengths that mean something.
    const auto options = *rc::gen::container<std::vector<std::uint8_t>>(
        40, rc::gen::weightedOneOf<std::uint8_t>(
                {{8, rc::gen::element<std::uint8_t>(0, 1, 2, 3, 4, 5, 8, 10, 18)},
                 {1, rc::gen::arbitrary<std::uint8_t>()}}));
    std::copy(options.begin(), options.end(), header.begin() + tcp_header_size);
    RC_ASSERT(static_cast<bool>(is_read_as_modelled(Bytes(header).first(data_offset * 4))));
  }));
}

SegmentOptions options_read_from(const char* options) {
  auto packet = test::hex("c0000050 00000000 00000000 50100000 00000000");
  const auto bytes = test::hex(options);
  packet[12] = static_cast<std::uint8_t>((20 + bytes.size()) / 4 << 4);
  packet = test::operator+(packet, bytes);
  Segment segment;
  std::uint32_t header_bytes = 0;
  EXPECT_EQ(read_tcp_header(packet, segment, header_bytes), Drop::none) << options;
  EXPECT_EQ(header_bytes, packet.size());
  return segment.options;
}

// RFC 7323 2.3
// RFC 7323 2.3 (c).
TEST(TcpOptions, WindowScaleAbove14IsUsedAs14) {
  EXPECT_EQ(options_read_from("03030e01").window_scale, 14);
  EXPECT_EQ(options_read_from("03030f01").window_scale, 14);
  EXPECT_EQ(options_read_from("0303ff01").window_scale, 14);
  EXPECT_EQ(options_read_from("03030001").window_scale, 0);
}

// RFC 9293 MUST-6
TEST(TcpOptions, KnownKindOfUnknownLengthIsIgnored) {
  EXPECT_EQ(options_read_from("0203ff01").mss, 0);
  EXPECT_EQ(options_read_from("0206ffffffff0101").mss, 0);
  EXPECT_EQ(options_read_from("03020101").window_scale, SegmentOptions::no_window_scale);
  EXPECT_FALSE(options_read_from("04030001").sack_permitted);
  EXPECT_EQ(options_read_from("05020101").sack.size(), 0);
  EXPECT_EQ(options_read_from("050901020304050607010101").sack.size(), 0);
  EXPECT_FALSE(options_read_from("0808000000010000").has_timestamps);
  // What stands behind it still counts.
  EXPECT_EQ(options_read_from("0203ff 020405b4 01").mss, 1460);
}

TEST(TcpOptions, TheLastOfTwoCounts) {
  EXPECT_EQ(options_read_from("020405b4 02040218").mss, 536);
  // Also behind the layout that is read at once.
  const SegmentOptions options =
      options_read_from("0101080a 00000001 00000002 0101080a 00000003 00000004");
  EXPECT_EQ(options.timestamps, (Timestamps{3, 4}));
}

TEST(TcpOptions, BehindAlignedTimestampsOptionsAreStillJudged) {
  auto packet =
      test::hex("c0000050 00000000 00000000 90100000 00000000 0101080a 00000001 00000002 05010000");
  Segment segment;
  std::uint32_t header_bytes = 0;
  EXPECT_EQ(read_tcp_header(packet, segment, header_bytes), Drop::tcp_malformed_option);
}

}  // namespace
}  // namespace acksu::wire
