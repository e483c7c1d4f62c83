// From prefixes of up to 128 bits to 32-bit values, by the longest prefix that matches: a trie that
// takes six bits a step, with bitmaps in place of pointers (a tree bitmap: Eatherton, Varghese,
// Dittia 2004). A node knows the prefixes that end within its six bits, and its children, each as a
// bit; values and children lie in arrays that hold only what is there, and a count of bits finds
// the place. So an insertion or a removal touches the nodes of one path. Where a way goes on
// without a prefix or a fork the nodes in between are left out, and the node at its end knows their
// bits: the sparse ways of IPv6 cost few steps too.
//
// The first step takes one bit only, so that the common lengths (8, 24, 32; 32, 48, 64) are the
// last that fit into a node, and need no child of their own.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "host/array_pool.h"

namespace acksu {

// The bits of a prefix, the first one on top; those behind its length are 0.
struct PrefixBits {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  constexpr bool operator==(const PrefixBits&) const = default;
};

class PrefixTrie {
 public:
  static constexpr std::uint32_t none = 0xffff'ffff;  // no value
  static constexpr unsigned longest = 128;            // bits

  PrefixTrie();

  // Sets the value of a prefix of `length` bits. Returns the one it had before.
  std::uint32_t assign(PrefixBits bits, unsigned length, std::uint32_t value);
  // Takes a prefix out. Returns the value it had.
  std::uint32_t erase(PrefixBits bits, unsigned length);
  // The value of exactly this prefix.
  std::uint32_t at(PrefixBits bits, unsigned length) const;
  // The value of the longest prefix of these 128 bits.
  std::uint32_t find(PrefixBits bits) const {
    return has_popcount_ ? find_by_instruction(bits) : find_by_arithmetic(bits);
  }

  // Calls f(bits, length, value) for every prefix, by rising bits and then length.
  template <class F>
  void for_each(F&& f) const {
    if (size_ > 0) visit({root, {}, first_base}, 1, f);
  }

  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const { return nodes_.bytes() + values_.bytes(); }  // memory held
  // Both ways to count bits, for the test: the choice is the processor's.
  std::uint32_t find_by_arithmetic(PrefixBits bits) const;
  std::uint32_t find_by_instruction(PrefixBits bits) const;
  bool has_popcount() const { return has_popcount_; }

 private:
  static constexpr int stride = 6;
  static constexpr int first_base = 1 - stride;
  static constexpr std::uint32_t root = 0;
  static constexpr std::size_t most_steps = 23;
  static constexpr std::uint32_t most_skips = 4;  // that `way` has room for

  // A prefix of `l` < 6 bits `p` behind the node's own is bit 2^l + p of `prefixes` (as in a heap:
  // bit 1 is the empty one, and the parent of bit b is b / 2); a child is bit `six bits`.
  // Few values lie in the node itself, where a lookup has been already: two, or three when there
  // are no children.
  struct alignas(32) Node {
    std::uint64_t prefixes = 0;
    std::uint64_t children = 0;
    // 0, 1: values, or 0: where the array of them begins; 2: where the children begin, or a value.
    std::array<std::uint32_t, 3> slots{};
    // The bits of the steps left out before this node, and above them how many steps.
    std::uint32_t way = 0;

    std::uint32_t first_child() const { return slots[2]; }
    std::uint32_t skips() const { return way >> way_bits; }
    std::uint32_t skipped() const { return way & ((1u << way_bits) - 1); }
    void set_way(std::uint32_t steps, std::uint32_t bits) { way = steps << way_bits | bits; }
    unsigned room() const { return children == 0 ? 3 : 2; }
    bool is_empty() const { return prefixes == 0 && children == 0; }
    bool is_only_a_way() const { return prefixes == 0 && std::has_single_bit(children); }
  };
  static constexpr unsigned way_bits = 24;
  // All values of a node, taken out of it.
  struct Values {
    std::array<std::uint32_t, 64> at;
    unsigned count = 0;
  };
  // The way to the node where a prefix lives, and its bit there.
  struct Path {
    std::array<std::uint32_t, most_steps> nodes{};
    std::array<int, most_steps> bases{};
    std::size_t count = 0;
    unsigned bit = 0;

    void add(std::uint32_t node, int base) {
      nodes[count] = node;
      bases[count++] = base;
    }
    std::uint32_t last() const { return nodes[count - 1]; }
  };
  struct Place {
    std::uint32_t node;
    PrefixBits bits;
    int base;
  };

  // Six bits from bit `base` on; at -5, one bit.
  static unsigned step_at(PrefixBits bits, int base) {
    if (base <= 64 - stride) return static_cast<unsigned>(bits.high >> (64 - stride - base)) & 63;
    if (base < 64) {
      const auto joined = (bits.high << (base + stride - 64)) | (bits.low >> (128 - stride - base));
      return static_cast<unsigned>(joined) & 63;
    }
    if (base <= 128 - stride) {
      return static_cast<unsigned>(bits.low >> (128 - stride - base)) & 63;
    }
    return static_cast<unsigned>(bits.low << (base + stride - 128)) & 63;
  }
  static PrefixBits with(PrefixBits bits, int base, unsigned step);
  static unsigned count_before(std::uint64_t bits, unsigned bit) {
    return static_cast<unsigned>(std::popcount(bits & ((std::uint64_t{1} << bit) - 1)));
  }
  static unsigned bit_at(PrefixBits bits, int base, unsigned length);
  // The bits of `count` <= most_skips steps from `base` on.
  static std::uint32_t steps_at(PrefixBits bits, int base, std::uint32_t count) {
    std::uint32_t result = 0;
    for (std::uint32_t i = 0; i < count; ++i, base += stride) {
      result = (result << stride) | step_at(bits, base);
    }
    return result;
  }
  static bool is_on_way(const Node& node, PrefixBits bits, int base) {
    return node.skips() == 0 || steps_at(bits, base, node.skips()) == node.skipped();
  }
  template <class Count>
  std::uint32_t walk(PrefixBits bits, Count count) const;
  static unsigned count_of(std::uint64_t bits) {
    return static_cast<unsigned>(std::popcount(bits));
  }
  std::uint32_t value_at(const Node& node, unsigned bit) const {
    const unsigned place = count_before(node.prefixes, bit);
    return count_of(node.prefixes) <= node.room() ? node.slots[place]
                                                  : values_[node.slots[0] + place];
  }

  // False: there is no such prefix.
  bool follow(PrefixBits bits, unsigned length, Path& path) const;
  Path make_way(PrefixBits bits, unsigned length);
  void add_child(std::uint32_t node, unsigned step, const Node& child);
  void remove_child(std::uint32_t node, unsigned step);
  void split(std::uint32_t node, std::uint32_t steps);
  void shorten(std::uint32_t node);
  Values lift_values(Node& node);
  void lay_values(Node& node, const Values& values);
  void prune(PrefixBits bits, const Path& path);
  struct Pools;
  void compact_if_wasteful();
  void copy_node(std::uint32_t from, std::uint32_t to, Pools& pools) const;

  // Goes through the heap of one node's prefixes and children from `bit` on.
  template <class F>
  void visit(const Place& place, unsigned bit, F& f) const {
    const Node& node = nodes_[place.node];
    const unsigned level = static_cast<unsigned>(std::bit_width(bit)) - 1;
    const unsigned below = bit - (1u << level);
    if (level == stride) {
      if ((node.children >> below & 1) != 0) visit_child(place, below, f);
      return;
    }
    if ((node.prefixes >> bit & 1) != 0) {
      f(with(place.bits, place.base, below << (stride - level)),
        static_cast<unsigned>(place.base + static_cast<int>(level)), value_at(node, bit));
    }
    visit(place, 2 * bit, f);
    visit(place, 2 * bit + 1, f);
  }
  template <class F>
  void visit_child(const Place& place, unsigned step, F& f) const {
    const Node& node = nodes_[place.node];
    const std::uint32_t index = node.first_child() + count_before(node.children, step);
    const Node& child = nodes_[index];
    PrefixBits bits = with(place.bits, place.base, step);
    int base = place.base + stride;
    for (std::uint32_t left = child.skips(); left > 0; --left, base += stride) {
      bits = with(bits, base, (child.skipped() >> ((left - 1) * stride)) & 63);
    }
    visit({index, bits, base}, 1, f);
  }

  ArrayPool<Node> nodes_;
  ArrayPool<std::uint32_t> values_;
  std::uint32_t size_ = 0;
  bool has_popcount_;
};

}  // namespace acksu
