// Routes by the longest prefix (RFC 1812 section 5.2.4.3), for IPv4 and IPv6 behind one class, each
// in a trie of its own. A prefix may have several routes of different metrics: the smallest one is
// followed, the others stand by. Targets are kept once however many routes share them.
//
// Left out on purpose: several equal paths at once, type of service, and policy: who wants another
// table for some packets keeps two.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/address.h"
#include "base/digest.h"
#include "base/hash_index.h"
#include "base/slab.h"
#include "host/frame.h"
#include "host/prefix_trie.h"

namespace acksu {

enum class RouteKind : std::uint8_t {
  unicast,
  blackhole,    // dropped in silence
  unreachable,  // dropped, and the sender is told
};

struct RouteTarget {
  RouteKind kind = RouteKind::unicast;
  LinkId link = 0;
  IpAddress next_hop{};  // :: for a connected network: the destination itself
  std::uint32_t metric = 0;
  IpAddress source{};  // our address to send from, as a hint; :: for none
  constexpr bool operator==(const RouteTarget&) const = default;
};

struct TableRoute {
  Prefix prefix;  // no bits are set behind its length
  RouteTarget target;
  constexpr bool operator==(const TableRoute&) const = default;
};

class RouteTable {
 public:
  // False, and nothing is changed: there is a route of that prefix and metric, or the prefix is
  // longer than its address. Bits behind the length are taken for 0 everywhere.
  bool insert(Prefix prefix, const RouteTarget& target);
  // Puts the target in the place of that of the same prefix and metric, or inserts it. False as
  // above, for an illegal prefix only.
  bool replace(Prefix prefix, const RouteTarget& target);
  // False: there was none.
  bool remove(Prefix prefix, std::uint32_t metric);

  // The route to follow; null: there is none. Valid until the table changes.
  const RouteTarget* find(IpAddress destination) const {
    const std::uint32_t index = destination.is_v4()
                                    ? v4_.find({std::uint64_t{destination.as_v4()} << 32, 0})
                                    : v6_.find({destination.high(), destination.low()});
    return index == PrefixTrie::none ? nullptr : &targets_[index].target;
  }
  // The best route of exactly this prefix; null: none.
  const RouteTarget* find_exact(Prefix prefix) const;

  // Calls f(TableRoute) for every route: IPv4 before IPv6, then by address, length, metric.
  template <class F>
  void for_each(F&& f) const {
    v4_.for_each([&](PrefixBits bits, unsigned length, std::uint32_t target) {
      tell_all({IpAddress::v4(static_cast<std::uint32_t>(bits.high >> 32)),
                static_cast<std::uint8_t>(length)},
               target, f);
    });
    v6_.for_each([&](PrefixBits bits, unsigned length, std::uint32_t target) {
      tell_all({IpAddress{bits.high, bits.low}, static_cast<std::uint8_t>(length)}, target, f);
    });
  }

  std::size_t size() const { return std::size_t{v4_.size()} + v6_.size() + others_.size(); }
  // Memory held by both tries; targets, which many routes share, not counted.
  std::uint64_t bytes() const { return v4_.bytes() + v6_.bytes(); }
  // Of the routes, however they came in.
  void digest(Digest& digest) const;

 private:
  struct Shared {
    RouteTarget target;
    std::uint64_t hash = 0;
    std::uint32_t routes = 0;
  };
  using Metric = std::uint32_t;

  // The legal prefix without bits behind its length.
  static std::optional<Prefix> cut(Prefix prefix);
  PrefixTrie& trie_of(const Prefix& prefix) { return prefix.address.is_v4() ? v4_ : v6_; }
  static PrefixBits bits_of(const Prefix& prefix);
  bool put(Prefix prefix, const RouteTarget& target, bool may_replace);
  bool put_beside(const Prefix& prefix, const RouteTarget& target, bool may_replace);
  void follow(const Prefix& prefix, const RouteTarget& target);
  std::uint32_t hold(const RouteTarget& target);
  void let_go(std::uint32_t index);

  template <class F>
  void tell_all(const Prefix& prefix, std::uint32_t index, F& f) const {
    f(TableRoute{prefix, targets_[index].target});
    for (auto at = others_.lower_bound({prefix, 0});
         at != others_.end() && at->first.first == prefix; ++at) {
      f(TableRoute{prefix, at->second});
    }
  }

  PrefixTrie v4_;  // each prefix with its route of the smallest metric, as an index into targets_
  PrefixTrie v6_;
  std::map<std::pair<Prefix, Metric>, RouteTarget> others_;  // those of larger metrics
  Slab<Shared> targets_;
  HashIndex by_target_;
};

}  // namespace acksu
