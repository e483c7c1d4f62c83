// Making, trying and forgetting addresses.
#include "host/ipv6_addresses.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/address.h"

namespace acksu {
namespace {

constexpr std::uint64_t link_local_prefix = 0xfe80'0000'0000'0000;
constexpr std::uint8_t most_attempts = 3;  // RFC 7217 7: IDGEN_RETRIES
constexpr Duration retry_delay = 1s;       // RFC 7217 7: IDGEN_DELAY
constexpr Duration least_remaining = 2h;   // RFC 4862 5.5.3 (e)

// RFC 5453: the subnet's routers, and reserved anycast groups; and those of Ethernet from IANA.
bool is_reserved(std::uint64_t identifier) {
  return identifier == 0 || identifier >> 7 == 0xfdff'ffff'ffff'ff80 >> 7 ||
         identifier >> 24 == 0x0200'5eff'fe;
}

std::uint64_t number_of(const MacAddress& mac) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : mac.octets) number = number << 8 | octet;
  return number;
}

// RFC 4291 appendix A: EUI-64, and the bit that says "universal" inverted.
std::uint64_t identifier_from(const MacAddress& mac) {
  const std::uint64_t number = number_of(mac);
  return ((number >> 24) << 40 | 0xff'fe00'0000 | (number & 0xff'ffff)) ^ 0x0200'0000'0000'0000;
}

}  // namespace

Ipv6Addresses::Ipv6Addresses(const Ipv6LinkSettings& settings, const MacAddress& mac, SipKey key)
    : settings_(settings), mac_(mac), key_(key), numbers_(key) {
  if (settings_.is_on) start();
}

void Ipv6Addresses::start() {
  add(Ipv6Address{.address = made_of({link_local_prefix, 0}, 0),
                  .origin = Ipv6Address::Origin::link_local});
}

// RFC 7217 5: the prefix, the interface and how often it was in use already, by a secret.
IpAddress Ipv6Addresses::made_of(IpAddress prefix, std::uint8_t attempt) const {
  if (settings_.identifiers == Ipv6LinkSettings::Identifiers::from_mac) {
    return {prefix.high(), identifier_from(mac_)};
  }
  std::uint64_t identifier = 0;
  for (std::uint64_t again = 0; is_reserved(identifier); ++again) {
    const std::array<std::uint64_t, 3> words{prefix.high(), number_of(mac_), again << 8 | attempt};
    identifier = siphash_2_4(key_, words);
  }
  return {prefix.high(), identifier};
}

bool Ipv6Addresses::add(const Prefix& prefix) {
  if (find(prefix.address) != nullptr || addresses_.size() >= settings_.max_addresses) return false;
  add(Ipv6Address{.address = prefix.address, .prefix_length = prefix.length});
  return true;
}

void Ipv6Addresses::add(Ipv6Address address) {
  begin(address);
  addresses_.push_back(address);
  are_groups_changed_ = true;
}

bool Ipv6Addresses::remove(IpAddress address) {
  const auto is_it = [&](const Ipv6Address& each) {
    return each.address == address && each.origin == Ipv6Address::Origin::given;
  };
  if (std::erase_if(addresses_, is_it) == 0) return false;
  is_changed_ = are_groups_changed_ = true;
  return true;
}

void Ipv6Addresses::begin(Ipv6Address& address) {
  address.state = Ipv6Address::State::tentative;
  address.is_scheduled = false;
  address.probes_left = settings_.duplicate_probes;
  if (settings_.duplicate_probes > 0) return;
  address.state = Ipv6Address::State::ready;
  is_changed_ = true;
}

// ---- Looking ------------------------------------------------------------------------------------

const Ipv6Address* Ipv6Addresses::find(IpAddress address) const {
  for (const Ipv6Address& each : addresses_) {
    if (each.address == address) return &each;
  }
  return nullptr;
}

std::optional<IpAddress> Ipv6Addresses::link_local() const {
  for (const Ipv6Address& each : addresses_) {
    if (each.is_ready() && wire::is_link_local_v6(each.address)) return each.address;
  }
  return std::nullopt;
}

bool Ipv6Addresses::is_settled() const {
  for (const Ipv6Address& each : addresses_) {
    if (each.origin == Ipv6Address::Origin::link_local) {
      return each.state != Ipv6Address::State::tentative;
    }
  }
  return true;
}

bool Ipv6Addresses::listens_to(IpAddress group) const {
  for (const Ipv6Address& each : addresses_) {
    // RFC 4862 5.4.2: also to hear of others who try the same address.
    if (each.state != Ipv6Address::State::duplicate &&
        wire::solicited_node_group(each.address) == group) {
      return true;
    }
  }
  return false;
}

// ---- IN -----------------------------------------------------------------------------------------

Ipv6Addresses::Verdict Ipv6Addresses::on_prefix(const wire::PrefixInformation& said, Instant now) {
  // RFC 4862 5.5.3 (a) to (d).
  if (!said.is_for_addresses || wire::is_link_local_v6(said.prefix.address)) {
    return Verdict::ignored;
  }
  if (said.preferred > said.valid || said.prefix.length != 64) return Verdict::ignored;
  if (said.prefix.address.is_v4() || wire::is_multicast(said.prefix.address)) {
    return Verdict::ignored;
  }
  for (Ipv6Address& each : addresses_) {
    if (each.origin != Ipv6Address::Origin::advertised) continue;
    if (each.address.high() != said.prefix.address.high()) continue;
    each.preferred_until = later_by(now, said.preferred);
    is_changed_ = is_changed_ || each.is_deprecated != (each.preferred_until <= now);
    each.is_deprecated = each.preferred_until <= now;
    // RFC 4862 5.5.3 (e): a forged advertisement cannot end an address at once.
    const Instant until = later_by(now, said.valid);
    if (said.valid > least_remaining || until > each.valid_until) {
      each.valid_until = until;
    } else {
      each.valid_until = earliest(each.valid_until, later_by(now, least_remaining));
    }
    return Verdict::taken;
  }
  if (said.valid == Duration{}) return Verdict::ignored;
  if (addresses_.size() >= settings_.max_addresses) return Verdict::refused;
  add(Ipv6Address{.address = made_of(said.prefix.address, 0),
                  .origin = Ipv6Address::Origin::advertised,
                  .valid_until = later_by(now, said.valid),
                  .preferred_until = later_by(now, said.preferred)});
  return Verdict::taken;
}

bool Ipv6Addresses::on_rival(IpAddress address, const std::optional<wire::Nonce>& nonce,
                             Instant now) {
  for (Ipv6Address& each : addresses_) {
    if (each.address != address || each.state != Ipv6Address::State::tentative) continue;
    if (nonce && *nonce == each.nonce) return false;
    ++duplicates_;
    ++each.attempts;
    are_groups_changed_ = true;
    const bool may_retry = settings_.identifiers == Ipv6LinkSettings::Identifiers::stable &&
                           each.origin != Ipv6Address::Origin::given;
    if (!may_retry || each.attempts >= most_attempts) {
      each.state = Ipv6Address::State::duplicate;
      return true;
    }
    // RFC 7217 6: another one, by the same secret.
    each.address = made_of(each.address, each.attempts);
    begin(each);
    each.is_scheduled = true;
    each.next_probe = later_by(now, retry_delay);
    return true;
  }
  return false;
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Ipv6Addresses::deadline() const {
  Instant deadline = are_groups_changed_ ? Instant{} : never;
  for (const Ipv6Address& each : addresses_) {
    deadline = earliest(deadline, each.valid_until);
    if (!each.is_deprecated) deadline = earliest(deadline, each.preferred_until);
    if (each.state != Ipv6Address::State::tentative) continue;
    deadline = earliest(deadline, each.is_scheduled ? each.next_probe : Instant{});
  }
  return deadline;
}

void Ipv6Addresses::on_time(Instant now) {
  for (Ipv6Address& each : addresses_) {
    if (each.state == Ipv6Address::State::tentative) advance(each, now);
    if (each.is_deprecated || each.preferred_until > now) continue;
    each.is_deprecated = true;
    is_changed_ = true;
  }
  const auto is_over = [&](const Ipv6Address& each) { return each.valid_until <= now; };
  if (std::erase_if(addresses_, is_over) > 0) is_changed_ = are_groups_changed_ = true;
}

void Ipv6Addresses::advance(Ipv6Address& address, Instant now) {
  if (!address.is_scheduled) {
    // RFC 4862 5.4.2: not all hosts at once when the power comes back.
    address.next_probe = later_by(now, numbers_.between(Duration{}, settings_.most_delay));
    address.is_scheduled = true;
  }
  if (address.next_probe > now) return;
  if (address.probes_left == 0) {
    address.state = Ipv6Address::State::ready;
    is_changed_ = true;
    return;
  }
  --address.probes_left;
  address.next_probe = later_by(now, settings_.probe_interval);
  const std::uint64_t number = numbers_.next();
  for (std::size_t i = 0; i < address.nonce.size(); ++i) {
    address.nonce[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  probes_.push_back({address.address, address.nonce});
}

std::vector<Ipv6Addresses::Probe> Ipv6Addresses::take_probes() {
  return std::exchange(probes_, {});
}

bool Ipv6Addresses::take_change() { return std::exchange(is_changed_, false); }

std::optional<std::vector<IpAddress>> Ipv6Addresses::take_groups() {
  if (!std::exchange(are_groups_changed_, false)) return std::nullopt;
  std::vector<IpAddress> groups;
  for (const Ipv6Address& each : addresses_) {
    if (each.state == Ipv6Address::State::duplicate) continue;
    groups.push_back(wire::solicited_node_group(each.address));
  }
  return groups;
}

void Ipv6Addresses::digest(Digest& digest) const {
  for (const Ipv6Address& each : addresses_) {
    digest.add(each.address.high());
    digest.add(each.address.low());
    digest.add(std::uint64_t{each.prefix_length} << 32 |
               static_cast<std::uint64_t>(each.origin) << 24 |
               static_cast<std::uint64_t>(each.state) << 16 | std::uint64_t{each.attempts} << 8 |
               std::uint64_t{each.probes_left} << 2 | (each.is_deprecated ? 2u : 0u) |
               (each.is_scheduled ? 1u : 0u));
    digest.add(each.next_probe);
    digest.add(each.valid_until);
    digest.add(each.preferred_until);
  }
  numbers_.digest(digest);
}

}  // namespace acksu
