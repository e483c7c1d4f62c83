// IPv4 headers: exact bytes, round trips, every malformation and every option.
#include "wire/ipv4.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

// Gives the header of a packet the right checksum.
void sign(std::vector<std::uint8_t>& packet) {
  const std::size_t header_bytes = (packet[0] & 15u) * 4;
  store_be16(&packet[10], 0);
  store_be16(&packet[10], sum_of(Bytes(packet).first(header_bytes)).checksum());
}

const char* const syn_header = "4500003c 00004000 400626ba 0a000001 0a000002";

std::vector<std::uint8_t> packet_with_options(std::vector<std::uint8_t> options) {
  auto packet = hex("45000000 00004000 40060000 0a000001 0a000002");
  while (options.size() % 4 != 0) options.push_back(0);
  packet[0] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
  packet = test::operator+(packet, options);
  store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  sign(packet);
  return packet;
}

TEST(Ipv4, ExactBytes) {
  const auto expected = hex(syn_header);
  Ipv4Header header;
  header.total_length = 60;
  header.dont_fragment = true;
  header.ttl = 64;
  header.protocol = IpProtocol::tcp;
  header.source = IpAddress::v4(10, 0, 0, 1);
  header.destination = IpAddress::v4(10, 0, 0, 2);
  std::array<std::uint8_t, Ipv4Header::size> room{};
  EXPECT_EQ(write(header, room), 20u);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));

  auto packet = expected;
  packet.resize(64);  // and padding
  Ipv4Header read_back;
  EXPECT_EQ(read(packet, read_back), Drop::none);
  EXPECT_EQ(read_back, header);
  EXPECT_EQ(read_back.payload_bytes(), 40u);
  EXPECT_FALSE(read_back.is_fragment());
}

// `read` takes the common header in one look: whatever comes, it says the same as `read_any`.
TEST(Ipv4, OneLookSaysTheSameAsMany) {
  EXPECT_TRUE(rc::check([] {
    auto packet = packet_with_options({});
    packet.resize(*rc::gen::inRange<std::size_t>(20, 100));
    if (*rc::gen::arbitrary<bool>()) {
      store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
    }
    packet[*rc::gen::inRange<std::size_t>(0, 20)] ^= *rc::gen::arbitrary<std::uint8_t>();
    if (*rc::gen::inRange(0, 4) > 0 && (packet[0] & 15u) == 5) sign(packet);
    Ipv4Header header, expected;
    const Drop drop = read(packet, header);
    RC_ASSERT(drop == read_any(packet, packet.size(), expected));
    if (drop == Drop::none) RC_ASSERT(header == expected);
  }));
}

TEST(Ipv4, Malformed) {  // RFC 1122 3.2.1.1, 3.2.1.2.
  const struct {
    const char* why;
    std::size_t offset;
    std::uint8_t value;
    bool is_signed;
    Drop expected;
  } rows[] = {{"version 6", 0, 0x65, true, Drop::ip_bad_version},
              {"version 0", 0, 0x05, true, Drop::ip_bad_version},
              {"IHL 4", 0, 0x44, true, Drop::ip_bad_header_length},
              {"IHL 0", 0, 0x40, true, Drop::ip_bad_header_length},
              {"total length less than header", 3, 19, true, Drop::ip_bad_total_length},
              {"total length 0", 3, 0, true, Drop::ip_bad_total_length},
              {"total length past the end", 3, 61, true, Drop::ip_truncated},
              {"total length far past the end", 2, 0xff, true, Drop::ip_truncated},
              {"a bit of the checksum", 11, 0xbb, false, Drop::ip_bad_checksum},
              {"a bit of the source", 12, 0x0b, false, Drop::ip_bad_checksum},
              {"a reserved bit is ignored", 6, 0xc0, true, Drop::none}};
  for (const auto& row : rows) {
    auto packet = hex(syn_header);
    packet.resize(60);
    packet[row.offset] = row.value;
    if (row.is_signed) sign(packet);
    Ipv4Header header;
    EXPECT_EQ(read(packet, header), row.expected) << row.why;
  }
}

TEST(Ipv4, EveryTruncationIsDropped) {
  auto packet = hex(syn_header);
  packet.resize(60);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const std::vector<std::uint8_t> cut(packet.begin(),
                                        packet.begin() + static_cast<std::ptrdiff_t>(size));
    Ipv4Header header;
    EXPECT_EQ(read(cut, header), Drop::ip_truncated) << size;
  }
}

TEST(Ipv4, EveryFlippedBitOfTheHeaderIsNoticed) {
  auto packet = hex(syn_header);
  packet.resize(60);
  for (std::size_t bit = 0; bit < 160; ++bit) {
    auto flipped = packet;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
    Ipv4Header header;
    EXPECT_NE(read(flipped, header), Drop::none) << bit;
  }
}

TEST(Ipv4, Fragments) {
  const struct {
    std::uint16_t flags_and_offset;
    std::uint16_t total_length;
    Drop expected;
  } rows[] = {{0x2000, 28, Drop::none},             // first, 8 bytes
              {0x2000, 29, Drop::ip_bad_fragment},  // not a multiple of 8, and more to come
              {0x0001, 29, Drop::none},             // the last may have any length
              {0x1fff, 27, Drop::ip_bad_fragment},  // past 65,535: the ping of death
              {0x1ffd, 23, Drop::none},
              {0x1ffd, 24, Drop::ip_bad_fragment}};
  for (const auto& row : rows) {
    auto packet = hex(syn_header);
    packet.resize(60);
    store_be16(&packet[6], row.flags_and_offset);
    store_be16(&packet[2], row.total_length);
    sign(packet);
    Ipv4Header header;
    EXPECT_EQ(read(packet, header), row.expected)
        << row.flags_and_offset << " " << row.total_length;
    EXPECT_TRUE(header.is_fragment());
  }
}

// SECURITY A4: every option type with every length, where it fits and where it does not.
// RFC 1122 3.2.1.8 (c).
TEST(Ipv4, EveryOptionTypeAndLength) {
  for (unsigned type = 0; type < 256; ++type) {
    for (unsigned length = 0; length < 256; ++length) {
      const auto packet = packet_with_options(
          {1, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(length), 0, 0, 0, 0, 0});
      Drop expected = Drop::none;
      const bool is_route = type == 7 || type == 131 || type == 137;  // RFC 7126
      if (type == 1) {  // the length is then the next option's type, and 0 its length or the end
        expected = length <= 1 ? Drop::none : Drop::ip_bad_option;
      } else if (type != 0) {
        if (length < 2 || length > 7)
          expected = Drop::ip_bad_option;
        else if (is_route)
          expected = Drop::ip_source_route;
      }
      Ipv4Header header;
      ASSERT_EQ(read(packet, header), expected) << type << " " << length;
      ASSERT_EQ(header.header_bytes, 28);
    }
  }
}

TEST(Ipv4, OptionsEnd) {
  Ipv4Header header;
  EXPECT_EQ(read(packet_with_options({0, 131, 3, 4}), header), Drop::none);  // behind the end
  EXPECT_EQ(read(packet_with_options({1, 1, 1, 148}), header), Drop::ip_bad_option);  // no length
  EXPECT_EQ(read(packet_with_options({148, 4, 0, 0, 131, 3, 4, 0}), header), Drop::ip_source_route);
}

TEST(Ipv4, AnAtomicPacketHasTheHeaderOfAnyOther) {
  EXPECT_TRUE(rc::check([] {
    const AtomicIpv4 atomic{.dscp_ecn = *rc::gen::arbitrary<std::uint8_t>(),
                            .ttl = *rc::gen::arbitrary<std::uint8_t>(),
                            .protocol = *rc::gen::arbitrary<std::uint8_t>(),
                            .total_length = *rc::gen::arbitrary<std::uint16_t>(),
                            .source = *rc::gen::arbitrary<std::uint32_t>(),
                            .destination = *rc::gen::arbitrary<std::uint32_t>()};
    std::array<std::uint8_t, Ipv4Header::size> written{}, expected{};
    write(atomic, written);
    write(Ipv4Header{.dscp_ecn = atomic.dscp_ecn,
                     .total_length = atomic.total_length,
                     .dont_fragment = true,
                     .ttl = atomic.ttl,
                     .protocol = atomic.protocol,
                     .source = IpAddress::v4(atomic.source),
                     .destination = IpAddress::v4(atomic.destination)},
          expected);
    RC_ASSERT(written == expected);
  }));
}

TEST(Ipv4, RoundTrip) {
  EXPECT_TRUE(rc::check([] {
    Ipv4Header header;
    header.dscp_ecn = *rc::gen::arbitrary<std::uint8_t>();
    header.total_length = *rc::gen::inRange<std::uint16_t>(20, 200);
    header.identification = *rc::gen::arbitrary<std::uint16_t>();
    header.dont_fragment = *rc::gen::arbitrary<bool>();
    header.fragment_offset_bytes = static_cast<std::uint16_t>(*rc::gen::inRange(0, 8000) * 8);
    header.ttl = *rc::gen::arbitrary<std::uint8_t>();
    header.protocol = *rc::gen::arbitrary<std::uint8_t>();
    header.source = IpAddress::v4(*rc::gen::arbitrary<std::uint32_t>());
    header.destination = IpAddress::v4(*rc::gen::arbitrary<std::uint32_t>());
    std::vector<std::uint8_t> packet(header.total_length);
    RC_ASSERT(write(header, packet) == Ipv4Header::size);
    Ipv4Header read_back;
    RC_ASSERT(read(packet, read_back) == Drop::none);
    RC_ASSERT(read_back == header);
  }));
}

TEST(Ipv4, RouterAlertAmongOtherOptions) {  // RFC 2113 2.1
  const auto has = [](const char* options) {
    return has_router_alert(packet_with_options(hex(options)));
  };
  EXPECT_TRUE(has("94040000"));
  EXPECT_TRUE(has("01010101 94040000"));        // behind no operation
  EXPECT_TRUE(has("07070400000000 94040000"));  // behind a route that is recorded
  EXPECT_FALSE(has("94040001"));                // other values are reserved
  EXPECT_FALSE(has("94060000 0000"));           // not its length
  EXPECT_FALSE(has("00000000 94040000"));       // behind the end of all options
  EXPECT_FALSE(has(""));
  EXPECT_FALSE(has_router_alert(packet_with_options(hex("07000000"))));  // a length of none ends
}

}  // namespace
}  // namespace acksu::wire
