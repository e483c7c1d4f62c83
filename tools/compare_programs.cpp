// Four small programs.
#include "tools/compare_programs.h"

#include <algorithm>
#include <array>

namespace acksu::tools {

void StreamSender::start(Host& host, Instant now) {
  const Result<Handle> socket = host.connect(to_, {}, now);
  if (socket) socket_ = *socket;
}

void StreamSender::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (socket_ && event.socket == socket_) write(host, now);
}

void StreamSender::write(Host& host, Instant now) {
  std::array<std::uint8_t, 4096> text;
  text.fill('t');
  while (left_ > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size()));
    const Result<std::uint32_t> written = host.write(socket_, Bytes{text}.first(count), now);
    if (!written && written.error() == Error::would_block) return;
    if (!written) break;
    left_ -= *written;
  }
  host.close(socket_, now);
  socket_ = {};
}

void StreamReceiver::start(Host& host, Instant now) {
  const Result<Handle> listener = host.listen({{}, compare_port}, {}, now);
  if (listener) listener_ = *listener;
}

void StreamReceiver::on_event(Host& host, const SocketEvent&, Instant now) {
  if (!socket_) {
    const Result<Handle> accepted = host.accept(listener_, now);
    if (!accepted) return;
    socket_ = *accepted;
    host.close(listener_, now);
  }
  std::array<std::uint8_t, 4096> text;
  while (const Result<std::uint32_t> count = host.read(socket_, text, now)) {
    if (*count == 0) {
      received_.is_complete_told = true;
      host.close(socket_, now);
      return;
    }
    received_.first = earliest(received_.first, now);
    received_.last = now;
    received_.bytes += *count;
    ++received_.pieces;
  }
}

void DatagramSender::start(Host& host, Instant now) {
  const Result<Handle> socket = host.open_udp({{}, 0}, now);
  if (!socket) return;
  socket_ = *socket;
  due_ = now;
}

void DatagramSender::on_time(Host& host, Instant now) {
  if (due_ > now) return;
  std::array<std::uint8_t, piece_bytes> text;
  text.fill('t');
  for (std::size_t i = 0; i < 4; ++i) text[i] = static_cast<std::uint8_t>(number_ >> (24 - 8 * i));
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size()));
  host.send_to(socket_, to_, Bytes{text}.first(count), now);
  left_ -= count;
  ++number_;
  due_ = left_ > 0 ? now + pause : never;
  if (left_ == 0) host.close(socket_, now);
}

void DatagramReceiver::start(Host& host, Instant now) {
  const Result<Handle> socket = host.open_udp({{}, compare_port}, now);
  if (socket) socket_ = *socket;
}

void DatagramReceiver::on_event(Host& host, const SocketEvent&, Instant now) {
  std::array<std::uint8_t, 2048> text;
  while (const Result<Datagram> datagram = host.receive_from(socket_, text)) {
    if (datagram->length < 4) continue;
    const std::uint32_t number = load_be32(text.data());
    if (!numbers_.insert(number).second) continue;
    received_.is_ordered = received_.is_ordered && number >= next_;
    next_ = number + 1;
    received_.first = earliest(received_.first, now);
    received_.last = now;
    received_.bytes += datagram->length;
    ++received_.pieces;
  }
}

}  // namespace acksu::tools
