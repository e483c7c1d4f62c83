// TCP segments: exact bytes, malformed headers, checksums, round trips.
#include "wire/tcp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/test_frames.h"

namespace acksu::wire::tcp_test {
namespace {

using test::are_equal;
using test::chain;
using test::hex;
using test::pseudo;

struct Example {
  const char* what;
  const char* header;
  const char* text;
  Segment segment;
};

Segment segment_from(std::uint16_t source, std::uint16_t destination, std::uint16_t flags) {
  Segment segment;
  segment.source_port = source;
  segment.destination_port = destination;
  segment.flags = Flags{flags};
  return segment;
}

Example syn() {
  Segment segment = segment_from(49152, 80, Flags::syn);
  segment.seq = Seq{1000};
  segment.window = 65535;
  segment.options.mss = 1460;
  segment.options.sack_permitted = true;
  segment.options.has_timestamps = true;
  segment.options.timestamps = {1, 0};
  segment.options.window_scale = 7;
  return {"SYN",
          "c0000050 000003e8 00000000 a002ffff 6fc40000"
          "020405b4 0402080a 00000001 00000000 01030307",
          "", segment};
}

Example text() {
  Segment segment = segment_from(49152, 80, Flags::psh | Flags::ack);
  segment.seq = Seq{1001};
  segment.ack = Seq{2001};
  segment.window = 502;
  segment.options.has_timestamps = true;
  segment.options.timestamps = {2, 3};
  return {"text", "c0000050 000003e9 000007d1 801801f6 57dd0000 0101080a 00000002 00000003",
          "GET / HTTP/1.1\r\nHost: a\r\n\r\n", segment};
}

Example sack() {
  Segment segment = segment_from(49152, 80, Flags::ack);
  segment.seq = Seq{1001};
  segment.ack = Seq{2001};
  segment.window = 502;
  SegmentOptions& options = segment.options;
  options.has_timestamps = true;
  options.timestamps = {2, 3};
  options.sack.push_back({Seq{0x1000}, Seq{0x1100}});
  options.sack.push_back({Seq{0x2000}, Seq{0x2100}});
  options.sack.push_back({Seq{0xfff}, Seq{0x1000}});
  return {"SACK",
          "c0000050 000003e9 000007d1 f01001f6 9c7e0000 0101080a 00000002 00000003"
          "0101051a 00001000 00001100 00002000 00002100 00000fff 00001000",
          "", segment};
}

Example reset() {
  Segment segment = segment_from(49152, 80, Flags::rst);
  segment.seq = Seq{1001};
  return {"RST", "c0000050 000003e9 00000000 50040000 d7a40000", "", segment};
}

Example fast_open_request() {
  Example example = syn();
  example.segment.options.fast_open = *FastOpenOption::of({});
  example.what = "SYN that asks for a cookie";
  example.header =
      "c0000050 000003e8 00000000 b002ffff 3cbd0000"
      "020405b4 0402080a 00000001 00000000 01030307 22020101";
  return example;
}

Example fast_open(std::vector<std::uint8_t> cookie, const char* header) {
  Example example = syn();
  example.segment.options.fast_open = *FastOpenOption::of(cookie);
  example.what = "SYN with a cookie";
  example.header = header;
  example.text = "GET / HTTP/1.1\r\n\r\n";
  return example;
}

// RFC 7413 appendix A, RFC 6994: the kind that it had before it was given one.
Example experimental_fast_open() {
  Example example = syn();
  example.segment.options.fast_open = FastOpenOption::of(hex("01234567"))->as_experimental();
  example.what = "SYN with a cookie by the experimental kind";
  example.header =
      "c0000050 000003e8 00000000 c002ffff 119f0000 020405b4 0402080a 00000001"
      "00000000 01030307 fe08f989 01234567";
  return example;
}

Example accurate_ecn() {
  Segment segment = segment_from(49152, 80, Flags::ack);
  segment.flags.set_ace(5);
  segment.seq = Seq{1001};
  segment.ack = Seq{2001};
  segment.window = 502;
  segment.options.has_timestamps = true;
  segment.options.timestamps = {2, 3};
  segment.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 2};
  segment.options.acc_ecn.set(0, 0x0a0b0c);
  segment.options.acc_ecn.set(1, 0x010203);
  return {"AccECN",
          "c0000050 000003e9 000007d1 a15001f6 af550000 0101080a 00000002 00000003"
          "ac080a0b 0c010203",
          "", segment};
}

std::vector<Example> examples() {
  return {syn(),
          text(),
          sack(),
          reset(),
          accurate_ecn(),
          fast_open_request(),
          fast_open(hex("0123456789abcdef"),
                    "c0000050 000003e8 00000000 d002ffff 9fd40000 020405b4 0402080a 00000001"
                    "00000000 01030307 220a0123 456789ab cdef0101"),
          experimental_fast_open(),
          fast_open(hex("0123456789ab"),
                    "c0000050 000003e8 00000000 c002ffff 7ecb0000 020405b4 0402080a 00000001"
                    "00000000 01030307 22080123 456789ab"),
          fast_open(hex("00112233445566778899aabbccddeeff"),
                    "c0000050 000003e8 00000000 f002ffff 61a60000 020405b4 0402080a 00000001"
                    "00000000 01030307 22120011 22334455 66778899 aabbccdd eeff0101")};
}

// RFC 9768 3.2.3, Figure 4 and Table 5: both orders, and counts left out at the end.
TEST(Tcp, AccEcnOptionStandsWithSoManyCounts) {
  struct Row {
    AccEcnOption::Order order;
    std::uint32_t size;
    const char* bytes;
  };
  using Order = AccEcnOption::Order;
  BufferPool pool;
  for (const Row& row :
       {Row{Order::zero, 3, "ac0b0000 01000002 00000301"}, Row{Order::zero, 2, "ac080000 01000002"},
        Row{Order::zero, 1, "ac050000 01010101"}, Row{Order::zero, 0, "ac020101"},
        Row{Order::one, 3, "ae0b0000 01000002 00000301"},
        Row{Order::one, 1, "ae050000 01010101"}}) {
    Segment segment = segment_from(1, 2, Flags::ack);
    segment.options.acc_ecn = AccEcnOption{row.order, row.size};
    for (std::uint32_t i = 0; i < row.size; ++i) {
      segment.options.acc_ecn.set(i, AccEcnOption::modulus + i + 1);
    }
    std::array<std::uint8_t, largest_tcp_header> room{};
    const std::uint32_t header_bytes = write_tcp(segment, pseudo, room);
    const auto expected = hex(row.bytes);
    const Bytes options = Bytes{room}.subspan(20, header_bytes - 20);
    EXPECT_TRUE(std::equal(options.begin(), options.end(), expected.begin(), expected.end()))
        << row.bytes;
    Segment again;
    ASSERT_EQ(read_tcp(chain(pool, Bytes{room}.first(header_bytes)), pseudo, false, again),
              Drop::none);
    EXPECT_EQ(again.options.acc_ecn, segment.options.acc_ecn) << row.bytes;
    const auto first =
        row.order == Order::zero ? again.options.acc_ecn.ect_0() : again.options.acc_ecn.ect_1();
    EXPECT_EQ(first.value_or(0), row.size > 0 ? 1u : 0u);
    EXPECT_EQ(again.options.acc_ecn.ce().value_or(0), row.size > 1 ? 2u : 0u);
  }
}

// RFC 9768 3.2.3: whole counts that fit the length are read, the rest is padding.
TEST(Tcp, AccEcnOptionOfAnyLengthIsRead) {
  BufferPool pool;
  for (std::uint8_t length = 0; length <= 20; ++length) {
    std::vector<std::uint8_t> packet = hex("c0000050 000003e8 00000000 a010ffff 00000000");
    packet.push_back(172);
    packet.push_back(length);
    packet.resize(40, 7);
    for (std::size_t i = 20u + length; i < 40; ++i) packet[i] = 1;
    packet[20] = 172;
    packet[21] = length;
    Segment segment;
    const Drop drop = read_tcp(chain(pool, packet), pseudo, true, segment);
    ASSERT_EQ(drop, length < 2 ? Drop::tcp_malformed_option : Drop::none) << unsigned{length};
    if (length < 2) continue;
    EXPECT_TRUE(segment.options.acc_ecn.is_given());
    EXPECT_EQ(segment.options.acc_ecn.size(), std::min((length - 2u) / 3, 3u)) << unsigned{length};
    if (length >= 5) {
      EXPECT_EQ(segment.options.acc_ecn[0], 0x070707u);
    }
  }
}

// Behind the longest cookie there is no room for it; behind time stamps and two SACK blocks there
// is room for two counts.
TEST(Tcp, AccEcnOptionThatDoesNotFitIsLeftOut) {
  Segment segment = syn().segment;
  segment.options.fast_open = *FastOpenOption::of(hex("00112233445566778899aabbccddeeff"));
  const std::uint32_t before = tcp_header_bytes(segment.options, segment.flags);
  segment.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 0};
  EXPECT_EQ(tcp_header_bytes(segment.options, segment.flags), before);
  SegmentOptions options;
  options.has_timestamps = true;
  for (int i = 0; i < 4; ++i) options.sack.push_back({});
  options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 2};
  EXPECT_EQ(tcp_header_bytes(options, Flags{Flags::ack}), 20u + 12 + 8 + 4 + 16);
}

// RFC 5482 3.3, 3.4: kind 28, a bit that says minutes, fifteen of a number; on any segment.
TEST(Tcp, UserTimeoutStandsOnAnySegment) {
  BufferPool pool;
  for (const std::uint16_t flags : {Flags::syn, Flags::ack}) {
    Segment segment = segment_from(49152, 80, flags);
    segment.options.user_timeout = 0x8000 | 5;
    std::array<std::uint8_t, largest_tcp_header> room{};
    ASSERT_EQ(write_tcp(segment, pseudo, room), 24u);
    EXPECT_EQ(load_be32(&room[20]), 0x1c048005u);
    Segment again;
    ASSERT_EQ(read_tcp(chain(pool, Bytes{room}.first(24)), pseudo, false, again), Drop::none);
    EXPECT_EQ(again.options.user_timeout, 0x8000 | 5);
    room[22] = 0x80, room[23] = 0;
    ASSERT_EQ(read_tcp(chain(pool, Bytes{room}.first(24)), pseudo, true, again), Drop::none);
    EXPECT_EQ(again.options.user_timeout, 0) << "no time at all is ignored";
  }
}

// RFC 7413 4.1.1, erratum 4238: 0, or 4 to 16 bytes, an even number; anything else is ignored.
TEST(Tcp, FastOpenOptionOfAnIllegalLengthIsIgnored) {
  BufferPool pool;
  for (std::uint8_t length = 2; length <= 20; ++length) {
    std::vector<std::uint8_t> packet = hex("c0000050 000003e8 00000000 a002ffff 00000000");
    packet[12] = static_cast<std::uint8_t>((20 + 20) / 4 << 4);
    packet.push_back(34);
    packet.push_back(length);
    packet.resize(40, 7);
    for (std::size_t i = 20u + length; i < 40; ++i) packet[i] = 1;
    Segment segment;
    ASSERT_EQ(read_tcp(chain(pool, packet), pseudo, true, segment), Drop::none);
    const bool is_legal = length == 2 || (length >= 6 && length <= 18 && length % 2 == 0);
    EXPECT_EQ(segment.options.fast_open.is_given(), is_legal) << unsigned{length};
    EXPECT_EQ(segment.options.fast_open.cookie().size(), is_legal ? length - 2u : 0u);
  }
}

TEST(Tcp, FastOpenStandsOnASynOnly) {
  SegmentOptions options;
  options.fast_open = *FastOpenOption::of(hex("0123456789abcdef"));
  EXPECT_EQ(tcp_header_bytes(options, Flags{Flags::syn}), 32u);
  EXPECT_EQ(tcp_header_bytes(options, Flags{Flags::ack}), 20u);
}

// RFC 9293 MUST-2, MUST-68, MUST-69: octets that were written down by hand.
TEST(Tcp, WritesExactBytes) {
  BufferPool pool;
  for (Example& example : examples()) {
    const auto text = test::bytes_of(example.text);
    example.segment.text.append(pool.copy_of(text));
    for (const bool has_sum : {false, true}) {
      if (has_sum) example.segment.text_sum = sum_of(text);
      std::array<std::uint8_t, largest_tcp_header> room{};
      const std::uint32_t size = write_tcp(example.segment, pseudo, room);
      EXPECT_EQ(std::vector<std::uint8_t>(room.begin(), room.begin() + size), hex(example.header))
          << example.what;
      EXPECT_EQ(tcp_header_bytes(example.segment.options, example.segment.flags), size);
    }
  }
}

TEST(Tcp, KnownSumOfTheTextIsNotTakenAgain) {
  BufferPool pool;
  Segment segment = text().segment;
  segment.text.append(pool.copy_of(test::bytes_of(text().text)));
  std::array<std::uint8_t, largest_tcp_header> room{};
  write_tcp(segment, pseudo, room);
  const Sum taken{load_be16(&room[16])};
  segment.text_sum = segment.text.sum() + Sum{1};  // not that of the text
  write_tcp(segment, pseudo, room);
  EXPECT_EQ(Sum{load_be16(&room[16])} + Sum{1}, taken);
}

TEST(Tcp, ReadsExactBytes) {  // RFC 9293 MUST-4.
  BufferPool pool;
  for (Example& example : examples()) {
    const auto text = test::bytes_of(example.text);
    example.segment.text.append(pool.copy_of(text));
    Segment segment;
    EXPECT_EQ(
        read_tcp(chain(pool, test::operator+(hex(example.header), text)), pseudo, false, segment),
        Drop::none)
        << example.what;
    EXPECT_TRUE(are_equal(segment, example.segment)) << example.what;
    EXPECT_EQ(segment.text_sum, sum_of(text));
  }
}

// RFC 7323 2.3, where the options stand as in most SYNs.
TEST(Tcp, ATooLargeScaleOfAUsualSynIsUsedAs14) {
  BufferPool pool;
  auto bytes = hex(syn().header);
  for (const unsigned scale : {0u, 14u, 15u, 255u}) {
    bytes.back() = static_cast<std::uint8_t>(scale);
    Segment segment;
    ASSERT_EQ(read_tcp(chain(pool, bytes), pseudo, true, segment), Drop::none);
    EXPECT_EQ(segment.options.window_scale, std::min(scale, 14u));
    EXPECT_EQ(segment.options.mss, 1460);
  }
}

// One octet of the options is another: what follows it is still read as it stands.
TEST(Tcp, ASynThatIsNearlyUsualIsReadByItsOptions) {
  BufferPool pool;
  auto bytes = hex(syn().header);
  bytes[24] = 1;  // NOP, and then an option of kind 2 and length 8: that is ignored
  bytes[25] = 2;
  Segment segment;
  ASSERT_EQ(read_tcp(chain(pool, bytes), pseudo, true, segment), Drop::none);
  EXPECT_EQ(segment.options.mss, 1460);
  EXPECT_FALSE(segment.options.sack_permitted);
  EXPECT_FALSE(segment.options.has_timestamps);
}

// Segments are read into those that were there before. A member that `clear` has to know must be
// named here, too, or this does not compile.
TEST(Tcp, OptionsOfTheSegmentBeforeAreForgotten) {
  SegmentOptions options;
  options.mss = options.user_timeout = 1;
  options.window_scale = 2;
  options.sack_permitted = options.has_timestamps = true;
  options.fast_open = *FastOpenOption::of(std::array<std::uint8_t, 8>{1});
  options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 3};
  options.timestamps = {3, 4};
  options.sack.push_back({Seq{5}, Seq{6}});
  options.clear();
  const auto& [mss, user_timeout, scale, permitted, has_stamps, fast_open, acc_ecn, stamps, sack] =
      options;
  EXPECT_EQ(mss + user_timeout, 0);
  EXPECT_EQ(scale, SegmentOptions::no_window_scale);
  EXPECT_FALSE(permitted || has_stamps);
  EXPECT_TRUE(fast_open == FastOpenOption{} && acc_ecn == AccEcnOption{});
  EXPECT_EQ(stamps, Timestamps{});
  EXPECT_TRUE(sack.is_empty());
}

TEST(Tcp, TrustedChecksumIsNotLookedAt) {
  BufferPool pool;
  auto bytes = hex(syn().header);
  bytes[16] ^= 1;
  Segment segment;
  segment.text_sum = Sum{7};
  EXPECT_EQ(read_tcp(chain(pool, bytes), pseudo, true, segment), Drop::none);
  EXPECT_FALSE(segment.text_sum.has_value());
  EXPECT_EQ(read_tcp(chain(pool, bytes), pseudo, false, segment), Drop::tcp_bad_checksum);
}

// RFC 9293 MUST-3: every flipped bit of header, text and pseudo header is noticed.
TEST(Tcp, EveryFlippedBitIsNoticed) {
  BufferPool pool;
  const auto bytes = test::operator+(hex(text().header), test::bytes_of(text().text));
  for (const std::vector<std::uint8_t>& whole : {bytes, hex(syn().header)}) {
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      auto flipped = whole;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
      Segment segment;
      EXPECT_NE(read_tcp(chain(pool, flipped), pseudo, false, segment), Drop::none) << bit;
    }
  }
  Segment segment;
  EXPECT_EQ(read_tcp(chain(pool, bytes), {IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 3)},
                     false, segment),
            Drop::tcp_bad_checksum);
  auto longer = bytes;
  longer.push_back(0);  // the length is summed, too
  EXPECT_EQ(read_tcp(chain(pool, longer), pseudo, false, segment), Drop::tcp_bad_checksum);
}

TEST(Tcp, Malformed) {  // RFC 9293 MUST-7.
  const struct {
    const char* why;
    const char* bytes;
    Drop expected;
  } rows[] = {
      {"nothing", "", Drop::tcp_truncated},
      {"one byte", "c0", Drop::tcp_truncated},
      {"19 bytes", "c0000050 000003e9 00000000 50040000 d7a400", Drop::tcp_truncated},
      {"data offset 0", "c0000050 000003e9 00000000 00040000 00000000", Drop::tcp_bad_data_offset},
      {"data offset 4", "c0000050 000003e9 00000000 40040000 00000000", Drop::tcp_bad_data_offset},
      {"data offset 6 of 5", "c0000050 000003e9 00000000 60040000 00000000",
       Drop::tcp_bad_data_offset},
      {"data offset past the end", "c0000050 000003e9 00000000 70040000 00000000 01010101",
       Drop::tcp_bad_data_offset},
      {"source port 0", "00000050 000003e9 00000000 50040000 00000000", Drop::tcp_port_zero},
      {"destination port 0", "c0000000 000003e9 00000000 50040000 00000000", Drop::tcp_port_zero},
      {"option of length 0", "c0000050 000003e9 00000000 60040000 00000000 02000000",
       Drop::tcp_malformed_option},
      {"option of length 1", "c0000050 000003e9 00000000 60040000 00000000 02010000",
       Drop::tcp_malformed_option},
      {"option past the header", "c0000050 000003e9 00000000 60040000 00000000 02050000 00",
       Drop::tcp_malformed_option},
      {"option without length", "c0000050 000003e9 00000000 60040000 00000000 01010108",
       Drop::tcp_malformed_option},
      {"unknown option", "c0000050 000003e9 00000000 60040000 00000000 fd040000", Drop::none},
      {"junk behind the end", "c0000050 000003e9 00000000 60040000 00000000 00080000", Drop::none},
      {"reserved bits", "c0000050 000003e9 00000000 5f040000 00000000", Drop::none},
  };
  BufferPool pool;
  for (const auto& row : rows) {
    Segment segment;
    EXPECT_EQ(read_tcp(chain(pool, hex(row.bytes)), pseudo, true, segment), row.expected)
        << row.why;
    std::uint32_t header_bytes = 0;
    EXPECT_EQ(read_tcp_header(hex(row.bytes), segment, header_bytes), row.expected) << row.why;
  }
  Segment segment;
  EXPECT_EQ(read_tcp(BufferChain{}, pseudo, true, segment), Drop::tcp_truncated);
}

TEST(Tcp, HeaderMustLieInTheFirstSlice) {
  BufferPool pool;
  const auto bytes = hex(syn().header);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    BufferChain packet{pool.copy_of(Bytes(bytes).first(cut))};
    packet.append(pool.copy_of(Bytes(bytes).subspan(cut)));
    Segment segment;
    EXPECT_EQ(read_tcp(std::move(packet), pseudo, false, segment),
              cut < 20 ? Drop::tcp_truncated : Drop::tcp_bad_data_offset);
  }
}

TEST(Tcp, TextIsNotCopied) {
  BufferPool pool;
  const auto bytes = test::operator+(hex(text().header), test::bytes_of(text().text));
  const Slice packet = pool.copy_of(bytes);
  Segment segment;
  ASSERT_EQ(read_tcp(BufferChain{packet}, pseudo, false, segment), Drop::none);
  ASSERT_EQ(segment.text.count(), 1u);
  EXPECT_EQ(segment.text[0].bytes().data(), packet.bytes().data() + 32);
  EXPECT_EQ(pool.live_blocks(), 1u);
}

TEST(Tcp, OldValuesOfTheSegmentAreGone) {
  BufferPool pool;
  Segment segment = sack().segment;
  segment.options.mss = 99;
  segment.text.append(pool.copy_of(hex("0102")));
  ASSERT_EQ(read_tcp(chain(pool, hex(reset().header)), pseudo, false, segment), Drop::none);
  EXPECT_TRUE(are_equal(segment, reset().segment));
}

TEST(Tcp, SynOptionsAreWrittenOnSynOnly) {
  Segment segment = syn().segment;
  segment.flags = Flags{Flags::ack};
  EXPECT_EQ(tcp_header_bytes(segment.options, segment.flags), 32u);
  BufferPool pool;
  Slice header = pool.allocate(32);
  EXPECT_EQ(write_tcp(segment, pseudo, header.writable()), 32u);
  Segment read_back;
  ASSERT_EQ(read_tcp(BufferChain{header}, pseudo, false, read_back), Drop::none);
  EXPECT_EQ(read_back.options.mss, 0);
  EXPECT_FALSE(read_back.options.sack_permitted);
  EXPECT_EQ(read_back.options.window_scale, SegmentOptions::no_window_scale);
  EXPECT_TRUE(read_back.options.has_timestamps);
}

TEST(Tcp, SackBlocksAreCutToWhatFits) {
  SegmentOptions options;
  for (int i = 0; i < 4; ++i) options.sack.push_back({});
  const Flags ack{Flags::ack};
  EXPECT_EQ(tcp_header_bytes(options, ack), 20u + 4 + 32);
  options.has_timestamps = true;
  EXPECT_EQ(tcp_header_bytes(options, ack), 20u + 12 + 4 + 24);
  const Flags syn_flag{Flags::syn};
  options.mss = 1460;
  options.window_scale = 2;
  EXPECT_EQ(tcp_header_bytes(options, syn_flag), 20u + 20 + 4 + 16);
}

TEST(TcpDeathTest, RoomForTheHeaderIsOurPromise) {
  std::array<std::uint8_t, 39> room{};
  EXPECT_DEATH(write_tcp(syn().segment, pseudo, room), "tcp_header_bytes");
}

Segment any_segment(BufferPool& pool) {
  Segment segment = segment_from(*rc::gen::inRange<std::uint16_t>(1, 0xffff),
                                 *rc::gen::inRange<std::uint16_t>(1, 0xffff),
                                 *rc::gen::inRange<std::uint16_t>(0, 0x200));
  segment.seq = Seq{*rc::gen::arbitrary<std::uint32_t>()};
  segment.ack = Seq{*rc::gen::arbitrary<std::uint32_t>()};
  segment.window = *rc::gen::arbitrary<std::uint16_t>();
  segment.urgent_pointer = *rc::gen::arbitrary<std::uint16_t>();
  SegmentOptions& options = segment.options;
  if (segment.has(Flags::syn)) {
    options.mss = *rc::gen::arbitrary<std::uint16_t>();
    options.sack_permitted = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) options.window_scale = *rc::gen::inRange<std::uint8_t>(0, 15);
  }
  options.has_timestamps = *rc::gen::arbitrary<bool>();
  if (options.has_timestamps)
    options.timestamps = {*rc::gen::arbitrary<std::uint32_t>(),
                          *rc::gen::arbitrary<std::uint32_t>()};
  const int blocks = *rc::gen::inRange(0, segment.has(Flags::syn) ? 3 : 4);
  for (int i = 0; i < blocks; ++i) {
    options.sack.push_back(
        {Seq{*rc::gen::arbitrary<std::uint32_t>()}, Seq{*rc::gen::arbitrary<std::uint32_t>()}});
  }
  if (blocks == 0) options.user_timeout = *rc::gen::inRange<std::uint16_t>(1, 0x8000);
  if (blocks == 0 && !segment.has(Flags::syn) && *rc::gen::arbitrary<bool>()) {
    const auto order = *rc::gen::element(AccEcnOption::Order::zero, AccEcnOption::Order::one);
    options.acc_ecn = AccEcnOption{order, *rc::gen::inRange(0u, 4u)};
    for (std::uint32_t i = 0; i < options.acc_ecn.size(); ++i) {
      options.acc_ecn.set(i, *rc::gen::arbitrary<std::uint32_t>());
    }
  }
  if (segment.has(Flags::syn) && blocks == 0) {  // with blocks there is no room for the longest
    const auto cookie = *rc::gen::arbitrary<std::array<std::uint8_t, FastOpenOption::most>>();
    const auto size = 2u * *rc::gen::inRange(0u, 9u);
    options.fast_open = FastOpenOption::of(Bytes{cookie}.first(size)).value_or(FastOpenOption{});
    if (options.fast_open.is_given()) options.user_timeout = 0;
  }
  for (const auto& piece : *rc::gen::arbitrary<std::vector<std::vector<std::uint8_t>>>())
    segment.text.append(pool.copy_of(piece));
  return segment;
}

TEST(Tcp, RoundTripOverSlices) {
  EXPECT_TRUE(rc::check([] {
    BufferPool pool;
    const Segment segment = any_segment(pool);
    const std::uint32_t header_bytes = tcp_header_bytes(segment.options, segment.flags);
    RC_ASSERT(header_bytes % 4 == 0 && header_bytes <= largest_tcp_header);
    Slice header = pool.allocate(header_bytes);
    RC_ASSERT(write_tcp(segment, pseudo, header.writable()) == header_bytes);
    BufferChain packet{header};
    packet.append(segment.text);
    Segment read_back;
    RC_ASSERT(read_tcp(std::move(packet), pseudo, false, read_back) == Drop::none);
    RC_ASSERT(are_equal(segment, read_back));
    RC_ASSERT(read_back.text_sum == segment.text.sum());
  }));
}

}  // namespace
}  // namespace acksu::wire::tcp_test
