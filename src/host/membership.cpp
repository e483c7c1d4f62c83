// Joining and leaving groups, and looking at them.
#include "host/membership.h"

#include <algorithm>
#include <utility>

#include "wire/address.h"

namespace acksu {
namespace {

constexpr Duration usual_query_interval = 125s;  // RFC 3376 8.2, RFC 3810 9.2

// RFC 3810 6: of the link or wider.
bool is_wider_than_interface(IpAddress group) { return (group.high() >> 48 & 0xf) > 1; }

}  // namespace

Membership::Membership(Protocol protocol, const MembershipSettings& settings,
                       std::uint32_t report_bytes, SipKey key)
    : protocol_(protocol),
      settings_(settings),
      report_bytes_(report_bytes),
      numbers_(key),
      query_interval_(usual_query_interval),
      robustness_(settings.robustness),
      version_(newest()) {}

// ---- CALL ---------------------------------------------------------------------------------------

bool Membership::join(IpAddress group, Instant now) { return add_member(group, now); }

bool Membership::add_member(IpAddress address, Instant first_report) {
  if (Group* const known = find(address)) {
    if (known->members++ == 0) begin_change(*known, first_report);
    return true;
  }
  if (groups_.size() >= settings_.max_groups) return ++counters_.refused, false;
  Group& group = groups_.emplace_back();
  group.address = address;
  group.members = 1;
  begin_change(group, first_report);
  return true;
}

void Membership::leave(IpAddress address, Instant now) {
  Group* const group = find(address);
  if (group == nullptr || group->members == 0 || --group->members > 0) return;
  group->answer = never;
  group->sources.clear();
  begin_change(*group, now);
  forget_left();
}

// RFC 3376 5.1: the new change takes the place of an older one of which not all was told.
void Membership::begin_change(Group& group, Instant first) {
  if (!is_told(group.address)) return;
  group.changes_left = robustness_;
  if (group.members == 0 && !speaks_newest()) {
    // RFC 2236 3: once, and only by who has reported last; version 1 has no word for it.
    const bool is_heard = protocol_ == Protocol::mld || version_ == 2;
    group.changes_left = is_heard && group.is_last_reporter ? 1 : 0;
  }
  group.next_change = group.changes_left > 0 ? first : never;
}

void Membership::need(std::vector<IpAddress> groups, Instant now) {
  std::ranges::sort(groups);
  const auto repeated = std::ranges::unique(groups);
  groups.erase(repeated.begin(), repeated.end());
  std::vector<IpAddress> held;
  for (const IpAddress each : needed_) {
    if (!std::ranges::binary_search(groups, each)) {
      leave(each, now);
    } else {
      held.push_back(each);
    }
  }
  for (const IpAddress each : groups) {
    if (std::ranges::binary_search(held, each)) continue;
    // RFC 4862 5.4.2: the report of a solicited-node group waits as the probe does.
    if (add_member(each, random_after(now, 1s))) held.push_back(each);
  }
  std::ranges::sort(held);
  needed_ = std::move(held);
}

// A group that was left is there as long as there is something to say about it.
void Membership::forget_left() {
  std::erase_if(groups_,
                [](const Group& group) { return group.members == 0 && group.changes_left == 0; });
}

// ---- Looking ------------------------------------------------------------------------------------

// RFC 3376 6, RFC 3810 6: of these nobody speaks.
bool Membership::is_told(IpAddress group) const {
  if (protocol_ == Protocol::igmp) return group != wire::all_systems_v4;
  return group != wire::all_nodes_v6 && is_wider_than_interface(group);
}

bool Membership::listens_to(IpAddress address) const {
  if (address == wire::all_systems_v4 || address == wire::all_nodes_v6) return true;
  const Group* const group = find(address);
  return group != nullptr && group->members > 0;
}

Membership::Group* Membership::find(IpAddress group) {
  return const_cast<Group*>(std::as_const(*this).find(group));
}

const Membership::Group* Membership::find(IpAddress group) const {
  const auto found = std::ranges::find(groups_, group, &Group::address);
  return found == groups_.end() ? nullptr : &*found;
}

std::uint32_t Membership::groups() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(groups_, [](const Group& group) { return group.members > 0; }));
}

void Membership::digest(Digest& digest) const {
  numbers_.digest(digest);
  digest.add(answer_);
  for (const Instant until : older_until_) digest.add(until);
  digest.add(std::uint64_t{robustness_} << 8 | version_);
  for (const Group& group : groups_) {
    digest.add(group.address.high());
    digest.add(group.address.low());
    digest.add(std::uint64_t{group.members} << 32 | std::uint64_t{group.changes_left} << 1 |
               (group.is_last_reporter ? 1u : 0u));
    digest.add(group.next_change);
    digest.add(group.answer);
    digest.add(std::uint64_t{group.sources.size()});
  }
}

}  // namespace acksu
