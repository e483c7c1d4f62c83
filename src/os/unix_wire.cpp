// Connecting to a UNIX stream socket, and listening at one.
#include "os/unix_wire.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "os/stream_wire.h"

namespace acksu::os {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

UniqueDescriptor stream_socket() {
  return UniqueDescriptor{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

bool is_socket(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// 0, or an errno.
int connect_to(const UniqueDescriptor& socket, const std::string& path) {
  const sockaddr_un address = address_of(path);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  return connect(socket.get(), generic, sizeof address) == 0 ? 0 : errno;
}

int bind_to(const UniqueDescriptor& socket, const std::string& path) {
  const sockaddr_un address = address_of(path);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  return bind(socket.get(), generic, sizeof address) == 0 ? 0 : errno;
}

std::string why_not_connected(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return "there is no socket " + path + ": start who listens there first, such as: passt " +
             "--socket " + path + "; or listen here with unix-listen:" + path;
    case ECONNREFUSED:
      return "nobody listens at " + path + " any more: start who should, such as: passt " +
             "--socket " + path;
    case EACCES: return "no privilege to use the socket " + path;
    case EPROTOTYPE: return path + " is no stream socket";
    default: return path + " cannot be connected to: " + std::strerror(error);
  }
}

std::string why_not_bound(const std::string& path, int error) {
  switch (error) {
    case EADDRINUSE:
      return "there is something at " + path + " already: remove it, or take " + "another path";
    case ENOENT: return "there is no directory for " + path;
    case EACCES: return "no privilege to make a socket at " + path;
    default: return "no socket can be made at " + path + ": " + std::strerror(error);
  }
}

OpenedWire settled(std::unique_ptr<StreamWire> wire, std::string note) {
  if (!wire->failure().empty()) return {nullptr, wire->failure(), {}};
  return {std::move(wire), {}, std::move(note)};
}

}  // namespace

OpenedWire connect_unix(const std::string& path, std::uint32_t max_frame_bytes,
                        std::shared_ptr<BufferPool> pool) {
  UniqueDescriptor socket = stream_socket();
  if (!socket) return {nullptr, std::string{"no socket: "} + std::strerror(errno), {}};
  if (const int error = connect_to(socket, path); error != 0) {
    return {nullptr, why_not_connected(path, error), {}};
  }
  return settled(StreamWire::connected(std::move(socket), max_frame_bytes, std::move(pool)), {});
}

OpenedWire listen_unix(const std::string& path, std::uint32_t max_frame_bytes,
                       std::shared_ptr<BufferPool> pool) {
  UniqueDescriptor socket = stream_socket();
  if (!socket) return {nullptr, std::string{"no socket: "} + std::strerror(errno), {}};
  int error = bind_to(socket, path);
  const bool is_left_over =
      error == EADDRINUSE && is_socket(path) && connect_to(stream_socket(), path) == ECONNREFUSED;
  if (is_left_over) {
    unlink(path.c_str());
    error = bind_to(socket, path);
  }
  if (error == 0 && listen(socket.get(), 1) != 0) error = errno;
  if (error != 0) return {nullptr, why_not_bound(path, error), {}};
  return settled(StreamWire::listening(std::move(socket), path, max_frame_bytes, std::move(pool)),
                 "waiting for the other end at " + path +
                     ", such as: qemu -netdev stream,id=n0,server=off," +
                     "addr.type=unix,addr.path=" + path);
}

}  // namespace acksu::os
