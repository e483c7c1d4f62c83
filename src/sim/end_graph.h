// Every state that one end was ever in, and where each event led from there: a host is a function
// of its state and of what happens to it, so the real code runs once for each pair of these, and
// all else is looking up. States are kept as the way that led to them; some as hosts, too.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/checker.h"
#include "sim/explored_end.h"

namespace acksu::sim {

// All packets that were ever sent, each with a number that stands for it.
class PacketBook {
 public:
  std::uint32_t number_of(const Packet& packet);
  const Packet& operator[](std::uint32_t number) const { return *packets_[number]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(packets_.size()); }
  std::vector<Packet> all() const;
  bool is_reset(std::uint32_t number) const { return is_reset_[number]; }

 private:
  struct IsBefore {
    bool operator()(const Packet& one, const Packet& other) const {
      return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
    }
  };
  std::map<Packet, std::uint32_t, IsBefore> numbers_;
  std::vector<const Packet*> packets_;
  std::vector<bool> is_reset_;
};

class EndGraph {
 public:
  struct Edge {
    EndEvent event;
    std::uint32_t target = 0;
    std::uint32_t first_packet = 0;  // of those that leave: a place in `sent`
    std::uint16_t packets = 0;
    std::uint16_t broken = 0;  // a promise; 0: none was
  };
  static constexpr std::uint32_t root = 0;

  EndGraph(std::uint8_t side, const ExploreSettings& settings, PacketBook& book);

  // What `event` comes to in that state, which allows it.
  Edge follow(std::uint32_t state, EndEvent event);
  const EndFacts& facts(std::uint32_t state) const { return states_[state].facts; }
  std::uint32_t packet(std::uint32_t place) const { return sent_[place]; }
  const std::string& broken(const Edge& edge) const { return broken_[edge.broken]; }
  // The end itself, made anew from what led to the state.
  ExploredEnd end_in(std::uint32_t state) { return *find_end(state); }

  std::uint32_t size() const { return static_cast<std::uint32_t>(states_.size()); }
  std::uint64_t transitions() const { return transitions_; }
  std::uint64_t audited() const { return audited_; }

 private:
  struct State {
    std::uint32_t parent = 0;
    EndEvent event;
    EndFacts facts;
    std::vector<Edge> edges;
  };
  using Name = std::array<std::uint64_t, 2>;
  static constexpr std::size_t places = 1024;

  std::shared_ptr<const ExploredEnd> find_end(std::uint32_t state);
  Bytes packet_of(EndEvent event) const;
  Edge run(const ExploredEnd& before, EndEvent event, ExploredEnd& after);
  std::uint32_t intern(const ExploredEnd& end, std::uint32_t parent, EndEvent event);
  std::string check(const ExploredEnd& before, const ExploredEnd& after) const;
  std::uint16_t note(std::string broken);
  void audit(std::uint32_t state, const ExploredEnd& end);

  ExploreSettings settings_;
  PacketBook& book_;
  std::map<Name, std::uint32_t> numbers_;
  std::vector<State> states_;
  std::vector<std::uint32_t> sent_;
  std::vector<std::string> broken_;
  // Ends that were made lately, by the last digits of their states' numbers.
  std::array<std::pair<std::uint32_t, std::shared_ptr<const ExploredEnd>>, places> kept_;
  std::shared_ptr<const ExploredEnd> first_;
  std::uint64_t transitions_ = 0, audited_ = 0, met_again_ = 0;
};

}  // namespace acksu::sim
