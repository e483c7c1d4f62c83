// Comparing bags and bounds.
#include "sim/covering.h"

#include <algorithm>
#include <bit>

namespace acksu::sim {
namespace {

using Entries = std::span<const std::uint32_t>;

constexpr std::uint32_t none_missing = 0, never_there = 0xffff'ffff;

// How many copies that have not arrived yet the smaller bag has and the larger has not, each of
// something that the larger one has seen; `never_there`: one that it has not. Entries are in order
// of packets, and of one packet those that have not arrived come first.
std::uint32_t missing_in(Entries larger, Entries smaller) {
  std::uint32_t missing = none_missing;
  std::size_t at = 0;
  for (std::size_t i = 0; i < smaller.size();) {
    const std::uint32_t packet = smaller[i] >> 1;
    while (at < larger.size() && larger[at] >> 1 < packet) ++at;
    if (at == larger.size() || larger[at] >> 1 != packet) return never_there;
    std::uint32_t wanted = 0, there = 0;
    for (; i < smaller.size() && smaller[i] >> 1 == packet; ++i) wanted += 1 - (smaller[i] & 1);
    for (; at < larger.size() && larger[at] >> 1 == packet; ++at) there += 1 - (larger[at] & 1);
    missing += wanted - std::min(wanted, there);
  }
  return missing;
}

}  // namespace

// Each copy that is missing is one of the duplicates that the larger one has more.
bool Covering::Outline::may_cover(const Outline& smaller) const {
  if ((smaller.packets & ~packets) != 0 || duplicates < smaller.duplicates ||
      time_outs[0] < smaller.time_outs[0] || time_outs[1] < smaller.time_outs[1]) {
    return false;
  }
  const std::uint64_t missing = smaller.fresh & ~fresh;
  return missing == 0 || std::popcount(missing) <= duplicates - smaller.duplicates;
}

std::uint32_t Covering::pair_of(const Situation& situation) {
  bytes_.resize(sizeof situation.ends);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<std::uint8_t>(situation.ends[i / 4] >> i % 4 * 8);
  }
  const StateTable::Place place = pairs_.insert(bytes_);
  if (place.is_new) known_.emplace_back();
  return place.number;
}

Covering::Shape Covering::shape_of(const Situation& situation) {
  Shape shape;
  shape.outline.time_outs = situation.time_outs;
  shape.outline.duplicates = situation.duplicates;
  for (std::size_t side = 0; side < 2; ++side) {
    shape.bags[side] = situation.under_way[side].entries();
    for (const std::uint32_t each : shape.bags[side]) {
      const std::uint64_t bit = std::uint64_t{1} << (each >> 1) % 64;
      shape.outline.packets |= bit;
      if ((each & 1) == 0) shape.outline.fresh |= bit;
    }
  }
  return shape;
}

Covering::Shape Covering::shape_of(const Known& known) const {
  const std::uint32_t* const place = packets_.data() + known.first_packet;
  return {{Entries{place, known.sizes[0]}, Entries{place + known.sizes[0], known.sizes[1]}}, known};
}

// A duplicate more that is left is as good as a copy that has not arrived, of what has.
bool Covering::covers(const Shape& larger, const Shape& smaller) {
  auto left = static_cast<std::uint32_t>(larger.outline.duplicates - smaller.outline.duplicates);
  for (std::size_t side = 0; side < 2; ++side) {
    const std::uint32_t missing = missing_in(larger.bags[side], smaller.bags[side]);
    if (missing > left) return false;
    left -= missing;
  }
  return true;
}

std::optional<std::uint32_t> Covering::find(const Situation& situation) {
  const Shape shape = shape_of(situation);
  const std::vector<Known>& all = known_[pair_of(situation)];
  for (std::size_t i = all.size(); i-- > 0;) {
    const Known& known = all[i];
    if (!known.may_cover(shape.outline)) continue;
    if (covers(shape_of(known), shape)) return known.number;
  }
  return std::nullopt;
}

void Covering::add(const Situation& situation, std::uint32_t number) {
  const Shape shape = shape_of(situation);
  std::vector<Known>& all = known_[pair_of(situation)];
  std::erase_if(all, [&](const Known& known) {
    return shape.outline.may_cover(known) && covers(shape, shape_of(known));
  });
  Known known{shape.outline};
  known.number = number;
  known.first_packet = static_cast<std::uint32_t>(packets_.size());
  for (std::size_t side = 0; side < 2; ++side) {
    known.sizes[side] = static_cast<std::uint8_t>(shape.bags[side].size());
    packets_.insert(packets_.end(), shape.bags[side].begin(), shape.bags[side].end());
  }
  all.push_back(known);
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> Covering::all() const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
    const Bytes bytes = pairs_[i];
    std::uint32_t ends[2] = {};
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      ends[at / 4] |= std::uint32_t{bytes[at]} << at % 4 * 8;
    }
    all.emplace_back(ends[0], ends[1]);
  }
  return all;
}

std::uint64_t Covering::held_bytes() const {
  std::uint64_t bytes = pairs_.held_bytes() + packets_.capacity() * sizeof(std::uint32_t);
  for (const auto& each : known_) bytes += sizeof each + each.capacity() * sizeof(Known);
  return bytes;
}

}  // namespace acksu::sim
