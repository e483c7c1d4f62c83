// The DNS cache: life times, what an entry is charged, and who gives way.
#include "host/dns_cache.h"

#include <algorithm>

#include "base/assert.h"

namespace acksu {
namespace {

using wire::DnsQuestion;
using wire::DnsRecord;

// RFC 2181 section 8: a TTL with its top bit set is zero.
Duration ttl_of(const DnsRecord& record) {
  return record.ttl > 0x7fff'ffff ? 0s : std::chrono::seconds{record.ttl};
}

struct DataBytes {
  std::size_t operator()(IpAddress) const { return 0; }
  std::size_t operator()(const wire::DnsName& name) const { return name.octets().size(); }
  std::size_t operator()(const wire::DnsSoa& soa) const {
    return soa.primary.octets().size() + soa.mailbox.octets().size();
  }
  std::size_t operator()(const wire::DnsMx& mx) const { return mx.exchange.octets().size(); }
  std::size_t operator()(const wire::DnsSrv& srv) const { return srv.target.octets().size(); }
  std::size_t operator()(const wire::DnsText& text) const {
    std::size_t bytes = 0;
    for (const std::string& string : text.strings) bytes += sizeof string + string.size();
    return bytes;
  }
  std::size_t operator()(const wire::DnsOpaque& opaque) const { return opaque.octets.size(); }
};

constexpr std::size_t entry_bytes = 256;  // of the three indexes

std::size_t charge(const DnsQuestion& question, const std::vector<DnsRecord>& records) {
  std::size_t bytes = entry_bytes + 2 * question.name.octets().size();
  for (const DnsRecord& record : records) {
    bytes += sizeof record + record.owner.octets().size() + std::visit(DataBytes{}, record.data);
  }
  return bytes;
}

// Under which an absent name is kept, whatever the type.
DnsQuestion name_only(const DnsQuestion& question) {
  return {question.name, wire::DnsType::any, question.question_class};
}

}  // namespace

std::optional<DnsCache::Found> DnsCache::find(const DnsQuestion& question, Instant now) const {
  for (const DnsQuestion& key : {question, name_only(question)}) {
    const auto place = entries_.find(key);
    if (place == entries_.end() || place->second.expires <= now) continue;
    const Entry& entry = place->second;
    Found found{entry.kind, entry.records};
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(entry.expires - now);
    for (DnsRecord& record : found.records) record.ttl = static_cast<std::uint32_t>(left.count());
    return found;
  }
  return std::nullopt;
}

void DnsCache::store(const DnsQuestion& question, std::vector<DnsRecord> records, Instant now) {
  ACKSU_ASSERT(!records.empty());
  Duration ttl = settings_.max_ttl;
  // RFC 2181 section 5.2: the times of one set should not differ; the shortest counts.
  for (const DnsRecord& record : records) ttl = std::min(ttl, ttl_of(record));
  if (const auto absent = entries_.find(name_only(question)); absent != entries_.end())
    remove(absent);
  put(question, {.records = std::move(records), .stored = now, .expires = later_by(now, ttl)}, now);
}

void DnsCache::store_absence(const DnsQuestion& question, bool is_name_absent, const DnsRecord& soa,
                             Instant now) {
  const auto* data = std::get_if<wire::DnsSoa>(&soa.data);
  ACKSU_ASSERT(data != nullptr);
  // RFC 2308 section 5: the lesser of the record's own TTL and its minimum field.
  const std::uint32_t minimum = data->minimum > 0x7fff'ffff ? 0 : data->minimum;
  const Duration ttl =
      std::min({ttl_of(soa), Duration{std::chrono::seconds{minimum}}, settings_.max_negative_ttl});
  put(is_name_absent ? name_only(question) : question,
      {.kind = is_name_absent ? Kind::no_such_name : Kind::no_data,
       .records = {soa},
       .stored = now,
       .expires = later_by(now, ttl)},
      now);
}

void DnsCache::put(const DnsQuestion& question, Entry entry, Instant now) {
  if (const auto old = entries_.find(question); old != entries_.end()) remove(old);
  entry.charged_bytes = charge(question, entry.records);
  if (entry.expires <= now || !make_room(entry.charged_bytes, now)) return;
  entry.serial = next_serial_++;
  bytes_ += entry.charged_bytes;
  by_age_.emplace(entry.serial, question);
  by_expiry_.emplace(entry.expires, entry.serial);
  entries_.emplace(question, std::move(entry));
}

void DnsCache::remove(Entries::iterator place) {
  const Entry& entry = place->second;
  by_age_.erase(entry.serial);
  by_expiry_.erase({entry.expires, entry.serial});
  bytes_ -= entry.charged_bytes;
  entries_.erase(place);
}

bool DnsCache::make_room(std::size_t bytes, Instant now) {
  if (bytes > settings_.max_bytes || settings_.max_entries == 0) return false;
  while (entries_.size() >= settings_.max_entries || bytes_ + bytes > settings_.max_bytes) {
    const auto [expires, serial] = *by_expiry_.begin();
    const DnsQuestion victim = expires <= now ? by_age_.at(serial) : by_age_.begin()->second;
    remove(entries_.find(victim));
  }
  return true;
}

void DnsCache::clear() {
  entries_.clear();
  by_age_.clear();
  by_expiry_.clear();
  bytes_ = 0;
}

void DnsCache::digest(Digest& digest) const {
  digest.add(std::uint64_t{entries_.size()});
  for (const auto& [question, entry] : entries_) {
    digest.add(question.name.octets());
    digest.add(static_cast<std::uint64_t>(question.type));
    digest.add(entry.expires);
    digest.add(entry.serial);
    digest.add(std::uint64_t{entry.records.size()} << 8 | static_cast<std::uint8_t>(entry.kind));
  }
}

}  // namespace acksu
