// Comparing bags and bounds.
#include "sim/covering.h"

#include <algorithm>
#include <span>

namespace acksu::sim {
namespace {

using Numbers = std::span<const std::uint32_t>;

bool holds_all(Numbers larger, Numbers smaller) {
  return std::includes(larger.begin(), larger.end(), smaller.begin(), smaller.end());
}

}  // namespace

std::uint32_t Covering::pair_of(const Situation& situation) {
  bytes_.resize(sizeof situation.ends);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<std::uint8_t>(situation.ends[i / 4] >> i % 4 * 8);
  }
  const StateTable::Place place = pairs_.insert(bytes_);
  if (place.is_new) known_.emplace_back();
  return place.number;
}

bool Covering::covers(const Known& known, const Situation& situation) const {
  if (known.duplicates < situation.duplicates || known.time_outs[0] < situation.time_outs[0] ||
      known.time_outs[1] < situation.time_outs[1]) {
    return false;
  }
  const std::uint32_t* place = packets_.data() + known.first_packet;
  for (std::size_t side = 0; side < 2; ++side) {
    const Numbers theirs{place, known.sizes[side]};
    if (!holds_all(theirs, situation.under_way[side].entries())) return false;
    place += known.sizes[side];
  }
  return true;
}

bool Covering::is_covered(const Known& known, const Situation& situation) const {
  if (known.duplicates > situation.duplicates || known.time_outs[0] > situation.time_outs[0] ||
      known.time_outs[1] > situation.time_outs[1]) {
    return false;
  }
  const std::uint32_t* place = packets_.data() + known.first_packet;
  for (std::size_t side = 0; side < 2; ++side) {
    const Numbers theirs{place, known.sizes[side]};
    if (!holds_all(situation.under_way[side].entries(), theirs)) return false;
    place += known.sizes[side];
  }
  return true;
}

std::optional<std::uint32_t> Covering::find(const Situation& situation) {
  for (const Known& known : known_[pair_of(situation)]) {
    if (covers(known, situation)) return known.number;
  }
  return std::nullopt;
}

void Covering::add(const Situation& situation, std::uint32_t number) {
  std::vector<Known>& all = known_[pair_of(situation)];
  std::erase_if(all, [&](const Known& known) { return is_covered(known, situation); });
  Known known{.number = number, .first_packet = static_cast<std::uint32_t>(packets_.size())};
  known.duplicates = situation.duplicates;
  known.time_outs = situation.time_outs;
  for (std::size_t side = 0; side < 2; ++side) {
    const Numbers bag = situation.under_way[side].entries();
    known.sizes[side] = static_cast<std::uint8_t>(bag.size());
    packets_.insert(packets_.end(), bag.begin(), bag.end());
  }
  all.push_back(known);
}

std::uint64_t Covering::held_bytes() const {
  std::uint64_t bytes = pairs_.held_bytes() + packets_.capacity() * sizeof(std::uint32_t);
  for (const auto& each : known_) bytes += sizeof each + each.capacity() * sizeof(Known);
  return bytes;
}

}  // namespace acksu::sim
