// Choosing ports.
#include "host/nat_ports.h"

#include <bit>

#include "base/assert.h"

namespace acksu {
namespace {

constexpr std::uint64_t any_parity = ~std::uint64_t{0};
constexpr std::uint64_t even_ports = 0x5555'5555'5555'5555;
constexpr std::uint16_t last_low_port = 1023;
constexpr unsigned tries = 16;

}  // namespace

bool NatPorts::is_free(std::uint16_t port) const {
  return !bits_ || (bits_->of[port / 64] >> (port % 64) & 1) == 0;
}

bool NatPorts::take_exactly(std::uint16_t port) {
  if (!is_free(port)) return false;
  bits_.make().of[port / 64] |= std::uint64_t{1} << (port % 64);
  ++in_use_;
  return true;
}

void NatPorts::release(std::uint16_t port) {
  ACKSU_ASSERT(!is_free(port));
  bits_->of[port / 64] &= ~(std::uint64_t{1} << (port % 64));
  if (--in_use_ == 0) bits_.reset();
}

std::optional<std::uint16_t> NatPorts::take(const PortWish& wish, SipKey key,
                                            std::uint64_t number) {
  // RFC 4787 REQ-3: a port serves one mapping only, never two (no "port overloading").
  if (wish.keeps_inside && take_exactly(wish.inside)) return wish.inside;
  if (wish.is_query) {
    const auto id = draw({0, 65535, any_parity}, key, number);
    if (id) take_exactly(*id);
    return id;
  }
  // RFC 4787 REQ-3: (a), (b) ports below 1024 stay there, and those above too.
  // RFC 4787 REQ-4: even ports stay even, odd ones odd. RFC 7857 8 lets us give that up.
  const bool is_low = wish.inside <= last_low_port;
  const std::uint64_t parity = wish.inside % 2 == 0 ? even_ports : ~even_ports;
  const std::uint16_t first = is_low ? 1 : last_low_port + 1;
  const std::uint16_t last = is_low ? last_low_port : 65535;
  auto port = draw({first, last, parity}, key, number);
  if (!port) port = draw({first, last, any_parity}, key, number);
  if (port) take_exactly(*port);
  return port;
}

// Random ones as long as that finds a free one soon; then the next free one from a random place.
std::optional<std::uint16_t> NatPorts::draw(const Range& range, SipKey key,
                                            std::uint64_t number) const {
  const std::uint32_t size = std::uint32_t{range.last} - range.first + 1;
  std::uint16_t port = range.first;
  for (unsigned i = 0; i < tries; ++i) {
    const std::array<std::uint64_t, 2> words_to_hash{number, i};
    const std::uint64_t random = siphash_2_4(key, words_to_hash) >> 32;
    port = static_cast<std::uint16_t>(range.first + ((random * size) >> 32));
    const bool has_parity = (range.parity >> (port % 64) & 1) != 0;
    if (!has_parity) port ^= 1;
    if (port >= range.first && port <= range.last && is_free(port)) return port;
  }
  return scan(range, port);
}

std::optional<std::uint16_t> NatPorts::scan(const Range& range, std::uint16_t from) const {
  if (!bits_) return range.first;
  for (std::size_t i = 0; i <= words; ++i) {
    const std::size_t word = (from / 64u + i) % words;
    std::uint64_t free = ~bits_->of[word] & range.parity;
    while (free != 0) {
      const std::size_t port = word * 64 + static_cast<std::size_t>(std::countr_zero(free));
      if (port >= range.first && port <= range.last) return static_cast<std::uint16_t>(port);
      free &= free - 1;
    }
  }
  return std::nullopt;
}

}  // namespace acksu
