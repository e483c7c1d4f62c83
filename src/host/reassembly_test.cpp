// Fragments in any order, against models and attackers.
#include "host/reassembly.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>

#include "host/fragment_test.h"

namespace acksu {
namespace {

using test::Cut;
using test::Octets;
using test::text_of;

struct Desk {
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  ReassemblySettings settings;
  Reassembly reassembly{settings, SipKey{1, 2}};
  Instant now{};

  explicit Desk(const ReassemblySettings& given = {}) : settings(given) {}
  Reassembly::Result take(bool is_v4, const Cut& cut) {
    auto result = reassembly.on_fragment(is_v4 ? test::v4(*pool, cut) : test::v6(*pool, cut), now);
    reassembly.check();
    return result;
  }
  Drop drop(const Cut& cut) { return take(true, cut).drop; }
};

Octets text_behind(const BufferChain& packet, std::size_t header_bytes) {
  const Octets all = packet.flatten();
  return {all.begin() + static_cast<std::ptrdiff_t>(header_bytes), all.end()};
}

// ---- Whole datagrams ----------------------------------------------------------------------------

TEST(Reassembly, EveryOrderOfFiveFragments) {  // RFC 791 3.2, RFC 815 section 3.
  for (const bool is_v4 : {true, false}) {
    std::vector<Cut> cuts;
    for (std::uint32_t i = 0; i < 5; ++i)
      cuts.push_back({i * 16, text_of(i * 16, i == 4 ? 3 : 16), i < 4});
    std::array<std::size_t, 5> order{0, 1, 2, 3, 4};
    do {
      Desk desk;
      for (std::size_t i = 0; i < 4; ++i) {
        const auto result = desk.take(is_v4, cuts[order[i]]);
        ASSERT_EQ(result.drop, Drop::none);
        ASSERT_TRUE(result.packet.is_empty());
      }
      const auto result = desk.take(is_v4, cuts[order[4]]);
      ASSERT_EQ(text_behind(result.packet, is_v4 ? 20 : 40), text_of(0, 67));
      ASSERT_EQ(desk.reassembly.datagrams(), 0u);
      ASSERT_EQ(desk.reassembly.sources(), 0u);
      ASSERT_EQ(desk.reassembly.held_bytes(), 0u);
      ASSERT_EQ(desk.reassembly.reassembled(), 1u);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Reassembly, HeadersOfAPacketThatWasNeverCut) {
  Desk desk;
  desk.take(true, {0, text_of(0, 8), true});
  const auto v4 = desk.take(true, {8, text_of(8, 5), false});
  wire::Ipv4Header header;
  ASSERT_EQ(read(v4.packet[0].bytes(), v4.packet.size(), header), Drop::none);
  EXPECT_FALSE(header.is_fragment());
  EXPECT_EQ(header.total_length, 33);
  EXPECT_EQ(header.source, test::v4_source);
  EXPECT_EQ(header.protocol, test::unread);

  desk.take(false, {0, text_of(0, 8), true});
  const auto v6 = desk.take(false, {8, text_of(8, 5), false});
  wire::Ipv6Header header6;
  ASSERT_EQ(read(v6.packet[0].bytes(), v6.packet.size(), header6), Drop::none);
  EXPECT_EQ(header6.payload_length, 13);
  EXPECT_EQ(header6.next_header, test::unread);
}

TEST(Reassembly, DatagramsOfOtherNamesDoNotMix) {
  Desk desk;
  desk.take(true, {0, text_of(0, 8), true});
  for (const Cut& other : {Cut{8, text_of(8, 8), false, 8}, Cut{8, text_of(8, 8), false, 7, 201},
                           Cut{8, text_of(8, 8), false, 7, 200, IpAddress::v4(10, 0, 0, 9)}}) {
    const auto result = desk.take(true, other);
    EXPECT_EQ(result.drop, Drop::none);
    EXPECT_TRUE(result.packet.is_empty());
  }
  EXPECT_EQ(desk.reassembly.datagrams(), 4u);
  // RFC 8200 4.5: the protocol is no part of the name; the first fragment's is taken.
  desk.take(false, {0, text_of(0, 8), true, 9, 200});
  const auto result = desk.take(false, {8, text_of(8, 8), false, 9, 201});
  EXPECT_EQ(result.packet.flatten()[6], 200);
}

// Cuts a packet, shuffles the fragments, gives some twice, and gets the packet back.
void check_round_trip(bool is_v4) {
  BufferPool pool;
  ReassemblySettings settings;
  settings.max_fragments = 256;  // of 48 bytes each, on the smallest of links
  Reassembly reassembly(settings, SipKey{1, 2});
  const auto protocol = *rc::gen::element<std::uint8_t>(6, 17, 200);
  Octets text = text_of(0, *rc::gen::inRange<std::size_t>(1300, 9000));
  text[12] = 0x80;  // a TCP header of 32 bytes
  std::vector<BufferChain> fragments;
  Octets expected;
  if (is_v4) {
    const BufferChain packet = test::v4_packet(pool, {0, text, false, 7, protocol});
    wire::Ipv4Header header;
    RC_ASSERT(read(packet[0].bytes(), header) == Drop::none);
    expected = packet.flatten();
    fragments = fragments_of(header, packet, *rc::gen::inRange(68u, 1300u), 14);
  } else {
    // Hop-by-hop options stay in front, destination options are cut with the rest.
    Octets bytes(40);
    wire::Ipv6Header header;
    header.next_header = 0;
    header.payload_length = static_cast<std::uint16_t>(16 + text.size());
    header.source = test::v6_source;
    header.destination = test::v6_destination;
    write(header, bytes);
    bytes.insert(bytes.end(), {60, 0, 5, 2, 0, 0, 1, 0, protocol, 0, 0x1e, 4, 0, 0, 0, 0});
    bytes.insert(bytes.end(), text.begin(), text.end());
    expected = bytes;
    const BufferChain packet{pool.copy_of(bytes)};
    wire::ExtensionHeaders extensions;
    RC_ASSERT(read(bytes, header, extensions) == Drop::none);
    fragments = fragments_of(header, extensions, packet, {*rc::gen::inRange(1280u, 1300u), 14, 7});
  }
  for (std::size_t i = fragments.size(); i > 1; --i)
    std::swap(fragments[i - 1], fragments[*rc::gen::inRange<std::size_t>(0, i)]);
  const auto again = *rc::gen::inRange<std::size_t>(0, fragments.size());
  std::optional<BufferChain> whole;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    for (int times = i == again && i + 1 < fragments.size() ? 2 : 1; times > 0; --times) {
      BufferChain packet = fragments[i];
      packet.drop_front(14);
      auto result = reassembly.on_fragment(
          is_v4 ? test::v4_fragment(packet) : test::v6_fragment(packet), Instant{});
      reassembly.check();
      const bool is_second = i == again && i + 1 < fragments.size() && times == 1;
      RC_ASSERT(result.drop == (is_second ? Drop::fragment_duplicate : Drop::none));
      if (!result.packet.is_empty()) whole = std::move(result.packet);
    }
  }
  RC_ASSERT(whole.has_value());
  RC_ASSERT(whole->flatten() == expected);
}

TEST(Reassembly, RoundTripWithTheFragmenterV4) {  // RFC 1122 3.2.1.4, 3.3.2 (a).
  EXPECT_TRUE(rc::check([] { check_round_trip(true); }));
}

TEST(Reassembly, RoundTripWithTheFragmenterV6) {  // RFC 8200 4.5 (c).
  EXPECT_TRUE(rc::check([] { check_round_trip(false); }));
}

// The host reads headers in the first slice, and transport headers at the start of the next.
TEST(Reassembly, HeadersLieInOnePiece) {
  Desk desk;
  Octets text{17, 0, 0x1e, 4, 0, 0, 0, 0};  // destination options, then UDP
  const Octets udp = text_of(0, 24);
  text.insert(text.end(), udp.begin(), udp.end());
  desk.take(false, {0, text, true, 7, 60});
  const auto result = desk.take(false, {32, text_of(24, 9), false, 7, 60});
  ASSERT_FALSE(result.packet.is_empty());
  wire::Ipv6Header header;
  wire::ExtensionHeaders extensions;
  ASSERT_EQ(read(result.packet[0].bytes(), result.packet.size(), header), Drop::none);
  ASSERT_EQ(read(result.packet[0].bytes(), header, extensions), Drop::none);
  EXPECT_EQ(extensions.protocol, 17);
  EXPECT_EQ(extensions.upper_offset, 48u);
  EXPECT_EQ(result.packet[0].size(), 48u);
  EXPECT_GE(result.packet[1].size(), 8u);
  EXPECT_EQ(text_behind(result.packet, 48), text_of(0, 33));
}

// ---- Overlaps -----------------------------------------------------------------------------------

// The policy in the plainest way, in units of 8 bytes.
struct Model {
  struct Unit {
    int content = 0;
    int from = 0, to = 0;  // the fragment it came in
  };
  std::map<int, Unit> units;
  int total = 0;
  bool is_dead = false;

  struct Taken {
    int from, to, content;
    bool more;
  };
  // The contents of a whole datagram, or nothing.
  std::optional<std::vector<int>> take(const Taken& fragment) {
    if (is_dead) return std::nullopt;
    bool is_duplicate = true;
    bool is_overlap = false;
    for (int i = fragment.from; i < fragment.to; ++i) {
      const auto at = units.find(i);
      is_overlap = is_overlap || at != units.end();
      is_duplicate = is_duplicate && at != units.end() && at->second.from == fragment.from &&
                     at->second.to == fragment.to && at->second.content == fragment.content;
    }
    is_duplicate = is_duplicate && fragment.more == (total != fragment.to);
    if (is_duplicate) return std::nullopt;
    const bool is_past_end = total != 0 && fragment.to > total;
    const bool is_other_end =
        !fragment.more && ((total != 0 && total != fragment.to) ||
                           (!units.empty() && units.rbegin()->first >= fragment.to));
    if (is_overlap || is_past_end || is_other_end) {
      *this = {};
      is_dead = true;
      return std::nullopt;
    }
    if (!fragment.more) total = fragment.to;
    for (int i = fragment.from; i < fragment.to; ++i)
      units[i] = {fragment.content, fragment.from, fragment.to};
    if (total == 0 || static_cast<int>(units.size()) < total) return std::nullopt;
    std::vector<int> contents;
    for (const auto& [place, unit] : units) contents.push_back(unit.content);
    *this = {};
    return contents;
  }
};

// SECURITY E1: all orders, overlaps and contents of four fragments over three units, and a whole
// datagram only where the model has one, with the model's contents.
// RFC 8200 4.5 (a).
TEST(Reassembly, SecurityE1EveryOverlapOfFourFragments) {
  std::vector<Model::Taken> kinds;
  for (int from = 0; from < 3; ++from)
    for (int to = from + 1; to <= 3; ++to)
      for (const int content : {1, 2})
        for (const bool more : {true, false}) {
          if (from != 0 || more) kinds.push_back({from, to, content, more});
        }
  BufferPool pool;
  std::vector<BufferChain> packets;
  for (const auto& kind : kinds) {
    Octets text(static_cast<std::size_t>(kind.to - kind.from) * 8,
                static_cast<std::uint8_t>(kind.content));
    packets.push_back(
        test::v4_packet(pool, {static_cast<std::uint32_t>(kind.from) * 8, text, kind.more}));
  }
  std::size_t wholes = 0;
  const std::size_t count = kinds.size();
  for (std::size_t choice = 0; choice < count * count * count * count; ++choice) {
    Reassembly reassembly({}, SipKey{1, 2});
    Model model;
    for (std::size_t step = 0, rest = choice; step < 4; ++step, rest /= count) {
      const std::size_t kind = rest % count;
      const auto expected = model.take(kinds[kind]);
      const auto result = reassembly.on_fragment(test::v4_fragment(packets[kind]), Instant{});
      ASSERT_EQ(result.packet.is_empty(), !expected.has_value()) << choice << " " << step;
      if (!expected) continue;
      ++wholes;
      const Octets text = text_behind(result.packet, 20);
      ASSERT_EQ(text.size(), expected->size() * 8);
      for (std::size_t i = 0; i < text.size(); ++i) ASSERT_EQ(text[i], (*expected)[i / 8]);
    }
    reassembly.check();
  }
  EXPECT_GT(wholes, 1000u);
}

// SECURITY E1.
TEST(Reassembly, SecurityE1OverlapKillsTheDatagramForGood) {
  for (const bool is_v4 : {true, false}) {
    Desk desk;
    EXPECT_EQ(desk.take(is_v4, {0, text_of(0, 24), true}).drop, Drop::none);
    EXPECT_EQ(desk.take(is_v4, {16, text_of(16, 16), true}).drop, Drop::fragment_overlap);
    EXPECT_EQ(desk.take(is_v4, {0, text_of(0, 24), true}).drop, Drop::fragment_dead);
    EXPECT_EQ(desk.take(is_v4, {24, text_of(24, 8), false}).drop, Drop::fragment_dead);
    EXPECT_EQ(desk.pool->live_blocks(), 0u) << "nothing of it is kept";
    // RFC 5722 4: nobody is told, and after the time the name is free again.
    desk.now += 60s;
    desk.reassembly.on_time(desk.now);
    EXPECT_TRUE(desk.reassembly.take_expired().empty());
    EXPECT_EQ(desk.take(is_v4, {0, text_of(0, 24), true}).drop, Drop::none);
  }
}

// SECURITY E1.
TEST(Reassembly, SecurityE1EndsThatDisagree) {
  Desk desk;
  desk.drop({16, text_of(16, 8), false, 1});
  EXPECT_EQ(desk.drop({24, text_of(24, 8), false, 1}), Drop::fragment_past_end);
  desk.drop({16, text_of(16, 8), true, 2});
  EXPECT_EQ(desk.drop({8, text_of(8, 4), false, 2}), Drop::fragment_past_end);
  desk.drop({16, text_of(16, 8), false, 3});
  EXPECT_EQ(desk.drop({16, text_of(16, 8), true, 3}), Drop::fragment_overlap)
      << "the same bytes, but no longer the last";
}

TEST(Reassembly, DuplicatesAreIgnored) {
  Desk desk;
  desk.drop({0, text_of(0, 8), true});
  EXPECT_EQ(desk.drop({0, text_of(0, 8), true}), Drop::fragment_duplicate);
  EXPECT_EQ(desk.drop({8, text_of(8, 8), true}), Drop::none);
  const auto result = desk.take(true, {16, text_of(16, 8), false});
  EXPECT_EQ(text_behind(result.packet, 20), text_of(0, 24));
}

// ---- Sizes --------------------------------------------------------------------------------------

// SECURITY A2, E1.
TEST(Reassembly, SecurityA2IllegalSizesAndPlaces) {
  BufferPool pool;
  Reassembly reassembly({}, SipKey{1, 2});
  const auto verdict = [&](std::uint32_t offset, std::size_t bytes, bool more) {
    Fragment fragment = test::v4(pool, {0, text_of(0, bytes), false});
    fragment.offset_bytes = offset;
    fragment.more_fragments = more;
    return reassembly.on_fragment(std::move(fragment), Instant{}).drop;
  };
  EXPECT_EQ(verdict(0, 9, true), Drop::ip_bad_fragment);
  EXPECT_EQ(verdict(0, 0, true), Drop::ip_bad_fragment);
  EXPECT_EQ(verdict(8, 0, false), Drop::ip_bad_fragment);
  EXPECT_EQ(verdict(65528, 8, false), Drop::ip_bad_fragment);
  EXPECT_EQ(verdict(65528, 7, false), Drop::none);
}

// The ping of death: header and text together do not fit any packet.
// SECURITY A3.
TEST(Reassembly, SecurityA3HeaderAndTextTogetherAreTooLarge) {
  ReassemblySettings settings;
  settings.max_bytes_per_source = 1u << 20;
  // Text up to 65,535 bytes is legal for each fragment alone, but not with 20 bytes of header.
  BufferPool pool;
  Reassembly reassembly(settings, SipKey{1, 2});
  Reassembly::Result result;
  for (std::uint32_t at = 0; at < 65528; at += 8184) {
    Fragment fragment = test::v4(pool, {0, text_of(at, 8184), false});
    fragment.offset_bytes = at;
    fragment.more_fragments = true;
    if (at + 8184 > 65472) break;
    result = reassembly.on_fragment(std::move(fragment), Instant{});
    ASSERT_EQ(result.drop, Drop::none);
  }
  Fragment fragment = test::v4(pool, {0, text_of(0, 63), false});
  fragment.offset_bytes = 65472;
  result = reassembly.on_fragment(std::move(fragment), Instant{});
  EXPECT_EQ(result.drop, Drop::fragment_too_large);
  EXPECT_EQ(reassembly.datagrams(), 0u);
}

// SECURITY E3: RFC 1858, 3128.
// RFC 1858 section 3.
TEST(Reassembly, SecurityE3TinyFirstFragments) {
  const auto verdict = [](std::uint8_t protocol, std::uint32_t offset, Octets text) {
    Desk desk;
    return desk.drop({offset, std::move(text), true, 7, protocol});
  };
  Octets tcp(40);
  tcp[12] = 0x80;  // a header of 32 bytes
  for (std::size_t size = 8; size <= 40; size += 8) {
    const Octets text(tcp.begin(), tcp.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(verdict(6, 0, text), size < 32 ? Drop::fragment_tiny : Drop::none) << size;
  }
  EXPECT_EQ(verdict(17, 0, Octets(8)), Drop::none);
  EXPECT_EQ(verdict(1, 0, Octets(8)), Drop::none);
  EXPECT_EQ(verdict(6, 8, Octets(8)), Drop::fragment_tiny) << "flags of TCP in a second fragment";
  EXPECT_EQ(verdict(6, 16, Octets(8)), Drop::none);
  EXPECT_EQ(verdict(17, 8, Octets(8)), Drop::none);
}

// SECURITY E4: RFC 6946.
// RFC 6946 section 4.
TEST(Reassembly, SecurityE4AtomicFragmentsMeetNoOthers) {
  Desk desk;
  desk.take(false, {0, text_of(0, 16), true});
  const auto atomic = desk.take(false, {0, text_of(0, 5, 99), false});
  EXPECT_EQ(atomic.drop, Drop::none);
  EXPECT_EQ(text_behind(atomic.packet, 40), text_of(0, 5, 99));
  wire::Ipv6Header header;
  ASSERT_EQ(read(atomic.packet[0].bytes(), atomic.packet.size(), header), Drop::none);
  EXPECT_EQ(header.next_header, test::unread);
  const auto pending = desk.take(false, {16, text_of(16, 5), false});
  EXPECT_EQ(text_behind(pending.packet, 40), text_of(0, 21)) << "not affected";
  const auto empty = desk.take(false, {0, {}, false, 8, 59});
  EXPECT_EQ(empty.drop, Drop::none);
  EXPECT_EQ(empty.packet.size(), 40u);
}

TEST(Reassembly, CongestionMarks) {  // RFC 3168 5.3
  for (const bool is_v4 : {true, false})
    for (std::uint8_t first = 0; first < 4; ++first)
      for (std::uint8_t second = 0; second < 4; ++second) {
        Desk desk;
        desk.take(is_v4, {8, text_of(8, 8), false, 7, 200, test::v4_source, second});
        const auto result =
            desk.take(is_v4, {0, text_of(0, 8), true, 7, 200, test::v4_source, first});
        const bool is_marked = first == 3 || second == 3;
        const bool is_mixed = is_marked && (first == 0 || second == 0);
        ASSERT_EQ(result.drop, is_mixed ? Drop::fragment_mixed_ecn : Drop::none);
        ASSERT_EQ(desk.reassembly.datagrams(), 0u);
        if (is_mixed) continue;
        const Octets packet = result.packet.flatten();
        const int ecn = is_v4 ? packet[1] & 3 : packet[1] >> 4 & 3;
        EXPECT_EQ(ecn, is_marked ? 3 : first);
        wire::Ipv4Header header;
        if (is_v4) {
          EXPECT_EQ(read(packet, header), Drop::none);
        }
      }
}

// ---- Memory -------------------------------------------------------------------------------------

// SECURITY C13: a few bytes do not keep a large block.
TEST(Reassembly, SecurityC13SmallFragmentsPinLittle) {
  BufferPool pool;
  Reassembly reassembly({}, SipKey{1, 2});
  for (std::uint32_t i = 0; i < 20; ++i) {
    BufferChain packet = test::v4_packet(pool, {i * 16, text_of(0, 8), true});
    Slice large = pool.allocate(60'000);
    packet.copy_to(large.writable().first(packet.size()));
    packet = BufferChain{large.part(0, packet.size())};
    large = {};
    reassembly.on_fragment(test::v4_fragment(std::move(packet)), Instant{});
  }
  EXPECT_LE(pool.live_bytes(), 21 * 224u);
  EXPECT_GE(reassembly.held_bytes(), pool.live_bytes());
}

TEST(Reassembly, FullFramesAreTakenByReference) {
  Desk desk;
  BufferChain packet = test::v4_packet(*desk.pool, {0, text_of(0, 1480), true});
  const std::uint8_t* const text = packet[0].bytes().data() + 20;
  desk.reassembly.on_fragment(test::v4_fragment(std::move(packet)), desk.now);
  const auto result = desk.take(true, {1480, text_of(1480, 100), false});
  EXPECT_EQ(result.packet[1].bytes().data(), text);
}

// SECURITY E2.
TEST(Reassembly, SecurityE2TooManyFragments) {
  Desk desk;
  for (std::uint32_t i = 0; i < 128; ++i)
    ASSERT_EQ(desk.drop({i * 16, text_of(0, 8), true}), Drop::none);
  EXPECT_EQ(desk.drop({128 * 16, text_of(0, 8), true}), Drop::fragment_too_many);
  EXPECT_EQ(desk.drop({8, text_of(0, 8), true}), Drop::fragment_dead);
}

// SECURITY E2.
TEST(Reassembly, OneSourceTakesOnlyFromItself) {
  ReassemblySettings settings;
  settings.max_bytes_per_source = 8192;
  settings.max_datagrams_per_source = 4;
  BufferPool pool;
  Reassembly reassembly(settings, SipKey{1, 2});
  const IpAddress other = IpAddress::v4(10, 0, 0, 9);
  const auto take = [&](const Cut& cut) {
    auto result = reassembly.on_fragment(test::v4(pool, cut), Instant{});
    reassembly.check();
    return result;
  };
  take({0, text_of(0, 8), true, 1, 200, other});
  for (std::uint32_t id = 0; id < 1000; ++id) take({0, text_of(0, 1000), true, id});
  EXPECT_EQ(reassembly.datagrams(), 1u + 3u) << "of 2,048 bytes and more each";
  for (std::uint32_t id = 0; id < 1000; ++id) take({0, text_of(0, 8), true, id});
  EXPECT_EQ(reassembly.datagrams(), 1u + 4u);
  EXPECT_EQ(reassembly.sources(), 2u);
  // The oldest gave way, the newest is there.
  EXPECT_TRUE(take({8, text_of(8, 8), false, 995}).packet.is_empty());
  EXPECT_FALSE(take({8, text_of(8, 8), false, 999}).packet.is_empty());
  EXPECT_FALSE(take({8, text_of(8, 8), false, 1, 200, other}).packet.is_empty());
  // One datagram that is too much alone.
  Drop drop = Drop::none;
  for (std::uint32_t at = 0; drop == Drop::none; at += 2008)
    drop = take({at, text_of(at, 2000), true, 5000}).drop;
  EXPECT_EQ(drop, Drop::fragment_memory_full);
}

// SECURITY E2: FragmentSmack. First fragments from everywhere, an honest sender among them.
TEST(Reassembly, SecurityE2HonestDatagramsPassTenfoldAttack) {
  ReassemblySettings settings;
  settings.max_bytes = 512u << 10;
  BufferPool pool;
  Reassembly reassembly(settings, SipKey{1, 2});
  Instant now{};
  std::uint32_t attacker = 0;
  const auto attack = [&] {
    for (int i = 0; i < 10; ++i) {
      const bool is_v4 = ++attacker % 2 == 0;
      const IpAddress source = is_v4 ? IpAddress::v4(0x0b00'0000 + attacker)
                                     : IpAddress{0x2001'0db8'0001'0000, attacker};
      const Cut cut{attacker % 7 * 8, text_of(0, 64), true, attacker, 200, source};
      reassembly.on_fragment(is_v4 ? test::v4(pool, cut) : test::v6(pool, cut), now);
    }
  };
  std::uint32_t whole = 0;
  const std::uint32_t honest = 3000;
  for (std::uint32_t id = 0; id < honest; ++id) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      attack();
      now += 10us;
      const Cut cut{i * 1480, text_of(i * 1480, 1480), i < 2, id};
      whole += reassembly.on_fragment(test::v4(pool, cut), now).packet.is_empty() ? 0 : 1;
    }
    if (id % 100 == 0) reassembly.check();
  }
  EXPECT_EQ(whole, honest);
  EXPECT_LE(reassembly.held_bytes(), settings.max_bytes);
  EXPECT_LE(pool.live_bytes(), settings.max_bytes);
  EXPECT_GT(reassembly.evicted(), 80'000u);
}

// ---- Time ---------------------------------------------------------------------------------------

// RFC 1122 3.3.2 (b), RFC 8200 4.5 (b).
TEST(Reassembly, TimeOutsTellWhetherTheFirstFragmentWasThere) {
  for (const bool is_v4 : {true, false}) {
    Desk desk;
    const Duration timeout = is_v4 ? 30s : 60s;
    EXPECT_EQ(desk.reassembly.deadline(), never);
    const Cut first{0, text_of(0, 16), true, 1};
    desk.take(is_v4, first);
    desk.now += 1s;
    desk.take(is_v4, {32, text_of(32, 16), true, 1});  // does not give more time
    desk.take(is_v4, {8, text_of(8, 8), false, 2});
    EXPECT_EQ(desk.reassembly.deadline(), Instant{timeout});
    desk.reassembly.on_time(Instant{timeout - 1ns});
    EXPECT_TRUE(desk.reassembly.take_expired().empty());
    desk.reassembly.on_time(Instant{timeout});
    auto expired = desk.reassembly.take_expired();
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_TRUE(expired[0].has_first_fragment());
    EXPECT_EQ(expired[0].source, is_v4 ? test::v4_source : test::v6_source);
    EXPECT_EQ(expired[0].first_fragment.flatten(),
              (is_v4 ? test::v4_packet(*desk.pool, first) : test::v6_packet(*desk.pool, first))
                  .flatten());
    desk.reassembly.on_time(Instant{timeout + 1s});
    expired = desk.reassembly.take_expired();
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_FALSE(expired[0].has_first_fragment());
    EXPECT_EQ(desk.reassembly.deadline(), never);
    expired.clear();
    EXPECT_EQ(desk.pool->live_blocks(), 0u);
  }
}

TEST(Reassembly, BothFamiliesExpireInOrder) {
  Desk desk;
  desk.take(false, {0, text_of(0, 16), true, 1});
  desk.now += 40s;
  desk.take(true, {0, text_of(0, 16), true, 1});
  EXPECT_EQ(desk.reassembly.deadline(), Instant{60s});
  desk.reassembly.on_time(Instant{100s});
  const auto expired = desk.reassembly.take_expired();
  ASSERT_EQ(expired.size(), 2u);
  EXPECT_FALSE(expired[0].source.is_v4());
  EXPECT_TRUE(expired[1].source.is_v4());
}

// ---- Worlds -------------------------------------------------------------------------------------

TEST(Reassembly, CopiesGoOnAlike) {
  Desk desk;
  for (std::uint32_t id = 0; id < 50; ++id)
    desk.take(id % 2 == 0, {id % 3 * 8, text_of(id % 3 * 8, 8), true, id});
  Reassembly copy = desk.reassembly;
  const auto value = [](const Reassembly& reassembly) {
    Digest digest;
    reassembly.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(value(copy), value(desk.reassembly));
  const Cut last{8, text_of(8, 3), false, 0};
  const auto here = desk.reassembly.on_fragment(test::v4(*desk.pool, last), Instant{});
  EXPECT_NE(value(copy), value(desk.reassembly));
  const auto there = copy.on_fragment(test::v4(*desk.pool, last), Instant{});
  EXPECT_EQ(here.packet.flatten(), there.packet.flatten());
  EXPECT_EQ(value(copy), value(desk.reassembly));
  copy.check();
}

}  // namespace
}  // namespace acksu
