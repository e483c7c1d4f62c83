// A stateful packet filter: rules in order, of which the first that fits decides, and a table of
// the flows that they let through, whose further packets, answers and ICMP errors pass without
// asking the rules again. TCP segments that do not fit into their connection are no part of it, and
// are asked about like strangers.
//
// The caller reads the packet (fragments are reassembled before), and drops or answers what is not
// accepted. With a translator the filter sees inside addresses: on the way out before it, on the
// way in behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/hash_index.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/time.h"
#include "host/frame.h"
#include "host/idle_timers.h"
#include "host/nat_packet.h"
#include "host/tcp_tracker.h"

namespace acksu {

enum class FilterDirection : std::uint8_t { in, out, forward };  // seen from this host
enum class FilterVerdict : std::uint8_t {
  accept,
  drop,    // in silence
  reject,  // and tell the sender: a reset, or ICMP "administratively prohibited"
};

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 65535;
  constexpr bool holds(std::uint16_t port) const { return port >= first && port <= last; }
};

// What is not set fits everything.
struct FilterRule {
  std::optional<FilterDirection> direction{};
  std::optional<LinkId> in_link{};
  std::optional<LinkId> out_link{};
  std::optional<Prefix> source{};
  std::optional<Prefix> destination{};
  std::optional<std::uint8_t> protocol{};
  std::optional<std::uint8_t> icmp_type{};
  PortRange source_ports{};  // of protocols with ports
  PortRange destination_ports{};
  FilterVerdict verdict = FilterVerdict::accept;
};

// What the filter looks at of a packet.
struct FilterPacket {
  FilterDirection direction = FilterDirection::in;
  std::optional<LinkId> in_link{};   // where it came from; not for `out`
  std::optional<LinkId> out_link{};  // where it goes; not for `in`
  std::uint8_t protocol = 0;
  // Ports of TCP and UDP. An ICMP query has its identifier at its source, an answer at its
  // destination, and 0 at the other end.
  Endpoint source{};
  Endpoint destination{};
  std::uint32_t bytes = 0;
  std::uint8_t icmp_type = 0;
  bool is_icmp = false;
  bool is_icmp_error = false;
  TrackedSegment segment{};          // of TCP
  std::uint8_t quoted_protocol = 0;  // of an ICMP error: the packet that it is about
  Endpoint quoted_source{};
  Endpoint quoted_destination{};
};

// An IPv4 packet as the filter takes it; direction and links are the caller's.
FilterPacket filter_packet(const NatPacket& opened);

struct FilterSettings {
  std::vector<FilterRule> rules;
  FilterVerdict otherwise = FilterVerdict::accept;  // what fits no rule
  std::uint32_t max_flows = 65536;
  Duration udp_timeout = 5min;
  Duration tcp_established_timeout = 124min;
  Duration tcp_transitory_timeout = 4min;
  Duration other_timeout = 60s;          // ICMP queries, and protocols without ports
  bool takes_up_old_connections = true;  // TCP that began before a restart, where a rule accepts it
};

class Filter {
 public:
  static constexpr std::uint32_t no_rule = 0xffff'ffff;

  struct Judgement {
    FilterVerdict verdict = FilterVerdict::accept;
    Drop drop = Drop::none;        // when it is not accepted
    std::uint32_t rule = no_rule;  // that decided
    bool is_known_flow = false;    // let through without asking the rules
  };
  struct RuleCounters {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  Filter(const FilterSettings& settings, SipKey key);

  Judgement judge(const FilterPacket& packet, Instant now);

  Instant deadline() const;
  void on_time(Instant now);

  std::uint32_t flows() const { return flows_.size(); }
  const FilterSettings& settings() const { return settings_; }
  const RuleCounters& counters(std::uint32_t rule) const { return counters_[rule]; }
  const RuleCounters& known() const { return known_; }          // packets of known flows
  const RuleCounters& otherwise() const { return otherwise_; }  // packets that fit no rule
  void digest(Digest& digest) const;

 private:
  enum class Idle : std::uint8_t { udp, established, transitory, other, count_ };
  static constexpr std::size_t idle_lists = static_cast<std::size_t>(Idle::count_);

  struct FlowName {
    std::uint8_t protocol = 0;
    FourTuple tuple;  // local: who began
  };
  struct Flow {
    FlowName name;
    TcpTracker tcp;
    IdleEntry idle;
  };

  std::uint64_t hash_of(const FlowName& name) const;
  std::uint32_t find(const FlowName& name) const;
  bool use(std::uint32_t index, const FilterPacket& packet, Instant now);
  bool is_of_known_flow(const FilterPacket& packet, Instant now);
  bool open(const FilterPacket& packet, Instant now);
  void close(std::uint32_t index);
  Judgement judged_by_rules(const FilterPacket& packet, Instant now);
  auto entry_of() {
    return [this](std::uint32_t index) -> IdleEntry& { return flows_[index].idle; };
  }
  auto entry_of() const {
    return [this](std::uint32_t index) -> const IdleEntry& { return flows_[index].idle; };
  }

  FilterSettings settings_;
  SipKey key_;
  Slab<Flow> flows_;
  HashIndex by_name_;
  IdleTimers<idle_lists> idle_;
  std::vector<RuleCounters> counters_;
  RuleCounters known_, otherwise_;
};

}  // namespace acksu
