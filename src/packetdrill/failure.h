// How playing a script ends when the host does not do what it says.
#pragma once

#include <exception>
#include <utility>

#include "packetdrill/report.h"

namespace acksu::packetdrill {

class Failure : public std::exception {
 public:
  explicit Failure(Report report) : report_(std::move(report)) {}
  const char* what() const noexcept override { return report_.failure.c_str(); }
  const Report& report() const { return report_; }

 private:
  Report report_;
};

}  // namespace acksu::packetdrill
