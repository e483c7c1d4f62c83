// The library for LD_PRELOAD: getsockopt and sendfile of descriptors that are the plug-in's go
// there, all others to the kernel. What is run by the shell is run, and told to the plug-in.
// house: table
#include <dlfcn.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "packetdrill/preload.h"

namespace {

acksu::packetdrill::PreloadCalls calls;

bool is_ours(int descriptor) {
  return calls.owner != nullptr && calls.has(calls.owner, descriptor);
}

ssize_t send_a_file(int to, int from, off64_t* offset, std::size_t bytes) {
  if (is_ours(to)) return calls.sendfile(calls.owner, to, from, offset, bytes);
  return syscall(SYS_sendfile, to, from, offset, bytes);
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] void acksu_preload_calls(
    const acksu::packetdrill::PreloadCalls* told) {
  calls = told == nullptr ? acksu::packetdrill::PreloadCalls{} : *told;
}

[[gnu::visibility("default")]] int getsockopt(int descriptor, int level, int name, void* value,
                                              socklen_t* bytes) noexcept {
  if (is_ours(descriptor))
    return calls.getsockopt(calls.owner, descriptor, level, name, value, bytes);
  return static_cast<int>(syscall(SYS_getsockopt, descriptor, level, name, value, bytes));
}

[[gnu::visibility("default")]] int system(const char* command) {
  using System = int (*)(const char*);
  const auto of_library = reinterpret_cast<System>(dlsym(RTLD_NEXT, "system"));
  const int status = of_library(command);
  if (calls.owner != nullptr && command != nullptr) calls.hear_command(calls.owner, command);
  return status;
}

[[gnu::visibility("default")]] ssize_t sendfile(int to, int from, off_t* offset,
                                                std::size_t bytes) noexcept {
  return send_a_file(to, from, offset, bytes);
}

[[gnu::visibility("default")]] ssize_t sendfile64(int to, int from, off64_t* offset,
                                                  std::size_t bytes) noexcept {
  return send_a_file(to, from, offset, bytes);
}
}
