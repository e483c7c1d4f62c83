// The DHCPv6 client without leases: asking, refreshing, and answers that do not fit.
#include "host/dhcpv6_client.h"

#include <gtest/gtest.h>

#include <functional>

namespace acksu::dhcpv6_client_test {
namespace {

using wire::Dhcpv6Message;
using State = Dhcpv6Client::State;

const Endpoint server{IpAddress{0xfe80'0000'0000'0000, 1}, 547};

struct Desk {
  Dhcpv6Message sent() {
    const auto next = client.next_datagram();
    EXPECT_TRUE(next);
    if (next) {
      EXPECT_EQ(next->to, (Endpoint{Dhcpv6Message::servers, 547}));
      EXPECT_EQ(read(next->message, last), Drop::none);
    }
    return last;
  }
  void run_to_deadline() {
    now = client.deadline();
    client.on_time(now);
  }
  Drop reply(const std::function<void(Dhcpv6Message&)>& change, Endpoint from = server) {
    Dhcpv6Message message;
    message.type = Dhcpv6Message::Type::reply;
    message.transaction = last.transaction;
    message.client_id = last.client_id;
    message.server_id = {0, 3, 0, 1, 2, 0, 0, 0, 0, 9};
    message.name_servers = {IpAddress{0x20010db800000000, 0x53}};
    change(message);
    return client.on_datagram(from, to_bytes(message), now);
  }
  void ask() {
    client.start(now);
    run_to_deadline();
    sent();
  }

  Dhcpv6Client client{{.hardware = {{2, 0, 0, 0, 0, 5}}}, SipKey{1, 9}};
  Instant now{};
  Dhcpv6Message last;
};

TEST(Dhcpv6Client, LearnsAndAsksAgain) {
  Desk desk;
  desk.ask();
  EXPECT_EQ(desk.last.requested, (std::vector<std::uint16_t>{23, 24, 32}));
  EXPECT_EQ(desk.last.elapsed, 0);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.domains = {*wire::DnsName::parse("home")}; }),
            Drop::none);
  const auto news = desk.client.next_information();
  ASSERT_TRUE(news);
  EXPECT_EQ(news->name_servers.size(), 1u);
  EXPECT_EQ(news->domains.size(), 1u);
  EXPECT_FALSE(desk.client.next_information());
  EXPECT_EQ(desk.client.deadline(), desk.now + 24h);
  desk.run_to_deadline();
  desk.run_to_deadline();
  const std::uint32_t before = desk.last.transaction;
  EXPECT_NE(desk.sent().transaction, before);
}

TEST(Dhcpv6Client, RefreshTimes) {
  const struct {
    std::uint32_t seconds;
    Duration expected;
  } rows[] = {{0, 600s}, {599, 600s}, {3600, 3600s}, {0xffff'ffff, forever}};
  for (const auto& row : rows) {
    Desk desk;
    desk.ask();
    desk.reply([&row](Dhcpv6Message& m) { m.refresh_seconds = row.seconds; });
    EXPECT_EQ(desk.client.deadline(), later_by(desk.now, row.expected)) << row.seconds;
  }
}

TEST(Dhcpv6Client, AsksEverMoreSlowly) {
  Desk desk;
  desk.ask();
  Duration last = 0s;
  for (int i = 0; i < 20; ++i) {
    const Duration wait = desk.client.deadline() - desk.now;
    EXPECT_GE(wait, i < 10 ? last : 0s);
    EXPECT_LE(wait, 3960s);
    last = wait;
    desk.run_to_deadline();
    desk.sent();
  }
  EXPECT_GE(last, 3240s);
  desk.client.on_link_up(desk.now);
  EXPECT_EQ(desk.client.state(), State::waiting);
  desk.client.stop();
  EXPECT_EQ(desk.client.deadline(), never);
}

// Answers of somebody who has not seen the question, and answers that nobody waits for.
TEST(Dhcpv6ClientAttack, ForgedAnswers) {
  Desk desk;
  EXPECT_EQ(desk.reply([](Dhcpv6Message&) {}), Drop::dhcp_unexpected);
  desk.ask();
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.transaction ^= 1; }), Drop::dhcp_wrong_transaction);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.client_id.back() ^= 1; }), Drop::dhcp_wrong_client);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.client_id.clear(); }), Drop::dhcp_wrong_client);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.server_id.clear(); }), Drop::dhcp_wrong_server);
  EXPECT_EQ(desk.reply([](Dhcpv6Message&) {}, {server.address, 5000}), Drop::dhcp_wrong_server);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.status = 1; }), Drop::dhcp_bad_lease);
  EXPECT_EQ(desk.reply([](Dhcpv6Message& m) { m.type = Dhcpv6Message::Type::information_request; }),
            Drop::dhcp_no_type);
  EXPECT_FALSE(desk.client.next_information());
  EXPECT_EQ(desk.reply([](Dhcpv6Message&) {}), Drop::none);
  EXPECT_EQ(desk.reply([](Dhcpv6Message&) {}), Drop::dhcp_unexpected);
  EXPECT_EQ(desk.client.refused().total(), 9u);
}

}  // namespace
}  // namespace acksu::dhcpv6_client_test
