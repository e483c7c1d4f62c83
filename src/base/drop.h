// Why a frame, a packet or a segment was not accepted. Every reason is counted (RFC 1122 3.1 (b))
// and traced by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace acksu {

enum class Drop : std::uint8_t {
#define DROP(name) name,
#include "base/drop.inc"
#undef DROP
  count_,
};

inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(Drop::count_);

// The name as in the enum, with spaces: "tcp bad checksum".
const char* name(Drop drop);

// Counts by reason.
class DropCounters {
 public:
  void add(Drop drop) { ++counts_[static_cast<std::size_t>(drop)]; }
  void add(const DropCounters& others) {
    for (std::size_t i = 0; i < drop_reasons; ++i) counts_[i] += others.counts_[i];
  }
  std::uint64_t operator[](Drop drop) const { return counts_[static_cast<std::size_t>(drop)]; }
  std::uint64_t total() const;  // without `none`
  bool operator==(const DropCounters&) const = default;

 private:
  std::array<std::uint64_t, drop_reasons> counts_{};
};

}  // namespace acksu
