// Whom ARP believes, how often it asks, and what it forgets first.
#include "host/neighbours.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

constexpr MacAddress mac_of(std::uint8_t number) { return {{2, 0, 0, 0, 0, number}}; }
constexpr IpAddress address_of(std::uint32_t number) { return IpAddress::v4(0x0a00'0000 + number); }

struct NeighboursTest : testing::Test {
  NeighbourSettings settings;
  Neighbours neighbours{settings, SipKey{1, 2}};
  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Instant now{100s};

  Neighbours::Hop learn(std::uint8_t number) {
    const Neighbours::Hop hop = neighbours.find_or_add(address_of(number), now);
    EXPECT_EQ(neighbours.on_reply(address_of(number), mac_of(number), now), Drop::none);
    neighbours.take_requests();
    now += settings.request_interval;  // when it may be asked again
    return hop;
  }
  Frame packet(char letter) {
    const auto byte = static_cast<std::uint8_t>(letter);
    Frame frame;
    frame.bytes = BufferChain(pool->copy_of({&byte, 1}));
    return frame;
  }
  // What `mac_of` gives, as a value.
  std::optional<MacAddress> mac(Neighbours::Hop hop) {
    const MacAddress* const found = neighbours.mac_of(hop, now);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
};

TEST_F(NeighboursTest, AsksParksAndDelivers) {  // RFC 1122 2.4 (c).
  const auto hop = neighbours.find_or_add(address_of(1), now);
  EXPECT_FALSE(mac(hop));
  EXPECT_TRUE(neighbours.park(hop, packet('a'), {7, 8}));
  EXPECT_TRUE(neighbours.has_work());
  const auto requests = neighbours.take_requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].target, address_of(1));
  EXPECT_FALSE(requests[0].mac) << "to everybody";
  EXPECT_EQ(neighbours.on_reply(address_of(1), mac_of(1), now), Drop::none);
  const auto parked = neighbours.take_deliverable();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].mac, mac_of(1));
  EXPECT_EQ(mac(hop), mac_of(1));
  EXPECT_EQ(neighbours.deadline(), never);
  EXPECT_FALSE(neighbours.has_work());
}

TEST_F(NeighboursTest, AsksAgainWhoIsSaidToBeSilent) {  // RFC 1122 3.3.1.4 (a), (b)
  const auto hop = learn(1);
  EXPECT_EQ(mac(hop), mac_of(1));
  EXPECT_TRUE(neighbours.take_requests().empty());
  neighbours.on_silence(hop);
  EXPECT_EQ(mac(hop), mac_of(1)) << "goes on with what it knows";
  const auto requests = neighbours.take_requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].mac, mac_of(1));
}

TEST_F(NeighboursTest, AsksOnceASecondThreeTimes) {  // RFC 1122 2.3.2.1 (b), RFC 4861 7.2.2.
  const auto hop = neighbours.find_or_add(address_of(1), now);
  neighbours.park(hop, packet('a'), {7, 8});
  for (int i = 0; i < 100; ++i) neighbours.find_or_add(address_of(1), now);
  EXPECT_EQ(neighbours.take_requests().size(), 1u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(neighbours.deadline(), now + 1s);
    neighbours.on_time(now + 999ms);
    EXPECT_TRUE(neighbours.take_requests().empty());
    now += 1s;
    neighbours.on_time(now);
    EXPECT_EQ(neighbours.take_requests().size(), 1u);
  }
  EXPECT_TRUE(neighbours.take_undeliverable().empty());
  now += 1s;
  neighbours.on_time(now);
  EXPECT_TRUE(neighbours.take_requests().empty());
  const auto parked = neighbours.take_undeliverable();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].sender.connection, 7u);
  EXPECT_FALSE(neighbours.holds(hop));
  EXPECT_EQ(neighbours.size(), 0u);
}

// SECURITY F2.
// RFC 1122 2.3.2.2.
TEST_F(NeighboursTest, TheOldestParkedPacketGivesWay) {
  const auto hop = neighbours.find_or_add(address_of(1), now);
  const auto last = static_cast<char>('A' + NeighbourSettings{}.max_pending_packets);
  for (char letter = 'A'; letter < last; ++letter) {
    EXPECT_TRUE(neighbours.park(hop, packet(letter), {}));
  }
  EXPECT_FALSE(neighbours.park(hop, packet(last), {}));
  neighbours.on_reply(address_of(1), mac_of(1), now);
  const auto parked = neighbours.take_deliverable();
  ASSERT_EQ(parked.size(), NeighbourSettings{}.max_pending_packets);
  EXPECT_EQ(parked.front().packet.bytes[0].bytes()[0], 'B');
  EXPECT_EQ(parked.back().packet.bytes[0].bytes()[0], last);
}

// SECURITY F1.
TEST_F(NeighboursTest, NobodyMakesEntriesByAnnouncing) {
  EXPECT_EQ(neighbours.on_reply(address_of(1), mac_of(1), now), Drop::arp_unsolicited);
  EXPECT_EQ(neighbours.on_announcement(address_of(1), mac_of(1)), Drop::arp_unsolicited);
  EXPECT_EQ(neighbours.size(), 0u);
}

TEST_F(NeighboursTest, WhoAsksForUsIsKnown) {
  EXPECT_EQ(neighbours.on_request_for_us(address_of(1), mac_of(1), now), Drop::none);
  EXPECT_EQ(mac(neighbours.find_or_add(address_of(1), now)), mac_of(1));
  EXPECT_TRUE(neighbours.take_requests().empty());
}

// SECURITY F1.
TEST_F(NeighboursTest, SpoofedMessagesDoNotMoveAKnownEntry) {
  const auto hop = learn(1);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(neighbours.on_reply(address_of(1), mac_of(66), now), Drop::arp_conflict);
    EXPECT_EQ(neighbours.on_announcement(address_of(1), mac_of(66)), Drop::arp_conflict);
    EXPECT_EQ(neighbours.on_request_for_us(address_of(1), mac_of(66), now), Drop::arp_conflict);
    ASSERT_EQ(mac(hop), mac_of(1));
  }
  // The old one is asked, by unicast, and confirms.
  const auto requests = neighbours.take_requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].mac, mac_of(1));
  EXPECT_EQ(neighbours.on_reply(address_of(1), mac_of(1), now), Drop::none);
  EXPECT_EQ(mac(hop), mac_of(1));
  EXPECT_TRUE(neighbours.take_requests().empty()) << "fresh again";
}

TEST_F(NeighboursTest, ANeighbourMayMoveWhenItsOldPlaceIsSilent) {
  const auto hop = learn(1);
  neighbours.on_announcement(address_of(1), mac_of(2));
  EXPECT_EQ(mac(hop), mac_of(1));
  EXPECT_EQ(neighbours.take_requests().size(), 1u);
  now += 1s;
  EXPECT_EQ(mac(hop), mac_of(1)) << "in use until somebody answers";
  const auto requests = neighbours.take_requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_FALSE(requests[0].mac) << "now everybody is asked";
  EXPECT_EQ(neighbours.on_reply(address_of(1), mac_of(2), now), Drop::none);
  EXPECT_EQ(mac(hop), mac_of(2));
}

// RFC 1122 2.3.2.1 (a), (c), RFC 4861 7.3.3.
TEST_F(NeighboursTest, AnEntryThatIsNotConfirmedIsAskedForAndThenForgotten) {
  const auto hop = learn(1);
  now += settings.lifetime - settings.request_interval - 1ns;
  EXPECT_TRUE(mac(hop));
  EXPECT_FALSE(neighbours.has_work());
  now += 1ns;
  for (std::uint32_t i = 0; i < settings.max_requests; ++i) {
    EXPECT_TRUE(mac(hop));
    EXPECT_TRUE(mac(hop));
    EXPECT_EQ(neighbours.take_requests().size(), 1u);
    now += 1s;
  }
  EXPECT_FALSE(mac(hop)) << "unresolved";
  EXPECT_TRUE(neighbours.holds(hop));
  EXPECT_NE(neighbours.deadline(), never);
}

// SECURITY F2.
TEST_F(NeighboursTest, AScanFillsABoundedPartAndForgetsNoKnownEntry) {
  const auto gateway = learn(1);
  for (std::uint32_t i = 2; i < 65'536; ++i) neighbours.find_or_add(address_of(i), now);
  EXPECT_EQ(neighbours.unresolved(), settings.max_unresolved);
  EXPECT_EQ(neighbours.size(), settings.max_unresolved + 1);
  EXPECT_TRUE(neighbours.holds(gateway));
  EXPECT_EQ(mac(gateway), mac_of(1));
}

// SECURITY F2.
TEST_F(NeighboursTest, TheLongestUnconfirmedGivesWayWhenAllAreKnown) {
  settings.max_entries = 3;
  neighbours = Neighbours(settings, SipKey{1, 2});
  const auto first = learn(1);
  const auto second = learn(2);
  learn(3);
  neighbours.on_request_for_us(address_of(1), mac_of(1), now);  // confirmed again
  EXPECT_EQ(neighbours.on_request_for_us(address_of(9), mac_of(9), now), Drop::none);
  EXPECT_EQ(neighbours.size(), 3u) << "no room for who only asks";
  learn(4);
  EXPECT_TRUE(neighbours.holds(first));
  EXPECT_FALSE(neighbours.holds(second));
}

}  // namespace
}  // namespace acksu
