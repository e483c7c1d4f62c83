// The one symbol that packetdrill looks for, and a function for each row of its table.
// house: table
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "packetdrill/interface.h"
#include "packetdrill/plugin.h"
#include "packetdrill/preload.h"

namespace acksu::packetdrill {
namespace {

using posix::Transfer;

Plugin& plugin(void* owner) { return *static_cast<Plugin*>(owner); }

void* writable(const void* bytes) { return const_cast<void*>(bytes); }

msghdr of_parts(const iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(std::max(count, 0));
  return message;
}

msghdr of_part(iovec& part, const sockaddr* name, socklen_t bytes) {
  msghdr message = of_parts(&part, 1);
  message.msg_name = writable(name);
  message.msg_namelen = bytes;
  return message;
}

// ---- Sockets
int make(void* owner, int family, int type, int protocol) {
  return plugin(owner).socket(family, type, protocol);
}
int bind_name(void* owner, int descriptor, const sockaddr* name, socklen_t bytes) {
  return plugin(owner).bind(descriptor, name, bytes);
}
int listen_there(void* owner, int descriptor, int backlog) {
  return plugin(owner).listen(descriptor, backlog);
}
int accept_one(void* owner, int descriptor, sockaddr* name, socklen_t* bytes) {
  return plugin(owner).accept(descriptor, name, bytes);
}
int connect_to(void* owner, int descriptor, const sockaddr* name, socklen_t bytes) {
  return plugin(owner).connect(descriptor, name, bytes);
}
int close_one(void* owner, int descriptor) { return plugin(owner).close(descriptor); }
int shut_down(void* owner, int descriptor, int how) {
  return plugin(owner).shutdown(descriptor, how);
}

// ---- Reading
ssize_t read_plain(void* owner, int descriptor, void* bytes, std::size_t size) {
  if (!plugin(owner).has(descriptor)) return ::read(descriptor, bytes, size);
  auto transfer = Transfer::plain(descriptor, bytes, size);
  return plugin(owner).receive(transfer);
}
ssize_t receive_message(void* owner, int descriptor, msghdr* message, int flags) {
  if (message == nullptr) return errno = EFAULT, -1;
  auto transfer = Transfer::of(descriptor, *message, flags);
  const ssize_t result = plugin(owner).receive(transfer);
  if (result >= 0) *message = transfer.message;
  return result;
}
ssize_t read_parts(void* owner, int descriptor, const iovec* parts, int count) {
  msghdr message = of_parts(parts, count);
  return receive_message(owner, descriptor, &message, 0);
}
ssize_t receive_from(void* owner, int descriptor, void* bytes, std::size_t size, int flags,
                     sockaddr* name, socklen_t* name_bytes) {
  iovec part{bytes, size};
  msghdr message = of_part(part, name, name_bytes == nullptr ? 0 : *name_bytes);
  const ssize_t result = receive_message(owner, descriptor, &message, flags);
  if (result >= 0 && name_bytes != nullptr) *name_bytes = message.msg_namelen;
  return result;
}
ssize_t receive_plain(void* owner, int descriptor, void* bytes, std::size_t size, int flags) {
  return receive_from(owner, descriptor, bytes, size, flags, nullptr, nullptr);
}

// ---- Writing
ssize_t write_plain(void* owner, int descriptor, const void* bytes, std::size_t size) {
  if (!plugin(owner).has(descriptor)) return ::write(descriptor, bytes, size);
  return plugin(owner).send(Transfer::plain(descriptor, writable(bytes), size));
}
ssize_t send_message(void* owner, int descriptor, const msghdr* message, int flags) {
  if (message == nullptr) return errno = EFAULT, -1;
  return plugin(owner).send(Transfer::of(descriptor, *message, flags));
}
ssize_t write_parts(void* owner, int descriptor, const iovec* parts, int count) {
  const msghdr message = of_parts(parts, count);
  return send_message(owner, descriptor, &message, 0);
}
ssize_t send_to(void* owner, int descriptor, const void* bytes, std::size_t size, int flags,
                const sockaddr* name, socklen_t name_bytes) {
  iovec part{writable(bytes), size};
  const msghdr message = of_part(part, name, name_bytes);
  return send_message(owner, descriptor, &message, flags);
}
ssize_t send_plain(void* owner, int descriptor, const void* bytes, std::size_t size, int flags) {
  return send_to(owner, descriptor, bytes, size, flags, nullptr, 0);
}

// ---- Control
int control(void* owner, int descriptor, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const int argument = va_arg(arguments, int);
  va_end(arguments);
  return plugin(owner).control(descriptor, command, argument);
}
int control_device(void* owner, int descriptor, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  int* const argument = va_arg(arguments, int*);
  va_end(arguments);
  return plugin(owner).control_device(descriptor, request, argument);
}
int get_option(void* owner, int descriptor, int level, int name, void* value, socklen_t* bytes) {
  return plugin(owner).get_option(descriptor, {level, name}, value, bytes);
}
int set_option(void* owner, int descriptor, int level, int name, const void* value,
               socklen_t bytes) {
  return plugin(owner).set_option(descriptor, {level, name}, value, bytes);
}
int poll_all(void* owner, pollfd* descriptors, nfds_t count, int milliseconds) {
  return plugin(owner).poll(descriptors, count, milliseconds);
}
int make_epoll(void* owner, int) { return plugin(owner).make_epoll(); }
int change_epoll(void* owner, int epoll, int operation, int descriptor, epoll_event* event) {
  return plugin(owner).change_epoll(epoll, operation, descriptor, event);
}
int await_epoll(void* owner, int epoll, epoll_event* events, int most, int milliseconds) {
  if (most <= 0) return errno = EINVAL, -1;
  return plugin(owner).await_epoll(epoll, {events, static_cast<std::size_t>(most)}, milliseconds);
}
int make_pipe(void*, int descriptors[2]) { return ::pipe(descriptors); }
int splice_text(void* owner, int from, off64_t* from_offset, int to, off64_t* to_offset,
                std::size_t bytes, unsigned flags) {
  // packetdrill has offsets where a pointer to them is meant: 0 is none.
  if ((from_offset != nullptr && *from_offset != 0) || (to_offset != nullptr && *to_offset != 0)) {
    return errno = ESPIPE, -1;
  }
  return static_cast<int>(plugin(owner).splice(from, to, bytes, flags));
}

// ---- The wire and time
int send_packet(void* owner, const void* bytes, std::size_t size) {
  plugin(owner).arrive({static_cast<const std::uint8_t*>(bytes), size});
  return 0;
}
int receive_packet(void* owner, void* bytes, std::size_t* size, long long* microseconds) {
  const auto departure = plugin(owner).next_departure();
  const std::size_t count = departure ? std::min(departure->bytes.size(), *size) : 0;
  *size = count;
  if (!departure) return 0;
  std::memcpy(bytes, departure->bytes.data(), count);
  *microseconds = nanoseconds(departure->time) / 1000;
  return 0;
}
int sleep_for(void* owner, useconds_t microseconds) {
  plugin(owner).sleep(std::chrono::microseconds{microseconds});
  return 0;
}
int read_time(void* owner, timeval* time, struct timezone*) {
  const std::int64_t microseconds = nanoseconds(plugin(owner).read_clock()) / 1000;
  *time = {microseconds / 1'000'000, microseconds % 1'000'000};
  return 0;
}
void end(void* owner) {
  tell_preload(nullptr);
  delete static_cast<Plugin*>(owner);
}

void fill_sockets(Interface& table) {
  table.socket = make;
  table.bind = bind_name;
  table.listen = listen_there;
  table.accept = accept_one;
  table.connect = connect_to;
  table.close = close_one;
  table.shutdown = shut_down;
  table.read = read_plain;
  table.readv = read_parts;
  table.recv = receive_plain;
  table.recvfrom = receive_from;
  table.recvmsg = receive_message;
  table.write = write_plain;
  table.writev = write_parts;
  table.send = send_plain;
  table.sendto = send_to;
  table.sendmsg = send_message;
}

void fill_others(Interface& table) {
  table.free = end;
  table.fcntl = control;
  table.ioctl = control_device;
  table.getsockopt = get_option;
  table.setsockopt = set_option;
  table.poll = poll_all;
  table.epoll_create = make_epoll;
  table.epoll_ctl = change_epoll;
  table.epoll_wait = await_epoll;
  table.pipe = make_pipe;
  table.splice = splice_text;
  table.netdev_send = send_packet;
  table.netdev_receive = receive_packet;
  table.usleep = sleep_for;
  table.gettimeofday = read_time;
}

}  // namespace
}  // namespace acksu::packetdrill

void packetdrill_interface_init(const char* flags, acksu::packetdrill::Interface* table) {
  using namespace acksu::packetdrill;
  const ParsedFlags parsed = parse_flags(flags == nullptr ? "" : flags);
  if (!parsed.problem.empty()) {
    std::fprintf(stderr, "%s\n", parsed.problem.c_str());
    std::exit(2);
  }
  auto* const made = new Plugin(parsed.flags);
  table->owner = made;
  fill_sockets(*table);
  fill_others(*table);
  tell_preload(made);
}
