// Streams of octets as wires: opening them, reading and writing without blocking.
#include "os/line_wire.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>

namespace acksu::os {
namespace {

constexpr std::uint32_t piece_bytes = 4096;
constexpr std::string_view exec_prefix = "exec:", pty_prefix = "pty:", unix_prefix = "unix:";

// How a process of ours has ended; it is given a moment for that.
std::optional<int> has_ended(pid_t child) {
  constexpr timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
  for (unsigned tries = 0; tries < 100; ++tries) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) return status;
    nanosleep(&pause, nullptr);
  }
  return std::nullopt;
}

OpenedWire failed(const std::string& what, int error) {
  return {nullptr, what + ": " + std::strerror(error), {}};
}

OpenedWire made(UniqueDescriptor descriptor, pid_t child, std::shared_ptr<BufferPool> pool) {
  auto wire = std::make_unique<LineWire>(std::move(descriptor), child, std::move(pool));
  if (!wire->failure().empty()) return {nullptr, wire->failure(), {}};
  return {std::move(wire), {}, {}};
}

OpenedWire run_command(const std::string& command, std::shared_ptr<BufferPool> pool) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return failed("no socket pair", errno);
  }
  UniqueDescriptor ours{ends[0]}, theirs{ends[1]};
  const pid_t child = fork();
  if (child < 0) return failed("no process", errno);
  if (child == 0) {
    setpgid(0, 0);  // Ctrl-C is for us; who we end is the whole command
    dup2(theirs.get(), STDIN_FILENO);
    dup2(theirs.get(), STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  setpgid(child, child);
  return made(std::move(ours), child, std::move(pool));
}

OpenedWire open_terminal(const std::string& path, std::shared_ptr<BufferPool> pool) {
  UniqueDescriptor device{::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (!device) return failed(path + " cannot be opened", errno);
  termios modes{};
  if (tcgetattr(device.get(), &modes) != 0) return failed(path + " is no terminal", errno);
  cfmakeraw(&modes);
  modes.c_cflag |= CLOCAL;
  if (tcsetattr(device.get(), TCSANOW, &modes) != 0) return failed(path, errno);
  return made(std::move(device), 0, std::move(pool));
}

OpenedWire connect_socket(const std::string& path, std::shared_ptr<BufferPool> pool) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failed(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueDescriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  if (!socket || ::connect(socket.get(), name, sizeof address) != 0) {
    return failed(path + " cannot be connected to", errno);
  }
  return made(std::move(socket), 0, std::move(pool));
}

}  // namespace

LineWire::LineWire(UniqueDescriptor descriptor, pid_t child, std::shared_ptr<BufferPool> pool)
    : descriptor_(std::move(descriptor)), child_(child), pool_(std::move(pool)) {
  const int flags = fcntl(descriptor_.get(), F_GETFL);
  if (flags < 0 || fcntl(descriptor_.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
    failure_ = std::string{"the stream cannot be used: "} + std::strerror(errno);
  }
}

LineWire::~LineWire() {
  descriptor_ = UniqueDescriptor{};
  if (child_ <= 0) return;
  kill(-child_, SIGTERM);
  if (has_ended(child_)) return;
  kill(-child_, SIGKILL);
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// What to say about the end of the stream.
std::string LineWire::closed() {
  const std::optional<int> status = child_ > 0 ? has_ended(child_) : std::nullopt;
  if (!status) return "the other end of the line is closed";
  child_ = 0;
  if (WIFSIGNALED(*status)) {
    return "the command was ended by signal " + std::to_string(WTERMSIG(*status));
  }
  return "the command has ended with code " + std::to_string(WEXITSTATUS(*status));
}

bool LineWire::may_go_on(const char* what, int error) {
  if (error == EINTR) return true;
  // EIO: of a terminal whose other end is gone.
  const bool is_closed = error == ECONNRESET || error == EPIPE || error == EIO;
  if (is_closed) {
    failure_ = closed();
  } else if (error != EAGAIN && error != ENOBUFS) {
    failure_ = std::string{what} + " failed: " + std::strerror(error);
  }
  return false;
}

std::size_t LineWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  std::size_t count = 0;
  while (failure_.empty() && count < max_frames) {
    Slice piece = pool_->allocate(piece_bytes);
    const ssize_t result = ::read(descriptor_.get(), piece.writable().data(), piece.size());
    if (result < 0) {
      if (!may_go_on("reading", errno)) break;
      continue;
    }
    if (result == 0) {
      failure_ = closed();
      break;
    }
    piece.drop_back(piece.size() - static_cast<std::uint32_t>(result));
    ++counters_.frames_in;
    counters_.bytes_in += static_cast<std::uint64_t>(result);
    frames.emplace_back().bytes.append(std::move(piece));
    ++count;
  }
  return count;
}

std::size_t LineWire::send(std::span<const Frame> frames) {
  std::size_t done = 0;
  while (done < frames.size() && failure_.empty()) {
    const std::vector<std::uint8_t> bytes = frames[done].bytes.flatten();
    const Bytes rest = Bytes(bytes).subspan(sent_bytes_);
    const ssize_t result = ::write(descriptor_.get(), rest.data(), rest.size());
    if (result < 0) {
      if (may_go_on("writing", errno)) continue;
      if (failure_.empty()) ++counters_.queue_full;
      break;
    }
    counters_.bytes_out += static_cast<std::uint64_t>(result);
    sent_bytes_ += static_cast<std::size_t>(result);
    if (sent_bytes_ < bytes.size()) continue;
    sent_bytes_ = 0;
    ++counters_.frames_out;
    ++done;
  }
  // Nothing will take the frames of a wire that has failed.
  return failure_.empty() ? done : frames.size();
}

bool is_line(std::string_view text) {
  for (const std::string_view prefix : {exec_prefix, pty_prefix, unix_prefix}) {
    if (text.starts_with(prefix) && text.size() > prefix.size()) return true;
  }
  return false;
}

OpenedWire open_line(std::string_view text, std::shared_ptr<BufferPool> pool) {
  const std::string name{text.substr(text.find(':') + 1)};
  if (text.starts_with(exec_prefix)) return run_command(name, std::move(pool));
  if (text.starts_with(pty_prefix)) return open_terminal(name, std::move(pool));
  return connect_socket(name, std::move(pool));
}

}  // namespace acksu::os
