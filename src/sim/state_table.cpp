// Open addressing over numbers; the strings stand one behind another in chunks.
#include "sim/state_table.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace acksu::sim {

StateTable::StateTable() : slots_(1u << 12) {}

std::uint64_t StateTable::hash(Bytes state) {
  constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15ull;
  std::uint64_t value = state.size() * odd;
  for (std::size_t i = 0; i < state.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, state.data() + i, std::min<std::size_t>(8, state.size() - i));
    value = (value ^ word) * 0xff51'afd7'ed55'8ccdull;
    value ^= value >> 32;
  }
  return value * odd;
}

Bytes StateTable::operator[](std::uint32_t number) const {
  const std::uint64_t offset = offsets_[number];
  const std::uint8_t* const place = chunks_[offset / chunk_bytes].get() + offset % chunk_bytes;
  return {place + 1, place[0]};
}

std::uint32_t StateTable::find(Bytes state, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash);
  for (std::size_t at = (hash >> 32) & mask; slots_[at].number != nobody; at = (at + 1) & mask) {
    if (slots_[at].tag != tag) continue;
    const Bytes other = (*this)[slots_[at].number];
    if (std::equal(other.begin(), other.end(), state.begin(), state.end())) {
      return slots_[at].number;
    }
  }
  return nobody;
}

StateTable::Place StateTable::insert(Bytes state) {
  const std::uint64_t hashed = hash(state);
  if (const std::uint32_t number = find(state, hashed); number != nobody) return {number, false};
  if (size() * 3ull >= slots_.size() * 2ull) grow();
  const std::uint32_t number = size();
  store(state);
  put(number, hashed);
  return {number, true};
}

void StateTable::store(Bytes state) {
  ACKSU_ASSERT(state.size() <= longest && size() < nobody - 1);
  const std::uint64_t left = chunk_bytes - end_ % chunk_bytes;
  if (chunks_.empty() || left <= state.size() || end_ % chunk_bytes == 0) {
    end_ = chunks_.size() * chunk_bytes;
    chunks_.emplace_back(new std::uint8_t[chunk_bytes]);
  }
  std::uint8_t* const place = chunks_.back().get() + end_ % chunk_bytes;
  place[0] = static_cast<std::uint8_t>(state.size());
  std::copy(state.begin(), state.end(), place + 1);
  offsets_.push_back(end_);
  end_ += state.size() + 1;
}

void StateTable::put(std::uint32_t number, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash >> 32) & mask;
  while (slots_[at].number != nobody) at = (at + 1) & mask;
  slots_[at] = {number, static_cast<std::uint32_t>(hash)};
}

void StateTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  for (std::uint32_t i = 0; i < size(); ++i) put(i, hash((*this)[i]));
}

std::uint64_t StateTable::held_bytes() const {
  return slots_.size() * sizeof(Slot) + offsets_.capacity() * sizeof(std::uint64_t) +
         chunks_.size() * chunk_bytes;
}

}  // namespace acksu::sim
