// The DNS server: what zones say, what is forwarded for whom, and sizes.
#include "host/dns_server.h"

#include <gtest/gtest.h>

#include <functional>

namespace acksu::dns_server_test {
namespace {

using wire::DnsCode;
using wire::DnsMessage;
using wire::DnsName;
using wire::DnsRecord;
using wire::DnsType;

DnsName named(std::string_view text) { return DnsName::parse(text).value(); }

DnsZone example() {
  DnsZone zone{.origin = named("example"), .records = {}};
  zone.soa.minimum = 30;
  const auto add = [&zone](std::string_view owner, DnsType type, wire::DnsData data) {
    zone.records.push_back({named(owner), type, 1, 600, std::move(data)});
  };
  add("www.example", DnsType::a, IpAddress::v4(192, 0, 2, 1));
  add("www.example", DnsType::aaaa, IpAddress{0x20010db800000000, 1});
  add("alias.example", DnsType::cname, named("www.example"));
  add("away.example", DnsType::cname, named("elsewhere.test"));
  add("loop.example", DnsType::cname, named("loop.example"));
  add("a.deep.example", DnsType::a, IpAddress::v4(192, 0, 2, 2));
  add("_http._tcp.example", DnsType::srv, wire::DnsSrv{1, 1, 80, named("www.example")});
  add("text.example", DnsType::txt,
      wire::DnsText{std::vector<std::string>(5, std::string(250, 't'))});
  return zone;
}

const Endpoint upstream{IpAddress::v4(203, 0, 113, 53), 53};
DnsServerSettings home() {
  return {.zones = {example()},
          .forwards = true,
          .clients = {{IpAddress::v4(192, 168, 7, 0), 24}},
          .max_pending = 2,
          .resolver = {.servers = {upstream}}};
}
const DnsClient inside{{IpAddress::v4(192, 168, 7, 20), 40000},
                       {IpAddress::v4(192, 168, 7, 1), 53}};

struct Desk {
  explicit Desk(DnsServerSettings settings = {.zones = {example()}, .clients = {}})
      : server(std::move(settings), SipKey{5, 6}) {}

  Drop ask(const DnsMessage& message, const DnsClient& client = inside) {
    return server.on_message(client, to_bytes(message, wire::max_dns_bytes), now);
  }
  static DnsMessage question(std::string_view name, DnsType type = DnsType::a) {
    DnsMessage message;
    message.id = 77;
    message.wants_recursion = true;
    message.questions = {{named(name), type}};
    return message;
  }
  DnsMessage reply() {
    const auto next = server.next_reply();
    EXPECT_TRUE(next);
    DnsMessage message;
    if (!next) return message;
    size = next->message.size();
    EXPECT_EQ(read(Bytes{next->message}.subspan(next->to.stream != 0 ? 2 : 0), message),
              Drop::none);
    EXPECT_TRUE(message.is_answer);
    return message;
  }
  DnsMessage answer(std::string_view name, DnsType type = DnsType::a) {
    EXPECT_EQ(ask(question(name, type)), Drop::none);
    return reply();
  }
  // What the upstream server says to the next question that is forwarded.
  void upstream_says(const std::function<void(DnsMessage&)>& change) {
    const auto exchange = server.upstream().next_exchange();
    ASSERT_TRUE(exchange);
    DnsMessage message;
    ASSERT_EQ(read(exchange->message, message), Drop::none);
    message.is_answer = message.has_recursion = true;
    change(message);
    EXPECT_EQ(
        server.upstream().on_datagram(exchange->number, upstream, to_bytes(message, 4096), now),
        Drop::none);
  }

  DnsServer server;
  Instant now{};
  std::size_t size = 0;
};

TEST(DnsServer, AnswersWithAuthority) {
  Desk desk;
  const DnsMessage answer = desk.answer("wWw.example");
  EXPECT_EQ(answer.id, 77);
  EXPECT_TRUE(answer.is_authoritative);
  EXPECT_FALSE(answer.has_recursion);
  ASSERT_EQ(answer.answers.size(), 1u);
  EXPECT_TRUE(answer.questions[0].name.is_spelled_like(named("wWw.example")));
  EXPECT_EQ(desk.answer("_http._tcp.example", DnsType::srv).answers.size(), 1u);
  EXPECT_EQ(desk.answer("example", DnsType::soa).answers.size(), 1u);
  EXPECT_EQ(desk.answer("www.example", DnsType::any).answers.size(), 1u);
}

TEST(DnsServer, FollowsAliasesInItsZone) {
  Desk desk;
  EXPECT_EQ(desk.answer("alias.example").answers.size(), 2u);
  EXPECT_EQ(desk.answer("alias.example", DnsType::cname).answers.size(), 1u);
  const DnsMessage away = desk.answer("away.example");
  EXPECT_EQ(away.answers.size(), 1u);
  EXPECT_TRUE(away.authorities.empty());
  EXPECT_LE(desk.answer("loop.example").answers.size(), 9u);
}

TEST(DnsServer, TellsAbsencesWithTheSoa) {
  Desk desk;
  const DnsMessage no_name = desk.answer("nothing.example");
  EXPECT_EQ(no_name.code, DnsCode::no_such_name);
  ASSERT_EQ(no_name.authorities.size(), 1u);
  EXPECT_EQ(no_name.authorities[0].type, DnsType::soa);
  const DnsMessage no_data = desk.answer("www.example", DnsType::txt);
  EXPECT_EQ(no_data.code, DnsCode::no_error);
  EXPECT_EQ(no_data.authorities.size(), 1u);
  EXPECT_EQ(desk.answer("deep.example").code, DnsCode::no_error);  // something stands below it
}

TEST(DnsServer, KeepsToTheSizeOfItsWay) {
  Desk desk;
  EXPECT_TRUE(desk.answer("text.example", DnsType::txt).is_truncated);
  EXPECT_LE(desk.size, 512u);
  DnsMessage question = Desk::question("text.example", DnsType::txt);
  question.edns = wire::DnsEdns{.udp_bytes = 1232, .options = {}};
  desk.ask(question);
  EXPECT_TRUE(desk.reply().is_truncated);
  DnsClient stream = inside;
  stream.stream = 9;
  desk.ask(question, stream);
  EXPECT_EQ(desk.reply().answers.size(), 1u);
  EXPECT_GT(desk.size, 1232u);
  EXPECT_EQ(desk.server.counters().truncated, 2u);
}

TEST(DnsServer, SaysWhatItDoesNot) {
  Desk desk;
  DnsMessage odd = Desk::question("www.example");
  odd.opcode = 5;
  EXPECT_EQ(desk.ask(odd), Drop::none);
  EXPECT_EQ(desk.reply().code, DnsCode::not_implemented);
  odd = Desk::question("www.example");
  odd.questions.push_back(odd.questions[0]);
  desk.ask(odd);
  EXPECT_EQ(desk.reply().code, DnsCode::format_error);
  odd = Desk::question("www.example");
  odd.edns = wire::DnsEdns{.version = 1, .options = {}};
  desk.ask(odd);
  EXPECT_EQ(desk.reply().code, DnsCode::bad_version);
  EXPECT_EQ(desk.ask(Desk::question("www.test")), Drop::dns_not_served);
  EXPECT_EQ(desk.reply().code, DnsCode::refused);
}

TEST(DnsServer, ForwardsForItsClients) {
  Desk desk{home()};
  EXPECT_EQ(desk.ask(Desk::question("Www.Test")), Drop::none);
  EXPECT_FALSE(desk.server.next_reply());
  desk.upstream_says([](DnsMessage& message) {
    EXPECT_NE(message.id, 77);
    message.answers = {{message.questions[0].name, DnsType::a, 1, 60, IpAddress::v4(1)}};
  });
  const DnsMessage answer = desk.reply();
  EXPECT_EQ(answer.id, 77);
  EXPECT_TRUE(answer.has_recursion);
  EXPECT_FALSE(answer.is_authoritative);
  ASSERT_EQ(answer.answers.size(), 1u);
  EXPECT_TRUE(answer.questions[0].name.is_spelled_like(named("Www.Test")));
  desk.ask(Desk::question("www.test"));  // from the cache
  EXPECT_EQ(desk.reply().answers.size(), 1u);
  EXPECT_FALSE(desk.server.upstream().next_exchange());
  EXPECT_EQ(desk.answer("www.example").answers.size(), 1u);  // its own
}

TEST(DnsServer, PassesOnAbsencesAndFailures) {
  Desk desk{home()};
  desk.ask(Desk::question("no.test"));
  desk.upstream_says([](DnsMessage& message) {
    message.code = DnsCode::no_such_name;
    message.authorities = {{named("test"), DnsType::soa, 1, 60, wire::DnsSoa{}}};
  });
  const DnsMessage absent = desk.reply();
  EXPECT_EQ(absent.code, DnsCode::no_such_name);
  EXPECT_EQ(absent.authorities.size(), 1u);
  desk.ask(Desk::question("silent.test"));
  while (desk.server.upstream().deadline() != never) {
    desk.now = desk.server.upstream().deadline();
    desk.server.upstream().on_time(desk.now);
  }
  EXPECT_EQ(desk.reply().code, DnsCode::server_failure);
}

TEST(DnsServer, ForgetsStreamsThatAreGone) {
  Desk desk{home()};
  DnsClient stream = inside;
  stream.stream = 4;
  desk.ask(Desk::question("a.test"), stream);
  desk.ask(Desk::question("www.example"), stream);
  desk.server.on_stream_closed(4);
  EXPECT_EQ(desk.server.pending(), 0u);
  EXPECT_EQ(desk.server.upstream().questions(), 0u);
  EXPECT_FALSE(desk.server.next_reply());
}

// Nobody outside of the home network is served (RFC 5358): no amplifier, no poisoned cache.
TEST(DnsServerAttack, OpenResolver) {
  Desk desk{home()};
  const DnsClient outside{{IpAddress::v4(198, 51, 100, 1), 53},
                          {IpAddress::v4(203, 0, 113, 2), 53}};
  const auto asked = to_bytes(Desk::question("big.test", DnsType::any), 512);
  EXPECT_EQ(desk.server.on_message(outside, asked, desk.now), Drop::dns_not_served);
  EXPECT_EQ(desk.reply().code, DnsCode::refused);
  EXPECT_LE(desk.size, asked.size());
  EXPECT_FALSE(desk.server.upstream().next_exchange());
}

// Two servers that answer each other's answers would never end.
TEST(DnsServerAttack, AnswerLoop) {
  Desk desk;
  DnsMessage answer = Desk::question("www.example");
  answer.is_answer = true;
  EXPECT_EQ(desk.ask(answer), Drop::dns_not_a_question);
  EXPECT_EQ(desk.server.on_message(inside, std::vector<std::uint8_t>(5), desk.now),
            Drop::dns_truncated);
  EXPECT_FALSE(desk.server.next_reply());
  EXPECT_EQ(desk.server.counters().refused.total(), 2u);
}

TEST(DnsServerAttack, FloodOfQuestions) {
  Desk desk{home()};
  for (int i = 0; i < 100; ++i) desk.ask(Desk::question("n" + std::to_string(i) + ".test"));
  EXPECT_EQ(desk.server.pending(), 2u);
  EXPECT_EQ(desk.server.counters().refused[Drop::dns_queue_full], 98u);
  for (int i = 0; i < 5000; ++i) desk.ask(Desk::question("www.example"));
  int replies = 0;
  while (desk.server.next_reply()) ++replies;
  EXPECT_LE(replies, 1024);
}

}  // namespace
}  // namespace acksu::dns_server_test
