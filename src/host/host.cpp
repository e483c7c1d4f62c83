// A host's beginning, and its time.
#include "host/host.h"

#include <utility>

namespace acksu {
namespace {

// Timers that fire in one call: however many are due at one instant, frames that have come wait for
// no more of them. The rest are due at once in the next call.
constexpr std::uint32_t most_timers = 1024;

}  // namespace

Host::Host(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool)
    : SocketCalls(std::move(settings), secrets, std::move(pool)) {}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Host::deadline() const {
  if (has_output(loopback())) return Instant{};
  Instant deadline = earliest(wheel_.next_deadline(), table_.next_expiry());
  for (const Link& link : links_) {
    deadline = earliest(deadline, link.neighbours.deadline());
    if (link.ppp) deadline = earliest(deadline, link.ppp->session.deadline());
    deadline = earliest(deadline, earliest(link.igmp.deadline(), link.mld.deadline()));
  }
  deadline = earliest(deadline, reassembly_.deadline());
  deadline = earliest(deadline, ipv6_.deadline());
  deadline = earliest(deadline, path_mtu_.deadline());
  deadline = earliest(deadline, redirects_.deadline());
  if (translation_) deadline = earliest(deadline, translation_->deadline());
  if (filter_) deadline = earliest(deadline, filter_->deadline());
  return deadline;
}

void Host::on_time(Instant now) {
  turn_loopback(now);
  tcp::Context context = context_at(now);
  std::uint32_t fired = 0;
  for (; fired < most_timers; ++fired) {
    const std::optional<std::uint32_t> owner = wheel_.take_due(now);
    if (!owner) break;
    const std::uint32_t index = *owner & 0x3fff'ffff;
    if (static_cast<TimerOwner>(*owner >> 30) == TimerOwner::connection) {
      on_connection_time(index, context);
    } else {
      on_half_open_time(index, context);
    }
  }
  for (; fired < most_timers && table_.next_expiry() <= now; ++fired) {
    end_time_wait(table_.oldest_time_wait(), tcp::Event::time_wait_over, context);
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    links_[i].neighbours.on_time(now);
    serve_neighbours(static_cast<LinkId>(i), now);
    if (!links_[i].ppp) continue;
    links_[i].ppp->session.on_time(now);
    follow_line(static_cast<LinkId>(i), now);
  }
  ipv6_.on_time(now);
  follow_ipv6();
  for (std::size_t i = 0; i < links_.size(); ++i) serve_memberships(static_cast<LinkId>(i), now);
  for (const Ipv6Network::Message& message : ipv6_.take_messages()) say_ipv6(message);
  path_mtu_.on_time(now);
  while (const auto old = redirects_.expired(now)) forget_redirect(*old);
  reassembly_.on_time(now);
  tell_expired_fragments(now);
  if (translation_) translation_->on_time(now);
  if (filter_) filter_->on_time(now);
  table_.connections().fold_some(wheel_, now);
}

}  // namespace acksu
