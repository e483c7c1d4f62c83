// The hash index and the timing wheel against the plainest thing that does the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/hash_index.h"
#include "base/timing_wheel.h"

namespace acksu {
namespace {

// ---- The hash index: a map from names to references. Few homes, so that runs are long and wrap.

std::uint64_t hash_of(std::uint32_t name, std::uint32_t homes) {
  return std::uint64_t{name % homes} * (0xffff'ffffu / homes) + (name >> 4);
}

void play_index() {
  const auto homes = *rc::gen::inRange<std::uint32_t>(1, 12);
  HashIndex index;
  std::map<std::uint32_t, std::uint32_t> model;
  std::uint32_t next_reference = 0;
  const auto find = [&](std::uint32_t name) {
    return index.find(hash_of(name, homes), [&](std::uint32_t reference) {
      const auto found = model.find(name);
      return found != model.end() && found->second == reference;
    });
  };
  const auto names = *rc::gen::inRange<std::uint32_t>(1, 300);
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    const auto name = *rc::gen::inRange<std::uint32_t>(0, names);
    const auto found = model.find(name);
    if (found == model.end()) {
      RC_ASSERT(find(name) == HashIndex::none);
      index.insert(hash_of(name, homes), next_reference);
      model[name] = next_reference++;
    } else if (*rc::gen::inRange(0, 4) == 0) {
      index.replace(hash_of(name, homes), found->second, next_reference);
      found->second = next_reference++;
    } else {
      index.erase(hash_of(name, homes), found->second);
      model.erase(found);
    }
    RC_ASSERT(index.size() == model.size());
  }
  for (std::uint32_t name = 0; name < names; ++name) {
    const auto found = model.find(name);
    RC_ASSERT(find(name) == (found == model.end() ? HashIndex::none : found->second));
  }
  while (!model.empty()) {
    const auto [name, reference] = *model.begin();
    RC_ASSERT(find(name) == reference);
    index.erase(hash_of(name, homes), reference);
    model.erase(model.begin());
  }
  RC_ASSERT(index.size() == 0u);
}

TEST(TablesModel, AHashIndexIsAMap) {
  EXPECT_TRUE(rc::check("any operations in any order", play_index));
}

// ---- The timing wheel: a map in the order of firing

class WheelModel {
 public:
  void arm(Instant deadline) {
    const std::uint32_t owner = next_owner_++;
    const TimingWheel::Id id = wheel_.arm(deadline, owner);
    armed_.push_back({id, order_.emplace(Key{deadline, turn_++}, owner).first});
  }
  void move(std::size_t which, Instant deadline) {
    if (armed_.empty()) return;
    auto& [id, place] = armed_[which % armed_.size()];
    const std::uint32_t owner = place->second;
    order_.erase(place);
    place = order_.emplace(Key{deadline, turn_++}, owner).first;
    wheel_.move(id, deadline);
    RC_ASSERT(wheel_.deadline(id) == deadline);
  }
  void disarm(std::size_t which) {
    if (armed_.empty()) return;
    const auto at = armed_.begin() + static_cast<std::ptrdiff_t>(which % armed_.size());
    wheel_.disarm(at->first);
    order_.erase(at->second);
    armed_.erase(at);
  }
  // One that is due, if there is any; and never a deadline that is too late.
  void take(Instant now) {
    const bool is_due = !order_.empty() && order_.begin()->first.first <= now;
    if (!order_.empty()) RC_ASSERT(wheel_.next_deadline() <= order_.begin()->first.first);
    const auto owner = wheel_.take_due(now);
    RC_ASSERT(owner.has_value() == is_due);
    if (!is_due) return;
    RC_ASSERT(*owner == order_.begin()->second);
    const auto first = order_.begin();
    std::erase_if(armed_, [&](const auto& each) { return each.second == first; });
    order_.erase(first);
  }
  // Whoever sleeps until the next deadline, again and again, fires all of them in time.
  void take_all() {
    while (!order_.empty()) {
      const Instant next = wheel_.next_deadline();
      RC_ASSERT(next != never || order_.begin()->first.first == never);
      take(next);
    }
    RC_ASSERT(wheel_.size() == 0u);
    RC_ASSERT(wheel_.next_deadline() == never);
  }
  void check() const { RC_ASSERT(wheel_.size() == order_.size()); }

 private:
  using Key = std::pair<Instant, std::uint64_t>;
  using Order = std::map<Key, std::uint32_t>;

  TimingWheel wheel_;
  Order order_;
  std::vector<std::pair<TimingWheel::Id, Order::iterator>> armed_;
  std::uint64_t turn_ = 0;
  std::uint32_t next_owner_ = 0;
};

// Of all lengths, and often the same.
Duration any_duration() {
  const int bits = *rc::gen::inRange(0, 55);
  return Duration{*rc::gen::inRange<std::int64_t>(0, (std::int64_t{1} << bits) + 1)};
}

void play_wheel() {
  WheelModel model;
  Instant now{};
  const int steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    const auto which = *rc::gen::inRange<std::size_t>(0, 1000);
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
      case 1:
      case 2: model.arm(now + any_duration()); break;
      case 3: model.move(which, now + any_duration()); break;
      case 4: model.disarm(which); break;
      case 5: model.arm(now - std::min(any_duration(), now - Instant{})); break;
      case 6: now += any_duration() / 64; [[fallthrough]];
      default: model.take(now); break;
    }
    model.check();
  }
  model.take_all();
}

TEST(TablesModel, ATimingWheelIsASortedMap) {
  EXPECT_TRUE(rc::check("any operations in any order", play_wheel));
}

}  // namespace
}  // namespace acksu
