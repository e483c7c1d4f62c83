// Promises compared with the numbers that hosts and applications show.
#include "sim/checker.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sim/words.h"

namespace acksu::sim {
namespace {

using tcp::State;
using tcp::Timer;

constexpr FourTuple mirrored(const FourTuple& tuple) { return {tuple.remote, tuple.local}; }

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string number(Seq seq) { return std::to_string(seq.value()); }

bool is_armed(const tcp::Info& info, Timer timer) {
  return info.timers[static_cast<std::size_t>(timer)] != never;
}

bool has_outstanding(const tcp::Info& info) {
  return info.snd.una != info.snd.nxt || info.snd.unsent_bytes > 0;
}

const Exchange* with_tag(std::uint64_t tag, std::span<const Traffic* const> writers) {
  for (const Traffic* each : writers) {
    for (const Exchange& exchange : each->exchanges()) {
      if (exchange.tag == tag) return &exchange;
    }
  }
  return nullptr;
}

// Limited transmit (RFC 3042) may go two segments beyond the window.
std::uint32_t flight_allowance(const tcp::Info& info) { return 2 * info.snd.mss; }

}  // namespace

std::string to_string(const Violation& violation) {
  std::string text = "seed " + number(violation.seed) + " at " + to_text(violation.at) + " s";
  if (!violation.host.empty()) text += ", host " + violation.host;
  if (violation.tuple != FourTuple{}) {
    text += ", " + to_string(violation.tuple.local) + " - " + to_string(violation.tuple.remote);
  }
  return text + ": " + violation.text;
}

void Checker::stand_at(std::uint64_t seed, Instant now, std::string host) {
  seed_ = seed;
  now_ = now;
  host_ = std::move(host);
}

void Checker::report(const FourTuple& tuple, std::string text) {
  if (violation_) return;
  violation_ = Violation{seed_, now_, host_, tuple, std::move(text)};
}

bool Checker::check_step(const World& world) {
  for (HostId id = 0; id < world.host_count(); ++id) {
    if (!world.was_busy(id)) continue;
    const Host& host = world.host(id);
    stand_at(world.seed(), world.now(), host.settings().name);
    bool has_output = false;
    for (LinkId link = 0; link < host.settings().links.size(); ++link) {
      has_output = has_output || host.has_output(link);
    }
    check_sockets(host.sockets(), has_output);
  }
  if (!world.failure().empty()) report({}, world.failure());
  return !violation_;
}

void Checker::check_sockets(std::span<const tcp::Info> sockets, bool has_output) {
  ++rounds_[host_];
  for (const tcp::Info& info : sockets) {
    if (info.state == State::listen || info.state == State::closed) continue;
    check_connection(info);
    if (!has_output) check_timers(info);
  }
}

void Checker::check_connection(const tcp::Info& info) {
  if (is_after(info.snd.una, info.snd.nxt)) {
    report(info.tuple,
           "SND.UNA " + number(info.snd.una) + " is after SND.NXT " + number(info.snd.nxt));
  }
  if (info.state == State::time_wait) return;  // the record no longer knows its ISS
  Seen& seen = seen_before(info);
  check_flight(info, seen);
  seen.tail_probe_at = info.timers[static_cast<std::size_t>(tcp::Timer::tail_probe)];
  seen.highest_nxt = later(seen.highest_nxt, info.snd.nxt);
  seen.highest_ever = later(seen.highest_ever, info.snd.nxt);
  if (info.state == State::syn_sent) return;  // nothing received yet
  check_right_edge(info, seen);
  check_orphan(info, seen);
  check_acknowledged(info);
  check_peer_window(info);
}

// A SYN cookie is valid for a while: a late segment can bring a connection back that was aborted,
// with the same numbers. What was seen of the former does not hold for it, and no reader can tell
// the text of the two apart.
Checker::Seen& Checker::seen_before(const tcp::Info& info) {
  Seen& seen = seen_[Name{info.tuple, info.snd.iss.value()}];
  const std::uint64_t round = rounds_[host_];
  if (seen.round + 1 != round) {
    const bool is_reborn = seen.round != never_seen;
    if (is_reborn) reborn_.insert(info.tuple);
    seen.highest_ever = is_reborn ? seen.highest_ever : info.snd.nxt;
    seen.highest_nxt = info.snd.nxt;
    seen.has_edge = seen.is_orphan = false;
    seen.tail_probe_at = never;
  }
  seen.round = round;
  return seen;
}

// RFC 9293 SHLD-14: a receiver does not shrink its window.
void Checker::check_right_edge(const tcp::Info& info, Seen& seen) {
  const Seq edge = info.rcv.nxt + info.rcv.wnd;
  if (seen.has_edge && is_before(edge, seen.right_edge)) {
    report(info.tuple, "the window's right edge moved left by " +
                           number(bytes_between(edge, seen.right_edge)) + " bytes to RCV.NXT " +
                           number(info.rcv.nxt) + " + RCV.WND " + number(info.rcv.wnd));
  }
  seen.irs = info.rcv.irs;
  seen.right_edge = edge;
  seen.has_edge = true;
}

// The window may fall below the flight when text is lost; but then no new text may leave.
void Checker::check_flight(const tcp::Info& info, const Seen& seen) {
  if (info.state == State::syn_sent || info.state == State::syn_received) return;
  // A FIN, or the one byte of a window probe, need not wait.
  if (!is_after(info.snd.nxt, seen.highest_nxt + 1)) return;
  // Nor need a tail probe (RFC 8985 7.3).
  const bool was_probe_due = seen.tail_probe_at <= now_;
  if (was_probe_due && !is_after(info.snd.nxt, seen.highest_nxt + info.snd.mss)) return;
  if (info.snd.in_flight_bytes <= info.snd.cwnd + flight_allowance(info)) return;
  report(info.tuple, "new text left with " + number(info.snd.in_flight_bytes) +
                         " bytes in flight and a congestion window of " + number(info.snd.cwnd));
}

void Checker::check_acknowledged(const tcp::Info& info) {
  const auto peer = seen_.find(Name{mirrored(info.tuple), info.rcv.irs.value()});
  if (peer == seen_.end() || is_at_or_before(info.rcv.nxt, peer->second.highest_ever)) return;
  report(info.tuple, "RCV.NXT " + number(info.rcv.nxt) + " acknowledges what was never sent: " +
                         "the peer's SND.NXT is " + number(peer->second.highest_ever));
}

// The edge of the peer's window never moves left, so what it offered last is the most it ever did.
void Checker::check_peer_window(const tcp::Info& info) {
  const auto peer = seen_.find(Name{mirrored(info.tuple), info.rcv.irs.value()});
  if (peer == seen_.end() || !peer->second.has_edge) return;
  if (peer->second.irs != info.snd.iss) return;  // it speaks with a former one of this name
  if (is_at_or_before(info.snd.nxt, peer->second.right_edge)) return;
  report(info.tuple, "SND.NXT " + number(info.snd.nxt) +
                         " is beyond the peer's window, which ends at " +
                         number(peer->second.right_edge));
}

// RFC 9293 SHLD-3: what comes after the application has closed is answered by a reset. A FIN counts
// one.
void Checker::check_orphan(const tcp::Info& info, Seen& seen) {
  if (info.is_orphan && !seen.is_orphan) seen.orphan_nxt = info.rcv.nxt;
  seen.is_orphan = info.is_orphan;
  if (!info.is_orphan || is_at_or_before(info.rcv.nxt, seen.orphan_nxt + 1)) return;
  report(info.tuple, "an orphan has acknowledged " +
                         number(bytes_between(seen.orphan_nxt, info.rcv.nxt)) +
                         " bytes that nobody will read");
}

void Checker::check_timers(const tcp::Info& info) {
  const bool is_sending = is_armed(info, Timer::retransmission) ||
                          is_armed(info, Timer::tail_probe) || is_armed(info, Timer::reordering) ||
                          is_armed(info, Timer::persist) || is_armed(info, Timer::pacing);
  if (info.state == State::time_wait) {
    if (!is_armed(info, Timer::time_wait)) report(info.tuple, "TIME-WAIT without its timer");
    return;
  }
  if (info.state == State::fin_wait_2 && info.is_orphan && !is_armed(info, Timer::user_timeout)) {
    report(info.tuple, "an orphan waits in FIN-WAIT-2 without a timer");
  }
  if (!has_outstanding(info) || is_sending || is_armed(info, Timer::cork)) return;
  report(info.tuple, std::string{"waits in "} + name(info.state) + " with " +
                         number(bytes_between(info.snd.una, info.snd.nxt)) +
                         " unacknowledged and " + number(info.snd.unsent_bytes) +
                         " unsent bytes and no timer; limited by " + name(info.limited_by));
}

// ---- Streams

bool Checker::check_streams(const Traffic& one, const Traffic& two) {
  const std::array all{&one, &two};
  return check_streams(all);
}

bool Checker::check_streams(std::span<const Traffic* const> all) {
  for (const Traffic* readers : all) {
    for (const Exchange& reader : readers->exchanges()) check_reader(reader, all);
  }
  return !violation_;
}

// Behind a translator the peer is known under another name.
bool Checker::may_be_reborn(const FourTuple& tuple) const {
  if (is_translated(tuple)) return !reborn_.empty();
  return reborn_.contains(tuple) || reborn_.contains(mirrored(tuple));
}

void Checker::check_reader(const Exchange& reader, std::span<const Traffic* const> writers) {
  if (may_be_reborn(reader.tuple)) return;
  if (reader.broken_at != 0) {
    report(reader.tuple, "byte " + number(reader.broken_at - 1) + " read is not the byte written");
    return;
  }
  if (reader.read < 8) return;  // its tag is not known yet
  const Exchange* const writer = with_tag(reader.read_tag, writers);
  if (writer == nullptr) {
    report(reader.tuple, "what was read was never written");
  } else if (!is_translated(reader.tuple) && writer->tuple != mirrored(reader.tuple)) {
    report(reader.tuple,
           "what was read was written on another connection: " + to_string(writer->tuple.local) +
               " - " + to_string(writer->tuple.remote));
  } else if (reader.read > writer->written) {
    report(reader.tuple,
           number(reader.read) + " bytes were read of " + number(writer->written) + " written");
  } else if (reader.has_peer_ended && reader.read != writer->written) {
    report(reader.tuple, "the end was told after " + number(reader.read) + " bytes of " +
                             number(writer->written) + " written");
  }
}

// ---- Quiet

bool Checker::check_quiet(const World& world) {
  for (HostId id = 0; id < world.host_count(); ++id) {
    stand_at(world.seed(), world.now(), world.host(id).settings().name);
    check_holdings(world.host(id).holdings());
  }
  stand_at(world.seed(), world.now(), {});
  if (world.is_pool_shared() || world.pool().live_blocks() == 0) return !violation_;
  report({}, number(world.pool().live_blocks()) + " blocks with " +
                 number(world.pool().live_bytes()) + " bytes are held after quiet");
  return false;
}

void Checker::check_holdings(const HostHoldings& holdings) {
  const std::vector<std::pair<std::uint64_t, const char*>> counts{
      {holdings.connections, "connections"},
      {holdings.half_open, "half-open records"},
      {holdings.time_wait, "TIME-WAIT records"},
      {holdings.listeners, "listeners"},
      {holdings.udp_sockets, "UDP sockets"},
      {holdings.raw_sockets, "raw sockets"},
      {holdings.timers, "timers"},
      {holdings.replies, "replies"},
      {holdings.text_bytes, "bytes of text"},
  };
  for (const auto& [count, what] : counts) {
    if (count != 0) report({}, number(count) + " " + what + " are held after quiet");
  }
}

}  // namespace acksu::sim
