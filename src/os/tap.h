// Opening wires by name. A TAP device is an Ethernet card whose cable ends in this program, a TUN
// device the same for bare IP packets. The kernel's end is an interface; its address and its being
// up are the owner's business.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "host/link_kind.h"
#include "os/wire.h"

namespace acksu::os {

// What `--wire` names: "tap:NAME" or "tun:NAME" (attached to when it exists, else created),
// "tap:fd=N" or "tun:fd=N" (a device or message socket that the program inherited), "unix:PATH" (a
// stream socket that somebody listens at), "unix-listen:PATH" (one at which this program does),
// "packet:INTERFACE" (a packet socket), "xdp:INTERFACE" or "xdp:INTERFACE:QUEUE" (AF_XDP).
struct WireName {
  enum class Kind { tap, tun, unix_connect, unix_listen, packet, xdp };

  std::string interface;  // empty: the descriptor counts
  int descriptor = -1;
  Kind kind = Kind::tap;
  std::string path{};         // of a socket
  bool has_offloads = false;  // of a device: the kernel cuts segments and completes checksums
  unsigned queue = 0;         // of XDP
  bool has_queues = false;    // of a device: opened several times, each time for a queue of its own

  // What a wire of that name carries.
  LinkKind link_kind() const { return kind == Kind::tun ? LinkKind::ip : LinkKind::ethernet; }
};

struct ParsedWire {
  std::optional<WireName> name;
  std::string problem;  // one line, when there is no name
};

ParsedWire parse_wire(std::string_view text);

struct OpenedWire {
  std::unique_ptr<Wire> wire;
  std::string problem;  // why there is no wire, and the way out; one or two lines
  std::string note;     // what the user should know of a wire that was opened; may be empty
};

// Opens the wire for frames of packets of up to `mtu` bytes.
OpenedWire open_wire(const WireName& name, std::uint32_t mtu, std::shared_ptr<BufferPool> pool);

}  // namespace acksu::os
