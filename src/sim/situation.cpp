// Situations as few bytes: seven bits of a number a byte.
#include "sim/situation.h"

namespace acksu::sim {
namespace {

void put(std::uint32_t value, std::vector<std::uint8_t>& bytes) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

std::uint32_t take(Bytes& bytes) {
  std::uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = bytes[0];
    bytes = bytes.subspan(1);
    value |= std::uint32_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
}

}  // namespace

std::size_t PacketBag::fresh() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < size_; ++i) count += 1 - (entries_[i] & 1);
  return count;
}

void PacketBag::add(UnderWay added) {
  ACKSU_ASSERT(!is_full());
  const std::uint32_t entry = added.packet << 1 | (added.has_arrived ? 1u : 0u);
  std::size_t place = size_++;
  for (; place > 0 && entries_[place - 1] > entry; --place) entries_[place] = entries_[place - 1];
  entries_[place] = entry;
}

void PacketBag::take(std::size_t place, bool may_come_again) {
  const UnderWay arrived = (*this)[place];
  if (arrived.has_arrived) return;
  remove(place);
  if (!may_come_again) return;
  for (std::size_t i = 0; i < size_; ++i) {
    if ((*this)[i].has_arrived && (*this)[i].packet == arrived.packet) return;
  }
  add({arrived.packet, true});
}

void PacketBag::forget_arrived() {
  for (std::size_t place = size_; place-- > 0;) {
    if ((entries_[place] & 1) != 0) remove(place);
  }
}

void encode(const Situation& situation, bool has_bounds, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  if (has_bounds) {
    bytes.push_back(situation.drops);
    bytes.push_back(situation.duplicates);
    for (const std::uint8_t each : situation.time_outs) bytes.push_back(each);
  }
  for (std::size_t side = 0; side < 2; ++side) {
    put(situation.ends[side], bytes);
    const PacketBag& bag = situation.under_way[side];
    put(static_cast<std::uint32_t>(bag.size()), bytes);
    for (const std::uint32_t each : bag.entries()) put(each, bytes);
  }
}

Situation decode(Bytes bytes) {
  Situation situation;
  situation.drops = bytes[0];
  situation.duplicates = bytes[1];
  situation.time_outs = {bytes[2], bytes[3]};
  bytes = bytes.subspan(4);
  for (std::size_t side = 0; side < 2; ++side) {
    situation.ends[side] = take(bytes);
    for (std::uint32_t left = take(bytes); left > 0; --left) {
      const std::uint32_t entry = take(bytes);
      situation.under_way[side].add({entry >> 1, (entry & 1) != 0});
    }
  }
  return situation;
}

}  // namespace acksu::sim
