// What a measurement of throughput is asked for, and what it tells: streams of octets or of
// datagrams, each with its figures, interval by interval and at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace acksu {

struct LoadSettings {
  bool listens = false;
  Endpoint endpoint{};  // of the peer; of who listens, its own
  bool sends = true;
  bool receives = false;
  std::uint32_t parallel = 1;
  std::optional<Duration> time{};        // from the first stream on; nothing: no limit
  std::optional<std::uint64_t> bytes{};  // that each stream sends
  Duration interval = 1s;
  bool is_once = false;       // of who listens: ends with the first run
  bool is_zero_copy = false;  // of octets: shares one block, takes views of what comes
  // Of datagrams only.
  std::uint64_t bits_per_second = 10'000'000;
  std::uint32_t datagram_bytes = 1448;
};

// Since the beginning of the stream, or of an interval; what is said to be now is the last value.
struct StreamFigures {
  std::uint32_t number = 0;
  Endpoint remote;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;  // of octets: acknowledged
  // TCP's.
  std::uint64_t retransmitted_segments = 0;
  std::uint64_t time_outs = 0;
  Duration srtt{}, min_rtt{};    // now
  std::uint32_t cwnd_bytes = 0;  // now
  // Of datagrams: lost and late by the receiver's count.
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_out = 0;
  std::uint64_t not_sent = 0;  // the host had no room or no way
  std::uint64_t lost = 0;
  std::uint64_t late = 0;  // came after one that was sent later
  Duration jitter{};       // now; RFC 3550 6.4.1
  bool is_told_by_receiver = false;
};

// What has come to a stream's figures since `before`.
StreamFigures since(const StreamFigures& before, StreamFigures figures);
// All of them together; of what is said to be now, the mean of the round trips, the sum of windows.
StreamFigures sum_of(const std::vector<StreamFigures>& streams);

struct LoadReport {
  Duration from{}, to{};    // since the beginning of the run
  bool is_summary = false;  // of the whole run
  std::vector<StreamFigures> streams;
};

// Told each interval, and at the end of a run.
using TellLoad = std::function<void(const LoadReport&)>;

// The intervals of a run.
class LoadMeter {
 public:
  LoadMeter(Duration interval, TellLoad tell) : interval_(interval), tell_(std::move(tell)) {}

  bool is_running() const { return began_ != never; }
  Instant began() const { return began_; }
  void begin(Instant now) {
    began_ = last_ = now;
    next_ = later_by(now, interval_);
    before_.clear();
  }
  Instant deadline() const { return next_; }
  // An interval is over; `figures` since the beginning, in the order of their numbers.
  void tell(const std::vector<StreamFigures>& figures, Instant now);
  void end(const std::vector<StreamFigures>& figures, Instant now);

 private:
  void tell_interval(const std::vector<StreamFigures>& figures, Instant now);

  Duration interval_;
  TellLoad tell_;
  Instant began_ = never;
  Instant last_ = never;
  Instant next_ = never;
  std::vector<StreamFigures> before_;  // the figures at the beginning of this interval
};

}  // namespace acksu
