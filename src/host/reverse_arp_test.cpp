// RARP between two hosts: who asks, who knows, and answers that nobody asked for.
#include <gtest/gtest.h>

#include "host/pair_test.h"
#include "wire/arp.h"

namespace acksu {
namespace {

using Operation = wire::ArpPacket::Operation;

constexpr MacAddress a_mac{{2, 0, 0, 0, 0, 1}}, b_mac{{2, 0, 0, 0, 0, 2}},
    c_mac{{2, 0, 0, 0, 0, 3}};

HostSettings without_address() {
  HostSettings settings = Pair::settings(1);
  settings.links[0].addresses.clear();
  return settings;
}
HostSettings knowing(std::vector<ReverseEntry> entries) {
  HostSettings settings = Pair::settings(2);
  settings.links[0].reverse_entries = std::move(entries);
  return settings;
}

// What b would say, whatever it knows.
Frame answer(BufferPool& pool, const MacAddress& about, IpAddress address) {
  Slice bytes = pool.allocate(wire::EthernetHeader::size + wire::ArpPacket::size);
  wire::write(wire::EthernetHeader{a_mac, b_mac, wire::EtherType::rarp}, bytes.writable());
  wire::write(wire::ArpPacket{Operation::reverse_reply, b_mac, Pair::b_address, about, address},
              bytes.writable().subspan(wire::EthernetHeader::size));
  return Frame{.bytes = BufferChain(std::move(bytes))};
}

Drop heard(Pair& pair, Frame frame) { return drop_of(pair.a, std::move(frame), pair.now); }

TEST(ReverseArp, AHostIsToldItsAddressByOneThatKnows) {
  Pair pair(without_address(),
            knowing({{c_mac, IpAddress::v4(10, 0, 0, 3)}, {a_mac, Pair::a_address}}));
  EXPECT_FALSE(pair.a.told_address(0));
  ASSERT_EQ(pair.a.ask_address(0), Error::none);
  EXPECT_EQ(pair.settle(), 2u);
  ASSERT_TRUE(pair.a.told_address(0));
  EXPECT_EQ(pair.a.told_address(0)->address, Pair::a_address);
  EXPECT_EQ(pair.a.told_address(0)->server, Pair::b_address);
  EXPECT_FALSE(pair.a.routes().is_ours(Pair::a_address));  // whoever asked may take it
}

TEST(ReverseArp, WhoKnowsNothingSaysNothing) {
  for (const HostSettings& server : {knowing({}), knowing({{c_mac, IpAddress::v4(10, 0, 0, 3)}}),
                                     knowing({{a_mac, IpAddress::v4(203, 0, 113, 7)}})}) {
    Pair pair(without_address(), server);
    ASSERT_EQ(pair.a.ask_address(0), Error::none);
    const bool is_elsewhere =
        !server.links[0].reverse_entries.empty() && server.links[0].reverse_entries[0].mac == a_mac;
    // It answers for other networks too: it is asked for what its list says.
    EXPECT_EQ(pair.settle(), is_elsewhere ? 2u : 1u);
    EXPECT_EQ(pair.b.counters().drops[Drop::rarp_unknown], is_elsewhere ? 0u : 1u);
  }
  HostSettings nowhere = knowing({{a_mac, Pair::a_address}});
  nowhere.links[0].addresses.clear();
  Pair pair(without_address(), nowhere);
  ASSERT_EQ(pair.a.ask_address(0), Error::none);
  EXPECT_EQ(pair.settle(), 1u);
  EXPECT_EQ(pair.b.counters().drops[Drop::rarp_unknown], 1u);
}

// SECURITY F1: answers that nobody asked for.
TEST(ReverseArp, OnlyTheFirstAnswerToAQuestionCounts) {
  Pair pair(without_address(), knowing({}));
  EXPECT_EQ(heard(pair, answer(*pair.pool, a_mac, Pair::a_address)), Drop::rarp_unsolicited);
  EXPECT_FALSE(pair.a.told_address(0));
  ASSERT_EQ(pair.a.ask_address(0), Error::none);
  EXPECT_EQ(heard(pair, answer(*pair.pool, c_mac, Pair::a_address)), Drop::rarp_unsolicited);
  for (const IpAddress nobody : {IpAddress::v4(0), IpAddress::v4(127, 0, 0, 1),
                                 IpAddress::v4(224, 0, 0, 1), IpAddress::v4(0xffff'ffff)}) {
    EXPECT_EQ(heard(pair, answer(*pair.pool, a_mac, nobody)), Drop::rarp_unsolicited);
  }
  EXPECT_FALSE(pair.a.told_address(0));
  EXPECT_EQ(heard(pair, answer(*pair.pool, a_mac, Pair::a_address)), Drop::none);
  EXPECT_EQ(heard(pair, answer(*pair.pool, a_mac, Pair::b_address)), Drop::rarp_unsolicited);
  EXPECT_EQ(pair.a.told_address(0)->address, Pair::a_address);
}

TEST(ReverseArp, NobodyIsAskedWhereThereAreNoCards) {
  HostSettings settings = without_address();
  settings.links[0].kind = LinkKind::ip;
  Pair pair(settings, knowing({}));
  EXPECT_EQ(pair.a.ask_address(0), Error::invalid_argument);
  EXPECT_EQ(pair.a.ask_address(7), Error::invalid_argument);
}

}  // namespace
}  // namespace acksu
