// Figures of streams: what came in an interval, and all streams together.
#include "api/load.h"

#include <algorithm>

namespace acksu {
namespace {

// A piece at the end of a run that is shorter is no interval of its own.
constexpr Duration shortest_interval = 50ms;

}  // namespace

StreamFigures since(const StreamFigures& before, StreamFigures figures) {
  figures.bytes_in -= before.bytes_in;
  figures.bytes_out -= before.bytes_out;
  figures.retransmitted_segments -= before.retransmitted_segments;
  figures.time_outs -= before.time_outs;
  figures.datagrams_in -= before.datagrams_in;
  figures.datagrams_out -= before.datagrams_out;
  figures.not_sent -= before.not_sent;
  // A datagram that is late was counted as lost before.
  figures.lost -= std::min(figures.lost, before.lost);
  figures.late -= before.late;
  return figures;
}

StreamFigures sum_of(const std::vector<StreamFigures>& streams) {
  StreamFigures sum;
  for (const StreamFigures& each : streams) {
    sum.bytes_in += each.bytes_in;
    sum.bytes_out += each.bytes_out;
    sum.retransmitted_segments += each.retransmitted_segments;
    sum.time_outs += each.time_outs;
    sum.srtt += each.srtt / static_cast<std::int64_t>(streams.size());
    sum.cwnd_bytes += each.cwnd_bytes;
    sum.min_rtt = sum.min_rtt == Duration{} ? each.min_rtt : std::min(sum.min_rtt, each.min_rtt);
    sum.datagrams_in += each.datagrams_in;
    sum.datagrams_out += each.datagrams_out;
    sum.not_sent += each.not_sent;
    sum.lost += each.lost;
    sum.late += each.late;
    sum.jitter = std::max(sum.jitter, each.jitter);
    sum.is_told_by_receiver = sum.is_told_by_receiver || each.is_told_by_receiver;
  }
  return sum;
}

void LoadMeter::tell(const std::vector<StreamFigures>& figures, Instant now) {
  tell_interval(figures, now);
  next_ = later_by(next_, interval_);
  if (next_ <= now) next_ = later_by(now, interval_);  // it came late, by more than an interval
}

void LoadMeter::end(const std::vector<StreamFigures>& figures, Instant now) {
  if (now - last_ >= shortest_interval) tell_interval(figures, now);
  if (tell_) tell_({.from = {}, .to = now - began_, .is_summary = true, .streams = figures});
  began_ = last_ = next_ = never;
}

void LoadMeter::tell_interval(const std::vector<StreamFigures>& figures, Instant now) {
  LoadReport report{.from = last_ - began_, .to = now - began_, .streams = {}};
  for (const StreamFigures& each : figures) {
    const auto before = std::find_if(before_.begin(), before_.end(), [&](const StreamFigures& old) {
      return old.number == each.number;
    });
    report.streams.push_back(before == before_.end() ? each : since(*before, each));
  }
  before_ = figures;
  last_ = now;
  if (tell_) tell_(report);
}

}  // namespace acksu
