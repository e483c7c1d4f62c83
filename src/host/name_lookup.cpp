// Lookups: candidates one after another, both families of a candidate at once.
#include "host/name_lookup.h"

#include <algorithm>

namespace acksu {
namespace {

using wire::DnsName;
using wire::DnsType;

constexpr std::size_t max_search = 6;

DnsName named(std::string_view text) { return DnsName::parse(text).value_or(DnsName{}); }

// Ends in a dot that is no part of a label.
bool is_absolute(std::string_view text) {
  if (!text.ends_with('.')) return false;
  const std::size_t last = text.find_last_not_of('\\', text.size() - 2);
  const std::size_t backslashes = text.size() - 1 - (last == std::string_view::npos ? 0 : last + 1);
  return backslashes % 2 == 0;
}

// The one that tells more about why nothing was found.
DnsVerdict more_telling(DnsVerdict a, DnsVerdict b) {
  const auto rank = [](DnsVerdict verdict) {
    if (verdict == DnsVerdict::no_such_name) return 0;
    return verdict == DnsVerdict::no_data ? 1 : 2;
  };
  return rank(b) > rank(a) ? b : a;
}

bool is_absence(DnsVerdict verdict) {
  return verdict == DnsVerdict::no_data || verdict == DnsVerdict::no_such_name;
}

std::vector<IpAddress> addresses_in(const DnsAnswer& answer) {
  std::vector<IpAddress> addresses;
  for (const wire::DnsRecord& record : answer.records) {
    const auto* address = std::get_if<IpAddress>(&record.data);
    // An IPv4 address inside of an AAAA record is no way to reach anybody (RFC 4942 2.2).
    if (address == nullptr || address->is_v4() != (record.type == DnsType::a)) continue;
    addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

std::vector<DnsName> NameLookup::candidates_of(std::string_view text) const {
  const std::optional<DnsName> name = DnsName::parse(text);
  if (!name || name->is_root()) return {};
  if (is_absolute(text)) return {*name};
  std::vector<DnsName> candidates;
  for (const DnsName& domain : settings_.search) {
    if (candidates.size() == max_search) break;
    if (const auto longer = name->within(domain)) candidates.push_back(*longer);
  }
  // RFC 1535 section 6: what has dots is most likely meant as it is.
  const bool is_first = name->labels() > settings_.ndots;
  candidates.insert(is_first ? candidates.begin() : candidates.end(), *name);
  return candidates;
}

std::uint32_t NameLookup::tell_at_once(const DnsName& name, std::vector<IpAddress> addresses) {
  const std::uint32_t number = next_lookup_++;
  std::erase_if(addresses, [this](IpAddress address) {
    return address.is_v4() ? !settings_.wants_v4 : !settings_.wants_v6;
  });
  const DnsVerdict verdict = addresses.empty() ? DnsVerdict::no_such_name : DnsVerdict::found;
  news_.push_back({number, name, std::move(addresses), true, verdict});
  return number;
}

Result<std::uint32_t> NameLookup::look_up(std::string_view text, Resolver& resolver, Instant now) {
  if (const auto address = parse_ip(text)) return tell_at_once({}, {*address});
  const std::vector<DnsName> candidates = candidates_of(text);
  if (candidates.empty() || (!settings_.wants_v4 && !settings_.wants_v6))
    return Error::invalid_argument;
  const DnsName name = named(text);
  // RFC 6761 sections 6.3 and 6.4: never asked for.
  if (name.is_in(named("localhost")))
    return tell_at_once(name, {IpAddress{0, 1}, IpAddress::v4(127, 0, 0, 1)});
  if (name.is_in(named("invalid"))) return tell_at_once(name, {});
  const std::uint32_t number = next_lookup_++;
  lookups_.emplace(number, Lookup{.candidates = candidates, .tickets = {}});
  if (const Error error = ask(number, resolver, now); error != Error::none) {
    cancel(number, resolver);
    return error;
  }
  return number;
}

Error NameLookup::ask(std::uint32_t number, Resolver& resolver, Instant now) {
  Lookup& lookup = lookups_.at(number);
  // RFC 8305 section 3: AAAA first, A right behind it.
  for (const DnsType type : {DnsType::aaaa, DnsType::a}) {
    if (!(type == DnsType::a ? settings_.wants_v4 : settings_.wants_v6)) continue;
    const auto ticket = resolver.ask({lookup.candidates[lookup.candidate], type}, now);
    if (!ticket) return ticket.error();
    lookup.tickets.push_back(*ticket);
    by_ticket_.emplace(*ticket, number);
  }
  return Error::none;
}

void NameLookup::cancel(std::uint32_t number, Resolver& resolver) {
  const auto place = lookups_.find(number);
  if (place == lookups_.end()) return;
  for (const std::uint32_t ticket : place->second.tickets) {
    resolver.cancel(ticket);
    by_ticket_.erase(ticket);
  }
  lookups_.erase(place);
}

bool NameLookup::on_answer(const DnsAnswer& answer, Resolver& resolver, Instant now) {
  const auto place = by_ticket_.find(answer.ticket);
  if (place == by_ticket_.end()) return false;
  const std::uint32_t number = place->second;
  by_ticket_.erase(place);
  take(number, answer, resolver, now);
  return true;
}

void NameLookup::take(std::uint32_t number, const DnsAnswer& answer, Resolver& resolver,
                      Instant now) {
  Lookup& lookup = lookups_.at(number);
  std::erase(lookup.tickets, answer.ticket);
  const DnsName name = lookup.candidates[lookup.candidate];
  std::vector<IpAddress> addresses = addresses_in(answer);
  if (addresses.empty()) {
    const bool is_found = answer.verdict == DnsVerdict::found;
    lookup.verdict = more_telling(lookup.verdict, is_found ? DnsVerdict::no_data : answer.verdict);
  }
  lookup.has_addresses |= !addresses.empty();
  const bool is_last_of_candidate = lookup.tickets.empty();
  const bool may_go_on = is_last_of_candidate && !lookup.has_addresses &&
                         is_absence(lookup.verdict) &&
                         lookup.candidate + 1 < lookup.candidates.size();
  if (may_go_on) {
    ++lookup.candidate;
    if (ask(number, resolver, now) == Error::none) return;
    lookup.verdict = DnsVerdict::too_busy;
  }
  if (!addresses.empty() || is_last_of_candidate) {
    const DnsVerdict verdict = lookup.has_addresses ? DnsVerdict::found : lookup.verdict;
    news_.push_back({number, name, std::move(addresses), is_last_of_candidate, verdict});
  }
  if (is_last_of_candidate) cancel(number, resolver);
}

std::optional<LookupNews> NameLookup::next_news() {
  if (news_.empty()) return std::nullopt;
  std::optional<LookupNews> news = std::move(news_.front());
  news_.pop_front();
  return news;
}

void NameLookup::digest(Digest& digest) const {
  digest.add(std::uint64_t{next_lookup_} << 32 | news_.size());
  for (const auto& [number, lookup] : lookups_) {
    digest.add(std::uint64_t{number} << 32 | lookup.candidate);
    for (const std::uint32_t ticket : lookup.tickets) digest.add(ticket);
  }
}

}  // namespace acksu
