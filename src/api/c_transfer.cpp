// The calls of include/acksu/socket.h that move text and datagrams.
// The arguments are those of POSIX, one row a call.
// house: table
#include <algorithm>
#include <climits>

#include "acksu/socket.h"
#include "api/c_stack.h"

namespace acksu::posix {
namespace {

ssize_t run_send(acksu_stack* stack, Transfer transfer) {
  const auto call = [&](Sockets& sockets, Instant now) { return sockets.send(transfer, now); };
  return end_call(stack->shell->run(call, forever, transfer.descriptor));
}

ssize_t run_receive(acksu_stack* stack, Transfer& transfer) {
  const auto call = [&](Sockets& sockets, Instant now) { return sockets.receive(transfer, now); };
  return end_call(stack->shell->run(call, forever, transfer.descriptor));
}

// Of readv and writev.
Transfer transfer_of(int descriptor, const iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(std::max(count, 0));
  Transfer transfer = Transfer::of(descriptor, message, 0);
  transfer.is_plain = true;
  return transfer;
}

ssize_t fail_call(int error) { return end_call(Outcome::failed(error)); }

}  // namespace
}  // namespace acksu::posix

using acksu::posix::fail_call;
using acksu::posix::is_negative;
using acksu::posix::run_receive;
using acksu::posix::run_send;
using acksu::posix::Transfer;
using acksu::posix::transfer_of;

extern "C" {

ssize_t acksu_read(acksu_stack* stack, int fd, void* room, size_t bytes) {
  Transfer transfer = Transfer::plain(fd, room, bytes);
  return run_receive(stack, transfer);
}

ssize_t acksu_readv(acksu_stack* stack, int fd, const iovec* parts, int count) {
  if (count < 0 || count > IOV_MAX) return fail_call(EINVAL);
  if (count == 0) return acksu_read(stack, fd, nullptr, 0);
  Transfer transfer = transfer_of(fd, parts, count);
  return run_receive(stack, transfer);
}

ssize_t acksu_recv(acksu_stack* stack, int fd, void* room, size_t bytes, int flags) {
  Transfer transfer = Transfer::of(fd, room, bytes, flags);
  return run_receive(stack, transfer);
}

ssize_t acksu_recvfrom(acksu_stack* stack, int fd, void* room, size_t bytes, int flags,
                       sockaddr* name, socklen_t* name_bytes) {
  Transfer transfer = Transfer::of(fd, room, bytes, flags);
  if (name != nullptr && name_bytes == nullptr) return fail_call(EFAULT);
  if (name != nullptr && is_negative(*name_bytes)) return fail_call(EINVAL);
  if (name != nullptr) {
    transfer.message.msg_name = name;
    transfer.message.msg_namelen = *name_bytes;
  }
  const ssize_t count = run_receive(stack, transfer);
  if (count >= 0 && name_bytes != nullptr) *name_bytes = transfer.message.msg_namelen;
  return count;
}

ssize_t acksu_recvmsg(acksu_stack* stack, int fd, msghdr* message, int flags) {
  if (message == nullptr) return fail_call(EFAULT);
  Transfer transfer = Transfer::of(fd, *message, flags);
  const ssize_t count = run_receive(stack, transfer);
  if (count >= 0) *message = transfer.message;
  return count;
}

ssize_t acksu_write(acksu_stack* stack, int fd, const void* text, size_t bytes) {
  return run_send(stack, Transfer::plain(fd, const_cast<void*>(text), bytes));
}

ssize_t acksu_writev(acksu_stack* stack, int fd, const iovec* parts, int count) {
  if (count < 0 || count > IOV_MAX) return fail_call(EINVAL);
  if (count == 0) return acksu_write(stack, fd, nullptr, 0);
  return run_send(stack, transfer_of(fd, parts, count));
}

ssize_t acksu_send(acksu_stack* stack, int fd, const void* text, size_t bytes, int flags) {
  return run_send(stack, Transfer::of(fd, const_cast<void*>(text), bytes, flags));
}

ssize_t acksu_sendto(acksu_stack* stack, int fd, const void* text, size_t bytes, int flags,
                     const sockaddr* name, socklen_t name_bytes) {
  if (name != nullptr && name_bytes > sizeof(sockaddr_storage)) return fail_call(EINVAL);
  Transfer transfer = Transfer::of(fd, const_cast<void*>(text), bytes, flags);
  transfer.message.msg_name = const_cast<sockaddr*>(name);
  transfer.message.msg_namelen = name_bytes;
  return run_send(stack, transfer);
}

ssize_t acksu_sendmsg(acksu_stack* stack, int fd, const msghdr* message, int flags) {
  if (message == nullptr) return fail_call(EFAULT);
  return run_send(stack, Transfer::of(fd, *message, flags));
}

}  // extern "C"
