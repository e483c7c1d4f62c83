// What a translator remembers: mappings (an inside endpoint and the outside endpoint that stands
// for it), sessions (a mapping and one remote endpoint), and inside hosts with their quotas.
//
// A mapping does not depend on whom the inside talks to (endpoint-independent mapping, RFC 4787
// REQ-1) and lives as long as any session of it; one that a rule made lives as long as the rule.
// All of one inside host come out of the same address (paired pooling, RFC 4787 REQ-2). Who may
// come in through a mapping is decided by the sessions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/hash_index.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/idle_timers.h"
#include "host/nat_packet.h"
#include "host/nat_ports.h"
#include "host/tcp_tracker.h"

namespace acksu {

struct NatSettings {
  std::vector<IpAddress> external;  // IPv4 addresses to come out of: one at least
  std::uint32_t max_mappings = 65536;
  std::uint32_t max_sessions = 131072;
  std::uint32_t max_sessions_per_host = 4096;  // RFC 6888 REQ-4
  // Begun from outside and not yet answered by the inside, of all: the oldest gives way.
  std::uint32_t max_unanswered = 1024;
  Duration udp_timeout = 5min;                // RFC 4787 REQ-5: at least 2 minutes
  Duration tcp_established_timeout = 124min;  // RFC 5382 REQ-5: at least that
  Duration tcp_transitory_timeout = 4min;     // RFC 5382 REQ-5: at least that
  Duration query_timeout = 60s;               // RFC 5508 REQ-2: at least that
  bool filters_by_endpoint = true;            // false: who knows the mapping may come in
  bool keeps_port = true;                     // RFC 4787 4.2.1: the inside port where it is free
  bool refreshes_inbound = false;  // UDP from outside keeps a session (RFC 4787 REQ-6 allows it)
  bool takes_up_old_connections = true;  // TCP from inside that began before a restart
};

// A port that is open from outside: `external` stands for `internal`.
struct PortForward {
  std::uint8_t protocol = 0;  // TCP or UDP
  Endpoint external;
  Endpoint internal;
};

struct NatMapping {
  std::uint8_t protocol = 0;
  bool is_rule = false;  // made by a PortForward
  V4Endpoint inside;
  V4Endpoint outside;
  std::uint32_t sessions = 0;
  std::uint32_t host = 0;
};

struct NatSession {
  std::uint32_t mapping = 0;
  V4Endpoint far;
  bool is_from_outside = false;
  bool is_answered = false;  // the other side has spoken
  TcpTracker tcp;
  IdleEntry idle;
};

class NatTable {
 public:
  static constexpr std::uint32_t none = HashIndex::none;
  enum class Idle : std::uint8_t { udp, established, transitory, query, unanswered, count_ };

  // A session, or why there is none.
  struct Opened {
    std::uint32_t session = none;
    Drop drop = Drop::none;
  };

  NatTable(const NatSettings& settings, SipKey key);

  std::uint32_t find_by_inside(const V4Flow& flow) const;   // near is inside
  std::uint32_t find_by_outside(const V4Flow& flow) const;  // near is the outside endpoint
  std::uint32_t mapping_by_inside(std::uint8_t protocol, const V4Endpoint& inside) const;
  std::uint32_t mapping_by_outside(std::uint8_t protocol, const V4Endpoint& outside) const;
  bool is_external(std::uint32_t address) const;

  // A session that is not there yet, with its mapping. Drops: nat_host_quota, nat_table_full,
  // nat_ports_full.
  Opened open_from_inside(const V4Flow& flow, Instant now);
  Opened open_from_outside(std::uint32_t mapping, const V4Endpoint& far, Instant now);
  void use(std::uint32_t session, Idle idle, Instant now);
  void close(std::uint32_t session);

  bool add(const PortForward& rule);  // false: one of the endpoints is taken or not IPv4
  bool remove(const PortForward& rule);
  // Keeps a port of an external address for others, such as sockets of this host.
  bool reserve(std::uint8_t protocol, const Endpoint& external);
  void unreserve(std::uint8_t protocol, const Endpoint& external);

  const NatMapping& mapping(std::uint32_t index) const { return mappings_[index]; }
  NatSession& session(std::uint32_t index) { return sessions_[index]; }
  const NatSession& session(std::uint32_t index) const { return sessions_[index]; }
  // Calls f(NatMapping) for all, in an order that follows from the history only.
  template <class F>
  void for_each_mapping(F&& f) const {
    mappings_.for_each([&f](std::uint32_t, const NatMapping& mapping) { f(mapping); });
  }

  Instant deadline() const;
  std::uint32_t expire(Instant now);  // returns how many sessions ended
  std::uint32_t mappings() const { return mappings_.size(); }
  std::uint32_t sessions() const { return sessions_.size(); }
  std::uint32_t hosts() const { return hosts_.size(); }
  std::uint64_t evicted() const { return evicted_; }
  void digest(Digest& digest) const;

 private:
  struct InsideHost {
    std::uint32_t address = 0;
    std::uint32_t external = 0;  // index of its external address
    std::uint32_t sessions = 0;
    std::uint32_t mappings = 0;
  };
  static constexpr std::size_t idle_lists = static_cast<std::size_t>(Idle::count_);

  std::uint64_t hash_of(const V4Flow& flow) const;
  V4Flow inside_flow(const NatSession& session) const;
  V4Flow outside_flow(const NatSession& session) const;
  NatPorts* ports_of(std::uint8_t protocol, std::uint32_t external_address);
  std::uint32_t find_host(std::uint32_t address) const;
  std::uint32_t host_of(std::uint32_t address);
  void leave_host(std::uint32_t host);
  Drop check_room(std::uint32_t host) const;
  std::uint32_t make_mapping(const NatMapping& mapping);
  void remove_mapping(std::uint32_t index);
  std::uint32_t make_session(std::uint32_t mapping, const V4Endpoint& far);
  Opened map(const V4Flow& flow, std::uint32_t& mapping);
  auto entry_of() {
    return [this](std::uint32_t index) -> IdleEntry& { return sessions_[index].idle; };
  }
  auto entry_of() const {
    return [this](std::uint32_t index) -> const IdleEntry& { return sessions_[index].idle; };
  }

  NatSettings settings_;
  SipKey key_;
  std::uint64_t draws_ = 0;
  Slab<NatMapping> mappings_;
  Slab<NatSession> sessions_;
  Slab<InsideHost> hosts_;
  HashIndex mapping_inside_, mapping_outside_, session_inside_, session_outside_, host_address_;
  std::vector<std::array<NatPorts, 3>> ports_;  // by external address, then protocol
  IdleTimers<idle_lists> idle_;
  std::uint64_t evicted_ = 0;
};

}  // namespace acksu
