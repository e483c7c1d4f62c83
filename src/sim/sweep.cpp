// Those that cover much are followed first.
#include "sim/sweep.h"

#include <algorithm>

namespace acksu::sim {

Sweep::Sweep(const ExploreSettings& settings)
    : ends_(settings), waiting_(std::size_t{settings.duplicates} + 1) {
  add(ends_.beginning(), {});
}

void Sweep::add(const Situation& situation, Reached reached) {
  if (covering_.find(situation)) return;
  const auto number = static_cast<std::uint32_t>(reached_.size());
  reached_.push_back(reached);
  covering_.add(situation, number);
  encode(situation, true, bytes_);
  std::vector<std::uint8_t>& stack =
      waiting_[std::size_t{ends_.settings().duplicates} - situation.duplicates];
  stack.insert(stack.end(), bytes_.begin(), bytes_.end());
  for (unsigned shift = 0; shift < 32; shift += 8) {
    stack.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  ACKSU_ASSERT(bytes_.size() <= StateTable::longest);
  stack.push_back(static_cast<std::uint8_t>(bytes_.size()));
}

std::optional<std::uint32_t> Sweep::take(Situation& situation) {
  for (std::vector<std::uint8_t>& stack : waiting_) {
    while (!stack.empty()) {
      const std::size_t bytes = stack.back();
      const std::size_t number_at = stack.size() - 5, begin = number_at - bytes;
      std::uint32_t number = 0;
      for (std::size_t i = 4; i-- > 0;) number = number << 8 | stack[number_at + i];
      situation = decode(Bytes{stack}.subspan(begin, bytes));
      stack.resize(begin);
      if (covering_.find(situation) == number) return number;
    }
  }
  return std::nullopt;
}

bool Sweep::advance(std::uint64_t transitions) {
  const std::uint64_t until = counts_.transitions + transitions;
  Situation situation;
  while (!found_ && counts_.transitions < until) {
    const auto number = take(situation);
    if (!number) return false;
    visit(*number, situation);
  }
  return !found_;
}

void Sweep::visit(std::uint32_t number, const Situation& situation) {
  ++counts_.states;
  CounterExample fair;
  if (!futures_.ends_well(ends_, ends_.alone(situation), fair)) {
    fail(number, std::nullopt, std::move(fair));
    return;
  }
  ends_.moves(situation, moves_);
  counts_.transitions += moves_.size();
  // The last ones are followed first: an end's own deeds use nothing up.
  for (std::uint32_t i = 0; i < moves_.size(); ++i) {
    if (moves_[i].broken.empty()) {
      add(moves_[i].next, {number, i});
      continue;
    }
    CounterExample found;
    found.promise = moves_[i].broken;
    fail(number, moves_[i].step, std::move(found));
    return;
  }
  const bool is_end = std::all_of(moves_.begin(), moves_.end(), [](const Move& move) {
    return move.step.event.deed == Deed::hear;
  });
  if (is_end) ++(ends_.is_over(ends_.alone(situation)) ? counts_.ended : counts_.bounded);
}

void Sweep::fail(std::uint32_t number, std::optional<Step> last, CounterExample found) {
  std::vector<Step> steps = steps_to(number);
  if (last) steps.push_back(*last);
  found.fair_from = steps.size();
  found.steps.insert(found.steps.begin(), steps.begin(), steps.end());
  found.packets = ends_.book().all();
  found_ = std::move(found);
}

std::vector<Step> Sweep::steps_to(std::uint32_t number) {
  std::vector<std::uint32_t> way;
  for (; number != 0; number = reached_[number].from) way.push_back(reached_[number].move);
  std::vector<Step> steps;
  Situation at = ends_.beginning();
  for (std::size_t i = way.size(); i-- > 0;) {
    ends_.moves(at, moves_);
    steps.push_back(moves_[way[i]].step);
    at = moves_[way[i]].next;
  }
  return steps;
}

ExploreCounts Sweep::counts() const {
  ExploreCounts counts = counts_;
  counts.fair_states = futures_.size();
  return counts;
}

std::uint64_t Sweep::held_bytes() const {
  std::uint64_t bytes = covering_.held_bytes() + reached_.capacity() * sizeof(Reached);
  for (const auto& each : waiting_) bytes += each.capacity();
  return bytes;
}

}  // namespace acksu::sim
