// Sockets of acksu for programs in C and C++: POSIX's calls on a stack of your own instead of the
// kernel's. Names, constants and structures are the system's (<sys/socket.h>, <netinet/in.h>,
// <netinet/tcp.h>, <poll.h>, <sys/epoll.h> ...); values, lengths and errno are Linux's. Each call
// has the name and the arguments of its model, with `acksu_` before it and the stack as first
// argument; what its manual page says holds, but for what docs/sockets.md lists.
//
//   const struct acksu_link link = {"tap:acksu0", "10.9.0.2/24", 0};
//   const struct acksu_settings settings = {&link, 1, "10.9.0.1", NULL};
//   char problem[256];
//   struct acksu_stack *stack = acksu_open(&settings, problem, sizeof problem);
//   int server = acksu_socket(stack, AF_INET, SOCK_STREAM, 0);
//
// All calls may be made by any thread at any time, but for acksu_shut: no other thread may be in a
// call then. A call that waits sleeps; close() and shutdown() by another thread end its wait.
// Descriptors are the stack's own numbers, not the kernel's: only these calls know them.
// No call raises SIGPIPE, and signals do not end a wait.
#ifndef ACKSU_SOCKET_H
#define ACKSU_SOCKET_H

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One stack with its sockets and a thread that carries its wires. */
struct acksu_stack;

struct acksu_link {
  const char* wire;      /* as of `acksu serve --wire`: "tap:NAME", "tun:NAME", "tap:fd=N",
                            "unix:PATH", "unix-listen:PATH" */
  const char* addresses; /* "10.9.0.2/24", or several with blanks between, of both families */
  unsigned mtu;          /* bytes of a packet; 0: 1500 */
};

struct acksu_settings {
  const struct acksu_link* links;
  size_t link_count;      /* at least 1 */
  const char* gateway;    /* an IPv4 address; NULL: none */
  const char* gateway_v6; /* an IPv6 address; NULL: what routers advertise */
};

/* NULL: `problem`, if it is not NULL, says in one line why (cut to problem_bytes). */
struct acksu_stack* acksu_open(const struct acksu_settings* settings, char* problem,
                               size_t problem_bytes);
/* Closes all sockets, waits up to two seconds for what was written, and ends the stack. NULL is
 * nothing. */
void acksu_shut(struct acksu_stack* stack);

/* Making and ending */
int acksu_socket(struct acksu_stack* stack, int domain, int type, int protocol);
int acksu_close(struct acksu_stack* stack, int fd);
int acksu_shutdown(struct acksu_stack* stack, int fd, int how);

/* Names and opening */
int acksu_bind(struct acksu_stack* stack, int fd, const struct sockaddr* name, socklen_t bytes);
int acksu_listen(struct acksu_stack* stack, int fd, int backlog);
int acksu_accept(struct acksu_stack* stack, int fd, struct sockaddr* name, socklen_t* bytes);
int acksu_accept4(struct acksu_stack* stack, int fd, struct sockaddr* name, socklen_t* bytes,
                  int flags);
int acksu_connect(struct acksu_stack* stack, int fd, const struct sockaddr* name, socklen_t bytes);
int acksu_getsockname(struct acksu_stack* stack, int fd, struct sockaddr* name, socklen_t* bytes);
int acksu_getpeername(struct acksu_stack* stack, int fd, struct sockaddr* name, socklen_t* bytes);

/* Text and datagrams. recvmsg with MSG_ERRQUEUE tells of lent memory and of time stamps
 * (SO_TIMESTAMPING), whose times are since 1970. */
ssize_t acksu_read(struct acksu_stack* stack, int fd, void* room, size_t bytes);
ssize_t acksu_readv(struct acksu_stack* stack, int fd, const struct iovec* parts, int count);
ssize_t acksu_recv(struct acksu_stack* stack, int fd, void* room, size_t bytes, int flags);
ssize_t acksu_recvfrom(struct acksu_stack* stack, int fd, void* room, size_t bytes, int flags,
                       struct sockaddr* name, socklen_t* name_bytes);
ssize_t acksu_recvmsg(struct acksu_stack* stack, int fd, struct msghdr* message, int flags);
ssize_t acksu_write(struct acksu_stack* stack, int fd, const void* text, size_t bytes);
ssize_t acksu_writev(struct acksu_stack* stack, int fd, const struct iovec* parts, int count);
ssize_t acksu_send(struct acksu_stack* stack, int fd, const void* text, size_t bytes, int flags);
ssize_t acksu_sendto(struct acksu_stack* stack, int fd, const void* text, size_t bytes, int flags,
                     const struct sockaddr* name, socklen_t name_bytes);
ssize_t acksu_sendmsg(struct acksu_stack* stack, int fd, const struct msghdr* message, int flags);

/* Options */
int acksu_getsockopt(struct acksu_stack* stack, int fd, int level, int name, void* value,
                     socklen_t* bytes);
int acksu_setsockopt(struct acksu_stack* stack, int fd, int level, int name, const void* value,
                     socklen_t bytes);
/* F_GETFL, F_SETFL, F_GETFD, F_SETFD */
int acksu_fcntl(struct acksu_stack* stack, int fd, int command, int argument);
/* FIONREAD, TIOCOUTQ, SIOCATMARK, FIONBIO */
int acksu_ioctl(struct acksu_stack* stack, int fd, unsigned long request, int* argument);

/* Readiness: of this stack's descriptors only. Time limits as their models': milliseconds, negative
 * or NULL for ever. */
int acksu_poll(struct acksu_stack* stack, struct pollfd* fds, nfds_t count, int milliseconds);
int acksu_select(struct acksu_stack* stack, int count, fd_set* reading, fd_set* writing,
                 fd_set* excepting, struct timeval* limit);
int acksu_epoll_create1(struct acksu_stack* stack, int flags);
int acksu_epoll_ctl(struct acksu_stack* stack, int epoll, int operation, int fd,
                    struct epoll_event* event);
int acksu_epoll_wait(struct acksu_stack* stack, int epoll, struct epoll_event* events, int most,
                     int milliseconds);

#ifdef __cplusplus
}
#endif

#endif
