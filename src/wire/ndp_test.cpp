// NDP messages: exact bytes, the rules of RFC 4861, every option, every truncation, floods.
#include "wire/ndp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/address.h"
#include "wire/test_frames.h"

namespace acksu::wire::ndp_test {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const IpAddress us = *parse_ip("fe80::1");
const IpAddress them = *parse_ip("fe80::2");
const IpAddress all_nodes = *parse_ip("ff02::1");
const IpAddress anywhere{};
const MacAddress mac{{2, 0, 0, 0, 0, 1}};
const NdpCarrier good{us, them, 255, false};

// A message of these bytes behind the ICMPv6 header.
Icmpv6Message message_of(BufferPool& pool, std::uint8_t type, std::uint32_t rest,
                         const Octets& payload) {
  Icmpv6Message message;
  message.type = type;
  message.rest = rest;
  if (!payload.empty()) message.payload = test::chain(pool, payload);
  return message;
}

// What `write` made, read as ICMPv6 with its checksum.
template <class Ndp>
Icmpv6Message written(BufferPool& pool, const Ndp& ndp, const NdpCarrier& carrier) {
  const PseudoHeader pseudo{carrier.source, carrier.destination};
  Octets room(largest_ndp_message);
  room.resize(write(ndp, pseudo, room));
  Icmpv6Message message;
  EXPECT_EQ(read_icmpv6(test::chain(pool, room), pseudo, false, message), Drop::none);
  return message;
}

const std::string target = "20010db8000000000000000000000007 ";

TEST(Ndp, NeighbourSolicitationExactBytes) {
  BufferPool pool;
  const NeighbourSolicitation ndp{*parse_ip("2001:db8::7"), mac, Nonce{1, 2, 3, 4, 5, 6}};
  const Icmpv6Message message = written(pool, ndp, good);
  EXPECT_EQ(message.type, 135);
  EXPECT_EQ(message.code, 0);
  EXPECT_EQ(message.rest, 0u);
  EXPECT_EQ(message.payload.flatten(), hex(target + "0101 020000000001 0e01 010203040506"));
  NeighbourSolicitation read_back;
  ASSERT_EQ(read(message, good, read_back), Drop::none);
  EXPECT_EQ(read_back, ndp);
}

TEST(Ndp, NeighbourAdvertisementExactBytes) {
  BufferPool pool;
  const NeighbourAdvertisement ndp{*parse_ip("2001:db8::7"), true, true, true, mac};
  const Icmpv6Message message = written(pool, ndp, good);
  EXPECT_EQ(message.type, 136);
  EXPECT_EQ(message.rest, 0xe000'0000u);
  EXPECT_EQ(message.payload.flatten(), hex(target + "0201 020000000001"));
  NeighbourAdvertisement read_back;
  ASSERT_EQ(read(message, good, read_back), Drop::none);
  EXPECT_EQ(read_back, ndp);
}

RouterAdvertisement full_advertisement() {
  RouterAdvertisement ndp;
  ndp.hop_limit = 64;
  ndp.is_managed = true;
  ndp.lifetime = 1800s;
  ndp.reachable = 30s;
  ndp.retransmit = 1s;
  ndp.source_mac = mac;
  ndp.mtu = 1400;
  ndp.prefixes.add({*parse_prefix("2001:db8::/64"), true, true, forever, 3600s});
  Resolvers resolvers;
  resolvers.addresses.add(*parse_ip("2001:db8::53"));
  resolvers.lifetime = 600s;
  ndp.resolvers.add(resolvers);
  return ndp;
}

TEST(Ndp, RouterAdvertisementExactBytes) {
  BufferPool pool;
  const Icmpv6Message message = written(pool, full_advertisement(), good);
  EXPECT_EQ(message.type, 134);
  EXPECT_EQ(message.rest, 0x4080'0708u);
  EXPECT_EQ(message.payload.flatten(),
            hex("00007530 000003e8 0101 020000000001 0501 0000 00000578"
                "0304 40c0 ffffffff 00000e10 00000000 20010db8000000000000000000000000"
                "1903 0000 00000258 20010db8000000000000000000000053"));
  RouterAdvertisement read_back;
  ASSERT_EQ(read(message, good, read_back), Drop::none);
  EXPECT_EQ(read_back, full_advertisement());
}

TEST(Ndp, RouterSolicitationFromNobodyAndSomebody) {
  BufferPool pool;
  RouterSolicitation read_back;
  ASSERT_EQ(read(written(pool, RouterSolicitation{mac}, good), good, read_back), Drop::none);
  EXPECT_EQ(read_back.source_mac, mac);
  const NdpCarrier nobody{anywhere, all_nodes, 255, false};
  EXPECT_EQ(read(written(pool, RouterSolicitation{}, nobody), nobody, read_back), Drop::none);
  // RFC 4861 6.1.1: nobody has no link-layer address.
  EXPECT_EQ(read(written(pool, RouterSolicitation{mac}, nobody), nobody, read_back),
            Drop::ndp_bad_option);
}

TEST(Ndp, RedirectWithItsQuote) {
  BufferPool pool;
  Redirect ndp;
  ndp.target = *parse_ip("fe80::9");
  ndp.destination = *parse_ip("2001:db8::7");
  ndp.target_mac = mac;
  for (const std::size_t size : {0u, 7u, 8u, 100u, 1184u, 1500u}) {
    Octets packet(size);
    for (std::size_t i = 0; i < size; ++i) packet[i] = static_cast<std::uint8_t>(i);
    ndp.quote = BufferChain{pool.copy_of(packet)};
    Redirect read_back;
    ASSERT_EQ(read(written(pool, ndp, good), good, read_back), Drop::none);
    EXPECT_EQ(read_back.target, ndp.target);
    EXPECT_EQ(read_back.destination, ndp.destination);
    EXPECT_EQ(read_back.target_mac, mac);
    packet.resize(std::min<std::size_t>(size & ~7u, 1184));
    EXPECT_EQ(read_back.quote.flatten(), packet);
  }
}

TEST(Ndp, RedirectsOfImpossiblePlaces) {
  BufferPool pool;
  const auto verdict = [&](const char* to, const char* about, IpAddress source) {
    Redirect ndp;
    ndp.target = *parse_ip(to);
    ndp.destination = *parse_ip(about);
    const NdpCarrier carrier{source, them, 255, false};
    Redirect read_back;
    return read(written(pool, ndp, carrier), carrier, read_back);
  };
  EXPECT_EQ(verdict("fe80::9", "2001:db8::7", us), Drop::none);
  EXPECT_EQ(verdict("2001:db8::7", "2001:db8::7", us), Drop::none);
  EXPECT_EQ(verdict("2001:db8::9", "2001:db8::7", us), Drop::ndp_bad_target);
  EXPECT_EQ(verdict("fe80::9", "ff02::1", us), Drop::ndp_bad_destination);
  EXPECT_EQ(verdict("fe80::9", "2001:db8::7", *parse_ip("2001:db8::1")), Drop::ndp_bad_source);
}

// ---- Rules --------------------------------------------------------------------------------------

// Calls f(message, a fresh message to read into) for a legal message of each kind.
template <class F>
void for_each_kind(BufferPool& pool, F&& f) {
  Redirect redirect;
  redirect.target = them;
  redirect.destination = *parse_ip("2001:db8::7");
  redirect.target_mac = mac;
  redirect.quote = BufferChain{pool.copy_of(Octets(48, 7))};
  f(written(pool, RouterSolicitation{mac}, good), RouterSolicitation{});
  f(written(pool, full_advertisement(), good), RouterAdvertisement{});
  f(written(pool, NeighbourSolicitation{them, mac, Nonce{}}, good), NeighbourSolicitation{});
  f(written(pool, NeighbourAdvertisement{us, false, true, true, mac}, good),
    NeighbourAdvertisement{});
  f(written(pool, redirect, good), Redirect{});
}

TEST(Ndp, OnlyFromThisLink) {  // RFC 4861 6.1.2, 7.1.1, 7.1.2.
  BufferPool pool;
  for_each_kind(pool, [](const Icmpv6Message& message, auto out) {
    for (unsigned hop_limit = 0; hop_limit < 256; ++hop_limit) {
      NdpCarrier carrier = good;
      carrier.hop_limit = static_cast<std::uint8_t>(hop_limit);
      EXPECT_EQ(read(message, carrier, out),
                hop_limit == 255 ? Drop::none : Drop::ndp_bad_hop_limit);
    }
  });
}

TEST(Ndp, NeverInFragments) {
  BufferPool pool;
  for_each_kind(pool, [](const Icmpv6Message& message, auto out) {
    NdpCarrier carrier = good;
    carrier.was_fragmented = true;
    EXPECT_EQ(read(message, carrier, out), Drop::ndp_fragmented);
  });
}

TEST(Ndp, OnlyWithCodeZero) {
  BufferPool pool;
  for_each_kind(pool, [](Icmpv6Message message, auto out) {
    for (unsigned code = 1; code < 256; ++code) {
      message.code = static_cast<std::uint8_t>(code);
      EXPECT_EQ(read(message, good, out), Drop::ndp_bad_code);
    }
  });
}

TEST(Ndp, SecurityA8EveryTruncation) {
  BufferPool pool;
  for_each_kind(pool, [&](Icmpv6Message message, auto out) {
    const Octets whole = message.payload.flatten();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Octets cut(whole.begin(), whole.begin() + static_cast<long>(size));
      message.payload = BufferChain{test::between(pool, cut, 0x01)};
      const Drop in_ones = read(message, good, out);
      message.payload = BufferChain{test::between(pool, cut, 0xff)};
      EXPECT_EQ(read(message, good, out), in_ones) << "looks past its end";
      // Cut between two options, or before the first, it is a shorter message.
      if (size % 8 != 0) {
        EXPECT_NE(in_ones, Drop::none) << int{message.type} << " " << size;
      }
    }
  });
}

TEST(Ndp, SecurityA1OptionsOfNoLength) {
  BufferPool pool;
  for_each_kind(pool, [&](Icmpv6Message message, auto out) {
    const Octets whole = message.payload.flatten();
    for (unsigned type = 0; type < 256; ++type) {
      message.payload =
          test::chain(pool, whole + Octets{static_cast<std::uint8_t>(type), 0, 0, 0, 0, 0, 0, 0});
      EXPECT_EQ(read(message, good, out), Drop::ndp_bad_option);
    }
  });
}

// SECURITY A1, A8: every option type with every length: taken, skipped, or past the end.
TEST(Ndp, SecurityA8EveryOptionTypeAndLength) {
  BufferPool pool;
  for_each_kind(pool, [&](Icmpv6Message message, auto out) {
    const Octets whole = message.payload.flatten();
    for (unsigned type = 0; type < 256; ++type)
      for (unsigned units = 1; units < 256; units += units < 8 ? 1 : 31) {
        Octets option(40);
        option[0] = static_cast<std::uint8_t>(type);
        option[1] = static_cast<std::uint8_t>(units);
        option.resize(std::min(40u, units * 8));
        message.payload = test::chain(pool, whole + option);
        ASSERT_EQ(read(message, good, out), units <= 5 ? Drop::none : Drop::ndp_bad_option)
            << int{message.type} << " " << type << " " << units;
      }
  });
}

TEST(Ndp, MessagesInPartsAreReadAsWell) {
  BufferPool pool;
  for_each_kind(pool, [&](Icmpv6Message message, auto out) {
    const Octets whole = message.payload.flatten();
    message.payload = {};
    for (const std::uint8_t byte : whole) message.payload.append(pool.copy_of({&byte, 1}));
    EXPECT_EQ(read(message, good, out), Drop::none);
  });
}

TEST(Ndp, SolicitationsFromNobodyAreProbes) {
  BufferPool pool;
  const NdpCarrier probe{anywhere, solicited_node_group(them), 255, false};
  NeighbourSolicitation out;
  EXPECT_EQ(read(written(pool, NeighbourSolicitation{them, {}, Nonce{}}, probe), probe, out),
            Drop::none);
  EXPECT_EQ(read(written(pool, NeighbourSolicitation{them, mac, {}}, probe), probe, out),
            Drop::ndp_bad_option);
  const NdpCarrier unicast{anywhere, them, 255, false};
  EXPECT_EQ(read(written(pool, NeighbourSolicitation{them, {}, {}}, unicast), unicast, out),
            Drop::ndp_bad_destination);
  const NdpCarrier group{all_nodes, them, 255, false};
  EXPECT_EQ(read(written(pool, NeighbourSolicitation{them, {}, {}}, group), group, out),
            Drop::ndp_bad_source);
}

TEST(Ndp, TargetsAreHosts) {
  BufferPool pool;
  for (const char* text : {"ff02::1", "::", "::ffff:10.0.0.1"}) {
    NeighbourSolicitation solicitation;
    const auto payload = written(pool, NeighbourSolicitation{*parse_ip(text), {}, {}}, good);
    EXPECT_EQ(read(payload, good, solicitation), Drop::ndp_bad_target) << text;
    NeighbourAdvertisement advertisement;
    EXPECT_EQ(read(payload, good, advertisement), Drop::ndp_bad_target) << text;
  }
}

TEST(Ndp, SolicitedAdvertisementsAreToldToOne) {
  BufferPool pool;
  const NdpCarrier to_all{us, all_nodes, 255, false};
  NeighbourAdvertisement out;
  EXPECT_EQ(
      read(written(pool, NeighbourAdvertisement{us, false, true, true, mac}, to_all), to_all, out),
      Drop::ndp_bad_destination);
  EXPECT_EQ(
      read(written(pool, NeighbourAdvertisement{us, false, false, true, mac}, to_all), to_all, out),
      Drop::none);
  for (const IpAddress source : {anywhere, all_nodes}) {
    const NdpCarrier carrier{source, them, 255, false};
    EXPECT_EQ(read(written(pool, NeighbourAdvertisement{us, false, false, true, mac}, carrier),
                   carrier, out),
              Drop::ndp_bad_source);
  }
}

TEST(Ndp, RoutersSpeakFromTheirLink) {
  BufferPool pool;
  for (const char* text : {"2001:db8::1", "::", "ff02::1"}) {
    const NdpCarrier carrier{*parse_ip(text), all_nodes, 255, false};
    RouterAdvertisement out;
    EXPECT_EQ(read(written(pool, full_advertisement(), carrier), carrier, out),
              Drop::ndp_bad_source);
  }
}

// SECURITY F4: of a flood in one message only so much is taken.
TEST(Ndp, SecurityF4ManyPrefixesInOneMessage) {
  BufferPool pool;
  Octets payload(8);
  for (std::uint8_t i = 0; i < 40; ++i) {
    auto option = hex("0304 40c0 ffffffff 00000e10 00000000 20010db8000000000000000000000000");
    option[21] = i;
    payload = payload + option;
  }
  RouterAdvertisement out;
  ASSERT_EQ(read(message_of(pool, 134, 0, payload), good, out), Drop::none);
  EXPECT_EQ(out.prefixes.count, 16u);
  EXPECT_EQ(out.prefixes.items[15].prefix.address.high(), 0x2001'0db8'000f'0000u);
}

// SECURITY A8 (CVE-2020-16898): lists of resolvers whose length is even.
TEST(Ndp, SecurityA8ResolversOfAnEvenLengthAreSkipped) {
  BufferPool pool;
  for (std::uint8_t units = 1; units < 20; ++units) {
    Octets option(units * 8u, 9);
    option[0] = 25;
    option[1] = units;
    RouterAdvertisement out;
    ASSERT_EQ(read(message_of(pool, 134, 0, Octets(8) + option), good, out), Drop::none);
    const bool is_legal = units >= 3 && units % 2 == 1;
    EXPECT_EQ(out.resolvers.count, is_legal ? 1u : 0u) << int{units};
    if (is_legal) {
      EXPECT_EQ(out.resolvers.items[0].addresses.count, std::min(3u, (units - 1u) / 2));
    }
  }
}

TEST(Ndp, PrefixesThatAreTooLongAreSkipped) {
  BufferPool pool;
  for (unsigned length = 0; length < 256; ++length) {
    auto option = hex("0304 00c0 ffffffff 00000e10 00000000 20010db8000000000000000000000000");
    option[2] = static_cast<std::uint8_t>(length);
    RouterAdvertisement out;
    ASSERT_EQ(read(message_of(pool, 134, 0, Octets(8) + option), good, out), Drop::none);
    EXPECT_EQ(out.prefixes.count, length <= 128 ? 1u : 0u);
  }
}

TEST(Ndp, GroupAddressesAreNobodysOwn) {
  BufferPool pool;
  NeighbourSolicitation out;
  const auto payload = hex(target + "0101 010000000001 0101 020000000002 0101 020000000003");
  ASSERT_EQ(read(message_of(pool, 135, 0, payload), good, out), Drop::none);
  EXPECT_EQ(out.source_mac, (MacAddress{{2, 0, 0, 0, 0, 2}})) << "the first legal one";
}

TEST(Ndp, RouterAdvertisementRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    BufferPool pool;
    const auto lifetime = [] {
      const auto value = *rc::gen::arbitrary<std::uint32_t>();
      return value == 0xffff'ffff ? forever : Duration{std::chrono::seconds{value}};
    };
    RouterAdvertisement ndp = full_advertisement();
    ndp.hop_limit = *rc::gen::arbitrary<std::uint8_t>();
    ndp.has_other = *rc::gen::arbitrary<bool>();
    ndp.lifetime = std::chrono::seconds{*rc::gen::arbitrary<std::uint16_t>()};
    ndp.reachable = std::chrono::milliseconds{*rc::gen::arbitrary<std::uint32_t>()};
    ndp.mtu = *rc::gen::arbitrary<std::uint32_t>();
    for (unsigned i = *rc::gen::inRange(0u, 16u); i > 0; --i)
      ndp.prefixes.add(
          {{{*rc::gen::arbitrary<std::uint64_t>(), 0}, *rc::gen::inRange<std::uint8_t>(0, 129)},
           *rc::gen::arbitrary<bool>(),
           *rc::gen::arbitrary<bool>(),
           lifetime(),
           lifetime()});
    RouterAdvertisement read_back;
    RC_ASSERT(read(written(pool, ndp, good), good, read_back) == Drop::none);
    RC_ASSERT(read_back == ndp);
  }));
}

}  // namespace
}  // namespace acksu::wire::ndp_test
