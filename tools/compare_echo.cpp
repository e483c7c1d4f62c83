// Writing, and counting what comes back.
#include "tools/compare_echo.h"

#include <algorithm>
#include <vector>

namespace acksu::tools {
namespace {

constexpr std::uint32_t piece_bytes = DatagramSender::piece_bytes;
constexpr std::uint64_t number_bytes = 4;
constexpr Duration between_datagrams = 1ms;  // between datagrams: UDP asks nobody whether it may
constexpr Duration wait_for_the_rest = 1s;   // for what may still come back

}  // namespace

EchoComparison::EchoComparison(Endpoint to, std::uint64_t bytes, Protocols protocols)
    : to_(to), bytes_(bytes) {
  for (std::size_t i = 0; i < protocols.size(); ++i) outcomes_[i].protocol = protocols[i];
}

void EchoComparison::begin(Host& host, Instant now) {
  left_ = bytes_;
  number_ = next_ = 0;
  numbers_.clear();
  before_ = host.counters();
  outcome().began = now;
  const bool is_tcp = outcome().protocol == EchoProtocol::tcp;
  const Result<Handle> socket = is_tcp ? host.connect(to_, {}, now) : host.open_udp({{}, 0}, now);
  if (!socket) return end(host, socket.error(), now);
  socket_ = *socket;
  if (is_tcp) return;
  if (const Error error = host.connect_udp(socket_, to_); error != Error::none) {
    return end(host, error, now);  // only the service itself is heard
  }
  due_ = now;
}

void EchoComparison::end(Host& host, Error error, Instant now) {
  if (socket_) host.close(socket_, now);
  socket_ = {};
  due_ = never;
  const HostCounters& counters = host.counters();
  EchoOutcome& ended = outcome();
  ended.error = error;
  ended.frames = counters.frames_in + counters.frames_out - before_.frames_in - before_.frames_out;
  ended.wire_bytes = counters.bytes_in + counters.bytes_out - before_.bytes_in - before_.bytes_out;
  ended.again = counters.tcp.retransmitted_segments - before_.tcp.retransmitted_segments;
  const std::uint64_t segments = counters.tcp.segments_out - before_.tcp.segments_out;
  ended.sent = ended.protocol == EchoProtocol::tcp ? segments : number_;
  if (++turn_ < outcomes_.size()) begin(host, now);
}

void EchoComparison::stop(Host& host, Instant now) {
  turn_ = std::max<std::size_t>(turn_, outcomes_.size() - 1);
  if (!is_done()) end(host, Error::not_connected, now);
}

void EchoComparison::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (!socket_ || event.socket != socket_) return;
  if (outcome().protocol == EchoProtocol::udp) return take_datagrams(host, now);
  write_stream(host, now);
  read_stream(host, now);
}

void EchoComparison::on_time(Host& host, Instant now) {
  if (due_ > now) return;
  if (left_ > 0) return send_datagram(host, now);
  end(host, Error::none, now);
}

// ---- TCP

void EchoComparison::write_stream(Host& host, Instant now) {
  const std::vector<std::uint8_t> text(std::min<std::uint64_t>(left_, 65'536), 't');
  while (left_ > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size()));
    const Result<std::uint32_t> written = host.write(socket_, Bytes{text}.first(count), now);
    if (!written) return;  // reading tells why, unless there is but no room
    left_ -= *written;
    if (left_ == 0) host.shutdown_write(socket_, now);
  }
}

void EchoComparison::read_stream(Host& host, Instant now) {
  std::array<std::uint8_t, 65'536> text;
  for (;;) {
    const Result<std::uint32_t> count_read = host.read(socket_, text, now);
    if (!count_read && count_read.error() == Error::would_block) return;
    if (!count_read) return end(host, count_read.error(), now);
    if (*count_read == 0) {
      outcome().received.is_complete_told = outcome().received.bytes == bytes_;
      return end(host, Error::none, now);
    }
    count(*count_read, now);
  }
}

// ---- UDP

void EchoComparison::send_datagram(Host& host, Instant now) {
  std::array<std::uint8_t, piece_bytes> text;
  text.fill('t');
  store_be32(text.data(), number_);
  const std::uint64_t belongs = std::min<std::uint64_t>(left_, text.size());
  // The last, too, has room for its number.
  const std::uint64_t size = std::max(belongs, number_bytes);
  const Error error = host.send_to(socket_, to_, Bytes{text}.first(size), now);
  if (error != Error::none) return end(host, error, now);
  left_ -= belongs;
  ++number_;
  due_ = now + (left_ > 0 ? between_datagrams : wait_for_the_rest);
}

void EchoComparison::take_datagrams(Host& host, Instant now) {
  std::array<std::uint8_t, piece_bytes> text;
  for (;;) {
    const Result<Datagram> datagram = host.receive_from(socket_, text);
    if (!datagram && datagram.error() == Error::would_block) return;
    if (!datagram) return end(host, datagram.error(), now);
    const std::uint32_t number = datagram->length < number_bytes ? number_ : load_be32(text.data());
    if (number >= number_) continue;
    if (!numbers_.insert(number).second) {
      ++outcome().twice;
      continue;
    }
    Received& received = outcome().received;
    received.is_ordered = received.is_ordered && number >= next_;
    next_ = number + 1;
    const std::uint64_t belongs = bytes_ - std::uint64_t{number} * piece_bytes;
    count(std::min<std::uint64_t>(belongs, datagram->length), now);
    if (left_ == 0) due_ = now + wait_for_the_rest;
  }
}

void EchoComparison::count(std::uint64_t bytes, Instant now) {
  Received& received = outcome().received;
  received.first = earliest(received.first, now);
  received.last = now;
  received.bytes += bytes;
  ++received.pieces;
}

}  // namespace acksu::tools
