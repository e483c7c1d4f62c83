// The same calls on the kernel's sockets over its loopback, and on acksu's over its own: what they
// answer, errno included, must be the same. Each sequence prints what it was answered.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/posix_sockets.h"
#include "sim/world.h"

namespace acksu::posix {
namespace {

constexpr IpAddress loopback = IpAddress::v4(127, 0, 0, 1);

// What a sequence may do; -1 and errno as POSIX, whoever answers.
class Calls {
 public:
  virtual ~Calls() = default;
  virtual int socket(int type) = 0;
  virtual int bind(int fd, const sockaddr_in& name) = 0;
  virtual int listen(int fd, int backlog) = 0;
  virtual int accept(int fd) = 0;
  virtual int connect(int fd, const sockaddr_in& name) = 0;
  virtual int shutdown(int fd, int how) = 0;
  virtual int close(int fd) = 0;
  virtual int send(int fd, const char* text, std::size_t size, int flags) = 0;
  virtual int send_to(int fd, const char* text, int flags, const sockaddr_in& name) = 0;
  virtual int receive(int fd, char* room, std::size_t size, int flags) = 0;
  virtual int send_parts(int fd, iovec* parts, std::size_t count) = 0;
  virtual int read_nothing(int fd) = 0;
  virtual int get(int fd, OptionName name, void* value, socklen_t* size) = 0;
  virtual int set(int fd, OptionName name, const void* value, socklen_t size) = 0;
  virtual int ioctl(int fd, unsigned long request, int* argument) = 0;
  virtual int peer(int fd) = 0;  // its port, from getpeername
  virtual int bits(int fd) = 0;  // of poll
  virtual int epoll() = 0;
  virtual int watch(int epoll, int operation, int fd, std::uint32_t events) = 0;
  virtual int news(int epoll, std::uint32_t& events) = 0;  // one event
  virtual void pass() = 0;                                 // time
  virtual std::uint16_t port(int which) = 0;               // one that was free
};

class OnLinux : public Calls {
 public:
  ~OnLinux() override {
    for (const int fd : open_) ::close(fd);
  }
  int socket(int type) override { return kept(::socket(AF_INET, type | SOCK_NONBLOCK, 0)); }
  int bind(int fd, const sockaddr_in& name) override {
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  int listen(int fd, int backlog) override { return ::listen(fd, backlog); }
  int accept(int fd) override { return kept(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK)); }
  int connect(int fd, const sockaddr_in& name) override {
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  int shutdown(int fd, int how) override { return ::shutdown(fd, how); }
  int close(int fd) override {
    std::erase(open_, fd);
    return ::close(fd);
  }
  int send(int fd, const char* text, std::size_t size, int flags) override {
    return static_cast<int>(::send(fd, text, size, flags | MSG_NOSIGNAL));
  }
  int send_to(int fd, const char* text, int flags, const sockaddr_in& name) override {
    const auto* const to = reinterpret_cast<const sockaddr*>(&name);
    return static_cast<int>(
        ::sendto(fd, text, std::strlen(text), flags | MSG_NOSIGNAL, to, sizeof name));
  }
  int receive(int fd, char* room, std::size_t size, int flags) override {
    return static_cast<int>(::recv(fd, room, size, flags));
  }
  int send_parts(int fd, iovec* parts, std::size_t count) override {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    return static_cast<int>(::sendmsg(fd, &message, MSG_NOSIGNAL));
  }
  int read_nothing(int fd) override {
    char room;
    return static_cast<int>(::read(fd, &room, 0));
  }
  int get(int fd, OptionName name, void* value, socklen_t* size) override {
    return ::getsockopt(fd, name.level, name.name, value, size);
  }
  int set(int fd, OptionName name, const void* value, socklen_t size) override {
    return ::setsockopt(fd, name.level, name.name, value, size);
  }
  int ioctl(int fd, unsigned long request, int* argument) override {
    return ::ioctl(fd, request, argument);
  }
  int peer(int fd) override {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size) < 0) return -1;
    return ntohs(name.sin_port);
  }
  int bits(int fd) override {
    pollfd asked{fd, 0x7fff, 0};
    ::poll(&asked, 1, 0);
    return asked.revents;
  }
  int epoll() override { return kept(::epoll_create1(0)); }
  int watch(int epoll, int operation, int fd, std::uint32_t events) override {
    epoll_event event{.events = events, .data = {.fd = fd}};
    return ::epoll_ctl(epoll, operation, fd, &event);
  }
  int news(int epoll, std::uint32_t& events) override {
    epoll_event event{};
    const int count = ::epoll_wait(epoll, &event, 1, 0);
    events = event.events;
    return count;
  }
  void pass() override { ::usleep(30'000); }
  std::uint16_t port(int which) override {
    std::uint16_t& port = ports_[which];
    if (port != 0) return port;
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    socklen_t size = sizeof name;
    EXPECT_EQ(bind(fd, name), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size), 0);
    ::close(fd);
    return port = ntohs(name.sin_port);
  }

 private:
  int kept(int fd) {
    if (fd >= 0) open_.push_back(fd);
    return fd;
  }
  std::vector<int> open_;
  std::map<int, std::uint16_t> ports_;
};

class OnAcksu : public Calls {
 public:
  int socket(int type) override { return ended(sockets_.socket(AF_INET, type | SOCK_NONBLOCK, 0)); }
  int bind(int fd, const sockaddr_in& name) override {
    return ended(sockets_.bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name, now()));
  }
  int listen(int fd, int backlog) override { return ended(sockets_.listen(fd, backlog, now())); }
  int accept(int fd) override { return ended(sockets_.accept(fd, SOCK_NONBLOCK, now())); }
  int connect(int fd, const sockaddr_in& name) override {
    return ended(
        sockets_.connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name, now()));
  }
  int shutdown(int fd, int how) override { return ended(sockets_.shutdown(fd, how, now())); }
  int close(int fd) override {
    Outcome outcome = sockets_.close(fd, now());
    while (!outcome.is_over() && world_.step()) outcome = sockets_.close(fd, now());
    return ended(outcome);
  }
  int send(int fd, const char* text, std::size_t size, int flags) override {
    Transfer transfer = Transfer::of(fd, const_cast<char*>(text), size, flags);
    return ended(sockets_.send(transfer, now()));
  }
  int send_to(int fd, const char* text, int flags, const sockaddr_in& name) override {
    Transfer transfer = Transfer::of(fd, const_cast<char*>(text), std::strlen(text), flags);
    sockaddr_in to = name;
    transfer.message.msg_name = &to;
    transfer.message.msg_namelen = sizeof to;
    return ended(sockets_.send(transfer, now()));
  }
  int receive(int fd, char* room, std::size_t size, int flags) override {
    Transfer transfer = Transfer::of(fd, room, size, flags);
    return ended(sockets_.receive(transfer, now()));
  }
  int send_parts(int fd, iovec* parts, std::size_t count) override {
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    Transfer transfer = Transfer::of(fd, message, 0);
    return ended(sockets_.send(transfer, now()));
  }
  int read_nothing(int fd) override {
    std::uint8_t room;
    return ended(sockets_.read(fd, {&room, 0}, now()));
  }
  int get(int fd, OptionName name, void* value, socklen_t* size) override {
    const MutableBytes room{static_cast<std::uint8_t*>(value), *size};
    const Outcome outcome = sockets_.getsockopt(fd, name, room, now());
    if (!outcome) return ended(outcome);
    *size = static_cast<socklen_t>(outcome.value);
    return 0;
  }
  int set(int fd, OptionName name, const void* value, socklen_t size) override {
    return ended(
        sockets_.setsockopt(fd, name, {static_cast<const std::uint8_t*>(value), size}, now()));
  }
  int ioctl(int fd, unsigned long request, int* argument) override {
    return ended(sockets_.ioctl(fd, request, argument, now()));
  }
  int peer(int fd) override {
    WrittenName name;
    const Outcome outcome = sockets_.getpeername(fd, name);
    if (!outcome) return ended(outcome);
    return read_name(AF_INET, reinterpret_cast<const sockaddr*>(&name.name), name.bytes)
        .endpoint.port;
  }
  int bits(int fd) override { return sockets_.readiness(fd, now()); }
  int epoll() override { return ended(sockets_.epoll_create(0)); }
  int watch(int epoll, int operation, int fd, std::uint32_t events) override {
    const epoll_event event{.events = events, .data = {.fd = fd}};
    return ended(sockets_.epoll_ctl(epoll, operation, fd, &event));
  }
  int news(int epoll, std::uint32_t& events) override {
    epoll_event event{};
    const Outcome outcome = sockets_.epoll_wait(epoll, {&event, 1}, now());
    events = event.events;
    return ended(outcome);
  }
  void pass() override { ASSERT_TRUE(world_.run_until(world_.now() + 30ms)); }
  std::uint16_t port(int which) override { return static_cast<std::uint16_t>(7000 + which); }

 private:
  static HostSettings settings() {
    HostSettings settings;
    LinkSettings link;
    link.mac = {{2, 0, 0, 0, 0, 1}};
    link.addresses = {{IpAddress::v4(10, 0, 0, 1), 24}};
    settings.links.push_back(link);
    return settings;
  }
  static int ended(const Outcome& outcome) {
    errno = outcome.error;
    return static_cast<int>(outcome.value);
  }
  Instant now() const { return world_.now(); }

  sim::World world_{1};
  sim::HostId host_ = world_.add_host(settings());
  Sockets sockets_{world_.host(host_)};
};

// Writes down what calls are answered. Descriptors have names: "a", "b".
class Log {
 public:
  explicit Log(Calls& calls) : calls_(calls) {}

  void note(const std::string& what, int result) {
    lines_.push_back(what + " = " + std::to_string(result) +
                     (result < 0 ? std::string{" "} + strerrorname_np(errno) : ""));
  }
  // A descriptor's own number tells nothing.
  int made(const std::string& what, int fd) {
    note(what, fd < 0 ? fd : 0);
    return fd;
  }
  sockaddr_in name(int which) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(which < 0 ? std::uint16_t{0} : calls_.port(which));
    name.sin_addr.s_addr = htonl(loopback.as_v4());
    return name;
  }

  int socket(int type = SOCK_STREAM) { return made("socket", calls_.socket(type)); }
  void bind(int fd, int which) { note("bind", calls_.bind(fd, name(which))); }
  void listen(int fd, int backlog = 5) { note("listen", calls_.listen(fd, backlog)); }
  int accept(int fd) { return made("accept", calls_.accept(fd)); }
  void connect(int fd, int which) { note("connect", calls_.connect(fd, name(which))); }
  void disconnect(int fd) {
    sockaddr_in nothing{};
    nothing.sin_family = AF_UNSPEC;
    note("disconnect", calls_.connect(fd, nothing));
  }
  void shutdown(int fd, int how) { note("shutdown", calls_.shutdown(fd, how)); }
  void close(int fd) { note("close", calls_.close(fd)); }
  void send(int fd, const char* text, int flags = 0) {
    note("send", calls_.send(fd, text, std::strlen(text), flags));
  }
  void send_fast(int fd, const char* text, int which) {
    note("send fast", calls_.send_to(fd, text, MSG_FASTOPEN, name(which)));
  }
  void receive(int fd, std::size_t size = 64, int flags = 0) {
    char room[64] = "";
    note("receive", calls_.receive(fd, room, size, flags));
    if ((flags & MSG_TRUNC) == 0) lines_.back() += " " + std::string{room};
  }
  void fault(int fd) {
    note("send null", calls_.send(fd, nullptr, 10, 0));
    note("receive null", calls_.receive(fd, nullptr, 10, 0));
  }
  // Two parts of these lengths, of a text of four bytes.
  void send_parts(int fd, std::size_t first, std::size_t second) {
    char text[] = "text";
    iovec parts[] = {{text, first}, {text, second}};
    note("send parts", calls_.send_parts(fd, parts, 2));
  }
  void read_nothing(int fd) { note("read nothing", calls_.read_nothing(fd)); }
  void bits(int fd) { note("bits", calls_.bits(fd)); }
  void peer(int fd, int which) {
    const int port = calls_.peer(fd);
    note("peer", port < 0 ? port : (port == calls_.port(which) ? 1 : 0));
  }
  void option(int fd, OptionName which, socklen_t size = sizeof(int)) {
    int value = 0;
    note("get", calls_.get(fd, which, &value, &size));
    lines_.back() += " " + std::to_string(value) + " of " + std::to_string(size);
  }
  void set(int fd, OptionName which, int value, socklen_t size = sizeof(int)) {
    note("set " + std::to_string(which.name), calls_.set(fd, which, &value, size));
  }
  void linger(int fd, int seconds) {
    const struct linger value{1, seconds};
    note("linger", calls_.set(fd, {SOL_SOCKET, SO_LINGER}, &value, sizeof value));
  }
  void error(int fd) { option(fd, {SOL_SOCKET, SO_ERROR}); }
  void count(int fd, unsigned long request) {
    int value = 0;
    note("ioctl", calls_.ioctl(fd, request, &value));
    lines_.back() += " " + std::to_string(value);
  }
  int epoll() { return made("epoll", calls_.epoll()); }
  void watch(int epoll, int operation, int fd, std::uint32_t events) {
    note("watch", calls_.watch(epoll, operation, fd, events));
  }
  void news(int epoll) {
    std::uint32_t events = 0;
    note("news", calls_.news(epoll, events));
    lines_.back() += " " + std::to_string(events);
  }
  void pass() { calls_.pass(); }

  // Two ends of a connection: who asked, and who accepted.
  struct Ends {
    int listener, a, b;
  };
  Ends established(int which = 0) {
    Ends ends{};
    ends.listener = socket();
    bind(ends.listener, which);
    listen(ends.listener);
    ends.a = socket();
    connect(ends.a, which);
    pass();
    ends.b = accept(ends.listener);
    return ends;
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  Calls& calls_;
  std::vector<std::string> lines_;
};

void compare(const std::function<void(Log&)>& sequence) {
  OnLinux of_linux;
  OnAcksu of_acksu;
  Log on_linux{of_linux}, on_acksu{of_acksu};
  sequence(on_linux);
  sequence(on_acksu);
  ASSERT_EQ(on_linux.lines().size(), on_acksu.lines().size());
  for (std::size_t i = 0; i < on_linux.lines().size(); ++i) {
    EXPECT_EQ(on_acksu.lines()[i], on_linux.lines()[i])
        << "call " << i << ", after " << (i == 0 ? "nothing" : on_linux.lines()[i - 1]);
  }
}

TEST(AsLinux, AFreshSocket) {
  compare([](Log& log) {
    const int a = log.socket();
    log.bits(a);
    log.receive(a);
    log.send(a, "text");
    log.peer(a, 0);
    log.shutdown(a, SHUT_RDWR);
    log.shutdown(a, 7);
    log.bits(a);
    log.receive(a);
    log.connect(a, 0);
    log.pass();
    log.error(a);
    log.accept(a);
    log.count(a, FIONREAD);
    log.close(a);
  });
}

TEST(AsLinux, ARefusal) {
  compare([](Log& log) {
    const int a = log.socket();
    log.connect(a, 0);
    log.pass();
    log.bits(a);
    log.connect(a, 0);
    log.bits(a);
    log.connect(a, 0);
    log.pass();
    log.error(a);
    log.error(a);
    log.send(a, "text");
    log.receive(a);
    log.connect(a, 0);
  });
}

TEST(AsLinux, TextAndHalfClose) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.connect(a, 0);
    log.connect(a, 0);
    log.peer(a, 0);
    log.bits(a);
    log.send(a, "hello");
    log.pass();
    log.bits(b);
    log.count(b, FIONREAD);
    log.receive(b, 2, MSG_PEEK);
    log.receive(b, 2);
    log.receive(b, 2, MSG_TRUNC);
    log.receive(b, 10, MSG_WAITALL);
    log.receive(b);
    log.fault(b);
    log.shutdown(a, SHUT_WR);
    log.send(a, "more");
    log.bits(a);
    log.pass();
    log.bits(b);
    log.receive(b);
    log.receive(b);
    log.send(b, "bye");
    log.shutdown(b, SHUT_WR);
    log.pass();
    log.bits(a);
    log.bits(b);
    log.receive(a);
    log.receive(a);
    log.shutdown(b, SHUT_RDWR);
    log.peer(b, 0);
    log.send(b, "more");
    log.error(b);
  });
}

TEST(AsLinux, AReset) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.send(b, "text");
    log.send(a, "unread");
    log.pass();
    log.close(b);
    log.pass();
    log.bits(a);
    log.receive(a);
    log.receive(a);
    log.receive(a);
    log.send(a, "more");
    log.bits(a);
    log.peer(a, 0);
  });
}

TEST(AsLinux, AResetAfterTheEnd) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.close(b);
    log.pass();
    log.bits(a);
    log.send(a, "one");
    log.pass();
    log.bits(a);
    log.send(a, "two");
    log.send(a, "three");
    log.error(a);
    log.receive(a);
  });
}

TEST(AsLinux, FastOpenOfWhatIsOpen) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.send_fast(a, "text", 0);
    log.send_fast(b, "text", 0);
    log.send_fast(listener, "text", 0);
    const int c = log.socket();
    log.connect(c, 0);
    log.pass();
    log.send_fast(c, "text", 0);
    log.send_fast(c, "more", 0);
    const int d = log.socket();
    log.send_fast(d, "text", 1);  // nobody is there
    log.pass();
    log.send_fast(d, "text", 1);
    log.error(d);
  });
}

TEST(AsLinux, CloseThatLingers) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.linger(a, 1);
    log.send(a, "text");
    log.close(a);
    log.pass();
    log.receive(b);
    log.receive(b);
    log.send(b, "more");
  });
}

TEST(AsLinux, MisuseOfListeners) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.listen(listener, 9);
    log.bind(listener, 1);
    log.connect(listener, 0);
    log.receive(listener);
    log.send(listener, "text");
    log.count(listener, FIONREAD);
    log.accept(listener);
    log.accept(a);
    log.listen(a);
    log.bits(listener);
    log.option(listener, {SOL_SOCKET, SO_ACCEPTCONN});
    log.shutdown(listener, SHUT_WR);
    log.bits(listener);
    log.shutdown(listener, SHUT_RD);
    log.accept(listener);
    log.listen(listener);
    log.accept(listener);
  });
}

TEST(AsLinux, NamesInUse) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const int c = log.socket(), d = log.socket();
    log.bind(c, 0);
    log.set(c, {SOL_SOCKET, SO_REUSEADDR}, 1);
    log.bind(c, 0);  // somebody listens there
    log.close(listener);
    log.bind(c, 0);  // and somebody is connected who does not share it
    log.close(b);
    log.pass();
    log.close(a);
    log.pass();
    log.bind(c, 1);
    log.set(d, {SOL_SOCKET, SO_REUSEADDR}, 1);
    log.bind(d, 1);
    log.listen(c);
    log.listen(d);
    log.bind(d, 2);
  });
}

TEST(AsLinux, AnAbortByDisconnecting) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.set(a, {SOL_SOCKET, SO_LINGER}, 1, 4);  // too short
    log.disconnect(a);
    log.pass();
    log.bits(b);
    log.receive(b);
    log.receive(b);
    log.send(b, "text");
    log.connect(a, 0);
    log.pass();
    log.accept(listener);
  });
}

TEST(AsLinux, WhatADisconnectedSocketIsTold) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    log.disconnect(a);
    log.bits(a);
    log.send(a, "text");
    log.send(a, "text");
    log.disconnect(a);
    log.error(a);
    // Who was accepted goes back to a socket without a name.
    const auto [other, c, d] = log.established(1);
    log.disconnect(d);
    log.error(d);
    log.bind(d, 2);
    log.listen(d);
    // A connection that was shut down before connect() told it.
    const auto [third, e, f] = log.established(3);
    log.shutdown(e, SHUT_RD);
    log.connect(e, 3);
  });
}

TEST(AsLinux, PortNothingOfDatagrams) {
  compare([](Log& log) {
    const int a = log.socket(SOCK_DGRAM);
    log.connect(a, -1);  // which address would it speak from?
    log.peer(a, 0);
    log.connect(a, 0);
    log.send(a, "text");
    const int b = log.socket(SOCK_DGRAM);
    log.shutdown(b, SHUT_RDWR);
    log.send(b, "text");
  });
}

TEST(AsLinux, LengthsThatCannotBe) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const std::size_t absurd = static_cast<std::size_t>(-4);
    for (const OptionName name : {OptionName{SOL_SOCKET, SO_KEEPALIVE},
                                  {IPPROTO_TCP, TCP_NODELAY},
                                  {SOL_SOCKET, SO_LINGER},
                                  {IPPROTO_IP, IP_TTL}}) {
      log.option(a, name, static_cast<socklen_t>(-1));
      log.set(a, name, 1, static_cast<socklen_t>(-1));
    }
    log.send_parts(a, 4, absurd);
    log.pass();
    log.count(b, FIONREAD);
  });
}

TEST(AsLinux, ReadingNothing) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const int c = log.socket(SOCK_DGRAM), d = log.socket(SOCK_DGRAM);
    log.bind(d, 0);
    log.connect(c, 0);
    log.read_nothing(d);
    log.send(c, "text");
    log.pass();
    log.read_nothing(d);
    log.receive(d);
    log.read_nothing(b);
    log.read_nothing(listener);
  });
}

TEST(AsLinux, Datagrams) {
  compare([](Log& log) {
    const int a = log.socket(SOCK_DGRAM), b = log.socket(SOCK_DGRAM);
    log.bits(a);
    log.send(a, "text");
    log.receive(a);
    log.shutdown(a, SHUT_RD);
    log.peer(a, 0);
    log.listen(a);
    log.accept(a);
    log.bind(b, 0);
    log.bind(b, 1);
    log.connect(a, 0);
    log.peer(a, 0);
    log.send(a, "one");
    log.send(a, "");
    log.send(a, "three");
    log.pass();
    log.bits(b);
    log.count(b, FIONREAD);
    log.receive(b, 2, MSG_PEEK);
    log.receive(b, 2, MSG_TRUNC);
    log.receive(b);
    log.receive(b, 2);
    log.receive(b);
    log.close(b);
    log.send(a, "nobody");
    log.pass();
    log.bits(a);
    log.send(a, "again");
    log.receive(a);
    log.disconnect(a);
    log.peer(a, 0);
    log.send(a, "text");
  });
}

// RFC 6093, RFC 9293 MUST-32, MUST-33: as Linux's SIOCATMARK, MSG_OOB and POLLPRI.
TEST(AsLinux, UrgentText) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const OptionName in_line{SOL_SOCKET, SO_OOBINLINE};
    log.option(b, in_line);
    log.count(b, SIOCATMARK);
    log.receive(b, 1, MSG_OOB);
    const auto look = [&] {
      log.pass();
      log.bits(b);
      log.count(b, SIOCATMARK);
      log.count(b, FIONREAD);
    };
    log.send(a, "abc", MSG_OOB);
    log.send(a, "def");
    look();
    log.receive(b, 64, MSG_PEEK);
    log.receive(b, 64, MSG_WAITALL);
    look();
    log.receive(b, 1, MSG_OOB | MSG_PEEK);
    log.receive(b, 0, MSG_OOB);
    look();
    log.receive(b, 1, MSG_OOB);
    log.receive(b, 2, MSG_PEEK);
    log.receive(b);
    look();
    // A mark that moves on before, and after, its octet was reached.
    log.send(a, "gh", MSG_OOB);
    log.pass();
    log.send(a, "ij", MSG_OOB);
    look();
    log.receive(b);
    log.receive(b, 1, MSG_OOB);
    log.send(a, "kl", MSG_OOB);
    look();
    log.receive(b);
    log.receive(b);  // over it
    log.receive(b, 1, MSG_OOB);
    look();
    log.set(b, in_line, 7);
    log.option(b, in_line);
    log.send(a, "mno", MSG_OOB);
    log.send(a, "pq");
    look();
    log.receive(b, 1, MSG_OOB);
    log.receive(b);
    look();
    log.receive(b);
    look();
    log.set(b, in_line, 0);
    log.send(a, "r", MSG_OOB);
    log.shutdown(a, SHUT_WR);
    log.send(a, "s", MSG_OOB);
    look();
    log.receive(b);
    look();
    log.receive(b, 1, MSG_OOB);
    log.count(listener, SIOCATMARK);
    const int datagrams = log.socket(SOCK_DGRAM);
    log.send(datagrams, "text", MSG_OOB);
    log.receive(datagrams, 1, MSG_OOB);
    log.count(datagrams, SIOCATMARK);
  });
}

TEST(AsLinux, EpollOfUrgentText) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const int epoll = log.epoll();
    log.watch(epoll, EPOLL_CTL_ADD, b, EPOLLPRI | EPOLLET);
    log.send(a, "1");
    log.pass();
    log.news(epoll);
    log.send(a, "2", MSG_OOB);
    log.pass();
    log.news(epoll);
    log.news(epoll);
    log.receive(b, 1, MSG_OOB);
    log.watch(epoll, EPOLL_CTL_MOD, b, EPOLLPRI);
    log.news(epoll);
    log.send(a, "3", MSG_OOB);
    log.pass();
    log.news(epoll);
    log.news(epoll);
  });
}

TEST(AsLinux, Epoll) {
  compare([](Log& log) {
    const auto [listener, a, b] = log.established();
    const int epoll = log.epoll();
    log.watch(epoll, EPOLL_CTL_MOD, b, EPOLLIN);
    log.watch(epoll, EPOLL_CTL_ADD, b, EPOLLIN | EPOLLRDHUP | EPOLLET);
    log.watch(epoll, EPOLL_CTL_ADD, b, EPOLLIN);
    log.watch(epoll, 77, b, EPOLLIN);
    log.watch(b, EPOLL_CTL_ADD, a, EPOLLIN);
    log.news(epoll);
    log.send(a, "1");
    log.pass();
    log.news(epoll);
    log.news(epoll);
    log.send(a, "2");
    log.pass();
    log.news(epoll);
    log.watch(epoll, EPOLL_CTL_MOD, b, EPOLLIN | EPOLLOUT | EPOLLONESHOT);
    log.news(epoll);
    log.news(epoll);
    log.receive(b);
    log.watch(epoll, EPOLL_CTL_MOD, b, EPOLLIN | EPOLLRDHUP);
    log.news(epoll);
    log.close(a);
    log.pass();
    log.news(epoll);
    log.news(epoll);
    log.watch(epoll, EPOLL_CTL_DEL, b, 0);
    log.watch(epoll, EPOLL_CTL_DEL, b, 0);
    log.news(epoll);
    log.bits(epoll);
  });
}

TEST(AsLinux, Options) {
  compare([](Log& log) {
    const int a = log.socket();
    struct Row {
      OptionName name;
      std::vector<int> values;
    };
    for (const Row& row : std::vector<Row>{{{IPPROTO_TCP, TCP_NODELAY}, {1, 0, 5}},
                                           {{IPPROTO_TCP, TCP_CORK}, {1, 0}},
                                           {{IPPROTO_TCP, TCP_KEEPIDLE}, {0, 1, 32767, 32768}},
                                           {{IPPROTO_TCP, TCP_KEEPINTVL}, {-1, 9}},
                                           {{IPPROTO_TCP, TCP_KEEPCNT}, {0, 127, 128}},
                                           {{IPPROTO_TCP, TCP_USER_TIMEOUT}, {-1, 1000}},
                                           {{IPPROTO_TCP, TCP_SYNCNT}, {0, 1, 127, 128}},
                                           {{IPPROTO_TCP, TCP_LINGER2}, {0, -3, 7, 121, 0}},
                                           {{IPPROTO_TCP, TCP_DEFER_ACCEPT}, {1, 5, 0, 31, -1}},
                                           {{IPPROTO_TCP, TCP_QUICKACK}, {0, 1, 2}},
                                           {{IPPROTO_TCP, TCP_MAXSEG}, {87, 32768, 1000}},
                                           {{IPPROTO_TCP, TCP_NOTSENT_LOWAT}, {1000}},
                                           {{IPPROTO_TCP, TCP_INQ}, {1, 2}},
                                           {{IPPROTO_TCP, TCP_WINDOW_CLAMP}, {100, 5000, 0}},
                                           {{SOL_SOCKET, SO_OOBINLINE}, {1, 0}},
                                           {{IPPROTO_TCP, TCP_FASTOPEN}, {-1}},
                                           {{IPPROTO_TCP, 12345}, {1}},
                                           {{SOL_SOCKET, SO_REUSEADDR}, {2}},
                                           {{SOL_SOCKET, SO_KEEPALIVE}, {1}},
                                           {{SOL_SOCKET, SO_SNDBUF}, {1, 20000}},
                                           {{SOL_SOCKET, SO_RCVBUF}, {1, 20000}},
                                           {{SOL_SOCKET, SO_RCVLOWAT}, {0, 10}},
                                           {{SOL_SOCKET, SO_TYPE}, {1}},
                                           {{SOL_SOCKET, SO_BROADCAST}, {1}},
                                           {{SOL_SOCKET, SO_TIMESTAMP_OLD}, {5}},
                                           {{SOL_SOCKET, SO_TIMESTAMPNS_OLD}, {1}},
                                           {{SOL_SOCKET, SO_TIMESTAMP_OLD}, {0}},
                                           {{SOL_SOCKET, SO_TIMESTAMP_NEW}, {1}},
                                           {{SOL_SOCKET, SO_TIMESTAMPNS_NEW}, {1}},
                                           {{SOL_SOCKET, SO_TIMESTAMPING_OLD}, {1 << 30, 0x312}},
                                           {{SOL_SOCKET, SO_TIMESTAMPING_OLD}, {1 << 7, 1 << 16}},
                                           {{SOL_SOCKET, SO_TIMESTAMPING_NEW}, {1 << 7, 0x18}},
                                           {{SOL_SOCKET, 12345}, {1}},
                                           {{IPPROTO_IP, IP_TTL}, {0, 256, 9, -1}},
                                           {{IPPROTO_IP, IP_TOS}, {0xba, 0}},
                                           {{IPPROTO_IP, IP_RECVERR}, {1}},
                                           {{IPPROTO_IP, IP_FREEBIND}, {3, 0}},
                                           {{IPPROTO_IP, IP_MTU_DISCOVER}, {9, 2}},
                                           {{77, 1}, {1}}}) {
      for (const int value : row.values) {
        log.set(a, row.name, value);
        if (row.name != OptionName{IPPROTO_IP, IP_TTL} || value != -1) log.option(a, row.name);
      }
      log.set(a, row.name, row.values.back(), 2);
      log.option(a, row.name, 1);
    }
    log.option(a, {SOL_SOCKET, SO_DOMAIN});
    log.option(a, {SOL_SOCKET, SO_PROTOCOL});
    log.option(a, {IPPROTO_TCP, TCP_KEEPIDLE}, 9);
  });
}

}  // namespace
}  // namespace acksu::posix
