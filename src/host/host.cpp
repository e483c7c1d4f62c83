// A host's beginning, and its time.
#include "host/host.h"

#include <utility>

#include "host/keys.h"

namespace acksu {

Host::Host(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool)
    : pool_(std::move(pool)),
      settings_(std::move(settings)),
      memory_(settings_.max_memory_bytes),
      routes_(settings_),
      reassembly_(settings_.reassembly, derive_key(secrets.key, KeyPurpose::reassembly)),
      table_(derive_key(secrets.key, KeyPurpose::table)),
      initial_numbers_(derive_key(secrets.key, KeyPurpose::initial_numbers)),
      ports_(derive_key(secrets.key, KeyPurpose::ports), settings_.first_ephemeral_port,
             settings_.last_ephemeral_port),
      cookies_(derive_key(secrets.key, KeyPurpose::cookies)),
      icmp_limit_(derive_key(secrets.key, KeyPurpose::neighbours),
                  settings_.icmp_errors_per_second),
      identifications_(derive_key(secrets.key, KeyPurpose::identifications)),
      application_keys_(derive_key(secrets.key, KeyPurpose::applications)) {
  ACKSU_ASSERT(pool_ != nullptr && settings_.links.size() < 256);
  const SipKey key = derive_key(secrets.key, KeyPurpose::neighbours);
  for (std::size_t i = 0; i < settings_.links.size(); ++i) {
    links_.emplace_back(settings_.links[i].mac, Neighbours(settings_.neighbours, key));
  }
  if (settings_.filter) {
    filter_.emplace(*settings_.filter, derive_key(secrets.key, KeyPurpose::filter));
  }
  if (!settings_.translation) return;
  translation_.emplace(settings_.translation->nat,
                       derive_key(secrets.key, KeyPurpose::translation));
  for (const PortForward& rule : settings_.translation->forwards) {
    ACKSU_ASSERT(translation_->table().add(rule));
  }
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Host::deadline() const {
  Instant deadline = earliest(wheel_.next_deadline(), table_.next_expiry());
  for (const Link& link : links_) deadline = earliest(deadline, link.neighbours.deadline());
  deadline = earliest(deadline, reassembly_.deadline());
  if (translation_) deadline = earliest(deadline, translation_->deadline());
  if (filter_) deadline = earliest(deadline, filter_->deadline());
  return deadline;
}

void Host::on_time(Instant now) {
  tcp::Context context = context_at(now);
  while (const std::optional<std::uint32_t> owner = wheel_.take_due(now)) {
    const std::uint32_t index = *owner & 0x3fff'ffff;
    if (static_cast<TimerOwner>(*owner >> 30) == TimerOwner::connection) {
      on_connection_time(index, context);
    } else {
      on_half_open_time(index, context);
    }
  }
  while (table_.next_expiry() <= now) {
    end_time_wait(table_.oldest_time_wait(), tcp::Event::time_wait_over, context);
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    links_[i].neighbours.on_time(now);
    serve_neighbours(static_cast<LinkId>(i), now);
  }
  reassembly_.on_time(now);
  tell_expired_fragments(now);
  if (translation_) translation_->on_time(now);
  if (filter_) filter_->on_time(now);
}

}  // namespace acksu
