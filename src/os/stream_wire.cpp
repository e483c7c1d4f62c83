// Frames out of a stream, and into one.
#include "os/stream_wire.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace acksu::os {
namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t most_pieces = 64;
constexpr std::size_t room_bytes = length_bytes + StreamWire::longest_frame;

bool make_non_blocking(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

// What is left of a frame and its length behind the first `done` bytes, or the first pieces of it.
std::size_t gather_rest(const BufferChain& chain, Bytes length, std::size_t done,
                        std::array<iovec, most_pieces>& pieces) {
  std::size_t count = 0;
  const auto add = [&](Bytes bytes) {
    const std::size_t skipped = std::min(done, bytes.size());
    done -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty() || count == most_pieces) return;
    pieces[count++] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  };
  add(length);
  for (std::uint32_t i = 0; i < chain.count(); ++i) add(chain[i].bytes());
  return count;
}

}  // namespace

StreamWire::StreamWire(std::uint32_t max_frame_bytes, std::shared_ptr<BufferPool> pool)
    : max_frame_bytes_(max_frame_bytes), pool_(std::move(pool)), received_(room_bytes) {}

std::unique_ptr<StreamWire> StreamWire::connected(UniqueDescriptor socket,
                                                  std::uint32_t max_frame_bytes,
                                                  std::shared_ptr<BufferPool> pool) {
  std::unique_ptr<StreamWire> wire{new StreamWire(max_frame_bytes, std::move(pool))};
  wire->peer_ = std::move(socket);
  if (!make_non_blocking(wire->peer_.get())) {
    wire->failure_ = std::string{"the socket cannot be used: "} + std::strerror(errno);
  }
  return wire;
}

std::unique_ptr<StreamWire> StreamWire::listening(UniqueDescriptor socket, std::string path,
                                                  std::uint32_t max_frame_bytes,
                                                  std::shared_ptr<BufferPool> pool) {
  std::unique_ptr<StreamWire> wire{new StreamWire(max_frame_bytes, std::move(pool))};
  wire->listener_ = std::move(socket);
  wire->path_ = std::move(path);
  if (!make_non_blocking(wire->listener_.get())) {
    wire->failure_ = std::string{"the socket cannot be used: "} + std::strerror(errno);
  }
  return wire;
}

StreamWire::~StreamWire() {
  if (!path_.empty()) unlink(path_.c_str());
}

void StreamWire::accept_peer() {
  UniqueDescriptor peer{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (peer) peer_ = std::move(peer);
}

// Nothing of what it has begun to send or to take will be finished.
void StreamWire::lose_peer(std::string why) {
  peer_ = UniqueDescriptor{};
  read_from_ = read_to_ = 0;
  skipped_ = 0;
  sent_bytes_ = 0;
  if (!listener_) failure_ = std::move(why);
}

// ---- IN -----------------------------------------------------------------------------------------

std::size_t StreamWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  const std::size_t before = frames.size();
  if (!peer_ && listener_) accept_peer();
  while (peer_ && frames.size() - before < max_frames) {
    if (!take_frame(frames) && (!peer_ || !fill())) break;
  }
  return frames.size() - before;
}

// Reads what has come behind what is not taken yet. False: nothing now, or no more.
bool StreamWire::fill() {
  std::copy(received_.begin() + static_cast<std::ptrdiff_t>(read_from_),
            received_.begin() + static_cast<std::ptrdiff_t>(read_to_), received_.begin());
  read_to_ -= read_from_;
  read_from_ = 0;
  const ssize_t result = ::read(peer_.get(), &received_[read_to_], received_.size() - read_to_);
  if (result > 0) {
    read_to_ += static_cast<std::size_t>(result);
    return true;
  }
  if (result < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  const bool is_closed = result == 0 || errno == ECONNRESET;
  if (!is_closed) {
    lose_peer(std::string{"reading failed: "} + std::strerror(errno));
  } else if (read_to_ > 0 || skipped_ > 0) {
    lose_peer("the other end of the wire has closed it in the middle of a frame");
  } else {
    lose_peer("the other end of the wire is closed");
  }
  return false;
}

// False: more must come first.
bool StreamWire::take_frame(std::vector<Frame>& frames) {
  const auto skipping =
      static_cast<std::uint32_t>(std::min<std::size_t>(skipped_, read_to_ - read_from_));
  skipped_ -= skipping;
  read_from_ += skipping;
  const Bytes bytes = unread();
  if (skipped_ > 0 || bytes.size() < length_bytes) return false;
  const std::uint32_t length = load_be32(bytes.data());
  if (length > longest_frame) {
    lose_peer("the other end sends a frame of " + std::to_string(length) +
              " bytes, which no frame has: it does not speak as QEMU's -netdev stream does");
    return false;
  }
  if (length > max_frame_bytes_) {
    ++counters_.too_long_in;
    read_from_ += length_bytes;
    skipped_ = length;
    return true;
  }
  if (bytes.size() < length_bytes + length) return false;
  Frame& frame = frames.emplace_back();
  if (length > 0) frame.bytes.append(pool_->copy_of(bytes.subspan(length_bytes, length)));
  read_from_ += length_bytes + length;
  ++counters_.frames_in;
  counters_.bytes_in += length;
  return true;
}

// ---- OUT ----------------------------------------------------------------------------------------

std::size_t StreamWire::send(std::span<const Frame> frames) {
  std::size_t done = 0;
  for (const Frame& frame : frames) {
    if (!peer_) break;
    if (!send_rest_of(frame)) {
      if (peer_) ++counters_.queue_full;
      break;
    }
    ++done;
  }
  if (peer_) return done;
  counters_.refused_out += frames.size() - done;
  return frames.size();
}

bool StreamWire::send_rest_of(const Frame& frame) {
  std::array<std::uint8_t, length_bytes> length;
  store_be32(length.data(), frame.bytes.size());
  const std::size_t whole = length_bytes + frame.bytes.size();
  while (sent_bytes_ < whole) {
    std::array<iovec, most_pieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = gather_rest(frame.bytes, length, sent_bytes_, pieces);
    const ssize_t result = sendmsg(peer_.get(), &message, MSG_NOSIGNAL);
    if (result >= 0) {
      sent_bytes_ += static_cast<std::size_t>(result);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      return false;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      lose_peer("the other end of the wire is closed");
      return false;
    } else if (errno != EINTR) {
      lose_peer(std::string{"writing failed: "} + std::strerror(errno));
      return false;
    }
  }
  sent_bytes_ = 0;
  ++counters_.frames_out;
  counters_.bytes_out += frame.bytes.size();
  return true;
}

}  // namespace acksu::os
