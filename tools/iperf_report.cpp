// Rows of a measurement, as text or JSON.
#include "tools/iperf_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/amounts.h"

namespace acksu::tools {
namespace {

double seconds(Duration duration) { return in_milliseconds(duration) / 1000; }

double bits_per_second(std::uint64_t bytes, Duration time) {
  return time > Duration{} ? static_cast<double>(bytes) * 8 / seconds(time) : 0;
}

// "941.2 Mbit/s", "12.3 MB": four digits and a unit.
std::string scaled(double value, const char* unit) {
  constexpr const char* prefixes[] = {"", "k", "M", "G"};
  std::size_t at = 0;
  for (; value >= 1000 && at < 3; ++at) value /= 1000;
  char text[48];
  std::snprintf(text, sizeof text, "%.*f %s%s", value < 10 ? 2 : 1, value, prefixes[at], unit);
  return text;
}

double lost_share(const StreamFigures& figures) {
  const bool is_here = figures.datagrams_in > 0 || !figures.is_told_by_receiver;
  const std::uint64_t all = is_here ? figures.datagrams_in + figures.lost : figures.datagrams_out;
  return all == 0 ? 0 : 100 * static_cast<double>(figures.lost) / static_cast<double>(all);
}

nlohmann::ordered_json json_of(const StreamFigures& figures, Duration time) {
  return {{"bytes_in", figures.bytes_in},
          {"bytes_out", figures.bytes_out},
          {"bits_per_second_in", bits_per_second(figures.bytes_in, time)},
          {"bits_per_second_out", bits_per_second(figures.bytes_out, time)}};
}

}  // namespace

void LoadPrinter::print_heading() const {
  if (is_json) return;
  std::printf("stream     seconds  %12s  %14s%s\n", "bytes", "rate",
              is_udp ? "      lost   share   late  jitter ms"
                     : "    again  time-outs      rtt ms        cwnd");
}

void LoadPrinter::print(const LoadReport& report) const {
  if (is_quiet && !report.is_summary) return;
  if (report.is_summary && !is_json && !is_quiet) std::printf("in all\n");
  for (const StreamFigures& each : report.streams) print_row(report, each, false);
  if (report.streams.size() > 1) print_row(report, sum_of(report.streams), true);
  std::fflush(stdout);
}

void LoadPrinter::print_row(const LoadReport& report, const StreamFigures& figures,
                            bool is_sum) const {
  if (is_json) return print_json(report, figures, is_sum);
  const std::string name = is_sum ? "all" : std::to_string(figures.number);
  const Duration time = report.to - report.from;
  for (const bool is_in : {false, true}) {
    const std::uint64_t bytes = is_in ? figures.bytes_in : figures.bytes_out;
    if (bytes == 0 && (is_in || figures.bytes_in > 0)) continue;
    std::printf("%3s %-3s %5.1f-%6.1f  %12s  %14s", name.c_str(), is_in ? "in" : "out",
                seconds(report.from), seconds(report.to),
                scaled(static_cast<double>(bytes), "B").c_str(),
                scaled(bits_per_second(bytes, time), "bit/s").c_str());
    if (is_udp && (is_in || figures.is_told_by_receiver)) {
      std::printf("  %8llu  %5.2f%%  %5llu  %9.3f", static_cast<unsigned long long>(figures.lost),
                  lost_share(figures), static_cast<unsigned long long>(figures.late),
                  in_milliseconds(figures.jitter));
    } else if (is_udp && figures.not_sent > 0) {
      std::printf("  %llu not sent: no room", static_cast<unsigned long long>(figures.not_sent));
    } else if (!is_udp && !is_in) {
      std::printf(" %8llu  %9llu  %10.3f  %10s",
                  static_cast<unsigned long long>(figures.retransmitted_segments),
                  static_cast<unsigned long long>(figures.time_outs), in_milliseconds(figures.srtt),
                  scaled(figures.cwnd_bytes, "B").c_str());
    }
    std::printf("\n");
  }
}

void LoadPrinter::print_json(const LoadReport& report, const StreamFigures& figures,
                             bool is_sum) const {
  const Duration time = report.to - report.from;
  nlohmann::ordered_json line{{"event", report.is_summary ? "summary" : "interval"}};
  if (is_sum) {
    line["stream"] = "all";
  } else {
    line["stream"] = figures.number;
    line["remote"] = to_string(figures.remote);
  }
  line["from"] = seconds(report.from);
  line["to"] = seconds(report.to);
  line.update(json_of(figures, time));
  if (is_udp) {
    line["datagrams_in"] = figures.datagrams_in;
    line["datagrams_out"] = figures.datagrams_out;
    line["not_sent"] = figures.not_sent;
    line["lost"] = figures.lost;
    line["lost_percent"] = lost_share(figures);
    line["late"] = figures.late;
    line["jitter_ms"] = in_milliseconds(figures.jitter);
    line["told_by_receiver"] = figures.is_told_by_receiver;
  } else {
    line["retransmitted_segments"] = figures.retransmitted_segments;
    line["time_outs"] = figures.time_outs;
    line["rtt_ms"] = in_milliseconds(figures.srtt);
    line["min_rtt_ms"] = in_milliseconds(figures.min_rtt);
    line["cwnd_bytes"] = figures.cwnd_bytes;
  }
  std::printf("%s\n", line.dump().c_str());
}

}  // namespace acksu::tools
