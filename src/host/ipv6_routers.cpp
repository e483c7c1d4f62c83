// Believing routers, within bounds.
#include "host/ipv6_routers.h"

#include <algorithm>
#include <utility>

#include "wire/address.h"
#include "wire/ipv6.h"

namespace acksu {
namespace {

constexpr Duration longest_reachable = 1h;  // RFC 4861 6.2.1: AdvReachableTime

void digest_entries(const std::vector<Ipv6Routers::Entry>& entries, Digest& digest) {
  for (const Ipv6Routers::Entry& entry : entries) {
    digest.add(entry.what.address.high());
    digest.add(entry.what.address.low());
    digest.add(std::uint64_t{entry.what.length});
    digest.add(entry.until);
  }
}

}  // namespace

Ipv6Routers::Ipv6Routers(const Ipv6LinkSettings& settings, std::uint32_t link_mtu,
                         std::uint8_t hop_limit, SipKey key)
    : settings_(settings),
      link_mtu_(link_mtu),
      mtu_(link_mtu),
      least_hop_limit_(hop_limit),
      hop_limit_(hop_limit),
      numbers_(key) {}

// ---- IN -----------------------------------------------------------------------------------------

bool Ipv6Routers::keep(std::vector<Entry>& list, std::uint32_t most, const Entry& entry,
                       Instant now) {
  const auto known =
      std::ranges::find_if(list, [&](const Entry& each) { return each.what == entry.what; });
  if (entry.until <= now) {
    if (known == list.end()) return true;
    list.erase(known);
    is_changed_ = true;
    return true;
  }
  if (known != list.end()) {
    known->until = entry.until;
    return true;
  }
  if (list.size() >= most) return false;
  list.push_back(entry);
  is_changed_ = true;
  return true;
}

Drop Ipv6Routers::on_advertisement(const wire::RouterAdvertisement& said, IpAddress router,
                                   Instant now) {
  bool is_all_kept =
      keep(routers_, settings_.max_routers, {{router, 128}, later_by(now, said.lifetime)}, now);
  for (const wire::PrefixInformation& each : said.prefixes) {
    // RFC 4861 6.3.4: the link-local prefix needs no saying.
    if (!each.is_on_link || wire::is_link_local_v6(each.prefix.address)) continue;
    if (each.prefix.address.is_v4() || wire::is_multicast(each.prefix.address)) continue;
    is_all_kept &=
        keep(prefixes_, settings_.max_prefixes, {each.prefix, later_by(now, each.valid)}, now);
  }
  for (const wire::Resolvers& each : said.resolvers) {
    for (const IpAddress resolver : each.addresses) {
      is_all_kept &= keep(resolvers_, settings_.max_resolvers,
                          {{resolver, 128}, later_by(now, each.lifetime)}, now);
    }
  }
  if (said.mtu && *said.mtu >= wire::Ipv6Header::least_mtu && *said.mtu <= link_mtu_) {
    mtu_ = *said.mtu;
  }
  if (said.hop_limit >= least_hop_limit_) hop_limit_ = said.hop_limit;
  if (said.reachable > Duration{} && said.reachable <= longest_reachable) {
    reachable_ = said.reachable;
  }
  is_managed_ = said.is_managed;
  has_other_ = said.has_other;
  if (said.lifetime > Duration{}) {  // RFC 4861 6.3.7: enough was asked
    solicitations_left_ = 0;
    next_solicitation_ = never;
  }
  return is_all_kept ? Drop::none : Drop::ndp_limit;
}

void Ipv6Routers::forget_router(IpAddress router) {
  const auto is_it = [&](const Entry& entry) { return entry.what.address == router; };
  if (std::erase_if(routers_, is_it) > 0) is_changed_ = true;
}

// ---- TIME ---------------------------------------------------------------------------------------

void Ipv6Routers::begin_asking(Instant now) {
  if (std::exchange(has_begun_, true) || settings_.router_solicitations == 0) return;
  if (!routers_.empty()) return;
  solicitations_left_ = settings_.router_solicitations;
  // RFC 4861 6.3.7: not all hosts at once.
  next_solicitation_ = later_by(now, numbers_.between(Duration{}, settings_.most_delay));
}

Instant Ipv6Routers::deadline() const {
  Instant deadline = next_solicitation_;
  for (const auto* list : {&routers_, &prefixes_, &resolvers_}) {
    for (const Entry& entry : *list) deadline = earliest(deadline, entry.until);
  }
  return deadline;
}

void Ipv6Routers::on_time(Instant now) {
  for (auto* list : {&routers_, &prefixes_, &resolvers_}) {
    const auto is_over = [&](const Entry& entry) { return entry.until <= now; };
    if (std::erase_if(*list, is_over) > 0) is_changed_ = true;
  }
  if (next_solicitation_ > now) return;
  is_solicitation_owed_ = true;
  --solicitations_left_;
  next_solicitation_ =
      solicitations_left_ == 0 ? never : later_by(now, settings_.solicitation_interval);
}

bool Ipv6Routers::take_solicitation() { return std::exchange(is_solicitation_owed_, false); }
bool Ipv6Routers::take_change() { return std::exchange(is_changed_, false); }

void Ipv6Routers::digest(Digest& digest) const {
  digest_entries(routers_, digest);
  digest_entries(prefixes_, digest);
  digest_entries(resolvers_, digest);
  digest.add(std::uint64_t{mtu_} << 16 | std::uint64_t{hop_limit_} << 8 | (is_managed_ ? 4u : 0u) |
             (has_other_ ? 2u : 0u) | (has_begun_ ? 1u : 0u));
  digest.add(reachable_.value_or(Duration{}));
  digest.add(next_solicitation_);
  digest.add(std::uint64_t{solicitations_left_});
  numbers_.digest(digest);
}

}  // namespace acksu
