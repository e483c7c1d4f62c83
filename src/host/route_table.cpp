// Routes in and out of the tries, and the targets that they share.
#include "host/route_table.h"

namespace acksu {
namespace {

void add(Digest& digest, IpAddress address) {
  digest.add(address.high());
  digest.add(address.low());
}

void add(Digest& digest, const RouteTarget& target) {
  digest.add((static_cast<std::uint64_t>(target.kind) << 40) | (std::uint64_t{target.link} << 32) |
             target.metric);
  add(digest, target.next_hop);
  add(digest, target.source);
}

// Not keyed: routes are made by whoever runs the host, not by strangers.
std::uint64_t hash_of(const RouteTarget& target) {
  Digest digest;
  add(digest, target);
  return digest.value();
}

constexpr std::uint64_t upper_bits(unsigned count) {
  if (count == 0) return 0;
  return count >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - count);
}

}  // namespace

std::optional<Prefix> RouteTable::cut(Prefix prefix) {
  if (prefix.length > (prefix.address.is_v4() ? 32 : 128)) return std::nullopt;
  // An IPv4 address is mapped, behind 96 bits.
  const unsigned bits = prefix.address.is_v4() ? 96u + prefix.length : prefix.length;
  const std::uint64_t low_mask = bits > 64 ? upper_bits(bits - 64) : 0;
  prefix.address = {prefix.address.high() & upper_bits(bits), prefix.address.low() & low_mask};
  return prefix;
}

PrefixBits RouteTable::bits_of(const Prefix& prefix) {
  const IpAddress address = prefix.address;
  if (address.is_v4()) return {std::uint64_t{address.as_v4()} << 32, 0};
  return {address.high(), address.low()};
}

bool RouteTable::insert(Prefix prefix, const RouteTarget& target) {
  return put(prefix, target, false);
}

bool RouteTable::replace(Prefix prefix, const RouteTarget& target) {
  return put(prefix, target, true);
}

bool RouteTable::put(Prefix prefix, const RouteTarget& target, bool may_replace) {
  const std::optional<Prefix> legal = cut(prefix);
  if (!legal) return false;
  const std::uint32_t now = trie_of(*legal).at(bits_of(*legal), legal->length);
  if (now == PrefixTrie::none) return follow(*legal, target), true;
  const RouteTarget best = targets_[now].target;
  if (best.metric < target.metric) return put_beside(*legal, target, may_replace);
  if (best.metric == target.metric && !may_replace) return false;
  follow(*legal, target);
  if (best.metric > target.metric) put_beside(*legal, best, true);
  return true;
}

bool RouteTable::put_beside(const Prefix& prefix, const RouteTarget& target, bool may_replace) {
  const auto [at, is_new] = others_.try_emplace({prefix, target.metric}, target);
  if (is_new) return true;
  if (may_replace) at->second = target;
  return may_replace;
}

// Makes the target the one to follow.
void RouteTable::follow(const Prefix& prefix, const RouteTarget& target) {
  const std::uint32_t index = hold(target);
  const std::uint32_t before = trie_of(prefix).assign(bits_of(prefix), prefix.length, index);
  if (before != PrefixTrie::none) let_go(before);
}

bool RouteTable::remove(Prefix prefix, std::uint32_t metric) {
  const std::optional<Prefix> legal = cut(prefix);
  if (!legal) return false;
  PrefixTrie& trie = trie_of(*legal);
  const std::uint32_t now = trie.at(bits_of(*legal), legal->length);
  if (now == PrefixTrie::none) return false;
  if (targets_[now].target.metric != metric) return others_.erase({*legal, metric}) > 0;

  const auto next = others_.lower_bound({*legal, 0});
  if (next != others_.end() && next->first.first == *legal) {
    follow(*legal, next->second);
    others_.erase(next);
  } else {
    let_go(trie.erase(bits_of(*legal), legal->length));
  }
  return true;
}

const RouteTarget* RouteTable::find_exact(Prefix prefix) const {
  const std::optional<Prefix> legal = cut(prefix);
  if (!legal) return nullptr;
  const PrefixTrie& trie = legal->address.is_v4() ? v4_ : v6_;
  const std::uint32_t index = trie.at(bits_of(*legal), legal->length);
  return index == PrefixTrie::none ? nullptr : &targets_[index].target;
}

std::uint32_t RouteTable::hold(const RouteTarget& target) {
  const std::uint64_t hash = hash_of(target);
  std::uint32_t index =
      by_target_.find(hash, [&](std::uint32_t at) { return targets_[at].target == target; });
  if (index == HashIndex::none) {
    index = targets_.allocate(Shared{target, hash, 0});
    by_target_.insert(hash, index);
  }
  ++targets_[index].routes;
  return index;
}

void RouteTable::let_go(std::uint32_t index) {
  Shared& shared = targets_[index];
  if (--shared.routes > 0) return;
  by_target_.erase(shared.hash, index);
  targets_.release(index);
}

void RouteTable::digest(Digest& digest) const {
  digest.add(std::uint64_t{size()});
  for_each([&digest](const TableRoute& route) {
    add(digest, route.prefix.address);
    digest.add(std::uint64_t{route.prefix.length});
    add(digest, route.target);
  });
}

}  // namespace acksu
