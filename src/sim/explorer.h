// All that can happen between two ends within bounds: every situation is visited once, depth first,
// and from each the fair future is followed until it is one that is known to end well. Counts the
// executions, which are the paths through the graph of situations; a path that comes back to where
// it was would be a live-lock, and is found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/state_table.h"
#include "sim/two_ends.h"

namespace acksu::sim {

// How a promise is broken: steps from the beginning. From `fair_from` on nothing goes wrong any
// more, and it is broken all the same.
struct CounterExample {
  std::string promise;
  std::vector<Step> steps;
  std::vector<Packet> packets;  // those that the steps name
  std::size_t fair_from = 0;
  bool is_shortest = false;
};

struct ExploreCounts {
  std::uint64_t states = 0, transitions = 0;
  double executions = 0;          // paths from where it began last to where nothing more may happen
  std::uint64_t ended = 0;        // situations where all is over
  std::uint64_t bounded = 0;      // where only what the bounds forbid would go on
  std::uint64_t fair_states = 0;  // situations, bounds left out, from which all ends well
};

// Which situations are known to end well, whatever is left of the bounds.
class FairFutures {
 public:
  // Follows the fair future. False: it does not end well; `steps` tell how.
  bool ends_well(TwoEnds& ends, const Situation& situation, CounterExample& found);
  std::uint32_t size() const { return known_.size(); }

 private:
  StateTable known_;
  std::vector<std::uint8_t> bytes_;
};

// A situation to begin with, how many paths of its length lead to it, and one of them.
struct Part {
  Situation situation;
  double ways = 1;
  std::vector<Step> steps;
};

// All situations that are so many steps from the beginning that there are enough of them: parts of
// an exploration, each of which may be done by somebody else.
struct Parts {
  std::vector<Part> parts;
  double executions_before = 0;  // that end on the way there
};

class Explorer {
 public:
  explicit Explorer(const ExploreSettings& settings) : ends_(settings) {}

  // At least so many, if there are; fewer when a promise is broken on the way.
  Parts split(std::size_t parts);
  // The whole, or a part. What was met before is not visited again.
  void begin() { begin({ends_.beginning(), 1, {}}); }
  void begin(const Part& prefix);
  // Goes on for so many transitions; false: it is done, or has found a broken promise.
  bool advance(std::uint64_t transitions);
  bool is_done() const { return frames_.empty() && !found_; }

  ExploreCounts counts() const;
  const std::optional<CounterExample>& found() const { return found_; }
  const StateTable& states() const { return states_; }
  const TwoEnds& ends() const { return ends_; }
  std::uint64_t held_bytes() const;

 private:
  // A situation whose moves are being followed.
  struct Frame {
    std::uint32_t state = 0;
    std::uint32_t first = 0, next = 0, end = 0;  // its successors: places in `successors_`
  };
  enum class Mark : std::uint8_t { unvisited, on_path, done };

  std::uint32_t number_of(const Situation& situation);
  bool is_end(const Situation& situation, const std::vector<Move>& moves) const;
  bool look_at(const Part& prefix, std::vector<Move>& moves);
  void go_on(const Part& part, const Move& move, StateTable& met, std::vector<Part>& next);
  bool enter(std::uint32_t state);
  void leave();
  void fail(CounterExample found);
  void fail_on_path(std::string promise, std::optional<Step> last);
  std::vector<Step> steps_on_path();

  TwoEnds ends_;
  std::vector<Step> prefix_;
  StateTable states_;
  FairFutures futures_;
  std::vector<Mark> marks_;
  std::vector<double> executions_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> successors_;
  std::vector<Move> moves_;
  std::vector<std::uint8_t> bytes_;
  std::uint32_t first_state_ = 0;
  ExploreCounts counts_;
  std::optional<CounterExample> found_;
};

// The shortest way to break a promise, breadth first; nothing: none is broken before so many
// situations were seen.
std::optional<CounterExample> find_shortest(const ExploreSettings& settings,
                                            std::uint64_t most_states);

}  // namespace acksu::sim
