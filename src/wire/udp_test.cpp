// UDP datagrams: exact bytes, lengths, checksums.
#include "wire/udp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::chain;
using test::hex;
using test::pseudo;

const char* const datagram_bytes = "14e90035 000b1255 616263";

TEST(Udp, ExactBytes) {
  BufferPool pool;
  UdpDatagram datagram;
  ASSERT_EQ(read_udp(chain(pool, hex(datagram_bytes)), pseudo, false, datagram), Drop::none);
  EXPECT_EQ(datagram.source_port, 5353);
  EXPECT_EQ(datagram.destination_port, 53);
  EXPECT_EQ(datagram.text.flatten(), test::bytes_of("abc"));
  EXPECT_EQ(datagram.text_sum, sum_of(test::bytes_of("abc")));

  for (const bool has_sum : {true, false}) {
    if (!has_sum) datagram.text_sum.reset();
    std::array<std::uint8_t, UdpDatagram::header_size> room{};
    EXPECT_EQ(write_udp(datagram, pseudo, room), 8u);
    const auto expected = hex("14e90035 000b1255");
    EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
  }
}

TEST(Udp, Lengths) {
  const struct {
    std::uint16_t length;
    Drop expected;
  } rows[] = {{0, Drop::udp_malformed},
              {7, Drop::udp_malformed},
              {8, Drop::none},
              {10, Drop::none},
              {11, Drop::none},
              {12, Drop::udp_malformed},
              {256, Drop::udp_malformed},
              {0xffff, Drop::udp_malformed}};
  BufferPool pool;
  for (const auto& row : rows) {
    auto bytes = hex(datagram_bytes);
    store_be16(&bytes[4], row.length);
    UdpDatagram datagram;
    EXPECT_EQ(read_udp(chain(pool, bytes), pseudo, true, datagram), row.expected) << row.length;
    if (row.expected == Drop::none) {
      EXPECT_EQ(datagram.text.size(), row.length - 8u);
    }
  }
}

TEST(Udp, EveryTruncationIsDropped) {
  BufferPool pool;
  UdpDatagram datagram;
  EXPECT_EQ(read_udp(BufferChain{}, pseudo, false, datagram), Drop::udp_malformed);
  for (std::size_t size = 1; size < 11; ++size) {
    auto bytes = hex(datagram_bytes);
    bytes.resize(size);
    EXPECT_EQ(read_udp(chain(pool, bytes), pseudo, true, datagram), Drop::udp_malformed) << size;
  }
}

TEST(Udp, Checksum) {  // RFC 1122 4.1.3.4 (a).
  BufferPool pool;
  UdpDatagram datagram;
  for (const std::size_t offset : {0u, 2u, 6u, 8u, 10u}) {
    auto bytes = hex(datagram_bytes);
    bytes[offset] ^= 0x10;
    EXPECT_EQ(read_udp(chain(pool, bytes), pseudo, false, datagram), Drop::udp_bad_checksum);
    EXPECT_EQ(read_udp(chain(pool, bytes), pseudo, true, datagram), Drop::none);
    EXPECT_FALSE(datagram.text_sum.has_value());
  }
  // Bytes behind the datagram's own length are not summed.
  EXPECT_EQ(read_udp(chain(pool, test::operator+(hex(datagram_bytes), hex("ff"))), pseudo, false,
                     datagram),
            Drop::none);
}

TEST(Udp, NoChecksumOverIpv4Only) {  // RFC 8200 8.1, RFC 1122 4.1.3.4 (b).
  BufferPool pool;
  auto bytes = hex(datagram_bytes);
  store_be16(&bytes[6], 0);
  UdpDatagram datagram;
  EXPECT_EQ(read_udp(chain(pool, bytes), pseudo, false, datagram), Drop::none);
  const PseudoHeader v6{{0x20010db8'00000000, 1}, {0x20010db8'00000000, 2}};
  EXPECT_EQ(read_udp(chain(pool, bytes), v6, false, datagram), Drop::udp_bad_checksum);
}

TEST(Udp, ChecksumZeroIsSentAsOnes) {
  BufferPool pool;
  UdpDatagram datagram;
  datagram.source_port = 1;
  datagram.destination_port = 2;
  std::array<std::uint8_t, UdpDatagram::header_size> room{};
  auto text = hex("0000");
  datagram.text = BufferChain{pool.copy_of(text)};
  write_udp(datagram, pseudo, room);
  store_be16(text.data(), load_be16(&room[6]));  // with this text the checksum comes out as zero
  datagram.text = BufferChain{pool.copy_of(text)};
  write_udp(datagram, pseudo, room);
  EXPECT_EQ(load_be16(&room[6]), 0xffff);
  BufferChain packet{pool.copy_of(room)};
  packet.append(datagram.text);
  EXPECT_EQ(read_udp(std::move(packet), pseudo, false, datagram), Drop::none);
}

TEST(Udp, RoundTripOverSlices) {
  EXPECT_TRUE(rc::check([] {
    BufferPool pool;
    UdpDatagram datagram;
    datagram.source_port = *rc::gen::arbitrary<std::uint16_t>();
    datagram.destination_port = *rc::gen::arbitrary<std::uint16_t>();
    for (const auto& piece : *rc::gen::arbitrary<std::vector<std::vector<std::uint8_t>>>())
      datagram.text.append(pool.copy_of(piece));
    Slice header = pool.allocate(UdpDatagram::header_size);
    write_udp(datagram, pseudo, header.writable());
    BufferChain packet{header};
    packet.append(datagram.text);
    UdpDatagram read_back;
    RC_ASSERT(read_udp(std::move(packet), pseudo, false, read_back) == Drop::none);
    RC_ASSERT(read_back.source_port == datagram.source_port);
    RC_ASSERT(read_back.destination_port == datagram.destination_port);
    RC_ASSERT(read_back.text.flatten() == datagram.text.flatten());
    RC_ASSERT(read_back.text_sum == datagram.text.sum());
  }));
}

TEST(UdpDeathTest, LongerThanADatagramCanBe) {
  BufferPool pool;
  UdpDatagram datagram;
  datagram.text = BufferChain{pool.allocate(65528)};
  datagram.text_sum = Sum{};
  std::array<std::uint8_t, UdpDatagram::header_size> room{};
  EXPECT_DEATH(write_udp(datagram, pseudo, room), "0xffff");
}

}  // namespace
}  // namespace acksu::wire
