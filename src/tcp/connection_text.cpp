// What an application writes into a connection and reads from it (RFC 9293 3.10.2 and 3.10.3).
#include <algorithm>

#include "tcp/connection.h"

namespace acksu::tcp {

// RFC 9293 3.10.2: of `size` bytes as many as there is room for; `queue` takes them.
template <class Queue>
Result<std::uint32_t> Connection::write_some(std::size_t size, Context& context, Queue queue) {
  bind(context);
  if (sender_.has_fin()) return Error::is_shut_down;
  if (state_ == State::closed) return why_closed();
  if (size == 0) return 0u;
  const std::uint32_t limit = notsent_lowat(context.settings);
  const std::uint32_t left = limit > sender_.unsent_text() ? limit - sender_.unsent_text() : 0;
  const auto allowed = static_cast<std::uint32_t>(std::min<std::size_t>(size, left));
  const bool has_room = allowed > 0 && sender_.room() > 0;
  const std::uint32_t count = has_room ? queue(allowed) : 0;
  if (count < size) is_write_blocked_ = true;
  if (count == 0) sender_.on_writer_waits(context.now);
  // Text that found no memory waits for an ACK, which gives some back.
  if (count == left && left < size) is_send_awaited_ = true;
  if (!has_room) return Error::would_block;
  if (count == 0) return Error::out_of_memory;
  return count;
}

Result<std::uint32_t> Connection::write(Bytes bytes, Context& context) {
  return write_some(bytes.size(), context, [&](std::uint32_t allowed) {
    return sender_.append(bytes.first(allowed), context);
  });
}

Result<std::uint32_t> Connection::write_shared(Slice text, Context& context) {
  return write_some(text.size(), context, [&](std::uint32_t allowed) {
    return sender_.share(text.part(0, allowed), context);
  });
}

// The next of the peer's segments are acknowledged at once, or may wait as usual.
void Connection::use_quick_acks(bool is_quick) {
  constexpr std::uint16_t most_quick = 16;
  receiver_.acks().set_quick(is_quick ? most_quick : std::uint16_t{0});
}

// The end of what was written last is the end of a segment, whatever follows.
Error Connection::end_record(Context& context) {
  bind(context);
  if (sender_.has_fin()) return Error::is_shut_down;
  if (state_ == State::closed) return why_closed();
  sender_.end_record(context.settings);
  return Error::none;
}

// RFC 9293 3.10.3.
Result<std::uint32_t> Connection::read(MutableBytes bytes, Context& context) {
  bind(context);
  if (receiver_.unread_bytes() > 0) {
    const std::uint32_t count = receiver_.read(bytes, context);
    if (extras_) follow_urgent();
    return count;
  }
  if (receiver_.is_ended()) return 0u;
  return why_unreadable();
}

Result<BufferChain> Connection::read_shared(std::uint32_t most, Context& context) {
  bind(context);
  if (receiver_.unread_bytes() > 0) {
    BufferChain views = receiver_.read_shared(most, context);
    if (extras_) follow_urgent();
    return views;
  }
  if (receiver_.is_ended()) return BufferChain{};
  return why_unreadable();
}

// Nothing is there, and the peer has not ended its side.
Error Connection::why_unreadable() const {
  return state_ == State::closed ? why_closed() : Error::would_block;
}

}  // namespace acksu::tcp
