// What a host tells about its groups, and when: RFC 3376, RFC 3810, and the older versions.
#include "host/membership.h"

#include <gtest/gtest.h>

#include <set>

namespace acksu::membership_test {
namespace {

using Kind = wire::MembershipMessage::Kind;
using Type = wire::MembershipRecord::Type;
using wire::MembershipMessage;
using wire::MembershipRecord;

constexpr IpAddress group_1 = IpAddress::v4(239, 1, 1, 1), group_2 = IpAddress::v4(239, 1, 1, 2);
constexpr IpAddress igmpv3_routers = IpAddress::v4(224, 0, 0, 22);
constexpr IpAddress all_routers = IpAddress::v4(224, 0, 0, 2);
constexpr IpAddress all_systems = IpAddress::v4(224, 0, 0, 1);
constexpr IpAddress group_v6{0xff02'0000'0000'0000, 0xfb};
constexpr IpAddress all_nodes{0xff02'0000'0000'0000, 1};

struct Said {
  Instant at;
  Membership::Outgoing out;
};

struct MembershipTest : testing::Test {
  Membership host{Membership::Protocol::igmp, {}, 1452, {1, 2}};
  Membership host_v6{Membership::Protocol::mld, {}, 1452, {3, 4}};
  Instant now{1h};

  std::vector<Said> pass(Membership& of, Duration duration) {
    std::vector<Said> said;
    const Instant end = now + duration;
    while (true) {
      of.on_time(now);
      for (Membership::Outgoing& each : of.take_messages()) said.push_back({now, each});
      if (of.deadline() > end) break;
      now = std::max(now, of.deadline());
    }
    now = end;
    return said;
  }
  std::vector<Said> pass(Duration duration) { return pass(host, duration); }
  // Records of all reports, in order.
  static std::vector<MembershipRecord> records(const std::vector<Said>& said) {
    std::vector<MembershipRecord> all;
    for (const Said& each : said) {
      for (const MembershipRecord& record : each.out.message.records) all.push_back(record);
    }
    return all;
  }
  static MembershipMessage query(std::uint8_t version, IpAddress group = IpAddress::v4(0),
                                 std::vector<IpAddress> sources = {}) {
    MembershipMessage query;
    query.version = version;
    query.group = group;
    query.max_response = 10s;
    query.sources = std::move(sources);
    return query;
  }
};

// RFC 3376 5.1: a change is told at once, and again within a second, for one report may be lost.
TEST_F(MembershipTest, TellsEachChangeTwice) {
  ASSERT_TRUE(host.join(group_1, now));
  EXPECT_TRUE(host.listens_to(group_1));
  const Instant joined = now;
  const auto said = pass(5s);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0].at, joined);
  EXPECT_LE(said[1].at, joined + 1s);
  for (const Said& each : said) {
    EXPECT_EQ(each.out.to, igmpv3_routers);
    EXPECT_EQ(each.out.message.version, 3);
    EXPECT_EQ(each.out.message.records,
              (std::vector<MembershipRecord>{{Type::change_to_exclude, group_1, {}}}));
  }
  host.leave(group_1, now);
  EXPECT_FALSE(host.listens_to(group_1));
  const MembershipRecord left{Type::change_to_include, group_1, {}};
  EXPECT_EQ(records(pass(5s)), (std::vector<MembershipRecord>{left, left}));
  EXPECT_EQ(host.groups(), 0u);
  EXPECT_EQ(host.deadline(), never);
}

TEST_F(MembershipTest, CountsWhoHasJoined) {
  host.join(group_1, now);
  host.join(group_1, now);
  pass(5s);
  host.leave(group_1, now);
  EXPECT_TRUE(host.listens_to(group_1));
  EXPECT_TRUE(pass(5s).empty());
  host.leave(group_1, now);
  host.leave(group_1, now);
  EXPECT_EQ(pass(5s).size(), 2u);
}

// RFC 3376 5.1: the newer change takes the place of the older one.
TEST_F(MembershipTest, SaysNothingOfAChangeThatIsOver) {
  host.join(group_1, now);
  host.on_time(now);
  host.take_messages();
  host.leave(group_1, now);
  const MembershipRecord left{Type::change_to_include, group_1, {}};
  EXPECT_EQ(records(pass(5s)), (std::vector<MembershipRecord>{left, left}));
}

// RFC 3376 5.2: one report about all groups, at a random time; of 224.0.0.1 nobody speaks (6).
TEST_F(MembershipTest, AnswersAGeneralQueryOnceForAllGroups) {
  host.join(group_1, now);
  host.join(group_2, now);
  host.join(all_systems, now);
  EXPECT_EQ(host.groups(), 3u);
  pass(5s);
  std::set<Duration> delays;
  for (int i = 0; i < 20; ++i) {
    const Instant asked = now;
    host.on_message(query(3), now);
    host.on_message(query(3), now);
    const auto said = pass(10s);
    ASSERT_EQ(said.size(), 1u);
    delays.insert(said[0].at - asked);
    EXPECT_EQ(said[0].out.message.records,
              (std::vector<MembershipRecord>{{Type::is_exclude, group_1, {}},
                                             {Type::is_exclude, group_2, {}}}));
  }
  EXPECT_EQ(delays.size(), 20u) << "not all hosts at once";
  EXPECT_GT(*delays.rbegin() - *delays.begin(), 3s);
}

TEST_F(MembershipTest, AnswersForTheGroupAndTheSourcesThatWereAskedFor) {
  const IpAddress a = IpAddress::v4(10, 0, 0, 1), b = IpAddress::v4(10, 0, 0, 2);
  host.join(group_1, now);
  pass(5s);
  host.on_message(query(3, group_2), now);
  EXPECT_TRUE(pass(10s).empty()) << "we are not in that group";
  host.on_message(query(3, group_1), now);
  EXPECT_EQ(records(pass(10s)), (std::vector<MembershipRecord>{{Type::is_exclude, group_1, {}}}));
  host.on_message(query(3, group_1, {a}), now);
  host.on_message(query(3, group_1, {a, b}), now);
  EXPECT_EQ(records(pass(10s)),
            (std::vector<MembershipRecord>{{Type::is_include, group_1, {a, b}}}));
  host.on_message(query(3, group_1, {a}), now);
  host.on_message(query(3, group_1), now);
  EXPECT_EQ(records(pass(10s)), (std::vector<MembershipRecord>{{Type::is_exclude, group_1, {}}}));
}

// SECURITY E9: queries with ever new sources must not fill our memory (RFC 3376 9.1).
TEST_F(MembershipTest, AttackQueriesWithManySources) {
  host.join(group_1, now);
  pass(5s);
  MembershipMessage slow = query(3, group_1);
  slow.max_response = 1h;
  for (std::uint8_t i = 1; i < 250; ++i) {
    slow.sources = {IpAddress::v4(10, 0, 1, i)};
    host.on_message(slow, now);
  }
  const auto told = records(pass(1h));
  ASSERT_EQ(told.size(), 1u) << "one answer for all of them";
  EXPECT_LE(told[0].sources.size(), 16u);
}

// RFC 3376 7.2: while an older querier is there, its words are spoken; RFC 2236 3.
TEST_F(MembershipTest, SpeaksAsTheOldestQuerierDoes) {
  host.join(group_1, now);
  pass(5s);
  host.on_message(query(2), now);
  EXPECT_EQ(host.version(), 2);
  auto said = pass(10s);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].out.to, group_1);
  EXPECT_EQ(said[0].out.message.kind, Kind::report);
  EXPECT_EQ(said[0].out.message.version, 2);
  EXPECT_EQ(said[0].out.message.group, group_1);

  host.leave(group_1, now);
  said = pass(20s);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].out.to, all_routers);
  EXPECT_EQ(said[0].out.message.kind, Kind::leave);

  // 8.12: twice the query interval and the time for answers, 260 s, after it was heard last.
  host.join(group_2, now);
  said = pass(229s);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0].out.message.version, 2);
  EXPECT_LE(said[1].at - said[0].at, 10s);
  host.on_message(query(3), now);
  EXPECT_EQ(host.version(), 2) << "a newer query ends nothing";
  pass(1s);
  host.on_message(query(3), now);
  EXPECT_EQ(host.version(), 3);
  EXPECT_EQ(records(pass(10s)).size(), 1u);
}

TEST_F(MembershipTest, HasNoWordForLeavingInVersion1) {
  host.on_message(query(1), now);
  host.join(group_1, now);
  const auto said = pass(20s);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0].out.message.version, 1);
  host.leave(group_1, now);
  EXPECT_TRUE(pass(20s).empty());
}

// RFC 2236 3: what another has answered we need not; then he has to say that the group is empty.
TEST_F(MembershipTest, LetsOthersAnswerInOlderVersions) {
  MembershipMessage report;
  report.kind = Kind::report;
  report.version = 2;
  report.group = group_1;
  host.on_message(query(2), now);
  host.join(group_1, now);
  pass(10s);
  host.on_message(query(2), now);
  host.on_message(report, now);
  EXPECT_TRUE(pass(10s).empty());
  EXPECT_EQ(host.counters().suppressed, 1u);
  host.leave(group_1, now);
  EXPECT_TRUE(pass(10s).empty());

  // RFC 3376 7.2.2: not in version 3.
  now += 300s;
  host.join(group_1, now);
  pass(5s);
  host.on_message(query(3), now);
  host.on_message(report, now);
  EXPECT_EQ(pass(10s).size(), 1u);
}

// RFC 3376 4.1.6: a querier on a link with losses asks for more.
TEST_F(MembershipTest, RepeatsAsOftenAsTheQuerierWants) {
  MembershipMessage said = query(3);
  said.robustness = 4;
  host.on_message(said, now);
  pass(10s);
  host.join(group_1, now);
  EXPECT_EQ(pass(10s).size(), 4u);
  said.robustness = 0;
  host.on_message(said, now);
  pass(10s);
  host.leave(group_1, now);
  EXPECT_EQ(pass(10s).size(), 2u);
}

TEST_F(MembershipTest, RefusesGroupsBeyondTheLimit) {
  Membership small{Membership::Protocol::igmp, {.max_groups = 2}, 1452, {1, 2}};
  EXPECT_TRUE(small.join(group_1, now));
  EXPECT_TRUE(small.join(group_2, now));
  EXPECT_FALSE(small.join(IpAddress::v4(239, 1, 1, 3), now));
  EXPECT_FALSE(small.listens_to(IpAddress::v4(239, 1, 1, 3)));
  EXPECT_EQ(small.counters().refused, 1u);
  EXPECT_TRUE(small.join(group_1, now)) << "it is there already";
}

// RFC 3376 4.2.16: as many reports as the link needs.
TEST_F(MembershipTest, SplitsWhatOneReportDoesNotHold) {
  Membership narrow{Membership::Protocol::igmp, {}, 40, {1, 2}};
  for (std::uint8_t i = 1; i <= 9; ++i) narrow.join(IpAddress::v4(239, 1, 1, i), now);
  narrow.on_time(now);
  const auto said = narrow.take_messages();
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[0].message.records.size(), 4u);
  EXPECT_EQ(said[2].message.records.size(), 1u);
}

// RFC 3810 6: of all nodes, and of groups that no link carries, nobody speaks.
TEST_F(MembershipTest, SpeaksMldTheSameWay) {
  host_v6.join(all_nodes, now);
  host_v6.join(IpAddress{0xff01'0000'0000'0000, 0xfb}, now);
  EXPECT_TRUE(pass(host_v6, 5s).empty());
  host_v6.join(group_v6, now);
  auto said = pass(host_v6, 5s);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0].out.to, (IpAddress{0xff02'0000'0000'0000, 0x16}));
  EXPECT_EQ(said[0].out.message.version, 2);
  // RFC 3810 8.2.1, RFC 2710 4.
  host_v6.on_message(query(1, IpAddress{}), now);
  said = pass(host_v6, 10s);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].out.to, group_v6);
  EXPECT_EQ(said[0].out.message.version, 1);
  host_v6.leave(group_v6, now);
  said = pass(host_v6, 10s);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].out.to, (IpAddress{0xff02'0000'0000'0000, 2}));
  EXPECT_EQ(said[0].out.message.kind, Kind::leave);
}

// RFC 4862 5.4.2: the groups of our own addresses, after a random time.
TEST_F(MembershipTest, FollowsWhatTheHostNeeds) {
  const IpAddress one{0xff02'0000'0000'0000, 0x1'ff00'0001}, two = {one.high(), 0x1'ff00'0002};
  host_v6.need({one, two, one}, now);
  EXPECT_EQ(host_v6.groups(), 2u);
  EXPECT_GT(host_v6.deadline(), now);
  EXPECT_LE(host_v6.deadline(), now + 1s);
  EXPECT_EQ(records(pass(host_v6, 5s)).size(), 4u);
  host_v6.join(one, now);
  host_v6.need({two}, now);
  EXPECT_TRUE(host_v6.listens_to(one)) << "a socket has joined it";
  EXPECT_TRUE(pass(host_v6, 5s).empty());
  host_v6.need({}, now);
  EXPECT_EQ(host_v6.groups(), 1u);
  EXPECT_EQ(records(pass(host_v6, 5s)).size(), 2u);
}

}  // namespace
}  // namespace acksu::membership_test
