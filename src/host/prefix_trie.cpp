// Ways through the trie. Counting bits is most of a lookup, so there are two copies of it: one for
// processors that have an instruction for it.
#include "host/prefix_trie.h"

#include "base/assert.h"

#if defined(__x86_64__)
#define ACKSU_COUNTS_BITS __attribute__((target("popcnt")))
#else
#define ACKSU_COUNTS_BITS
#endif

namespace acksu {
namespace {

// The bits in a node of all prefixes of six bits.
constexpr std::array<std::uint64_t, 64> prefixes_of_steps() {
  std::array<std::uint64_t, 64> result{};
  for (unsigned step = 0; step < 64; ++step) {
    for (unsigned bit = (64 + step) / 2; bit > 0; bit /= 2) {
      result[step] |= std::uint64_t{1} << bit;
    }
  }
  return result;
}
constexpr auto prefixes_of_step = prefixes_of_steps();

// The number of bits set, without an instruction for it: sums in fields of 2, 4 and 8 bits.
constexpr unsigned count_of_bits(std::uint64_t bits) {
  bits -= (bits >> 1) & 0x5555'5555'5555'5555ull;
  bits = (bits & 0x3333'3333'3333'3333ull) + ((bits >> 2) & 0x3333'3333'3333'3333ull);
  bits = (bits + (bits >> 4)) & 0x0f0f'0f0f'0f0f'0f0full;
  return static_cast<unsigned>((bits * 0x0101'0101'0101'0101ull) >> 56);
}
static_assert(count_of_bits(~std::uint64_t{0}) == 64 && count_of_bits(0x8000'0000'0000'0001) == 2);

bool processor_counts_bits() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("popcnt") != 0;
#else
  return true;
#endif
}

}  // namespace

PrefixTrie::PrefixTrie() : has_popcount_(processor_counts_bits()) {}

PrefixBits PrefixTrie::with(PrefixBits bits, int base, unsigned step) {
  const std::uint64_t wide = step;
  if (base <= 64 - stride) {
    bits.high |= wide << (64 - stride - base);
  } else if (base < 64) {
    bits.high |= wide >> (base + stride - 64);
    bits.low |= wide << (128 - stride - base);
  } else if (base <= 128 - stride) {
    bits.low |= wide << (128 - stride - base);
  } else {
    bits.low |= wide >> (base + stride - 128);
  }
  return bits;
}

unsigned PrefixTrie::bit_at(PrefixBits bits, int base, unsigned length) {
  const auto level = static_cast<unsigned>(static_cast<int>(length) - base);
  return (1u << level) | (step_at(bits, base) >> (stride - level));
}

template <class Count>
[[gnu::always_inline]] inline std::uint32_t PrefixTrie::walk(PrefixBits bits, Count count) const {
  if (size_ == 0) return none;
  std::uint32_t best = none;  // of values_
  std::uint32_t at_node = root;
  for (int base = first_base;; base += stride) {
    const Node& node = nodes_[at_node];
    const unsigned step = step_at(bits, base);
    const std::uint64_t matches = node.prefixes & prefixes_of_step[step];
    if (matches != 0) {
      const auto bit = 63u - static_cast<unsigned>(std::countl_zero(matches));
      best = node.first_value + count(node.prefixes & ((std::uint64_t{1} << bit) - 1));
    }
    const std::uint64_t child = std::uint64_t{1} << step;
    if ((node.children & child) == 0) break;
    at_node = node.first_child + count(node.children & (child - 1));
  }
  return best == none ? none : values_[best];
}

std::uint32_t PrefixTrie::find_by_arithmetic(PrefixBits bits) const {
  return walk(bits, [](std::uint64_t of) { return count_of_bits(of); });
}

ACKSU_COUNTS_BITS std::uint32_t PrefixTrie::find_by_instruction(PrefixBits bits) const {
  return walk(bits, [](std::uint64_t of) ACKSU_COUNTS_BITS {
    return static_cast<std::uint32_t>(__builtin_popcountll(of));
  });
}

bool PrefixTrie::follow(PrefixBits bits, unsigned length, Path& path) const {
  if (size_ == 0) return false;
  std::uint32_t at_node = root;
  int base = first_base;
  path.nodes[path.count++] = root;
  for (; static_cast<int>(length) - base >= stride; base += stride) {
    const Node& node = nodes_[at_node];
    const unsigned step = step_at(bits, base);
    if ((node.children >> step & 1) == 0) return false;
    at_node = node.first_child + count_before(node.children, step);
    path.nodes[path.count++] = at_node;
  }
  path.bit = bit_at(bits, base, length);
  return (nodes_[at_node].prefixes >> path.bit & 1) != 0;
}

void PrefixTrie::make_way(PrefixBits bits, unsigned length, Path& path) {
  if (size_ == 0) {
    nodes_.clear();
    nodes_.insert(0, 0, 0, Node{});
  }
  std::uint32_t at_node = root;
  int base = first_base;
  path = {};
  for (; static_cast<int>(length) - base >= stride; base += stride) {
    path.nodes[path.count++] = at_node;
    const Node node = nodes_[at_node];
    const unsigned step = step_at(bits, base);
    const unsigned place = count_before(node.children, step);
    if ((node.children >> step & 1) == 0) {
      const auto count = static_cast<unsigned>(std::popcount(node.children));
      const std::uint32_t first = nodes_.insert(node.first_child, count, place, Node{});
      nodes_[at_node].first_child = first;
      nodes_[at_node].children |= std::uint64_t{1} << step;
    }
    at_node = nodes_[at_node].first_child + place;
  }
  path.nodes[path.count++] = at_node;
  path.bit = bit_at(bits, base, length);
}

std::uint32_t PrefixTrie::assign(PrefixBits bits, unsigned length, std::uint32_t value) {
  ACKSU_ASSERT(length <= longest && value != none);
  Path path;
  make_way(bits, length, path);
  Node& node = nodes_[path.nodes[path.count - 1]];
  const unsigned place = count_before(node.prefixes, path.bit);
  if ((node.prefixes >> path.bit & 1) != 0) {
    const std::uint32_t before = values_[node.first_value + place];
    values_[node.first_value + place] = value;
    return before;
  }
  const auto count = static_cast<unsigned>(std::popcount(node.prefixes));
  node.first_value = values_.insert(node.first_value, count, place, value);
  node.prefixes |= std::uint64_t{1} << path.bit;
  ++size_;
  return none;
}

std::uint32_t PrefixTrie::erase(PrefixBits bits, unsigned length) {
  ACKSU_ASSERT(length <= longest);
  Path path;
  if (!follow(bits, length, path)) return none;
  Node& node = nodes_[path.nodes[path.count - 1]];
  const unsigned place = count_before(node.prefixes, path.bit);
  const std::uint32_t before = values_[node.first_value + place];
  const auto count = static_cast<unsigned>(std::popcount(node.prefixes));
  node.first_value = values_.erase(node.first_value, count, place);
  node.prefixes &= ~(std::uint64_t{1} << path.bit);
  --size_;
  if (size_ == 0) {
    nodes_.clear();
    values_.clear();
  } else {
    prune(bits, path);
  }
  return before;
}

// Nodes that hold nothing any more leave their parents, from the end of the path upwards.
void PrefixTrie::prune(PrefixBits bits, const Path& path) {
  for (std::size_t i = path.count - 1; i > 0 && nodes_[path.nodes[i]].is_empty(); --i) {
    const std::uint32_t parent = path.nodes[i - 1];
    const unsigned step = step_at(bits, first_base + stride * static_cast<int>(i - 1));
    const Node node = nodes_[parent];
    const auto count = static_cast<unsigned>(std::popcount(node.children));
    const std::uint32_t first =
        nodes_.erase(node.first_child, count, count_before(node.children, step));
    nodes_[parent].first_child = first;
    nodes_[parent].children &= ~(std::uint64_t{1} << step);
  }
}

std::uint32_t PrefixTrie::at(PrefixBits bits, unsigned length) const {
  Path path;
  if (length > longest || !follow(bits, length, path)) return none;
  const Node& node = nodes_[path.nodes[path.count - 1]];
  return values_[node.first_value + count_before(node.prefixes, path.bit)];
}

}  // namespace acksu
