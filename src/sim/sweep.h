// All that can happen between two ends where any number of segments may be lost. Of situations
// only those are followed that no other one covers, so executions cannot be counted; what promises
// speak of, the pairs of states of both ends and how they move, is met all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/covering.h"
#include "sim/explorer.h"
#include "sim/two_ends.h"

namespace acksu::sim {

class Sweep {
 public:
  explicit Sweep(const ExploreSettings& settings);

  // Goes on for so many transitions; false: it is done, or has found a broken promise.
  bool advance(std::uint64_t transitions);

  ExploreCounts counts() const;
  const std::optional<CounterExample>& found() const { return found_; }
  TwoEnds& ends() { return ends_; }
  const TwoEnds& ends() const { return ends_; }
  // Pairs of states of both ends that were met.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs() const { return covering_.all(); }
  std::uint64_t held_bytes() const;

 private:
  // How a situation was met first: by which move of those that another one allows.
  struct Reached {
    std::uint32_t from = 0;
    std::uint32_t move = 0;
  };

  void add(const Situation& situation, Reached reached);
  // One that nothing covers by now; nothing: all are done.
  std::optional<std::uint32_t> take(Situation& situation);
  void visit(std::uint32_t number, const Situation& situation);
  void fail(std::uint32_t number, std::optional<Step> last, CounterExample found);
  std::vector<Step> steps_to(std::uint32_t number);

  TwoEnds ends_;
  Covering covering_;
  FairFutures futures_;
  std::vector<Reached> reached_;
  // To be followed, by how many duplicates they have used up; bytes, last the number and the size.
  std::vector<std::vector<std::uint8_t>> waiting_;
  std::vector<Move> moves_;
  std::vector<std::uint8_t> bytes_;
  ExploreCounts counts_;
  std::optional<CounterExample> found_;
};

}  // namespace acksu::sim
