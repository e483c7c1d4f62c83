// Room for what an application writes: when whoever waits for it is told.
#include <algorithm>

#include "tcp/connection.h"

namespace acksu::tcp {

std::uint32_t Connection::notsent_lowat(const Settings& settings) const {
  const bool is_chosen = extras_ && extras_->options.notsent_lowat_bytes;
  return std::max(is_chosen ? *extras_->options.notsent_lowat_bytes : settings.notsent_lowat_bytes,
                  1u);
}

bool Connection::has_good_room(const Settings& settings) const {
  if (sender_.room() < sender_.policy().buffer_bytes / 4) return false;
  return !is_send_awaited_ || sender_.unsent_text() <= notsent_lowat(settings) / 2;
}

bool Connection::await_room(Context& context) {
  bind(context);
  is_write_blocked_ = true;
  is_send_awaited_ = sender_.unsent_text() >= notsent_lowat(context.settings);
  sender_.fit_buffer(context);
  // Before the handshake is over what is written has to wait, room or not.
  if (state_ == State::syn_sent || !has_good_room(context.settings)) return false;
  is_write_blocked_ = is_send_awaited_ = false;
  return true;
}

// Who waits for room is told when a good part of the buffer is free, and of what may be unsent.
void Connection::tell_room(Context& context) {
  if (!is_write_blocked_) return;
  sender_.fit_buffer(context);
  if (!has_good_room(context.settings)) return;
  is_write_blocked_ = is_send_awaited_ = false;
  sender_.on_writer_told(context.now);
  tell_news(News::writable);
}

}  // namespace acksu::tcp
