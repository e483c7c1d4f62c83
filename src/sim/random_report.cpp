// The report of a random world, for people.
#include <cstdint>
#include <string>

#include "sim/random_world.h"
#include "sim/words.h"
#include "trace/limits.h"

namespace acksu::sim {
namespace {

class Lines {
 public:
  void add(const std::string& line) { text_ += line + "\n"; }
  void under(const std::string& line) { text_ += "  " + line + "\n"; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string counted(std::uint64_t count, const char* what) {
  return count == 0 ? "" : ", " + std::to_string(count) + " " + what;
}

std::string outcome(const Exchange& exchange) {
  if (exchange.error != Error::none) return std::string{"failed: "} + name(exchange.error);
  if (exchange.was_impatient) return "aborted: too long nothing happened";
  if (exchange.has_aborted) return "aborted";
  if (!exchange.is_over) return "still open";
  return exchange.has_peer_ended ? "closed after the peer's end" : "closed";
}

void add_exchanges(Lines& lines, const Traffic& traffic, const std::string& host) {
  for (const Exchange& exchange : traffic.exchanges()) {
    lines.under(host + " " + std::to_string(exchange.tuple.local.port) + " - " +
                std::to_string(exchange.tuple.remote.port) + ": wrote " +
                std::to_string(exchange.written) + " of " + std::to_string(exchange.plan.bytes) +
                ", read " + std::to_string(exchange.read) + ", " + outcome(exchange));
  }
  if (traffic.failed_openings() == 0) return;
  lines.under(host + ": " + std::to_string(traffic.failed_openings()) + " could not be opened");
}

std::string name_of(const World& world, Port port) {
  if (!port.is_of_switch()) return world.host(port.host).settings().name;
  return "switch" + std::to_string(port.host - Port::first_switch + 1);
}

void add_cable(Lines& lines, const CableCounters& cable, const std::string& way) {
  if (cable.sent == 0) return;
  lines.under(way + ": " + std::to_string(cable.sent) + " frames, " +
              std::to_string(cable.sent_bytes) + " bytes" + counted(cable.lost, "lost") +
              counted(cable.cut, "sent into a cut cable") +
              counted(cable.queue_full, "dropped by a full queue") +
              counted(cable.codel_dropped, "dropped by CoDel") + counted(cable.marked, "marked") +
              counted(cable.too_large, "too large") + counted(cable.reordered, "reordered") +
              counted(cable.duplicated, "duplicated") + counted(cable.corrupted, "corrupted"));
}

void add_host(Lines& lines, const Host& host) {
  const HostCounters& counters = host.counters();
  const tcp::Counters& tcp = counters.tcp;
  lines.under(host.settings().name + ": " + std::to_string(tcp.segments_out) + " segments out" +
              counted(tcp.retransmitted_segments, "retransmitted") +
              counted(tcp.retransmission_time_outs, "time-outs") +
              counted(tcp.fast_retransmits, "fast retransmits") +
              counted(tcp.zero_window_probes, "window probes") +
              counted(tcp.keepalive_probes, "keep-alive probes") +
              counted(tcp.challenge_acks, "challenge ACKs") + counted(tcp.cookies_sent, "cookies") +
              counted(tcp.resets_out, "resets out") +
              counted(counters.packets_forwarded, "packets passed on"));
  if (const Nat* const nat = host.translation()) {
    lines.under("  translated " + std::to_string(nat->counters().outward) + " out and " +
                std::to_string(nat->counters().inward) + " in");
  }
  for (std::size_t reason = 1; reason < drop_reasons; ++reason) {
    const auto drop = static_cast<Drop>(reason);
    if (counters.drops[drop] == 0) continue;
    lines.under("  dropped " + std::to_string(counters.drops[drop]) + ": " + name(drop));
  }
  const std::string limits = trace::limits_text(host.limits(), trace::Language::english);
  if (!limits.empty()) lines.under("  at its limits: " + limits);
}

}  // namespace

std::string RandomWorld::report() const {
  Lines lines;
  lines.add("seed " + std::to_string(roll_.seed));
  for (const std::string& line : roll_.lines()) lines.under(line);
  lines.add("connections");
  for (HostId id = 0; id < talkers(); ++id) add_exchanges(lines, traffic(id), roll_.hosts[id].name);
  lines.add("cables");
  for (CableId id = 0; id < world_.cable_count(); ++id) {
    const auto& [a, b] = world_.ports_of(id);
    const std::string one = name_of(world_, a), other = name_of(world_, b);
    add_cable(lines, world_.cable(id).counters(Side::a), one + " -> " + other);
    add_cable(lines, world_.cable(id).counters(Side::b), other + " -> " + one);
  }
  lines.add("hosts");
  for (HostId id = 0; id < world_.host_count(); ++id) add_host(lines, world_.host(id));
  lines.add("rows of the state table");
  const auto visits = visited_rows(world_);
  for (std::size_t row = 0; row < visits.size(); ++row) {
    if (visits[row] > 0) {
      lines.under(std::to_string(visits[row]) + " x " + tcp::to_string(tcp::rows[row]));
    }
  }
  lines.add("time " + to_text(world_.now()) + " s, " + std::to_string(world_.events()) + " events");
  lines.add(violation() ? "BROKEN: " + to_string(*violation()) : "every promise was kept");
  return lines.text();
}

}  // namespace acksu::sim
