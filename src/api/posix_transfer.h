// What one call of the send or receive family moves: read, readv, recv, recvfrom, recvmsg and their
// counterparts are the same call with fewer arguments.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace acksu::posix {

// Kept by the caller while the call waits: `done` is where it goes on.
struct Transfer {
  int descriptor = -1;
  int flags = 0;          // MSG_...
  msghdr message{};       // msg_iov null: the one part below
  iovec part{};           // where `message` names none
  bool is_plain = false;  // read(2) and write(2): nothing asked is nothing done
  std::size_t done = 0;   // bytes moved so far
  // As they were given, from the first try on: receiving overwrites msg_controllen and msg_namelen.
  std::size_t control_room = 0;
  socklen_t name_room = 0;
  bool is_begun = false;
  bool has_waited = false;  // it found no room before
  bool is_opening = false;  // its text went with a SYN that nothing has answered yet
  bool is_at_mark = false;  // reading: the next octet is urgent, and one call goes no further
  std::size_t hole = 0;     // peeking: urgent octets that were looked over

  static Transfer plain(int descriptor, void* bytes, std::size_t size) {
    return {.descriptor = descriptor, .part = {bytes, size}, .is_plain = true};
  }
  static Transfer of(int descriptor, void* bytes, std::size_t size, int flags) {
    return {.descriptor = descriptor, .flags = flags, .part = {bytes, size}};
  }
  static Transfer of(int descriptor, const msghdr& message, int flags) {
    return {.descriptor = descriptor, .flags = flags, .message = message};
  }

  std::span<const iovec> parts() const {
    if (message.msg_iovlen == 0) return {&part, 1};
    return {message.msg_iov, message.msg_iovlen};
  }
  std::size_t size() const {
    std::size_t bytes = 0;
    for (const iovec& each : parts()) bytes += each.iov_len;
    return bytes;
  }
};

}  // namespace acksu::posix
