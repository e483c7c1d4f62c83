// packetdrill makes two calls past the table of its stack: getsockopt for what its scripts compute
// with, and sendfile; and scripts set the kernel up by commands. A library of its own, named by
// LD_PRELOAD, takes the calls, asks the plug-in about descriptors that are the plug-in's, and tells
// it what commands were run.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>

namespace acksu::packetdrill {

class Plugin;

struct PreloadCalls {
  void* owner = nullptr;
  bool (*has)(void*, int) = nullptr;  // whether that descriptor is one of the plug-in's
  int (*getsockopt)(void*, int, int, int, void*, socklen_t*) = nullptr;
  ssize_t (*sendfile)(void*, int, int, off64_t*, std::size_t) = nullptr;
  void (*hear_command)(void*, const char*) = nullptr;
};

// What the library exports, and the plug-in looks for.
inline constexpr const char* preload_symbol = "acksu_preload_calls";

// Tells the library, if it is there, whom to ask from now on; null: nobody.
void tell_preload(Plugin* plugin);

}  // namespace acksu::packetdrill
