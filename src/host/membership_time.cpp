// Queries, timers and reports: RFC 3376 sections 5 and 7.2, RFC 3810 sections 6 and 8.2; for older
// queriers RFC 2236 section 3, RFC 2710 section 4.
#include <algorithm>
#include <utility>

#include "host/membership.h"
#include "wire/address.h"
#include "wire/igmp.h"
#include "wire/mld.h"

namespace acksu {
namespace {

using MessageKind = wire::MembershipMessage::Kind;
using RecordType = wire::MembershipRecord::Type;

constexpr IpAddress all_routers_v4 = IpAddress::v4(224, 0, 0, 2);
constexpr IpAddress igmpv3_routers = IpAddress::v4(224, 0, 0, 22);
constexpr IpAddress mldv2_routers{0xff02'0000'0000'0000, 0x16};
constexpr Duration change_interval = 1s;       // RFC 3376 8.11, RFC 3810 9.11
constexpr Duration old_change_interval = 10s;  // RFC 2236 8.10, RFC 2710 7.10
// RFC 3376 9.1: queries with many sources must not make us keep them all. Beyond that many the
// whole group is told, which answers more than was asked.
constexpr std::size_t most_sources = 16;

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

void Membership::on_message(const wire::MembershipMessage& message, Instant now) {
  follow_version(now);
  if (message.kind == MessageKind::query) {
    on_query(message, now);
  } else if (message.kind == MessageKind::report && message.records.empty()) {
    on_report(message.group);
  }
}

// RFC 2236 3, RFC 2710 4: one answer for a group is enough. Newer versions want all of them.
void Membership::on_report(IpAddress address) {
  Group* const group = find(address);
  if (speaks_newest() || group == nullptr || group->members == 0) return;
  group->is_last_reporter = false;
  if (group->answer == never) return;
  group->answer = never;
  ++counters_.suppressed;
}

// RFC 3376 7.2.1, 8.12: who is older than we are is listened to until he has been silent for long.
void Membership::note_version(const wire::MembershipMessage& query, Instant now) {
  if (query.version < newest()) {
    const Duration present = robustness_ * query_interval_ + query.max_response;
    older_until_[query.version - 1u] = later_by(now, present);
  } else {
    robustness_ = query.robustness != 0 ? query.robustness : settings_.robustness;
    if (query.query_interval > Duration{}) query_interval_ = query.query_interval;
  }
  follow_version(now);
}

// RFC 3810 8.2.1.
void Membership::follow_version(Instant now) {
  std::uint8_t spoken = newest();
  for (std::uint8_t i = newest() - 1; i > 0; --i) {
    if (older_until_[i - 1u] > now) spoken = i;
  }
  if (std::exchange(version_, spoken) == spoken) return;
  // RFC 3376 7.2.1: what was to be said in another version is not said any more.
  answer_ = never;
  for (Group& group : groups_) {
    group.answer = group.next_change = never;
    group.changes_left = 0;
    group.sources.clear();
  }
  forget_left();
}

// RFC 3376 5.2: what is asked for is answered once, at the earliest of the times that were drawn.
void Membership::on_query(const wire::MembershipMessage& query, Instant now) {
  ++counters_.queries;
  note_version(query, now);
  if (!speaks_newest()) {  // RFC 2236 3: each group has a time of its own
    for (Group& group : groups_) {
      const bool is_asked = query.group.is_any() || query.group == group.address;
      if (!is_asked || group.members == 0 || !is_told(group.address)) continue;
      schedule(group, {}, random_after(now, query.max_response));
    }
    return;
  }
  const Instant at = random_after(now, query.max_response);
  if (answer_ <= at) return;
  if (query.group.is_any()) {
    answer_ = at;
    return;
  }
  Group* const group = find(query.group);
  if (group != nullptr && group->members > 0 && is_told(query.group)) {
    schedule(*group, query.sources, at);
  }
}

void Membership::schedule(Group& group, const std::vector<IpAddress>& sources, Instant at) {
  if (group.answer == never) {
    group.sources = sources;
  } else if (sources.empty() || group.sources.empty()) {
    group.sources.clear();
  } else {
    for (const IpAddress each : sources) {
      if (std::ranges::find(group.sources, each) == group.sources.end()) {
        group.sources.push_back(each);
      }
    }
  }
  if (group.sources.size() > most_sources) group.sources.clear();
  group.answer = earliest(group.answer, at);
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Membership::random_after(Instant now, Duration most) {
  return later_by(now, numbers_.between(Duration{}, most));
}

Instant Membership::deadline() const {
  Instant deadline = answer_;
  for (const Group& group : groups_) {
    deadline = earliest(deadline, earliest(group.next_change, group.answer));
  }
  return deadline;
}

void Membership::on_time(Instant now) {
  if (deadline() > now) return;
  follow_version(now);
  say_changes(now);
  say_answers(now);
  forget_left();
}

void Membership::say_changes(Instant now) {
  std::vector<wire::MembershipRecord> records;
  for (Group& group : groups_) {
    if (group.next_change > now || group.changes_left == 0) continue;
    --group.changes_left;
    const Duration interval = speaks_newest() ? change_interval : old_change_interval;
    group.next_change = group.changes_left > 0 ? random_after(now, interval) : never;
    ++counters_.changes;
    const bool is_member = group.members > 0;
    if (speaks_newest()) {
      records.push_back({is_member ? RecordType::change_to_exclude : RecordType::change_to_include,
                         group.address,
                         {}});
    } else {
      say_old(group, !is_member);
    }
  }
  say(std::move(records));
}

void Membership::say_answers(Instant now) {
  std::vector<wire::MembershipRecord> records;
  const bool is_about_all = answer_ <= now;
  if (is_about_all) answer_ = never;
  for (Group& group : groups_) {
    const bool is_due = group.answer <= now;
    if (group.members == 0 || !is_told(group.address) || (!is_due && !is_about_all)) continue;
    const std::vector<IpAddress> asked = std::exchange(group.sources, {});
    group.answer = never;
    ++counters_.answers;
    if (!speaks_newest()) {
      say_old(group, false);
    } else if (asked.empty() || is_about_all) {
      records.push_back({RecordType::is_exclude, group.address, {}});
    } else {
      // RFC 3376 5.2: of the sources that were asked for, those that we hear: all.
      records.push_back({RecordType::is_include, group.address, asked});
    }
  }
  say(std::move(records));
}

void Membership::say_old(Group& group, bool is_leave) {
  wire::MembershipMessage message;
  message.kind = is_leave ? MessageKind::leave : MessageKind::report;
  message.version = version_;
  message.group = group.address;
  group.is_last_reporter = true;
  const IpAddress routers = protocol_ == Protocol::igmp ? all_routers_v4 : wire::all_routers_v6;
  messages_.push_back({is_leave ? routers : group.address, std::move(message)});
}

// In as many reports as the link needs.
// RFC 3376 4.2.16.
void Membership::say(std::vector<wire::MembershipRecord> records) {
  const bool is_igmp = protocol_ == Protocol::igmp;
  wire::MembershipMessage report;
  report.kind = MessageKind::report;
  report.version = version_;
  const auto flush = [&] {
    if (report.records.empty()) return;
    messages_.push_back({is_igmp ? igmpv3_routers : mldv2_routers, report});
    report.records.clear();
  };
  for (wire::MembershipRecord& record : records) {
    report.records.push_back(std::move(record));
    const std::uint32_t bytes = is_igmp ? wire::igmp_bytes(report) : wire::mld_bytes(report);
    if (bytes <= report_bytes_ || report.records.size() == 1) continue;
    wire::MembershipRecord last = std::move(report.records.back());
    report.records.pop_back();
    flush();
    report.records.push_back(std::move(last));
  }
  flush();
}

std::vector<Membership::Outgoing> Membership::take_messages() {
  return std::exchange(messages_, {});
}

}  // namespace acksu
