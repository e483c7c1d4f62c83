// Making the plug-in, its descriptors, and following the settings of its namespace.
#include "packetdrill/plugin.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "packetdrill/sysctls.h"

namespace acksu::packetdrill {
namespace {

// The same secrets each time: what a script sees does not depend on them, and runs can be compared.
constexpr HostSecrets fixed_secrets{{0x61636b73'75706b74ull, 0x64726c6c'00000001ull}, 1};

// Grows with each program that this process has waited for.
long commands_run() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_minflt + usage.ru_nvcsw + usage.ru_nivcsw;
}

}  // namespace

Plugin::Plugin(const PluginFlags& flags)
    : Engine(settings_of(flags), fixed_secrets), flags_(flags), sockets_(host()) {}

Plugin::~Plugin() = default;

// What a script does by `sysctl` is done when its next call comes.
void Plugin::refresh() {
  if (!flags_.reads_sysctls) return;
  const long commands = commands_run();
  if (commands == commands_) return;
  commands_ = commands;
  HostSettings settings = host().settings();
  const std::string sysctls = "/proc/sys/net/ipv4";
  read_sysctls(sysctls, settings);
  host().set_tcp(settings.tcp);
  may_open_fast_ = may_clients_open_fast(sysctls);
}

void Plugin::hear_command(const char* text) {
  with_lock([&] {
    heard_.run(text);
    set_mute(heard_.is_mute());
    if (heard_.take_forgetfulness()) host().forget_fast_open();
  });
}

int Plugin::inner(int descriptor) const {
  const auto found = inner_.find(descriptor);
  return found == inner_.end() ? -1 : found->second;
}

bool Plugin::has(int descriptor) {
  return with_lock([&] { return inner(descriptor) >= 0; });
}

// packetdrill closes what a script left open by the kernel's close(2), so it has to be there.
int Plugin::place(int inner_descriptor) {
  const int descriptor = eventfd(0, EFD_CLOEXEC);
  if (descriptor >= 0) inner_[descriptor] = inner_descriptor;
  return descriptor;
}

ssize_t Plugin::finish(const posix::Outcome& outcome) const {
  if (outcome.error != 0) errno = outcome.error;
  return outcome.value;
}

}  // namespace acksu::packetdrill
