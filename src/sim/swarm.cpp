// The features of a swarm and what each means when it is on, and when it is off.
// house: table
#include "sim/swarm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/dice.h"
#include "sim/roll_parts.h"

namespace acksu::sim {
namespace {

using tcp::CongestionAlgorithm;
using tcp::EcnPolicy;

// ---- All of something in a world

template <class Change>
void each_host(Roll& roll, Change change) {
  for (HostSettings& host : roll.hosts) change(host);
}

template <class Change>
void each_direction(Roll& roll, Change change) {
  for (Network& network : roll.topology.networks) {
    for (DirectionSettings& direction : network.cable.directions) change(direction);
  }
}

template <class Change>
void each_plan(Roll& roll, Change change) {
  for (TrafficSettings& traffic : roll.traffic) {
    for (Opening& opening : traffic.openings) change(opening.plan);
    for (Plan& plan : traffic.accepted) change(plan);
  }
}

// A feature that hosts offer: most have it where it is on, so that it meets those who have not.
void offer(Dice& dice, Roll& roll, bool tcp::Settings::* what, bool is_on) {
  each_host(roll, [&](HostSettings& host) { host.tcp.*what = is_on && dice.percent(80); });
}

// Where it is on, some hosts have it instead of what they had. Behind New Reno, which needs none.
void control(Dice& dice, Roll& roll, CongestionAlgorithm algorithm, bool is_on) {
  each_host(roll, [&](HostSettings& host) {
    if (is_on && dice.percent(60)) host.tcp.congestion = algorithm;
  });
}

// ---- Features of more than a line

void set_fast_open(Dice& dice, Roll& roll, bool is_on) {
  for (TrafficSettings& traffic : roll.traffic) {
    traffic.fast_open_limit = is_on ? dice.between32(1, 8) : 0;
  }
  each_plan(roll, [&](Plan& plan) {
    plan.opens_fast = is_on && dice.percent(80);
    plan.writes_early = plan.writes_early || plan.opens_fast;
  });
  // RFC 7413 2.1: see `roll_fast_open`.
  if (!is_on || !roll.is_gentle) return;
  each_direction(roll, [](DirectionSettings& direction) { direction.duplicate_delay = 0s; });
}

void set_accurate_ecn(Dice& dice, Roll& roll, bool is_on) {
  each_host(roll, [&](HostSettings& host) {
    if (is_on && dice.percent(70)) host.tcp.ecn = EcnPolicy::ask_accurate;
  });
}

void set_ecn(Dice& dice, Roll& roll, bool is_on) {
  each_host(roll, [&](HostSettings& host) {
    host.tcp.ecn = is_on ? dice.one_of({EcnPolicy::answer, EcnPolicy::ask}) : EcnPolicy::off;
  });
}

void set_small_buffers(Dice& dice, Roll& roll, bool is_on) {
  const tcp::Settings usual;
  each_host(roll, [&](HostSettings& host) {
    host.tcp.receive_buffer = usual.receive_buffer.first;
    host.tcp.send_buffer = usual.send_buffer.first;
    if (is_on && dice.percent(70)) host.tcp.receive_buffer = dice.between32(200, 20'000);
    if (is_on && dice.percent(70)) host.tcp.send_buffer = dice.between32(200, 20'000);
  });
}

void set_growing_buffers(Dice& dice, Roll& roll, bool is_on) {
  if (!is_on) return;
  each_host(roll, [&](HostSettings& host) {
    if (dice.percent(60)) host.tcp.receive_buffer.most = dice.between32(20'000, 300'000);
    if (dice.percent(60)) host.tcp.send_buffer.most = dice.between32(20'000, 300'000);
    host.tcp.receive_buffer.most =
        std::max(host.tcp.receive_buffer.most, host.tcp.receive_buffer.first);
    host.tcp.send_buffer.most = std::max(host.tcp.send_buffer.most, host.tcp.send_buffer.first);
  });
}

void set_small_tables(Dice& dice, Roll& roll, bool is_on) {
  const tcp::Settings usual;
  const HostSettings usual_host;
  each_host(roll, [&](HostSettings& host) {
    tcp::Settings& tcp = host.tcp;
    tcp.max_half_open = is_on ? dice.between32(0, 3) : usual.max_half_open;
    tcp.max_time_wait = is_on ? dice.between32(0, 2) : usual.max_time_wait;
    tcp.max_out_of_order_pieces = is_on ? dice.between32(1, 4) : usual.max_out_of_order_pieces;
    tcp.max_connections = is_on ? dice.between32(1, 20) : usual.max_connections;
    host.never_folded_connections = is_on ? 0 : usual_host.never_folded_connections;
    host.max_replies = is_on ? dice.between32(1, 4) : usual_host.max_replies;
    host.neighbours.max_entries = is_on ? dice.between32(2, 4) : usual_host.neighbours.max_entries;
    host.path_mtu.max_entries = is_on ? 1 : usual_host.path_mtu.max_entries;
  });
}

void set_short_patience(Dice& dice, Roll& roll, bool is_on) {
  const tcp::Settings usual;
  each_host(roll, [&](HostSettings& host) {
    host.tcp.r2 = is_on ? dice.one_of<Duration>({5s, 20s, 100s}) : usual.r2;
    host.tcp.r2_syn = is_on ? dice.one_of<Duration>({2s, 20s}) : usual.r2_syn;
    host.tcp.r2_orphan = is_on ? dice.one_of<Duration>({1s, 10s}) : usual.r2_orphan;
    host.tcp.syn_ack_retries = is_on ? dice.between32(0, 2) : usual.syn_ack_retries;
  });
}

// In a gentle world no connection ends by chance, and a burst of losses may take nine probes: there
// are many more.
void set_keep_alive(Dice& dice, Roll& roll, bool is_on) {
  const tcp::Settings usual;
  each_plan(roll, [&](Plan& plan) { plan.options.keepalive = is_on && dice.percent(70); });
  each_host(roll, [&](HostSettings& host) {
    host.tcp.keepalive_idle = is_on ? dice.one_of<Duration>({1s, 10s, 60s}) : usual.keepalive_idle;
    host.tcp.keepalive_interval =
        is_on ? dice.one_of<Duration>({500ms, 5s}) : usual.keepalive_interval;
    if (roll.is_gentle) host.tcp.keepalive_probes = 100;
  });
}

// Packets that the client's cable swallows without a word (RFC 4821): less than the hosts think,
// and no less than the smallest that a path may be found to take.
void set_black_hole(Dice& dice, Roll& roll, bool is_on) {
  if (!is_on) return;
  const std::uint32_t least = roll.topology.has_v6 ? 1'280 : 576;
  for (DirectionSettings& direction : roll.cable().directions) {
    if (dice.percent(60)) direction.mtu = dice.between32(least, 1'499);
  }
}

void set_narrow_links(Dice& dice, Roll& roll, bool is_on) {
  Topology& topology = roll.topology;
  const std::uint32_t least = topology.has_v6 ? 1'280 : topology.is_routed() ? 576 : 96;
  for (Network& network : topology.networks) {
    const std::uint32_t narrow = dice.one_of({96u, 296u, 576u, 1'280u, 1'400u, 1'492u});
    network.mtu = is_on ? std::max(least, narrow) : 1'500;
  }
  for (HostId id = 0; id < roll.hosts.size(); ++id) {
    roll.hosts[id].links[0].mtu = topology.networks[topology.network_of(id)].mtu;
  }
}

void set_slow_lines(Dice& dice, Roll& roll, bool is_on) {
  const DirectionSettings usual;
  each_direction(roll, [&](DirectionSettings& direction) {
    direction.rate = is_on ? dice.one_of<std::uint64_t>({0, 200'000, 1'000'000, 20'000'000}) : 0;
    direction.queue_bytes = is_on ? dice.between32(3'000, 30'000) : usual.queue_bytes;
  });
}

void set_bursts(Dice& dice, Roll& roll, bool is_on) {
  each_direction(roll, [&](DirectionSettings& direction) {
    direction.bursts = {};
    if (!is_on) return;
    direction.bursts.enter = dice.between32(1'000, roll.is_gentle ? 5'000 : 30'000);
    direction.bursts.leave = dice.between32(roll.is_gentle ? 600'000 : 200'000, 800'000);
  });
}

// On one cable of the way: two bits flipped in one frame may cancel out in TCP's checksum.
void set_corruption(Dice& dice, Roll& roll, bool is_on) {
  each_direction(roll, [](DirectionSettings& direction) { direction.corrupt = 0; });
  for (DirectionSettings& direction : roll.cable().directions) {
    direction.corrupt = is_on ? dice.between32(0, roll.is_gentle ? 5'000 : 30'000) : 0;
  }
}

void set_cuts(Dice& dice, Roll& roll, bool is_on) {
  each_direction(roll, [&](DirectionSettings& direction) {
    direction.cuts.clear();
    if (!is_on || !dice.percent(50)) return;
    const Instant from = Instant{} + dice.milliseconds(0, 2'000);
    direction.cuts.push_back({from, from + dice.milliseconds(1, 30'000)});
  });
}

void set_any_ending(Dice& dice, Roll& roll, bool is_on) {
  each_plan(roll, [&](Plan& plan) {
    if (plan.ending != Ending::after_peer) plan.ending = Ending::shut_down;
    plan.options.linger.reset();
    plan.options.user_timeout.reset();
    if (is_on && dice.percent(50)) roll_any_ending(dice, plan);
  });
}

void set_slow_readers(Dice& dice, Roll& roll, bool is_on) {
  each_plan(roll, [&](Plan& plan) {
    plan.read_pause = plan.reads_after = Duration::zero();
    if (!is_on || !dice.percent(60)) return;
    plan.read_pause = dice.milliseconds(1, roll.is_gentle ? 100 : 1'000);
    plan.reads_after = dice.milliseconds(0, 10'000);
    plan.read_chunk = std::max<std::uint32_t>(plan.read_chunk, 1'000);
  });
}

void set_user_timeout(Dice& dice, Roll& roll, bool is_on) {
  each_plan(roll, [&](Plan& plan) {
    plan.options.user_timeout.reset();
    if (is_on && dice.percent(50)) {
      plan.options.user_timeout = dice.one_of<Duration>({500ms, 10s, 60s});
    }
  });
}

void set_meddlers(Dice& dice, Roll& roll, bool is_on) {
  if (!is_on) {
    roll.meddlers.clear();
  } else if (roll.meddlers.empty()) {
    roll_meddlers(dice, roll);
  }
}

// ---- The table

struct Feature {
  const char* name;
  bool is_rough;  // it may end connections
  void (*set)(Dice& dice, Roll& roll, bool is_on);
};

// In the order in which they are set: what stands below may change what stands above.
constexpr std::array all_features{
    Feature{"window scaling", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::window_scaling, on); }},
    Feature{"timestamps", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::timestamps, on); }},
    Feature{"SACK", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::sack, on); }},
    Feature{"ECN", false, set_ecn},
    Feature{"accurate ECN", false, set_accurate_ecn},
    Feature{"user timeouts told", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::tells_user_timeout, on); }},
    Feature{"CUBIC", false,
            [](Dice& d, Roll& r, bool on) { control(d, r, CongestionAlgorithm::cubic, on); }},
    Feature{"DCTCP", false,
            [](Dice& d, Roll& r, bool on) { control(d, r, CongestionAlgorithm::dctcp, on); }},
    Feature{"BBR", false,
            [](Dice& d, Roll& r, bool on) { control(d, r, CongestionAlgorithm::bbr, on); }},
    Feature{"pacing", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::pacing, on); }},
    Feature{"Nagle", false,
            [](Dice& d, Roll& r, bool on) { offer(d, r, &tcp::Settings::nagle, on); }},
    Feature{"cork", false,
            [](Dice& d, Roll& r, bool on) {
              each_plan(r, [&](Plan& plan) { plan.options.cork = on && d.percent(50); });
            }},
    Feature{"delayed ACKs", false,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                host.tcp.delayed_ack = on ? d.milliseconds(1, 400) : Duration::zero();
                host.tcp.quick_acks = on ? d.between32(0, 16) : 16;
              });
            }},
    Feature{"keep-alive", false, set_keep_alive},
    Feature{"small first window", false,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                host.tcp.initial_window_segments = on ? d.between32(1, 3) : 10;
              });
            }},
    Feature{"small buffers", false, set_small_buffers},
    Feature{"growing buffers", false, set_growing_buffers},
    Feature{"unsent text limited", false,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                host.tcp.notsent_lowat_bytes = on ? d.between32(500, 50'000) : 0xffff'ffff;
              });
            }},
    Feature{"short MSL", false,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                host.tcp.msl = on ? d.one_of<Duration>({100ms, 1s}) : tcp::Settings{}.msl;
              });
            }},
    Feature{"narrow links", false, set_narrow_links},
    Feature{"device splits", false,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                const bool may = on && !r.topology.is_routed();
                host.links[0].max_split_bytes = may ? d.between32(3'000, 65'535) : 0;
              });
            }},
    Feature{"slow readers", false, set_slow_readers},
    Feature{"early writes", false,
            [](Dice& d, Roll& r, bool on) {
              each_plan(r, [&](Plan& plan) { plan.writes_early = on && d.percent(70); });
            }},
    Feature{"Fast Open", false, set_fast_open},
    Feature{"shared text", false,
            [](Dice& d, Roll& r, bool on) {
              each_plan(r, [&](Plan& plan) { plan.shares_text = on && d.percent(70); });
            }},
    Feature{"loss", false,
            [](Dice& d, Roll& r, bool on) {
              each_direction(r, [&](DirectionSettings& direction) {
                direction.loss = on ? d.between32(0, r.is_gentle ? 10'000 : 60'000) : 0;
              });
            }},
    Feature{"loss in bursts", false, set_bursts},
    Feature{"reordering", false,
            [](Dice& d, Roll& r, bool on) {
              each_direction(r, [&](DirectionSettings& direction) {
                direction.reorder = on ? d.between32(0, 200'000) : 0;
              });
            }},
    Feature{"duplication", false,
            [](Dice& d, Roll& r, bool on) {
              each_direction(r, [&](DirectionSettings& direction) {
                direction.duplicate = on ? d.between32(0, 100'000) : 0;
              });
            }},
    Feature{"corruption", false, set_corruption},
    Feature{"jitter", false,
            [](Dice& d, Roll& r, bool on) {
              each_direction(r, [&](DirectionSettings& direction) {
                direction.jitter = on ? d.milliseconds(1, 50) : Duration::zero();
              });
            }},
    Feature{"slow lines", false, set_slow_lines},
    Feature{"CoDel", false,
            [](Dice& d, Roll& r, bool on) {
              each_direction(r, [&](DirectionSettings& direction) {
                direction.has_codel = on && direction.rate > 0;
                direction.has_ecn = direction.has_codel && d.percent(70);
              });
            }},
    Feature{"strangers", false, set_meddlers},
    Feature{"path-MTU black holes", true, set_black_hole},
    Feature{"cuts", true, set_cuts},
    Feature{"aborts and early closes", true, set_any_ending},
    Feature{"user timeouts", true, set_user_timeout},
    Feature{"short patience", true, set_short_patience},
    Feature{"little memory", true,
            [](Dice& d, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) {
                host.max_memory_bytes =
                    on ? d.between(8'192, 60'000) : HostSettings{}.max_memory_bytes;
              });
            }},
    Feature{"small tables", true, set_small_tables},
    Feature{"no cookies", true,
            [](Dice&, Roll& r, bool on) {
              each_host(r, [&](HostSettings& host) { host.tcp.syn_cookies = !on; });
            }},
    Feature{"cookies always", true,
            [](Dice&, Roll& r, bool on) {
              if (!on) return;
              each_host(r, [&](HostSettings& host) {
                host.tcp.syn_cookies = true;
                host.tcp.max_half_open = 0;
              });
            }},
};

// What was rolled for other sizes stays as small as it was.
void limit_text(Roll& roll) {
  std::uint64_t unit = 1'460;
  for (const HostSettings& host : roll.hosts) {
    unit = std::min<std::uint64_t>({unit, host.links[0].mtu - 60, host.tcp.receive_buffer.first / 2,
                                    host.tcp.send_buffer.first / 2});
  }
  each_plan(roll, [&](Plan& plan) { plan.bytes = std::min(plan.bytes, unit * 70); });
}

}  // namespace

std::size_t feature_count() { return all_features.size(); }
const char* feature_name(std::size_t feature) { return all_features[feature].name; }

Roll swarm_roll(std::uint64_t seed) {
  Roll rolled = roll(seed);
  Dice dice{seed ^ 0x7377'6172'6d21'2121};  // not the numbers that the rest was made of
  for (const Feature& feature : all_features) {
    rolled.features.push_back(dice.percent(50) && !(feature.is_rough && rolled.is_gentle));
  }
  each_host(rolled,
            [](HostSettings& host) { host.tcp.congestion = CongestionAlgorithm::new_reno; });
  for (std::size_t i = 0; i < all_features.size(); ++i) {
    all_features[i].set(dice, rolled, rolled.features[i]);
  }
  limit_text(rolled);
  limit_old_duplicates(rolled);
  return rolled;
}

}  // namespace acksu::sim
