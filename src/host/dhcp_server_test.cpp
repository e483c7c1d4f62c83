// The DHCP server: who gets what, and clients that want too much; and client and server together.
#include "host/dhcp_server.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace acksu::dhcp_server_test {
namespace {

using wire::DhcpMessage;
using wire::DhcpType;
using Use = DhcpServer::Use;

constexpr IpAddress own = IpAddress::v4(192, 168, 7, 1);
constexpr IpAddress pool(std::uint8_t last) { return IpAddress::v4(192, 168, 7, last); }
constexpr MacAddress mac(std::uint8_t number) { return {{2, 0, 0, 0, 1, number}}; }

DhcpServerSettings home() {
  return {.address = {own, 24},
          .first = pool(10),
          .last = pool(13),
          .fixed = {{mac(200), pool(12)}, {mac(201), pool(50)}},
          .routers = {own},
          .name_servers = {own},
          .domain = "home.example",
          .mtu = 1400,
          .lease = 1000s};
}

struct Desk {
  explicit Desk(DhcpServerSettings settings = home()) : server(std::move(settings)) {}

  static DhcpMessage from(std::uint8_t number, DhcpType type) {
    DhcpMessage message;
    message.type = type;
    message.transaction = 0x100u + number;
    message.hardware = mac(number);
    message.wants_broadcast = true;
    return message;
  }
  Drop send(const DhcpMessage& message) { return server.on_datagram(to_bytes(message), now); }
  std::optional<DhcpMessage> reply() {
    const auto next = server.next_datagram();
    if (!next) return std::nullopt;
    datagram = *next;
    DhcpMessage message;
    EXPECT_EQ(read(datagram.message, message), Drop::none);
    return message;
  }
  // The address that is offered.
  std::optional<IpAddress> discover(std::uint8_t number) {
    send(from(number, DhcpType::discover));
    const auto offer = reply();
    return offer ? std::optional{offer->yours} : std::nullopt;
  }
  Drop request(std::uint8_t number, IpAddress address, IpAddress of = own) {
    DhcpMessage message = from(number, DhcpType::request);
    message.requested = address;
    message.server_id = of;
    return send(message);
  }
  std::optional<IpAddress> lease(std::uint8_t number) {
    const auto address = discover(number);
    if (!address) return std::nullopt;
    request(number, *address);
    const auto answer = reply();
    return answer && answer->type == DhcpType::ack ? std::optional{answer->yours} : std::nullopt;
  }

  DhcpServer server;
  Instant now{};
  DhcpDatagram datagram;
};

TEST(DhcpServer, OffersAndLeases) {  // RFC 2131 4.3.1
  Desk desk;
  EXPECT_EQ(desk.send(Desk::from(1, DhcpType::discover)), Drop::none);
  const auto offer = desk.reply();
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->type, DhcpType::offer);
  EXPECT_EQ(offer->yours, pool(10));
  EXPECT_EQ(offer->transaction, 0x101u);
  EXPECT_EQ(offer->server_id, own);
  EXPECT_EQ(offer->prefix_length, 24);
  EXPECT_EQ(offer->lease_seconds, 1000u);
  EXPECT_EQ(offer->renewal_seconds, 500u);
  EXPECT_EQ(offer->rebinding_seconds, 875u);
  EXPECT_EQ(offer->domain, "home.example");
  EXPECT_EQ(desk.datagram.to, (Endpoint{IpAddress::v4(0xffff'ffff), 68}));
  EXPECT_EQ(desk.request(1, pool(10)), Drop::none);
  EXPECT_EQ(desk.reply()->type, DhcpType::ack);
  EXPECT_EQ(desk.server.bindings().at(pool(10)).use, Use::leased);
  EXPECT_EQ(desk.discover(1), pool(10));  // again: its own
  EXPECT_EQ(desk.lease(2), pool(11));
}

TEST(DhcpServer, SendsToTheHardwareWhenAsked) {
  Desk desk;
  DhcpMessage message = Desk::from(1, DhcpType::discover);
  message.wants_broadcast = false;
  message.client_id = {0, 1, 2};
  desk.send(message);
  EXPECT_EQ(desk.reply()->client_id, message.client_id);  // RFC 6842
  EXPECT_EQ(desk.datagram.to.address, pool(10));
  EXPECT_EQ(desk.datagram.mac, mac(1));
}

TEST(DhcpServer, OffersExpire) {
  Desk desk;
  desk.discover(1);
  EXPECT_EQ(desk.server.deadline(), desk.now + 30s);
  desk.now += 30s;
  desk.server.on_time(desk.now);
  EXPECT_TRUE(desk.server.bindings().empty());
  EXPECT_EQ(desk.request(1, pool(10)), Drop::none);
  EXPECT_EQ(desk.reply()->type, DhcpType::nak);
  EXPECT_EQ(desk.discover(2), pool(10));
}

TEST(DhcpServer, AnotherServerWasChosen) {
  Desk desk;
  desk.discover(1);
  EXPECT_EQ(desk.request(1, pool(99), pool(2)), Drop::dhcp_wrong_server);
  EXPECT_FALSE(desk.reply());
  EXPECT_TRUE(desk.server.bindings().empty());
}

TEST(DhcpServer, FixedAddresses) {
  Desk desk;
  EXPECT_EQ(desk.lease(200), pool(12));
  EXPECT_EQ(desk.lease(201), pool(50));
  std::set<IpAddress> others;
  for (std::uint8_t i = 1; i <= 3; ++i) others.insert(*desk.lease(i));
  EXPECT_EQ(others, (std::set{pool(10), pool(11), pool(13)}));
  EXPECT_FALSE(desk.lease(4));
  EXPECT_EQ(desk.server.counters().refused[Drop::dhcp_no_address], 1u);
}

TEST(DhcpServer, ExtendsAndEndsLeases) {
  Desk desk;
  desk.lease(1);
  desk.now += 500s;
  DhcpMessage renew = Desk::from(1, DhcpType::request);
  renew.client = pool(10);
  renew.wants_broadcast = false;
  EXPECT_EQ(desk.send(renew), Drop::none);
  EXPECT_EQ(desk.reply()->type, DhcpType::ack);
  EXPECT_EQ(desk.datagram.to.address, pool(10));
  EXPECT_FALSE(desk.datagram.mac);
  desk.now += 999s;
  desk.server.on_time(desk.now);
  EXPECT_EQ(desk.server.bindings().at(pool(10)).use, Use::leased);
  desk.now += 1s;
  desk.server.on_time(desk.now);
  EXPECT_EQ(desk.server.bindings().at(pool(10)).use, Use::expired);
  EXPECT_EQ(desk.lease(2), pool(11));  // its own is kept for it
  EXPECT_EQ(desk.lease(1), pool(10));
}

TEST(DhcpServer, GivesAwayTheLongestExpiredWhenItMust) {
  Desk desk;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    desk.lease(i);
    desk.now += 1s;
  }
  desk.now += 2000s;
  EXPECT_EQ(desk.lease(9), pool(10));
  EXPECT_EQ(desk.lease(2), pool(11));
}

TEST(DhcpServer, AnswersClientsThatRemember) {
  Desk desk;
  desk.lease(1);
  const auto reboot = [&](std::uint8_t number, IpAddress address) {
    DhcpMessage message = Desk::from(number, DhcpType::request);
    message.requested = address;
    const Drop drop = desk.send(message);
    const auto answer = desk.reply();
    return std::pair{drop, answer ? std::optional{answer->type} : std::nullopt};
  };
  EXPECT_EQ(reboot(1, pool(10)), (std::pair{Drop::none, std::optional{DhcpType::ack}}));
  EXPECT_EQ(reboot(1, pool(11)), (std::pair{Drop::none, std::optional{DhcpType::nak}}));
  EXPECT_EQ(reboot(1, IpAddress::v4(10, 0, 0, 5)),
            (std::pair{Drop::dhcp_wrong_network, std::optional{DhcpType::nak}}));
  EXPECT_EQ(reboot(2, pool(11)),
            (std::pair{Drop::dhcp_unexpected, std::optional<DhcpType>{}}));  // a stranger
  // A server that was started anew lets clients go on.
  DhcpMessage renew = Desk::from(3, DhcpType::request);
  renew.client = pool(13);
  EXPECT_EQ(desk.send(renew), Drop::none);
  EXPECT_EQ(desk.reply()->type, DhcpType::ack);
  renew.client = pool(10);
  desk.send(renew);
  EXPECT_EQ(desk.reply()->type, DhcpType::nak);  // somebody else's
}

TEST(DhcpServer, ReleasesAndDeclines) {
  Desk desk;
  desk.lease(1);
  desk.lease(2);
  DhcpMessage release = Desk::from(1, DhcpType::release);
  release.client = pool(10);
  release.server_id = own;
  EXPECT_EQ(desk.send(release), Drop::none);
  EXPECT_EQ(desk.server.bindings().at(pool(10)).use, Use::expired);
  EXPECT_FALSE(desk.reply());
  DhcpMessage decline = Desk::from(2, DhcpType::decline);
  decline.requested = pool(11);
  decline.server_id = own;
  EXPECT_EQ(desk.send(decline), Drop::none);
  EXPECT_EQ(desk.server.bindings().at(pool(11)).use, Use::quarantined);
  EXPECT_EQ(desk.lease(2), pool(13));
  desk.now += 10min;
  desk.server.on_time(desk.now);
  EXPECT_FALSE(desk.server.bindings().contains(pool(11)));
}

TEST(DhcpServer, InformsWithoutALease) {
  Desk desk;
  DhcpMessage inform = Desk::from(1, DhcpType::inform);
  inform.client = pool(77);
  EXPECT_EQ(desk.send(inform), Drop::none);
  const auto ack = desk.reply();
  EXPECT_EQ(ack->type, DhcpType::ack);
  EXPECT_FALSE(ack->lease_seconds);
  EXPECT_EQ(ack->name_servers, std::vector{own});
  EXPECT_EQ(desk.datagram.to.address, pool(77));
}

// One who asks under many names: offers end, leases of others stay.
TEST(DhcpServerAttack, PoolStarvation) {
  DhcpServerSettings settings = home();
  settings.last = pool(200);
  settings.fixed.clear();
  settings.max_offers = 8;
  Desk desk{settings};
  const auto honest = desk.lease(1);
  ASSERT_TRUE(honest);
  for (int i = 0; i < 2000; ++i) {
    DhcpMessage flood = Desk::from(2, DhcpType::discover);
    flood.client_id = {9, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
    desk.send(flood);
    desk.reply();
  }
  EXPECT_EQ(desk.server.bindings().size(), 9u);
  desk.now += 30s;
  EXPECT_TRUE(desk.lease(3));
  EXPECT_EQ(desk.discover(1), honest);
}

TEST(DhcpServerAttack, DeclineFlood) {
  DhcpServerSettings settings = home();
  settings.last = pool(200);
  settings.max_quarantined = 3;
  Desk desk{settings};
  for (int i = 0; i < 50; ++i) {
    const auto address = desk.lease(1);
    ASSERT_TRUE(address);
    DhcpMessage decline = Desk::from(1, DhcpType::decline);
    decline.requested = *address;
    decline.server_id = own;
    desk.send(decline);
  }
  std::size_t quarantined = 0;
  for (const auto& [address, binding] : desk.server.bindings())
    quarantined += binding.use == Use::quarantined;
  EXPECT_EQ(quarantined, 3u);
}

// Nobody ends or takes what is somebody else's.
TEST(DhcpServerAttack, ForeignLeases) {
  Desk desk;
  desk.lease(1);
  DhcpMessage forged = Desk::from(2, DhcpType::release);
  forged.client = pool(10);
  forged.server_id = own;
  EXPECT_EQ(desk.send(forged), Drop::dhcp_wrong_client);
  forged = Desk::from(2, DhcpType::decline);
  forged.requested = pool(10);
  forged.server_id = own;
  EXPECT_EQ(desk.send(forged), Drop::dhcp_wrong_client);
  EXPECT_EQ(desk.request(2, pool(10)), Drop::none);
  EXPECT_EQ(desk.reply()->type, DhcpType::nak);
  DhcpMessage wish = Desk::from(2, DhcpType::discover);
  for (const IpAddress wanted : {pool(10), pool(12), own, pool(250), IpAddress::v4(8, 8, 8, 8)}) {
    wish.requested = wanted;
    desk.send(wish);
    EXPECT_EQ(desk.reply()->yours, pool(11));
  }
  EXPECT_EQ(desk.server.bindings().at(pool(10)).use, Use::leased);
}

TEST(DhcpServerAttack, RelaysRepliesAndGroups) {
  Desk desk;
  DhcpMessage message = Desk::from(1, DhcpType::discover);
  message.relay = IpAddress::v4(10, 9, 9, 9);  // the answer would go to a stranger
  EXPECT_EQ(desk.send(message), Drop::dhcp_wrong_network);
  message = Desk::from(1, DhcpType::discover);
  message.hardware = MacAddress::broadcast();
  EXPECT_EQ(desk.send(message), Drop::dhcp_bad_header);
  message = Desk::from(1, DhcpType::offer);
  message.is_reply = true;
  EXPECT_EQ(desk.send(message), Drop::dhcp_no_type);
  EXPECT_FALSE(desk.server.next_datagram());
  EXPECT_TRUE(desk.server.bindings().empty());
}

// A house of clients over a link that loses a third of all: everybody gets an address of his own
// and keeps it, and after all have left nothing is leased.
TEST(DhcpTogether, ManyClientsOverABadLink) {
  DhcpServerSettings settings = home();
  settings.last = pool(60);
  settings.lease = 1h;
  DhcpServer server{settings};
  std::vector<DhcpClient> clients;
  Rng rng{17};
  for (std::uint8_t i = 0; i < 30; ++i) {
    clients.emplace_back(DhcpClientSettings{.hardware = mac(i)}, rng.next_key());
    clients.back().start({}, Instant{});
  }
  Instant now{};
  const auto exchange = [&] {
    for (DhcpClient& client : clients) {
      while (const auto datagram = client.next_datagram()) {
        if (rng.chance(333'333)) continue;
        server.on_datagram(datagram->message, now);
      }
    }
    while (const auto datagram = server.next_datagram()) {
      if (rng.chance(333'333)) continue;
      for (DhcpClient& client : clients) client.on_datagram({own, 67}, datagram->message, now);
    }
  };
  const auto run_until = [&](Instant end) {
    while (true) {
      Instant next = server.deadline();
      for (const DhcpClient& client : clients) next = earliest(next, client.deadline());
      if (next > end) break;
      now = next;
      server.on_time(now);
      for (DhcpClient& client : clients) client.on_time(now);
      exchange();
      std::set<IpAddress> held;
      for (const DhcpClient& client : clients) {
        if (client.lease()) {
          ASSERT_TRUE(held.insert(client.lease()->address).second);
        }
      }
    }
    now = end;
  };
  run_until(Instant{} + 1000s);
  for (const DhcpClient& client : clients) ASSERT_TRUE(client.lease());
  run_until(Instant{} + 12h);
  std::size_t bound = 0;
  for (const DhcpClient& client : clients) bound += client.lease().has_value();
  EXPECT_GE(bound, 28u);  // a few may have lost all their requests in a row
  for (DhcpClient& client : clients) client.release(now);
  exchange();
  run_until(now + 3601s);
  for (const auto& [address, binding] : server.bindings()) EXPECT_EQ(binding.use, Use::expired);
}

}  // namespace
}  // namespace acksu::dhcp_server_test
