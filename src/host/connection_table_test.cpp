// One index for connections, half-open and TIME-WAIT records, for both families.
#include "host/connection_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

struct TableTest : testing::Test {
  BufferPool pool;
  Budget memory{1 << 20};
  tcp::Settings settings;
  tcp::Counters counters;
  tcp::Context context{Instant{1s}, pool, memory, settings, counters};
  ConnectionTable table{SipKey{1, 2}};

  static FourTuple tuple(std::uint32_t number, bool is_narrow = true) {
    const auto port = static_cast<std::uint16_t>(1 + number % 60'000);
    if (is_narrow) return {{IpAddress::v4(10, 0, 0, 1), 80}, {IpAddress::v4(number + 1), port}};
    return {{IpAddress{0x2001, 1}, 80}, {IpAddress{0x2001, number + 2}, port}};
  }
  tcp::Opening opening(const FourTuple& name) const {
    tcp::Opening made;
    made.tuple = name;
    return made;
  }
  std::uint32_t add_connection(const FourTuple& name) {
    return table.add_connection(table.hash(name), opening(name), context);
  }
  std::uint32_t add_half_open(const FourTuple& name) {
    const tcp::HalfOpen record(Segment{}, opening(name), 1000, settings);
    return table.add_half_open(table.hash(name), name, 3, record);
  }
  RecordName find(const FourTuple& name) const { return table.find(table.hash(name), name); }
};

TEST_F(TableTest, ARecordPassesItsNameOn) {
  for (const bool is_narrow : {true, false}) {
    const FourTuple name = tuple(5, is_narrow);
    EXPECT_EQ(find(name).kind, RecordKind::none);
    const std::uint32_t half_open = add_half_open(name);
    EXPECT_EQ(find(name).kind, RecordKind::half_open);
    EXPECT_EQ(table.tuple_of(table.half_open()[half_open]), name);
    const std::uint32_t connection =
        table.replace_half_open(half_open, table.hash(name), opening(name), context);
    EXPECT_EQ(table.half_open().size(), 0u);
    EXPECT_EQ(find(name).kind, RecordKind::connection);
    EXPECT_EQ(find(name).index, connection);

    const std::uint32_t waiting =
        table.replace_connection(connection, tcp::TimeWait(tcp::Remains{}), Instant{60s});
    EXPECT_EQ(find(name).kind, RecordKind::time_wait);
    EXPECT_EQ(table.connections().size(), 1u) << "its owner removes it";
    table.remove_connection(connection);
    EXPECT_EQ(table.next_expiry(), Instant{60s});
    table.remove_time_wait(waiting);
    EXPECT_EQ(find(name).kind, RecordKind::none);
    EXPECT_EQ(table.next_expiry(), never);
  }
}

TEST_F(TableTest, TimeWaitEndsInOrder) {
  std::array<std::uint32_t, 3> waiting{};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::uint32_t connection = add_connection(tuple(i));
    waiting[i] = table.replace_connection(connection, tcp::TimeWait(tcp::Remains{}),
                                          Instant{60s} + Duration{i});
    table.remove_connection(connection);
  }
  EXPECT_EQ(table.oldest_time_wait(), waiting[0]);
  table.restart_time_wait(waiting[0], Instant{99s});
  EXPECT_EQ(table.oldest_time_wait(), waiting[1]);
  table.remove_time_wait(waiting[1]);
  EXPECT_EQ(table.oldest_time_wait(), waiting[2]);
  table.remove_time_wait(waiting[2]);
  EXPECT_EQ(table.next_expiry(), Instant{99s});
}

TEST_F(TableTest, TellsNamesApartThatDifferInOnePart) {
  const FourTuple name = tuple(1);
  const std::uint32_t index = add_connection(name);
  FourTuple other = name;
  other.remote.port ^= 1;
  EXPECT_EQ(find(other).kind, RecordKind::none);
  other = name;
  other.local.port ^= 1;
  EXPECT_EQ(find(other).kind, RecordKind::none);
  other = name;
  std::swap(other.local.address, other.remote.address);
  EXPECT_EQ(find(other).kind, RecordKind::none);
  EXPECT_EQ(find(name).index, index);
}

TEST_F(TableTest, ManyNamesAndCopies) {
  Rng rng{7};
  std::set<std::uint32_t> present;
  for (int i = 0; i < 20'000; ++i) {
    const auto number = static_cast<std::uint32_t>(rng.below(500));
    const FourTuple name = tuple(number, number % 3 != 0);
    const RecordName found = find(name);
    if (present.insert(number).second) {
      ASSERT_EQ(found.kind, RecordKind::none);
      add_half_open(name);
    } else {
      ASSERT_EQ(found.kind, RecordKind::half_open);
      table.remove_half_open(found.index);
      present.erase(number);
    }
  }
  const ConnectionTable copy = table;
  Digest one, two;
  table.digest(one);
  copy.digest(two);
  EXPECT_EQ(one.value(), two.value());
  for (const std::uint32_t number : present) {
    const FourTuple name = tuple(number, number % 3 != 0);
    EXPECT_EQ(copy.find(copy.hash(name), name).kind, RecordKind::half_open);
  }
}

// SECURITY C8: a stranger who knows the code but not the key cannot make names collide.
TEST_F(TableTest, NamesSpreadByKey) {
  const ConnectionTable other{SipKey{9, 9}};
  int same = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    same += table.hash(tuple(i)) % 1024 == other.hash(tuple(i)) % 1024 ? 1 : 0;
  }
  EXPECT_LT(same, 12);
}

// Entries that searches for these names pass in a table that holds them: on average, and at most.
struct SearchWork {
  double mean = 0;
  std::uint32_t most = 0;
};
SearchWork work_of(const std::vector<FourTuple>& names, SipKey key, tcp::Context& context) {
  ConnectionTable table{key};
  std::vector<std::uint32_t> waiting;
  for (const FourTuple& name : names) {
    tcp::Opening opening;
    opening.tuple = name;
    const tcp::HalfOpen record(Segment{}, opening, 1000, context.settings);
    waiting.push_back(table.add_half_open(table.hash(name), name, 3, record));
  }
  SearchWork work;
  for (const FourTuple& name : names) {
    work.mean += table.passed(name) / static_cast<double>(names.size());
    work.most = std::max(work.most, table.passed(name));
  }
  for (const std::uint32_t each : waiting) table.remove_half_open(each);
  return work;
}

// SECURITY C8: somebody who knows the code, and so can choose names that collide under any key that
// it guesses, wins nothing while it does not know ours.
TEST_F(TableTest, NamesThatCollideUnderAGuessedKeyCollideUnderNoOther) {
  const SipKey guessed{3, 4};
  const ConnectionTable of_attacker{guessed};
  std::vector<FourTuple> any, high, low;
  for (std::uint32_t i = 0; high.size() < 4000 || low.size() < 4000; ++i) {
    const FourTuple name = tuple(i);
    const ConnectionTable::Hash hash = of_attacker.hash(name);
    if (any.size() < 4000) any.push_back(name);
    if (hash >> 27 == 0 && high.size() < 4000) high.push_back(name);
    if (hash % 32 == 0 && low.size() < 4000) low.push_back(name);
  }
  const SearchWork usual = work_of(any, {1, 2}, context);
  EXPECT_LE(usual.most, 24u);
  for (const auto& chosen : {high, low}) {
    const SearchWork work = work_of(chosen, {1, 2}, context);
    EXPECT_LE(work.mean, 1.1 * usual.mean);
    EXPECT_LE(work.most, 32u);
  }
  // So a key that is known would be a weapon: it is the host's secret, and leaves it by no way.
  EXPECT_GT(work_of(high, guessed, context).mean, 1000.0);
}

// ---- Against a map from names to kinds of records

struct TableModel : TableTest {
  void TestBody() override {}

  struct Known {
    RecordKind kind = RecordKind::none;
    std::uint32_t index = 0;
    Instant expiry = never;
  };
  std::map<FourTuple, Known> known;
  Instant latest{60s};

  // A name goes the way that names go: half open, open, in TIME-WAIT, gone; or leaves it early.
  void go_on(const FourTuple& name, bool leaves) {
    Known& its = known[name];
    const auto found = find(name);
    RC_ASSERT(found.kind == its.kind);
    RC_ASSERT(found.kind == RecordKind::none || found.index == its.index);
    switch (its.kind) {
      case RecordKind::none: return begin(name, its, leaves);
      case RecordKind::half_open:
        if (leaves) return end(its, [&] { table.remove_half_open(its.index); });
        its = {RecordKind::connection,
               table.replace_half_open(its.index, table.hash(name), opening(name), context), never};
        return;
      case RecordKind::connection: return end_connection(its, leaves);
      case RecordKind::time_wait:
        if (!leaves) return end(its, [&] { table.remove_time_wait(its.index); });
        latest += 1s;
        table.restart_time_wait(its.index, latest);
        its.expiry = latest;
        return;
    }
  }
  void begin(const FourTuple& name, Known& its, bool is_open) {
    its = is_open ? Known{RecordKind::connection, add_connection(name), never}
                  : Known{RecordKind::half_open, add_half_open(name), never};
  }
  void end_connection(Known& its, bool leaves) {
    const std::uint32_t connection = its.index;
    if (leaves) {
      table.detach(connection);
      its = {};
    } else {
      latest += 1s;
      its = {RecordKind::time_wait,
             table.replace_connection(connection, tcp::TimeWait(tcp::Remains{}), latest), latest};
    }
    table.remove_connection(connection);
  }
  template <class Remove>
  void end(Known& its, Remove remove) {
    remove();
    its = {};
  }
  std::uint32_t count(RecordKind kind) const {
    return static_cast<std::uint32_t>(std::count_if(
        known.begin(), known.end(), [&](const auto& each) { return each.second.kind == kind; }));
  }
  void check() {
    Instant first = never;
    for (const auto& [name, its] : known) {
      const RecordName found = find(name);
      RC_ASSERT(found.kind == its.kind);
      RC_ASSERT(found.kind == RecordKind::none || found.index == its.index);
      first = earliest(first, its.expiry);
    }
    RC_ASSERT(table.next_expiry() == first);
    RC_ASSERT(table.connections().size() == count(RecordKind::connection));
    RC_ASSERT(table.half_open().size() == count(RecordKind::half_open));
  }
};

TEST(ConnectionTable, IsAMapFromNamesToRecords) {
  EXPECT_TRUE(rc::check("any operations in any order", [] {
    TableModel model;
    const auto names = *rc::gen::inRange<std::uint32_t>(1, 60);
    const int steps = *rc::gen::inRange(1, 300);
    for (int i = 0; i < steps; ++i) {
      const auto number = *rc::gen::inRange<std::uint32_t>(0, names);
      model.go_on(TableTest::tuple(number, number % 3 != 0), *rc::gen::inRange(0, 4) == 0);
    }
    model.check();
  }));
}

}  // namespace
}  // namespace acksu
