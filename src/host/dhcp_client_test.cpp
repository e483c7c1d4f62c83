// The DHCP client: its whole life, lost messages, and servers that lie.
#include "host/dhcp_client.h"

#include <gtest/gtest.h>

#include <functional>

namespace acksu::dhcp_client_test {
namespace {

using wire::DhcpMessage;
using wire::DhcpType;
using State = DhcpClient::State;

constexpr MacAddress hardware{{2, 0, 0, 0, 0, 5}};
constexpr IpAddress address = IpAddress::v4(192, 168, 7, 20),
                    server = IpAddress::v4(192, 168, 7, 1);
const Endpoint from_server{server, 67};

DhcpClientSettings at_once() {
  return {.hardware = hardware, .host_name = "laptop", .max_start_delay = 0s};
}

struct Desk {
  explicit Desk(DhcpClientSettings settings = at_once())
      : client(std::move(settings), SipKey{7, 8}) {}

  // The one datagram that is to be sent now.
  DhcpMessage sent() {
    const auto next = client.next_datagram();
    EXPECT_TRUE(next);
    if (!next) return {};
    datagram = *next;
    EXPECT_FALSE(client.next_datagram());
    EXPECT_EQ(read(datagram.message, last), Drop::none);
    return last;
  }
  void run_to(Instant time) {
    now = time;
    client.on_time(now);
  }
  void run_to_deadline() { run_to(client.deadline()); }
  using Change = std::function<void(DhcpMessage&)>;
  Drop reply(DhcpType type, const Change& change = [](DhcpMessage&) {}) {
    DhcpMessage message;
    message.is_reply = true;
    message.type = type;
    message.transaction = last.transaction;
    message.hardware = hardware;
    message.server_id = server;
    if (type != DhcpType::nak) {
      message.yours = address;
      message.lease_seconds = 3600;
      message.prefix_length = 24;
      message.routers = {server};
      message.name_servers = {server};
    }
    change(message);
    return client.on_datagram(from_server, to_bytes(message), now);
  }
  void bind(const Change& change = [](DhcpMessage&) {}) {
    client.start({}, now);
    run_to_deadline();
    sent();
    EXPECT_EQ(reply(DhcpType::offer, change), Drop::none);
    sent();
    EXPECT_EQ(reply(DhcpType::ack, change), Drop::none);
    EXPECT_EQ(client.state(), State::bound);
    EXPECT_EQ(client.next_news()->kind, DhcpNews::Kind::bound);
  }

  DhcpClient client;
  Instant now{};
  DhcpDatagram datagram;
  DhcpMessage last;
};

TEST(DhcpClient, GetsALease) {  // RFC 2131 3.1 (a).
  Desk desk;
  desk.client.start({}, desk.now);
  EXPECT_EQ(desk.client.state(), State::init);
  desk.run_to_deadline();
  const DhcpMessage discover = desk.sent();
  EXPECT_EQ(discover.type, DhcpType::discover);
  EXPECT_EQ(desk.datagram.from, (Endpoint{IpAddress::v4(0), 68}));
  EXPECT_EQ(desk.datagram.to, (Endpoint{IpAddress::v4(0xffff'ffff), 67}));
  EXPECT_EQ(discover.host_name, "laptop");
  EXPECT_EQ(discover.client_id, (std::vector<std::uint8_t>{1, 2, 0, 0, 0, 0, 5}));
  EXPECT_EQ(desk.reply(DhcpType::offer), Drop::none);
  EXPECT_EQ(desk.client.state(), State::requesting);
  const DhcpMessage request = desk.sent();
  EXPECT_EQ(request.type, DhcpType::request);
  EXPECT_EQ(request.transaction, discover.transaction);
  EXPECT_EQ(request.requested, address);
  EXPECT_EQ(request.server_id, server);
  EXPECT_EQ(request.client, DhcpMessage::no_address);
  desk.now += 100ms;
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::none);
  EXPECT_EQ(desk.client.state(), State::bound);
  const auto news = desk.client.next_news();
  ASSERT_TRUE(news);
  EXPECT_EQ(news->lease.address, address);
  EXPECT_EQ(news->lease.prefix_length, 24);
  ASSERT_EQ(news->lease.routes.size(), 1u);
  EXPECT_EQ(news->lease.routes[0].gateway, server);
  // From when the request was sent: RFC 2131 4.4.1.
  EXPECT_EQ(news->lease.expiry, desk.now - 100ms + 3600s);
  EXPECT_EQ(desk.client.deadline(), news->lease.renewal);
}

TEST(DhcpClient, AsksAgainEverMoreSlowly) {
  Desk desk;
  desk.client.start({}, desk.now);
  desk.run_to_deadline();
  std::vector<std::int64_t> seconds;
  for (int i = 0; i < 7; ++i) {
    desk.sent();
    const Instant before = desk.now;
    desk.run_to_deadline();
    seconds.push_back((desk.now - before) / 1s);
  }
  const int expected[] = {4, 8, 16, 32, 64, 64, 64};
  for (int i = 0; i < 7; ++i)
    EXPECT_NEAR(static_cast<double>(seconds[static_cast<std::size_t>(i)]), expected[i], 1.0) << i;
  EXPECT_EQ(desk.client.state(), State::selecting);
}

TEST(DhcpClient, BeginsAgainWhenTheRequestIsLost) {
  Desk desk;
  desk.client.start({}, desk.now);
  desk.run_to_deadline();
  desk.sent();
  desk.reply(DhcpType::offer);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(desk.sent().type, DhcpType::request);
    desk.run_to_deadline();
  }
  EXPECT_EQ(desk.sent().type, DhcpType::discover);
  EXPECT_EQ(desk.client.state(), State::selecting);
  EXPECT_LE(desk.now - Instant{}, 70s);
}

TEST(DhcpClient, RenewsRebindsAndLoses) {  // RFC 2131 4.4.5.
  Desk desk;
  desk.bind();
  desk.run_to(Instant{} + 1799s);
  EXPECT_EQ(desk.client.state(), State::bound);
  desk.run_to(Instant{} + 1800s);
  EXPECT_EQ(desk.client.state(), State::renewing);
  EXPECT_EQ(desk.sent().client, address);
  EXPECT_FALSE(desk.last.requested || desk.last.server_id);  // RFC 2131 4.3.2
  EXPECT_EQ(desk.datagram.to.address, server);
  EXPECT_EQ(desk.datagram.from.address, address);
  int requests = 1;
  while (desk.client.state() == State::renewing) {
    desk.run_to_deadline();
    desk.sent();
    ++requests;
  }
  EXPECT_EQ(desk.client.state(), State::rebinding);
  EXPECT_EQ(desk.now, Instant{} + 3150s);
  EXPECT_EQ(desk.datagram.to.address, IpAddress::v4(0xffff'ffff));
  EXPECT_LE(requests, 8);
  while (desk.client.state() == State::rebinding) {
    desk.run_to_deadline();
    while (desk.client.next_datagram()) {
    }
  }
  EXPECT_EQ(desk.now, Instant{} + 3600s);
  EXPECT_EQ(desk.client.next_news()->kind, DhcpNews::Kind::lost);
  EXPECT_FALSE(desk.client.lease());
  EXPECT_TRUE(desk.client.state() == State::init || desk.client.state() == State::selecting);
}

TEST(DhcpClient, IsGivenMoreTime) {
  for (const Duration at : {1800s, 3150s}) {
    Desk desk;
    desk.bind();
    desk.run_to(Instant{} + 1800s);
    desk.sent();
    if (at == 3150s) {
      desk.run_to(Instant{} + at);
      while (const auto next = desk.client.next_datagram()) (void)read(next->message, desk.last);
    }
    EXPECT_EQ(desk.reply(DhcpType::ack,
                         [&](DhcpMessage& ack) {
                           // When rebinding any server will do.
                           if (at == 3150s) ack.server_id = IpAddress::v4(192, 168, 7, 2);
                         }),
              Drop::none);
    EXPECT_EQ(desk.client.next_news()->kind, DhcpNews::Kind::renewed);
    EXPECT_EQ(desk.client.lease()->expiry, Instant{} + at + 3600s);
  }
}

TEST(DhcpClient, IsRefused) {
  Desk desk;
  desk.client.start({}, desk.now);
  desk.run_to_deadline();
  desk.sent();
  desk.reply(DhcpType::offer);
  desk.sent();
  EXPECT_EQ(desk.reply(DhcpType::nak), Drop::none);
  EXPECT_EQ(desk.client.state(), State::init);
  Desk later;
  later.bind();
  later.run_to(Instant{} + 1800s);
  later.sent();
  EXPECT_EQ(later.reply(DhcpType::nak), Drop::none);
  EXPECT_EQ(later.client.next_news()->kind, DhcpNews::Kind::lost);
}

TEST(DhcpClient, RemembersAnAddress) {
  Desk desk;
  desk.client.start(address, desk.now);
  EXPECT_EQ(desk.client.state(), State::init_reboot);
  desk.run_to_deadline();
  EXPECT_EQ(desk.sent().type, DhcpType::request);
  EXPECT_EQ(desk.last.requested, address);
  EXPECT_FALSE(desk.last.server_id);
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::none);
  EXPECT_EQ(desk.client.state(), State::bound);
  desk.client.next_news();
  // The cable was out: the same lease is asked for again.
  desk.client.on_link_up(desk.now + 5s);
  desk.run_to(desk.now + 5s);
  EXPECT_EQ(desk.client.state(), State::rebooting);
  desk.sent();
  EXPECT_EQ(desk.reply(DhcpType::nak), Drop::none);  // now it is another network
  EXPECT_EQ(desk.client.next_news()->kind, DhcpNews::Kind::lost);
  Desk silent;
  silent.client.start(address, silent.now);
  for (int i = 0; i < 6; ++i) silent.run_to_deadline();
  EXPECT_EQ(silent.client.state(), State::selecting);
}

TEST(DhcpClient, DeclinesWhatSomebodyElseUses) {  // RFC 2131 3.1 (b)
  Desk desk;
  desk.bind();
  desk.client.on_conflict(desk.now);
  EXPECT_EQ(desk.sent().type, DhcpType::decline);
  EXPECT_EQ(desk.last.requested, address);
  EXPECT_EQ(desk.last.server_id, server);
  EXPECT_EQ(desk.last.client, DhcpMessage::no_address);
  EXPECT_EQ(desk.client.next_news()->kind, DhcpNews::Kind::lost);
  EXPECT_GE(desk.client.deadline() - desk.now, 10s);
  desk.client.on_conflict(desk.now);  // there is nothing to decline any more
  EXPECT_FALSE(desk.client.next_datagram());
}

TEST(DhcpClient, GivesItsLeaseBack) {
  Desk desk;
  desk.bind();
  desk.client.release(desk.now);
  EXPECT_EQ(desk.sent().type, DhcpType::release);
  EXPECT_EQ(desk.last.client, address);
  EXPECT_EQ(desk.datagram.to.address, server);
  EXPECT_EQ(desk.client.state(), State::stopped);
  EXPECT_EQ(desk.client.deadline(), never);
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::dhcp_unexpected);
}

TEST(DhcpClient, TakesClasslessRoutesBeforeRouters) {
  Desk desk;
  desk.bind([](DhcpMessage& message) {
    message.routes = {{{IpAddress::v4(10, 0, 0, 0), 8}, IpAddress::v4(192, 168, 7, 9)}};
  });
  ASSERT_EQ(desk.client.lease()->routes.size(), 1u);
  EXPECT_EQ(desk.client.lease()->routes[0].destination.length, 8);
}

TEST(DhcpClient, InfiniteLease) {
  Desk desk;
  desk.bind([](DhcpMessage& message) { message.lease_seconds = DhcpMessage::infinite; });
  EXPECT_EQ(desk.client.deadline(), never);
  EXPECT_EQ(desk.client.lease()->expiry, never);
}

// Section 1.A row A8 of the threat ledger: T1 < T2 < lease, whatever is sent.
// SECURITY A8: times that do not rise.
TEST(DhcpClientAttack, LeaseTimes) {
  const struct {
    std::uint32_t lease, renewal, rebinding;
  } rows[] = {{100, 90, 50}, {100, 50, 50},   {100, 50, 100},
              {100, 0, 90},  {100, 200, 300}, {0xffff'fffe, 0xffff'ffff, 1}};
  for (const auto& row : rows) {
    Desk desk;
    desk.bind([&row](DhcpMessage& message) {
      message.lease_seconds = row.lease;
      message.renewal_seconds = row.renewal;
      message.rebinding_seconds = row.rebinding;
    });
    const DhcpLease& lease = *desk.client.lease();
    EXPECT_LT(lease.renewal, lease.rebinding);
    EXPECT_LT(lease.rebinding, lease.expiry);
    EXPECT_EQ((lease.renewal - Instant{}) / 1s, row.lease / 2);
  }
}

// SECURITY A8.
TEST(DhcpClientAttack, OffersThatNobodyCanUse) {
  Desk desk;
  desk.client.start({}, desk.now);
  desk.run_to_deadline();
  desk.sent();
  const auto offer = [&](const Desk::Change& change) {
    return desk.reply(DhcpType::offer, change);
  };
  EXPECT_EQ(offer([](DhcpMessage& m) { m.lease_seconds = 0; }), Drop::dhcp_bad_lease);
  EXPECT_EQ(offer([](DhcpMessage& m) { m.lease_seconds.reset(); }), Drop::dhcp_bad_lease);
  for (const IpAddress bad : {IpAddress::v4(0), IpAddress::v4(127, 0, 0, 1),
                              IpAddress::v4(224, 0, 0, 1), IpAddress::v4(0xffff'ffff)}) {
    EXPECT_EQ(offer([bad](DhcpMessage& m) { m.yours = bad; }), Drop::dhcp_bad_lease);
    EXPECT_EQ(offer([bad](DhcpMessage& m) { m.server_id = bad; }), Drop::dhcp_wrong_server);
  }
  EXPECT_EQ(offer([](DhcpMessage& m) { m.server_id.reset(); }), Drop::dhcp_wrong_server);
  EXPECT_EQ(offer([](DhcpMessage& m) { m.transaction ^= 1; }), Drop::dhcp_wrong_transaction);
  EXPECT_EQ(offer([](DhcpMessage& m) { m.hardware.octets[5] ^= 1; }), Drop::dhcp_wrong_client);
  EXPECT_EQ(offer([](DhcpMessage& m) { m.client_id = {9, 9}; }), Drop::dhcp_wrong_client);
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::dhcp_unexpected);
  EXPECT_EQ(desk.reply(DhcpType::nak), Drop::dhcp_unexpected);
  EXPECT_EQ(desk.client.on_datagram(from_server, desk.datagram.message, desk.now),
            Drop::dhcp_no_type);  // a client's own message
  EXPECT_EQ(desk.client.state(), State::selecting);
  EXPECT_EQ(offer([](DhcpMessage&) {}), Drop::none);
}

TEST(DhcpClientAttack, DuplicateOffersAndOtherServers) {
  Desk desk;
  desk.client.start({}, desk.now);
  desk.run_to_deadline();
  desk.sent();
  desk.reply(DhcpType::offer);
  const DhcpMessage request = desk.sent();
  EXPECT_EQ(desk.reply(DhcpType::offer), Drop::dhcp_unexpected);
  const auto rogue = [](DhcpMessage& m) { m.server_id = IpAddress::v4(192, 168, 7, 66); };
  EXPECT_EQ(desk.reply(DhcpType::ack, rogue), Drop::dhcp_wrong_server);
  EXPECT_EQ(desk.reply(DhcpType::nak, rogue), Drop::dhcp_wrong_server);
  EXPECT_EQ(desk.reply(DhcpType::ack, [](DhcpMessage& m) { m.yours = IpAddress::v4(10, 0, 0, 1); }),
            Drop::dhcp_bad_lease);
  EXPECT_FALSE(desk.client.next_datagram());
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::none);
  EXPECT_EQ(desk.reply(DhcpType::ack), Drop::dhcp_unexpected);
  EXPECT_EQ(desk.client.refused().total(), 5u);
}

TEST(DhcpClient, IsAValue) {
  Desk desk;
  desk.bind();
  DhcpClient copy = desk.client;
  const auto digest_of = [](const DhcpClient& of) {
    Digest digest;
    of.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_of(copy), digest_of(desk.client));
  copy.on_time(copy.deadline());
  EXPECT_NE(digest_of(copy), digest_of(desk.client));
  EXPECT_STREQ(name(copy.state()), "RENEWING");
}

}  // namespace
}  // namespace acksu::dhcp_client_test
