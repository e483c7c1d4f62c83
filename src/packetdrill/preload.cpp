// The plug-in's side of the library that stands between packetdrill and the C library.
// house: table
#include "packetdrill/preload.h"

#include <dlfcn.h>

#include "packetdrill/plugin.h"

namespace acksu::packetdrill {
namespace {

Plugin& asked(void* owner) { return *static_cast<Plugin*>(owner); }

bool has_descriptor(void* owner, int descriptor) { return asked(owner).has(descriptor); }

int tell_option(void* owner, int descriptor, int level, int name, void* value, socklen_t* bytes) {
  return asked(owner).get_option(descriptor, {level, name}, value, bytes);
}

ssize_t send_file(void* owner, int to, int from, off64_t* offset, std::size_t bytes) {
  return asked(owner).send_file(to, from, offset, bytes);
}

void hear_command(void* owner, const char* command) { asked(owner).hear_command(command); }

}  // namespace

void tell_preload(Plugin* plugin) {
  using Receive = void (*)(const PreloadCalls*);
  const auto receive = reinterpret_cast<Receive>(dlsym(RTLD_DEFAULT, preload_symbol));
  if (receive == nullptr) return;
  const PreloadCalls calls{plugin, has_descriptor, tell_option, send_file, hear_command};
  receive(plugin == nullptr ? nullptr : &calls);
}

}  // namespace acksu::packetdrill
