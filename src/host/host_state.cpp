// What a host begins with.
#include "host/host_state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "host/keys.h"
#include "wire/vlan.h"

namespace acksu {
namespace {

// What a host says to itself never leaves it, so nothing can damage it.
HostSettings with_loopback(HostSettings settings) {
  const bool has_one = !settings.links.empty() && settings.links.back().kind == LinkKind::loopback;
  if (!has_one) {
    settings.links.push_back({.name = "lo",
                              .mac = {},
                              .addresses = {},
                              .mtu = 16384,
                              .is_checksum_trusted = true,
                              .kind = LinkKind::loopback});
  }
  return settings;
}

Link link_of(const LinkSettings& settings, const NeighbourSettings& neighbours, SipKey key,
             Memberships groups) {
  ACKSU_ASSERT(settings.kind != LinkKind::vlan ||
               (settings.vlan.id >= wire::VlanTag::smallest &&
                settings.vlan.id <= wire::VlanTag::largest && settings.vlan.priority <= 7));
  if (has_ethernet(settings.kind)) {
    return {settings.mac, settings.kind, Neighbours(neighbours, key), std::move(groups)};
  }
  return {settings.mac, settings.kind, Neighbours::one_peer(neighbours, key), std::move(groups)};
}

// The line is tried from the beginning of time on.
PppLine line_of(const LinkSettings& link, SecretNumbers& numbers) {
  PppSettings settings = link.ppp;
  settings.has_ipv6 = settings.has_ipv6 && link.ipv6.is_on;
  const std::uint64_t first = numbers.next();
  PppLine line{PppSession(settings, {first, numbers.next()})};
  line.session.open(Instant{});
  return line;
}

Memberships memberships_of(std::uint32_t mtu, const MembershipSettings& settings,
                           SecretNumbers& numbers) {
  constexpr std::uint32_t header_bytes = 48;  // IPv6 and its router alert; IPv4 has less
  constexpr std::uint32_t least_bytes = 128;  // a link that takes less takes no report at all
  const std::uint32_t room = std::max(mtu, header_bytes + least_bytes) - header_bytes;
  const std::array<std::uint64_t, 4> keys{numbers.next(), numbers.next(), numbers.next(),
                                          numbers.next()};
  return {Membership(Membership::Protocol::igmp, settings, room, {keys[0], keys[1]}),
          Membership(Membership::Protocol::mld, settings, room, {keys[2], keys[3]})};
}

}  // namespace

HostState::HostState(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool)
    : pool_(std::move(pool)),
      settings_(with_loopback(std::move(settings))),
      memory_(settings_.max_memory_bytes, settings_.refused_charge),
      routes_(settings_),
      redirects_(settings_.redirects),
      reassembly_(settings_.reassembly, derive_key(secrets.key, KeyPurpose::reassembly)),
      ipv6_(settings_, derive_key(secrets.key, KeyPurpose::ipv6)),
      path_mtu_(settings_.path_mtu, derive_key(secrets.key, KeyPurpose::path_mtu)),
      flow_label_key_(derive_key(secrets.key, KeyPurpose::flow_labels)),
      table_(derive_key(secrets.key, KeyPurpose::table), settings_.never_folded_connections),
      initial_numbers_(derive_key(secrets.key, KeyPurpose::initial_numbers)),
      ports_(derive_key(secrets.key, KeyPurpose::ports), settings_.first_ephemeral_port,
             settings_.last_ephemeral_port),
      cookies_(derive_key(secrets.key, KeyPurpose::cookies)),
      fast_open_{tcp::FastOpenKeys(derive_key(secrets.key, KeyPurpose::fast_open_keys)),
                 tcp::FastOpenCache(derive_key(secrets.key, KeyPurpose::fast_open_cache))},
      icmp_limit_(derive_key(secrets.key, KeyPurpose::neighbours),
                  settings_.icmp_errors_per_second),
      identifications_(derive_key(secrets.key, KeyPurpose::identifications)),
      application_keys_(derive_key(secrets.key, KeyPurpose::applications)) {
  ACKSU_ASSERT(pool_ != nullptr && settings_.links.size() < 256);
  settings_.tcp.held_back_key = derive_key(secrets.key, KeyPurpose::held_back);
  const SipKey key = derive_key(secrets.key, KeyPurpose::neighbours);
  SecretNumbers membership_keys(derive_key(secrets.key, KeyPurpose::memberships));
  for (const LinkSettings& link : settings_.links) {
    links_.push_back(link_of(link, settings_.neighbours, key,
                             memberships_of(link.mtu, settings_.membership, membership_keys)));
    if (link.kind == LinkKind::ppp) links_.back().ppp = line_of(link, application_keys_);
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

HostState::HostState(const HostState&) = default;
HostState::HostState(HostState&&) noexcept = default;
HostState& HostState::operator=(const HostState&) = default;
HostState& HostState::operator=(HostState&&) noexcept = default;
HostState::~HostState() = default;

}  // namespace acksu
