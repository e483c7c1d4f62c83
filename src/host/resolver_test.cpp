// The stub resolver: servers in turn, aliases, streams, and answers that somebody made up.
#include "host/resolver.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/rng.h"

namespace acksu::resolver_test {
namespace {

using wire::DnsCode;
using wire::DnsMessage;
using wire::DnsName;
using wire::DnsQuestion;
using wire::DnsRecord;
using wire::DnsSoa;
using wire::DnsType;

DnsName named(std::string_view text) { return DnsName::parse(text).value(); }
DnsRecord a(std::string_view owner, std::uint8_t last, std::uint32_t ttl = 300) {
  return {named(owner), DnsType::a, 1, ttl, IpAddress::v4(192, 0, 2, last)};
}
DnsRecord cname(std::string_view owner, std::string_view target, std::uint32_t ttl = 300) {
  return {named(owner), DnsType::cname, 1, ttl, named(target)};
}
DnsRecord soa(std::string_view zone) {
  DnsSoa data;
  data.minimum = 60;
  return {named(zone), DnsType::soa, 1, 60, data};
}

const Endpoint first{IpAddress::v4(10, 0, 0, 53), 53};
const Endpoint second{IpAddress::v4(10, 0, 0, 54), 53};
constexpr SipKey key{1, 2};

struct Desk {
  explicit Desk(ResolverSettings settings = {.servers = {first, second}})
      : resolver(settings, key) {}

  std::uint32_t ask(std::string_view name, DnsType type = DnsType::a) {
    return *resolver.ask({named(name), type}, now);
  }
  // The next exchange, with the question in it read.
  DnsExchange exchange() {
    std::optional<DnsExchange> next = resolver.next_exchange();
    EXPECT_TRUE(next);
    if (!next) return {};
    Bytes bytes = next->message;
    if (next->is_stream) bytes = bytes.subspan(2);
    EXPECT_EQ(read(bytes, question), Drop::none);
    return *next;
  }
  DnsMessage reply_to(const DnsMessage& asked) {
    DnsMessage reply = asked;
    reply.is_answer = true;
    reply.has_recursion = true;
    reply.edns.reset();
    return reply;
  }
  using Change = std::function<void(DnsMessage&)>;
  Drop answer(const DnsExchange& to, const Change& change) {
    DnsMessage reply = reply_to(question);
    change(reply);
    return resolver.on_datagram(to.number, to.server, to_bytes(reply, 4096), now);
  }
  Drop answer(const DnsExchange& to, std::vector<DnsRecord> records) {
    return answer(to, [&](DnsMessage& reply) { reply.answers = std::move(records); });
  }
  DnsAnswer result() {
    std::optional<DnsAnswer> next = resolver.next_answer();
    EXPECT_TRUE(next);
    return next.value_or(DnsAnswer{});
  }
  std::uint64_t refused(Drop drop) { return resolver.counters().refused[drop]; }

  Resolver resolver;
  DnsMessage question;
  Instant now{};
};

TEST(Resolver, AsksAndAnswersAndRemembers) {
  Desk desk;
  const std::uint32_t ticket = desk.ask("www.example.com");
  const DnsExchange asked = desk.exchange();
  EXPECT_EQ(asked.server, first);
  EXPECT_FALSE(asked.is_stream);
  EXPECT_TRUE(desk.question.wants_recursion);
  ASSERT_TRUE(desk.question.edns);
  EXPECT_EQ(desk.question.edns->udp_bytes, 1232);
  EXPECT_EQ(desk.answer(asked, {a("www.example.com", 1), a("www.example.com", 2)}), Drop::none);
  const DnsAnswer result = desk.result();
  EXPECT_EQ(result.ticket, ticket);
  EXPECT_EQ(result.verdict, DnsVerdict::found);
  EXPECT_EQ(result.records.size(), 2u);
  EXPECT_EQ(desk.resolver.next_closed(), asked.number);
  EXPECT_EQ(desk.resolver.deadline(), never);

  desk.now += 100s;
  desk.ask("WWW.example.com");
  EXPECT_FALSE(desk.resolver.next_exchange());
  EXPECT_EQ(desk.result().records[0].ttl, 200u);
  desk.now += 200s;
  desk.ask("www.example.com");
  EXPECT_TRUE(desk.resolver.next_exchange());
}

TEST(Resolver, FollowsAliasesInOneAnswerAndInSeveral) {
  Desk desk;
  desk.ask("a.example");
  desk.answer(desk.exchange(), {cname("a.example", "b.example"), cname("b.example", "c.example"),
                                a("c.example", 7)});
  DnsAnswer result = desk.result();
  EXPECT_EQ(result.verdict, DnsVerdict::found);
  ASSERT_EQ(result.records.size(), 3u);
  EXPECT_EQ(result.records[2].owner, named("c.example"));
  // The parts are known by themselves now.
  desk.ask("b.example");
  EXPECT_EQ(desk.result().records.size(), 2u);

  desk.ask("x.example");
  desk.answer(desk.exchange(), {cname("x.example", "y.example")});
  EXPECT_FALSE(desk.resolver.next_answer());
  const DnsExchange next = desk.exchange();
  EXPECT_EQ(desk.question.questions[0].name, named("y.example"));
  desk.answer(next, {a("y.example", 8)});
  EXPECT_EQ(desk.result().records.size(), 2u);
}

TEST(Resolver, TellsAbsencesApartAndRemembersThem) {
  Desk desk;
  desk.ask("no.example");
  desk.answer(desk.exchange(), [](DnsMessage& reply) {
    reply.code = DnsCode::no_such_name;
    reply.authorities = {soa("example")};
  });
  EXPECT_EQ(desk.result().verdict, DnsVerdict::no_such_name);
  desk.ask("no.example", DnsType::txt);
  EXPECT_EQ(desk.result().verdict, DnsVerdict::no_such_name);
  desk.ask("old.example", DnsType::aaaa);
  desk.answer(desk.exchange(), [](DnsMessage& reply) { reply.authorities = {soa("example")}; });
  EXPECT_EQ(desk.result().verdict, DnsVerdict::no_data);
  desk.ask("old.example", DnsType::aaaa);
  EXPECT_EQ(desk.result().verdict, DnsVerdict::no_data);
  // An SOA of somewhere else says nothing about how long.
  desk.ask("far.test");
  desk.answer(desk.exchange(), [](DnsMessage& reply) {
    reply.code = DnsCode::no_such_name;
    reply.authorities = {soa("example")};
  });
  EXPECT_EQ(desk.result().verdict, DnsVerdict::no_such_name);
  EXPECT_FALSE(desk.resolver.cache().find({named("far.test"), DnsType::a}, desk.now));
}

TEST(Resolver, AsksEqualQuestionsOnce) {
  Desk desk;
  const std::uint32_t one = desk.ask("www.example.com"), two = desk.ask("WWW.EXAMPLE.COM");
  const DnsExchange asked = desk.exchange();
  EXPECT_FALSE(desk.resolver.next_exchange());
  EXPECT_EQ(desk.resolver.counters().coalesced, 1u);
  desk.answer(asked, {a("www.example.com", 1)});
  EXPECT_EQ(desk.result().ticket, one);
  EXPECT_EQ(desk.result().ticket, two);
}

TEST(Resolver, TurnsToTheOtherServers) {
  Desk desk;
  desk.ask("a.example");
  EXPECT_EQ(desk.exchange().server, first);
  EXPECT_EQ(desk.resolver.deadline(), desk.now + 2s);
  desk.now += 2s;
  desk.resolver.on_time(desk.now);
  const DnsExchange again = desk.exchange();
  EXPECT_EQ(again.server, second);
  desk.answer(again, {a("a.example", 1)});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::found);
  desk.ask("b.example");
  EXPECT_EQ(desk.exchange().server, second);  // it answers
}

TEST(Resolver, GivesUpAfterItsRounds) {
  Desk desk;
  desk.ask("a.example");
  std::vector<Duration> waits;
  while (desk.resolver.next_exchange()) {
    waits.push_back(desk.resolver.deadline() - desk.now);
    desk.now = desk.resolver.deadline();
    desk.resolver.on_time(desk.now);
  }
  EXPECT_EQ(waits, (std::vector<Duration>{2s, 2s, 4s, 4s, 8s, 8s}));
  EXPECT_EQ(desk.result().verdict, DnsVerdict::timed_out);
  EXPECT_EQ(desk.resolver.deadline(), never);
}

TEST(Resolver, ServersThatFail) {
  Desk desk;
  desk.ask("a.example");
  for (const DnsCode code : {DnsCode::server_failure, DnsCode::refused})
    EXPECT_EQ(desk.answer(desk.exchange(), [&](DnsMessage& reply) { reply.code = code; }),
              Drop::none);
  desk.resolver.on_failure(desk.exchange().number, desk.now);  // port unreachable
  EXPECT_EQ(desk.answer(desk.exchange(), [](DnsMessage& reply) { reply.has_recursion = false; }),
            Drop::none);  // a referral
  for (int i = 0; i < 2; ++i)
    desk.answer(desk.exchange(), [](DnsMessage& reply) { reply.code = DnsCode::server_failure; });
  EXPECT_EQ(desk.result().verdict, DnsVerdict::server_failed);
  EXPECT_EQ(desk.resolver.cache().size(), 0u);
}

// RFC 6891 section 6.2.2.
TEST(Resolver, DoesWithoutEdnsWhereItIsRefused) {
  Desk desk;
  desk.ask("a.example");
  desk.answer(desk.exchange(), [](DnsMessage& reply) {
    reply.code = DnsCode::format_error;
    reply.questions.clear();
  });
  const DnsExchange plain = desk.exchange();
  EXPECT_EQ(plain.server, first);
  EXPECT_FALSE(desk.question.edns);
  desk.answer(plain, {a("a.example", 1)});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::found);
  desk.ask("b.example");
  desk.exchange();
  EXPECT_FALSE(desk.question.edns);  // it is remembered
}

// RFC 7766 section 5.
TEST(Resolver, AsksByStreamWhatWasTruncated) {
  Desk desk;
  desk.ask("big.example");
  desk.answer(desk.exchange(), [](DnsMessage& reply) { reply.is_truncated = true; });
  const DnsExchange stream = desk.exchange();
  EXPECT_TRUE(stream.is_stream);
  EXPECT_EQ(load_be16(stream.message.data()), stream.message.size() - 2);
  DnsMessage reply = desk.reply_to(desk.question);
  for (std::uint8_t i = 0; i < 100; ++i) reply.answers.push_back(a("big.example", i));
  const auto bytes = wire::framed(to_bytes(reply, wire::max_dns_bytes));
  for (const std::uint8_t octet : bytes) {
    EXPECT_FALSE(desk.resolver.next_answer());
    EXPECT_EQ(desk.resolver.on_stream(stream.number, {&octet, 1}, desk.now), Drop::none);
  }
  EXPECT_EQ(desk.result().records.size(), 100u);
}

TEST(Resolver, StreamsThatFail) {
  for (const bool is_wrong : {true, false}) {
    Desk desk;
    desk.ask("a.example");
    desk.answer(desk.exchange(), [](DnsMessage& reply) { reply.is_truncated = true; });
    const DnsExchange stream = desk.exchange();
    DnsMessage reply = desk.reply_to(desk.question);
    reply.id ^= 1;
    if (is_wrong) {
      EXPECT_EQ(
          desk.resolver.on_stream(stream.number, wire::framed(to_bytes(reply, 512)), desk.now),
          Drop::dns_wrong_id);
    } else {
      desk.resolver.on_failure(stream.number, desk.now);
    }
    EXPECT_EQ(desk.exchange().server, second);
  }
}

TEST(Resolver, KeepsToItsCaps) {
  Desk desk{{.servers = {first}, .max_questions = 2, .max_tickets = 4}};
  desk.ask("a.example");
  desk.ask("b.example");
  desk.ask("c.example");
  EXPECT_EQ(desk.result().verdict, DnsVerdict::too_busy);
  desk.ask("a.example");
  desk.ask("b.example");
  EXPECT_EQ(desk.resolver.ask({named("a.example"), DnsType::a}, desk.now).error(),
            Error::would_block);
  EXPECT_EQ(desk.resolver.ask({named("a.example"), DnsType::any}, desk.now).error(),
            Error::invalid_argument);
  EXPECT_EQ(Desk{{}}.resolver.ask({named("a"), DnsType::a}, desk.now).error(),
            Error::network_unreachable);
}

TEST(Resolver, ForgetsWhatIsCancelled) {
  Desk desk;
  const std::uint32_t one = desk.ask("a.example"), two = desk.ask("a.example");
  const DnsExchange asked = desk.exchange();
  desk.resolver.cancel(one);
  EXPECT_EQ(desk.resolver.questions(), 1u);
  desk.resolver.cancel(two);
  desk.resolver.cancel(two);
  EXPECT_EQ(desk.resolver.questions(), 0u);
  EXPECT_EQ(desk.resolver.next_closed(), asked.number);
  EXPECT_EQ(desk.answer(asked, {a("a.example", 1)}), Drop::dns_unexpected);
  EXPECT_EQ(desk.resolver.deadline(), never);
}

TEST(Resolver, AsksOtherServersWhenTold) {
  Desk desk;
  desk.ask("a.example");
  desk.exchange();
  desk.resolver.set_servers({second});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::server_failed);
  desk.ask("a.example");
  EXPECT_EQ(desk.exchange().server, second);
}

TEST(Resolver, IsAValue) {
  Desk desk;
  desk.ask("a.example");
  Resolver copy = desk.resolver;
  const auto digest_of = [](const Resolver& of) {
    Digest digest;
    of.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_of(copy), digest_of(desk.resolver));
  EXPECT_EQ(copy.next_exchange()->message, desk.exchange().message);
  copy.on_time(copy.deadline());
  EXPECT_NE(digest_of(copy), digest_of(desk.resolver));
}

// Section 1.G row G2 of the threat ledger: each thing that a forger must guess.
// SECURITY G2: answers with other numbers.
TEST(ResolverAttack, CachePoisoning) {
  Desk desk;
  desk.ask("www.example.com");
  const DnsExchange asked = desk.exchange();
  const std::vector<DnsRecord> forged{a("www.example.com", 66)};
  const auto send = [&](std::uint32_t exchange, Endpoint from, const Desk::Change& change) {
    DnsMessage reply = desk.reply_to(desk.question);
    reply.answers = forged;
    change(reply);
    return desk.resolver.on_datagram(exchange, from, to_bytes(reply, 512), desk.now);
  };
  const auto nothing = [](DnsMessage&) {};
  EXPECT_EQ(send(asked.number, {first.address, 54}, nothing), Drop::dns_wrong_server);
  EXPECT_EQ(send(asked.number, second, nothing), Drop::dns_wrong_server);
  EXPECT_EQ(send(asked.number + 1, first, nothing), Drop::dns_unexpected);  // another port
  EXPECT_EQ(send(asked.number, first, [](DnsMessage& reply) { reply.id ^= 0x100; }),
            Drop::dns_wrong_id);
  EXPECT_EQ(send(asked.number, first, [](DnsMessage& reply) { reply.is_answer = false; }),
            Drop::dns_not_an_answer);
  EXPECT_FALSE(desk.resolver.next_answer());
  EXPECT_EQ(desk.resolver.cache().size(), 0u);
  EXPECT_EQ(desk.answer(asked, {a("www.example.com", 1)}), Drop::none);
  EXPECT_EQ(std::get<IpAddress>(desk.result().records[0].data), IpAddress::v4(192, 0, 2, 1));
}

// SECURITY G2.
TEST(ResolverAttack, WrongQuestion) {
  for (int which = 0; which < 4; ++which) {
    Desk desk;
    desk.ask("www.example.com");
    EXPECT_EQ(desk.answer(desk.exchange(),
                          [&](DnsMessage& reply) {
                            if (which == 0) reply.questions.clear();
                            if (which == 1) reply.questions[0].name = named("www.example.org");
                            if (which == 2) reply.questions[0].type = DnsType::aaaa;
                            if (which == 3) reply.questions.push_back(reply.questions[0]);
                          }),
              Drop::dns_wrong_question);
    EXPECT_FALSE(desk.resolver.next_answer());
  }
}

// Letters sent back in another case: a stream is asked for, and nothing is believed before.
// SECURITY G2: the spelling must come back.
TEST(ResolverAttack, WrongCase) {
  Desk desk;
  desk.ask("www.example.com");
  EXPECT_EQ(desk.answer(desk.exchange(),
                        [](DnsMessage& reply) {
                          reply.questions[0].name = reply.questions[0].name.folded().spelled_by(1);
                          reply.answers = {a("www.example.com", 66)};
                        }),
            Drop::dns_wrong_case);
  EXPECT_FALSE(desk.resolver.next_answer());
  EXPECT_TRUE(desk.exchange().is_stream);
}

// A burst of guesses ends in a stream.
// SECURITY G2: who is shot at asks by stream.
TEST(ResolverAttack, MismatchBurst) {
  Desk desk;
  desk.ask("www.example.com");
  const DnsExchange asked = desk.exchange();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(desk.resolver.next_exchange());
    desk.answer(
        asked, [i](DnsMessage& reply) { reply.id = static_cast<std::uint16_t>(reply.id + 1 + i); });
  }
  EXPECT_EQ(desk.refused(Drop::dns_wrong_id), 5u);
  EXPECT_TRUE(desk.exchange().is_stream);
  EXPECT_EQ(desk.answer(asked, {a("www.example.com", 66)}), Drop::dns_unexpected);
}

// Identifiers, spellings and exchanges never follow a pattern that two of them would show.
// SECURITY G2.
TEST(ResolverAttack, IdentifiersAndSpellingsAreFresh) {
  Desk desk{{.servers = {first}, .max_questions = 1000, .max_tickets = 1000}};
  std::set<std::uint16_t> ids;
  std::set<std::string> spellings;
  std::set<std::uint32_t> exchanges;
  int repeated_steps = 0;
  std::uint16_t last = 0, last_step = 0;
  for (int i = 0; i < 500; ++i) {
    desk.ask("quite-a-long-name-" + std::to_string(i) + ".example.com");
    exchanges.insert(desk.exchange().number);
    const std::uint16_t id = desk.question.id;
    const auto step = static_cast<std::uint16_t>(id - last);
    repeated_steps += step == last_step;
    last = id;
    last_step = step;
    ids.insert(id);
    spellings.insert(to_string(desk.question.questions[0].name).substr(0, 17));
  }
  EXPECT_GT(ids.size(), 490u);
  EXPECT_GT(spellings.size(), 480u);
  EXPECT_EQ(exchanges.size(), 500u);
  EXPECT_LT(repeated_steps, 3);
}

// Section 1.G row G4: only what leads from the question to its answer is used or kept.
// SECURITY G4: records that nobody asked for.
TEST(ResolverAttack, Bailiwick) {
  Desk desk;
  desk.ask("www.example.com");
  desk.answer(desk.exchange(), [](DnsMessage& reply) {
    reply.answers = {a("www.example.com", 1), a("bank.test", 66), cname("other.test", "evil.test")};
    reply.authorities = {{named("test"), DnsType::ns, 1, 300, named("evil.test")}};
    reply.additionals = {a("bank.test", 66), a("evil.test", 66)};
  });
  EXPECT_EQ(desk.result().records.size(), 1u);
  EXPECT_EQ(desk.refused(Drop::dns_unrelated_record), 2u);
  EXPECT_EQ(desk.resolver.cache().size(), 1u);
  EXPECT_FALSE(desk.resolver.cache().find({named("bank.test"), DnsType::a}, desk.now));
}

// SECURITY G4.
TEST(ResolverAttack, CnameLoops) {
  Desk desk;
  desk.ask("a.example");  // in one answer
  desk.answer(desk.exchange(), {cname("a.example", "b.example"), cname("b.example", "a.example")});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::chain_too_long);
  EXPECT_EQ(desk.resolver.cache().size(), 0u);
  desk.ask("c.example");  // in two
  desk.answer(desk.exchange(), {cname("c.example", "d.example")});
  desk.answer(desk.exchange(), {cname("d.example", "c.example")});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::chain_too_long);
  desk.ask("c.example");  // in the cache
  EXPECT_EQ(desk.result().verdict, DnsVerdict::chain_too_long);
  desk.ask("self.example");
  desk.answer(desk.exchange(), {cname("self.example", "self.example")});
  EXPECT_EQ(desk.result().verdict, DnsVerdict::chain_too_long);
}

// SECURITY G4.
TEST(ResolverAttack, CnameChainsWithoutEnd) {
  Desk desk;
  desk.ask("n0.example");
  int links = 0;
  while (const auto asked = desk.resolver.next_exchange()) {
    ASSERT_EQ(read(asked->message, desk.question), Drop::none);
    const std::string next = "n" + std::to_string(++links) + ".example";
    desk.answer(*asked, {cname(to_string(desk.question.questions[0].name), next, 0)});
  }
  EXPECT_EQ(links, 9);
  EXPECT_EQ(desk.result().verdict, DnsVerdict::chain_too_long);
}

// Whatever comes, it is refused with a reason, and the question still ends.
// SECURITY G2: no random bytes are an answer.
TEST(ResolverAttack, AnyBytes) {
  Rng rng{5};
  Desk desk{{.servers = {first}, .max_mismatches = 1'000'000}};
  desk.ask("www.example.com");
  const DnsExchange asked = desk.exchange();
  const auto whole = to_bytes(desk.reply_to(desk.question), 512);
  for (int i = 0; i < 50'000; ++i) {
    auto bytes = whole;
    bytes[rng.below(2)] ^= static_cast<std::uint8_t>(rng.between(1, 255));
    for (std::uint64_t n = rng.below(3); n > 0; --n)
      bytes[rng.between(3, bytes.size() - 1)] = static_cast<std::uint8_t>(rng.next());
    ASSERT_NE(desk.resolver.on_datagram(asked.number, first, bytes, desk.now), Drop::none);
  }
  EXPECT_EQ(desk.resolver.counters().refused.total(), 50'000u);
  EXPECT_EQ(desk.resolver.cache().size(), 0u);
}

}  // namespace
}  // namespace acksu::resolver_test
