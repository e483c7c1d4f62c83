// Headers of virtio: what a device would make of them.
#include "os/offload.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

#include "base/checksum.h"
#include "wire/ethernet.h"
#include "wire/tcp.h"

namespace acksu::os {
namespace {

constexpr std::size_t text_bytes = 5000;

struct Sent {
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Frame frame;
  std::size_t tcp_at = 0;

  // A segment with a complete checksum, its text in slices of its own.
  Sent(bool is_v4, bool is_bare, bool is_tagged) {
    std::vector<std::uint8_t> front(is_bare ? 0 : is_tagged ? 18 : 14);
    if (!is_bare) store_be16(front.data() + front.size() - 2, is_v4 ? 0x0800 : 0x86dd);
    if (is_tagged) store_be16(front.data() + 12, 0x8100);
    tcp_at = front.size() + (is_v4 ? 20 : 40);
    front.resize(tcp_at + 32);
    std::uint8_t* const ip = front.data() + tcp_at - (is_v4 ? 20 : 40);
    std::iota(ip, ip + (is_v4 ? 20 : 40), std::uint8_t{3});
    ip[0] = is_v4 ? 0x45 : 0x60;
    ip[is_v4 ? 9 : 6] = 6;
    store_be16(ip + (is_v4 ? 2 : 4), static_cast<std::uint16_t>((is_v4 ? 52 : 32) + text_bytes));
    std::iota(front.begin() + static_cast<long>(tcp_at), front.end(), std::uint8_t{77});
    front[tcp_at + 12] = 0x80;
    store_be16(front.data() + tcp_at + 16, 0);
    std::vector<std::uint8_t> text(text_bytes);
    std::iota(text.begin(), text.end(), std::uint8_t{5});
    const std::size_t addresses = is_v4 ? 8 : 32;
    std::array<std::uint8_t, 8> rest{0, 0, 0, 0, 0, 0, 0, 6};
    store_be32(rest.data(), 32 + text_bytes);
    const Sum sum = sum_of(Bytes{front}.subspan(tcp_at - addresses, addresses)) + sum_of(rest) +
                    sum_of(Bytes{front}.subspan(tcp_at)) + sum_of(text);
    store_be16(front.data() + tcp_at + 16, sum.checksum());
    frame.bytes.append(pool->copy_of(front));
    frame.bytes.append(pool->copy_of(Bytes{text}.first(2000)));
    frame.bytes.append(pool->copy_of(Bytes{text}.subspan(2000)));
    frame.segment_bytes = 1448;
  }
};

std::vector<std::uint8_t> flat(Pieces& pieces) {
  std::vector<std::uint8_t> all;
  for (std::size_t i = 0; i < pieces.count(); ++i) {
    const auto* from = static_cast<const std::uint8_t*>(pieces.data()[i].iov_base);
    all.insert(all.end(), from, from + pieces.data()[i].iov_len);
  }
  return all;
}

std::uint16_t native(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  std::uint16_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void expect_completed(bool is_v4, bool is_bare, bool is_tagged) {
  Sent sent{is_v4, is_bare, is_tagged};
  const std::vector<std::uint8_t> before = sent.frame.bytes.flatten();
  OutgoingOffload offload;
  Pieces pieces;
  ASSERT_TRUE(offload.describe(sent.frame, is_bare, pieces));
  std::vector<std::uint8_t> out = flat(pieces);
  EXPECT_EQ(out[0], 1);  // a checksum to be completed
  EXPECT_EQ(out[1], is_v4 ? 1 : 4);
  EXPECT_EQ(native(out, 2), sent.tcp_at + 32);
  EXPECT_EQ(native(out, 4), 1448u);
  EXPECT_EQ(native(out, 6), sent.tcp_at);
  EXPECT_EQ(native(out, 8), 16u);
  // What a device does that does not split: it sums from there on, over what it finds in the field.
  std::vector<std::uint8_t> frame(out.begin() + offload_header_bytes, out.end());
  store_be16(frame.data() + sent.tcp_at + 16, sum_of(Bytes{frame}.subspan(sent.tcp_at)).checksum());
  EXPECT_EQ(frame, before);
  EXPECT_EQ(sent.frame.bytes.flatten(), before) << "others may see the frame";
}

TEST(Offload, LeavesASegmentOfEachKindToTheDevice) {
  expect_completed(true, false, false);
  expect_completed(false, false, false);
  expect_completed(true, true, false);
  expect_completed(false, true, false);
  expect_completed(true, false, true);
}

TEST(Offload, KnowsAChecksumThatIsLeftToADevice) {
  for (const bool is_v4 : {true, false}) {
    Sent sent{is_v4, false, false};
    OutgoingOffload offload;
    Pieces pieces;
    ASSERT_TRUE(offload.describe(sent.frame, false, pieces));
    const std::vector<std::uint8_t> out = flat(pieces);
    const Bytes frame = Bytes{out}.subspan(offload_header_bytes);
    EXPECT_TRUE(has_partial_checksum(frame));
    EXPECT_FALSE(has_partial_checksum(sent.frame.bytes.flatten())) << "it is complete";
    for (std::size_t length = 0; length < frame.size(); length += 7) {
      EXPECT_FALSE(has_partial_checksum(frame.first(length))) << length;
    }
  }
}

TEST(Offload, SendsOtherFramesAsTheyAre) {
  Sent sent{true, false, false};
  sent.frame.segment_bytes = 0;
  OutgoingOffload offload;
  Pieces pieces;
  ASSERT_TRUE(offload.describe(sent.frame, false, pieces));
  const std::vector<std::uint8_t> out = flat(pieces);
  EXPECT_EQ(std::vector<std::uint8_t>(out.begin() + 10, out.end()), sent.frame.bytes.flatten());
  EXPECT_EQ(std::vector<std::uint8_t>(out.begin(), out.begin() + 10),
            std::vector<std::uint8_t>(10, 0));
}

TEST(Offload, SplitsNothingButTcp) {
  Sent sent{true, false, false};
  std::vector<std::uint8_t> bytes = sent.frame.bytes.flatten();
  bytes[14 + 9] = 17;
  Frame frame{.bytes = BufferChain{sent.pool->copy_of(bytes)}, .segment_bytes = 1448};
  OutgoingOffload offload;
  Pieces pieces;
  EXPECT_FALSE(offload.describe(frame, false, pieces));
  frame.bytes = BufferChain{sent.pool->copy_of(Bytes{bytes}.first(40))};
  EXPECT_FALSE(offload.describe(frame, false, pieces));
}

TEST(Offload, TellsWhatNeedsNoChecksum) {
  const auto verified = [](std::uint8_t flags) {
    const std::array<std::uint8_t, offload_header_bytes> header{flags};
    Frame frame;
    take_offload(header, frame);
    EXPECT_EQ(frame.segment_bytes, 0u);
    return frame.is_checksum_verified;
  };
  EXPECT_FALSE(verified(0));
  EXPECT_TRUE(verified(1)) << "it has not left this machine";
  EXPECT_TRUE(verified(2)) << "a device has looked";
}

}  // namespace
}  // namespace acksu::os
