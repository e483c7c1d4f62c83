// What the kernel says about one of its network interfaces.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"

namespace acksu::os {

struct Interface {
  unsigned index = 0;  // 0: there is none of that name
  bool is_up = false;
  std::uint32_t mtu = 0;
  MacAddress mac;
  std::string driver;  // "veth"; empty: not told
};

// In this namespace.
Interface look_at_interface(const std::string& name);
// Whether the interface of that index, which has gone down, is deleted: that comes a moment later,
// so this waits for up to 20 ms.
bool is_deleted(unsigned index);
// Why a socket for its frames could not be made, and the way out. `what`: "a packet socket".
std::string why_no_socket(const char* what, int error);
std::string why_no_interface(const std::string& name);

}  // namespace acksu::os
