// What was learnt from DNS, for as long as it may be kept: sets of records (RFC 1035 section 7.4,
// RFC 2181 section 5) and absences (RFC 2308). Bounded in entries and bytes; what has expired gives
// way first, then what was learnt the longest ago. Left out on purpose: serving what has expired,
// failures of servers, trust levels (only what was asked for gets in).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/time.h"
#include "wire/dns.h"

namespace acksu {

struct DnsCacheSettings {
  std::size_t max_entries = 1024;
  std::size_t max_bytes = 256 * 1024;
  Duration max_ttl = 24h;
  Duration max_negative_ttl = 3h;  // RFC 2308 section 5
};

class DnsCache {
 public:
  enum class Kind : std::uint8_t { records, no_data, no_such_name };
  struct Found {
    Kind kind = Kind::records;
    // The set, or the SOA record of the zone that lacks it; the TTL is what is left of it.
    std::vector<wire::DnsRecord> records;
  };

  explicit DnsCache(DnsCacheSettings settings = {}) : settings_(settings) {}

  std::optional<Found> find(const wire::DnsQuestion& question, Instant now) const;
  // `records` are the whole answer to the question. Those of TTL 0 are not kept.
  void store(const wire::DnsQuestion& question, std::vector<wire::DnsRecord> records, Instant now);
  // Neither the name (for any type) nor data of the type; `soa` is an SOA record.
  void store_absence(const wire::DnsQuestion& question, bool is_name_absent,
                     const wire::DnsRecord& soa, Instant now);
  void clear();

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  void digest(Digest& digest) const;

 private:
  struct Entry {
    Kind kind = Kind::records;
    std::vector<wire::DnsRecord> records;
    Instant stored{};
    Instant expires{};
    std::uint64_t serial = 0;  // rising with each that is stored
    std::size_t charged_bytes = 0;
  };
  using Entries = std::map<wire::DnsQuestion, Entry>;

  void put(const wire::DnsQuestion& question, Entry entry, Instant now);
  void remove(Entries::iterator place);
  bool make_room(std::size_t bytes, Instant now);

  DnsCacheSettings settings_;
  Entries entries_;
  std::map<std::uint64_t, wire::DnsQuestion> by_age_;      // serial
  std::set<std::pair<Instant, std::uint64_t>> by_expiry_;  // and serial
  std::uint64_t next_serial_ = 0;
  std::size_t bytes_ = 0;  // charged to all entries
};

}  // namespace acksu
