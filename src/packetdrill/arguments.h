// What the arguments of a script's calls mean: numbers and names, addresses, buffers.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "packetdrill/play_options.h"

namespace acksu::packetdrill {

using Octets = std::vector<std::uint8_t>;

// A number: itself, a name of Linux's, several joined by |, htons(n). Throws Mistake with `line`.
std::int64_t number_of(const Expression& expression, std::uint32_t line);

// A socket address, and how long it is; of no bytes: a null pointer.
struct SocketName {
  sockaddr_storage storage{};
  socklen_t bytes = 0;

  const sockaddr* data() const {
    return bytes == 0 ? nullptr : reinterpret_cast<const sockaddr*>(&storage);
  }
};

// As sockets of that version are told an endpoint.
SocketName name_of(const Endpoint& endpoint, IpVersion version);
// `...` means `usual`; AF_UNSPEC alone is the address that ends an association.
SocketName name_of(const Expression& expression, const SocketName& usual, std::uint32_t line);

// The value of an option, as setsockopt() is given it: [1], "cubic", {onoff=1, linger=0}.
Octets option_value(const Expression& expression, std::uint32_t line);

// What a call of the receiving or sending family moves, alive as long as the call.
struct Buffers {
  std::vector<Octets> storage;
  std::vector<iovec> parts;
  Octets control;
  SocketName name;
};

// Room for `bytes`, with the text of the expression if it has one. NULL: a null pointer.
void add_buffer(Buffers& buffers, const Expression& expression, std::size_t bytes);
// [{..., 100}, {..., 200}]
void add_parts(Buffers& buffers, const Expression& list, std::uint32_t line);

}  // namespace acksu::packetdrill
