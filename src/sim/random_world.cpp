// Building, running and judging a random world. Its report stands in random_report.cpp.
#include "sim/random_world.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/topology.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

constexpr Duration longest_run = 240h;

bool loses_frames(const Topology& topology) {
  return std::any_of(topology.networks.begin(), topology.networks.end(), [](const Network& one) {
    const auto& directions = one.cable.directions;
    return std::any_of(directions.begin(), directions.end(), [](const DirectionSettings& way) {
      return way.loss > 0 || way.bursts.is_on();
    });
  });
}

}  // namespace

RandomWorld::RandomWorld(Roll roll)
    : roll_(std::move(roll)), world_(build(roll_.seed, roll_.topology, roll_.hosts)) {
  if (way_of(roll_.topology) == Way::translators) checker_.expect_translation();
  for (HostId id = 0; id < talkers(); ++id) {
    world_.install(id, std::make_unique<Traffic>(roll_.traffic[id]));
  }
}

bool RandomWorld::run() {
  if (!is_stopped_) run_until_quiet();
  if (!violation()) {
    is_stopped_ = true;
    world_.stop();
    run_until_quiet();
  }
  if (!violation()) check_end();
  if (copy_) check_copy();
  copy_.reset();
  if (!violation()) checker_.check_quiet(world_);
  return !violation();
}

void RandomWorld::run_until_quiet() {
  while (!violation() && world_.step()) after_step();
  checker_.check_step(world_);
}

void RandomWorld::after_step() {
  checker_.check_step(world_);
  for (HostId id = 0; id < talkers(); ++id) {
    if (!world_.was_busy(id)) continue;
    for (const Exchange& exchange : traffic(id).exchanges()) {
      if (exchange.broken_at != 0) check_streams();
    }
  }
  if (world_.events() > most_events_ || world_.now() > Instant{} + longest_run) {
    checker_.report({}, "the world does not come to rest: " + std::to_string(world_.events()) +
                            " events until " + to_text(world_.now()) + " s");
  }
  for (Meddler& meddler : roll_.meddlers) meddle(meddler, world_);
  const std::uint64_t halfway = 20 + roll_.seed % 200;
  if (roll_.is_copied && !copy_ && world_.events() >= halfway) {
    roll_.is_copied = false;  // a copy makes no copies
    copy_ = std::make_shared<RandomWorld>(*this);
  }
}

void RandomWorld::check_streams() {
  std::vector<const Traffic*> all;
  for (HostId id = 0; id < talkers(); ++id) all.push_back(&traffic(id));
  checker_.check_streams(all);
}

void RandomWorld::check_end() {
  checker_.stand_at(roll_.seed, world_.now(), {});
  if (roll_.is_gentle) check_gentle_moves();
  check_streams();
  for (HostId id = 0; id < talkers(); ++id) {
    for (const Exchange& exchange : traffic(id).exchanges()) {
      if (!exchange.is_over) {
        checker_.report(exchange.tuple, "the application was never told that it has ended");
      }
      if (roll_.is_gentle) check_gentle(exchange);
    }
  }
}

// Where nothing can break a connection all of it must arrive.
void RandomWorld::check_gentle(const Exchange& exchange) {
  // Three lost ARP requests end a connection too.
  if (exchange.error == Error::host_unreachable && loses_frames(roll_.topology)) return;
  if (exchange.error != Error::none) {
    checker_.report(exchange.tuple,
                    std::string{"failed although nothing went wrong: "} + name(exchange.error));
  } else if (exchange.was_impatient) {
    checker_.report(exchange.tuple, "stood still although nothing went wrong, having read " +
                                        std::to_string(exchange.read) + " and written " +
                                        std::to_string(exchange.written) + " bytes");
  } else if (!exchange.has_peer_ended) {
    checker_.report(exchange.tuple, "did not hear the peer's end");
  }
}

// Nor does a connection that was established end by a time-out or a reset there. FIN-WAIT-2 may:
// the peer's application takes its time. And CLOSING and LAST-ACK: the ACK may be lost, and where
// MSL is short the peer's TIME-WAIT is over when the FIN comes again.
void RandomWorld::check_gentle_moves() {
  const auto visits = visited_rows(world_);
  for (std::size_t i = 0; i < visits.size(); ++i) {
    const tcp::Row& row = tcp::rows[i];
    const bool is_bad =
        row.event == tcp::Event::time_out || row.event == tcp::Event::reset_received;
    const bool is_opening =
        row.from == tcp::State::syn_sent || row.from == tcp::State::syn_received;
    const bool may_end = row.from == tcp::State::fin_wait_2 || row.from == tcp::State::closing ||
                         row.from == tcp::State::last_ack;
    if (visits[i] == 0 || !is_bad || is_opening || may_end) continue;
    checker_.report({}, "moved although nothing went wrong: " + tcp::to_string(row));
  }
}

void RandomWorld::check_copy() {
  if (copy_->run() == violation().has_value()) {
    checker_.report({}, "a copy of the world came to another end: " +
                            (copy_->violation() ? to_string(*copy_->violation()) : "all was well"));
  }
  if (copy_->world_.digest() == world_.digest() && copy_->world_.events() == world_.events())
    return;
  checker_.report(
      {}, "a copy of the world went another way: " + std::to_string(copy_->world_.events()) +
              " events until " + to_text(copy_->world_.now()) + ", not " +
              std::to_string(world_.events()) + " until " + to_text(world_.now()));
}

std::array<std::uint64_t, tcp::rows.size()> visited_rows(const World& world) {
  std::array<std::uint64_t, tcp::rows.size()> visits{};
  for (HostId id = 0; id < world.host_count(); ++id) {
    const tcp::Counters& counters = world.host(id).counters().tcp;
    for (std::size_t row = 0; row < visits.size(); ++row) visits[row] += counters.moves[row];
  }
  return visits;
}

}  // namespace acksu::sim
