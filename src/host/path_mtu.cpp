// Entries of the path MTU cache.
#include "host/path_mtu.h"

#include <algorithm>
#include <array>

namespace acksu {
namespace {

// RFC 1191 7.1: MTUs that are common, for routers that do not say theirs.
constexpr std::uint32_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006};

std::uint32_t plateau_below(std::uint32_t bytes, std::uint32_t least) {
  for (const std::uint32_t plateau : plateaus) {
    if (plateau < bytes && plateau > least) return plateau;
  }
  return least;
}

}  // namespace

PathMtu::PathMtu(const PathMtuSettings& settings, SipKey key) : settings_(settings), key_(key) {
  settings_.max_entries = std::max(settings_.max_entries, 1u);
}

std::uint64_t PathMtu::hash_of(IpAddress destination) const {
  const std::array<std::uint64_t, 2> words{destination.high(), destination.low()};
  return siphash_1_3(key_, words);
}

std::uint32_t PathMtu::find(IpAddress destination) const {
  return by_destination_.find(hash_of(destination), [&](std::uint32_t index) {
    return entries_[index].destination == destination;
  });
}

std::uint32_t PathMtu::mtu_to(IpAddress destination, std::uint32_t link_mtu) const {
  if (entries_.size() == 0) return link_mtu;
  const std::uint32_t index = find(destination);
  return index == HashIndex::none ? link_mtu : std::min(link_mtu, entries_[index].mtu);
}

PathMtu::Verdict PathMtu::on_too_big(const TooBig& said, std::uint32_t link_mtu, Instant now) {
  const bool is_v4 = said.destination.is_v4();
  const std::uint32_t least = is_v4 ? settings_.min_v4 : settings_.min_v6;
  // RFC 1191 5: a router that says nothing is answered with the next common size.
  const std::uint32_t mtu =
      is_v4 && said.mtu == 0 ? plateau_below(said.sent_bytes, least) : said.mtu;
  // RFC 1191 3 (c), RFC 8201 4 (b): a value below the IPv6 minimum link MTU is discarded; here also
  // below ours.
  if (mtu < least) return ++counters_.too_small, Verdict::too_small;
  // RFC 1191 3 (b), RFC 8201 4 (a): an error never raises the estimate. One that speaks of a packet
  // which would have passed is wrong or forged.
  const std::uint32_t known = mtu_to(said.destination, link_mtu);
  if (mtu > known || mtu >= said.sent_bytes) {
    return ++counters_.not_smaller, Verdict::not_smaller;
  }
  if (mtu == known) return Verdict::known;
  // RFC 1191 3 (a), RFC 8201 4 (a), (c).
  enter(said.destination, mtu, now);
  ++counters_.lowered;
  return Verdict::lowered;
}

// RFC 4821 5.2.
void PathMtu::on_found(IpAddress destination, const FoundMtu& found, Instant now) {
  ++counters_.found;
  const std::uint32_t index = find(destination);
  if (found.mtu < found.link_mtu) {
    enter(destination, found.mtu, now);
  } else if (index != HashIndex::none) {
    forget(index);
  }
}

void PathMtu::enter(IpAddress destination, std::uint32_t mtu, Instant now) {
  std::uint32_t index = find(destination);
  if (index == HashIndex::none) {
    if (entries_.size() >= settings_.max_entries) {
      forget(oldest_first_.front());
      ++counters_.evicted;
    }
    index = entries_.allocate();
    entries_[index].destination = destination;
    by_destination_.insert(hash_of(destination), index);
  } else {
    oldest_first_.remove(index, links_of());
  }
  entries_[index].mtu = mtu;
  entries_[index].ends = later_by(now, settings_.lifetime);
  oldest_first_.push_back(index, links_of());
}

void PathMtu::forget(std::uint32_t index) {
  by_destination_.erase(hash_of(entries_[index].destination), index);
  oldest_first_.remove(index, links_of());
  entries_.release(index);
}

Instant PathMtu::deadline() const {
  return oldest_first_.is_empty() ? never : entries_[oldest_first_.front()].ends;
}

void PathMtu::on_time(Instant now) {
  while (!oldest_first_.is_empty() && entries_[oldest_first_.front()].ends <= now) {
    forget(oldest_first_.front());
    ++counters_.aged;
  }
}

void PathMtu::digest(Digest& digest) const {
  const auto links = [this](std::uint32_t index) -> const IndexLinks& {
    return entries_[index].links;
  };
  digest.add(std::uint64_t{entries_.size()});
  oldest_first_.for_each(links, [&](std::uint32_t index) {
    const Entry& entry = entries_[index];
    digest.add(entry.destination.high());
    digest.add(entry.destination.low());
    digest.add(std::uint64_t{entry.mtu});
    digest.add(entry.ends);
  });
}

}  // namespace acksu
