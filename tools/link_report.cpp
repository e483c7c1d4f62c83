// One list of figures, from which both forms are made.
#include "tools/link_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/amounts.h"

namespace acksu::tools {
namespace {

struct LinkCount {
  const char* words;
  const char* key;  // in JSON
  bool is_always_told;
  std::uint64_t number;
};

std::vector<LinkCount> counts_of(const LinkReport& report, sim::Side from) {
  const sim::EmulatedLink& link = report.link;
  const sim::CableCounters& cable = link.counters(from);
  const os::WireCounters& in = report.wires[index_of(from)]->counters();
  const os::WireCounters& out = report.wires[index_of(other(from))]->counters();
  return {
      {"frames taken", "frames_in", true, cable.sent},
      {"bytes taken", "bytes_in", true, cable.sent_bytes},
      {"frames delivered", "frames_out", true, link.delivered(from)},
      {"bytes delivered", "bytes_out", true, link.delivered_bytes(from)},
      {"lost", "lost", true, cable.lost},
      {"dropped: queue full", "queue_full", true, cable.queue_full},
      {"dropped: CoDel", "codel_dropped", false, cable.codel_dropped},
      {"marked: CoDel", "marked", false, cable.marked},
      {"sent into a cut cable", "cut", false, cable.cut},
      {"too large", "too_large", false, cable.too_large + in.too_long_in},
      {"reordered", "reordered", false, cable.reordered},
      {"duplicated", "duplicated", false, cable.duplicated},
      {"corrupted", "corrupted", false, cable.corrupted},
      {"refused: too many under way", "refused", false, link.refused(from)},
      {"not taken by the wire", "not_taken", false, out.refused_out + out.short_writes},
      {"still under way", "under_way", false, link.under_way(from)},
      {"bytes in the queue, at most", "queue_most_bytes", false, cable.queue_most_bytes},
  };
}

struct LinkTime {
  const char* words;
  const char* key;
  Duration duration;
};

std::vector<LinkTime> times_of(const LinkReport& report, sim::Side from) {
  constexpr std::uint32_t half = 500, hundredth = 10;
  const Histogram& delays = report.link.delays(from);
  const Histogram& lateness = report.link.lateness(from);
  return {
      {"ms on the way, median", "delay_median_ms", delays.at_most(half)},
      {"ms on the way, 99 %", "delay_99_ms", delays.at_most(hundredth)},
      {"ms on the way, most", "delay_most_ms", delays.longest()},
      {"ms released too late, median", "late_median_ms", lateness.at_most(half)},
      {"ms released too late, 99 %", "late_99_ms", lateness.at_most(hundredth)},
      {"ms released too late, most", "late_most_ms", lateness.longest()},
  };
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string milliseconds_text(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", in_milliseconds(duration));
  return text;
}

std::string report_row(const std::string& words, const std::string& first,
                       const std::string& second) {
  char text[160];
  std::snprintf(text, sizeof text, "  %-29s %20s %20s\n", words.c_str(), first.c_str(),
                second.c_str());
  return text;
}

}  // namespace

std::string table_of(const LinkReport& report) {
  using sim::Side;
  const auto [a, b] = report.names;
  char head[64];
  std::snprintf(head, sizeof head, "in %.3f s", in_milliseconds(report.lasted) / 1000);
  std::string text = report_row(head, a + " to", b + " to") + report_row("", b, a);
  const std::vector<LinkCount> there = counts_of(report, Side::a);
  const std::vector<LinkCount> back = counts_of(report, Side::b);
  for (std::size_t i = 0; i < there.size(); ++i) {
    if (!there[i].is_always_told && there[i].number == 0 && back[i].number == 0) continue;
    text += report_row(there[i].words, with_commas(there[i].number), with_commas(back[i].number));
  }
  const std::vector<LinkTime> times = times_of(report, Side::a);
  const std::vector<LinkTime> times_back = times_of(report, Side::b);
  for (std::size_t i = 0; i < times.size(); ++i) {
    text += report_row(times[i].words, milliseconds_text(times[i].duration),
                       milliseconds_text(times_back[i].duration));
  }
  return text;
}

std::string json_of(const LinkReport& report) {
  nlohmann::ordered_json result{{"seconds", in_milliseconds(report.lasted) / 1000},
                                {"seed", report.seed}};
  for (const sim::Side side : {sim::Side::a, sim::Side::b}) {
    nlohmann::ordered_json direction{{"from", report.names[index_of(side)]},
                                     {"to", report.names[index_of(other(side))]}};
    for (const LinkCount& count : counts_of(report, side)) direction[count.key] = count.number;
    for (const LinkTime& time : times_of(report, side)) {
      direction[time.key] = in_milliseconds(time.duration);
    }
    result[side == sim::Side::a ? "a_to_b" : "b_to_a"] = std::move(direction);
  }
  return result.dump() + "\n";
}

}  // namespace acksu::tools
