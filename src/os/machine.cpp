// Trying what a stack in user space needs: each attempt in a child process, so that nothing of it
// stays.
#include "os/machine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>

#include "os/tap.h"
#include "os/unique_descriptor.h"
#include "os/veth.h"

namespace acksu::os {
namespace {

constexpr int address_family_xdp = 44;  // AF_XDP, which older headers do not know

std::string reason(int error) { return std::strerror(error); }

// Runs `attempt` in a child; its result, 0 or an errno, is the answer.
int try_in_child(const std::function<int()>& attempt) {
  const pid_t child = fork();
  if (child < 0) return errno;
  if (child == 0) _exit(std::clamp(attempt(), 0, 255));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

// What a wire of that name comes to on one end of a cable, in a namespace of its own: opened says
// how, and has no problem.
Finding find_wire(const std::string& kind, const char* name, const char* remedy) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {name, false, reason(errno), remedy};
  const UniqueDescriptor told{ends[0]};
  const int error = try_in_child([&] {
    if (unshare(CLONE_NEWNET) != 0) return errno;
    if (const int failed = make_veth("near0", "far0"); failed != 0) return failed;
    std::optional<WireName> wire = parse_wire(kind + (kind == "tap" ? ":tap0" : ":near0")).name;
    wire->has_offloads = true;
    const OpenedWire opened = open_wire(*wire, 1500, std::make_shared<BufferPool>());
    const bool is_tap =
        wire->kind == WireName::Kind::tap;  // its note is that it is down, of course
    const std::string words = !opened.wire ? opened.problem : is_tap ? "" : opened.note;
    const bool is_written = write(ends[1], words.data(), words.size()) >= 0;
    return opened.wire && is_written ? 0 : EIO;
  });
  close(ends[1]);
  std::array<char, 512> text;
  const ssize_t length = ::read(told.get(), text.data(), text.size());
  std::string detail{text.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
  if (detail.empty()) detail = error == 0 ? "can be used: --wire " + kind + ":NAME" : reason(error);
  return {name, error == 0, std::move(detail), error == 0 ? "" : remedy};
}

// Of what was found, in the order of what carries most here (docs/performance.md).
Finding find_best_wire(const std::vector<Finding>& findings) {
  const auto has = [&findings](std::string_view name) {
    return std::any_of(findings.begin(), findings.end(), [name](const Finding& finding) {
      return finding.name == name && finding.is_available;
    });
  };
  const char* const name = "best wire here";
  if (has("wire tap:")) {
    return {name,
            true,
            "tap:NAME --offloads to this machine: segments of 64 KiB both ways, fewest system "
            "calls a byte; to other machines " +
                std::string{has("wire packet:") ? "packet:INTERFACE, for the same reason, or "
                                                  "xdp:INTERFACE of a card that needs no copies"
                                                : "by routing"},
            {}};
  }
  if (has("TAP without root")) {
    return {name, true, "tap:NAME --offloads, inside of unshare --user --net --map-root-user", {}};
  }
  return {name, true, "unix:PATH with passt: it needs no device and no privilege", {}};
}

int try_namespace(int flags) { return unshare(flags) == 0 ? 0 : errno; }

int try_device(short kind) {
  const UniqueDescriptor device{open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  if (!device) return errno;
  ifreq request{};
  request.ifr_flags = static_cast<short>(kind | IFF_NO_PI);
  return ioctl(device.get(), TUNSETIFF, &request) == 0 ? 0 : errno;
}

int try_socket(int family, int type, int protocol) {
  const UniqueDescriptor socket{::socket(family, type | SOCK_CLOEXEC, protocol)};
  return socket ? 0 : errno;
}

Finding finding(std::string name, int error, std::string detail, std::string remedy) {
  if (error == 0) return {std::move(name), true, std::move(detail), {}};
  return {std::move(name), false, reason(error), std::move(remedy)};
}

// The effective capabilities, as bits.
std::uint64_t capabilities() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapEff:")) return std::stoull(line.substr(7), nullptr, 16);
  }
  return 0;
}

Finding find_privileges() {
  const std::uint64_t held = capabilities();
  const bool is_admin = (held >> CAP_NET_ADMIN & 1) != 0;
  const bool is_raw = (held >> CAP_NET_RAW & 1) != 0;
  const std::string who = geteuid() == 0 ? "root" : "user " + std::to_string(geteuid());
  const std::string has = std::string{is_admin ? ", CAP_NET_ADMIN" : ""} +
                          (is_raw ? ", CAP_NET_RAW" : "") +
                          (is_admin || is_raw ? "" : " without network capabilities");
  return {"privileges", is_admin && is_raw, who + has,
          "run with sudo; a TAP device made for you once needs none"};
}

Finding find_tap() {
  const int error = try_in_child([] {
    // In a namespace of its own the device disturbs nobody.
    if (unshare(CLONE_NEWNET) != 0) return errno;
    return try_device(IFF_TAP);
  });
  return finding("TAP, created", error, "can be made at will: --wire tap:NAME",
                 "sudo ip tuntap add acksu0 mode tap user $USER makes one that you may use");
}

Finding find_tun() {
  const int error = try_in_child([] {
    if (unshare(CLONE_NEWNET) != 0) return errno;
    return try_device(IFF_TUN);
  });
  return finding("TUN, created", error, "can be made at will: --wire tun:NAME",
                 "sudo ip tuntap add acksu1 mode tun user $USER makes one that you may use");
}

Finding find_device_node() {
  const UniqueDescriptor device{open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
  const int error = device ? 0 : errno;
  const bool is_there = error != ENOENT && error != ENODEV && error != ENXIO;
  return finding("/dev/net/tun", error, "can be opened",
                 is_there ? "sudo chmod 666 /dev/net/tun" : "sudo modprobe tun");
}

Finding find_rootless_namespace() {
  const int error = try_in_child([] {
    if (const int failed = try_namespace(CLONE_NEWUSER | CLONE_NEWNET); failed != 0) return failed;
    return try_device(IFF_TAP);
  });
  const char* remedy =
      error == EACCES
          ? "sudo chmod 666 /dev/net/tun"
          : "sudo sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000";
  return finding("TAP without root", error, "in a namespace: unshare --user --net --map-root-user",
                 remedy);
}

Finding find_vectors() {
  std::string found = "SSE2";
  if (__builtin_cpu_supports("avx2")) found += ", AVX2";
  if (__builtin_cpu_supports("avx512bw")) found += ", AVX-512";
  return {"vector units", true, found, {}};
}

Finding find_kernel() {
  utsname system{};
  uname(&system);
  return {"kernel",
          true,
          std::string{system.sysname} + " " + system.release + " " + system.machine,
          {}};
}

Finding find_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return {"cores", true, std::to_string(count) + " for this program", {}};
}

}  // namespace

std::vector<Finding> examine_machine() {
  std::vector<Finding> findings{find_kernel(), find_cores()};
#if defined(__x86_64__)
  findings.push_back(find_vectors());
#endif
  findings.push_back(find_privileges());
  findings.push_back(find_device_node());
  findings.push_back(find_tap());
  findings.push_back(find_tun());
  findings.push_back(finding("network namespaces",
                             try_in_child([] { return try_namespace(CLONE_NEWNET); }),
                             "can be made: ip netns add NAME", "run with sudo"));
  findings.push_back(find_rootless_namespace());
  findings.push_back(finding("AF_PACKET", try_socket(AF_PACKET, SOCK_RAW, 0),
                             "packet sockets can be opened", "run with sudo"));
  findings.push_back(finding("AF_XDP", try_socket(address_family_xdp, SOCK_RAW, 0),
                             "XDP sockets can be opened",
                             "run with sudo, on a kernel with CONFIG_XDP_SOCKETS"));
  const char* const as_root = "run with sudo";
  findings.push_back(find_wire("tap", "wire tap:", as_root));
  findings.push_back(find_wire("packet", "wire packet:", as_root));
  findings.push_back(find_wire("xdp", "wire xdp:", "run with sudo, on Linux 5.9 or newer"));
  findings.push_back(find_best_wire(findings));
  return findings;
}

std::vector<std::string> usable_taps() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{"/sys/class/net", error}) {
    std::ifstream flags_file{entry.path() / "tun_flags"};
    std::ifstream owner_file{entry.path() / "owner"};
    std::string flags_text;
    long owner = -1;
    if (!(flags_file >> flags_text) || !(owner_file >> owner)) continue;
    const unsigned long flags = std::stoul(flags_text, nullptr, 16);
    const bool may_use = geteuid() == 0 || owner == static_cast<long>(geteuid());
    if ((flags & IFF_TAP) != 0 && may_use) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace acksu::os
