// The dice. Every number comes from one generator in a fixed order, so a seed means the same world
// with every compiler.
#include "sim/roll.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "sim/dice.h"
#include "sim/roll_parts.h"
#include "sim/topology.h"

namespace acksu::sim {
namespace {

constexpr std::uint16_t fixed_port = 5000;
constexpr std::uint64_t slow_rate = 56'000;  // bits per second

// As if there were but one network; the topology has the last word (`roll_topology`).
constexpr IpAddress address_of(HostId host) {
  return simple_address(static_cast<std::uint8_t>(host + 1));
}

WorldKind roll_kind(Dice& dice) {
  const std::uint64_t number = dice.between(0, 99);
  if (number < 60) return WorldKind::transfer;
  if (number < 72) return WorldKind::simultaneous_open;
  if (number < 82) return WorldKind::crossing_closes;
  if (number < 90) return WorldKind::reopening;
  return WorldKind::crowd;
}

// ---- Hosts

void roll_sizes(Dice& dice, HostSettings& host) {
  tcp::Settings& tcp = host.tcp;
  if (dice.percent(25)) host.links[0].mtu = dice.one_of({96u, 120u, 296u, 576u, 1492u});
  if (dice.percent(30)) tcp.receive_buffer = dice.between32(200, 20'000);
  if (dice.percent(20)) tcp.send_buffer = dice.between32(200, 20'000);
  if (dice.percent(20)) tcp.initial_window_segments = dice.between32(1, 4);
  if (dice.percent(15)) tcp.window_scaling = false;
  if (dice.percent(25)) tcp.timestamps = false;
  if (dice.percent(25)) tcp.sack = false;
  if (dice.percent(5)) tcp.receive_buffer = 4u << dice.between32(20, 23);
  if (dice.percent(10)) host.links[0].max_split_bytes = dice.between32(3'000, 65'535);
}

void roll_times(Dice& dice, HostSettings& host) {
  tcp::Settings& tcp = host.tcp;
  if (dice.percent(20)) tcp.nagle = false;
  if (dice.percent(10)) tcp.min_rto = 1s;
  if (dice.percent(20)) tcp.delayed_ack = dice.milliseconds(0, 400);
  if (dice.percent(20)) tcp.quick_acks = dice.between32(0, 4);
  if (dice.percent(30)) tcp.msl = dice.one_of<Duration>({100ms, 1s, 15s, 60s, 120s});
  if (dice.percent(20)) tcp.fin_wait_2 = dice.one_of<Duration>({500ms, 5s, 30s});
  if (dice.percent(10)) tcp.keepalive_idle = dice.one_of<Duration>({1s, 10s, 60s});
  if (dice.percent(10)) tcp.keepalive_interval = dice.one_of<Duration>({500ms, 5s});
}

// Limits that may end or refuse connections.
void roll_limits(Dice& dice, HostSettings& host) {
  tcp::Settings& tcp = host.tcp;
  if (dice.percent(10)) tcp.max_out_of_order_pieces = dice.between32(1, 4);
  if (dice.percent(20)) tcp.r2 = dice.one_of<Duration>({5s, 20s, 100s});
  if (dice.percent(20)) tcp.r2_syn = dice.one_of<Duration>({2s, 20s});
  if (dice.percent(20)) tcp.r2_orphan = dice.one_of<Duration>({1s, 10s});
  if (dice.percent(25)) tcp.max_half_open = dice.between32(0, 3);
  if (dice.percent(40)) tcp.max_time_wait = dice.between32(0, 2);
  if (dice.percent(15)) tcp.syn_cookies = false;
  if (dice.percent(10)) tcp.syn_ack_retries = dice.between32(0, 2);
  if (dice.percent(5)) host.max_memory_bytes = dice.between(3'000, 50'000);
  if (dice.percent(10)) host.max_replies = dice.between32(1, 4);
  if (dice.percent(5)) {
    host.last_ephemeral_port =
        static_cast<std::uint16_t>(host.first_ephemeral_port + dice.between(0, 3));
  }
}

}  // namespace

HostSettings roll_host(Dice& dice, const std::string& name, std::uint8_t number, bool is_gentle) {
  HostSettings host = simple_host(name, number);
  roll_sizes(dice, host);
  roll_times(dice, host);
  if (!is_gentle) roll_limits(dice, host);
  return host;
}

// ---- The cable

DirectionSettings roll_direction(Dice& dice, bool is_gentle) {
  DirectionSettings direction;
  direction.delay = std::chrono::microseconds{static_cast<std::int64_t>(dice.any_size(150'000))};
  if (dice.percent(25)) direction.jitter = dice.milliseconds(0, 20);
  if (dice.percent(30))
    direction.rate = dice.one_of<std::uint64_t>({slow_rate, 1'000'000, 100'000'000});
  if (dice.percent(20)) direction.queue_bytes = dice.between32(3'000, 60'000);
  // Half a minute of queue is longer than ARP waits.
  if (is_gentle && direction.rate == slow_rate) direction.queue_bytes = 10'000;
  if (dice.percent(35)) direction.loss = dice.between32(0, is_gentle ? 10'000 : 60'000);
  if (!is_gentle && dice.percent(5)) direction.loss = dice.between32(100'000, 400'000);
  if (dice.percent(25)) direction.reorder = dice.between32(0, 200'000);
  direction.reorder_delay = dice.milliseconds(1, 100);
  if (dice.percent(20)) direction.duplicate = dice.between32(0, 100'000);
  if (dice.percent(20)) direction.duplicate_delay = dice.milliseconds(1, 30'000);
  if (dice.percent(15)) direction.corrupt = dice.between32(0, is_gentle ? 5'000 : 30'000);
  if (!is_gentle && dice.percent(5)) {
    const Instant from = Instant{} + dice.milliseconds(0, 2'000);
    direction.cuts.push_back({from, from + dice.milliseconds(1, 30'000)});
  }
  return direction;
}

// ---- What applications do

namespace {

// So many bytes that a world of small segments or windows stays small.
std::uint64_t most_bytes(Dice& dice, const Roll& roll) {
  std::uint64_t unit = 1460;
  for (const HostSettings& host : roll.hosts) {
    unit =
        std::min<std::uint64_t>({unit, host.links[0].mtu - 60, host.tcp.receive_buffer.first / 2});
  }
  const std::uint64_t most = unit * (dice.percent(3) ? 700 : 70);
  return roll.kind == WorldKind::crowd ? most / 20 : most;
}

void roll_pace(Dice& dice, Plan& plan, bool is_gentle) {
  if (dice.percent(30)) plan.write_chunk = dice.between32(1, 3'000);
  if (dice.percent(30)) plan.read_chunk = dice.between32(100, 3'000);
  // Few pieces that take long: a pause for each byte would only cost time here.
  if (dice.percent(15)) {
    plan.write_pause = dice.milliseconds(1, 500);
    plan.write_chunk = static_cast<std::uint32_t>(plan.bytes / 20 + 1);
  }
  if (dice.percent(15)) {
    plan.read_pause = dice.milliseconds(1, is_gentle ? 100 : 2'000);
    plan.read_chunk = std::max<std::uint32_t>(plan.read_chunk, 1'000);
  }
  if (dice.percent(20)) plan.close_pause = dice.milliseconds(1, 3'000);
  // A peer that has closed already does not wait long for a reader (its R2 as an orphan).
  const std::uint64_t longest = is_gentle ? 20'000 : 200'000;
  if (dice.percent(5)) plan.reads_after = dice.milliseconds(1, longest);
  if (dice.percent(2)) plan.ends_after = dice.milliseconds(1, 7'000'000);
  if (dice.percent(10)) {
    plan.resize_at = dice.any_size(plan.bytes + 1'000);
    plan.new_receive_buffer = dice.between32(100, 200'000);
  }
  plan.writes_early = dice.percent(30);
}

void roll_options(Dice& dice, Plan& plan) {
  plan.options.nodelay = dice.percent(20);
  plan.options.cork = dice.percent(10);
  plan.options.keepalive = dice.percent(15);
}

}  // namespace

void roll_any_ending(Dice& dice, Plan& plan) {
  plan.ending =
      dice.one_of({Ending::shut_down, Ending::shut_down, Ending::close_at_once,
                   Ending::close_when_acked, Ending::abort_when_done, Ending::abort_at_byte});
  plan.abort_at = dice.any_size(plan.bytes * 2);
  if (dice.percent(10)) plan.options.linger = dice.one_of<Duration>({0s, 100ms, 5s});
  if (dice.percent(10)) plan.options.user_timeout = dice.one_of<Duration>({500ms, 10s});
}

Plan roll_plan(Dice& dice, const Roll& roll) {
  Plan plan;
  const std::uint64_t most = most_bytes(dice, roll);
  plan.bytes = dice.percent(60) ? dice.any_size(most) : dice.between(0, most);
  if (dice.percent(10)) plan.bytes = 0;
  plan.ending = Ending::shut_down;
  roll_pace(dice, plan, roll.is_gentle);
  roll_options(dice, plan);
  if (!roll.is_gentle && dice.percent(40)) roll_any_ending(dice, plan);
  return plan;
}

namespace {

// One of two plans may wait for the other's end; both would wait for ever.
void roll_waiting(Dice& dice, Plan& one, Plan& other) {
  if (!dice.percent(30)) return;
  Plan& waiting = dice.percent(50) ? one : other;
  if (waiting.ending == Ending::shut_down) waiting.ending = Ending::after_peer;
}

Opening opening_at(Instant at, std::uint16_t port, Plan plan) {
  return {at, {address_of(1), port}, std::nullopt, std::move(plan)};
}

void roll_transfer(Dice& dice, Roll& roll) {
  const std::uint64_t count = dice.percent(75) ? 1 : dice.between(2, 4);
  Instant at{};
  for (std::uint64_t i = 0; i < count; ++i) {
    Plan ours = roll_plan(dice, roll);
    Plan theirs = roll_plan(dice, roll);
    // Accepted connections come in any order: who waits must be the same side in all of them.
    if (count == 1) roll_waiting(dice, ours, theirs);
    roll.traffic[0].openings.push_back(opening_at(at, server_port, std::move(ours)));
    roll.traffic[1].accepted.push_back(std::move(theirs));
    at += dice.milliseconds(0, 300);
  }
  if (!roll.is_gentle && dice.percent(5)) roll.traffic[0].openings[0].remote.port = 81;  // refused
  if (dice.percent(10)) roll.traffic[1].accept_pause = dice.milliseconds(1, 3'000);
}

void roll_simultaneous_open(Dice& dice, Roll& roll) {
  Plan plans[2] = {roll_plan(dice, roll), roll_plan(dice, roll)};
  roll_waiting(dice, plans[0], plans[1]);
  for (HostId id = 0; id < 2; ++id) {
    // Who comes too late finds a closed port.
    const bool is_sharp = roll.is_gentle || dice.percent(80);
    const Instant at = Instant{} + dice.milliseconds(0, is_sharp ? 0 : 50);
    const auto own_port = static_cast<std::uint16_t>(fixed_port + id);
    const auto other_port = static_cast<std::uint16_t>(fixed_port + 1 - id);
    roll.traffic[id].openings.push_back({at, Endpoint{address_of(1 - id), other_port},
                                         Endpoint{address_of(id), own_port}, plans[id]});
  }
}

// Equal delays, and both end at about the same time: often the FINs meet on the way.
void roll_crossing_closes(Dice& dice, Roll& roll) {
  roll.cable().directions[1] = roll.cable().directions[0];
  for (DirectionSettings& direction : roll.cable().directions) direction.delay += 20ms;
  const Duration delay = roll.cable().directions[0].delay;
  Plan ours = roll_plan(dice, roll);
  Plan theirs = roll_plan(dice, roll);
  for (Plan* plan : {&ours, &theirs}) {
    plan->bytes %= 100;
    plan->write_pause = Duration::zero();
    plan->ends_after = 2s;
    if (dice.percent(50)) plan->close_pause = dice.milliseconds(100, 90'000);
  }
  // The server's connection begins when the handshake is over.
  theirs.ends_after += delay * static_cast<std::int64_t>(dice.between(0, 2)) - 4 * delay;
  theirs.ends_after += dice.milliseconds(0, 10);
  roll.traffic[0].openings.push_back(opening_at(Instant{}, server_port, std::move(ours)));
  roll.traffic[1].accepted.push_back(std::move(theirs));
}

// The server ends first and stays behind in TIME-WAIT; the client comes back from the same port.
void roll_reopening(Dice& dice, Roll& roll) {
  Instant at{};
  const std::uint64_t count = dice.between(2, 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    Plan ours = roll_plan(dice, roll);
    Plan theirs = roll_plan(dice, roll);
    ours.ending = Ending::after_peer;
    ours.bytes %= 2'000;
    theirs.bytes %= 5'000;
    Opening opening = opening_at(at, server_port, std::move(ours));
    opening.local = Endpoint{address_of(0), fixed_port};
    roll.traffic[0].openings.push_back(std::move(opening));
    roll.traffic[1].accepted.push_back(std::move(theirs));
    at += dice.milliseconds(500, 20'000);
  }
}

void roll_crowd(Dice& dice, Roll& roll) {
  const std::uint64_t count = dice.between(5, 15);
  Instant at{};
  for (std::uint64_t i = 0; i < count; ++i) {
    roll.traffic[0].openings.push_back(opening_at(at, server_port, roll_plan(dice, roll)));
    roll.traffic[1].accepted.push_back(roll_plan(dice, roll));
    if (dice.percent(50)) at += dice.milliseconds(0, 200);
  }
  roll.traffic[1].backlog = roll.is_gentle ? 20 : dice.between32(1, 20);
  if (dice.percent(30)) roll.traffic[1].accept_pause = dice.milliseconds(1, 5'000);
  if (roll.is_gentle) return;
  if (dice.percent(50)) roll.hosts[1].tcp.max_half_open = dice.between32(0, 3);
  if (dice.percent(50)) roll.hosts[dice.between(0, 1)].tcp.max_time_wait = dice.between32(0, 3);
}

void roll_traffic(Dice& dice, Roll& roll) {
  for (HostId id = 0; id < 2; ++id) roll.traffic[id].tag = dice.between(1, ~0ull);
  if (roll.kind != WorldKind::simultaneous_open || dice.percent(20)) {
    roll.traffic[1].listen = Endpoint{IpAddress{}, server_port};
  }
  switch (roll.kind) {
    case WorldKind::transfer: return roll_transfer(dice, roll);
    case WorldKind::simultaneous_open: return roll_simultaneous_open(dice, roll);
    case WorldKind::crossing_closes: return roll_crossing_closes(dice, roll);
    case WorldKind::reopening: return roll_reopening(dice, roll);
    case WorldKind::crowd: return roll_crowd(dice, roll);
  }
}

// ---- Who meddles

tcp::State roll_state(Dice& dice, WorldKind kind) {
  using enum tcp::State;
  if (kind == WorldKind::simultaneous_open && dice.percent(60)) {
    return dice.one_of({syn_sent, syn_received, syn_received});
  }
  if (kind == WorldKind::crossing_closes && dice.percent(70)) {
    return dice.one_of({fin_wait_1, closing, closing, closing, time_wait});
  }
  return dice.one_of({syn_sent, syn_received, established, fin_wait_1, fin_wait_2, close_wait,
                      closing, last_ack, time_wait});
}

// A second forged SYN would open what the first has made forget: with a stranger's ISN and, at the
// same instant, the same ISN of ours, so that a wrong part of the client's text fits. No TCP can
// tell.
bool is_second_forged_syn(const Meddler& meddler, const Roll& roll) {
  const auto is_forged_syn = [](const Meddler& one) {
    return one.meddling == Meddling::syn && one.state == tcp::State::syn_received;
  };
  return is_forged_syn(meddler) &&
         std::any_of(roll.meddlers.begin(), roll.meddlers.end(), is_forged_syn);
}

bool may_meddle(const Meddler& meddler, const Roll& roll) {
  if (roll.is_gentle) return is_harmless(meddler.meddling, meddler.state);
  return !is_second_forged_syn(meddler, roll);
}

}  // namespace

void roll_meddlers(Dice& dice, Roll& roll) {
  if (!dice.percent(60)) return;
  const std::uint64_t count = dice.percent(70) ? 1 : dice.between(2, 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    Meddler meddler;
    meddler.host = dice.between32(0, 1);
    meddler.state = roll_state(dice, roll.kind);
    meddler.meddling = static_cast<Meddling>(dice.between(0, meddling_count - 1));
    if (dice.percent(30)) meddler.patience = dice.between32(1, 20);
    meddler.pause = dice.milliseconds(10, 20'000);
    if (may_meddle(meddler, roll)) roll.meddlers.push_back(meddler);
  }
}

namespace {

// Behind all else, so that a seed of old gives the same world but for this.
void roll_congestion(Dice& dice, Roll& roll) {
  for (HostSettings& host : roll.hosts) {
    host.tcp.ecn = dice.one_of({tcp::EcnPolicy::off, tcp::EcnPolicy::answer, tcp::EcnPolicy::ask});
    if (!dice.percent(40)) continue;
    host.tcp.congestion =
        static_cast<tcp::CongestionAlgorithm>(dice.between(0, tcp::congestion_algorithm_count - 1));
  }
  for (DirectionSettings& direction : roll.cable().directions) {
    direction.has_codel = direction.rate > 0 && dice.percent(30);
    direction.has_ecn = direction.has_codel && dice.percent(70);
  }
  for (HostSettings& host : roll.hosts) host.tcp.pacing = dice.percent(20);
  for (HostSettings& host : roll.hosts) {
    const bool is_asking = host.tcp.ecn == tcp::EcnPolicy::ask;
    if (is_asking && dice.percent(60)) host.tcp.ecn = tcp::EcnPolicy::ask_accurate;
  }
}

}  // namespace

const char* name(WorldKind kind) {
  switch (kind) {
    case WorldKind::transfer: return "transfer";
    case WorldKind::simultaneous_open: return "simultaneous open";
    case WorldKind::crossing_closes: return "crossing closes";
    case WorldKind::reopening: return "reopening";
    case WorldKind::crowd: return "crowd";
  }
  return "";
}

Roll roll(std::uint64_t seed) {
  Dice dice{seed ^ 0x7261'6e64'6f6d'2121};  // not the numbers that the world itself draws
  Roll roll;
  roll.seed = seed;
  roll.kind = roll_kind(dice);
  roll.is_gentle = dice.percent(25);
  roll.hosts = {roll_host(dice, "client", 1, roll.is_gentle),
                roll_host(dice, "server", 2, roll.is_gentle)};
  roll.traffic.resize(2);
  const bool is_clean = dice.percent(30);
  for (DirectionSettings& direction : roll.cable().directions) {
    if (!is_clean) direction = roll_direction(dice, roll.is_gentle);
  }
  roll_traffic(dice, roll);
  roll_meddlers(dice, roll);
  roll.is_copied = dice.percent(3);
  roll_topology(dice, roll);
  roll_congestion(dice, roll);
  roll_fast_open(dice, roll);
  roll_buffers(dice, roll);
  return roll;
}

}  // namespace acksu::sim
