// A small simulated Internet to try commands in:
//
//   laptop --- router (DHCP, DNS, translation) --- provider --- server (DNS, web)
//   leased     192.168.1.1   203.0.113.2    203.0.113.1  198.51.100.1   198.51.100.80
//
// The names web.example, dns.example and alias.example are known there.
#pragma once

#include "api/online.h"
#include "sim/world.h"

namespace acksu::tools {

class SimHome {
 public:
  explicit SimHome(std::uint64_t seed);

  // Runs a program on the laptop, in virtual time, until it is done.
  const Online& run(Online::Make make);

 private:
  sim::World world_;
};

}  // namespace acksu::tools
