// Big-endian loads and stores.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace acksu {
namespace {

TEST(Bytes, LoadsTheMostSignificantByteFirst) {
  const std::array<std::uint8_t, 8> bytes{0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8};
  EXPECT_EQ(load_be16(bytes.data()), 0x8192);
  EXPECT_EQ(load_be32(bytes.data()), 0x8192a3b4);
  EXPECT_EQ(load_be64(bytes.data()), 0x8192a3b4c5d6e7f8);
}

TEST(Bytes, StoresWhatLoadsReadAndNothingBehind) {
  std::array<std::uint8_t, 10> bytes{};
  store_be64(bytes.data() + 1, 0x8192a3b4c5d6e7f8);
  EXPECT_EQ(bytes,
            (std::array<std::uint8_t, 10>{0, 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8, 0}));
  store_be16(bytes.data() + 1, 0x0102);
  store_be32(bytes.data() + 5, 0x0a0b0c0d);
  EXPECT_EQ(load_be64(bytes.data() + 1), 0x0102a3b40a0b0c0d);
}

}  // namespace
}  // namespace acksu
