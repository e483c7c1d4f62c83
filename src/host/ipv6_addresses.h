// The IPv6 addresses of one link: made from prefixes (RFC 4862, RFC 7217), tried before they are
// used (duplicate address detection, RFC 4862 section 5.4, RFC 7527), deprecated and forgotten when
// their time is over.
//
// Somebody who claims every address that we try (RFC 3756 4.1.3) is given up on after three of
// them; an address in use is never given up because somebody claims it.
//
// Left out on purpose: temporary addresses (RFC 8981), optimistic detection (RFC 4429).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/ipv6_settings.h"
#include "host/secret_numbers.h"
#include "wire/ndp.h"

namespace acksu {

struct Ipv6Address {
  enum class Origin : std::uint8_t { link_local, given, advertised };
  enum class State : std::uint8_t { tentative, ready, duplicate };

  IpAddress address;
  std::uint8_t prefix_length = 64;  // bits
  Origin origin = Origin::given;
  State state = State::tentative;
  bool is_deprecated = false;    // its preferred lifetime is over
  bool is_scheduled = false;     // next_probe is known
  std::uint8_t probes_left = 0;  // of a tentative address
  std::uint8_t attempts = 0;     // RFC 7217 DAD_Counter
  Instant next_probe{};          // or the end of the wait after the last one
  Instant valid_until = never;
  Instant preferred_until = never;
  wire::Nonce nonce{};

  bool is_ready() const { return state == State::ready; }
};

class Ipv6Addresses {
 public:
  // A solicitation that is owed: does anybody have this address?
  struct Probe {
    IpAddress target;
    wire::Nonce nonce{};
  };
  enum class Verdict : std::uint8_t { taken, refused, ignored };

  // With a link-local address, if IPv6 is on.
  Ipv6Addresses(const Ipv6LinkSettings& settings, const MacAddress& mac, SipKey key);

  // IPv6 is on from now on, though the settings did not say so.
  void start();
  // False: it is there already, or there are too many.
  bool add(const Prefix& prefix);
  // False: no such address was given.
  bool remove(IpAddress address);

  const std::vector<Ipv6Address>& all() const { return addresses_; }
  const Ipv6Address* find(IpAddress address) const;
  bool is_ours(IpAddress address) const {
    const Ipv6Address* const found = find(address);
    return found != nullptr && found->is_ready();
  }
  // Ready, or nothing.
  std::optional<IpAddress> link_local() const;
  // Whether the link-local address is not to be waited for: ready, or given up.
  bool is_settled() const;
  // Whether a solicited-node group is one of ours.
  bool listens_to(IpAddress group) const;

  // A router says that addresses may be made of this prefix (RFC 4862 5.5.3).
  Verdict on_prefix(const wire::PrefixInformation& said, Instant now);
  // Somebody else tries, or has, an address of ours that is tentative. False: it is no such
  // address, or what came is our own probe (RFC 7527).
  bool on_rival(IpAddress address, const std::optional<wire::Nonce>& nonce, Instant now);

  Instant deadline() const;
  void on_time(Instant now);
  std::vector<Probe> take_probes();
  // Whether addresses became ready, deprecated or went since it was asked last.
  bool take_change();
  // The solicited-node groups of all that are ours or tried (RFC 4291 2.7.1), after other ones than
  // before may be.
  std::optional<std::vector<IpAddress>> take_groups();
  std::uint32_t duplicates() const { return duplicates_; }
  void digest(Digest& digest) const;

 private:
  void add(Ipv6Address address);
  void begin(Ipv6Address& address);
  void advance(Ipv6Address& address, Instant now);
  IpAddress made_of(IpAddress prefix, std::uint8_t attempt) const;

  Ipv6LinkSettings settings_;
  MacAddress mac_;
  SipKey key_;
  SecretNumbers numbers_;
  std::vector<Ipv6Address> addresses_;
  std::vector<Probe> probes_;
  std::uint32_t duplicates_ = 0;
  bool is_changed_ = false;
  bool are_groups_changed_ = true;
};

}  // namespace acksu
