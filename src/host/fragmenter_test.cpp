// Fragments fit, are legal, and hold what they must.
#include "host/fragmenter.h"

#include <gtest/gtest.h>

#include "host/fragment_test.h"

namespace acksu {
namespace {

using test::Octets;
using test::text_of;

TEST(Fragmenter, V4FragmentsAreLegalAndFit) {
  BufferPool pool;
  for (const std::uint32_t mtu : {68u, 69u, 576u, 1280u, 1499u}) {
    const BufferChain packet = test::v4_packet(pool, {0, text_of(0, 1480), false, 99, 17});
    wire::Ipv4Header header;
    ASSERT_EQ(read(packet[0].bytes(), header), Drop::none);
    Octets text;
    const auto fragments = fragments_of(header, packet, mtu, 14);
    for (const BufferChain& framed : fragments) {
      BufferChain fragment = framed;
      fragment.drop_front(14);
      EXPECT_LE(fragment.size(), mtu);
      wire::Ipv4Header cut;
      ASSERT_EQ(read(fragment[0].bytes(), fragment.size(), cut), Drop::none);
      EXPECT_EQ(cut.total_length, fragment.size());
      EXPECT_EQ(cut.identification, 99);
      EXPECT_EQ(cut.ttl, 64);
      EXPECT_EQ(cut.fragment_offset_bytes, text.size());
      EXPECT_EQ(cut.more_fragments, &framed != &fragments.back());
      // A frame's first slice holds all headers.
      EXPECT_EQ(fragment[0].size(), text.empty() ? 28u : 20u);
      const Octets all = fragment.flatten();
      text.insert(text.end(), all.begin() + 20, all.end());
    }
    EXPECT_EQ(text, text_of(0, 1480));
  }
}

TEST(Fragmenter, V4FragmentsAreCutFurther) {
  BufferPool pool;
  const BufferChain packet = test::v4_packet(pool, {800, text_of(800, 1200), true, 99, 17});
  wire::Ipv4Header header;
  ASSERT_EQ(read(packet[0].bytes(), header), Drop::none);
  std::uint32_t at = 800;
  for (BufferChain& fragment : fragments_of(header, packet, 576, 0)) {
    wire::Ipv4Header cut;
    ASSERT_EQ(read(fragment[0].bytes(), fragment.size(), cut), Drop::none);
    EXPECT_EQ(cut.fragment_offset_bytes, at);
    EXPECT_TRUE(cut.more_fragments);
    at += cut.payload_bytes();
  }
  EXPECT_EQ(at, 2000u);
}

// RFC 791 3.1: the option with the copy bit is everywhere, the other in the first only.
TEST(Fragmenter, V4OptionsAreCopiedAsTheySay) {
  BufferPool pool;
  Octets bytes = test::v4_packet(pool, {0, {}, false, 99, 200}).flatten();
  const Octets options{1, 0x44, 4, 5, 0, 0x94, 4, 0, 0, 0, 0, 0};  // time stamp, router alert
  const Octets text = text_of(0, 1000);
  bytes.insert(bytes.end(), options.begin(), options.end());
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes[0] = 0x48;
  store_be16(&bytes[2], static_cast<std::uint16_t>(bytes.size()));
  store_be16(&bytes[10], 0);
  store_be16(&bytes[10], sum_of(Bytes(bytes).first(32)).checksum());
  wire::Ipv4Header header;
  ASSERT_EQ(read(bytes, header), Drop::none);
  const auto fragments = fragments_of(header, BufferChain{pool.copy_of(bytes)}, 500, 0);
  ASSERT_EQ(fragments.size(), 3u);
  Octets joined;
  for (const BufferChain& fragment : fragments) {
    const Octets all = fragment.flatten();
    wire::Ipv4Header cut;
    ASSERT_EQ(read(all, cut), Drop::none);
    const bool is_first = &fragment == &fragments.front();
    EXPECT_EQ(cut.header_bytes, is_first ? 32 : 24);
    const Octets expected = is_first ? options : Octets{0x94, 4, 0, 0};
    EXPECT_EQ(Octets(all.begin() + 20, all.begin() + cut.header_bytes), expected);
    joined.insert(joined.end(), all.begin() + cut.header_bytes, all.end());
  }
  EXPECT_EQ(joined, text);
}

Octets v6_packet_with(std::uint8_t next, const Octets& payload) {
  wire::Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(payload.size());
  header.next_header = next;
  header.hop_limit = 9;
  header.source = test::v6_source;
  header.destination = test::v6_destination;
  Octets bytes(40);
  write(header, bytes);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

TEST(Fragmenter, V6HeadersForRoutersAreInEachFragment) {
  BufferPool pool;
  // Hop-by-hop, destination options, a spent routing header, destination options, UDP.
  Octets payload{60, 0, 5, 2, 0, 0, 1, 0, 43, 0, 0x1e, 4, 0, 0, 0, 0,
                 60, 0, 9, 0, 0, 0, 0, 0, 17, 0, 0x1e, 4, 0, 0, 0, 0};
  const Octets text = text_of(0, 3000);
  payload.insert(payload.end(), text.begin(), text.end());
  const Octets bytes = v6_packet_with(0, payload);
  wire::Ipv6Header header;
  wire::ExtensionHeaders extensions;
  ASSERT_EQ(read(bytes, header), Drop::none);
  ASSERT_EQ(read(bytes, header, extensions), Drop::none);
  const auto fragments =
      fragments_of(header, extensions, BufferChain{pool.copy_of(bytes)}, {1280, 14, 0xabcd'1234});
  ASSERT_EQ(fragments.size(), 3u);
  for (const BufferChain& framed : fragments) {
    BufferChain fragment = framed;
    fragment.drop_front(14);
    EXPECT_LE(fragment.size(), 1280u);
    wire::Ipv6Header cut;
    wire::ExtensionHeaders found;
    ASSERT_EQ(read(fragment[0].bytes(), fragment.size(), cut), Drop::none);
    ASSERT_EQ(read(fragment[0].bytes(), cut, found), Drop::none);
    ASSERT_TRUE(found.fragment.has_value());
    EXPECT_EQ(found.fragment_offset, 64u);
    EXPECT_EQ(found.fragment->next_header, 60);
    EXPECT_EQ(found.fragment->identification, 0xabcd'1234u);
    EXPECT_EQ(cut.hop_limit, 9);
    EXPECT_TRUE(found.router_alert.has_value());
    if (&framed == &fragments.front()) {
      EXPECT_EQ(found.protocol, 17);
      EXPECT_EQ(found.upper_offset, 80u);
      EXPECT_EQ(fragment[0].size(), 88u);
    }
  }
}

TEST(Fragmenter, TextGoesByReference) {
  BufferPool pool;
  BufferChain packet = test::v4_packet(pool, {0, text_of(0, 8), false, 99, 17});
  store_be16(packet[0].owned_data() + 2, 3028);
  wire::Ipv4Header header;
  header.total_length = 3028;
  header.source = test::v4_source;
  header.destination = test::v4_destination;
  header.protocol = 17;
  const Slice text = pool.copy_of(text_of(0, 3000));
  packet.append(text);
  const auto fragments = fragments_of(header, packet, 1500, 14);
  ASSERT_EQ(fragments.size(), 3u);
  EXPECT_EQ(fragments[0][1].bytes().data(), text.bytes().data());
  EXPECT_EQ(fragments[1][1].bytes().data(), text.bytes().data() + 1472);
}

}  // namespace
}  // namespace acksu
