// Mappings, sessions and hosts: making, finding and forgetting them.
#include "host/nat_table.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/ipv4.h"

namespace acksu {
namespace {

using wire::IpProtocol;

std::optional<std::size_t> protocol_index(std::uint8_t protocol) {
  switch (protocol) {
    case IpProtocol::tcp: return 0;
    case IpProtocol::udp: return 1;
    case IpProtocol::icmp: return 2;
    default: return std::nullopt;
  }
}

V4Flow mapping_flow(std::uint8_t protocol, const V4Endpoint& near) { return {protocol, near, {}}; }

void add_to(Digest& digest, const V4Endpoint& endpoint) {
  digest.add((std::uint64_t{endpoint.address} << 16) | endpoint.port);
}

}  // namespace

NatTable::NatTable(const NatSettings& settings, SipKey key)
    : settings_(settings),
      key_(key),
      ports_(settings.external.size()),
      idle_({settings.udp_timeout, settings.tcp_established_timeout,
             settings.tcp_transitory_timeout, settings.query_timeout,
             settings.tcp_transitory_timeout}) {
  ACKSU_ASSERT(!settings_.external.empty());
  for (const IpAddress address : settings_.external) ACKSU_ASSERT(address.is_v4());
}

std::uint64_t NatTable::hash_of(const V4Flow& flow) const {
  const std::array<std::uint64_t, 2> words{
      (std::uint64_t{flow.near.address} << 32) | flow.far.address,
      (std::uint64_t{flow.protocol} << 32) | (std::uint64_t{flow.near.port} << 16) | flow.far.port};
  return siphash_1_3(key_, words);
}

V4Flow NatTable::inside_flow(const NatSession& session) const {
  const NatMapping& mapping = mappings_[session.mapping];
  return {mapping.protocol, mapping.inside, session.far};
}

V4Flow NatTable::outside_flow(const NatSession& session) const {
  const NatMapping& mapping = mappings_[session.mapping];
  return {mapping.protocol, mapping.outside, session.far};
}

std::uint32_t NatTable::find_by_inside(const V4Flow& flow) const {
  return session_inside_.find(
      hash_of(flow), [&](std::uint32_t index) { return inside_flow(sessions_[index]) == flow; });
}

std::uint32_t NatTable::find_by_outside(const V4Flow& flow) const {
  return session_outside_.find(
      hash_of(flow), [&](std::uint32_t index) { return outside_flow(sessions_[index]) == flow; });
}

std::uint32_t NatTable::mapping_by_inside(std::uint8_t protocol, const V4Endpoint& inside) const {
  return mapping_inside_.find(hash_of(mapping_flow(protocol, inside)), [&](std::uint32_t index) {
    return mappings_[index].protocol == protocol && mappings_[index].inside == inside;
  });
}

std::uint32_t NatTable::mapping_by_outside(std::uint8_t protocol, const V4Endpoint& outside) const {
  return mapping_outside_.find(hash_of(mapping_flow(protocol, outside)), [&](std::uint32_t index) {
    return mappings_[index].protocol == protocol && mappings_[index].outside == outside;
  });
}

bool NatTable::is_external(std::uint32_t address) const {
  const auto& all = settings_.external;
  return std::find(all.begin(), all.end(), IpAddress::v4(address)) != all.end();
}

NatPorts* NatTable::ports_of(std::uint8_t protocol, std::uint32_t external_address) {
  const std::optional<std::size_t> which = protocol_index(protocol);
  if (!which) return nullptr;
  for (std::size_t i = 0; i < settings_.external.size(); ++i) {
    if (settings_.external[i].as_v4() == external_address) return &ports_[i][*which];
  }
  return nullptr;
}

std::uint32_t NatTable::find_host(std::uint32_t address) const {
  return host_address_.find(hash_of({0, {address, 0}, {}}),
                            [&](std::uint32_t index) { return hosts_[index].address == address; });
}

// RFC 4787 REQ-2: paired pooling. Which of the addresses a host gets is as good as random, and the
// same after it was away.
std::uint32_t NatTable::host_of(std::uint32_t address) {
  const std::uint32_t found = find_host(address);
  if (found != none) return found;
  const std::uint64_t hash = hash_of({0, {address, 0}, {}});
  const auto external = static_cast<std::uint32_t>((hash >> 32) % settings_.external.size());
  const std::uint32_t index = hosts_.allocate(InsideHost{address, external, 0, 0});
  host_address_.insert(hash, index);
  return index;
}

void NatTable::leave_host(std::uint32_t host) {
  if (hosts_[host].mappings > 0) return;
  host_address_.erase(hash_of({0, {hosts_[host].address, 0}, {}}), host);
  hosts_.release(host);
}

Drop NatTable::check_room(std::uint32_t host) const {
  const std::uint32_t held = host == none ? 0 : hosts_[host].sessions;
  if (held >= settings_.max_sessions_per_host) return Drop::nat_host_quota;
  return sessions_.size() >= settings_.max_sessions ? Drop::nat_table_full : Drop::none;
}

std::uint32_t NatTable::make_mapping(const NatMapping& mapping) {
  const std::uint32_t index = mappings_.allocate(mapping);
  ++hosts_[mapping.host].mappings;
  mapping_inside_.insert(hash_of(mapping_flow(mapping.protocol, mapping.inside)), index);
  mapping_outside_.insert(hash_of(mapping_flow(mapping.protocol, mapping.outside)), index);
  return index;
}

void NatTable::remove_mapping(std::uint32_t index) {
  const NatMapping mapping = mappings_[index];
  mapping_inside_.erase(hash_of(mapping_flow(mapping.protocol, mapping.inside)), index);
  mapping_outside_.erase(hash_of(mapping_flow(mapping.protocol, mapping.outside)), index);
  ports_of(mapping.protocol, mapping.outside.address)->release(mapping.outside.port);
  mappings_.release(index);
  --hosts_[mapping.host].mappings;
  leave_host(mapping.host);
}

std::uint32_t NatTable::make_session(std::uint32_t mapping, const V4Endpoint& far) {
  const std::uint32_t index = sessions_.allocate();
  NatSession& session = sessions_[index];
  session.mapping = mapping;
  session.far = far;
  ++mappings_[mapping].sessions;
  ++hosts_[mappings_[mapping].host].sessions;
  session_inside_.insert(hash_of(inside_flow(session)), index);
  session_outside_.insert(hash_of(outside_flow(session)), index);
  return index;
}

// RFC 4787 REQ-1: endpoint-independent mapping: whoever the far end is.
NatTable::Opened NatTable::map(const V4Flow& flow, std::uint32_t& mapping) {
  mapping = mapping_by_inside(flow.protocol, flow.near);
  if (mapping != none) return {};
  if (mappings_.size() >= settings_.max_mappings) return {none, Drop::nat_table_full};
  const std::uint32_t host = host_of(flow.near.address);
  const std::uint32_t address = settings_.external[hosts_[host].external].as_v4();
  const bool is_query = flow.protocol == IpProtocol::icmp;
  const std::optional<std::uint16_t> port =
      ports_of(flow.protocol, address)
          ->take({flow.near.port, settings_.keeps_port, is_query}, key_, ++draws_);
  if (!port) {
    leave_host(host);
    return {none, Drop::nat_ports_full};
  }
  mapping = make_mapping({flow.protocol, false, flow.near, {address, *port}, 0, host});
  return {};
}

NatTable::Opened NatTable::open_from_inside(const V4Flow& flow, Instant now) {
  const Drop drop = check_room(find_host(flow.near.address));
  if (drop != Drop::none) return {none, drop};
  std::uint32_t mapping = none;
  const Opened failed = map(flow, mapping);
  if (failed.drop != Drop::none) return failed;
  const std::uint32_t session = make_session(mapping, flow.far);
  use(session, Idle::transitory, now);
  return {session, Drop::none};
}

NatTable::Opened NatTable::open_from_outside(std::uint32_t mapping, const V4Endpoint& far,
                                             Instant now) {
  // A flood from outside takes room from itself only.
  constexpr auto unanswered = static_cast<std::uint8_t>(Idle::unanswered);
  if (idle_.size(unanswered) >= std::max(settings_.max_unanswered, 1u)) {
    const std::uint32_t oldest = idle_.oldest(unanswered);
    // A mapping without other sessions that is not a rule's would go with it.
    const std::uint32_t its_mapping = sessions_[oldest].mapping;
    const bool takes_mapping_away =
        its_mapping == mapping && mappings_[mapping].sessions == 1 && !mappings_[mapping].is_rule;
    if (takes_mapping_away) return {none, Drop::nat_table_full};
    close(oldest);
    ++evicted_;
  }
  const Drop drop = check_room(mappings_[mapping].host);
  if (drop != Drop::none) return {none, drop};
  const std::uint32_t session = make_session(mapping, far);
  sessions_[session].is_from_outside = true;
  use(session, Idle::unanswered, now);
  return {session, Drop::none};
}

void NatTable::use(std::uint32_t session, Idle idle, Instant now) {
  idle_.restart(session, static_cast<std::uint8_t>(idle), now, entry_of());
}

void NatTable::close(std::uint32_t index) {
  NatSession& session = sessions_[index];
  const std::uint32_t mapping = session.mapping;
  session_inside_.erase(hash_of(inside_flow(session)), index);
  session_outside_.erase(hash_of(outside_flow(session)), index);
  idle_.stop(index, entry_of());
  sessions_.release(index);
  --hosts_[mappings_[mapping].host].sessions;
  if (--mappings_[mapping].sessions == 0 && !mappings_[mapping].is_rule) remove_mapping(mapping);
}

bool NatTable::add(const PortForward& rule) {
  if (!rule.internal.address.is_v4() || !rule.external.address.is_v4()) return false;
  if (rule.protocol != IpProtocol::tcp && rule.protocol != IpProtocol::udp) return false;
  const V4Endpoint inside = v4_endpoint(rule.internal);
  const V4Endpoint outside = v4_endpoint(rule.external);
  if (mapping_by_inside(rule.protocol, inside) != none) return false;
  NatPorts* const ports = ports_of(rule.protocol, outside.address);
  if (ports == nullptr || !ports->take_exactly(outside.port)) return false;
  make_mapping({rule.protocol, true, inside, outside, 0, host_of(inside.address)});
  return true;
}

bool NatTable::remove(const PortForward& rule) {
  if (!rule.external.address.is_v4()) return false;
  const std::uint32_t index = mapping_by_outside(rule.protocol, v4_endpoint(rule.external));
  if (index == none || !mappings_[index].is_rule) return false;
  if (endpoint_of(mappings_[index].inside) != rule.internal) return false;
  for (std::uint32_t session = 0; session < sessions_.capacity(); ++session) {
    if (sessions_.holds(session) && sessions_[session].mapping == index) close(session);
  }
  remove_mapping(index);
  return true;
}

bool NatTable::reserve(std::uint8_t protocol, const Endpoint& external) {
  NatPorts* const ports = ports_of(protocol, external.address.as_v4());
  return ports != nullptr && external.address.is_v4() && ports->take_exactly(external.port);
}

void NatTable::unreserve(std::uint8_t protocol, const Endpoint& external) {
  if (mapping_by_outside(protocol, v4_endpoint(external)) != none) return;
  NatPorts* const ports = ports_of(protocol, external.address.as_v4());
  if (ports != nullptr && !ports->is_free(external.port)) ports->release(external.port);
}

Instant NatTable::deadline() const { return idle_.deadline(entry_of()); }

std::uint32_t NatTable::expire(Instant now) {
  std::uint32_t count = 0;
  for (std::uint32_t due = idle_.due(now, entry_of()); due != none;
       due = idle_.due(now, entry_of())) {
    close(due);
    ++count;
  }
  return count;
}

void NatTable::digest(Digest& digest) const {
  digest.add(draws_);
  mappings_.for_each([&](std::uint32_t index, const NatMapping& mapping) {
    digest.add((std::uint64_t{index} << 9) | std::uint64_t{mapping.protocol} << 1 |
               (mapping.is_rule ? 1u : 0u));
    add_to(digest, mapping.inside);
    add_to(digest, mapping.outside);
  });
  sessions_.for_each([&](std::uint32_t index, const NatSession& session) {
    digest.add((std::uint64_t{index} << 32) | session.mapping);
    add_to(digest, session.far);
    digest.add((session.is_from_outside ? 2u : 0u) | (session.is_answered ? 1u : 0u));
    session.tcp.digest(digest);
    digest.add(session.idle.ends);
  });
}

}  // namespace acksu
