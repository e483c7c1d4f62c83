// A connection's part in the user timeout option (RFC 5482).
#include "tcp/user_timeout.h"

#include "tcp/connection.h"

namespace acksu::tcp {

// RFC 5482 3: ADV_UTO.
Duration Connection::own_user_timeout(const Settings& settings) const {
  const bool is_own = extras_ && extras_->options.user_timeout;
  return is_own ? *extras_->options.user_timeout : settings.r2;
}

void Connection::hear_user_timeout(const Segment& segment, Context& context) {
  if (!context.settings.tells_user_timeout) return;
  ++context.counters.user_timeouts_heard;
  peer_timeout_ = segment.options.user_timeout;
  renew_patience(context.settings);
  sender_.rearm(context, timers_);
}

// It is advice, and need not arrive: a full segment has no room for it, another will have.
void Connection::tell_user_timeout(Segment& segment, const Context& context) {
  constexpr std::uint32_t option_bytes = 4;
  if (!context.settings.tells_user_timeout) {
    is_timeout_owed_ = false;
  } else if (segment.text.is_empty() || segment.text.size() + option_bytes <= sender_.mss()) {
    is_timeout_owed_ = false;
    segment.options.user_timeout = UserTimeout::option_of(own_user_timeout(context.settings));
  }
}

}  // namespace acksu::tcp
