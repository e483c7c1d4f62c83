// Two real hosts, a network that loses, repeats, delays and reorders, and timers in any order that
// bounds allow: what may happen in a situation, what promises hold there, and what would happen if
// from then on all went well.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/end_graph.h"
#include "sim/situation.h"

namespace acksu::sim {

struct Step {
  enum class Kind : std::uint8_t {
    happens,   // the event, at that side
    repeated,  // a segment arrives that has arrived before
    alone,     // the event, after all that was under way was lost
  };
  Kind kind = Kind::happens;
  std::uint8_t side = 0;
  EndEvent event;
  bool passed = false;  // at the other end as much time passes, too
  bool operator==(const Step&) const = default;
};

struct Move {
  Step step;
  Situation next;
  std::string broken;  // the promise that is broken by it; empty: none
};

class TwoEnds {
 public:
  explicit TwoEnds(const ExploreSettings& settings);

  Situation beginning() const;
  // All that may happen there, in a fixed order. A segment that is lost is one that never arrives,
  // so losing is no move: it counts where it matters that nothing is under way any more.
  void moves(const Situation& situation, std::vector<Move>& moves);
  // Whether all that is under way may be lost, and what there is then.
  bool may_be_alone(const Situation& situation) const;
  Situation alone(const Situation& situation) const;
  // The one thing that happens if nothing is lost any more, timers come in their order, and
  // applications read all and end in order; nothing: all is over.
  std::optional<Move> fair_move(const Situation& situation);
  bool is_over(const Situation& situation) const;

  const ExploreSettings& settings() const { return settings_; }
  const PacketBook& book() const { return book_; }
  EndGraph& graph(std::size_t side) { return graphs_[side]; }
  const EndGraph& graph(std::size_t side) const { return graphs_[side]; }
  const EndFacts& facts(const Situation& situation, std::size_t side) const {
    return graphs_[side].facts(situation.ends[side]);
  }

 private:
  void forget_pointless(Situation& situation) const;
  Move happen(const Situation& situation, std::uint8_t side, EndEvent event);
  Move arrive(const Situation& situation, std::uint8_t side, std::size_t place);
  void network_moves(const Situation& situation, std::uint8_t side, std::vector<Move>& moves);
  void own_moves(const Situation& situation, std::uint8_t side, std::vector<Move>& moves);
  std::optional<Step::Kind> way_to_fire(const Situation& situation, std::size_t side) const;
  std::optional<EndEvent> fair_deed(const EndFacts& facts) const;
  std::optional<Move> fair_arrival(const Situation& situation);
  std::optional<Move> fair_timer(const Situation& situation);
  Move fair_end(const Situation& situation);
  bool is_quarrel(const Situation& situation) const;
  std::string broken_in(const Situation& situation) const;
  std::string broken_stream(const EndFacts& reader, const EndFacts& writer) const;

  ExploreSettings settings_;
  PacketBook book_;
  std::array<EndGraph, 2> graphs_;
};

}  // namespace acksu::sim
