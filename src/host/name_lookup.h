// From a name as people write it to addresses: the search list (resolv.conf's `search` and `ndots`,
// RFC 1535), both families asked at once, and the names that need no asking (addresses, RFC 6761).
// Uses a resolver that its owner drives. Left out on purpose: a hosts file.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/resolver.h"

namespace acksu {

struct LookupSettings {
  std::vector<wire::DnsName> search{};  // domains to be tried, in order; at most six are
  unsigned ndots = 1;                   // a name with so many dots is tried as it is first
  bool wants_v4 = true;
  bool wants_v6 = true;
};

// What is known so far about one lookup.
struct LookupNews {
  std::uint32_t lookup = 0;
  wire::DnsName name;                // the candidate that is asked for
  std::vector<IpAddress> addresses;  // of one family
  bool is_last = false;              // nothing more comes
  // Of the whole lookup, when it is the last: `found` if any address was told.
  DnsVerdict verdict = DnsVerdict::found;
};

class NameLookup {
 public:
  explicit NameLookup(LookupSettings settings = {}) : settings_(std::move(settings)) {}

  // Errors: invalid_argument (not a name), and those of Resolver::ask.
  Result<std::uint32_t> look_up(std::string_view text, Resolver& resolver, Instant now);
  void cancel(std::uint32_t lookup, Resolver& resolver);
  // Takes an answer of the resolver; false when it is not one of ours.
  bool on_answer(const DnsAnswer& answer, Resolver& resolver, Instant now);
  std::optional<LookupNews> next_news();

  std::size_t lookups() const { return lookups_.size(); }
  void digest(Digest& digest) const;

 private:
  struct Lookup {
    std::vector<wire::DnsName> candidates;
    std::size_t candidate = 0;
    std::vector<std::uint32_t> tickets;  // that are still out
    bool has_addresses = false;
    DnsVerdict verdict = DnsVerdict::no_such_name;  // of what found nothing, the most telling
  };

  Error ask(std::uint32_t number, Resolver& resolver, Instant now);
  std::uint32_t tell_at_once(const wire::DnsName& name, std::vector<IpAddress> addresses);
  std::vector<wire::DnsName> candidates_of(std::string_view text) const;
  void take(std::uint32_t number, const DnsAnswer& answer, Resolver& resolver, Instant now);

  LookupSettings settings_;
  std::map<std::uint32_t, Lookup> lookups_;
  std::map<std::uint32_t, std::uint32_t> by_ticket_;
  std::uint32_t next_lookup_ = 1;
  std::deque<LookupNews> news_;
};

}  // namespace acksu
