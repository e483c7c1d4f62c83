// What a host begins with.
#include "host/host_state.h"

#include <utility>

#include "host/keys.h"

namespace acksu {

HostState::HostState(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool)
    : pool_(std::move(pool)),
      settings_(std::move(settings)),
      memory_(settings_.max_memory_bytes),
      routes_(settings_),
      reassembly_(settings_.reassembly, derive_key(secrets.key, KeyPurpose::reassembly)),
      ipv6_(settings_, derive_key(secrets.key, KeyPurpose::ipv6)),
      path_mtu_(settings_.path_mtu, derive_key(secrets.key, KeyPurpose::path_mtu)),
      flow_label_key_(derive_key(secrets.key, KeyPurpose::flow_labels)),
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
  ipv6_.follow_changes(routes_);
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

}  // namespace acksu
