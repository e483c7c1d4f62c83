// Opening a TAP or TUN device by /dev/net/tun, with an answer for each way in which that can fail.
#include "os/tap.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "os/descriptor_wire.h"
#include "os/offload_wire.h"
#include "os/packet_wire.h"
#include "os/unix_wire.h"
#include "os/xdp_wire.h"

// <net/if.h> and <linux/if.h> do not go together.
extern "C" unsigned if_nametoindex(const char* name);

namespace acksu::os {
namespace {

using Kind = WireName::Kind;

struct KindName {
  std::string_view prefix;
  Kind kind;
};
constexpr std::array kind_names{
    KindName{"tap:", Kind::tap},           KindName{"tun:", Kind::tun},
    KindName{"unix:", Kind::unix_connect}, KindName{"unix-listen:", Kind::unix_listen},
    KindName{"packet:", Kind::packet},     KindName{"xdp:", Kind::xdp}};
constexpr std::string_view descriptor_prefix = "fd=";
constexpr std::size_t max_name = IFNAMSIZ - 1;
constexpr std::size_t longest_path = 107;  // bytes, of a UNIX socket's address
// Ethernet header and one VLAN tag, and no less than what most wires carry: the kernel's end may
// have a larger MTU than this one.
constexpr std::uint32_t link_header_bytes = 18;
constexpr std::uint32_t min_frame_room = 2047;
constexpr int longest_wait_ms = 1500;

ParsedWire wrong(std::string problem) { return {std::nullopt, std::move(problem)}; }

ParsedWire parse_descriptor(std::string_view digits, Kind kind) {
  int value = -1;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || rest != end || value < 0) {
    return wrong("'" + std::string{digits} + "' is not the number of a file descriptor");
  }
  return {WireName{{}, value, kind}, {}};
}

ParsedWire parse_path(std::string_view path, Kind kind) {
  if (path.empty()) return wrong("the socket has no path; write unix:PATH");
  if (path.size() > longest_path) {
    return wrong("'" + std::string{path} + "' is too long for a socket: at most " +
                 std::to_string(longest_path) + " bytes");
  }
  return {WireName{{}, -1, kind, std::string{path}}, {}};
}

bool is_allowed(char c) { return c > ' ' && c < 127 && c != '/' && c != ':' && c != '%'; }

// "eth0", or with the number of a queue of XDP: "eth0:3".
ParsedWire parse_interface(std::string_view text, Kind kind) {
  unsigned queue = 0;
  const std::size_t colon = text.find(':');
  if (kind == Kind::xdp && colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, queue);
    if (error != std::errc{} || rest != end) {
      return wrong("'" + std::string{digits} + "' is not the number of a queue");
    }
    text = text.substr(0, colon);
  }
  if (text.size() > max_name) {
    return wrong("'" + std::string{text} + "' is too long for an interface: at most " +
                 std::to_string(max_name) + " characters");
  }
  if (!std::all_of(text.begin(), text.end(), is_allowed) || text == "." || text == "..") {
    return wrong("'" + std::string{text} + "' cannot name an interface");
  }
  WireName name{std::string{text}, -1, kind};
  name.queue = queue;
  return {std::move(name), {}};
}

const char* mode_of(Kind kind) { return kind == Kind::tun ? "tun" : "tap"; }
const char* device_of(Kind kind) { return kind == Kind::tun ? "TUN device" : "TAP device"; }

std::string how_to_create(const std::string& name, Kind kind) {
  return "create it once with: sudo ip tuntap add " + name + " mode " + mode_of(kind) +
         " user $USER; or run this with sudo";
}

std::string why_no_device(int error) {
  if (error == ENOENT || error == ENODEV || error == ENXIO) {
    return "this machine has no /dev/net/tun: load the kernel module with: sudo modprobe tun";
  }
  if (error == EACCES || error == EPERM) {
    return "no privilege to open /dev/net/tun: run this with sudo, or: sudo chmod 666 /dev/net/tun";
  }
  return std::string{"/dev/net/tun cannot be opened: "} + std::strerror(error);
}

std::string why_not_attached(const WireName& wire, bool exists, int error) {
  const std::string& name = wire.interface;
  if (error == EPERM && !exists) {
    return "there is no interface " + name + ", and no privilege to create it; " +
           how_to_create(name, wire.kind);
  }
  if (error == EPERM) return "no privilege to use " + name + ": run this with sudo";
  if (error == EBUSY) return name + " is in use by another program";
  if (error == EINVAL && exists) {
    return name + " is no " + device_of(wire.kind) + ": take another name, or " +
           how_to_create("NAME", wire.kind);
  }
  return name + " cannot be opened: " + std::strerror(error);
}

// IFF_UP, IFF_RUNNING and so on.
unsigned flags_of(const std::string& name) {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), std::min(name.size(), max_name));
  const UniqueDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return 0;
  return static_cast<unsigned short>(request.ifr_flags);
}

// Plugging a cable in is news that the kernel takes up a little later, at most a second; what it
// has to say until then is lost.
void wait_until_running(const std::string& name) {
  for (int i = 0; i < longest_wait_ms && (flags_of(name) & IFF_RUNNING) == 0; ++i) usleep(1000);
}

std::string settle(const std::string& name) {
  if ((flags_of(name) & IFF_UP) == 0) {
    return name + " is down; raise it with: ip link set " + name + " up";
  }
  wait_until_running(name);
  return {};
}

OpenedWire make_wire(UniqueDescriptor descriptor, std::uint32_t mtu,
                     std::shared_ptr<BufferPool> pool) {
  const std::uint32_t max_frame = std::max(mtu + link_header_bytes, min_frame_room);
  auto wire = std::make_unique<DescriptorWire>(std::move(descriptor), max_frame, std::move(pool));
  if (!wire->failure().empty()) return {nullptr, wire->failure(), {}};
  return {std::move(wire), {}, {}};
}

OpenedWire open_interface(const WireName& wire, std::uint32_t mtu,
                          std::shared_ptr<BufferPool> pool) {
  UniqueDescriptor device{open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
  if (!device) return {nullptr, why_no_device(errno), {}};
  const std::string& name = wire.interface;
  const bool exists = if_nametoindex(name.c_str()) != 0;
  ifreq request{};
  const int mode = wire.kind == Kind::tun ? IFF_TUN : IFF_TAP;
  const int header = wire.has_offloads ? IFF_VNET_HDR : 0;
  const int queues = wire.has_queues ? IFF_MULTI_QUEUE : 0;
  request.ifr_flags = static_cast<short>(mode | IFF_NO_PI | header | queues);
  std::memcpy(request.ifr_name, name.data(), std::min(name.size(), max_name));
  if (ioctl(device.get(), TUNSETIFF, &request) < 0) {
    return {nullptr, why_not_attached(wire, exists, errno), {}};
  }
  // Whoever used the device before may have told the kernel to leave it checksums, and frames that
  // are to be cut. Large datagrams (TUN_F_USO) are not for us: many would look like one.
  const unsigned offloads = wire.has_offloads ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
  ioctl(device.get(), TUNSETOFFLOAD, offloads);
  OpenedWire opened;
  if (wire.has_offloads) {
    opened.wire =
        std::make_unique<OffloadWire>(std::move(device), wire.kind == Kind::tun, std::move(pool));
  } else {
    opened = make_wire(std::move(device), mtu, std::move(pool));
  }
  opened.note = settle(request.ifr_name);
  return opened;
}

OpenedWire adopt(const WireName& wire, std::uint32_t mtu, std::shared_ptr<BufferPool> pool) {
  const int descriptor = wire.descriptor;
  UniqueDescriptor owned{descriptor};
  const std::string name = "descriptor " + std::to_string(descriptor);
  const std::string device = device_of(wire.kind);
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0) {
    if (type != SOCK_STREAM) return make_wire(std::move(owned), mtu, std::move(pool));
    return {nullptr, name + " is a stream socket, which does not keep frames apart", {}};
  }
  ifreq request{};
  if (ioctl(descriptor, TUNGETIFF, &request) < 0) {
    owned.release();  // whoever opened it may still need it
    return {nullptr, name + " is neither a " + device + " nor a message socket", {}};
  }
  const auto flags = static_cast<unsigned>(request.ifr_flags);
  const unsigned mode = wire.kind == Kind::tun ? IFF_TUN : IFF_TAP;
  if ((flags & mode) == 0 || (flags & IFF_NO_PI) == 0 || (flags & IFF_VNET_HDR) != 0) {
    return {
        nullptr, name + " must be a " + device + " with IFF_NO_PI and without IFF_VNET_HDR", {}};
  }
  OpenedWire opened = make_wire(std::move(owned), mtu, std::move(pool));
  opened.note = settle(request.ifr_name);
  return opened;
}

}  // namespace

ParsedWire parse_wire(std::string_view text) {
  const auto found = std::find_if(kind_names.begin(), kind_names.end(), [&](const KindName& each) {
    return text.starts_with(each.prefix);
  });
  if (found == kind_names.end()) {
    return wrong("'" + std::string{text} +
                 "' is no wire; write tap:NAME, tun:NAME, unix:PATH, packet:INTERFACE, "
                 "xdp:INTERFACE, or tap:fd=N");
  }
  const Kind kind = found->kind;
  text.remove_prefix(found->prefix.size());
  if (kind == Kind::unix_connect || kind == Kind::unix_listen) return parse_path(text, kind);
  const bool is_tunnel = kind == Kind::tap || kind == Kind::tun;
  if (is_tunnel && text.starts_with(descriptor_prefix)) {
    return parse_descriptor(text.substr(descriptor_prefix.size()), kind);
  }
  if (text.empty() && is_tunnel) {
    const std::string mode = mode_of(kind);
    return wrong(std::string{"the "} + device_of(kind) + " has no name; write " + mode +
                 ":NAME, such as " + mode + ":acksu0");
  }
  if (text.empty()) return wrong("the interface has no name; write such as packet:eth0");
  return parse_interface(text, kind);
}

OpenedWire open_wire(const WireName& name, std::uint32_t mtu, std::shared_ptr<BufferPool> pool) {
  const bool listens = name.kind == Kind::unix_listen;
  if (listens || name.kind == Kind::unix_connect) {
    const std::uint32_t max_frame = std::max(mtu + link_header_bytes, min_frame_room);
    return listens ? listen_unix(name.path, max_frame, std::move(pool))
                   : connect_unix(name.path, max_frame, std::move(pool));
  }
  if (name.kind == Kind::packet) {
    if (name.has_offloads) return PacketWire::open(name.interface, std::move(pool));
    return {nullptr,
            "packet:" + name.interface +
                " brings segments that nobody has cut: only for programs that are an end",
            {}};
  }
  if (name.kind == Kind::xdp) return XdpWire::open(name, std::move(pool));
  if (name.interface.empty()) return adopt(name, mtu, std::move(pool));
  return open_interface(name, mtu, std::move(pool));
}

}  // namespace acksu::os
