// What acksu iperf prints: a row for each stream and interval, and a summary; or JSON lines.
#pragma once

#include <string>

#include "api/load.h"

namespace acksu::tools {

struct LoadPrinter {
  bool is_json = false;
  bool is_udp = false;
  bool is_quiet = false;  // only the summary

  void print_heading() const;
  void print(const LoadReport& report) const;

 private:
  void print_row(const LoadReport& report, const StreamFigures& figures, bool is_sum) const;
  void print_json(const LoadReport& report, const StreamFigures& figures, bool is_sum) const;
};

}  // namespace acksu::tools
