// The program that an interface runs for each frame while an AF_XDP wire is open, by bpf(2): what
// is addressed to the interface's own MAC address goes on to the kernel, everything else to the
// wire. It is attached by a BPF link, so it is gone with the descriptor, however this process ends.
#pragma once

#include <string>

#include "os/interface.h"
#include "os/unique_descriptor.h"

namespace acksu::os {

enum class XdpMode { native, generic };  // run by the driver, or by the kernel behind it

struct XdpProgram {
  UniqueDescriptor map;  // sockets by number of queue
  UniqueDescriptor program;
  UniqueDescriptor link;
  int error = 0;                 // errno; 0: it is attached
  const char* failed_step = "";  // in words

  static XdpProgram attach(const Interface& interface, XdpMode mode);
  // Frames of that queue go to that socket from now on; false: errno.
  bool direct(unsigned queue, int socket) const;
};

}  // namespace acksu::os
