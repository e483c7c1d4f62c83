// What packetdrill asks of a stack that it loads from a file (its option --so_filename): a table of
// calls, by order and types. Only this layout is shared with that program; errors come back as in
// POSIX, by -1 and `errno`.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

namespace acksu::packetdrill {

struct Interface {
  void* owner;  // given back with each call
  void (*free)(void*);

  // ---- Sockets
  int (*socket)(void*, int, int, int);
  int (*bind)(void*, int, const sockaddr*, socklen_t);
  int (*listen)(void*, int, int);
  int (*accept)(void*, int, sockaddr*, socklen_t*);
  int (*connect)(void*, int, const sockaddr*, socklen_t);
  ssize_t (*read)(void*, int, void*, std::size_t);
  ssize_t (*readv)(void*, int, const iovec*, int);
  ssize_t (*recv)(void*, int, void*, std::size_t, int);
  ssize_t (*recvfrom)(void*, int, void*, std::size_t, int, sockaddr*, socklen_t*);
  ssize_t (*recvmsg)(void*, int, msghdr*, int);
  ssize_t (*write)(void*, int, const void*, std::size_t);
  ssize_t (*writev)(void*, int, const iovec*, int);
  ssize_t (*send)(void*, int, const void*, std::size_t, int);
  ssize_t (*sendto)(void*, int, const void*, std::size_t, int, const sockaddr*, socklen_t);
  ssize_t (*sendmsg)(void*, int, const msghdr*, int);
  int (*fcntl)(void*, int, int, ...);
  int (*ioctl)(void*, int, unsigned long, ...);
  int (*close)(void*, int);
  int (*shutdown)(void*, int, int);
  int (*getsockopt)(void*, int, int, int, void*, socklen_t*);
  int (*setsockopt)(void*, int, int, int, const void*, socklen_t);
  int (*poll)(void*, pollfd*, nfds_t, int);

  // ---- The wire: whole IP packets. The second waits for one; no bytes: none will come.
  int (*netdev_send)(void*, const void*, std::size_t);
  int (*netdev_receive)(void*, void*, std::size_t*, long long*);  // when it left, in microseconds

  // ---- Time
  int (*usleep)(void*, useconds_t);
  int (*gettimeofday)(void*, timeval*, struct timezone*);

  // ---- More calls
  int (*epoll_create)(void*, int);
  int (*epoll_ctl)(void*, int, int, int, epoll_event*);
  int (*epoll_wait)(void*, int, epoll_event*, int, int);
  int (*pipe)(void*, int[2]);
  int (*splice)(void*, int, off64_t*, int, off64_t*, std::size_t, unsigned);
};

}  // namespace acksu::packetdrill

extern "C" [[gnu::visibility("default")]] void packetdrill_interface_init(
    const char* flags, acksu::packetdrill::Interface* table);
