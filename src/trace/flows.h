// Gathers the flows of a trace or a capture: told of segments, and of what a connection says of its
// inside, in the order of time.
//
//   Flows flows;
//   flows.take(recorder.trace(), 0);   // or on_segment(...) for each packet of a capture
//   for (const Flow* flow : flows.ranked()) ...
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/event.h"
#include "trace/flow.h"
#include "trace/numbers.h"

namespace acksu::trace {

// A segment that passed a place: a host, or an interface of a capture.
struct Sighting {
  Instant at{};
  std::uint32_t place = 0;
  std::string_view cause = {};  // why it was sent again, where that is known
};

class Flows {
 public:
  // Of all flows; a point is about 24 bytes, and a flow itself counts as several.
  static constexpr std::size_t default_most_points = 1u << 24;
  static constexpr std::size_t points_of_flow = 25;

  explicit Flows(std::size_t most_points = default_most_points) : most_points_(most_points) {}

  void name_place(std::uint32_t place, std::string name) { names_[place] = std::move(name); }

  // ---- Telling
  // Anything; what is no segment of TCP is passed over.
  void on_segment(const Sighting& sighting, const Summary& summary);
  // From inside an end of the connection: `tuple` as that end sees it.
  void on_window(Instant at, std::uint32_t place, const FourTuple& tuple, WindowPoint point);
  void on_rtt(Instant at, std::uint32_t place, const FourTuple& tuple, RttPoint point);
  void on_limit(Instant at, std::uint32_t place, const FourTuple& tuple, tcp::LimitedBy reason);
  // An end of the connection is there.
  void on_end(Instant at, std::uint32_t place, const FourTuple& tuple);
  // All of these from the events of a trace, from one of them on.
  void take(const Trace& trace, std::size_t first_event);

  // A capture is over: where several interfaces have seen the same flow, its text counts where it
  // was first, and its ACKs where they were last, which is as near to the sender as may be.
  void join_places();

  // ---- Asking
  // Flows with text; the most text first. With ends of connections to look at, only as they saw it.
  std::vector<const Flow*> ranked() const;
  std::size_t points() const { return points_; }
  // What was told after there were too many points.
  std::uint64_t left_out() const { return left_out_; }

 private:
  using Key = std::pair<FourTuple, std::uint32_t>;  // who sends the text, place
  struct Held {
    Flow flow;
    Key key;
    bool has_isn = false;
    Seq isn;
    bool is_joined = false;  // its parts stand in another one
  };

  Held& held(Instant at, std::uint32_t place, const FourTuple& tuple);
  bool is_full();  // and then something is left out
  static void join(const std::vector<Held*>& ones);
  void begin_anew_on_syn(const Sighting& sighting, const Summary& summary);
  void take_text(const Sighting& sighting, const Summary& summary, std::int64_t seq, Flow& flow);
  void take_ack(const Sighting& sighting, const Summary& summary, const SegmentNumbers& numbers,
                Flow& flow);
  void take_event(const Trace& trace, const Event& event);

  std::size_t most_points_;
  std::size_t points_ = 0;
  std::uint64_t left_out_ = 0;
  std::map<std::uint32_t, std::string> names_;
  std::map<std::uint32_t, Numbers> numbers_;  // by place
  std::deque<Held> flows_;
  std::map<Key, std::size_t> by_key_;  // the last of each name
};

}  // namespace acksu::trace
