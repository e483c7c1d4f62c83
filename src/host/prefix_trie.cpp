// Ways through the trie. Counting bits is most of a lookup, so there are two copies of it: one for
// processors that have an instruction for it.
#include "host/prefix_trie.h"

#include <algorithm>

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
  const Node* best = nullptr;
  std::uint64_t best_matches = 0;
  const Node* node = &nodes_[root];
  for (int base = first_base;;) {
    const unsigned step = step_at(bits, base);
    const std::uint64_t matches = node->prefixes & prefixes_of_step[step];
    if (matches != 0) {
      best = node;
      best_matches = matches;
    }
    const std::uint64_t child = std::uint64_t{1} << step;
    if ((node->children & child) == 0) break;
    node = &nodes_[node->first_child + count(node->children & (child - 1))];
    base += stride;
    if (node->skips == 0) continue;
    if (!is_on_way(*node, bits, base)) break;
    base += stride * static_cast<int>(node->skips);
  }
  if (best == nullptr) return none;
  if (std::has_single_bit(best->prefixes)) return best->first_value;
  const std::uint64_t longest_match = std::bit_floor(best_matches);
  return values_[best->first_value + count(best->prefixes & (longest_match - 1))];
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
  path.add(root, base);
  while (static_cast<int>(length) - base >= stride) {
    const Node& node = nodes_[at_node];
    const unsigned step = step_at(bits, base);
    if ((node.children >> step & 1) == 0) return false;
    at_node = node.first_child + count_before(node.children, step);
    base += stride;
    if (!is_on_way(nodes_[at_node], bits, base)) return false;
    base += stride * static_cast<int>(nodes_[at_node].skips);
    if (static_cast<int>(length) < base) return false;
    path.add(at_node, base);
  }
  path.bit = bit_at(bits, base, length);
  return (nodes_[at_node].prefixes >> path.bit & 1) != 0;
}

PrefixTrie::Path PrefixTrie::make_way(PrefixBits bits, unsigned length) {
  if (size_ == 0) {
    nodes_.clear();
    nodes_.insert(0, 0, 0, Node{});
  }
  Path path;
  std::uint32_t at_node = root;
  int base = first_base;
  path.add(root, base);
  while (static_cast<int>(length) - base >= stride) {
    const unsigned step = step_at(bits, base);
    base += stride;
    // Steps until the node where the prefix itself lives.
    const auto steps = static_cast<std::uint32_t>((static_cast<int>(length) - base) / stride);
    if ((nodes_[at_node].children >> step & 1) == 0) {
      Node child;
      child.skips = std::min(steps, most_skips);
      child.skipped = steps_at(bits, base, child.skips);
      add_child(at_node, step, child);
    }
    const Node& node = nodes_[at_node];
    at_node = node.first_child + count_before(node.children, step);
    std::uint32_t common = 0;
    const Node& child = nodes_[at_node];
    while (common < std::min(steps, child.skips) &&
           steps_at(bits, base, common + 1) ==
               child.skipped >> (stride * (child.skips - common - 1))) {
      ++common;
    }
    if (common < child.skips) split(at_node, common);
    base += stride * static_cast<int>(common);
    path.add(at_node, base);
  }
  path.bit = bit_at(bits, base, length);
  return path;
}

void PrefixTrie::add_child(std::uint32_t node, unsigned step, const Node& child) {
  const Node parent = nodes_[node];
  const auto count = static_cast<unsigned>(std::popcount(parent.children));
  const std::uint32_t first =
      nodes_.insert(parent.first_child, count, count_before(parent.children, step), child);
  nodes_[node].first_child = first;
  nodes_[node].children |= std::uint64_t{1} << step;
}

void PrefixTrie::remove_child(std::uint32_t node, unsigned step) {
  const Node parent = nodes_[node];
  const auto count = static_cast<unsigned>(std::popcount(parent.children));
  const std::uint32_t first =
      nodes_.erase(parent.first_child, count, count_before(parent.children, step));
  nodes_[node].first_child = first;
  nodes_[node].children &= ~(std::uint64_t{1} << step);
}

// Puts a node behind the first `steps` of the steps that were left out before `node`.
void PrefixTrie::split(std::uint32_t node, std::uint32_t steps) {
  Node below = nodes_[node];
  const std::uint32_t left = below.skips - steps - 1;
  Node fork;
  fork.skips = steps;
  fork.skipped = below.skipped >> (stride * (left + 1));
  const unsigned step = (below.skipped >> (stride * left)) & 63;
  below.skips = left;
  below.skipped &= (1u << (stride * left)) - 1;
  nodes_[node] = fork;
  add_child(node, step, below);
}

// The contrary: leaves a node out that is only a way to its one child, as far as there is room.
void PrefixTrie::shorten(std::uint32_t node) {
  const Node way = nodes_[node];
  if (node == root || !way.is_only_a_way()) return;
  Node child = nodes_[way.first_child];
  if (way.skips + 1 + child.skips > most_skips) return;
  const auto step = static_cast<std::uint32_t>(std::countr_zero(way.children));
  child.skipped |= ((way.skipped << stride) | step) << (stride * child.skips);
  child.skips += way.skips + 1;
  nodes_.erase(way.first_child, 1, 0);
  nodes_[node] = child;
}

void PrefixTrie::add_value(Node& node, unsigned bit, std::uint32_t value) {
  const auto count = static_cast<unsigned>(std::popcount(node.prefixes));
  if (count == 0) {
    node.first_value = value;
  } else {
    if (count == 1) node.first_value = values_.insert(0, 0, 0, node.first_value);
    const unsigned place = count_before(node.prefixes, bit);
    node.first_value = values_.insert(node.first_value, count, place, value);
  }
  node.prefixes |= std::uint64_t{1} << bit;
}

void PrefixTrie::remove_value(Node& node, unsigned bit) {
  const auto count = static_cast<unsigned>(std::popcount(node.prefixes));
  if (count > 1) {
    node.first_value = values_.erase(node.first_value, count, count_before(node.prefixes, bit));
  }
  node.prefixes &= ~(std::uint64_t{1} << bit);
  if (count != 2) return;
  const std::uint32_t remaining = values_[node.first_value];
  values_.erase(node.first_value, 1, 0);
  node.first_value = remaining;
}

std::uint32_t PrefixTrie::assign(PrefixBits bits, unsigned length, std::uint32_t value) {
  ACKSU_ASSERT(length <= longest && value != none);
  const Path path = make_way(bits, length);
  Node& node = nodes_[path.last()];
  if ((node.prefixes >> path.bit & 1) == 0) {
    add_value(node, path.bit, value);
    ++size_;
    return none;
  }
  const std::uint32_t before = value_at(node, path.bit);
  if (std::has_single_bit(node.prefixes)) {
    node.first_value = value;
  } else {
    values_[node.first_value + count_before(node.prefixes, path.bit)] = value;
  }
  return before;
}

std::uint32_t PrefixTrie::erase(PrefixBits bits, unsigned length) {
  ACKSU_ASSERT(length <= longest);
  Path path;
  if (!follow(bits, length, path)) return none;
  Node& node = nodes_[path.last()];
  const std::uint32_t before = value_at(node, path.bit);
  remove_value(node, path.bit);
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
  std::size_t i = path.count - 1;
  for (; i > 0 && nodes_[path.nodes[i]].is_empty(); --i) {
    remove_child(path.nodes[i - 1], step_at(bits, path.bases[i - 1]));
  }
  shorten(path.nodes[i]);
}

std::uint32_t PrefixTrie::at(PrefixBits bits, unsigned length) const {
  Path path;
  if (length > longest || !follow(bits, length, path)) return none;
  return value_at(nodes_[path.last()], path.bit);
}

}  // namespace acksu
