// Lookups: which names are tried in which order, and what is told when.
#include "host/name_lookup.h"

#include <gtest/gtest.h>

#include <set>

namespace acksu::name_lookup_test {
namespace {

using wire::DnsMessage;
using wire::DnsName;
using wire::DnsType;

const Endpoint server{IpAddress::v4(10, 0, 0, 53), 53};
constexpr IpAddress v4 = IpAddress::v4(192, 0, 2, 1);
constexpr IpAddress v6{0x20010db800000000, 1};

DnsName named(std::string_view text) { return DnsName::parse(text).value(); }

// A server that knows some names, and remembers what it was asked.
struct Desk {
  explicit Desk(LookupSettings settings = {}) : lookups(std::move(settings)) {}

  // Answers one question, or all of them.
  bool answer_one() {
    const auto exchange = resolver.next_exchange();
    if (!exchange) return false;
    DnsMessage message;
    EXPECT_EQ(read(exchange->message, message), Drop::none);
    message.is_answer = message.has_recursion = true;
    const auto& question = message.questions[0];
    asked.push_back(to_string(question.name.folded()) + " " + to_string(question.type));
    const bool has_v4 = v4_names.contains(to_string(question.name.folded()));
    const bool has_v6 = v6_names.contains(to_string(question.name.folded()));
    if (!has_v4 && !has_v6) message.code = wire::DnsCode::no_such_name;
    if (has_v4 && question.type == DnsType::a)
      message.answers = {{question.name, DnsType::a, 1, 60, v4}};
    if (has_v6 && question.type == DnsType::aaaa)
      message.answers = {{question.name, DnsType::aaaa, 1, 60, v6}};
    EXPECT_EQ(resolver.on_datagram(exchange->number, server, to_bytes(message, 512), now),
              Drop::none);
    while (const auto answer = resolver.next_answer())
      EXPECT_TRUE(lookups.on_answer(*answer, resolver, now));
    return true;
  }
  LookupNews look_up(std::string_view text) {
    const auto number = lookups.look_up(text, resolver, now);
    EXPECT_TRUE(number);
    while (answer_one()) {
    }
    LookupNews all;
    while (const auto news = lookups.next_news()) {
      all.addresses.insert(all.addresses.end(), news->addresses.begin(), news->addresses.end());
      all.name = news->name;
      all.verdict = news->verdict;
      all.is_last = news->is_last;
    }
    EXPECT_TRUE(all.is_last);
    EXPECT_EQ(lookups.lookups(), 0u);
    return all;
  }

  Resolver resolver{{.servers = {server}}, SipKey{3, 4}};
  NameLookup lookups;
  Instant now{};
  std::set<std::string> v4_names, v6_names;
  std::vector<std::string> asked;
};

TEST(NameLookup, AsksForBothFamilies) {
  Desk desk;
  desk.v4_names = desk.v6_names = {"www.example.com"};
  EXPECT_EQ(desk.look_up("www.Example.com").addresses, (std::vector{v6, v4}));
  EXPECT_EQ(desk.asked, (std::vector<std::string>{"www.example.com AAAA", "www.example.com A"}));
  Desk old{{.wants_v6 = false}};
  old.v4_names = {"www.example.com"};
  EXPECT_EQ(old.look_up("www.example.com").addresses, std::vector{v4});
}

TEST(NameLookup, TellsEachFamilyAsItComes) {
  Desk desk;
  desk.v4_names = desk.v6_names = {"www.example.com"};
  ASSERT_TRUE(desk.lookups.look_up("www.example.com", desk.resolver, desk.now));
  desk.answer_one();
  const auto news = desk.lookups.next_news();
  ASSERT_TRUE(news);
  EXPECT_EQ(news->addresses, std::vector{v6});
  EXPECT_FALSE(news->is_last);
  desk.answer_one();
  EXPECT_TRUE(desk.lookups.next_news()->is_last);
  // One family without any still ends the lookup well.
  Desk half;
  half.v6_names = {"www.example.com"};
  const LookupNews all = half.look_up("www.example.com");
  EXPECT_EQ(all.verdict, DnsVerdict::found);
  EXPECT_EQ(all.addresses, std::vector{v6});
}

TEST(NameLookup, SearchesByDots) {
  const LookupSettings settings{.search = {named("home.example"), named("example")},
                                .wants_v6 = false};
  Desk desk{settings};
  desk.v4_names = {"printer.example"};
  EXPECT_EQ(desk.look_up("printer").name, named("printer.example"));
  EXPECT_EQ(desk.asked, (std::vector<std::string>{"printer.home.example A", "printer.example A"}));
  Desk dotted{settings};
  EXPECT_EQ(dotted.look_up("a.b").verdict, DnsVerdict::no_such_name);
  EXPECT_EQ(dotted.asked,
            (std::vector<std::string>{"a.b A", "a.b.home.example A", "a.b.example A"}));
  Desk absolute{settings};
  absolute.look_up("printer.");
  EXPECT_EQ(absolute.asked, std::vector<std::string>{"printer A"});
  Desk escaped{settings};  // a dot that is part of the label
  escaped.look_up("printer\\.");
  EXPECT_EQ(escaped.asked.size(), 3u);
}

TEST(NameLookup, SomeNamesNeedNoAsking) {
  Desk desk;
  EXPECT_EQ(desk.look_up("192.0.2.1").addresses, std::vector{v4});
  EXPECT_EQ(desk.look_up("2001:db8::1").addresses, std::vector{v6});
  EXPECT_EQ(desk.look_up("x.LocalHost").addresses,
            (std::vector{IpAddress{0, 1}, IpAddress::v4(127, 0, 0, 1)}));
  EXPECT_EQ(desk.look_up("x.invalid").verdict, DnsVerdict::no_such_name);
  EXPECT_TRUE(desk.asked.empty());
  for (const char* bad : {"", ".", "a..b"})
    EXPECT_EQ(desk.lookups.look_up(bad, desk.resolver, desk.now).error(), Error::invalid_argument);
}

TEST(NameLookup, TellsWhyNothingWasFound) {
  Desk desk;
  ASSERT_TRUE(desk.lookups.look_up("www.example.com", desk.resolver, desk.now));
  while (desk.resolver.deadline() != never) {
    while (desk.resolver.next_exchange()) {
    }
    desk.now = desk.resolver.deadline();
    desk.resolver.on_time(desk.now);
  }
  while (const auto answer = desk.resolver.next_answer())
    desk.lookups.on_answer(*answer, desk.resolver, desk.now);
  EXPECT_EQ(desk.lookups.next_news()->verdict, DnsVerdict::timed_out);
}

TEST(NameLookup, IsCancelled) {
  Desk desk;
  const auto number = desk.lookups.look_up("www.example.com", desk.resolver, desk.now);
  desk.lookups.cancel(*number, desk.resolver);
  EXPECT_EQ(desk.resolver.questions(), 0u);
  EXPECT_FALSE(desk.answer_one());
  EXPECT_FALSE(desk.lookups.on_answer({.ticket = 1, .question = {}, .records = {}}, desk.resolver,
                                      desk.now));
}

// An IPv4 address dressed up as IPv6 leads past filters.
TEST(NameLookupAttack, MappedAddresses) {
  Desk desk;
  const auto number = desk.lookups.look_up("www.example.com", desk.resolver, desk.now);
  DnsMessage message;
  const auto exchange = desk.resolver.next_exchange();
  ASSERT_EQ(read(exchange->message, message), Drop::none);
  message.is_answer = message.has_recursion = true;
  message.answers = {
      {message.questions[0].name, DnsType::aaaa, 1, 60, IpAddress::v4(127, 0, 0, 1)}};
  desk.resolver.on_datagram(exchange->number, server, to_bytes(message, 512), desk.now);
  desk.lookups.on_answer(*desk.resolver.next_answer(), desk.resolver, desk.now);
  while (desk.answer_one()) {
  }
  const auto news = desk.lookups.next_news();
  ASSERT_TRUE(news);
  EXPECT_EQ(news->lookup, *number);
  EXPECT_TRUE(news->addresses.empty());
  EXPECT_EQ(news->verdict, DnsVerdict::no_data);
}

}  // namespace
}  // namespace acksu::name_lookup_test
