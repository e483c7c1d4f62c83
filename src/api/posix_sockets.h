// Sockets as POSIX describes them and Linux does them: descriptors, names, options, errno; on a
// host of acksu's, in whatever time it is driven: simulated, a script's, or a real one. No call
// blocks, and nothing here has a clock or a thread (posix_shell.h has); `Outcome` tells who would
// wait.
//
//   posix::Sockets sockets{host};
//   const int server = sockets.socket(AF_INET, SOCK_STREAM, 0).value;
//   sockets.bind(server, name, bytes, now);
//   sockets.listen(server, 5, now);
//   posix::Outcome peer = sockets.accept(server, 0, now);
//   while (!peer.is_over()) { ...let the host hear frames and time...; peer = accept again }
//
// A value: a copy goes on by itself, with a copied host that it is told by `move_to`. It takes the
// events of its host (`Host::next_event`), or is told them, if others want them, too.
//
// Differences from Linux are listed in docs/sockets.md.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "api/posix_address.h"
#include "api/posix_description.h"
#include "api/posix_outcome.h"
#include "api/posix_transfer.h"
#include "base/bytes.h"
#include "host/host.h"
#include "tcp/info.h"

namespace acksu::posix {

struct SocketsSettings {
  int first_descriptor = 3;      // smaller ones are never given
  int most_descriptors = 65536;  // beyond it: EMFILE
};

struct OptionName {
  int level = 0;  // SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP
  int name = 0;
  constexpr bool operator==(const OptionName&) const = default;
};

// Null: nobody asks for that. What is ready takes the place of what was asked for, also when
// nothing is.
struct SelectSets {
  fd_set* read = nullptr;
  fd_set* write = nullptr;
  fd_set* except = nullptr;
};

class Sockets {
 public:
  explicit Sockets(Host& host, SocketsSettings settings = {});

  // From now on that host, which is a copy of the old one.
  void move_to(Host& host) { host_ = &host; }

  // ---- Making and ending
  // `type` may hold SOCK_NONBLOCK and SOCK_CLOEXEC. EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT,
  // ESOCKTNOSUPPORT, EMFILE.
  Outcome socket(int family, int type, int protocol);
  // With SO_LINGER and a time it waits for what was written to be acknowledged, at most so long.
  Outcome close(int descriptor, Instant now);
  void close_all(Instant now);
  Outcome shutdown(int descriptor, int how, Instant now);

  // ---- Names. A null name is EFAULT.
  Outcome bind(int descriptor, const sockaddr* name, socklen_t bytes, Instant now);
  // Their value is 0, and the name is written.
  Outcome getsockname(int descriptor, WrittenName& name);
  Outcome getpeername(int descriptor, WrittenName& name);

  // ---- Opening
  Outcome listen(int descriptor, int backlog, Instant now);
  // The value is the new descriptor; `getpeername` tells who it is. Flags: SOCK_NONBLOCK,
  // SOCK_CLOEXEC.
  Outcome accept(int descriptor, int flags, Instant now);
  Outcome connect(int descriptor, const sockaddr* name, socklen_t bytes, Instant now);

  // ---- Text and datagrams: all of the send and receive families. Goes on where `done` stands; the
  // value is all that was moved. Receiving fills msg_namelen, msg_controllen and msg_flags.
  Outcome send(Transfer& transfer, Instant now);
  Outcome receive(Transfer& transfer, Instant now);
  // write(2) and read(2), for who does not wait, or waits with nothing done only.
  Outcome write(int descriptor, Bytes bytes, Instant now);
  Outcome read(int descriptor, MutableBytes bytes, Instant now);

  // ---- Options. Spans without data are null pointers (EFAULT).
  Outcome setsockopt(int descriptor, OptionName option, Bytes value, Instant now);
  // Writes as much as fits; the value is how much that was (optlen).
  Outcome getsockopt(int descriptor, OptionName option, MutableBytes value, Instant now);
  // F_GETFL, F_SETFL, F_GETFD, F_SETFD.
  Outcome fcntl(int descriptor, int command, int argument);
  // FIONREAD (SIOCINQ), SIOCOUTQ, FIONBIO, SIOCATMARK.
  Outcome ioctl(int descriptor, unsigned long request, int* argument, Instant now);

  // ---- Readiness
  // All bits of poll(2) that are set now, also those nobody asked for; POLLNVAL: no descriptor.
  // Where there is no room to write, or nothing else to see, the host is asked to tell when.
  short readiness(int descriptor, Instant now);
  // Fills `revents`; the value is how many are not 0. Never waits by itself: `waits_for` is set
  // when it is 0.
  Outcome poll(std::span<pollfd> descriptors, Instant now);

  // The same for sets of descriptors below FD_SETSIZE. Whoever asks again fills the sets again.
  Outcome select(int count, const SelectSets& sets, Instant now);
  // epoll_create1. Level- and edge-triggered, EPOLLONESHOT, EPOLLRDHUP; an epoll descriptor cannot
  // watch another one.
  Outcome epoll_create(int flags);
  Outcome epoll_ctl(int epoll, int operation, int descriptor, const epoll_event* event);
  // As much as there is room for; never waits by itself.
  Outcome epoll_wait(int epoll, std::span<epoll_event> room, Instant now);
  // What happened to a socket, for who takes the host's events himself: epoll lives on them. All
  // else is seen without.
  void hear(const SocketEvent& event);
  // Takes all events of the host and hears them.
  void hear_all();

  // Where the host has sent or absorbed something: looks at those sockets that are to tell time
  // stamps (SO_TIMESTAMPING). True: one has something new to tell. Whoever does not call it still
  // gets them, but by poll, not by epoll, and those of arrivals may be too late.
  bool follow_stamps();

  // ---- Looking
  // Null: no such descriptor, or no socket.
  const Description* description(int descriptor) const;
  // Differs for all that a descriptor has ever named; 0: it names nothing.
  std::uint64_t serial_of(int descriptor) const;
  // The connection's numbers; nothing: it has none.
  std::optional<tcp::Info> info(int descriptor) const;

 private:
  using Phase = Description::Phase;

  // Where a stream stands, in the terms that Linux judges calls by.
  struct Standing {
    tcp::State state = tcp::State::closed;
    std::uint32_t unread_bytes = 0;
    std::uint32_t urgent_bytes = 0;  // to be read up to the urgent octet, and it; 0: there is none
    bool is_ended = false;           // the peer's FIN has come
    bool may_send = false;           // the handshake is over, or need not be
  };

  // posix_sockets.cpp
  Description* find(int descriptor);
  static bool is_socket(const Description* description);
  static Outcome no_socket(const Description* description);
  Outcome place(Description description);
  void release(Description& description, Instant now);
  bool begins_to_linger(const Description& description) const;
  bool is_lingering(const Description& description) const;
  // posix_names.cpp
  int bind_port(Description& description, Endpoint local);
  bool conflicts(const Description& description, const Endpoint& local) const;
  std::optional<Endpoint> free_port(const Description& description, IpAddress address);
  Endpoint local_of(const Description& description) const;
  // posix_open.cpp
  static ListenOptions listen_options(const Description& description);
  static int errno_of_way(const Description& description, Error error);
  int open_connection(Description& description, Endpoint remote, bool is_fast, Instant now);
  bool waits_for_text(Description& description, Instant now);
  Outcome follow_connect(Description& description, bool is_first, Instant now);
  void disconnect(Description& description, Instant now);
  void disconnect_by_choice(Description& description, Instant now);
  void follow_failure(Description& description) const;
  static int take_error(Description& description);
  // posix_stream.cpp
  Standing standing(const Description& description) const;
  Outcome send_text(Description& description, Transfer& transfer, Instant now);
  Outcome receive_text(Description& description, Transfer& transfer, Instant now);
  int move_out(Description& description, Transfer& transfer, Instant now);
  int move_in(Description& description, Transfer& transfer, Instant now);
  // posix_urgent.cpp
  void follow_urgent(Description& description, Instant now);
  void skip_octet(const Description& description, Instant now);
  std::size_t reach_of(const Description& description, Transfer& transfer, Instant now);
  static bool has_urgent(const Description& description, const Standing& stands);
  Outcome receive_urgent(Description& description, Transfer& transfer);
  bool is_at_mark(const Description& description) const;
  int count_readable(const Description& description) const;
  // posix_transfer.cpp
  Outcome send_fast(Description& description, Transfer& transfer, Instant now);
  Outcome send_with_syn(Description& description, Transfer& transfer, Instant now);
  bool fill_syn(const Description& description, Transfer&, std::size_t room, Instant now);
  Outcome await_answer(Description& description, Transfer& transfer, Instant now);
  // posix_lending.cpp
  void note_loan(Description& description, const Transfer& transfer, const Outcome& outcome);
  void follow_loans(Description& description);
  // posix_error_queue.cpp
  bool has_reports(Description& description);
  Outcome receive_report(Description& description, Transfer& transfer);
  // posix_stamps.cpp
  int set_stamping(Description& description, bool is_new, std::uint32_t flags);
  void watch_arrivals(Description& description, std::uint64_t received);
  static bool has_good_controls(const Description& description, const Transfer& transfer);
  void note_stamp(Description& description, const Transfer& transfer, const Outcome& outcome);
  static void report_stamp(Description&, int which, std::uint64_t end, Instant time);
  static bool follow_sends(Description& description, const tcp::Info& info);
  static void follow_arrivals(Stamps& stamps, const tcp::Info& info);
  void tell_arrival(Description& description, Transfer& transfer);
  bool follow_stamps(Description& description);
  // posix_datagram.cpp
  static UdpOptions udp_options(const Description& description);
  int open_datagram(Description& description, Endpoint local, Instant now);
  Outcome connect_datagram(Description& description, Endpoint remote, Instant now);
  Outcome send_datagram(Description& description, Transfer& transfer, Instant now);
  void follow_datagram_errors(Description& description);
  bool hold_datagram(Description& description);
  Outcome receive_datagram(Description& description, Transfer& transfer);
  static void tell_datagram(const Description&, const Datagram& datagram, Transfer& transfer);
  Outcome receive_error(Description& description, Transfer& transfer);
  // posix_epoll.cpp
  EventPoll* find_epoll(int descriptor);
  std::uint32_t news_of(const EventPoll::Watch& watch, int descriptor, Instant now);
  bool has_epoll_news(EventPoll& epoll, Instant now);
  void hold(Description& description, Handle handle);
  void let_go(Description& description);
  void wake(int descriptor, std::uint32_t bits);
  void stop_watching(int descriptor, Description& description);
  // posix_readiness.cpp
  short datagram_readiness(Description& description);
  short stream_readiness(Description& description, Instant now);
  bool has_room(const Description& description, Instant now);
  // posix_options.cpp
  int set_option(Description& description, OptionName option, Bytes value);
  bool may_ask_cookies() const;
  Outcome tell_record(const Description& description, OptionName option, MutableBytes value,
                      Instant now) const;
  std::array<std::uint32_t, 9> memory_of(const Description& description) const;
  std::optional<std::uint32_t> whole_segments(const Description& description,
                                              std::optional<std::uint32_t> bytes) const;
  void pass_options(Description& description, Instant now);

  Host* host_;
  SocketsSettings settings_;
  SipKey port_key_;
  std::uint64_t ports_tried_ = 0;
  std::uint64_t serials_given_ = 0;
  std::vector<std::optional<Description>> descriptions_;  // by descriptor
  std::map<Handle, int> by_handle_;
  std::set<int> stamped_;                    // descriptors that `follow_stamps` looks at
  std::vector<std::uint8_t> datagram_room_;  // for the largest; says nothing between calls
};

}  // namespace acksu::posix
