// Listing what chance decided, and making worlds in which less of it happens.
#include "sim/decisions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/words.h"

namespace acksu::sim {
namespace {

bool is_named(const Plan& plan) {
  const bool is_plain = plan.ending == Ending::shut_down || plan.ending == Ending::after_peer;
  return !is_plain || plan.options.linger || plan.options.user_timeout;
}

std::string port_name(const World& world, Port port) {
  if (!port.is_of_switch()) return world.host(port.host).settings().name;
  return "switch" + std::to_string(port.host - Port::first_switch + 1);
}

}  // namespace

Decisions::Decisions(Roll roll, std::uint64_t most_events)
    : roll_(std::move(roll)), most_events_(most_events) {
  roll_.is_copied = false;  // twice as much work, and nothing else
  list_roll();
  RandomWorld whole{roll_};
  whole.set_most_events(most_events_);
  for (CableId id = 0; id < whole.world().cable_count(); ++id) {
    whole.world().cable(id).write_down_faults();
  }
  whole.run();
  if (whole.violation()) broken_ = whole.violation()->text;
  list_faults(whole.world());
}

void Decisions::list_roll() {
  for (std::size_t host = 0; host < roll_.traffic.size(); ++host) {
    const TrafficSettings& traffic = roll_.traffic[host];
    for (std::size_t i = 0; i < traffic.openings.size(); ++i) all_.emplace_back(OpeningOf{host, i});
    for (std::size_t i = 0; i < traffic.openings.size(); ++i) {
      if (is_named(traffic.openings[i].plan)) all_.emplace_back(PlanOf{host, i, false});
    }
    for (std::size_t i = 0; i < traffic.accepted.size(); ++i) {
      if (is_named(traffic.accepted[i])) all_.emplace_back(PlanOf{host, i, true});
    }
  }
  for (std::size_t i = 0; i < roll_.meddlers.size(); ++i) all_.emplace_back(MeddlerOf{i});
  for (std::size_t network = 0; network < roll_.topology.networks.size(); ++network) {
    const auto& directions = roll_.topology.networks[network].cable.directions;
    for (std::size_t way = 0; way < directions.size(); ++way) {
      for (std::size_t i = 0; i < directions[way].cuts.size(); ++i) {
        all_.emplace_back(CutOf{network, way, i});
      }
    }
  }
}

void Decisions::list_faults(const World& world) {
  std::vector<CableFault> faults;
  for (CableId id = 0; id < world.cable_count(); ++id) {
    const auto& [a, b] = world.ports_of(id);
    const std::string from_a = port_name(world, a) + " -> " + port_name(world, b);
    const std::string from_b = port_name(world, b) + " -> " + port_name(world, a);
    for (const Fault& fault : world.cable(id).faults()) {
      faults.push_back({id, fault, fault.from == Side::a ? from_a : from_b});
    }
  }
  std::sort(faults.begin(), faults.end(), [](const CableFault& one, const CableFault& two) {
    const auto key = [](const CableFault& each) {
      return std::tuple{each.fault.at, each.cable, each.fault.from, each.fault.frame,
                        each.fault.kind};
    };
    return key(one) < key(two);
  });
  all_.insert(all_.end(), faults.begin(), faults.end());
}

std::string Decisions::text(std::size_t index) const { return text_of(all_[index]); }

std::string Decisions::text_of(const Decision& decision) const {
  Roll roll = roll_;  // to look at
  if (const auto* fault = std::get_if<CableFault>(&decision)) {
    return "at " + to_text(fault->fault.at) + " s " + fault->way + ": " + to_string(fault->fault);
  }
  if (const auto* cut = std::get_if<CutOf>(&decision)) {
    const Cut& one =
        roll.topology.networks[cut->network].cable.directions[cut->direction].cuts[cut->cut];
    return "network " + std::to_string(cut->network) + " is cut towards the " +
           (cut->direction == 0 ? "server" : "client") + " from " + to_text(one.from) + " to " +
           to_text(one.to) + " s";
  }
  if (const auto* meddler = std::get_if<MeddlerOf>(&decision)) {
    return "somebody " + to_string(roll.meddlers[meddler->meddler]);
  }
  if (const auto* opening = std::get_if<OpeningOf>(&decision)) {
    const Opening& one = roll.traffic[opening->host].openings[opening->opening];
    return roll.hosts[opening->host].name + " opens " + to_string(one.remote) + " at " +
           to_text(one.at) + " s: " + to_string(one.plan);
  }
  const auto& plan = std::get<PlanOf>(decision);
  return roll.hosts[plan.host].name +
         (plan.is_accepted ? " ends what it accepts as number "
                           : " ends what it opens as number ") +
         std::to_string(plan.plan + 1) + " this way: " + to_string(plan_of(roll, plan));
}

Plan& Decisions::plan_of(Roll& roll, const PlanOf& place) const {
  TrafficSettings& traffic = roll.traffic[place.host];
  return place.is_accepted ? traffic.accepted[place.plan] : traffic.openings[place.plan].plan;
}

// From the last to the first, so that places stay what they are while things are taken out.
void Decisions::switch_off(Roll& roll, const std::vector<bool>& is_on) const {
  for (std::size_t i = all_.size(); i-- > 0;) {
    if (is_on[i]) continue;
    if (const auto* plan = std::get_if<PlanOf>(&all_[i])) {
      Plan& plain = plan_of(roll, *plan);
      plain.ending = plain.ending == Ending::after_peer ? Ending::after_peer : Ending::shut_down;
      plain.options.linger.reset();
      plain.options.user_timeout.reset();
    } else if (const auto* cut = std::get_if<CutOf>(&all_[i])) {
      auto& cuts = roll.topology.networks[cut->network].cable.directions[cut->direction].cuts;
      cuts.erase(cuts.begin() + static_cast<std::ptrdiff_t>(cut->cut));
    } else if (const auto* meddler = std::get_if<MeddlerOf>(&all_[i])) {
      roll.meddlers.erase(roll.meddlers.begin() + static_cast<std::ptrdiff_t>(meddler->meddler));
    } else if (const auto* opening = std::get_if<OpeningOf>(&all_[i])) {
      auto& openings = roll.traffic[opening->host].openings;
      openings.erase(openings.begin() + static_cast<std::ptrdiff_t>(opening->opening));
    }
  }
}

RandomWorld Decisions::world(const std::vector<std::size_t>& kept) const {
  std::vector<bool> is_on(all_.size());
  for (const std::size_t index : kept) is_on[index] = true;
  Roll roll = roll_;
  switch_off(roll, is_on);
  RandomWorld world{std::move(roll)};
  world.set_most_events(most_events_);
  std::vector<std::vector<Fault>> scripts(world.world().cable_count());
  for (const std::size_t index : kept) {
    if (const auto* fault = std::get_if<CableFault>(&all_[index])) {
      scripts[fault->cable].push_back(fault->fault);
    }
  }
  for (CableId id = 0; id < scripts.size(); ++id) {
    world.world().cable(id).follow(std::move(scripts[id]));
  }
  return world;
}

std::string without_numbers(const std::string& promise) {
  std::string words;
  for (const char each : promise) {
    if (each < '0' || each > '9') words += each;
  }
  return words;
}

}  // namespace acksu::sim
