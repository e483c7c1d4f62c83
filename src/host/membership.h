// Which multicast groups a host listens to on one link, and what it tells routers about that: the
// host's side of IGMP (RFC 2236, RFC 3376) or, for IPv6, of MLD (RFC 2710, RFC 3810). Changes are
// reported at once and again after a while (robustness), queries are answered after a random time,
// and while a querier of an older version is there, its version is spoken.
//
// Every member hears all sources: a group is in mode EXCLUDE() or not there. Left out on purpose:
// source filters (a program looks at who sent what it got), and the router's side.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/secret_numbers.h"
#include "wire/membership.h"

namespace acksu {

struct MembershipSettings {
  std::uint32_t max_groups = 64;  // of one family on one link
  std::uint32_t max_groups_per_socket = 20;
  std::uint8_t robustness = 2;  // RFC 3376 8.1, as long as no querier says another
};

class Membership {
 public:
  enum class Protocol : std::uint8_t { igmp, mld };
  // To be sent on the link, with the version that is spoken there now.
  struct Outgoing {
    IpAddress to;
    wire::MembershipMessage message;
  };
  struct Counters {
    std::uint64_t queries = 0, answers = 0, changes = 0;
    std::uint64_t suppressed = 0;  // answers that another host gave (of the older versions)
    std::uint64_t refused = 0;     // groups beyond the limit
  };

  // `report_bytes`: room of one report's message on the link.
  Membership(Protocol protocol, const MembershipSettings& settings, std::uint32_t report_bytes,
             SipKey key);

  // ---- CALL. As often as a group was joined it has to be left. False: too many groups.
  bool join(IpAddress group, Instant now);
  void leave(IpAddress group, Instant now);
  // The groups that the host itself needs, instead of those it needed before (of its own IPv6
  // addresses: RFC 4291 2.7.1). They are reported after a random time, not all hosts at once.
  void need(std::vector<IpAddress> groups, Instant now);

  bool listens_to(IpAddress group) const;

  // ---- IN: a message that came by the link and was found well.
  void on_message(const wire::MembershipMessage& message, Instant now);

  // ---- TIME
  Instant deadline() const;
  void on_time(Instant now);
  std::vector<Outgoing> take_messages();

  std::uint8_t version() const { return version_; }  // of the protocol, as it is spoken
  std::uint32_t groups() const;                      // that are listened to
  const Counters& counters() const { return counters_; }
  void digest(Digest& digest) const;

 private:
  struct Group {
    IpAddress address;
    std::uint32_t members = 0;      // none: it was left, which is still being told
    std::uint8_t changes_left = 0;  // reports of the last change that are still owed
    bool is_last_reporter = false;  // RFC 2236 3: nobody else has answered since
    Instant next_change = never;
    Instant answer = never;          // to a query about this group
    std::vector<IpAddress> sources;  // that it asked for; none: about the group itself
  };

  std::uint8_t newest() const { return protocol_ == Protocol::igmp ? 3 : 2; }
  bool speaks_newest() const { return version_ == newest(); }
  bool is_told(IpAddress group) const;
  Group* find(IpAddress group);
  const Group* find(IpAddress group) const;
  void begin_change(Group& group, Instant first);
  bool add_member(IpAddress group, Instant first_report);
  void forget_left();
  // membership_time.cpp
  void on_query(const wire::MembershipMessage& query, Instant now);
  void on_report(IpAddress group);
  void note_version(const wire::MembershipMessage& query, Instant now);
  void follow_version(Instant now);
  void schedule(Group& group, const std::vector<IpAddress>& sources, Instant at);
  void say_changes(Instant now);
  void say_answers(Instant now);
  void say_old(Group& group, bool is_leave);
  void say(std::vector<wire::MembershipRecord> records);
  Instant random_after(Instant now, Duration most);

  Protocol protocol_;
  MembershipSettings settings_;
  std::uint32_t report_bytes_;
  SecretNumbers numbers_;
  std::vector<Group> groups_;
  std::vector<IpAddress> needed_;
  std::vector<Outgoing> messages_;
  Instant answer_ = never;                // to a query about all groups
  std::array<Instant, 2> older_until_{};  // RFC 3376 7.2.1: queriers of version 1 and 2 are there
  Duration query_interval_;
  std::uint8_t robustness_;
  std::uint8_t version_;
  Counters counters_;
};

}  // namespace acksu
