// What must hold in every world at every step, whatever the network does:
//
//   - SND.UNA <= SND.NXT
//   - the right edge of the offered window never moves left
//   - nothing is acknowledged that the peer has not sent
//   - new text leaves only while the flight fits into the congestion window, and never beyond what
//     the peer has offered
//   - no text is acknowledged that nobody can read any more
//   - a connection that waits for the network has a timer
//   - what an application reads is a prefix of what its peer wrote, and an end is the end
//   - after quiet nothing is held: no connection, timer, buffer or byte
//
// The first broken promise is kept, with the seed that shows it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/address.h"
#include "base/seq.h"
#include "base/time.h"
#include "host/counters.h"
#include "sim/traffic.h"
#include "sim/world.h"
#include "tcp/info.h"

namespace acksu::sim {

struct Violation {
  std::uint64_t seed = 0;
  Instant at{};
  std::string host;
  FourTuple tuple;
  std::string text;  // the broken promise, with its numbers
};
std::string to_string(const Violation& violation);

class Checker {
 public:
  // After every step of a world. False: a promise is broken, now or before.
  bool check_step(const World& world);
  // When nothing is due any more, applications are done and listeners are closed. Buffers are
  // counted only where no other world shares the pool.
  bool check_quiet(const World& world);
  // What applications read from each other.
  bool check_streams(const Traffic& one, const Traffic& two);
  bool check_streams(std::span<const Traffic* const> all);

  // The parts, for whoever has no world.
  // The two ends of a connection of IPv4 need not have the same name for it.
  void expect_translation() { has_translation_ = true; }
  void stand_at(std::uint64_t seed, Instant now, std::string host);
  void check_sockets(std::span<const tcp::Info> sockets, bool has_output);
  void check_holdings(const HostHoldings& holdings);
  void report(const FourTuple& tuple, std::string text);

  const std::optional<Violation>& violation() const { return violation_; }

 private:
  // An incarnation of a connection, as one end names it.
  struct Name {
    FourTuple tuple;
    std::uint32_t iss = 0;
    auto operator<=>(const Name&) const = default;
  };
  static constexpr std::uint64_t never_seen = ~0ull;
  struct Seen {
    Seq highest_nxt{};   // SND.NXT
    Seq highest_ever{};  // of former incarnations with the same numbers too
    Seq irs{};           // of the numbers in which the edge is
    Seq right_edge{};    // RCV.NXT + RCV.WND
    Seq orphan_nxt{};    // RCV.NXT when the application let go
    Instant tail_probe_at = never;
    bool has_edge = false;
    bool is_orphan = false;
    std::uint64_t round = never_seen;  // of its host, when it was last there
  };

  bool is_translated(const FourTuple& tuple) const {
    return has_translation_ && tuple.remote.address.is_v4();
  }
  void check_connection(const tcp::Info& info);
  Seen& seen_before(const tcp::Info& info);
  void check_right_edge(const tcp::Info& info, Seen& seen);
  void check_flight(const tcp::Info& info, const Seen& seen);
  void check_acknowledged(const tcp::Info& info);
  void check_peer_window(const tcp::Info& info);
  void check_orphan(const tcp::Info& info, Seen& seen);
  void check_timers(const tcp::Info& info);
  void check_reader(const Exchange& reader, std::span<const Traffic* const> writers);
  bool may_be_reborn(const FourTuple& tuple) const;

  std::map<Name, Seen> seen_;
  bool has_translation_ = false;
  std::map<std::string, std::uint64_t> rounds_;  // how often each host was looked at
  std::set<FourTuple> reborn_;                   // brought back by a cookie
  std::optional<Violation> violation_;
  std::uint64_t seed_ = 0;
  Instant now_{};
  std::string host_;
};

}  // namespace acksu::sim
