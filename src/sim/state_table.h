// An exact set of short strings of bytes, each with a number by the order of its coming: all states
// that an exploration has met. A few bytes of overhead each.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace acksu::sim {

class StateTable {
 public:
  struct Place {
    std::uint32_t number = 0;
    bool is_new = false;
  };
  static constexpr std::size_t longest = 255;  // bytes

  StateTable();
  Place insert(Bytes state);
  Bytes operator[](std::uint32_t number) const;
  bool has(Bytes state) const { return find(state, hash(state)) != nobody; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(offsets_.size()); }
  std::uint64_t held_bytes() const;

 private:
  static constexpr std::uint32_t nobody = 0xffff'ffff;
  static constexpr std::uint64_t chunk_bytes = 1u << 22;
  // Half of the hash, so that most of what differs is not looked at.
  struct Slot {
    std::uint32_t number = nobody;
    std::uint32_t tag = 0;
  };

  static std::uint64_t hash(Bytes state);
  std::uint32_t find(Bytes state, std::uint64_t hash) const;
  void store(Bytes state);
  void put(std::uint32_t number, std::uint64_t hash);
  void grow();

  std::vector<Slot> slots_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
  std::uint64_t end_ = 0;
};

}  // namespace acksu::sim
