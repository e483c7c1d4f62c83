// For tests and benchmarks of what an ACK costs: a connection with very many segments under way,
// and a peer that does not get each of them.
#pragma once

#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "tcp/connection.h"
#include "tcp/desk_test.h"

namespace acksu::tcp {

class WideWindow {
 public:
  // Of the first `segments` segments each `lost_each`th is lost once; 0: none is. As many follow.
  WideWindow(std::uint32_t segments, std::uint32_t lost_each) {
    desk_.settings.initial_window_segments = segments;
    desk_.settings.send_buffer = 2 * segments * mss;
    Context context = desk_.context();
    connection_.emplace(Opening{.tuple = desk_.tuple, .iss = Seq{first - 1}, .mss = mss}, context);
    send();
    Segment syn_ack = segment(Flags::syn);
    syn_ack.options.mss = mss;
    syn_ack.options.sack_permitted = true;
    syn_ack.options.window_scale = 14;
    hear(syn_ack);
    Segment window = segment(0);
    hear(window);
    const std::vector<std::uint8_t> text(2 * segments * mss);
    Context again = desk_.context();
    ACKSU_ASSERT(*connection_->write(text, again) == text.size());
    send();
    for (std::uint32_t i = lost_each; lost_each > 0 && i < segments; i += lost_each) lose(i);
    desk_.now += 100ms;
  }

  // Up to `count` segments that are under way arrive; what the peer says about each. Empty: none is
  // under way.
  std::vector<Segment> acks(std::size_t count) {
    std::vector<Segment> acks;
    while (acks.size() < count && !under_way_.empty()) {
      const std::uint32_t arrived = under_way_.front();
      under_way_.pop_front();
      if (arrived == lost) continue;
      receive(arrived);
      acks.push_back(segment(0));
      report(arrived, acks.back().options.sack);
    }
    return acks;
  }
  // An ACK is heard, and what may leave then leaves.
  void hear(Segment& segment) {
    desk_.now += 1us;
    Context context = desk_.context();
    connection_->on_segment(segment, context);
    send();
  }
  Info info() const { return connection_->info(desk_.settings); }
  const Counters& counters() const { return desk_.counters; }

 private:
  static constexpr std::uint32_t mss = 536, first = 1, lost = ~0u;

  Segment segment(std::uint8_t flags) const {
    Segment segment;
    segment.seq = Seq{flags == 0 ? 1000u : 999u};
    segment.ack = Seq{first + next_ * mss};
    segment.flags.bits = flags | Flags::ack;
    segment.window = 0xffff;
    return segment;
  }
  void send() {
    Context context = desk_.context();
    for (Segment segment; connection_->next_segment(segment, context); segment = {}) {
      if (segment.text.is_empty()) continue;
      under_way_.push_back(bytes_between(Seq{first}, segment.seq) / mss);
    }
  }
  void lose(std::uint32_t number) { under_way_[number] = lost; }
  // Joins the run of segments that it belongs to; the first run is acknowledged as a whole.
  void receive(std::uint32_t number) {
    auto run = runs_.insert({number, number + 1}).first;
    const auto behind = std::next(run);
    if (behind != runs_.end() && behind->first == run->second) {
      run->second = behind->second;
      runs_.erase(behind);
    }
    if (run != runs_.begin() && std::prev(run)->second == number) {
      std::prev(run)->second = run->second;
      runs_.erase(run);
    }
    if (runs_.begin()->first == 0) next_ = runs_.begin()->second;
  }
  // RFC 2018 4: the run with what came last, then those reported before it.
  void report(std::uint32_t arrived, SackBlocks& blocks) {
    std::erase(reported_, run_of(arrived));
    reported_.push_back(run_of(arrived));
    if (reported_.size() > 3) reported_.erase(reported_.begin());
    for (auto begin = reported_.rbegin(); begin != reported_.rend(); ++begin) {
      const auto run = runs_.find(*begin);
      if (run == runs_.end() || run->first < next_) continue;
      blocks.push_back({Seq{first + run->first * mss}, Seq{first + run->second * mss}});
    }
  }
  std::uint32_t run_of(std::uint32_t number) const {
    return std::prev(runs_.upper_bound(number))->first;
  }

  Desk desk_;
  std::optional<Connection> connection_;
  std::deque<std::uint32_t> under_way_;  // numbers of segments
  // What the peer has: the first number of each run, and the end.
  std::map<std::uint32_t, std::uint32_t> runs_;
  std::uint32_t next_ = 0;               // what it waits for
  std::vector<std::uint32_t> reported_;  // the first of the runs that were told last
};

}  // namespace acksu::tcp
