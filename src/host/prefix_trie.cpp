// Ways through the trie. Counting bits is most of a lookup, so there are two copies of it: one for
// processors that have an instruction for it.
#include "host/prefix_trie.h"

#include <algorithm>
#include <utility>

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
    node = &nodes_[node->first_child() + count(node->children & (child - 1))];
    base += stride;
    if (node->skips() == 0) continue;
    if (!is_on_way(*node, bits, base)) break;
    base += stride * static_cast<int>(node->skips());
  }
  if (best == nullptr) return none;
  const std::uint32_t place = count(best->prefixes & (std::bit_floor(best_matches) - 1));
  if (count(best->prefixes) <= best->room()) return best->slots[place];
  return values_[best->slots[0] + place];
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
    at_node = node.first_child() + count_before(node.children, step);
    base += stride;
    if (!is_on_way(nodes_[at_node], bits, base)) return false;
    base += stride * static_cast<int>(nodes_[at_node].skips());
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
      const std::uint32_t skips = std::min(steps, most_skips);
      child.set_way(skips, steps_at(bits, base, skips));
      add_child(at_node, step, child);
    }
    const Node& node = nodes_[at_node];
    at_node = node.first_child() + count_before(node.children, step);
    std::uint32_t common = 0;
    const Node& child = nodes_[at_node];
    while (common < std::min(steps, child.skips()) &&
           steps_at(bits, base, common + 1) ==
               child.skipped() >> (stride * (child.skips() - common - 1))) {
      ++common;
    }
    if (common < child.skips()) split(at_node, common);
    base += stride * static_cast<int>(common);
    path.add(at_node, base);
  }
  path.bit = bit_at(bits, base, length);
  return path;
}

// Every change of what a node holds takes its values out and lays them back: where they lie depends
// on it.
PrefixTrie::Values PrefixTrie::lift_values(Node& node) {
  Values values;
  values.count = count_of(node.prefixes);
  const bool is_array = values.count > node.room();
  for (unsigned i = 0; i < values.count; ++i) {
    values.at[i] = is_array ? values_[node.slots[0] + i] : node.slots[i];
  }
  if (is_array) values_.release(node.slots[0], values.count);
  return values;
}

void PrefixTrie::lay_values(Node& node, const Values& values) {
  const bool is_array = values.count > node.room();
  if (is_array) node.slots[0] = values_.make(values.count);
  for (unsigned i = 0; i < values.count; ++i) {
    (is_array ? values_[node.slots[0] + i] : node.slots[i]) = values.at[i];
  }
}

void PrefixTrie::add_child(std::uint32_t index, unsigned step, const Node& child) {
  Node node = nodes_[index];
  const Values values = lift_values(node);
  const unsigned count = count_of(node.children);
  node.slots[2] = nodes_.insert(count == 0 ? 0 : node.first_child(), count,
                                count_before(node.children, step), child);
  node.children |= std::uint64_t{1} << step;
  lay_values(node, values);
  nodes_[index] = node;
}

void PrefixTrie::remove_child(std::uint32_t index, unsigned step) {
  Node node = nodes_[index];
  const Values values = lift_values(node);
  const unsigned count = count_of(node.children);
  node.slots[2] = nodes_.erase(node.first_child(), count, count_before(node.children, step));
  node.children &= ~(std::uint64_t{1} << step);
  lay_values(node, values);
  nodes_[index] = node;
}

// Puts a node behind the first `steps` of the steps that were left out before `node`.
void PrefixTrie::split(std::uint32_t node, std::uint32_t steps) {
  Node below = nodes_[node];
  const std::uint32_t left = below.skips() - steps - 1;
  Node fork;
  fork.set_way(steps, below.skipped() >> (stride * (left + 1)));
  const unsigned step = (below.skipped() >> (stride * left)) & 63;
  below.set_way(left, below.skipped() & ((1u << (stride * left)) - 1));
  nodes_[node] = fork;
  add_child(node, step, below);
}

// The contrary: leaves a node out that is only a way to its one child, as far as there is room.
void PrefixTrie::shorten(std::uint32_t node) {
  const Node way = nodes_[node];
  if (node == root || !way.is_only_a_way()) return;
  Node child = nodes_[way.first_child()];
  const std::uint32_t skips = way.skips() + 1 + child.skips();
  if (skips > most_skips) return;
  const auto step = static_cast<std::uint32_t>(std::countr_zero(way.children));
  const std::uint32_t before = (way.skipped() << stride) | step;
  child.set_way(skips, before << (stride * child.skips()) | child.skipped());
  nodes_.erase(way.first_child(), 1, 0);
  nodes_[node] = child;
}

std::uint32_t PrefixTrie::assign(PrefixBits bits, unsigned length, std::uint32_t value) {
  ACKSU_ASSERT(length <= longest && value != none);
  const Path path = make_way(bits, length);
  Node& node = nodes_[path.last()];
  const unsigned place = count_before(node.prefixes, path.bit);
  Values values = lift_values(node);
  std::uint32_t before = none;
  if ((node.prefixes >> path.bit & 1) != 0) {
    before = values.at[place];
  } else {
    for (unsigned i = values.count; i > place; --i) values.at[i] = values.at[i - 1];
    ++values.count;
    ++size_;
    node.prefixes |= std::uint64_t{1} << path.bit;
  }
  values.at[place] = value;
  lay_values(node, values);
  compact_if_wasteful();
  return before;
}

std::uint32_t PrefixTrie::erase(PrefixBits bits, unsigned length) {
  ACKSU_ASSERT(length <= longest);
  Path path;
  if (!follow(bits, length, path)) return none;
  Node& node = nodes_[path.last()];
  const unsigned place = count_before(node.prefixes, path.bit);
  Values values = lift_values(node);
  const std::uint32_t before = values.at[place];
  --values.count;
  for (unsigned i = place; i < values.count; ++i) values.at[i] = values.at[i + 1];
  node.prefixes &= ~(std::uint64_t{1} << path.bit);
  lay_values(node, values);
  --size_;
  if (size_ == 0) {
    nodes_.clear();
    values_.clear();
  } else {
    prune(bits, path);
    compact_if_wasteful();
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

struct PrefixTrie::Pools {
  ArrayPool<Node> nodes;
  ArrayPool<std::uint32_t> values;
};

// Arrays that grow leave smaller ones behind which nobody else may need: when a third of all is
// wasted the rest moves together, each node near its parent. So much waste takes as many changes,
// of which each then pays for a few copies.
void PrefixTrie::compact_if_wasteful() {
  constexpr std::size_t small = 1024;
  const bool is_wasteful = nodes_.wasted() > nodes_.in_use() / 2 + small ||
                           values_.wasted() > values_.in_use() / 2 + small;
  if (!is_wasteful) return;
  Pools pools;
  copy_node(root, pools.nodes.make(1), pools);
  nodes_ = std::move(pools.nodes);
  values_ = std::move(pools.values);
}

void PrefixTrie::copy_node(std::uint32_t from, std::uint32_t to, Pools& pools) const {
  Node node = nodes_[from];
  const unsigned value_count = count_of(node.prefixes);
  if (value_count > node.room()) {
    const std::uint32_t first = pools.values.make(value_count);
    for (unsigned i = 0; i < value_count; ++i) {
      pools.values[first + i] = values_[node.slots[0] + i];
    }
    node.slots[0] = first;
  }
  if (node.children != 0) {
    const unsigned child_count = count_of(node.children);
    const std::uint32_t first_child = node.first_child();
    node.slots[2] = pools.nodes.make(child_count);
    for (unsigned i = 0; i < child_count; ++i) {
      copy_node(first_child + i, node.first_child() + i, pools);
    }
  }
  pools.nodes[to] = node;
}

std::uint32_t PrefixTrie::at(PrefixBits bits, unsigned length) const {
  Path path;
  if (length > longest || !follow(bits, length, path)) return none;
  return value_at(nodes_[path.last()], path.bit);
}

}  // namespace acksu
