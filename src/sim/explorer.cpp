// Depth first, without recursion.
#include "sim/explorer.h"

#include <algorithm>
#include <utility>

namespace acksu::sim {

namespace {

// A time-out is doubled each time, so nothing that ends takes longer.
constexpr std::size_t most_fair_steps = 200;

bool is_arrival(const Move& move) { return move.step.event.deed == Deed::hear; }

}  // namespace

// ---- Fair futures -------------------------------------------------------------------------------

bool FairFutures::ends_well(TwoEnds& ends, const Situation& situation, CounterExample& found) {
  const std::uint32_t known_before = known_.size();
  Situation at = situation;
  std::vector<Step> steps;
  while (true) {
    encode(at, false, bytes_);
    const StateTable::Place place = known_.insert(bytes_);
    if (!place.is_new && place.number < known_before) return true;
    if (!place.is_new || steps.size() > most_fair_steps) {
      found.promise = "a live-lock: what happens by itself leads back to where it was";
      break;
    }
    const std::optional<Move> move = ends.fair_move(at);
    if (!move) return true;
    steps.push_back(move->step);
    at = move->next;
    if (move->broken.empty()) continue;
    found.promise = move->broken;
    break;
  }
  found.fair_from = found.steps.size();
  found.steps.insert(found.steps.end(), steps.begin(), steps.end());
  return false;
}

// ---- Depth first --------------------------------------------------------------------------------

void Explorer::begin(const Part& prefix) {
  prefix_ = prefix.steps;
  first_state_ = number_of(prefix.situation);
  if (marks_[first_state_] == Mark::unvisited) enter(first_state_);
}

std::uint32_t Explorer::number_of(const Situation& situation) {
  encode(situation, true, bytes_);
  const StateTable::Place place = states_.insert(bytes_);
  if (place.is_new) {
    marks_.push_back(Mark::unvisited);
    executions_.push_back(0);
  }
  return place.number;
}

// False: a promise is broken there, or by what may happen next.
bool Explorer::enter(std::uint32_t state) {
  const Situation situation = decode(states_[state]);
  marks_[state] = Mark::on_path;
  const auto place = static_cast<std::uint32_t>(successors_.size());
  frames_.push_back({state, place, place, place});
  CounterExample fair;
  // Otherwise something of what is under way arrives, which is a move; so it is enough to look
  // where all else is lost.
  const bool may_be_alone = ends_.may_be_alone(situation);
  if (may_be_alone && !futures_.ends_well(ends_, ends_.alone(situation), fair)) {
    const std::vector<Step> before = steps_on_path();
    fair.steps.insert(fair.steps.begin(), before.begin(), before.end());
    fair.fair_from = before.size();
    fail(std::move(fair));
    return false;
  }
  ends_.moves(situation, moves_);
  for (Move& move : moves_) {
    if (!move.broken.empty()) {
      fail_on_path(std::move(move.broken), move.step);
      return false;
    }
    successors_.push_back(number_of(move.next));
  }
  frames_.back().end = static_cast<std::uint32_t>(successors_.size());
  counts_.transitions += moves_.size();
  if (!is_end(situation, moves_)) return true;
  executions_[state] = 1;
  ++(ends_.is_over(ends_.alone(situation)) ? counts_.ended : counts_.bounded);
  return true;
}

// An execution may end where nothing happens any more if what is under way is lost.
bool Explorer::is_end(const Situation& situation, const std::vector<Move>& moves) const {
  return ends_.may_be_alone(situation) && std::all_of(moves.begin(), moves.end(), is_arrival);
}

void Explorer::leave() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  for (std::uint32_t i = frame.first; i < frame.end; ++i) {
    executions_[frame.state] += executions_[successors_[i]];
  }
  successors_.resize(frame.first);
  marks_[frame.state] = Mark::done;
}

bool Explorer::advance(std::uint64_t transitions) {
  const std::uint64_t until = counts_.transitions + transitions;
  while (!frames_.empty() && !found_ && counts_.transitions < until) {
    Frame& frame = frames_.back();
    if (frame.next == frame.end) {
      leave();
      continue;
    }
    const std::uint32_t next = successors_[frame.next++];
    if (marks_[next] == Mark::on_path) {
      fail_on_path("a live-lock: what happened leads back to where it was", std::nullopt);
    } else if (marks_[next] == Mark::unvisited) {
      enter(next);
    }
  }
  return !frames_.empty() && !found_;
}

void Explorer::fail_on_path(std::string promise, std::optional<Step> last) {
  CounterExample found;
  found.promise = std::move(promise);
  found.steps = steps_on_path();
  if (last) found.steps.push_back(*last);
  found.fair_from = found.steps.size();
  fail(std::move(found));
}

void Explorer::fail(CounterExample found) {
  found.packets = ends_.book().all();
  found_ = std::move(found);
}

std::vector<Step> Explorer::steps_on_path() {
  std::vector<Step> steps = prefix_;
  std::vector<Move> moves;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const Frame& frame = frames_[i];
    if (frame.next == frame.first) break;
    ends_.moves(decode(states_[frame.state]), moves);
    steps.push_back(moves[frame.next - frame.first - 1].step);
  }
  return steps;
}

ExploreCounts Explorer::counts() const {
  ExploreCounts counts = counts_;
  counts.states = states_.size();
  counts.fair_states = futures_.size();
  if (is_done() && !executions_.empty()) counts.executions = executions_[first_state_];
  return counts;
}

std::uint64_t Explorer::held_bytes() const {
  return states_.held_bytes() + marks_.capacity() + executions_.capacity() * sizeof(double);
}

// ---- Parts --------------------------------------------------------------------------------------

// What `enter` looks at, of a situation before the parts.
bool Explorer::look_at(const Part& prefix, std::vector<Move>& moves) {
  CounterExample found;
  found.steps = prefix.steps;
  const Situation& situation = prefix.situation;
  if (ends_.may_be_alone(situation) && !futures_.ends_well(ends_, ends_.alone(situation), found)) {
    fail(std::move(found));
    return false;
  }
  ends_.moves(situation, moves);
  for (Move& move : moves) {
    if (move.broken.empty()) continue;
    found.promise = std::move(move.broken);
    found.steps.push_back(move.step);
    found.fair_from = found.steps.size();
    fail(std::move(found));
    return false;
  }
  return true;
}

Parts Explorer::split(std::size_t parts) {
  Parts split{{{ends_.beginning(), 1, {}}}, 0};
  while (split.parts.size() < parts && !split.parts.empty()) {
    StateTable met;
    std::vector<Part> next;
    for (const Part& part : split.parts) {
      if (!look_at(part, moves_)) return split;
      if (is_end(part.situation, moves_)) split.executions_before += part.ways;
      for (const Move& move : moves_) go_on(part, move, met, next);
    }
    split.parts = std::move(next);
  }
  return split;
}

// One step from that part.
void Explorer::go_on(const Part& part, const Move& move, StateTable& met, std::vector<Part>& next) {
  encode(move.next, true, bytes_);
  const StateTable::Place place = met.insert(bytes_);
  if (!place.is_new) {
    next[place.number].ways += part.ways;
    return;
  }
  next.push_back({move.next, part.ways, part.steps});
  next.back().steps.push_back(move.step);
}

// ---- Breadth first ------------------------------------------------------------------------------

namespace {

// Situations in the order of their distance from the beginning, and how each was reached.
class Search {
 public:
  explicit Search(const ExploreSettings& settings) : ends_(settings) {
    add(ends_.beginning(), 0, {});
  }

  std::optional<CounterExample> run(std::uint64_t most_states) {
    for (std::uint32_t state = 0; state < states_.size() && state < most_states; ++state) {
      CounterExample found = example_at(state);
      const Situation situation = decode(states_[state]);
      const bool may_be_alone = ends_.may_be_alone(situation);
      if (may_be_alone && !futures_.ends_well(ends_, ends_.alone(situation), found))
        return with_packets(std::move(found));
      ends_.moves(situation, moves_);
      for (Move& move : moves_) {
        if (!move.broken.empty()) {
          found.promise = move.broken;
          found.steps.push_back(move.step);
          found.fair_from = found.steps.size();
          return with_packets(std::move(found));
        }
        add(move.next, state, move.step);
      }
    }
    return std::nullopt;
  }

 private:
  struct Reached {
    std::uint32_t from = 0;
    Step by;
  };

  CounterExample with_packets(CounterExample found) const {
    found.packets = ends_.book().all();
    return found;
  }
  void add(const Situation& situation, std::uint32_t from, const Step& by) {
    encode(situation, true, bytes_);
    if (states_.insert(bytes_).is_new) reached_.push_back({from, by});
  }
  CounterExample example_at(std::uint32_t state) const {
    CounterExample example;
    example.is_shortest = true;
    for (; state != 0; state = reached_[state].from) example.steps.push_back(reached_[state].by);
    std::reverse(example.steps.begin(), example.steps.end());
    return example;
  }

  TwoEnds ends_;
  StateTable states_;
  FairFutures futures_;
  std::vector<Reached> reached_;
  std::vector<Move> moves_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::optional<CounterExample> find_shortest(const ExploreSettings& settings,
                                            std::uint64_t most_states) {
  return Search(settings).run(most_states);
}

}  // namespace acksu::sim
